/* One value by its row: from what people write, and back. */
#include "common/field.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/field_int.h"
#include "common/json.h"

static cJSON *number_node(double v)
{
    return xcheck(cJSON_CreateNumber(v));
}

static cJSON *string_node(const char *s)
{
    return xcheck(cJSON_CreateString(s));
}

static cJSON *bool_value(const char *s, struct err *err)
{
    static const char *const words[][2] = {
        {"no", "yes"}, {"off", "on"}, {"false", "true"}, {"0", "1"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        for (int on = 0; on < 2; on++)
            if (strcasecmp(s, words[i][on]) == 0)
                return xcheck(cJSON_CreateBool(on));
    err_set(err, ERR_USAGE, "bad switch '%.40s'", s);
    err_hint(err, "write yes or no");
    return NULL;
}

static int parse_int(const char *s, int64_t *out, struct err *err)
{
    char *end;
    errno = 0;
    long long v = strtoll(s, &end, 10);
    const long long exact = 1LL << 53; /* beyond it a JSON number would be another */
    if (errno || end == s || *end || *s == ' ' || *s == '+' || v > exact || v < -exact) {
        err_set(err, ERR_USAGE, "bad whole number '%.40s'", s);
        return err_hint(err, "write it in digits, like 1200");
    }
    *out = v;
    return 0;
}

static int parse_percent(const char *s, int64_t *out, struct err *err)
{
    size_t n = strlen(s);
    char *digits = xstrndup(s, n && s[n - 1] == '%' ? n - 1 : n);
    int ret = parse_int(digits, out, err);
    free(digits);
    return ret;
}

static int parse_number(enum field_kind kind, const char *s, int64_t *out, struct err *err)
{
    switch (kind) {
    case F_COUNT:
        return units_parse_count(s, out, err);
    case F_MONEY:
        return units_parse_money(s, out, err);
    case F_DURATION:
        return units_parse_duration(s, out, err);
    case F_SIZE:
        return units_parse_size(s, out, err);
    case F_PERCENT:
        return parse_percent(s, out, err);
    default:
        return parse_int(s, out, err);
    }
}

static cJSON *number_value(enum field_kind kind, const char *s, struct err *err)
{
    int64_t v;
    if (parse_number(kind, s, &v, err) < 0)
        return NULL;
    if (kind == F_MONEY)
        return json_money_new(v);
    return number_node(kind == F_DURATION ? (double)v / 1000 : (double)v);
}

static cJSON *json_value(const char *s, struct err *err)
{
    cJSON *v = json_parse(s, strlen(s), err);
    if (!v && err)
        err->code = ERR_USAGE;
    return v;
}

static cJSON *real_value(const char *s, struct err *err)
{
    cJSON *v = json_parse(s, strlen(s), NULL);
    if (cJSON_IsNumber(v))
        return v;
    cJSON_Delete(v);
    err_set(err, ERR_USAGE, "bad number '%.40s'", s);
    return NULL;
}

static cJSON *time_value(const char *s, const struct zone *z, int64_t now, struct err *err)
{
    char text[UNITS_MAX];
    int64_t ms;
    if (units_parse_time(s, z, now, 0, &ms, err) < 0)
        return NULL;
    return string_node(units_rfc3339(text, ms));
}

static cJSON *list_value(const char *s)
{
    struct strlist l = {0};
    cJSON *v = xcheck(cJSON_CreateArray());
    strlist_split(&l, s, ",\n");
    for (size_t i = 0; i < l.n; i++)
        cJSON_AddItemToArray(v, string_node(l.v[i]));
    strlist_release(&l);
    return v;
}

static cJSON *map_value(const char *s, struct err *err)
{
    struct strlist l = {0};
    cJSON *v = xcheck(cJSON_CreateObject());
    strlist_split(&l, s, ",\n");
    for (size_t i = 0; v && i < l.n; i++) {
        const char *equals = strchr(l.v[i], '=');
        struct span name = span_trim((struct span){l.v[i], equals ? (size_t)(equals - l.v[i]) : 0});
        struct span value = span_trim(span_of(equals ? equals + 1 : ""));
        char *key = span_dup(name), *text = span_dup(value);
        if (name.n && value.n && !cJSON_GetObjectItemCaseSensitive(v, key)) {
            json_put_str(v, key, text);
        } else {
            err_set(err, ERR_USAGE, "bad pair '%.60s'", l.v[i]);
            err_hint(err, "write name=value, each name once, with commas between");
            cJSON_Delete(v);
            v = NULL;
        }
        free(key);
        free(text);
    }
    strlist_release(&l);
    return v;
}

static cJSON *make_value(
    const struct field *f, const char *s, const struct zone *z, int64_t now, struct err *err)
{
    switch (f->kind) {
    case F_BOOL:
        return bool_value(s, err);
    case F_INT:
    case F_COUNT:
    case F_MONEY:
    case F_DURATION:
    case F_SIZE:
    case F_PERCENT:
        return number_value(f->kind, s, err);
    case F_REAL:
        return real_value(s, err);
    case F_TIME:
        return time_value(s, z, now, err);
    case F_LIST:
        return list_value(s);
    case F_MAP:
        return map_value(s, err);
    case F_OBJECT:
        return json_value(s, err);
    default:
        return string_node(s);
    }
}

/* "none" may be a word of its own: a choice, or the name of a thing that must be given. */
static bool means_default(const struct field *f, const char *s)
{
    if (*s == 0)
        return true;
    return strcasecmp(s, "none") == 0 && !(f->flags & FIELD_REQUIRED) &&
           field_choice_index(f, s) < 0;
}

cJSON *field_value(
    const struct field *f, const char *text, const struct zone *z, int64_t now, struct err *err)
{
    if (means_default(f, text))
        return xcheck(cJSON_CreateNull());
    cJSON *v = make_value(f, text, z, now, err);
    if (!v) {
        err_prefix(err, "%s", f->name);
        return NULL;
    }
    struct field one = *f;
    one.flags &= ~(unsigned)FIELD_MANY;
    if (field_check(&one, v, err) == 0)
        return v;
    cJSON_Delete(v);
    return NULL;
}

/* All units that are not zero: units_duration rounds. */
static char *duration_text(int64_t ms, char out[UNITS_MAX])
{
    static const struct {
        const char *name;
        int64_t value;
    } units[] = {{"d", MS_DAY}, {"h", MS_HOUR}, {"m", MS_MINUTE}, {"s", MS_SECOND}, {"ms", 1}};
    size_t n = 0;
    snprintf(out, UNITS_MAX, "0s");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        int64_t count = ms / units[i].value;
        ms %= units[i].value;
        if (count)
            n += (size_t)snprintf(
                out + n, UNITS_MAX - n, "%s%" PRId64 "%s", n ? " " : "", count, units[i].name);
    }
    return out;
}

char *field_number_text(enum field_kind kind, int64_t v, char out[UNITS_MAX])
{
    char number[UNITS_MAX - 2];
    switch (kind) {
    case F_MONEY:
        snprintf(number, sizeof number, "%s", units_money_exact(out, v));
        snprintf(out, UNITS_MAX, "$%s", number);
        return out;
    case F_DURATION:
        return duration_text(v, out);
    default:
        snprintf(out, UNITS_MAX, "%" PRId64 "%s", v, kind == F_PERCENT ? "%" : "");
        return out;
    }
}

static const char *short_number(const struct field *f, int64_t v, char out[UNITS_MAX])
{
    switch (f->kind) {
    case F_MONEY:
        return units_money(out, v);
    case F_COUNT:
        return units_count(out, v);
    case F_SIZE:
        return units_size(out, v);
    case F_DURATION:
        if (!(f->flags & FIELD_MS))
            return units_duration(out, v);
        snprintf(out, UNITS_MAX, "%" PRId64 " ms", v);
        return out;
    default:
        return field_number_text(f->kind, v, out);
    }
}

static void print_list(const cJSON *v, struct buf *out)
{
    for (const cJSON *e = v->child; e; e = e->next) {
        if (cJSON_IsObject(v))
            buf_addf(out, "%s=", e->string);
        if (cJSON_IsString(e))
            buf_adds(out, e->valuestring);
        else
            json_print(e, out);
        if (e->next)
            buf_adds(out, ", ");
    }
}

/* What does not fit the row (another version at the other end) is shown as JSON. */
static void print_value(const struct field *f, const cJSON *v, bool exact, struct buf *out)
{
    char text[UNITS_MAX];
    int64_t number;
    bool many = f->flags & FIELD_MANY || f->kind == F_LIST || f->kind == F_MAP;
    if (!v || cJSON_IsNull(v))
        return;
    if (cJSON_IsString(v) && f->kind != F_MONEY)
        buf_adds(out, v->valuestring);
    else if (cJSON_IsBool(v))
        buf_adds(out, cJSON_IsTrue(v) ? "yes" : "no");
    else if (many && (cJSON_IsArray(v) || cJSON_IsObject(v)))
        print_list(v, out);
    else if (f->kind != F_REAL && f->kind != F_OBJECT && field_number(f, v, &number, NULL) == 0)
        buf_adds(
            out, exact ? field_number_text(f->kind, number, text) : short_number(f, number, text));
    else
        json_print(v, out);
}

void field_print(const struct field *f, const cJSON *v, struct buf *out)
{
    print_value(f, v, false, out);
}

void field_edit(const struct field *f, const cJSON *v, struct buf *out)
{
    print_value(f, v, true, out);
}

void field_word(const struct field *f, const cJSON *v, struct buf *out)
{
    struct buf text = BUF_INIT;
    field_edit(f, v, &text);
    /* A dollar sign would have to be quoted, and says nothing here. */
    bool sign = f->kind == F_MONEY && text.data[0] == '$';
    text_shell_word(out, text.len ? text.data + sign : "none");
    buf_release(&text);
}
