/* One tiny request through an account, as a person or the clock asks for it. */
#include "care/care_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/log.h"
#include "common/alloc.h"
#include "common/json.h"
#include "common/secret.h"

struct testing {
    struct op op;
    char id[24];
    char *model;
    struct lease lease;
    bool leased, renewed;
    int64_t started;
    enum wire wire;
    care_test_done *done;
    void *arg;
};

static void testing_drop(struct op *op)
{
    struct testing *t = (struct testing *)op;
    if (t->leased)
        core_release(op->care->o.core, &t->lease, clock_now());
    free(t->model);
    free(t);
}

static void testing_end(struct testing *t, const struct care_tested *result)
{
    care_test_done *done = t->done;
    void *arg = t->arg;
    op_end(&t->op);
    if (done)
        done(arg, result);
}

static void testing_fail(struct testing *t, const struct err *err)
{
    struct care_tested r = {.ok = false};
    snprintf(r.text, sizeof r.text, "%.250s", err->text);
    testing_end(t, &r);
}

static bool is_stream(const struct fetch_answer *ans)
{
    static const char type[] = "text/event-stream";
    struct span is = h1_get(ans->head, "content-type");
    return is.n >= sizeof type - 1 && strncasecmp(is.p, type, sizeof type - 1) == 0;
}

static void booked(void *arg, const struct err *failure)
{
    (void)arg;
    if (failure)
        log_line(LOG_ERROR, AREA_STORE, NULL, "a test was not booked: %s", failure->text);
}

/* It costs as any other request does: the account's sums would not be the vendor's without it. */
static void testing_book(struct testing *t, const struct fetch_answer *ans, int64_t now)
{
    struct care *c = t->op.care;
    const struct account *a = t->lease.account;
    char id[24] = "test_";
    if (t->wire == WIRE_NONE)
        return;
    secret_id(id + 5, 16);
    struct attempt row = {.request = id,
        .number = 1,
        .key_id = "",
        .account_id = a->id,
        .kind = a->kind,
        .model_asked = t->model ? t->model : "",
        .dialect = "",
        .client = "account-test",
        .started = t->started,
        .first_byte = 0,
        .ended = now,
        .status = ans->status,
        .fault = ans->status ? "" : "network"};
    struct tap *tap = tap_create(t->wire, ans->head && is_stream(ans));
    tap_feed(tap, ans->body.data, ans->body.len);
    tap_finish(tap, &row.usage);
    const char *model = *row.usage.model ? row.usage.model : row.model_asked;
    if (c->prices)
        price_cost(c->prices, model, &row.usage, &(struct price_hints){0}, &row.cost);
    if (tap_error_type(tap))
        row.fault = tap_error_type(tap);
    struct charge ch = {
        .usage = &row.usage, .cost = &row.cost, .account_id = a->id, .model = model, .now = now};
    core_charge(c->o.core, NULL, NULL, &ch);
    store_book(c->o.store, &row, 1, NULL, booked, NULL);
    tap_free(tap);
}

/* The upstream's own sentence is fit to be shown: nothing but our greeting was sent. */
static void sentence(const struct fetch_answer *ans, const struct verdict *v, struct care_tested *r)
{
    cJSON *tree = json_parse(ans->body.data, ans->body.len, NULL);
    const char *text = json_str(tree, "error.message");
    if (r->ok)
        snprintf(r->text, sizeof r->text, "ok");
    else if (ans->status == 0)
        snprintf(r->text, sizeof r->text, "%.250s", ans->err.text);
    else if (text)
        snprintf(r->text, sizeof r->text, "%d %.200s", ans->status, text);
    else
        snprintf(r->text, sizeof r->text, "%.190s", v->reason);
    cJSON_Delete(tree);
}

static void testing_begin(struct testing *t);

static void testing_renewed(void *arg, const struct err *failure)
{
    struct testing *t = arg;
    if (failure)
        testing_fail(t, failure);
    else
        testing_begin(t);
}

static void testing_renew(struct testing *t)
{
    unsigned generation = t->lease.credential->generation;
    core_release(t->op.care->o.core, &t->lease, clock_now());
    t->leased = false;
    t->renewed = true;
    renew_here(t->op.care, t->id, generation, testing_renewed, t);
}

static void testing_answered(struct op *op, const struct fetch_answer *ans)
{
    struct testing *t = (struct testing *)op;
    const struct account *a = t->lease.account;
    const struct provider *p = provider_by_kind(a->kind);
    struct upstream_answer u = {.fault = ans->status ? CALL_OK : CALL_CONNECT,
        .head = ans->head,
        .body = ans->body.data,
        .n = ans->body.len,
        .now = clock_now()};
    struct verdict v;
    p->judge(a, &u, &v);
    bool other_key = provider_judge_key(a, t->lease.credential, &v);
    testing_book(t, ans, u.now);
    if (v.action == ACT_RENEW && (!t->renewed || other_key)) {
        testing_renew(t);
        return;
    }
    core_verdict(op->care->o.core, t->id, t->model ? t->model : "", &v, u.now);
    struct care_tested r = {.ok = v.action == ACT_OK, .status = ans->status, .ms = ans->ms};
    sentence(ans, &v, &r);
    testing_end(t, &r);
}

static void testing_begin(struct testing *t)
{
    struct care *c = t->op.care;
    struct err err = {0};
    if (core_lease_account(c->o.core, t->id, &t->lease, &err)) {
        testing_fail(t, &err);
        return;
    }
    t->leased = true;
    const struct account *a = t->lease.account;
    const struct credential *cr = t->lease.credential;
    const struct provider *p = provider_by_kind(a->kind);
    if (!p || !p->test_request || !cr) {
        err_set(&err, ERR_USAGE, "accounts of kind '%s' have no test", a->kind);
        testing_fail(t, &err);
        return;
    }
    bool stale = cr->expires && cr->expires < clock_now() + MS_MINUTE;
    if (stale && cr->refresh && p->renew_request && !t->renewed) {
        testing_renew(t);
        return;
    }
    struct token_request q;
    if (p->test_request(c->data, a, cr, t->model, &q, &err)) {
        testing_fail(t, &err);
        return;
    }
    struct way way = way_of(a, cr);
    t->wire = q.wire;
    t->started = clock_now();
    op_fetch(&t->op, &way, &q, testing_answered);
}

void care_test(
    struct care *c, const char *account_id, const char *model, care_test_done *done, void *arg)
{
    struct testing *t = xcalloc(1, sizeof *t);
    op_begin(&t->op, c, testing_drop);
    memcpy(t->id, account_id, strnlen(account_id, sizeof t->id - 1));
    t->model = model && *model ? xstrdup(model) : NULL;
    t->done = done;
    t->arg = arg;
    testing_begin(t);
}
