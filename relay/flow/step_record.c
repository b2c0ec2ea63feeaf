/* Record: the durable row. Runs for every exchange with a key but the relay's own answers; waits
 * for the commit, since the last bytes wait for it. */
#include "flow/steps_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "common/json.h"

static const char *outcome(const struct exchange *x)
{
    switch (x->how) {
    case FINISH_DONE:
        return x->reply.status < 400 ? "done" : "failed";
    case FINISH_REFUSED:
        return "refused";
    case FINISH_FAILED:
        return "failed";
    case FINISH_ABORTED:
        return "aborted";
    case FINISH_CANCELLED:
        return "cancelled";
    }
    return "failed";
}

static int status_sent(const struct exchange *x)
{
    if (!x->conn && !x->replied)
        return 0;
    if (x->reply.status)
        return x->reply.status;
    return x->has_fault ? fault_status(&x->fault) : 500;
}

static void publish(struct exchange *x)
{
    struct bus *bus = x->flow->house->bus;
    cJSON *o;

    if (!bus || !bus_wants(bus, TOPIC_REQUEST))
        return;
    o = cJSON_CreateObject();
    json_put_str(o, "id", x->id);
    json_put_time(o, "started", x->began);
    json_put_str(o, "key", x->key->name);
    json_put_str(o, "account", x->served ? x->served->name : NULL);
    json_put_str(o, "model", x->facts.model);
    json_put_str(o, "client", x->client.name);
    json_put_str(o, "address", x->address);
    json_put_str(o, "outcome", outcome(x));
    json_put_str(o, "reason", x->has_fault ? x->fault.text : NULL);
    json_put_int(o, "status", status_sent(x));
    json_put_int(o, "ms", clock_mono() - x->began_mono);
    if (x->trial.first_byte)
        cJSON_AddNumberToObject(
            o, "first_byte", (double)(x->trial.first_byte - x->began) / MS_SECOND);
    json_put_int(o, "attempts", x->trial.number);
    json_put_int(o, "input", usage_tokens(&x->usage) - x->usage.output);
    json_put_int(o, "output", x->usage.output);
    json_put_money(o, "cost", x->cost.total);
    bus_publish(bus, TOPIC_REQUEST, o);
}

static void release(struct exchange *x)
{
    if (x->live)
        live_end(x->live);
    x->live = x->trail.live = NULL;
    publish(x);
}

static void committed(struct exchange *x, const struct letter *l)
{
    int64_t now = clock_mono();

    /* With a full disk every request fails so: a line a second says enough. */
    if (l->failed && now - x->flow->not_booked_at >= MS_SECOND) {
        x->flow->not_booked_at = now;
        log_line(LOG_ERROR, AREA_STORE, x->id, "request not booked: %s", l->err.text);
    }
    release(x);
    exchange_go(x, STEP_NEXT);
}

static void on_booked(void *arg, const struct err *failure)
{
    struct letter *l = arg;

    l->failed = failure != NULL;
    if (failure)
        l->err = *failure;
    letter_post(l);
}

static void log_request(const struct exchange *x)
{
    const char *model = x->facts.model ? x->facts.model : "";

    if (x->how == FINISH_REFUSED)
        log_line(LOG_INFO, AREA_FLOW, x->id,
            "refused %s with %d: %s key=%s client=%s model=%.80s address=%s", x->match.path,
            status_sent(x), x->has_fault ? x->fault.text : "", x->key->name, x->client.name, model,
            x->address);
    if (!log_wants(LOG_DEBUG))
        return;
    log_line(LOG_DEBUG, AREA_FLOW, x->id,
        "%s %s key=%s model=%s account=%s status=%d attempts=%d in=%lld out=%lld ms=%lld",
        outcome(x), x->match.path, x->key->name, model, x->served ? x->served->name : "",
        status_sent(x), x->trial.number, (long long)(usage_tokens(&x->usage) - x->usage.output),
        (long long)x->usage.output, (long long)(clock_mono() - x->began_mono));
}

static void book(struct exchange *x, const char *trail)
{
    struct attempt a;
    bool attempt = attempt_is_booked(x);
    struct request_row row = {
        .id = x->id,
        .key_id = x->key->id,
        .path = x->match.path,
        .dialect = dialect_name(x->dialect),
        .model = x->facts.model ? x->facts.model : "",
        .client = x->client.name,
        .address = x->address,
        .session = x->facts.session ? x->facts.session : "",
        .started = x->began,
        .ended = clock_now(),
        .status = status_sent(x),
        .outcome = outcome(x),
        .reason = x->has_fault ? x->fault.text : "",
        .trail = trail,
        .cost = x->cost.total,
        .attempts = x->trial.number,
    };

    if (attempt)
        attempt_fill(x, &a);
    x->trial.open = false;
    store_book(x->flow->house->store, &a, attempt, &row, on_booked, letter_create(x, committed));
}

enum step_verdict step_record(struct exchange *x)
{
    char *trail;

    /* Before it is booked: the row has the status that the client gets. */
    if (x->has_fault)
        fault_suit(&x->fault, &x->client, clock_now());
    if (!x->key || (x->match.route->flags & ROUTE_OWN))
        return STEP_NEXT;
    if (x->leased)
        x->served = account_ref(x->lease.account);
    log_request(x);
    trail = trail_text(&x->trail);
    book(x, trail);
    free(trail);
    choose_release(x);
    return STEP_WAIT;
}
