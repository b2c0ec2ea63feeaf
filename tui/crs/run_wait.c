/* wait: until something is so. It asks again whenever an event says that something has changed, and
 * each few seconds in any case. */
#include <string.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/watch.h"

#define LOOK_EVERY_MS (2 * MS_SECOND)

struct condition {
    const char *name;
    enum method_id ask;
    bool named;
    const char *topic;
    bool (*met)(const cJSON *answer);
};

static bool account_ready(const cJSON *a)
{
    const char *state = json_str(a, "state");
    return state && strcmp(state, "ready") == 0;
}

static bool key_idle(const cJSON *k)
{
    return json_int(k, "running", 1) == 0 && json_int(k, "waiting", 1) == 0;
}

static bool drained(const cJSON *s)
{
    return json_bool(s, "draining", false) && json_int(s, "running", 1) == 0;
}

static bool healthy(const cJSON *s)
{
    return json_bool(s, "healthy", false);
}

static const struct condition conditions[] = {
    {"account-ready", M_ACCOUNT_SHOW, true, "account", account_ready},
    {"key-idle", M_KEY_SHOW, true, "key", key_idle},
    {"drained", M_SYSTEM_STATUS, false, "usage", drained},
    {"healthy", M_SYSTEM_STATUS, false, "account", healthy},
};

static void on_event(void *arg, const char *method, const cJSON *params)
{
    (void)params;
    if (strcmp(method, "event") == 0)
        *(bool *)arg = true;
}

static int subscribe(struct crs *c, const struct condition *w, bool *stirred, struct err *err)
{
    cJSON *params = xcheck(cJSON_CreateObject()), *topics = xcheck(cJSON_CreateArray());
    if (crs_connect(c, err) < 0) {
        cJSON_Delete(params);
        cJSON_Delete(topics);
        return -1;
    }
    link_on_notify(c->link, on_event, stirred);
    cJSON_AddItemToArray(topics, xcheck(cJSON_CreateString(w->topic)));
    json_put(params, "topics", topics);
    cJSON *r = link_wait(
        c->link, method_by_id(M_EVENT_SUBSCRIBE)->wire, params, crs_timeout(c, NULL), err);
    cJSON_Delete(params);
    cJSON_Delete(r);
    return r ? 0 : -1;
}

/* 1 met, 0 not yet, -1. */
static int look(struct crs *c, const struct condition *w, struct err *err)
{
    cJSON *params = xcheck(cJSON_CreateObject());
    if (w->named)
        json_put_str(params, "name", own_text(c, "name"));
    const struct method *m = method_by_id(w->ask);
    cJSON *answer = link_wait(c->link, m->wire, params, 10 * MS_SECOND, err);
    cJSON_Delete(params);
    int met = answer ? w->met(answer) : -1;
    cJSON_Delete(answer);
    return met;
}

static int wait_for(struct crs *c, const struct condition *w, struct err *err)
{
    bool stirred = false;
    /* Without --timeout it waits for good: that is what it is for. */
    double seconds = json_num(c->global, "timeout", 0);
    int64_t end = seconds > 0 ? clock_mono() + (int64_t)(seconds * 1000) : INT64_MAX;
    if (subscribe(c, w, &stirred, err) < 0)
        return -1;
    for (;;) {
        int met = look(c, w, err);
        if (met)
            return met < 0 ? -1 : 0;
        stirred = false;
        int64_t next = clock_mono() + LOOK_EVERY_MS;
        while (!stirred && clock_mono() < next && clock_mono() < end)
            if (link_poll(c->link, (next < end ? next : end) - clock_mono()) < 0) {
                *err = *link_error(c->link);
                return -1;
            }
        if (clock_mono() >= end)
            return err_set(err, ERR_TIMEOUT, _("'%s' did not come in time"), w->name);
    }
}

int run_wait(struct crs *c, struct err *err)
{
    const char *name = own_text(c, "condition");
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        const struct condition *w = &conditions[i];
        if (strcmp(w->name, name) != 0)
            continue;
        if (w->named == (own_text(c, "name") != NULL))
            return wait_for(c, w, err);
        if (w->named)
            return err_set(err, ERR_USAGE, _("'%s' needs a name"), w->name);
        return err_set(err, ERR_USAGE, _("'%s' takes no name"), w->name);
    }
    return err_set(err, ERR_USAGE, _("no such condition '%.60s'"), name);
}
