/* Health as a stored document: written with each change, read back at start, so that a restart
 * neither forgets a limit nor asks a signed-out account. */
#include "core/core_int.h"

#include <stdio.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "core/quota_int.h"

/* The windows of a quota by name. */
static const struct {
    const char *name;
    size_t offset;
} windows[] = {
    {"five_hour", offsetof(struct quota, five_hour)},
    {"seven_day", offsetof(struct quota, seven_day)},
    {"seven_day_opus", offsetof(struct quota, seven_day_opus)},
    {"seven_day_sonnet", offsetof(struct quota, seven_day_sonnet)},
    {"requests", offsetof(struct quota, requests)},
    {"tokens", offsetof(struct quota, tokens)},
};
#define WINDOWS (sizeof windows / sizeof windows[0])

static struct window_use *window_at(const struct quota *q, size_t i)
{
    return (struct window_use *)(void *)((char *)q + windows[i].offset);
}

static cJSON *quota_json(const struct quota *q)
{
    cJSON *o = xcheck(cJSON_CreateObject());

    for (size_t i = 0; i < WINDOWS; i++) {
        const struct window_use *u = window_at(q, i);
        cJSON *w;

        if (!u->known)
            continue;
        w = xcheck(cJSON_CreateObject());
        json_put(w, "used", xcheck(cJSON_CreateNumber(u->used)));
        json_put_int(w, "reset", u->reset);
        json_put_int(w, "at", u->at);
        json_put(o, windows[i].name, w);
    }
    return o;
}

static cJSON *families_json(const struct health_state *h)
{
    cJSON *o = xcheck(cJSON_CreateObject());

    for (int f = 0; f < FAMILIES; f++) {
        if (h->family_until[f])
            json_put_int(o, family_name((enum family)f), h->family_until[f]);
    }
    return o;
}

/* The document is built from a copy, after the lock is free. */
cJSON *core_health_json(struct core *c, const char *account_id)
{
    struct health_state h = {0};
    struct quota q = {0};
    struct account_state *as;
    cJSON *o;

    core_lock(c, 0);
    as = account_state_find(c, account_id);
    if (as) {
        h = as->health;
        q = as->quota;
    }
    core_unlock(c);
    if (!as)
        return NULL;
    o = xcheck(cJSON_CreateObject());
    json_put_str(o, "health", health_name(h.health));
    json_put_int(o, "since", h.since);
    json_put_int(o, "until", h.until);
    json_put_int(o, "fails", h.fails);
    json_put_str(o, "reason", h.reason);
    json_put(o, "families", families_json(&h));
    json_put(o, "quota", quota_json(&q));
    return o;
}

static void quota_read(struct quota *q, const cJSON *doc)
{
    for (size_t i = 0; i < WINDOWS; i++) {
        const cJSON *w = json_at(doc, windows[i].name);

        if (!cJSON_IsObject(w))
            continue;
        *window_at(q, i) = (struct window_use){.known = true,
            .used = json_num(w, "used", 0),
            .reset = json_int(w, "reset", 0),
            .at = json_int(w, "at", 0)};
    }
}

static void health_read(struct health_state *h, const cJSON *doc)
{
    const char *name = json_str(doc, "health"), *reason = json_str(doc, "reason");
    int64_t fails = json_int(doc, "fails", 0);

    for (int i = HEALTH_READY; name && i <= HEALTH_LOGIN; i++) {
        if (strcmp(name, health_name((enum health)i)) == 0)
            h->health = (enum health)i;
    }
    h->since = json_int(doc, "since", 0);
    h->until = json_int(doc, "until", 0);
    h->fails = fails > 0 && fails < 1000 ? (unsigned)fails : 0;
    if (reason)
        snprintf(h->reason, sizeof h->reason, "%s", reason);
    for (int f = 0; f < FAMILIES; f++) {
        const cJSON *at =
            cJSON_GetObjectItemCaseSensitive(json_at(doc, "families"), family_name((enum family)f));

        h->family_until[f] = cJSON_IsNumber(at) ? (int64_t)at->valuedouble : 0;
        h->family_since[f] = h->family_until[f] ? h->since : 0;
    }
    /* Only a login waits for a person: any other state needs its end, or it would last for ever. */
    if (h->health != HEALTH_LOGIN && h->health != HEALTH_READY && !h->until)
        h->health = HEALTH_READY;
}

void core_health_load(struct core *c, const char *account_id, const cJSON *doc)
{
    struct health_state h = {0};
    struct quota q = {0};
    struct account_state *as;

    health_read(&h, doc);
    quota_read(&q, json_at(doc, "quota"));
    core_lock(c, 0);
    as = account_state_find(c, account_id);
    if (as) {
        as->health = h;
        as->quota = q;
    }
    core_unlock(c);
}
