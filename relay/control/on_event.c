/* event.subscribe and log.tail: an answer, then what comes. */
#include "control/view_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

static int stream_possible(struct order *o, struct err *err)
{
    if (!o->peer)
        return err_set(err, ERR_FAILED, "the connection is gone");
    if (!o->peer->one_answer)
        return 0;
    err_set(err, ERR_USAGE, "%s needs a connection that lasts", o->m->wire);
    return err_hint(err, "over HTTP: GET /events, with ?topics=account,key");
}

static unsigned topic_mask(const struct order *o)
{
    const cJSON *topics = order_list(o, "topics");
    unsigned mask = 0;
    for (const cJSON *t = topics ? topics->child : NULL; t; t = t->next)
        if (topic_by_name(t->valuestring) >= 0)
            mask |= 1u << topic_by_name(t->valuestring);
    return mask ? mask : (1u << TOPICS) - 1;
}

static cJSON *snapshot(struct control *c, int64_t now)
{
    cJSON *o = xcheck(cJSON_CreateObject()), *accounts = xcheck(cJSON_CreateArray()),
          *keys = xcheck(cJSON_CreateArray()), *requests = xcheck(cJSON_CreateArray());
    size_t n;
    const struct account **a = core_accounts(c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        cJSON_AddItemToArray(accounts, account_row(c, a[i], now));
        account_unref(a[i]);
    }
    free(a);
    const struct key **k = core_keys(c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        if (!k[i]->removed)
            cJSON_AddItemToArray(keys, key_row(c, k[i], now));
        key_unref(k[i]);
    }
    free(k);
    unsigned long m = 0;
    struct live_view *v = c->p.live ? live_list(c->p.live, &m) : NULL;
    for (unsigned long i = 0; i < m; i++)
        cJSON_AddItemToArray(requests, request_live_row(&v[i], now));
    free(v);
    json_put(o, "status", status_json(c, now));
    json_put(o, "accounts", accounts);
    json_put(o, "keys", keys);
    json_put(o, "requests", requests);
    return o;
}

void on_EVENT_SUBSCRIBE(struct order *o)
{
    struct err err;
    if (stream_possible(o, &err) < 0) {
        order_fail(o, &err);
        return;
    }
    /* First the subscription, then the number, then the look: what happens in between is told twice
     * rather than not at all, and the number tells which events the snapshot has in it already. */
    follow_start(o->peer, topic_mask(o));
    cJSON *r = xcheck(cJSON_CreateObject());
    json_put_int(r, "seq", (int64_t)bus_seq(o->c->p.bus));
    json_put_time(r, "at", o->now);
    if (order_flag(o, "snapshot"))
        json_put(r, "snapshot", snapshot(o->c, o->now));
    order_done(o, r);
}

/* --- log
 * ---------------------------------------------------------------------------------------------- */

#define GREP_LOOKS_AT 100000

static int word_index(const char *word, const char *(*name)(int), int n, int dflt)
{
    for (int i = 0; word && i < n; i++)
        if (strcmp(name(i), word) == 0)
            return i;
    return dflt;
}

static const char *level_word(int i)
{
    return log_level_name((enum log_level)i);
}

static const char *area_word(int i)
{
    return log_area_name((enum log_area)i);
}

static cJSON *tail_rows(struct order *o, int level, int area, unsigned long lines)
{
    const char *grep = order_text(o, "grep");
    unsigned long n, kept = 0;
    struct log_entry *v = log_tail(grep ? GREP_LOOKS_AT : lines, (enum log_level)level, area,
        order_text(o, "request"), order_time(o, "since", 0), &n);
    cJSON *items = xcheck(cJSON_CreateArray());
    for (unsigned long i = 0; i < n; i++)
        kept += !grep || strcasestr(v[i].text, grep) != NULL;
    for (unsigned long i = 0; i < n; i++) {
        bool matches = !grep || strcasestr(v[i].text, grep) != NULL;
        if (matches && kept-- <= lines)
            cJSON_AddItemToArray(items, log_row(&v[i]));
        free(v[i].text);
    }
    free(v);
    return items;
}

void on_LOG_TAIL(struct order *o)
{
    struct err err;
    int level = word_index(order_text(o, "level"), level_word, LOG_TRACE + 1, LOG_INFO);
    int area = word_index(order_text(o, "area"), area_word, AREAS, -1);
    bool follow = order_flag(o, "follow");
    if (follow && stream_possible(o, &err) < 0) {
        order_fail(o, &err);
        return;
    }
    if (!follow && o->peer)
        log_follow_stop(o->peer);
    if (follow)
        log_follow_start(o->peer, level, area, order_text(o, "request"), order_text(o, "grep"));
    int64_t lines = order_int(o, "lines", 50);
    order_done(o, list_result(tail_rows(o, level, area, (unsigned long)(lines > 0 ? lines : 0))));
}
