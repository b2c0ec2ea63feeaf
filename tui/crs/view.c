/* From a result to the format that was asked for: columns, order, number. */
#include "tui/crs/view.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/width.h"

static const struct field untyped = {.name = "", .kind = F_OBJECT, .offset = FIELD_NO_MEMBER};

static void column_add(struct columns *cols, const struct field *f, const char *path)
{
    cols->v = xreallocarray(cols->v, cols->n + 1, sizeof *cols->v);
    cols->v[cols->n++] = (struct column){f, path};
}

void columns_release(struct columns *cols)
{
    free(cols->v);
    *cols = (struct columns){0};
}

static int no_field(const struct field *f, size_t n, const char *name, struct err *err)
{
    const char **names = xcalloc(n + 1, sizeof *names);
    for (size_t i = 0; i < n; i++)
        names[i] = f[i].name;
    const char *near = text_nearest(name, names, n);
    err_set(err, ERR_USAGE, _("no field '%.60s' here"), name);
    if (near)
        err_hint(err, _("did you mean '%s'? --fields help lists them"), near);
    else
        err_hint(err, _("--fields help lists them"));
    free(names);
    return -1;
}

/* The row of the first part of a path. */
static const struct field *field_of(const struct field *f, size_t n, const char *path)
{
    size_t len = strcspn(path, ".");
    for (size_t i = 0; i < n; i++)
        if (strlen(f[i].name) == len && memcmp(f[i].name, path, len) == 0)
            return path[len] ? &untyped : &f[i];
    return NULL;
}

static bool shown(const struct crs *c, const struct field *f, unsigned flags)
{
    if (flags)
        return flags == ALL_FIELDS || f->flags & flags;
    if (c->output == OUT_TABLE)
        return f->flags & FIELD_COLUMN;
    return c->output != OUT_WIDE || f->flags & (FIELD_COLUMN | FIELD_WIDE);
}

int columns_choose(struct crs *c, struct columns *cols, const struct field *f, size_t n,
    unsigned flags, struct err *err)
{
    *cols = (struct columns){0};
    for (size_t i = 0; i < c->fields.n; i++) {
        const struct field *row = field_of(f, n, c->fields.v[i]);
        if (!row) {
            columns_release(cols);
            return no_field(f, n, c->fields.v[i], err);
        }
        column_add(cols, row, c->fields.v[i]);
    }
    for (size_t i = 0; c->fields.n == 0 && i < n; i++)
        if (shown(c, &f[i], flags))
            column_add(cols, &f[i], f[i].name);
    return 0;
}

/* --- order ---------------------------------------------------------------------------------------
 */

static int compare(const cJSON *a, const cJSON *b)
{
    bool no_a = !a || cJSON_IsNull(a), no_b = !b || cJSON_IsNull(b);
    if (no_a || no_b)
        return no_a - no_b;
    if (cJSON_IsNumber(a) && cJSON_IsNumber(b))
        return (a->valuedouble > b->valuedouble) - (a->valuedouble < b->valuedouble);
    if (cJSON_IsString(a) && cJSON_IsString(b))
        return strcmp(a->valuestring, b->valuestring);
    return (int)cJSON_IsTrue(a) - (int)cJSON_IsTrue(b);
}

static bool goes_before(const cJSON *a, const cJSON *b, const char *path, bool down)
{
    const cJSON *x = json_at(a, path), *y = json_at(b, path);
    bool no_x = !x || cJSON_IsNull(x), no_y = !y || cJSON_IsNull(y);
    if (no_x || no_y) /* what is not known stands last, either way */
        return !no_x || no_y;
    return down ? compare(x, y) >= 0 : compare(x, y) <= 0;
}

/* Merge, so that equal rows keep their order. v has n rows, tmp room for as many. */
static void sort_rows(cJSON **v, cJSON **tmp, size_t n, const char *path, bool down)
{
    size_t half = n / 2, i = 0, j = half;
    if (n < 2)
        return;
    sort_rows(v, tmp, half, path, down);
    sort_rows(v + half, tmp, n - half, path, down);
    for (size_t k = 0; k < n; k++)
        tmp[k] = j == n || (i < half && goes_before(v[i], v[j], path, down)) ? v[i++] : v[j++];
    memcpy(v, tmp, n * sizeof *v);
}

/* The rows again, sorted and limited, by reference. */
static cJSON *arranged(struct crs *c, const cJSON *items, const char *path, bool down)
{
    size_t n = (size_t)cJSON_GetArraySize(items), k = 0;
    size_t limit = (size_t)json_int(c->global, "limit", INT32_MAX);
    cJSON **v = xcalloc(n + 1, sizeof *v), **tmp = xcalloc(n + 1, sizeof *tmp);
    cJSON *out = xcheck(cJSON_CreateArray());
    for (cJSON *e = items->child; e; e = e->next)
        v[k++] = e;
    if (path)
        sort_rows(v, tmp, n, path, down);
    for (size_t i = 0; i < n && i < limit; i++)
        xcheck(cJSON_AddItemReferenceToArray(out, v[i]) ? out : NULL);
    free(v);
    free(tmp);
    return out;
}

/* --- formats -------------------------------------------------------------------------------------
 */

static void view_names(
    struct crs *c, const struct field *f, size_t n, const cJSON *items, struct buf *out)
{
    const struct field *name = field_find(f, n, "name");
    name = name ? name : field_find(f, n, "id");
    for (const cJSON *row = items->child; row && (name || n); row = row->next) {
        cell_text(c, name ? name : f, json_at(row, (name ? name : f)->name), STYLE_PLAIN, out);
        buf_addc(out, '\n');
    }
}

static void view_json_rows(
    struct crs *c, const struct columns *cols, const cJSON *items, struct buf *out)
{
    if (c->output == OUT_JSON && !c->fields.n) {
        view_json(c, items, out);
        return;
    }
    cJSON *all = xcheck(cJSON_CreateArray());
    for (const cJSON *row = items->child; row; row = row->next)
        cJSON_AddItemToArray(
            all, c->fields.n ? view_pick(cols, row) : xcheck(cJSON_Duplicate(row, 1)));
    if (c->output == OUT_JSON)
        view_json(c, all, out);
    for (const cJSON *row = all->child; row && c->output == OUT_JSONL; row = row->next) {
        json_print(row, out);
        buf_addc(out, '\n');
    }
    cJSON_Delete(all);
}

static int view_formats(struct crs *c, const struct field *f, size_t n, const cJSON *items,
    struct buf *out, struct err *err)
{
    for (const cJSON *row = items->child; row; row = row->next)
        if (view_format(c, crs_text(c, "format"), f, n, row, out, err) < 0)
            return -1;
    return 0;
}

int view_rows(struct crs *c, const struct field *f, size_t n, const cJSON *items, struct buf *out,
    struct err *err)
{
    struct columns cols;
    const char *sort = crs_text(c, "sort");
    bool down = sort && *sort == '-';
    if (sort && !field_of(f, n, sort + down))
        return no_field(f, n, sort + down, err);
    if (columns_choose(c, &cols, f, n, 0, err) < 0)
        return -1;
    cJSON *rows = arranged(c, items, sort ? sort + down : NULL, down);
    int r = 0;
    if (c->output == OUT_FORMAT)
        r = view_formats(c, f, n, rows, out, err);
    else if (c->output == OUT_NAME)
        view_names(c, f, n, rows, out);
    else if (c->output == OUT_CSV)
        view_csv(c, &cols, rows, out);
    else if (crs_human(c))
        view_table(c, &cols, rows, json_bool(c->global, "header", c->term.out), c->term.width, out);
    else
        view_json_rows(c, &cols, rows, out);
    cJSON_Delete(rows);
    columns_release(&cols);
    return r;
}

int view_object(struct crs *c, const struct field *f, size_t n, const cJSON *object, unsigned flags,
    struct buf *out, struct err *err)
{
    if (!crs_human(c) && c->output != OUT_JSON) {
        cJSON *one = xcheck(cJSON_CreateArray());
        xcheck(cJSON_AddItemReferenceToArray(one, (cJSON *)(uintptr_t)object) ? one : NULL);
        int r = view_rows(c, f, n, one, out, err);
        cJSON_Delete(one);
        return r;
    }
    struct columns cols;
    /* All of an object is shown, whatever the columns of a list of them would be. */
    if (columns_choose(c, &cols, f, n, flags ? flags : ALL_FIELDS, err) < 0)
        return -1;
    if (c->output == OUT_JSON && c->fields.n) {
        cJSON *picked = view_pick(&cols, object);
        view_json(c, picked, out);
        cJSON_Delete(picked);
    } else if (c->output == OUT_JSON) {
        view_json(c, object, out);
    } else {
        view_lines(c, &cols, object, out);
    }
    columns_release(&cols);
    return 0;
}
