/* What the relay answers itself: model lists, what a key may know of itself, health. */
#include "flow/steps_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "common/alloc.h"
#include "common/json.h"
#include "common/units.h"

static enum step_verdict answer(struct exchange *x, int status, cJSON *o)
{
    x->reply.status = status;
    h1_add_fieldz(&x->reply.fields, "content-type", "application/json");
    json_print(o, &x->reply.body);
    cJSON_Delete(o);
    return STEP_DONE;
}

static cJSON *object(void)
{
    return xcheck(cJSON_CreateObject());
}

/* --- models: what is priced is known -------------------------------------------------------- */

struct model_list {
    struct exchange *x;
    bool anthropic; /* the Anthropic shape, and its models only */
    cJSON *items;
    char *first, *last;
    const char *only; /* one model, NULL: all */
};

static bool listed(const struct model_list *l, const char *model)
{
    enum service s = service_of_model(model);
    const struct key_settings *set = &l->x->key->set;

    if (l->only && strcmp(l->only, model) != 0)
        return false;
    if (l->x->dialect == DIALECT_GEMINI && s != SERVICE_GEMINI)
        return false;
    if (l->anthropic && s != SERVICE_CLAUDE)
        return false;
    return model_allowed(model, &set->models, &set->not_models);
}

static cJSON *model_openai(const struct price_row *r)
{
    cJSON *o = object();

    json_put_str(o, "id", r->model);
    json_put_str(o, "object", "model");
    json_put_int(o, "created", 0);
    json_put_str(o, "owned_by", r->provider ? r->provider : "unknown");
    return o;
}

static cJSON *model_anthropic(const struct price_row *r)
{
    cJSON *o = object();

    json_put_str(o, "type", "model");
    json_put_str(o, "id", r->model);
    json_put_str(o, "display_name", r->model);
    /* The API's own word for a date that is not known. */
    json_put_str(o, "created_at", "1970-01-01T00:00:00Z");
    return o;
}

static cJSON *model_google(const struct price_row *r)
{
    cJSON *o = object(), *methods = xcheck(cJSON_CreateArray());
    char *name = xasprintf("models/%s", r->model);

    json_put_str(o, "name", name);
    json_put_str(o, "displayName", r->model);
    if (r->context > 0)
        json_put_int(o, "inputTokenLimit", r->context);
    if (r->max_output > 0)
        json_put_int(o, "outputTokenLimit", r->max_output);
    cJSON_AddItemToArray(methods, xcheck(cJSON_CreateString("generateContent")));
    cJSON_AddItemToArray(methods, xcheck(cJSON_CreateString("streamGenerateContent")));
    cJSON_AddItemToArray(methods, xcheck(cJSON_CreateString("countTokens")));
    json_put(o, "supportedGenerationMethods", methods);
    free(name);
    return o;
}

static void model_add(void *arg, const struct price_row *r)
{
    struct model_list *l = arg;
    cJSON *o;

    if (!listed(l, r->model))
        return;
    if (l->x->dialect == DIALECT_GEMINI)
        o = model_google(r);
    else if (l->anthropic)
        o = model_anthropic(r);
    else
        o = model_openai(r);
    cJSON_AddItemToArray(l->items, o);
    if (!l->first)
        l->first = xstrdup(r->model);
    free(l->last);
    l->last = xstrdup(r->model);
}

static struct model_list models(struct exchange *x, const char *only)
{
    struct model_list l = {.x = x, .only = only};

    l.anthropic =
        x->dialect == DIALECT_ANTHROPIC && h1_get(&x->head->head, "anthropic-version").n > 0;
    l.items = xcheck(cJSON_CreateArray());
    prices_each(x->data->prices, model_add, &l);
    return l;
}

static enum step_verdict answer_models(struct exchange *x)
{
    struct model_list l = models(x, NULL);
    cJSON *o = object();

    if (x->dialect == DIALECT_GEMINI) {
        json_put(o, "models", l.items);
    } else {
        json_put_str(o, "object", l.anthropic ? NULL : "list");
        json_put(o, "data", l.items);
        if (l.anthropic) {
            json_put_bool(o, "has_more", false);
            json_put_str(o, "first_id", l.first);
            json_put_str(o, "last_id", l.last);
        }
    }
    free(l.first);
    free(l.last);
    return answer(x, 200, o);
}

static enum step_verdict answer_model(struct exchange *x)
{
    struct model_list l = models(x, x->match.model);
    cJSON *one = cJSON_DetachItemFromArray(l.items, 0);

    free(l.first);
    free(l.last);
    cJSON_Delete(l.items);
    if (one)
        return answer(x, 200, one);
    fault_set(&x->fault, FAULT_NO_ROUTE, "no such model '%.100s'", x->match.model);
    x->has_fault = true;
    return STEP_FAIL;
}

/* --- the key itself -------------------------------------------------------------------------- */

static cJSON *limit_object(const struct limit_view *v, bool money)
{
    cJSON *o = object();

    if (money) {
        json_put_money(o, "used", v->used);
        json_put_money(o, "limit", v->limit);
    } else {
        json_put_int(o, "used", v->used);
        json_put_int(o, "limit", v->limit);
    }
    json_put_time(o, "reset", v->reset);
    return o;
}

static cJSON *limits_object(const struct key *k, const struct key_live *live)
{
    const struct limit_view at_once = {.used = live->running, .limit = k->set.at_once};
    const struct limit_view in_line = {.used = live->waiting, .limit = k->set.in_line};
    const struct limit_view addresses = {.used = live->addresses, .limit = k->set.addresses};
    const struct {
        const char *name;
        const struct limit_view *v;
        bool money;
    } rows[] = {
        {"rate_requests", &live->rate_requests, false},
        {"rate_tokens", &live->rate_tokens, false},
        {"rate_cost", &live->rate_cost, true},
        {"daily_cost", &live->day, true},
        {"weekly_cost", &live->week, true},
        {"monthly_cost", &live->month, true},
        {"total_cost", &live->total, true},
        {"weekly_opus_cost", &live->opus, true},
        {"at_once", &at_once, false},
        {"in_line", &in_line, false},
        {"addresses", &addresses, false},
    };
    cJSON *o = object();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].v->limit > 0)
            json_put(o, rows[i].name, limit_object(rows[i].v, rows[i].money));
    return o;
}

static void put_words(cJSON *o, const char *name, const struct strlist *l)
{
    cJSON *a = xcheck(cJSON_CreateArray());

    for (size_t i = 0; i < l->n; i++)
        cJSON_AddItemToArray(a, xcheck(cJSON_CreateString(l->v[i])));
    json_put(o, name, a);
}

/* An empty list allows all, but for not_models. By which accounts a key is served is no business of
 * its holder. */
static cJSON *may_use_object(const struct key *k)
{
    cJSON *o = object();

    put_words(o, "services", &k->set.services);
    put_words(o, "clients", &k->set.clients);
    put_words(o, "models", &k->set.models);
    put_words(o, "not_models", &k->set.not_models);
    put_words(o, "from", &k->set.from);
    return o;
}

static cJSON *usage_object(const struct key_live *live)
{
    cJSON *o = object(), *day = object();

    json_put_int(day, "requests", live->requests_today);
    json_put_money(day, "cost", live->cost_today);
    json_put(o, "daily", day);
    json_put_int(o, "running", live->running);
    json_put_int(o, "waiting", live->waiting);
    cJSON_AddNumberToObject(o, "longest_wait", (double)live->oldest_wait_ms / 1000);
    return o;
}

static enum step_verdict answer_key(struct exchange *x)
{
    cJSON *o = object(), *info;
    int64_t now = clock_now();
    struct key_live live;

    core_key_live(x->flow->house->core, x->key->id, now, &live);
    if (x->match.route->own == OWN_USAGE) {
        json_put(o, "usage", usage_object(&live));
        json_put(o, "limits", limits_object(x->key, &live));
    } else {
        info = object();
        json_put_str(info, "id", x->key->id);
        json_put_str(info, "name", x->key->name);
        json_put(info, "usage", usage_object(&live));
        json_put(info, "limits", limits_object(x->key, &live));
        json_put(info, "may_use", may_use_object(x->key));
        json_put_time(info, "expires", key_expiry(x->key));
        json_put(o, "keyInfo", info);
    }
    json_put_time(o, "timestamp", now);
    return answer(x, 200, o);
}

static enum step_verdict answer_me(struct exchange *x)
{
    cJSON *o = object();
    char *id = xasprintf("user_%s", x->key->id);

    json_put_str(o, "id", id);
    json_put_str(o, "type", "user");
    json_put_str(o, "display_name", x->key->name);
    json_put_time(o, "created_at", x->key->created);
    free(id);
    return answer(x, 200, o);
}

/* What is left of the narrowest money limit, in dollars; 0 when the key has none. */
static enum step_verdict answer_credit(struct exchange *x)
{
    cJSON *o = object(), *data = xcheck(cJSON_CreateArray()), *row = object();
    struct key_live live;
    nano left = -1;

    core_key_live(x->flow->house->core, x->key->id, clock_now(), &live);
    const struct limit_view *views[] = {&live.day, &live.week, &live.month, &live.total};
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        nano rest = views[i]->limit - views[i]->used;
        if (views[i]->limit > 0 && (left < 0 || rest < left))
            left = rest > 0 ? rest : 0;
    }
    json_put_str(row, "type", "credit_balance");
    json_put_money(row, "credit_balance", left > 0 ? left : 0);
    cJSON_AddItemToArray(data, row);
    json_put_str(o, "object", "usage");
    json_put(o, "data", data);
    return answer(x, 200, o);
}

/* --- without a key --------------------------------------------------------------------------- */

static enum step_verdict answer_health(struct exchange *x)
{
    struct house *h = x->flow->house;
    bool draining = atomic_load_explicit(&h->draining, memory_order_relaxed);
    bool busy = store_busy(h->store, NULL);
    cJSON *o = object();

    /* Strangers learn whether it serves, nothing else. */
    json_put_str(o, "status", draining ? "draining" : busy ? "unhealthy" : "healthy");
    return answer(x, draining || busy ? 503 : 200, o);
}

enum step_verdict answer_own(struct exchange *x)
{
    cJSON *o;

    switch (x->match.route->own) {
    case OWN_MODELS:
        return answer_models(x);
    case OWN_MODEL:
        return answer_model(x);
    case OWN_ME:
        return answer_me(x);
    case OWN_KEY_INFO:
    case OWN_USAGE:
        return answer_key(x);
    case OWN_CREDIT:
        return answer_credit(x);
    case OWN_HEALTH:
        return answer_health(x);
    case OWN_SUCCESS:
        o = object();
        json_put_bool(o, "success", true);
        return answer(x, 200, o);
    case OWN_ROOT:
    case OWN_NONE:
        break;
    }
    o = object();
    json_put_str(o, "service", "crs-relay");
    return answer(x, 200, o);
}
