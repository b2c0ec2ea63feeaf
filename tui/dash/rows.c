/* The containers of the model: rows by id, the latest rows, sums by time. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "common/units.h"
#include "tui/dash/model.h"

#define AMOUNT_MAX (INT64_C(1) << 40) /* in one step: sums stay far from overflow */

/* The place of id, or where it would be. */
static size_t place(const struct row_set *s, const char *id, bool *found)
{
    size_t low = 0, high = s->n;
    *found = false;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = strcmp(json_str(s->v[mid], "id"), id);
        if (c == 0) {
            *found = true;
            return mid;
        }
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const cJSON *rows_find(const struct row_set *s, const char *id)
{
    bool found;
    size_t i = place(s, id, &found);
    return found ? s->v[i] : NULL;
}

const cJSON *rows_named(const struct row_set *s, const char *name)
{
    for (size_t i = 0; name && i < s->n; i++) {
        const char *n = json_str(s->v[i], "name");
        if (n && strcmp(n, name) == 0)
            return s->v[i];
    }
    return NULL;
}

void rows_put(struct row_set *s, cJSON *row)
{
    const char *id = json_str(row, "id");
    bool found;
    size_t i = id ? place(s, id, &found) : 0;
    if (!id || (!found && s->n >= ROWS_MAX)) {
        cJSON_Delete(row);
        return;
    }
    if (found) {
        cJSON_Delete(s->v[i]);
        s->v[i] = row;
        return;
    }
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 16;
        s->v = xreallocarray(s->v, s->cap, sizeof *s->v);
    }
    memmove(s->v + i + 1, s->v + i, (s->n - i) * sizeof *s->v);
    s->v[i] = row;
    s->n++;
}

void rows_drop(struct row_set *s, const char *id)
{
    bool found;
    size_t i = place(s, id, &found);
    if (!found)
        return;
    cJSON_Delete(s->v[i]);
    memmove(s->v + i, s->v + i + 1, (s->n - i - 1) * sizeof *s->v);
    s->n--;
}

void rows_clear(struct row_set *s)
{
    for (size_t i = 0; i < s->n; i++)
        cJSON_Delete(s->v[i]);
    free(s->v);
    *s = (struct row_set){0};
}

const cJSON *ring_at(const struct ring *r, size_t i)
{
    return i < r->n ? r->v[(r->first + i) % r->max] : NULL;
}

void ring_add(struct ring *r, cJSON *row)
{
    if (!r->v)
        r->v = xcalloc(r->max, sizeof *r->v);
    if (r->n == r->max) {
        cJSON_Delete(r->v[r->first]);
        r->v[r->first] = row;
        r->first = (r->first + 1) % r->max;
        return;
    }
    r->v[(r->first + r->n++) % r->max] = row;
}

void ring_clear(struct ring *r)
{
    for (size_t i = 0; i < r->n; i++)
        cJSON_Delete(r->v[(r->first + i) % r->max]);
    free(r->v);
    r->v = NULL;
    r->first = r->n = 0;
}

void series_add(struct series *s, int64_t at, int64_t amount)
{
    int64_t step = at / s->step;
    if (at < 0 || (s->last && step <= s->last - (int64_t)s->n))
        return;
    /* A jump of the clock by more than the whole length empties it all. */
    if (step - s->last >= (int64_t)s->n)
        memset(s->v, 0, s->n * sizeof *s->v);
    else
        for (int64_t i = s->last + 1; i <= step; i++)
            s->v[(size_t)i % s->n] = 0;
    if (step > s->last)
        s->last = step;
    if (amount > 0 && amount < AMOUNT_MAX)
        s->v[(size_t)step % s->n] += amount;
}

int64_t series_get(const struct series *s, int64_t now, size_t back)
{
    int64_t step = now / s->step - (int64_t)back;
    if (step < 0 || step > s->last || step <= s->last - (int64_t)s->n)
        return 0;
    return s->v[(size_t)step % s->n];
}

int64_t row_time(const cJSON *row, const char *name)
{
    const char *s = json_str(row, name);
    int64_t ms = 0;
    if (cJSON_IsNumber(json_at(row, name))) /* events are stamped in ms */
        return json_int(row, name, 0);
    if (!s || units_parse_time(s, NULL, 0, 1, &ms, NULL) < 0)
        return 0;
    return ms;
}
