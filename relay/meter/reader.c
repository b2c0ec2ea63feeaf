/* Picks the places of a table out of a document, without building a tree of it. */
#include "meter/meter_int.h"

#include <stdlib.h>
#include <string.h>

void reader_release(struct reader *r)
{
    jscan_free(r->scan);
    memset(r, 0, sizeof *r);
}

void reader_begin(struct reader *r, const struct rows *rows)
{
    r->bad = false;
    if (r->rows == rows) {
        jscan_reset(r->scan);
        return;
    }
    jscan_free(r->scan);
    r->rows = rows;
    for (size_t i = 0; i < rows->n; i++)
        r->paths[i] = rows->v[i].path;
    r->scan = jscan_create(r->paths, rows->n);
}

void reader_feed(struct reader *r, const char *p, size_t n)
{
    if (!r->bad && jscan_feed(r->scan, p, n, NULL))
        r->bad = true;
}

/* A hostile number may be negative, a fraction, or 1e999. */
static int64_t number_clamp(const char *text)
{
    double v = strtod(text, NULL);
    if (!(v > 0))
        return 0;
    return v >= (double)USAGE_TOKENS_MAX ? USAGE_TOKENS_MAX : (int64_t)v;
}

static void found_take(struct found *f, enum place place, const struct jscan_hit *hit)
{
    /* Some tell the status of an error as its code. */
    bool text = hit->kind == JSCAN_STRING || (place == T_ERROR && hit->kind == JSCAN_NUMBER);

    if (place >= N_PLACES) {
        if (text && !f->t[place - N_PLACES])
            f->t[place - N_PLACES] = hit->text;
    } else if (f->n[place] >= 0) {
        return;
    } else if (hit->kind == JSCAN_NUMBER) {
        f->n[place] = number_clamp(hit->text);
    } else if (hit->kind == JSCAN_ARRAY && (place == N_IMAGES || place == N_SEARCHES)) {
        f->n[place] = hit->count < USAGE_TOKENS_MAX ? (int64_t)hit->count : USAGE_TOKENS_MAX;
    }
}

static void found_clear(struct found *f)
{
    for (size_t i = 0; i < N_PLACES; i++)
        f->n[i] = -1;
    for (size_t i = 0; i < PLACES - N_PLACES; i++)
        f->t[i] = NULL;
}

void reader_so_far(struct reader *r, struct found *out)
{
    found_clear(out);
    for (size_t i = 0; i < r->rows->n; i++) {
        const struct jscan_hit *hit = jscan_hit(r->scan, i);
        if (hit->end)
            found_take(out, r->rows->v[i].place, hit);
    }
}

int reader_end(struct reader *r, struct found *out)
{
    found_clear(out);
    if (r->bad || jscan_end(r->scan, NULL))
        return -1;
    for (size_t i = 0; i < r->rows->n; i++)
        found_take(out, r->rows->v[i].place, jscan_hit(r->scan, i));
    return 0;
}

int reader_document(
    struct reader *r, const struct rows *rows, const char *p, size_t n, struct found *out)
{
    reader_begin(r, rows);
    reader_feed(r, p, n);
    return reader_end(r, out);
}

const char *found_text(const struct found *f, enum place place)
{
    return f->t[place - N_PLACES];
}

void found_modality(struct found *f)
{
    const char *modality = found_text(f, T_MODALITY);
    if (modality && strcmp(modality, "IMAGE") != 0)
        f->n[N_OUTPUT_IMAGE] = -1;
}
