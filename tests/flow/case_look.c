/* Commands that look: ledger rows, states, what reached the upstream. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "tests/flow/case.h"
#include "tests/flow/rig_int.h"

static void same(struct story *s, const cJSON *row, const char *name, const char *wanted)
{
    const cJSON *is = cJSON_GetObjectItemCaseSensitive(row, name);
    char *text = cJSON_IsString(is) ? strdup(is->valuestring)
                 : is               ? cJSON_PrintUnformatted(is)
                                    : strdup("not there");

    if (strcmp(text, wanted) != 0)
        story_fail(s, "%s is %s, not %s", name, text, wanted);
    free(text);
}

/* Columns of a row against the words from `from` on: name=value, or a bare name for 1. */
static void compare(struct story *s, const cJSON *row, const struct line *l, int from)
{
    char name[40];
    const char *value;

    for (int i = from; i < l->n; i++) {
        if (word_split(l->words[i], name, sizeof name, &value))
            same(s, row, name, value);
        else
            same(s, row, l->words[i], "1");
    }
}

/* row ACCOUNT STATUS [column=value...]: the next row of the ledger. */
static void on_row(struct story *s, const struct line *l)
{
    char *sql = text_of("select a.*, json_extract(r.doc,'$.name') as name from attempt a left join "
                        "record r on r.kind='account' and r.id=a.account_id where a.n > %lld order "
                        "by a.n limit 1 offset %lld",
        (long long)s->rows_before, (long long)s->rows_seen);
    cJSON *rows = rig_rows(s->rig, sql);

    if (!rows->child)
        story_fail(s, "there is no row %lld", (long long)s->rows_seen + 1);
    same(s, rows->child, "name", l->words[1]);
    same(s, rows->child, "status", l->words[2]);
    compare(s, rows->child, l, 3);
    s->rows_seen++;
    cJSON_Delete(rows);
    free(sql);
}

/* rows N: that many in all. */
static void on_rows(struct story *s, const struct line *l)
{
    char *sql = text_of("select count(*) from attempt where n > %lld", (long long)s->rows_before);
    int64_t is = rig_number(s->rig, sql);

    if (is != strtol(l->words[1], NULL, 10))
        story_fail(s, "%lld rows, not %s", (long long)is, l->words[1]);
    free(sql);
}

/* outcome WORD [column=value...]: the row of the request that ended last. */
static void on_outcome(struct story *s, const struct line *l)
{
    char *sql = text_of("select * from request where n > %lld order by n desc limit 1",
        (long long)s->requests_before);
    cJSON *rows = rig_rows(s->rig, sql);

    if (!rows->child)
        story_fail(s, "no request is booked");
    same(s, rows->child, "outcome", l->words[1]);
    compare(s, rows->child, l, 2);
    cJSON_Delete(rows);
    free(sql);
}

static cJSON *account_show(struct story *s, const char *name)
{
    return rig_call(s->rig, "account.show", "{\"name\":\"%s\"}", name);
}

int64_t story_ahead(struct story *s, const char *when)
{
    char *sql =
        text_of("select cast(round((julianday('%s')-julianday('now'))*86400000) as integer)", when);
    int64_t ms = rig_number(s->rig, sql);

    free(sql);
    return ms - __atomic_load_n(s->rig->clock, __ATOMIC_SEQ_CST);
}

/* state ACCOUNT STATE [for=SPAN] [reason=TEXT] [family=NAME]: for is exact to two seconds. */
static void on_state(struct story *s, const struct line *l)
{
    cJSON *o = account_show(s, l->words[1]);
    const char *span = word_value(l, "for"), *reason = word_value(l, "reason"),
               *family = word_value(l, "family");

    same(s, o, "state", l->words[2]);
    if (span) {
        int64_t is = story_ahead(s, text_at(o, "until")), off = is - span_ms(span);
        if (off < -2000 || off > 2000)
            story_fail(s, "it lasts %lld ms more, not %s", (long long)is, span);
    }
    if (reason && !strstr(text_at(o, "reason"), reason))
        story_fail(s, "reason is '%s'", text_at(o, "reason"));
    if (family) {
        const char *is = cJSON_GetStringValue(at_path(o, "family_limits.0.family"));
        if (!is || strcmp(is, family) != 0)
            story_fail(s, "limited family is '%s'", is ? is : "none");
    }
    cJSON_Delete(o);
}

/* show METHOD JSON path=value...: members of a call's result. */
static void on_show(struct story *s, const struct line *l)
{
    cJSON *o = rig_call(s->rig, l->words[1], "%s", l->words[2]);
    char path[80];
    const char *value;

    for (int i = 3; i < l->n; i++) {
        if (!word_split(l->words[i], path, sizeof path, &value))
            story_fail(s, "what is '%s'", l->words[i]);
        const cJSON *is = at_path(o, path);
        char *text = cJSON_IsString(is) ? strdup(is->valuestring)
                     : is               ? cJSON_PrintUnformatted(is)
                                        : strdup("not there");
        if (strcmp(text, value) != 0)
            story_fail(s, "%s is %s, not %s", path, text, value);
        free(text);
    }
    cJSON_Delete(o);
}

/* ahead METHOD JSON path=SPAN: a time in a call's result lies so far ahead, to two seconds. */
static void on_ahead(struct story *s, const struct line *l)
{
    cJSON *o = rig_call(s->rig, l->words[1], "%s", l->words[2]);
    char path[80];
    const char *span, *when;
    int64_t off;

    if (!word_split(l->words[3], path, sizeof path, &span))
        story_fail(s, "what is '%s'", l->words[3]);
    when = cJSON_GetStringValue(at_path(o, path));
    if (!when)
        story_fail(s, "%s is no time", path);
    off = story_ahead(s, when) - span_ms(span);
    if (off < -2000 || off > 2000)
        story_fail(s, "%s is %s, %lld ms from what it should be", path, when, (long long)off);
    cJSON_Delete(o);
}

/* The first of the words has= and not= that does not hold of a text; NULL: all do. */
static const char *untrue(struct story *s, const struct line *l, int from, const char *text)
{
    char name[16];
    const char *value;

    for (int i = from; i < l->n; i++) {
        if (!word_split(l->words[i], name, sizeof name, &value))
            story_fail(s, "what is '%s'", l->words[i]);
        if ((strstr(text, value) != NULL) != (*name == 'h'))
            return l->words[i];
    }
    return NULL;
}

/* tell METHOD JSON [has=TEXT] [not=TEXT]: a call's whole result, once what is on its way to the
 * store is there. */
static void on_tell(struct story *s, const struct line *l)
{
    int64_t end = mono_ms() + 5000;
    const char *wrong;

    do {
        cJSON *o = rig_call(s->rig, l->words[1], "%s", l->words[2]);
        char *text = cJSON_PrintUnformatted(o);
        wrong = untrue(s, l, 3, text);
        if (wrong && mono_ms() >= end)
            story_fail(s, "%s: %s", wrong, text);
        free(text);
        cJSON_Delete(o);
    } while (wrong && poll(NULL, 0, 20) == 0);
}

/* why [now] [has=TEXT] [not=TEXT]: the decisions over the request that ended last, as crs why tells
 * them.
 */
static void on_why(struct story *s, const struct line *l)
{
    bool now = word_flag(l, "now");
    cJSON *rows = now ? rig_call(s->rig, "request.list", "{\"limit\":1}")
                      : rig_rows(s->rig, "select id from request order by n desc limit 1");
    cJSON *o = rig_call(
        s->rig, "request.why", "{\"id\":\"%s\"}", text_at(rows, now ? "items.0.id" : "0.id"));
    char *text = cJSON_PrintUnformatted(o);
    const char *wrong = untrue(s, l, now ? 2 : 1, text);

    if (wrong)
        story_fail(s, "%s: %s", wrong, text);
    free(text);
    cJSON_Delete(o);
    cJSON_Delete(rows);
}

/* wait METHOD JSON path=N: until it is so. */
static void on_wait(struct story *s, const struct line *l)
{
    char path[80];
    const char *value;

    if (!word_split(l->words[3], path, sizeof path, &value))
        story_fail(s, "what is '%s'", l->words[3]);
    rig_wait_for(s->rig, l->words[1], l->words[2], path, strtol(value, NULL, 10));
}

/* asked ACCOUNT N: so often since the case began. */
static void on_asked(struct story *s, const struct line *l)
{
    cJSON *counters = rig_fake(s->rig, "counters", NULL);
    char path[100];

    snprintf(path, sizeof path, "flight.sk-%s.total", l->words[1]);
    const cJSON *v = at_path(counters, path);
    long is = v ? (long)v->valuedouble : 0;
    if (is != strtol(l->words[2], NULL, 10))
        story_fail(s, "it was asked %ld times, not %s", is, l->words[2]);
    cJSON_Delete(counters);
}

/* called NAME N: calls of that sort at the upstream: refresh, exchange, profile, usage. */
static void on_called(struct story *s, const struct line *l)
{
    cJSON *counters = rig_fake(s->rig, "counters", NULL);
    char path[100];

    snprintf(path, sizeof path, "calls.%s", l->words[1]);
    const cJSON *v = at_path(counters, path);
    long is = v ? (long)v->valuedouble : 0;
    if (is != strtol(l->words[2], NULL, 10))
        story_fail(s, "called %ld times, not %s", is, l->words[2]);
    cJSON_Delete(counters);
}

static void got_field(struct story *s, const cJSON *q, const char *wanted)
{
    const char *colon = strchr(wanted, ':'), *is = NULL;
    bool absent = *wanted == '!';
    size_t n = colon ? (size_t)(colon - wanted) : strlen(wanted);
    const cJSON *f;

    cJSON_ArrayForEach(f,
        at_path(q, "headers")) if (strncasecmp(text_at(f, "0"), wanted + absent, n - absent) == 0 &&
                                   strlen(text_at(f, "0")) == n - absent) is = text_at(f, "1");
    if (absent ? is != NULL : !is || (colon && strcmp(is, colon + 1 + strspn(colon + 1, " ")) != 0))
        story_fail(s, "the upstream got '%s' for '%s'", is ? is : "nothing", wanted);
}

/* got [target=..] [method=..] [has=..] [not=..] [body=..] [field='name: value'] [field=!name]: the
 * request that reached the upstream last. */
static void on_got(struct story *s, const struct line *l)
{
    cJSON *all = rig_fake(s->rig, "requests", NULL);
    const cJSON *q = cJSON_GetArrayItem(all, cJSON_GetArraySize(all) - 1);
    char name[16];
    const char *value;

    if (!q)
        story_fail(s, "nothing reached the upstream");
    for (int i = 1; i < l->n; i++) {
        if (!word_split(l->words[i], name, sizeof name, &value))
            story_fail(s, "what is '%s'", l->words[i]);
        if (strcmp(name, "field") == 0) {
            got_field(s, q, value);
        } else if (strcmp(name, "has") == 0 || strcmp(name, "not") == 0) {
            if ((strstr(text_at(q, "body"), value) != NULL) != (*name == 'h'))
                story_fail(s, "%s '%s': %s", name, value, text_at(q, "body"));
        } else {
            same(s, q, name, value);
        }
    }
    cJSON_Delete(all);
}

const struct command look_commands[] = {
    {"row", on_row, 2},
    {"rows", on_rows, 1},
    {"outcome", on_outcome, 1},
    {"state", on_state, 2},
    {"show", on_show, 3},
    {"why", on_why, 1},
    {"wait", on_wait, 3},
    {"ahead", on_ahead, 3},
    {"tell", on_tell, 3},
    {"asked", on_asked, 2},
    {"called", on_called, 2},
    {"got", on_got, 1},
    {NULL, NULL, 0},
};
