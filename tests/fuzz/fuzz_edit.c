/* Edits of a body: what was JSON stays JSON, what was taken out is gone, what was not asked for is
 * there as it was. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "provider/provider_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const dropped[] = {"a", "stream", "context_management"};
static const char *const kept[] = {"model", "store", "x"};
#define N 3

static void text_of(const struct body *b, const struct body_edits *e, struct buf *out)
{
    struct iovec iov[3];
    uint64_t at = 0;
    for (int n; (n = body_iov(b, e, at, iov, 3)) > 0;)
        for (int i = 0; i < n; i++) {
            buf_add(out, iov[i].iov_base, iov[i].iov_len);
            at += iov[i].iov_len;
        }
    if (body_edited_size(b, e) != out->len)
        abort();
}

static struct jscan *scan(const struct buf *text, const char *const *paths)
{
    struct body *b = body_create();
    body_add(b, text->data, text->len);
    struct jscan *s = body_scan(b, paths, N, NULL);
    body_unref(b);
    return s;
}

/* The same value, byte for byte, at path i of both. */
static void same(const struct buf *x, const struct jscan *a, const struct buf *y,
    const struct jscan *b, size_t i)
{
    const struct jscan_hit *p = jscan_hit(a, i), *q = jscan_hit(b, i);
    if (p->kind != q->kind || p->end - p->begin != q->end - q->begin ||
        (p->kind != JSCAN_ABSENT &&
            memcmp(x->data + p->begin, y->data + q->begin, p->end - p->begin) != 0))
        abort();
}

static void check(struct plan *p, const struct buf *in, const struct jscan *marks, bool replaced)
{
    struct buf out = BUF_INIT;
    text_of(p->body, &p->edits, &out);
    struct jscan *gone = scan(&out, dropped), *there = scan(&out, kept);
    if (!gone || !there)
        abort();
    for (size_t i = 0; i < N; i++)
        if (jscan_hit(gone, i)->kind != JSCAN_ABSENT)
            abort();
    for (size_t i = replaced; i < N; i++)
        same(in, marks, &out, there, i);
    jscan_free(gone);
    jscan_free(there);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 1 << 14)
        return 0;
    struct plan p = {0};
    buf_init(&p.fields);
    struct buf in = BUF_INIT;
    buf_add(&in, data + 1, size - 1);
    p.body = body_create();
    body_add(p.body, in.data, in.len);
    struct jscan *s = scan(&in, dropped), *marks = scan(&in, kept);
    if (s && marks && edit_drop(&p, s, dropped, N, NULL) == 0) {
        const struct jscan_hit *model = jscan_hit(marks, 0);
        bool replace = data[0] & 1 && model->kind != JSCAN_ABSENT;
        if (replace && edit_member(&p, "model", model->begin, model->end, "\"version\":1", NULL))
            replace = false;
        /* An empty object would be left with a comma: those who insert know that there is a member.
         */
        if (data[0] & 2 && model->kind != JSCAN_ABSENT && edit_insert(&p, "\"put\":1,", NULL))
            abort();
        check(&p, &in, marks, replace);
    }
    jscan_free(s);
    jscan_free(marks);
    buf_release(&in);
    plan_release(&p);
    return 0;
}
