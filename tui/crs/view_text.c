/* The formats that are no tables: lines of label and value, JSON, CSV, templates. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/width.h"
#include "tui/crs/view.h"

void view_paint(struct crs *c, struct buf *out, const char *sgr, const char *text)
{
    bool paint = c->term.colour && *sgr;
    if (paint)
        buf_adds(out, sgr);
    buf_adds(out, text);
    if (paint)
        buf_adds(out, "\033[0m");
}

/* --- JSON ----------------------------------------------------------------------------------------
 */

void view_json(struct crs *c, const cJSON *v, struct buf *out)
{
    if (c->term.out)
        json_print_pretty(v, out);
    else
        json_print(v, out);
    buf_addc(out, '\n');
}

cJSON *view_pick(const struct columns *cols, const cJSON *object)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    for (size_t i = 0; i < cols->n; i++) {
        const cJSON *v = json_at(object, cols->v[i].path);
        json_put(o, cols->v[i].path, xcheck(v ? cJSON_Duplicate(v, 1) : cJSON_CreateNull()));
    }
    return o;
}

/* --- CSV, RFC 4180 with plain newlines
 * ----------------------------------------------------------------- */

static void csv_cell(const char *text, struct buf *out)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        buf_adds(out, text);
        return;
    }
    buf_addc(out, '"');
    for (; *text; text++) {
        if (*text == '"')
            buf_addc(out, '"');
        buf_addc(out, *text);
    }
    buf_addc(out, '"');
}

void view_csv(struct crs *c, const struct columns *cols, const cJSON *items, struct buf *out)
{
    bool header = json_bool(c->global, "header", true);
    for (size_t i = 0; header && i < cols->n; i++) {
        csv_cell(cols->v[i].path, out);
        buf_addc(out, i + 1 < cols->n ? ',' : '\n');
    }
    for (const cJSON *row = items->child; row; row = row->next)
        for (size_t i = 0; i < cols->n; i++) {
            struct buf cell = BUF_INIT;
            cell_text(c, cols->v[i].f, json_at(row, cols->v[i].path), STYLE_PLAIN, &cell);
            csv_cell(cell.data, out);
            buf_addc(out, i + 1 < cols->n ? ',' : '\n');
            buf_release(&cell);
        }
}

/* --- label and value
 * ----------------------------------------------------------------------------------- */

char *view_label(const char *path)
{
    char *s = xstrdup(path);
    for (char *p = s; *p; p++)
        *p = *p == '_' ? ' ' : *p;
    char *label = xstrdup(i18n(s));
    free(s);
    return label;
}

static bool is_table(const cJSON *v)
{
    for (const cJSON *e = v->child; e; e = e->next)
        if (!cJSON_IsObject(e))
            return false;
    return cJSON_IsArray(v) && v->child;
}

static bool tells(const cJSON *v)
{
    return v && !cJSON_IsNull(v) && !cJSON_IsFalse(v) &&
           !(cJSON_IsNumber(v) && v->valuedouble == 0) &&
           !(cJSON_IsString(v) && !*v->valuestring) &&
           !((cJSON_IsArray(v) || cJSON_IsObject(v)) && !v->child);
}

/* Whether a row's help names the member: "[{account, until}]". */
static bool named(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = list; (p = strstr(p, name)); p += n)
        if (!isalnum((unsigned char)p[-1]) && p[-1] != '_' && !isalnum((unsigned char)p[n]) &&
            p[n] != '_')
            return true;
    return false;
}

/* A member that is empty in all rows would only take room; one that the help does not name is for
 * programs. */
static bool worth_a_column(const struct field *f, const cJSON *rows, const char *name)
{
    const char *list = f->help ? strchr(f->help, '{') : NULL;
    if (list && !named(list, name))
        return false;
    for (const cJSON *row = rows->child; row; row = row->next)
        if (tells(cJSON_GetObjectItemCaseSensitive(row, name)))
            return true;
    return false;
}

/* Whether a row's help says so: "…, used in percent". */
static bool in_percent(const struct field *f, const char *name)
{
    char *words = xasprintf("%s in percent", name);
    bool is = f->help && strstr(f->help, words);
    free(words);
    return is;
}

/* An array of objects below its label: the members of the first are the columns. */
static void inner_table(struct crs *c, const struct field *of, const cJSON *v, struct buf *out)
{
    struct columns cols = {0};
    struct field *rows = xcalloc((size_t)cJSON_GetArraySize(v->child) + 1, sizeof *rows);
    struct buf table = BUF_INIT;
    for (const cJSON *e = v->child->child; e; e = e->next) {
        int64_t ms;
        if (!worth_a_column(of, v, e->string))
            continue;
        bool time = cJSON_IsString(e) && strlen(e->valuestring) >= 20 &&
                    units_parse_time(e->valuestring, NULL, 0, 0, &ms, NULL) == 0;
        struct field *f = &rows[cols.n];
        *f = (struct field){.name = e->string, .kind = time ? F_TIME : F_OBJECT};
        f->kind = in_percent(of, e->string) ? F_PERCENT : cJSON_IsNumber(e) ? F_REAL : f->kind;
        cols.v = xreallocarray(cols.v, cols.n + 1, sizeof *cols.v);
        cols.v[cols.n++] = (struct column){f, e->string};
    }
    view_table(c, &cols, v, true, c->term.width - 2, &table);
    for (const char *p = table.data; *p;) {
        size_t n = strcspn(p, "\n");
        buf_adds(out, "  ");
        buf_add(out, p, n);
        buf_addc(out, '\n');
        p += n + (p[n] == '\n');
    }
    buf_release(&table);
    free(cols.v);
    free(rows);
}

static void line_of(
    struct crs *c, const struct column *col, const cJSON *v, int width, struct buf *out)
{
    struct buf text = BUF_INIT;
    char *label = view_label(col->path);
    width_fit(out, label, width, 0);
    free(label);
    if (is_table(v)) {
        while (out->len && out->data[out->len - 1] == ' ')
            out->data[--out->len] = 0;
        buf_addc(out, '\n');
        inner_table(c, col->f, v, out);
        return;
    }
    if (cJSON_IsObject(v) && col->f->kind == F_OBJECT) {
        struct field map = {.name = "", .kind = F_MAP};
        cell_text(c, &map, v, STYLE_LONG, &text);
    } else {
        cell_text(c, col->f, v, c->term.out ? STYLE_LONG : STYLE_PLAIN, &text);
    }
    buf_adds(out, "  ");
    view_paint(c, out, cell_colour(col->f, v), text.data);
    if (col->f->flags & FIELD_ONCE && c->term.out)
        buf_adds(out, _("    shown once; store it now"));
    buf_addc(out, '\n');
    buf_wipe(&text);
}

/* Of a setting that is a limit, 0 is no limit: nothing to show. */
static bool is_no_limit(const struct field *f, const cJSON *v)
{
    return f->group && !f->dflt && cJSON_IsNumber(v) && v->valuedouble == 0;
}

static bool has_value(const struct field *f, const cJSON *v)
{
    return v && !cJSON_IsNull(v) && !is_no_limit(f, v) &&
           !((cJSON_IsArray(v) || cJSON_IsObject(v)) && !v->child) &&
           !(cJSON_IsString(v) && !*v->valuestring);
}

void view_lines(struct crs *c, const struct columns *cols, const cJSON *object, struct buf *out)
{
    int width = 0;
    for (size_t i = 0; i < cols->n; i++) {
        char *label = view_label(cols->v[i].path);
        int w = width_text(label);
        if (has_value(cols->v[i].f, json_at(object, cols->v[i].path)) && w > width)
            width = w;
        free(label);
    }
    for (size_t i = 0; i < cols->n; i++) {
        const cJSON *v = json_at(object, cols->v[i].path);
        if (has_value(cols->v[i].f, v))
            line_of(c, &cols->v[i], v, width, out);
    }
}

/* --- templates
 * ----------------------------------------------------------------------------------------- */

static int bad_template(struct err *err, const char *what)
{
    err_set(err, ERR_USAGE, _("bad --format: %s"), what);
    return err_hint(err, "'{name}\\t{cost:.2}\\n'");
}

static size_t put_escape(const char *p, struct buf *out)
{
    static const char from[] = "tnr\\{}0", to[] = "\t\n\r\\{}";
    const char *at = *p ? strchr(from, *p) : NULL;
    if (!at || *p == '0') {
        buf_addc(out, '\\');
        return 0;
    }
    buf_addc(out, to[at - from]);
    return 1;
}

/* "{path}" or "{path:.N}", after its brace. */
static int put_member(struct crs *c, struct span inner, const struct field *f, size_t n,
    const cJSON *object, struct buf *out, struct err *err)
{
    const char *colon = memchr(inner.p, ':', inner.n);
    size_t len = colon ? (size_t)(colon - inner.p) : inner.n;
    char *path = xstrndup(inner.p, len);
    char *first = xstrndup(path, strcspn(path, "."));
    const struct field *row = field_find(f, n, first);
    const cJSON *v = json_at(object, path);
    int r = 0;
    if (!row)
        r = bad_template(err, _("there is no such field; --fields help lists them"));
    else if (colon && (inner.n - len != 3 || colon[1] != '.' || !isdigit((unsigned char)colon[2])))
        r = bad_template(err, _("after the colon stands .N, the number of decimals"));
    else if (colon && cJSON_IsNumber(v))
        buf_addf(out, "%.*f", colon[2] - '0', v->valuedouble);
    else
        cell_text(c, row, v, STYLE_PLAIN, out);
    free(first);
    free(path);
    return r;
}

int view_format(struct crs *c, const char *template, const struct field *f, size_t n,
    const cJSON *object, struct buf *out, struct err *err)
{
    for (const char *p = template; *p; p++) {
        if (*p == '\\') {
            p += put_escape(p + 1, out);
        } else if (*p == '{') {
            size_t len = strcspn(p + 1, "}");
            if (!p[1 + len])
                return bad_template(err, _("a brace is not closed"));
            if (put_member(c, (struct span){p + 1, len}, f, n, object, out, err) < 0)
                return -1;
            p += len + 1;
        } else {
            buf_addc(out, *p);
        }
    }
    return 0;
}
