/* why: the decisions of a request in the order in which they were taken. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "common/width.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/view.h"

/* The walk, so that what happened in the same millisecond is told in its order. */
static const char *const walk[] = {"begin", "route", "authenticate", "read", "admit", "choose",
    "forward", "stream", "meter", "record"};

struct moment {
    int64_t at; /* ms since the begin */
    int rank;   /* among equal moments */
    char *text;
};
struct story {
    struct crs *c;
    cJSON *names; /* account ids to names */
    struct moment *v;
    size_t n;
};

/* The rank of a step; what belongs to it comes behind it. */
static int rank_of(const char *step, int behind)
{
    int n = (int)(sizeof walk / sizeof walk[0]);
    for (int i = 0; i < n; i++)
        if (step && strcmp(walk[i], step) == 0)
            return i * 4 + behind;
    return n * 4;
}

/* Takes text. */
static void add(struct story *s, int64_t at, int rank, char *text)
{
    size_t i = s->n++;
    s->v = xreallocarray(s->v, s->n, sizeof *s->v);
    for (; i && (s->v[i - 1].at > at || (s->v[i - 1].at == at && s->v[i - 1].rank > rank)); i--)
        s->v[i] = s->v[i - 1];
    s->v[i] = (struct moment){at, rank, text};
}

static const char *name_of(const struct story *s, const cJSON *o)
{
    const char *id = json_str(o, "account");
    const char *name = id ? json_str(s->names, id) : NULL;
    return name ? name : id ? id : "-";
}

static char *span(char out[UNITS_MAX], const cJSON *o, const char *name)
{
    return units_duration(out, json_int(o, name, 0));
}

static void tell_steps(struct story *s, const cJSON *steps)
{
    for (const cJSON *e = steps ? steps->child : NULL; e; e = e->next) {
        const char *step = json_str(e, "step");
        add(s, json_int(e, "at_ms", 0), rank_of(step, 0),
            xasprintf(_("step %s"), step ? step : "?"));
    }
}

static void tell_line(struct story *s, const cJSON *line)
{
    char waited[UNITS_MAX];
    if (cJSON_IsObject(line))
        add(s, json_int(line, "at_ms", 0), rank_of("admit", 1),
            xasprintf(_("waited in line for %s, from place %lld"), span(waited, line, "waited_ms"),
                (long long)json_int(line, "place", 0)));
}

static void add_until(struct story *s, const cJSON *p, struct buf *text)
{
    char at[UNITS_MAX];
    int64_t until = json_int(p, "until", 0);
    if (until)
        buf_addf(text, _(" until %s"), units_datetime(at, s->c->zone, until));
}

static void tell_choices(struct story *s, const cJSON *choices)
{
    for (const cJSON *e = choices ? choices->child : NULL; e; e = e->next) {
        int64_t at = json_int(e, "at_ms", 0);
        const cJSON *passed = json_at(e, "passed");
        const char *because = json_str(e, "because");
        for (const cJSON *p = passed ? passed->child : NULL; p; p = p->next) {
            struct buf text = BUF_INIT;
            const char *reason = json_str(p, "reason");
            buf_addf(&text, _("passed over %s: %s"), name_of(s, p), reason ? reason : "?");
            add_until(s, p, &text);
            add(s, at, rank_of("choose", 1), buf_steal(&text, NULL));
        }
        if (json_str(e, "account"))
            add(s, at, rank_of("choose", 2),
                xasprintf(_("chose %s (%s)"), name_of(s, e), because ? because : "?"));
        else
            add(s, at, rank_of("choose", 2),
                xasprintf(_("no account could be chosen%s%s"), because ? ": " : "",
                    because ? because : ""));
    }
}

static void tell_attempt(struct story *s, const cJSON *a)
{
    char t[UNITS_MAX];
    struct buf text = BUF_INIT;
    const char *kind = json_str(a, "kind"), *model = json_str(a, "model"),
               *verdict = json_str(a, "verdict"), *reason = json_str(a, "reason");
    int64_t at = json_int(a, "at_ms", 0), status = json_int(a, "status", 0);
    add(s, at, rank_of("forward", 1),
        xasprintf(_("attempt %lld on %s, %s%s%s"), (long long)json_int(a, "number", 0),
            name_of(s, a), kind ? kind : "?", model ? ", " : "", model ? model : ""));
    int64_t first = json_int(a, "first_byte_ms", 0), ended = json_int(a, "ended_ms", at);
    if (first)
        add(s, first, rank_of("stream", 1),
            xasprintf(_("first byte, %s after it was sent"),
                units_duration(t, first > at ? first - at : 0)));
    buf_addf(&text, _("ended%s"), verdict || status ? ":" : "");
    if (status)
        buf_addf(&text, _(" status %lld"), (long long)status);
    if (verdict)
        buf_addf(&text, "%s %s", status ? "," : "", verdict);
    if (reason && *reason)
        buf_addf(&text, " (%s)", reason);
    if (json_int(a, "wait_ms", 0))
        buf_addf(&text, _(", then a wait of %s"), span(t, a, "wait_ms"));
    add(s, ended, rank_of("stream", 2), buf_steal(&text, NULL));
}

static void tell_refused(struct story *s, const cJSON *r)
{
    const char *code = json_str(r, "code"), *text = json_str(r, "text");
    if (cJSON_IsObject(r))
        add(s, INT64_MAX, 0,
            xasprintf(_("refused by %s: %s"), code ? code : "?", text ? text : ""));
}

static void tell(struct story *s, const cJSON *trail)
{
    const cJSON *attempts = json_at(trail, "attempts");
    tell_steps(s, json_at(trail, "steps"));
    tell_line(s, json_at(trail, "line"));
    tell_choices(s, json_at(trail, "choices"));
    for (const cJSON *a = attempts ? attempts->child : NULL; a; a = a->next)
        tell_attempt(s, a);
    tell_refused(s, json_at(trail, "refused"));
}

/* {"ac_4k2": "alice-max"}: the trail has ids, because names may change. */
static cJSON *account_names(struct crs *c)
{
    struct err ignored;
    cJSON *names = xcheck(cJSON_CreateObject());
    cJSON *list = crs_call(c, method_by_id(M_ACCOUNT_LIST), NULL, &ignored);
    const cJSON *items = json_at(list, "items");
    for (const cJSON *a = items ? items->child : NULL; a; a = a->next)
        if (json_str(a, "id"))
            json_put_str(names, json_str(a, "id"), json_str(a, "name"));
    cJSON_Delete(list);
    return names;
}

static void put_story(const struct story *s, struct buf *out)
{
    for (size_t i = 0; i < s->n; i++) {
        char at[UNITS_MAX] = "";
        if (s->v[i].at < MS_SECOND)
            snprintf(at, sizeof at, "%d ms", (int)s->v[i].at);
        else if (s->v[i].at != INT64_MAX)
            units_duration(at, s->v[i].at);
        buf_addf(out, "  %8s  ", at);
        width_clean(out, s->v[i].text);
        buf_addc(out, '\n');
        free(s->v[i].text);
    }
    free(s->v);
}

static void put_page(struct crs *c, const cJSON *r, struct buf *out)
{
    struct buf head = BUF_INIT;
    const char *id = json_str(r, "id"), *state = json_str(r, "state"),
               *reason = json_str(r, "reason");
    int64_t status = json_int(r, "status", 0);
    buf_addf(&head, _("request %s: %s"), id ? id : "?", state ? state : "?");
    if (status)
        buf_addf(&head, _(", status %lld"), (long long)status);
    if (reason && *reason)
        buf_addf(&head, " (%s)", reason);
    width_clean(out, head.data);
    buf_addc(out, '\n');
    struct story s = {.c = c, .names = account_names(c)};
    tell(&s, json_at(r, "trail"));
    put_story(&s, out);
    cJSON_Delete(s.names);
    buf_release(&head);
}

int run_why(struct crs *c, struct err *err)
{
    cJSON *r = crs_result(c, err);
    struct buf out = BUF_INIT;
    int status = r ? 0 : -1;
    if (r && crs_human(c) && !c->fields.n && cJSON_IsObject(json_at(r, "trail"))) {
        put_page(c, r, &out);
        status = terminal_put(c, &out, err);
    } else if (r) {
        status = crs_show(c, r, err);
    }
    buf_release(&out);
    cJSON_Delete(r);
    return status;
}
