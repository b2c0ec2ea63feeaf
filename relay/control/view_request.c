/* How a request looks, one in the house and one that has ended. */
#include "control/view_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

cJSON *request_live_row(const struct live_view *v, int64_t now)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "id", v->id);
    json_put_time(o, "started", v->started);
    json_put_null(o, "ended");
    json_put_span(o, "age", now > v->started ? now - v->started : 0);
    json_put_str(o, "key", v->key_name[0] ? v->key_name : v->key);
    json_put_str(o, "account", v->account_name[0] ? v->account_name : v->account);
    json_put_str(o, "model", v->model);
    json_put_str(o, "client", v->client);
    json_put_str(o, "address", v->address);
    json_put_str(o, "path", v->path);
    json_put_str(o, "state", live_state_name(v->state));
    json_put_span(o, "first_byte", v->first_byte ? v->first_byte - v->started : -1);
    json_put_int(o, "input", v->input);
    json_put_int(o, "output", v->output);
    json_put_money(o, "cost", v->cost_nano > 0 ? v->cost_nano : 0);
    json_put_int(o, "attempts", v->attempts);
    if (v->place)
        json_put_int(o, "place", v->place);
    json_put_bool(o, "stream", v->stream);
    return o;
}

static void copy(cJSON *to, const cJSON *from, const char *as, const char *name)
{
    const cJSON *v = json_at(from, name);
    if (v)
        json_put(to, as, xcheck(cJSON_Duplicate(v, true)));
}

cJSON *request_stored_row(struct control *c, const cJSON *r)
{
    static const char *const same[] = {"id", "started", "ended", "model", "client", "address",
        "path", "dialect", "session", "status", "reason", "first_byte", "input", "output", "cost"};
    cJSON *o = xcheck(cJSON_CreateObject());
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        copy(o, r, same[i], same[i]);
    copy(o, r, "age", "duration");
    copy(o, r, "state", "outcome");
    char *key = key_name_of(c, json_str(r, "key"));
    char *account = account_name_of(c, json_str(r, "account"));
    json_put_str(o, "key", key);
    json_put_str(o, "account", account);
    free(key);
    free(account);
    const cJSON *attempts = json_at(r, "attempts");
    if (cJSON_IsNumber(attempts))
        copy(o, r, "attempts", "attempts");
    return o;
}
