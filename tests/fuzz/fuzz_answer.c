/* Answers of upstreams, and files and codes that people bring: every kind reads them without harm,
 * and no stranger's number gets past its bounds. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "provider/provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1800000000000)

static void check_window(const struct window_use *w)
{
    if (w->known && (!(w->used >= 0) || isinf(w->used) || w->reset < 0))
        abort();
}

static void check_quota(const struct quota *q)
{
    check_window(&q->five_hour);
    check_window(&q->seven_day);
    check_window(&q->seven_day_opus);
    check_window(&q->seven_day_sonnet);
    check_window(&q->requests);
    check_window(&q->tokens);
}

static void check_verdict(const struct verdict *v)
{
    check_quota(&v->quota);
    if (v->until && (v->until <= NOW || v->until > NOW + 31 * MS_DAY))
        abort();
    if (v->retry_ms < 0 || v->retry_ms > 30 * MS_MINUTE || (v->family_only && !v->family))
        abort();
    for (const char *s = v->reason; *s; s++)
        if (*s < ' ' || *s > '~')
            abort();
}

static void judge(const struct provider *p, struct account *a, const uint8_t *data, size_t size)
{
    struct h1_head *h = xmalloc(sizeof *h);
    struct upstream_answer ans = {.fault = CALL_PROTOCOL, .now = NOW};
    if (h1_parse_response((const char *)data, size, false, h) == H1_OK) {
        ans.fault = CALL_OK;
        ans.head = h;
        ans.body = (const char *)data + h->size;
        ans.n = size - h->size;
    }
    struct verdict v;
    p->judge(a, &ans, &v);
    check_verdict(&v);
    free(h);
}

static void read_all(const struct provider *p, struct account *a, const char *text, size_t n)
{
    struct credential *cr = credential_create();
    struct fetch_answer ans = {.status = 200};
    struct quota q = {0};
    struct login l = {.state = xstrdup("state")};
    char *code = NULL;
    buf_init(&ans.body);
    buf_add(&ans.body, text, n);
    if (p->token_read)
        p->token_read(&ans, NOW, cr, a, NULL);
    if (cr->expires < 0)
        abort();
    for (int i = 0; p->profile_read && i < PROFILE_MAX; i++)
        p->profile_read(i, &ans, NOW, a, &q, NULL);
    check_quota(&q);
    if (p->login_poll)
        p->login_poll(&ans, &l, NULL);
    if (p->import)
        p->import(text, n, a, cr, NULL);
    if (login_parse_paste(&l, text, &code, NULL) == 0 && strlen(code) < 4)
        abort();
    free(code);
    login_release(&l);
    buf_release(&ans.body);
    credential_unref(cr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 1 << 14)
        return 0;
    size_t n;
    const struct provider *const *all = providers(&n);
    const struct provider *p = all[data[0] % n];
    struct account *a = account_create();
    a->name = xstrdup("one");
    a->kind = xstrdup(p->kind);
    a->login = xstrdup(data[0] & 0x80 ? "key" : "oauth");
    char *text = xstrndup((const char *)data + 1, size - 1);
    judge(p, a, data + 1, size - 1);
    read_all(p, a, text, strlen(text));
    free(text);
    account_unref(a);
    return 0;
}
