/* Runs conversations without a network: run FILE... Each is played once whole, once byte by byte,
 * split in two at every byte, and cut off at every byte. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "tests/conversations/walk.h"
#include "tests/conversations/check.h"

struct tally {
    int held, broken;
    long runs;
};

/* What all splits must give again. */
static const char *differs(const struct outcome *a, const struct outcome *b)
{
    if (a->status != b->status || a->judged != b->judged)
        return "the status";
    if (a->heard.len != b->heard.len || memcmp(a->heard.data, b->heard.data, a->heard.len) != 0)
        return "the client's bytes";
    if (memcmp(&a->usage, &b->usage, sizeof a->usage) != 0)
        return "the usage";
    if (a->complete != b->complete || a->ended != b->ended || a->failed != b->failed)
        return "the end";
    if (strcmp(a->fault, b->fault) != 0 || strcmp(a->reason, b->reason) != 0)
        return "the error";
    if (a->verdict.action != b->verdict.action || a->verdict.health != b->verdict.health ||
        strcmp(a->verdict.reason, b->verdict.reason) != 0)
        return "the verdict";
    return NULL;
}

static bool same_again(struct walk *c, const char *wire, const size_t *cuts, size_t n,
    const struct outcome *wanted, size_t at)
{
    struct outcome o;

    walk_run(c, wire, cuts, n, c->talk->cut || c->talk->framing == FRAMING_CLOSE, &o);
    const char *what = differs(wanted, &o);
    if (what)
        talk_wrong(c->talk, "%s is another when the answer is split at byte %zu", what, at);
    outcome_release(&o);
    return !what;
}

static bool every_split(struct walk *c, const struct buf *wire, const struct outcome *whole)
{
    size_t *all = xcalloc(wire->len, sizeof *all);
    bool good = true;

    for (size_t i = 0; i < wire->len; i++)
        all[i] = i + 1;
    good = same_again(c, wire->data, all, wire->len, whole, 0);
    free(all);
    for (size_t i = 1; i < wire->len && good; i++) {
        const size_t cuts[2] = {i, wire->len};
        good = same_again(c, wire->data, cuts, 2, whole, i);
    }
    return good;
}

/* Cut at byte k: what whole events had said by then counts, nothing is taken for complete, and
 * what the client got is the beginning of what it should have got. */
static bool cut_at(struct walk *c, const struct buf *wire, size_t k, const struct outcome *whole,
    const struct outcome *bounds, const size_t *ends)
{
    const struct talk *t = c->talk;
    struct outcome o;
    size_t n = 0;
    const char *what = NULL;

    while (n < t->n_ends && ends[n] <= k)
        n++;
    walk_run(c, wire->data, &k, 1, true, &o);
    bool by_next = n < t->n_ends && ends[n] == k + 1 &&
                   memcmp(&o.usage, &bounds[n + 1].usage, sizeof o.usage) == 0;
    if (t->n_ends && !by_next && memcmp(&o.usage, &bounds[n].usage, sizeof o.usage) != 0)
        what = "the usage is not that of its whole events";
    else if (o.complete && !whole->complete)
        what = "it is taken for complete";
    else if (o.complete && t->n_ends && n < t->n_ends && !by_next && !bounds[n].complete)
        what = "it is taken for complete";
    else if (usage_tokens(&o.usage) > usage_tokens(&whole->usage))
        what = "more is booked than was said";
    else if (o.heard.len > whole->heard.len ||
             memcmp(o.heard.data, whole->heard.data, o.heard.len) != 0)
        what = "the client got other bytes";
    if (what)
        talk_wrong(t, "cut at byte %zu: %s", k, what);
    outcome_release(&o);
    return !what;
}

static bool every_cut(
    struct walk *c, const struct buf *wire, const struct outcome *whole, const size_t *ends)
{
    const struct talk *t = c->talk;
    struct outcome *bounds = xcalloc(t->n_ends + 1, sizeof *bounds);
    size_t head = (size_t)((char *)memmem(wire->data, wire->len, "\r\n\r\n", 4) - wire->data) + 4;
    bool good = true;

    for (size_t i = 0; i <= t->n_ends; i++) {
        size_t k = i ? ends[i - 1] : head;
        walk_run(c, wire->data, &k, 1, true, &bounds[i]);
    }
    for (size_t k = head; k < wire->len && good; k++)
        good = cut_at(c, wire, k, whole, bounds, ends);
    for (size_t i = 0; i <= t->n_ends; i++)
        outcome_release(&bounds[i]);
    free(bounds);
    return good;
}

static bool talk_play(struct walk *c, const struct prices *prices, long *runs)
{
    const struct talk *t = c->talk;
    struct buf wire = BUF_INIT;
    size_t ends[ENDS_MAX];
    struct outcome whole;

    talk_wire(t, &wire, ends);
    if (walk_run(c, wire.data, &wire.len, 1, t->cut || t->framing == FRAMING_CLOSE, &whole)) {
        outcome_release(&whole);
        buf_release(&wire);
        return check_refused(c);
    }
    bool good = check_request(c, &whole);
    good = check_answer(c, &whole, prices) && good;
    if (good)
        good = every_split(c, &wire, &whole);
    if (good && !t->cut && whole.status < 300)
        good = every_cut(c, &wire, &whole, ends);
    *runs += (long)wire.len * 2;
    outcome_release(&whole);
    buf_release(&wire);
    return good;
}

static struct tally file_play(
    const char *path, const char *only, struct provider_data *data, const struct prices *prices)
{
    struct talks talks = {0};
    struct tally tally = {0};

    talks_read(&talks, path, clock_now());
    for (size_t i = 0; i < talks.n; i++) {
        struct walk c;
        if (only && !strstr(talks.v[i]->title, only))
            continue;
        walk_init(&c, talks.v[i], data);
        if (*c.refused ? check_refused(&c) : talk_play(&c, prices, &tally.runs))
            tally.held++;
        else
            tally.broken++;
        walk_release(&c);
    }
    talks_release(&talks);
    return tally;
}

int main(int argc, char **argv)
{
    struct err err;
    struct provider_data *data =
        provider_data_load(CRS_SOURCE_DIR "/relay/data/providers.json", &err);
    struct prices *prices = prices_load(CRS_SOURCE_DIR "/relay/data/prices.json", NULL, &err);
    int broken = 0;

    if (!data || !prices) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        int64_t began = clock_mono();
        struct tally t = file_play(argv[i], getenv("CRS_TEST_CASE"), data, prices);
        printf("%s: %d conversations held, %d broken, %ld answers read (%lld ms)\n", argv[i],
            t.held, t.broken, t.runs, (long long)(clock_mono() - began));
        broken += t.broken;
        /* The promise of the suite: not fewer than fifteen a kind. */
        if (!getenv("CRS_TEST_CASE") && t.held + t.broken < 15) {
            fprintf(stderr, "%s: fewer than 15 conversations\n", argv[i]);
            broken++;
        }
    }
    prices_unref(prices);
    provider_data_unref(data);
    return broken ? 1 : 0;
}
