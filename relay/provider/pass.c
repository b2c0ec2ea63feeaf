/* What passes between client and upstream: request fields, query, answer fields. */
#include "provider/provider_int.h"

#include <string.h>

/* A field name in lower case, or the start of names when it ends in '*'. These tables are gone
 * through for each field of each request: length and first letter decide nearly always. */
struct word {
    const char *text;
    size_t n;
};
#define WORD(s)                                                                                    \
    {                                                                                              \
        s, sizeof s - 1                                                                            \
    }

static bool word_is(const struct word *w, struct span name)
{
    bool start = w->text[w->n - 1] == '*';
    size_t n = start ? w->n - 1 : w->n;
    return (start ? name.n >= n : name.n == n) && (name.p[0] | 0x20) == w->text[0] &&
           strncasecmp(name.p, w->text, n) == 0;
}

static bool word_in(struct span name, const struct word *list, size_t n)
{
    for (size_t i = 0; i < n && name.n; i++)
        if (word_is(&list[i], name))
            return true;
    return false;
}

static bool name_in(struct span name, const char *const *list)
{
    for (; list && *list && name.n; list++) {
        struct word w = {*list, strlen(*list)};
        if (word_is(&w, name))
            return true;
    }
    return false;
}

static const struct word never_sent[] = {
    /* credentials */
    WORD("authorization"), WORD("proxy-authorization"), WORD("x-api-key"), WORD("x-goog-api-key"),
    WORD("api-key"), WORD("cookie"), WORD("x-cr-api-key"),
    /* of this connection; what Connection nominates comes on top */
    WORD("host"), WORD("content-length"), WORD("expect"), WORD("accept-encoding"),
    WORD("sec-websocket-*"), WORD("connection"), WORD("proxy-connection"), WORD("keep-alive"),
    WORD("te"), WORD("transfer-encoding"), WORD("upgrade"), WORD("trailer"),
    WORD("proxy-authenticate"),
    /* the way here */
    WORD("forwarded"), WORD("via"), WORD("x-forwarded-*"), WORD("x-real-ip"), WORD("x-client-ip"),
    WORD("x-cluster-client-ip"), WORD("true-client-ip"), WORD("cf-*"), WORD("cdn-loop"),
    WORD("x-accel-*")};

/* Whether Connection says more than how long it lives. */
static bool nominates(const struct h1_head *head)
{
    for (unsigned i = 0; i < head->n_fields; i++) {
        const struct h1_field *f = &head->fields[i];
        if (f->name.n == 10 && span_caseeq(f->name, "connection") &&
            !span_caseeq(f->value, "keep-alive") && !span_caseeq(f->value, "close"))
            return true;
    }
    return false;
}

void fields_pass(struct buf *out, const struct h1_head *head, const char *const *but)
{
    bool look = nominates(head);
    buf_reserve(out, head->size + 256);
    for (unsigned i = 0; i < head->n_fields; i++) {
        const struct h1_field *f = &head->fields[i];
        if (word_in(f->name, never_sent, sizeof never_sent / sizeof *never_sent) ||
            name_in(f->name, but) || (look && h1_is_hop_by_hop(head, f->name)))
            continue;
        h1_add_field(out, f->name, f->value);
    }
    h1_add_fieldz(out, "accept-encoding", "identity");
}

static bool list_has(struct span list, const char *value)
{
    while (list.n) {
        const char *comma = memchr(list.p, ',', list.n);
        size_t n = comma ? (size_t)(comma - list.p) : list.n;
        if (span_caseeq(span_trim((struct span){list.p, n}), value))
            return true;
        if (!comma)
            return false;
        list.p += n + 1;
        list.n -= n + 1;
    }
    return false;
}

void fields_join(struct buf *out, const struct h1_head *head, const char *name, const char *value)
{
    struct buf all = BUF_INIT;
    bool there = value == NULL;
    for (unsigned i = 0; i < head->n_fields; i++) {
        const struct h1_field *f = &head->fields[i];
        if (!span_caseeq(f->name, name) || f->value.n == 0)
            continue;
        if (all.len)
            buf_addc(&all, ',');
        buf_add(&all, f->value.p, f->value.n);
        there = there || list_has(f->value, value);
    }
    if (!there) {
        if (all.len)
            buf_addc(&all, ',');
        buf_adds(&all, value);
    }
    if (all.len)
        h1_add_fieldz(out, name, all.data);
    buf_release(&all);
}

char *path_with_query(const char *path, const char *query, const char *const *but)
{
    static const char *const key[] = {"key", NULL};
    struct buf out = BUF_INIT;
    buf_adds(&out, path);
    char sep = strchr(path, '?') ? '&' : '?';
    for (const char *p = query ? query : ""; *p;) {
        size_t n = strcspn(p, "&");
        struct span name = {p, strcspn(p, "=&")};
        if (n && !name_in(name, key) && !name_in(name, but)) {
            buf_addc(&out, sep);
            buf_add(&out, p, n);
            sep = '&';
        }
        p += n;
        p += *p == '&';
    }
    return buf_steal(&out, NULL);
}

/* Organisation names and ids are the account owner's business, not the key holder's. */
static const struct word never_shown[] = {
    WORD("anthropic-organization-*"), WORD("openai-organization"), WORD("openai-project")};

static const struct word shown[] = {WORD("content-type"), WORD("content-language"),
    WORD("content-disposition"), WORD("cache-control"), WORD("request-id"), WORD("x-request-id"),
    WORD("x-oai-request-id"), WORD("apim-request-id"), WORD("x-amzn-requestid"),
    WORD("retry-after"), WORD("retry-after-ms"), WORD("x-should-retry"), WORD("anthropic-*"),
    WORD("x-ratelimit-*"), WORD("openai-*"), WORD("x-codex-*"), WORD("x-openai-*"),
    WORD("x-models-etag"), WORD("x-reasoning-included"), WORD("x-goog-ext-*"),
    WORD("x-gemini-service-tier"), WORD("x-server-trace-id"), WORD("x-cloudaicompanion-trace-id")};

bool passes_common(struct span name)
{
    return word_in(name, shown, sizeof shown / sizeof *shown) &&
           !word_in(name, never_shown, sizeof never_shown / sizeof *never_shown);
}
