/* Rows in and out of the table: filter, order, choice. */
#include "tui/dash/list.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "common/alloc.h"
#include "common/json.h"
#include "tui/dash/dash.h"

void list_init(struct list *l, const struct column *cols, size_t n, const char *id, int sort)
{
    *l = (struct list){.cols = cols, .n_cols = n, .id = id, .sort = sort};
}

void list_release(struct list *l)
{
    free(l->rows);
    free(l->chosen);
    free(l->filter);
    strlist_release(&l->marks);
    strlist_release(&l->order);
    *l = (struct list){0};
}

/* --- filter --------------------------------------------------------------------------------------
 */

static bool cell_has(struct dash *d, const struct column *c, const cJSON *row, const char *word)
{
    struct buf b = BUF_INIT;
    cell_text(d, c, row, &b);
    bool has = strcasestr(b.data, word) != NULL;
    buf_release(&b);
    return has;
}

/* "state:limited" looks only into columns whose heading or member begins so. */
static bool row_has(struct dash *d, const struct list *l, const cJSON *row, const char *word)
{
    const char *colon = strchr(word, ':');
    size_t n = colon ? (size_t)(colon - word) : 0;
    bool named = false;
    for (size_t i = 0; n > 0 && i < l->n_cols; i++) {
        const struct column *c = &l->cols[i];
        if (strncasecmp(c->head, word, n) != 0 && (!c->path || strncasecmp(c->path, word, n) != 0))
            continue;
        named = true;
        if (cell_has(d, c, row, colon + 1))
            return true;
    }
    for (size_t i = 0; !named && i < l->n_cols; i++)
        if (cell_has(d, &l->cols[i], row, word))
            return true;
    return false;
}

static bool passes(struct dash *d, const struct list *l, const cJSON *row)
{
    struct strlist words = {0};
    bool ok = true;
    if (!l->filter)
        return true;
    strlist_split(&words, l->filter, " ");
    for (size_t i = 0; i < words.n && ok; i++) {
        bool not = words.v[i][0] == '!' && words.v[i][1];
        ok = row_has(d, l, row, words.v[i] + not ) != not ;
    }
    strlist_release(&words);
    return ok;
}

/* --- order ---------------------------------------------------------------------------------------
 */

struct place { /* a row with what it is sorted by */
    const cJSON *row;
    const char *text, *first; /* first: what the first column says, between equals */
    double number;
    size_t index;
    int sign;
};

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int c = (x->number > y->number) - (x->number < y->number);
    if (c == 0 && x->text && y->text)
        c = strcasecmp(x->text, y->text);
    if (c != 0)
        return c * x->sign;
    if (x->first && y->first)
        c = strcasecmp(x->first, y->first);
    return c ? c : (x->index > y->index) - (x->index < y->index);
}

static double number_of(const struct column *c, const cJSON *v)
{
    if (c->kind == CELL_MONEY)
        return (double)json_money_of(v, 0);
    return cJSON_IsNumber(v) ? v->valuedouble : cJSON_IsTrue(v) ? 1 : 0;
}

/* Most amounts are wanted with the largest first, names with the first letter first. */
static bool large_first(const struct column *c)
{
    return c->kind != CELL_TEXT && c->kind != CELL_LIST && c->kind != CELL_OWN &&
           c->kind != CELL_FIELD;
}

static void sort_rows(struct list *l)
{
    const struct column *c = l->sort >= 0 ? &l->cols[l->sort] : NULL;
    struct place *v = xcalloc(l->n + 1, sizeof *v);
    for (size_t i = 0; i < l->n; i++) {
        const cJSON *value = c && c->path ? json_at(l->rows[i], c->path) : NULL;
        v[i] = (struct place){.row = l->rows[i], .index = i};
        v[i].text = cJSON_IsString(value) ? value->valuestring : "";
        v[i].number = c ? number_of(c, value) : (double)i;
        v[i].first =
            c && l->cols[0].kind == CELL_TEXT ? json_str(l->rows[i], l->cols[0].path) : NULL;
        v[i].sign = (c && large_first(c)) != l->reverse ? -1 : 1;
    }
    qsort(v, l->n, sizeof *v, by_place);
    for (size_t i = 0; i < l->n; i++)
        l->rows[i] = v[i].row;
    free(v);
}

static const char *id_of(const struct list *l, const cJSON *row)
{
    const char *id = json_str(row, l->id);
    return id ? id : "";
}

struct old_place {
    const char *id;
    size_t index;
};

static int by_id(const void *a, const void *b)
{
    const struct old_place *x = a, *y = b;
    return strcmp(x->id, y->id);
}

/* Puts rows that were there where they were; new ones come at the end. */
static void keep_order(struct list *l)
{
    struct old_place *old = xcalloc(l->order.n + 1, sizeof *old);
    struct place *v = xcalloc(l->n + 1, sizeof *v);
    for (size_t i = 0; i < l->order.n; i++)
        old[i] = (struct old_place){l->order.v[i], i};
    qsort(old, l->order.n, sizeof *old, by_id);
    for (size_t i = 0; i < l->n; i++) {
        struct old_place key = {id_of(l, l->rows[i]), 0}, *was = NULL;
        was = l->order.n ? bsearch(&key, old, l->order.n, sizeof *old, by_id) : NULL;
        v[i] = (struct place){.row = l->rows[i], .index = i, .sign = 1};
        v[i].number = was ? (double)was->index : (double)(l->order.n + i);
    }
    qsort(v, l->n, sizeof *v, by_place);
    for (size_t i = 0; i < l->n; i++)
        l->rows[i] = v[i].row;
    free(old);
    free(v);
}

/* --- fill ----------------------------------------------------------------------------------------
 */

void list_begin(struct list *l)
{
    l->n = 0;
    l->all = 0;
}

void list_add(struct list *l, const cJSON *row)
{
    if ((l->n & (l->n - 1)) == 0) /* at each power of two: room for as many again */
        l->rows = xreallocarray(l->rows, l->n ? l->n * 2 : 1, sizeof *l->rows);
    l->rows[l->n++] = row;
}

static void find_chosen(struct list *l)
{
    size_t found = l->n;
    for (size_t i = 0; l->chosen && i < l->n && found == l->n; i++)
        if (strcmp(id_of(l, l->rows[i]), l->chosen) == 0)
            found = i;
    /* A row that went leaves the choice at its place, on the next one. */
    l->at = found < l->n ? found : l->at < l->n ? l->at : l->n ? l->n - 1 : 0;
    free(l->chosen);
    l->chosen = l->n ? xstrdup(id_of(l, l->rows[l->at])) : NULL;
}

void list_end(struct dash *d, struct list *l, bool hold)
{
    size_t kept = 0;
    l->all = l->n;
    for (size_t i = 0; i < l->n; i++)
        if (passes(d, l, l->rows[i]))
            l->rows[kept++] = l->rows[i];
    l->n = kept;
    sort_rows(l);
    if (hold)
        keep_order(l);
    strlist_release(&l->order);
    for (size_t i = 0; i < l->n; i++)
        strlist_add(&l->order, id_of(l, l->rows[i]));
    find_chosen(l);
}

const cJSON *list_row(const struct list *l)
{
    return l->at < l->n ? l->rows[l->at] : NULL;
}

void list_choose(struct list *l, const char *id)
{
    char *copy = xstrdup(id);
    free(l->chosen);
    l->chosen = copy;
    for (size_t i = 0; copy && i < l->n; i++)
        if (strcmp(id_of(l, l->rows[i]), copy) == 0)
            l->at = i;
}

void list_filter(struct list *l, const char *text)
{
    char *copy = text && *text ? xstrdup(text) : NULL;
    free(l->filter);
    l->filter = copy;
}

/* --- acts ----------------------------------------------------------------------------------------
 */

static void move(struct list *l, long by)
{
    long to = (long)l->at + by, last = (long)l->n - 1;
    if (l->n == 0)
        return;
    l->at = (size_t)(to < 0 ? 0 : to > last ? last : to);
    list_choose(l, id_of(l, l->rows[l->at]));
}

static void mark(struct list *l, const cJSON *row)
{
    const char *id = row ? id_of(l, row) : NULL;
    if (!id)
        return;
    if (strlist_has(&l->marks, id))
        strlist_remove(&l->marks, id);
    else
        strlist_add(&l->marks, id);
}

static void mark_all(struct list *l)
{
    bool none = l->marks.n == 0;
    strlist_release(&l->marks);
    for (size_t i = 0; none && i < l->n; i++)
        strlist_add(&l->marks, id_of(l, l->rows[i]));
}

static void next_sort(struct list *l)
{
    do
        l->sort = (l->sort + 1) % (int)l->n_cols;
    while (!l->cols[l->sort].path);
    l->reverse = false;
}

bool list_act(struct list *l, enum act a)
{
    long half = l->page > 2 ? l->page / 2 : 1;
    switch (a) {
    case ACT_UP:
        move(l, -1);
        return true;
    case ACT_DOWN:
        move(l, 1);
        return true;
    case ACT_TOP:
        move(l, -(long)l->n);
        return true;
    case ACT_BOTTOM:
        move(l, (long)l->n);
        return true;
    case ACT_HALF_UP:
        move(l, -half);
        return true;
    case ACT_HALF_DOWN:
        move(l, half);
        return true;
    case ACT_MARK:
        mark(l, list_row(l));
        move(l, 1);
        return true;
    case ACT_MARK_ALL:
        mark_all(l);
        return true;
    case ACT_SORT:
        next_sort(l);
        strlist_release(&l->order);
        return true;
    case ACT_SORT_REVERSE:
        l->reverse = !l->reverse;
        strlist_release(&l->order);
        return true;
    case ACT_WIDE:
        l->wide = !l->wide;
        return true;
    default:
        return false;
    }
}

cJSON *list_names(const struct list *l, const char *path)
{
    cJSON *names = xcheck(cJSON_CreateArray());
    for (size_t i = 0; i < l->n; i++) {
        const char *name = json_str(l->rows[i], path);
        bool wanted = l->marks.n ? strlist_has(&l->marks, id_of(l, l->rows[i])) : i == l->at;
        if (wanted && name)
            cJSON_AddItemToArray(names, xcheck(cJSON_CreateString(name)));
    }
    return names;
}
