/* From what upstreams say to classes of tokens that never overlap. */
#include "meter/meter_int.h"

#include <string.h>

int64_t usage_tokens(const struct usage *u)
{
    return u->input + u->output + u->cache_write_5m + u->cache_write_1h + u->cache_read;
}

void said_clear(struct said *s)
{
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < N_PLACES; i++)
        s->n[i] = -1;
}

bool said_any(const struct said *s)
{
    for (size_t i = 0; i < N_PLACES; i++) {
        if (s->n[i] >= 0)
            return true;
    }
    return false;
}

void said_put(struct said *s, const struct found *f)
{
    for (size_t i = 0; i < N_PLACES; i++) {
        if (f->n[i] >= 0)
            s->n[i] = f->n[i];
    }
}

void said_fill(struct said *s, const struct found *f)
{
    for (size_t i = 0; i < N_PLACES; i++) {
        if (s->n[i] < 0)
            s->n[i] = f->n[i];
    }
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static bool is_input_class(enum place p)
{
    return p == N_INPUT || p == N_READ || p == N_WRITE || p == N_WRITE_5M || p == N_WRITE_1H;
}

/* A message_delta repeats the input classes as running totals. Compatible servers come in two
 * kinds: those that know the input only now (0 in message_start), and those that have forgotten it
 * by now (0 here). So a delta that reports no input at all leaves what was said; any other replaces
 * it. */
void said_put_delta(struct said *s, const struct found *f)
{
    bool input = false;
    for (size_t i = 0; i < N_PLACES; i++)
        input |= is_input_class((enum place)i) && f->n[i] > 0;
    for (size_t i = 0; i < N_PLACES; i++) {
        if (f->n[i] >= 0 && (input || !is_input_class((enum place)i)))
            s->n[i] = f->n[i];
    }
    /* The total of cache writes without its split: the part of one hour stands. */
    if (input && f->n[N_WRITE] >= 0 && f->n[N_WRITE_5M] < 0 && f->n[N_WRITE_1H] < 0) {
        s->n[N_WRITE_1H] = least(s->n[N_WRITE_1H], f->n[N_WRITE]);
        s->n[N_WRITE_5M] = f->n[N_WRITE] - most(s->n[N_WRITE_1H], 0);
    }
}

static int64_t said_of(const struct said *s, enum place p)
{
    return s->n[p] > 0 ? s->n[p] : 0;
}

/* Clamped again, since classes of several messages or fields add up. */
static void add(int64_t *to, int64_t v)
{
    *to = least(*to + most(v, 0), USAGE_TOKENS_MAX);
}

static void settle_anthropic(struct usage *u, const struct said *s)
{
    int64_t split = said_of(s, N_WRITE_5M) + said_of(s, N_WRITE_1H);
    add(&u->input, said_of(s, N_INPUT));
    add(&u->output, said_of(s, N_OUTPUT));
    add(&u->cache_read, said_of(s, N_READ));
    add(&u->cache_write_5m, split ? said_of(s, N_WRITE_5M) : said_of(s, N_WRITE));
    add(&u->cache_write_1h, said_of(s, N_WRITE_1H));
}

/* The details are parts of the totals, whatever they add up to. */
static void settle_openai(struct usage *u, const struct said *s)
{
    int64_t input = said_of(s, N_INPUT);
    int64_t read = least(said_of(s, N_READ), input);
    int64_t write = least(said_of(s, N_WRITE), input - read);
    add(&u->input, input - read - write);
    add(&u->cache_read, read);
    add(&u->cache_write_5m, write);
    add(&u->output, said_of(s, N_OUTPUT));
    add(&u->reasoning, least(said_of(s, N_REASONING), said_of(s, N_OUTPUT)));
}

static void settle_gemini(struct usage *u, const struct said *s)
{
    int64_t input = said_of(s, N_INPUT) + said_of(s, N_TOOL);
    int64_t read = least(said_of(s, N_READ), input);
    int64_t output = said_of(s, N_OUTPUT) + said_of(s, N_REASONING);
    /* Some answers have only the sum. */
    if (output == 0)
        output = most(said_of(s, N_TOTAL) - input, 0);
    add(&u->input, input - read);
    add(&u->cache_read, read);
    add(&u->output, output);
    add(&u->reasoning, said_of(s, N_REASONING));
}

void usage_settle(struct usage *u, enum wire wire, const struct said *s)
{
    switch (wire) {
    case WIRE_ANTHROPIC:
        settle_anthropic(u, s);
        break;
    case WIRE_RESPONSES:
    case WIRE_CHAT:
        settle_openai(u, s);
        break;
    case WIRE_GEMINI:
        settle_gemini(u, s);
        break;
    case WIRE_NONE:
        break;
    }
    add(&u->web_searches, most(said_of(s, N_SEARCHES), s->counted_searches));
    add(&u->images, most(said_of(s, N_IMAGES), s->counted_images));
    add(&u->image_input, said_of(s, N_IMAGE_IN));
    add(&u->image_output, said_of(s, N_IMAGE_OUT));
    add(&u->output_image, least(said_of(s, N_OUTPUT_IMAGE), u->output));
    u->seen = u->seen || said_any(s);
}

void usage_keep_text(char *to, size_t size, const char *from)
{
    size_t n = strlen(from);
    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)from[n] & 0xC0) == 0x80)
            n--;
    }
    for (size_t i = 0; i < n; i++)
        to[i] = (unsigned char)from[i] < 0x20 || from[i] == 0x7f ? ' ' : from[i];
    to[n] = 0;
}
