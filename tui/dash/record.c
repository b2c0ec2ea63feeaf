/* One request on the whole screen: what it was, its tries, and every decision made for it. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "tui/dash/detail.h"

struct record {
    char *id;
    cJSON *show, *why;
    int left; /* answers to come */
    char *fault;
};

static void print_show(struct dash *d, const cJSON *show, struct buf *b)
{
    const struct method *m = method_by_id(M_REQUEST_SHOW);
    for (size_t i = 0; i < m->n_result; i++) {
        const struct field *f = &m->result[i];
        const cJSON *v = json_at(show, f->name);
        struct buf text = BUF_INIT;
        if (!v || cJSON_IsNull(v) || f->kind == F_OBJECT)
            continue;
        if (f->kind == F_TIME)
            moment_text(d, row_time(show, f->name), &text);
        else
            field_print(f, v, &text);
        if (text.len)
            buf_addf(b, "  %-12s %s\n", f->name, text.data);
        buf_release(&text);
    }
}

static void print_attempts(const cJSON *show, struct buf *b)
{
    const cJSON *list = json_at(show, "attempts");
    for (const cJSON *t = cJSON_IsArray(list) ? list->child : NULL; t; t = t->next) {
        const char *account = json_str(t, "account"), *kind = json_str(t, "kind"),
                   *model = json_str(t, "model"), *fault = json_str(t, "fault");
        char cost[UNITS_MAX], in[UNITS_MAX], out[UNITS_MAX];
        if (t == list->child)
            buf_addf(b, "\n%s\n", _("Upstream attempts"));
        buf_addf(b, "  %lld  %s (%s)  %s  %s %lld  in %s  out %s  %s%s%s\n",
            (long long)json_int(t, "number", 0), account ? account : "-", kind ? kind : "-",
            model ? model : "-", _("status"), (long long)json_int(t, "status", 0),
            units_count(in, json_int(t, "input", 0)), units_count(out, json_int(t, "output", 0)),
            units_money(cost, json_money(t, "cost", 0)), fault && *fault ? "  " : "",
            fault ? fault : "");
    }
}

/* A row of the trail: time since the begin, step, sentence. */
static void print_trail(const cJSON *why, int64_t started, struct buf *b)
{
    const cJSON *list = json_at(why, "trail");
    for (const cJSON *t = cJSON_IsArray(list) ? list->child : NULL; t; t = t->next) {
        const char *step = json_str(t, "step"), *text = json_str(t, "text");
        const cJSON *at = json_at(t, "at");
        if (t == list->child)
            buf_addf(b, "\n%s\n", _("Decisions"));
        int64_t ms = cJSON_IsNumber(at) ? json_int(t, "at", 0) : row_time(t, "at");
        ms = ms > started && started > 0 && ms > MS_DAY ? ms - started : ms;
        buf_addf(b, "  +%6lld ms  %-12s %s", (long long)ms, step ? step : "", text ? text : "");
        buf_addc(b, '\n');
    }
}

static void finish(struct dash *d, struct record *r)
{
    struct buf b = BUF_INIT;
    if (r->show)
        print_show(d, r->show, &b);
    print_attempts(r->show, &b);
    print_trail(r->why, row_time(r->show, "started"), &b);
    if (r->fault)
        buf_addf(&b, "\n%s\n", r->fault);
    buf_addf(&b, "\n  crs request show %s\n  crs why %s\n", r->id, r->id);
    pager_open(d, r->id, buf_steal(&b, NULL));
    free(r->id);
    free(r->fault);
    cJSON_Delete(r->show);
    cJSON_Delete(r->why);
    free(r);
}

static void take(
    struct dash *d, struct record *r, cJSON **to, const cJSON *result, const struct err *fault)
{
    if (fault) {
        free(r->fault);
        r->fault = xstrdup(fault->text);
    } else {
        *to = xcheck(cJSON_Duplicate(result, true));
    }
    if (--r->left == 0)
        finish(d, r);
}

static void show_came(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    take(d, owner, &((struct record *)owner)->show, result, fault);
}

static void why_came(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    take(d, owner, &((struct record *)owner)->why, result, fault);
}

void request_open(struct dash *d, const char *id)
{
    struct record *r = xcalloc(1, sizeof *r);
    cJSON *a = xcheck(cJSON_CreateObject()), *b = xcheck(cJSON_CreateObject());
    r->id = xstrdup(id);
    r->left = 2;
    json_put_str(a, "id", id);
    json_put_str(b, "id", id);
    dash_call(d, "request.show", a, show_came, r);
    dash_call(d, "request.why", b, why_came, r);
}
