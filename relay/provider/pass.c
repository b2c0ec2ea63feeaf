/* What passes between client and upstream: request fields, query, answer fields. */
#include "provider/provider_int.h"

#include <string.h>

/* A name, or the start of names when it ends in '*'. */
static bool name_in(struct span name, const char *const *list)
{
    for (; list && *list; list++) {
        size_t n = strlen(*list);
        if ((*list)[n - 1] == '*') {
            struct span head = {name.p, n - 1};
            if (name.n >= n - 1 && strncasecmp(head.p, *list, n - 1) == 0)
                return true;
        } else if (span_caseeq(name, *list)) {
            return true;
        }
    }
    return false;
}

static const char *const never_sent[] = {
    /* credentials */
    "authorization", "proxy-authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie",
    "x-cr-api-key",
    /* of this connection */
    "host", "content-length", "expect", "accept-encoding", "upgrade", "sec-websocket-*",
    /* the way here */
    "forwarded", "via", "x-forwarded-*", "x-real-ip", "x-client-ip", "x-cluster-client-ip",
    "true-client-ip", "cf-*", "cdn-loop", "x-accel-*", NULL};

void fields_pass(struct buf *out, const struct h1_head *head, const char *const *but)
{
    for (unsigned i = 0; i < head->n_fields; i++) {
        const struct h1_field *f = &head->fields[i];
        if (name_in(f->name, never_sent) || name_in(f->name, but) ||
            h1_is_hop_by_hop(head, f->name))
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
static const char *const never_shown[] = {
    "anthropic-organization-*", "openai-organization", "openai-project", NULL};

static const char *const shown[] = {"content-type", "content-language", "content-disposition",
    "cache-control", "request-id", "x-request-id", "x-oai-request-id", "apim-request-id",
    "x-amzn-requestid", "retry-after", "retry-after-ms", "x-should-retry", "anthropic-*",
    "x-ratelimit-*", "openai-*", "x-codex-*", "x-openai-*", "x-models-etag", "x-reasoning-included",
    "x-goog-ext-*", "x-gemini-service-tier", "x-server-trace-id", "x-cloudaicompanion-trace-id",
    NULL};

bool passes_common(struct span name)
{
    return name_in(name, shown) && !name_in(name, never_shown);
}
