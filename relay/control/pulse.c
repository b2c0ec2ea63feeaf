/* What moved in the last second, for whoever watches: requests on their way, accounts, keys, and
 * the totals. Only what is different from what was told before, many rows in one event; nothing at
 * all while nobody watches. */
#include "control/control_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "control/view_int.h"

#define ROWS_AN_EVENT 200

struct mark { /* what was told of a thing, in one number */
    char id[24];
    uint64_t sum;
};
struct marks {
    struct mark *v; /* sorted by id */
    size_t n;
    bool begun; /* the first look only takes stock: a watcher has its snapshot */
};
struct pulse {
    struct marks requests, accounts, keys;
    uint64_t totals;
};

/* FNV-1a over numbers: told apart, not defended. */
static uint64_t mix(uint64_t sum, uint64_t v)
{
    for (int i = 0; i < 8; i++, v >>= 8)
        sum = (sum ^ (v & 0xFF)) * UINT64_C(1099511628211);
    return sum;
}

static uint64_t mix_time(uint64_t sum, int64_t v)
{
    return mix(sum, (uint64_t)v);
}

#define MIX_BEGIN UINT64_C(14695981039346656037)

static int by_id(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    return strcmp(x->id, y->id);
}

/* The new marks of one kind of thing, made while walking over it. */
struct walk {
    struct control *c;
    enum topic topic;
    const char *list; /* member of the event */
    struct marks *old;
    struct mark *v;
    size_t n;
    cJSON *rows;
};

static void walk_publish(struct walk *w)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "what", "progress");
    json_put(o, w->list, w->rows);
    bus_publish(w->c->p.bus, w->topic, o);
    w->rows = NULL;
}

static bool walk_moved(struct walk *w, const char *id, uint64_t sum)
{
    struct mark m = {.sum = sum};
    strncpy(m.id, id, sizeof m.id - 1);
    w->v[w->n++] = m;
    if (!w->old->begun)
        return false;
    const struct mark *was = w->old->n ? bsearch(&m, w->old->v, w->old->n, sizeof m, by_id) : NULL;
    return !was || was->sum != sum;
}

static void walk_row(struct walk *w, cJSON *row)
{
    if (!w->rows)
        w->rows = xcheck(cJSON_CreateArray());
    cJSON_AddItemToArray(w->rows, row);
    if (cJSON_GetArraySize(w->rows) >= ROWS_AN_EVENT)
        walk_publish(w);
}

static void walk_end(struct walk *w)
{
    if (w->rows)
        walk_publish(w);
    qsort(w->v, w->n, sizeof *w->v, by_id);
    free(w->old->v);
    *w->old = (struct marks){w->v, w->n, true};
}

static struct walk walk_begin(
    struct control *c, enum topic topic, const char *list, struct marks *old, size_t n)
{
    return (struct walk){
        .c = c, .topic = topic, .list = list, .old = old, .v = xcalloc(n + 1, sizeof(struct mark))};
}

static void marks_clear(struct marks *m)
{
    free(m->v);
    *m = (struct marks){0};
}

static void requests(struct control *c, struct marks *old, int64_t now)
{
    unsigned long n;
    struct live_view *v = live_list(c->p.live, &n);
    struct walk w = walk_begin(c, TOPIC_REQUEST, "requests", old, n);
    for (unsigned long i = 0; i < n; i++) {
        uint64_t sum = mix(MIX_BEGIN, v[i].bytes_out);
        sum = mix_time(sum, v[i].output);
        sum = mix_time(sum, (int64_t)v[i].state * 1000 + v[i].attempts);
        sum = mix_time(sum, v[i].place);
        if (walk_moved(&w, v[i].id, sum))
            walk_row(&w, request_live_row(&v[i], now));
    }
    free(v);
    walk_end(&w);
}

static uint64_t account_sum(const struct account *a, const struct account_live *l, int64_t now)
{
    uint64_t sum = mix_time(MIX_BEGIN, a->changed);
    sum = mix_time(sum, (int64_t)l->health * 2 + a->off);
    sum = mix_time(sum, l->until);
    sum = mix_time(sum, l->running);
    sum = mix_time(sum, l->requests_today);
    sum = mix_time(sum, l->errors_today);
    sum = mix_time(sum, (int64_t)(l->quota.five_hour.used * 1000));
    sum = mix_time(sum, (int64_t)(l->quota.seven_day.used * 1000));
    return mix_time(sum, a->set.expires && a->set.expires <= now);
}

static void accounts(struct control *c, struct marks *old, int64_t now)
{
    size_t n;
    const struct account **v = core_accounts(c->p.core, &n);
    struct walk w = walk_begin(c, TOPIC_ACCOUNT, "accounts", old, n);
    for (size_t i = 0; i < n; i++) {
        struct account_live l;
        core_account_live(c->p.core, v[i]->id, now, &l);
        if (walk_moved(&w, v[i]->id, account_sum(v[i], &l, now)))
            walk_row(&w, account_row(c, v[i], now));
        account_unref(v[i]);
    }
    free(v);
    walk_end(&w);
}

static void keys(struct control *c, struct marks *old, int64_t now)
{
    size_t n;
    const struct key **v = core_keys(c->p.core, &n);
    struct walk w = walk_begin(c, TOPIC_KEY, "keys", old, n);
    for (size_t i = 0; i < n; i++) {
        struct key_live l;
        core_key_live(c->p.core, v[i]->id, now, &l);
        uint64_t sum = mix_time(MIX_BEGIN, v[i]->changed);
        sum = mix_time(sum, (int64_t)l.running * 100000 + l.waiting);
        sum = mix_time(sum, l.requests_today);
        sum = mix_time(sum, l.cost_today);
        sum = mix(sum, (uint64_t)key_state(v[i], now)[0]);
        if (walk_moved(&w, v[i]->id, sum))
            walk_row(&w, key_row(c, v[i], now));
        key_unref(v[i]);
    }
    free(v);
    walk_end(&w);
}

static void totals(struct control *c, uint64_t *told, int64_t now)
{
    struct core_totals t;
    core_totals(c->p.core, now, &t);
    uint64_t sum = mix_time(MIX_BEGIN, (int64_t)t.running * 100000 + t.waiting);
    sum = mix_time(sum, t.cost_today);
    sum = mix_time(sum, t.requests_today);
    sum = mix_time(sum, t.output_today);
    sum = mix_time(sum, (int64_t)t.requests_last_minute * 1000 + t.errors_last_minute);
    if (sum == *told)
        return;
    *told = sum;
    cJSON *o = totals_json(&t);
    json_put_str(o, "what", "totals");
    bus_publish(c->p.bus, TOPIC_USAGE, o);
}

void pulse_tick(struct control *c, int64_t now)
{
    const struct bus *bus = c->p.bus;
    if (!bus)
        return;
    if (!c->pulse)
        c->pulse = xcalloc(1, sizeof *c->pulse);
    struct pulse *p = c->pulse;
    if (c->p.live && bus_wants(bus, TOPIC_REQUEST))
        requests(c, &p->requests, now);
    else
        marks_clear(&p->requests);
    if (bus_wants(bus, TOPIC_ACCOUNT))
        accounts(c, &p->accounts, now);
    else
        marks_clear(&p->accounts);
    if (bus_wants(bus, TOPIC_KEY))
        keys(c, &p->keys, now);
    else
        marks_clear(&p->keys);
    if (bus_wants(bus, TOPIC_USAGE))
        totals(c, &p->totals, now);
}

void pulse_free(struct control *c)
{
    if (!c->pulse)
        return;
    marks_clear(&c->pulse->requests);
    marks_clear(&c->pulse->accounts);
    marks_clear(&c->pulse->keys);
    free(c->pulse);
    c->pulse = NULL;
}
