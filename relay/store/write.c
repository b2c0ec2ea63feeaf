/* One queued write: the byte form that queue, spill file and backends share. One function a struct
 * serves both directions, so that writer and reader of the form cannot come apart. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/buf.h"
#include "store/store_int.h"

/* Text of strangers (paths, models, names of clients) is cut here: a row stays a row. */
#define TEXT_MAX 1024

static void code_bytes(struct codec *c, void *p, size_t n)
{
    if (c->out) {
        buf_add(c->out, p, n);
        return;
    }
    if (c->bad || (size_t)(c->end - c->p) < n) {
        c->bad = true;
        memset(p, 0, n);
        return;
    }
    memcpy(p, c->p, n);
    c->p += n;
}

/* Host byte order: the spill file never leaves its machine. */
static void code_i64(struct codec *c, int64_t *v)
{
    code_bytes(c, v, sizeof *v);
}

static void code_int(struct codec *c, int *v)
{
    int64_t wide = *v;
    code_i64(c, &wide);
    *v = (int)wide;
}

static void code_bool(struct codec *c, bool *v)
{
    unsigned char byte = *v;
    code_bytes(c, &byte, 1);
    *v = byte != 0;
}

static void code_blob(struct codec *c, const char **p, size_t *n)
{
    int64_t len = (int64_t)*n;
    code_i64(c, &len);
    if (c->out) {
        buf_add(c->out, *p ? *p : "", *n);
        buf_addc(c->out, '\0');
        return;
    }
    *p = "";
    *n = 0;
    if (c->bad || len < 0 || len >= c->end - c->p || c->p[len] != '\0') {
        c->bad = true;
        return;
    }
    *p = (const char *)c->p;
    *n = (size_t)len;
    c->p += len + 1;
}

/* Our own text, whole. */
static void code_text(struct codec *c, const char **s)
{
    size_t n = c->out && *s ? strlen(*s) : 0;
    code_blob(c, s, &n);
}

/* Text that comes from outside, cut at a character. */
static void code_stranger(struct codec *c, const char **s)
{
    size_t n = c->out && *s ? strnlen(*s, TEXT_MAX + 1) : 0;
    if (n > TEXT_MAX) {
        n = TEXT_MAX;
        while (n > 0 && ((unsigned char)(*s)[n] & 0xC0) == 0x80)
            n--;
    }
    code_blob(c, s, &n);
}

static void code_chars(struct codec *c, char *a, size_t cap)
{
    const char *s = a;
    size_t n = c->out ? strnlen(a, cap - 1) : 0;
    code_blob(c, &s, &n);
    if (c->out)
        return;
    if (n >= cap)
        n = cap - 1;
    memcpy(a, s, n);
    a[n] = '\0';
}

static void code_usage(struct codec *c, struct usage *u)
{
    code_i64(c, &u->input);
    code_i64(c, &u->output);
    code_i64(c, &u->cache_write_5m);
    code_i64(c, &u->cache_write_1h);
    code_i64(c, &u->cache_read);
    code_i64(c, &u->reasoning);
    code_i64(c, &u->web_searches);
    code_i64(c, &u->images);
    code_bool(c, &u->seen);
    code_bool(c, &u->final);
    code_bool(c, &u->fast);
    code_chars(c, u->service_tier, sizeof u->service_tier);
    code_chars(c, u->model, sizeof u->model);
    code_chars(c, u->stop_reason, sizeof u->stop_reason);
    code_chars(c, u->upstream_id, sizeof u->upstream_id);
}

static void code_cost(struct codec *c, struct cost *k)
{
    code_i64(c, &k->input);
    code_i64(c, &k->output);
    code_i64(c, &k->cache_write_5m);
    code_i64(c, &k->cache_write_1h);
    code_i64(c, &k->cache_read);
    code_i64(c, &k->web_search);
    code_i64(c, &k->image);
    code_i64(c, &k->total);
    code_bool(c, &k->fallback);
    code_bool(c, &k->long_context);
    code_chars(c, k->row, sizeof k->row);
}

void code_attempt(struct codec *c, struct attempt *a)
{
    code_text(c, &a->request);
    code_int(c, &a->number);
    code_text(c, &a->key_id);
    code_text(c, &a->account_id);
    code_text(c, &a->kind);
    code_stranger(c, &a->model_asked);
    code_text(c, &a->dialect);
    code_stranger(c, &a->client);
    code_i64(c, &a->started);
    code_i64(c, &a->first_byte);
    code_i64(c, &a->ended);
    code_int(c, &a->status);
    code_stranger(c, &a->fault);
    code_bool(c, &a->aborted);
    code_bool(c, &a->partial);
    code_usage(c, &a->usage);
    code_cost(c, &a->cost);
}

void code_request(struct codec *c, struct request_row *r)
{
    code_text(c, &r->id);
    code_text(c, &r->key_id);
    code_stranger(c, &r->path);
    code_text(c, &r->dialect);
    code_stranger(c, &r->model);
    code_stranger(c, &r->client);
    code_stranger(c, &r->address);
    code_stranger(c, &r->session);
    code_i64(c, &r->started);
    code_i64(c, &r->ended);
    code_int(c, &r->status);
    code_text(c, &r->outcome);
    code_stranger(c, &r->reason);
    code_text(c, &r->trail);
    code_i64(c, &r->cost);
    code_int(c, &r->attempts);
}

void code_book(struct codec *c, int64_t *n_attempts, bool *has_request)
{
    code_i64(c, n_attempts);
    code_bool(c, has_request);
}

void code_record(struct codec *c, struct record_write *r)
{
    int change = (int)r->change;
    code_text(c, &r->kind);
    code_text(c, &r->id);
    code_text(c, &r->doc);
    code_i64(c, &r->changed);
    code_int(c, &change);
    code_blob(c, &r->sealed, &r->n_sealed);
    r->change = (enum secret_change)change;
}

void code_audit(struct codec *c, struct audit_row *a)
{
    code_i64(c, &a->at);
    code_i64(c, &a->uid);
    code_text(c, &a->who);
    code_text(c, &a->from);
    code_text(c, &a->method);
    code_text(c, &a->subject);
    code_text(c, &a->change);
    code_bool(c, &a->ok);
}

struct write *write_create(enum write_kind kind, const void *bytes, size_t n)
{
    struct write *w = xcalloc(1, sizeof *w + n);
    w->kind = kind;
    w->size = n;
    memcpy(w->bytes, bytes, n);
    return w;
}

void write_free(struct write *w)
{
    free(w->failure);
    free(w);
}

void write_free_list(struct write *list)
{
    while (list) {
        struct write *next = list->next;
        write_free(list);
        list = next;
    }
}

void write_fail(struct write *w, const struct err *why)
{
    if (!w->failure)
        w->failure = xmemdup(why, sizeof *why);
}

struct codec write_codec(const struct write *w)
{
    return (struct codec){.p = w->bytes, .end = w->bytes + w->size};
}
