/* Reading the price list. The file says dollars per token; dollars per token times 10^15 are
 * nano-dollars per million tokens. List prices have a handful of digits, so the nearest integer to
 * the double is exact. */
#include "meter/price_int.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "common/jscan.h"
#include "common/path.h"
#include "common/text.h"

#define PRICES_FILE_MAX (16u << 20)
#define NANO_PER_MILLION 1e15 /* from dollars per token */

static bool take(const char **s, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(*s, word, n) != 0)
        return false;
    *s += n;
    return true;
}

/* "_above_200k_tokens": the number of tokens; 0 when s does not begin so. */
static int64_t take_step(const char **s)
{
    const char *p = *s;
    int64_t k = 0;
    if (!take(&p, "_above_"))
        return 0;
    for (; isdigit((unsigned char)*p) && k < 100000; p++)
        k = 10 * k + (*p - '0');
    if (k == 0 || !take(&p, "k_tokens"))
        return 0;
    *s = p;
    return 1000 * k;
}

/* What a member's name means: BASE[_above_1hr][_above_Nk_tokens][_priority|_flex|_batches]. */
static bool rate_name(const char *name, enum rate *rate, int64_t *step, enum tier *tier)
{
    static const struct {
        const char *name;
        enum rate rate;
    } bases[] = {{"input_cost_per_token", RATE_INPUT}, {"output_cost_per_token", RATE_OUTPUT},
        {"cache_creation_input_token_cost_above_1hr", RATE_WRITE_1H},
        {"cache_creation_input_token_cost", RATE_WRITE_5M},
        {"cache_read_input_token_cost", RATE_READ}};
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        const char *s = name;
        if (!take(&s, bases[i].name))
            continue;
        *rate = bases[i].rate;
        *step = take_step(&s);
        *tier = take(&s, "_priority")  ? TIER_PRIORITY
                : take(&s, "_flex")    ? TIER_FLEX
                : take(&s, "_batches") ? TIER_BATCH
                                       : TIER_PLAIN;
        return *s == 0;
    }
    return false;
}

static int amount(
    const cJSON *v, double unit, nano max, nano *out, const struct price *p, struct err *err)
{
    double d = v->valuedouble * unit;
    if (!(d >= 0 && d <= (double)max))
        return err_set(err, ERR_USAGE, "'%s' of model '%s' is out of range", v->string, p->model);
    *out = llround(d);
    return 0;
}

/* Rows have one step; of several the lowest counts, whatever the order of the members. */
static nano *step_rate(struct price *p, enum tier tier, enum rate rate, int64_t step)
{
    if (step == 0)
        return &p->rates[tier].v[rate];
    if (p->step && step > p->step)
        return NULL;
    if (step < p->step || p->step == 0) {
        memset(p->above, -1, sizeof p->above);
        p->step = step;
    }
    return &p->above[tier].v[rate];
}

static int load_number(struct price *p, const cJSON *v, struct err *err)
{
    const char *name = v->string;
    enum rate rate;
    enum tier tier;
    int64_t step;
    if (rate_name(name, &rate, &step, &tier)) {
        nano *to = step_rate(p, tier, rate, step);
        return to ? amount(v, NANO_PER_MILLION, RATE_MAX, to, p, err) : 0;
    }
    if (strcmp(name, "output_cost_per_image_token") == 0)
        return amount(v, NANO_PER_MILLION, RATE_MAX, &p->image_output, p, err);
    if (strcmp(name, "output_cost_per_image") == 0)
        return amount(v, (double)NANO_PER_DOLLAR, 1000 * NANO_PER_DOLLAR, &p->image, p, err);
    if (strcmp(name, "max_output_tokens") == 0)
        return amount(v, 1, NANO_MAX, &p->max_output, p, err);
    if (strcmp(name, "max_input_tokens") == 0)
        return amount(v, 1, NANO_MAX, &p->context, p, err);
    return 0;
}

/* Prices inside objects: web search (the medium size is what clients ask for), fast mode. */
static int load_nested(struct price *p, const cJSON *row, struct err *err)
{
    const cJSON *search = json_at(row, "search_context_cost_per_query.search_context_size_medium");
    const cJSON *fast = json_at(row, "provider_specific_entry.fast");
    if (cJSON_IsNumber(search) &&
        amount(search, (double)NANO_PER_DOLLAR, 1000 * NANO_PER_DOLLAR, &p->search, p, err))
        return -1;
    if (cJSON_IsNumber(fast) && amount(fast, 1000, 100 * 1000, &p->fast, p, err))
        return -1;
    const char *unit = json_str(row, "web_search_billing_unit");
    p->per_prompt =
        unit ? strcmp(unit, "per_prompt") == 0
             : p->provider && (strstr(p->provider, "gemini") || strstr(p->provider, "vertex_ai"));
    return 0;
}

static void price_init(struct price *p, const char *model)
{
    memset(p, 0, sizeof *p);
    memset(p->rates, -1, sizeof p->rates);
    memset(p->above, -1, sizeof p->above);
    p->model = xstrdup(model);
    p->glob = strpbrk(model, "*?") != NULL;
    p->search = p->image = p->image_output = p->fast = -1;
    model_bare(model, p->bare);
}

static int load_row(struct prices *list, const cJSON *row, const cJSON *own, struct err *err)
{
    struct price *p = &list->v[list->n];
    if (!cJSON_IsObject(row) || strcmp(row->string, "sample_spec") == 0)
        return 0;
    price_init(p, row->string);
    if (cJSON_GetObjectItemCaseSensitive(own, row->string))
        p->origin = PRICE_OWN;
    list->n++;
    const char *provider = json_str(row, "litellm_provider");
    p->provider = provider ? xstrdup(provider) : NULL;
    const cJSON *v;
    cJSON_ArrayForEach(v, row)
    {
        if (cJSON_IsNumber(v) && load_number(p, v, err))
            return -1;
    }
    if (load_nested(p, row, err))
        return -1;
    price_complete(p);
    return 0;
}

/* For models that no row knows, and lists without rows of that kind: the last known price of each
 * family, in dollars per million tokens. The last one is for anything. */
static void add_families(struct prices *list)
{
    static const struct {
        const char *pattern, *provider;
        int input, output;
    } families[] = {{"*haiku*", "anthropic", 1, 5}, {"*sonnet*", "anthropic", 3, 15},
        {"*opus*", "anthropic", 5, 25}, {"*fable*", "anthropic", 10, 50},
        {"*mythos*", "anthropic", 10, 50}, {"claude*", "anthropic", 3, 15},
        {"gpt*", "openai", 5, 30}, {"*codex*", "openai", 5, 30}, {"o?", "openai", 2, 8},
        {"o?-*", "openai", 2, 8}, {"gemini*", "gemini", 2, 12}, {"*", NULL, 3, 15}};
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        struct price *p = &list->v[list->n++];
        price_init(p, families[i].pattern);
        p->origin = PRICE_FAMILY;
        p->provider = families[i].provider ? xstrdup(families[i].provider) : NULL;
        p->rates[TIER_PLAIN].v[RATE_INPUT] = families[i].input * NANO_PER_DOLLAR;
        p->rates[TIER_PLAIN].v[RATE_OUTPUT] = families[i].output * NANO_PER_DOLLAR;
        price_complete(p);
    }
}

static void prices_destroy(struct prices *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->v[i].model);
        free(p->v[i].provider);
    }
    free(p->v);
    free(p->by_model);
    free(p->by_bare);
    free(p);
}

struct prices *prices_parse(const char *text, size_t n, const cJSON *own, struct err *err)
{
    /* Not json_parse: public lists now and then name a model twice, and the last row is meant. */
    if (jscan_check(text, n, 16, false, err))
        return NULL;
    cJSON *tree = cJSON_ParseWithLength(text, n);
    if (!cJSON_IsObject(tree)) {
        cJSON_Delete(tree);
        err_set(err, ERR_USAGE, "a price list has to be an object by model");
        return NULL;
    }
    int failed = prices_own_lay(tree, own, err);
    struct prices *p = xcalloc(1, sizeof *p);
    atomic_init(&p->refs, 1);
    p->v = xcalloc((size_t)cJSON_GetArraySize(tree) + 16, sizeof *p->v);
    const cJSON *row;
    cJSON_ArrayForEach(row, tree) failed = failed || load_row(p, row, own, err);
    cJSON_Delete(tree);
    if (!failed && p->n == 0)
        failed = err_set(err, ERR_USAGE, "no model in the price list");
    if (failed) {
        prices_destroy(p);
        return NULL;
    }
    add_families(p);
    prices_index(p);
    return p;
}

struct prices *prices_load(const char *path, const cJSON *own, struct err *err)
{
    struct buf text = BUF_INIT;
    struct prices *p = NULL;
    if (path_read(path, PRICES_FILE_MAX, &text, err) == 0) {
        p = prices_parse(text.data, text.len, own, err);
        if (!p)
            err_prefix(err, "%s", path);
    }
    buf_release(&text);
    return p;
}

struct prices *prices_ref(struct prices *p)
{
    atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
    return p;
}

void prices_unref(struct prices *p)
{
    if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1)
        prices_destroy(p);
}

static struct price_row row_of(const struct price *v)
{
    const nano *r = v->rates[TIER_PLAIN].v;
    return (struct price_row){v->model, v->provider, r[RATE_INPUT], r[RATE_OUTPUT],
        r[RATE_WRITE_5M], r[RATE_WRITE_1H], r[RATE_READ], v->max_output, v->context, v->origin};
}

void prices_each(const struct prices *p, void (*f)(void *, const struct price_row *), void *arg)
{
    for (size_t i = 0; i < p->n; i++) {
        struct price_row row = row_of(&p->v[i]);
        f(arg, &row);
    }
}

bool prices_row(const struct prices *p, const char *model, struct price_row *out)
{
    const struct price *v = prices_exact(p, model);
    if (v)
        *out = row_of(v);
    return v != NULL;
}
