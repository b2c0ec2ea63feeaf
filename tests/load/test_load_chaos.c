/* Everything at once: clients of all manners, upstreams that fail in all manners, a person who
 * edits keys and accounts, reloads, restores, cancels, and a clock that jumps. Whatever happened,
 * the books are right and nothing is left running. */
#include "tests/load/books.h"
#include "tests/load/load.h"

#include <stdlib.h>
#include <string.h>
#include "tests/flow/rig_int.h"

#define CLIENTS 60
#define ACCOUNTS 6
#define KEYS 6

struct chaos {
    struct rig *rig;
    char *secrets[KEYS];
    unsigned long random;
    long total, sent, served, left, refused, acts;
    struct seen seen;
};

static unsigned long pick(struct chaos *c, unsigned long below)
{
    return load_random(&c->random, below);
}

/* --- the clients
 * ----------------------------------------------------------------------------------- */

static bool next(void *arg, struct shot *s)
{
    static const char *const ways[] = {"words=3", "words=8 event_delay=2", "status=500",
        "status=529 retry_after=0", "status=429 retry_after=1", "reset=0", "cut=3", "reset=4",
        "overload_event", "status=400", "garbage", "early_close", "words=2 delay=20", "split=9",
        "status=401", "thinking pings=2"};
    struct chaos *c = arg;
    char session[40] = "";

    if (c->sent >= c->total)
        return false;
    s->number = c->sent++;
    if (pick(c, 2))
        snprintf(session, sizeof session, "00000000-0000-4000-8000-%012lu", pick(c, 20));
    if (pick(c, 4) == 0)
        s->leave_ms = (long)pick(c, 50);
    s->reset = pick(c, 2);
    /* Most requests go well. */
    unsigned long way = pick(c, 3) ? pick(c, 2) : pick(c, sizeof ways / sizeof *ways);
    s->text = load_messages(c->secrets[pick(c, KEYS)],
        pick(c, 3) ? "claude-haiku-4-5" : "claude-opus-4-5", pick(c, 4) != 0, session, ways[way],
        s->number);
    return true;
}

static bool possible(int status)
{
    static const int all[] = {200, 400, 401, 402, 403, 429, 500, 502, 503, 504, 529};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] == status)
            return true;
    return false;
}

/* --- the person
 * -------------------------------------------------------------------------------------- */

static void act_account(struct chaos *c, unsigned long what)
{
    struct rig *r = c->rig;
    unsigned long n = pick(c, ACCOUNTS);

    if (what == 0)
        rig_do(r, "account.edit", "{\"names\":[\"c%lu\"],\"priority\":%lu,\"at_once\":%lu}", n,
            1 + pick(c, 3), pick(c, 8));
    else if (what == 1)
        rig_do(r, pick(c, 4) ? "account.on" : "account.off", "{\"names\":[\"c%lu\"]}", n);
    else if (what == 2)
        rig_do(r, "account.reset", "{\"names\":[\"c0\",\"c1\",\"c2\",\"c3\",\"c4\",\"c5\"]}");
    else
        rig_do(r, "account.login", "{\"name\":\"c%lu\",\"key\":\"sk-ant-api03-c%lu-%ld\"}", n, n,
            c->acts);
}

static void act_key(struct chaos *c, unsigned long what)
{
    struct rig *r = c->rig;
    unsigned long n = pick(c, KEYS);

    if (what == 0) {
        rig_do(r, "key.edit",
            "{\"names\":[\"k%lu\"],\"at_once\":%lu,\"in_line\":%lu,\"rate_requests\":%lu,"
            "\"rate_window\":1}",
            n, pick(c, 2) * 6, 20 + pick(c, 20), pick(c, 2) * 200);
    } else if (what == 1) {
        rig_do(r, pick(c, 4) ? "key.resume" : "key.pause", "{\"names\":[\"k%lu\"]}", n);
    } else {
        cJSON *o = rig_call(r, "key.rotate", "{\"name\":\"k%lu\",\"grace\":%lu}", n, pick(c, 3));
        free(c->secrets[n]);
        c->secrets[n] = strdup(text_at(o, "secret"));
        cJSON_Delete(o);
    }
}

static void act_cancel(struct chaos *c)
{
    cJSON *o = rig_call(c->rig, "request.list", "{\"state\":\"running\",\"limit\":3}");
    const cJSON *q;

    /* It may have ended meanwhile: then the call is refused, and that is right. */
    cJSON_ArrayForEach(q, at_path(o, "items"))
        rig_try(c->rig, "request.cancel", "{\"ids\":[\"%s\"]}", text_at(q, "id"));
    cJSON_Delete(o);
}

static void act_house(struct chaos *c, unsigned long what)
{
    struct rig *r = c->rig;

    if (what == 0)
        rig_do(r, "system.reload", "{}");
    else if (what == 1)
        rig_turn_clock(r, (int64_t)pick(c, 600) * 1000 - 200000);
    else if (what == 2)
        act_cancel(c);
    else if (what == 3)
        rig_do(r, "usage.query", "{\"by\":\"model\"}");
    else if (what == 4)
        rig_do(r, "session.drop", "{\"key\":\"k%lu\"}", pick(c, KEYS));
    else if (what == 5)
        rig_do(r, "backup.create", "{\"file\":\"%s/backup-%ld\"}", r->dir, c->acts);
    else
        rig_do(r, "key.list", "{}");
}

static void act(struct chaos *c)
{
    unsigned long what = pick(c, 3);

    c->acts++;
    if (c->acts % 2) { /* else all accounts would rest most of the time */
        act_account(c, 2);
        return;
    }
    if (what == 0)
        act_account(c, pick(c, 4));
    else if (what == 1)
        act_key(c, pick(c, 3));
    else
        act_house(c, pick(c, 7));
}

static void landed(void *arg, const struct landing *l)
{
    struct chaos *c = arg;
    const struct answer *a = l->answer;

    if (load_over(a) || (a->ended && a->status == 200))
        seen_add(&c->seen, a);
    if (l->left) {
        c->left++;
    } else {
        /* A stream that broke ends without its last chunk. */
        MUST(!l->lost || a->status == 200, "request %ld was lost: %d %s", l->shot->number,
            a->status, a->body);
        MUST(possible(a->status), "%d: %s", a->status, a->body);
        c->served += a->status == 200;
        c->refused += a->status != 200;
    }
    if (c->sent % 7 == 0)
        act(c);
}

static void chaos(struct rig *r)
{
    struct chaos c = {.rig = r, .random = 20261122, .total = scaled(30000)};

    rig_start(r, "[upstream]\nretry_budget = 2s\n[limits]\nmax_connections = 2000\n");
    for (int i = 0; i < ACCOUNTS; i++)
        rig_do(r, "account.add",
            "{\"kind\":\"claude-console\",\"name\":\"c%d\",\"key\":\"sk-ant-api03-c%d\","
            "\"cool_error\":1,\"cool_overload\":1}",
            i, i);
    for (int i = 0; i < KEYS; i++) {
        char name[16];
        snprintf(name, sizeof name, "k%d", i);
        c.secrets[i] = strdup(rig_key(r, name, ""));
    }
    const struct load l = {
        .port = r->relay_port, .clients = CLIENTS, .arg = &c, .next = next, .landed = landed};
    load_run(&l, 500);
    rig_idle(r);
    books_have_seen(r, &c.seen);
    long rows = books_are_told(r);
    books_tallies(r);
    printf("   %ld requests: %ld served, %ld refused or failed, %ld left; %ld acts; %ld rows\n",
        c.total, c.served, c.refused, c.left, c.acts, rows);
    int status = rig_relay_end(r, 15);
    MUST(status == 0, "it ended with %d", status);
    rig_relay_start(r); /* the database is whole */
    books_have_seen(r, &c.seen);
    for (int i = 0; i < KEYS; i++)
        free(c.secrets[i]);
    seen_release(&c.seen);
    rig_stop(r);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {{"chaos", chaos}};
    return rig_main(argc, argv, tests, 1);
}
