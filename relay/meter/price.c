/* What a usage costs. */
#include "meter/price_int.h"

#include <string.h>

/* An unsigned product of tokens, a rate and a multiplier needs more than 64 bits. */
__extension__ typedef unsigned __int128 wide;

#define COST_MAX (NANO_MAX / 8) /* of one class: their sum stays below NANO_MAX */
#define SEARCH_DEFAULT (NANO_PER_DOLLAR / 100)
#define FAST_DEFAULT 2000

/* v * num / den, rounded half up; all of them not negative. */
static nano scale(nano v, nano num, nano den)
{
    wide w = (wide)v * (wide)num * 2 + (wide)den;
    w /= (wide)den * 2;
    return w > (wide)COST_MAX ? COST_MAX : (nano)w;
}

/* ---- completing a row ---- */

/* What `to` does not give, in proportion to its input price: a discount on cached input is the same
 * in every tier. */
static void rates_follow(struct rates *to, const struct rates *from)
{
    nano input = from->v[RATE_INPUT];
    for (int i = 0; i < RATES; i++) {
        if (to->v[i] >= 0)
            continue;
        bool follows = i != RATE_INPUT && i != RATE_OUTPUT && to->v[RATE_INPUT] >= 0 && input > 0;
        to->v[i] = follows ? scale(from->v[i], to->v[RATE_INPUT], input) : from->v[i];
    }
}

static void give(nano *rate, nano v)
{
    if (*rate < 0)
        *rate = v;
}

void price_complete(struct price *p)
{
    struct rates *plain = &p->rates[TIER_PLAIN];
    bool claude = strstr(p->bare, "claude") || (p->provider && !strcmp(p->provider, "anthropic"));
    nano *r = plain->v;
    give(&r[RATE_INPUT], 0);
    /* Lists give picture models a price of output by the picture token only. */
    give(&r[RATE_OUTPUT], p->image_output >= 0 ? p->image_output : 0);
    nano input = r[RATE_INPUT];
    /* Anthropic's ratios to the input price; others bill a write as input, and give no discount
     * where they list none. */
    give(&r[RATE_WRITE_5M], claude ? scale(input, 5, 4) : input);
    give(&r[RATE_WRITE_1H], claude ? scale(input, 2, 1) : r[RATE_WRITE_5M]);
    give(&r[RATE_READ], claude ? scale(input, 1, 10) : input);
    for (int t = TIER_PRIORITY; t < TIERS; t++)
        rates_follow(&p->rates[t], plain);
    if (p->step) {
        struct rates *above = &p->above[TIER_PLAIN];
        rates_follow(above, plain);
        for (int t = TIER_PRIORITY; t < TIERS; t++) {
            for (int i = 0; i < RATES; i++) {
                nano base = plain->v[i];
                give(&p->above[t].v[i],
                    base > 0 ? scale(above->v[i], p->rates[t].v[i], base) : above->v[i]);
            }
        }
    }
    give(&p->search, SEARCH_DEFAULT);
    give(&p->image, 0);
    if (p->fast <= 0)
        p->fast = FAST_DEFAULT;
}

/* ---- pricing ---- */

static enum tier tier_of(const struct usage *u)
{
    static const char *const names[TIERS] = {"", "priority", "flex", "batch"};
    for (int t = TIER_PRIORITY; t < TIERS; t++) {
        if (strcmp(u->service_tier, names[t]) == 0)
            return (enum tier)t;
    }
    return TIER_PLAIN;
}

/* Anthropic bills long input dearer only for those who asked for the long window; others always. */
static bool is_long(const struct price *p, const struct usage *u, const struct price_hints *h)
{
    int64_t input = u->input + u->cache_write_5m + u->cache_write_1h + u->cache_read;
    if (p->step == 0 || input <= p->step)
        return false;
    return !strstr(p->bare, "claude") || (h && h->long_context_beta);
}

static nano class_cost(int64_t tokens, nano rate, int64_t thousandths)
{
    if (tokens <= 0)
        return 0;
    if (tokens > USAGE_TOKENS_MAX)
        tokens = USAGE_TOKENS_MAX;
    return scale(tokens * thousandths, rate, INT64_C(1000000) * 1000);
}

/* Pictures: by the piece where no tokens were told; and the tokens of an image tool, which runs on
 * an image model of its own. */
static nano image_cost(const struct prices *list, const struct price *p, const struct usage *u)
{
    nano cost = u->output == 0 ? scale(p->image, u->images > 0 ? u->images : 0, 1) : 0;
    bool fallback;
    if (u->image_input > 0 || u->image_output > 0) {
        const nano *r = prices_find(list, "gpt-image-2", &fallback)->rates[TIER_PLAIN].v;
        cost += class_cost(u->image_input, r[RATE_INPUT], 1000) +
                class_cost(u->image_output, r[RATE_OUTPUT], 1000);
    }
    return cost < COST_MAX ? cost : COST_MAX;
}

void price_cost(const struct prices *list, const char *model, const struct usage *u,
    const struct price_hints *h, struct cost *out)
{
    memset(out, 0, sizeof *out);
    const struct price *p = prices_find(list, model ? model : "", &out->fallback);
    out->long_context = is_long(p, u, h);
    enum tier tier = tier_of(u);
    const nano *r = out->long_context ? p->above[tier].v : p->rates[tier].v;
    int64_t times = u->fast ? p->fast : 1000;
    int64_t pictures = p->image_output >= 0 ? u->output_image : 0;
    int64_t searches = p->per_prompt && u->web_searches > 1 ? 1 : u->web_searches;

    out->input = class_cost(u->input, r[RATE_INPUT], times);
    out->output = class_cost(u->output - pictures, r[RATE_OUTPUT], times) +
                  class_cost(pictures, p->image_output, times);
    out->cache_write_5m = class_cost(u->cache_write_5m, r[RATE_WRITE_5M], times);
    out->cache_write_1h = class_cost(u->cache_write_1h, r[RATE_WRITE_1H], times);
    out->cache_read = class_cost(u->cache_read, r[RATE_READ], times);
    out->web_search = scale(p->search, searches > 0 ? searches : 0, 1);
    out->image = image_cost(list, p, u);
    if (out->output > COST_MAX)
        out->output = COST_MAX;
    out->total = out->input + out->output + out->cache_write_5m + out->cache_write_1h +
                 out->cache_read + out->web_search + out->image;
    strncat(out->row, p->model, sizeof out->row - 1);
}

static int64_t input_expect(uint64_t body_bytes)
{
    uint64_t input = body_bytes / 4;
    return input > (uint64_t)USAGE_TOKENS_MAX ? USAGE_TOKENS_MAX : (int64_t)input;
}

static int64_t output_expect(int64_t max_tokens)
{
    if (max_tokens <= 0)
        return 1024;
    return max_tokens / 4 < 4096 ? max_tokens / 4 : 4096;
}

int64_t tokens_expect(uint64_t body_bytes, int64_t max_tokens)
{
    return input_expect(body_bytes) + output_expect(max_tokens);
}

nano price_expect(
    const struct prices *list, const char *model, uint64_t body_bytes, int64_t max_tokens)
{
    bool fallback;
    const struct price *p = prices_find(list, model ? model : "", &fallback);
    const nano *r = p->rates[TIER_PLAIN].v;
    return class_cost(input_expect(body_bytes), r[RATE_INPUT], 1000) +
           class_cost(output_expect(max_tokens), r[RATE_OUTPUT], 1000);
}
