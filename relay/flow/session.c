/* Which conversation a request belongs to, so that it stays on the account that holds its prompt
 * cache. In this order: the header of Claude Code, the session in metadata.user_id, the session
 * headers of Codex and others, prompt_cache_key, client_metadata.session_id, the session of Code
 * Assist; else a hash over the system prompt, which is what an application shares between its
 * requests and an upstream caches. Without any of these a request is not sticky: the first message
 * is no substitute, since two users who say "hello" have nothing in common. The core scopes all of
 * it by key. */
#include "flow/reading_int.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/json.h"

#define SESSION_MAX 64           /* longer ids are hashed */
#define PREFIX_BYTES (64u << 10) /* of the system prompt that go into the hash */

#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static uint64_t hash_more(uint64_t h, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)p[i]) * FNV_PRIME;
    return h;
}

/* The id as it is when it is short and plain, else a hash of it. Heap. */
static char *session_id(struct span s)
{
    bool plain = s.n <= SESSION_MAX;

    for (size_t i = 0; plain && i < s.n; i++)
        plain = s.p[i] > ' ' && s.p[i] < 0x7f && s.p[i] != '"' && s.p[i] != '\\';
    if (plain)
        return span_dup(s);
    return xasprintf("h_%016" PRIx64, hash_more(FNV_START, s.p, s.n));
}

static bool is_id(struct span s)
{
    return s.n >= 8;
}

char *session_of_user_id(const char *user_id)
{
    static const char mark[] = "_session_";
    const char *at = NULL;
    char *id = NULL;

    if (!user_id)
        return NULL;
    if (*user_id == '{') {
        cJSON *o = json_parse(user_id, strlen(user_id), NULL);
        const char *s = o ? json_str(o, "session_id") : NULL;
        if (s && is_id(span_of(s)))
            id = session_id(span_of(s));
        cJSON_Delete(o);
        return id;
    }
    for (const char *p = user_id; (p = strstr(p, mark)); p += 1)
        at = p + sizeof mark - 1;
    return at && is_id(span_of(at)) ? session_id(span_of(at)) : NULL;
}

static char *from_headers(const struct h1_head *head, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct span v = span_trim(h1_get(head, names[i]));
        if (is_id(v))
            return session_id(v);
    }
    return NULL;
}

static char *from_hit(const struct jscan *scan, size_t i)
{
    const struct jscan_hit *h = jscan_hit(scan, i);

    if (h->kind != JSCAN_STRING || !is_id((struct span){h->text, h->text_len}))
        return NULL;
    return session_id((struct span){h->text, h->text_len});
}

static char *from_prefix(const struct jscan_hit *h, const struct body *body)
{
    uint64_t at = h->begin, end = h->end, hash = FNV_START;
    struct iovec v[8];

    if (end > at + PREFIX_BYTES)
        end = at + PREFIX_BYTES;
    while (at < end) {
        int n = body_iov(body, NULL, at, v, 8);
        if (n <= 0)
            break;
        for (int i = 0; i < n && at < end; i++) {
            size_t take = v[i].iov_len < end - at ? v[i].iov_len : (size_t)(end - at);
            hash = hash_more(hash, v[i].iov_base, take);
            at += take;
        }
    }
    return xasprintf("p_%016" PRIx64, hash);
}

static char *from_systems(const struct jscan *scan, const struct body *body)
{
    static const size_t systems[] = {
        FACT_SYSTEM, FACT_INSTRUCTIONS, FACT_SYSTEM_INSTRUCTION, FACT_INNER_SYSTEM};

    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
        const struct jscan_hit *h = jscan_hit(scan, systems[i]);
        if (h->kind != JSCAN_ABSENT && h->kind != JSCAN_NULL && h->end > h->begin + 2)
            return from_prefix(h, body);
    }
    return NULL;
}

char *session_find(const struct h1_head *head, const struct jscan *scan, const struct body *body)
{
    static const char *const first[] = {"x-claude-code-session-id"};
    static const char *const then[] = {"session-id", "session_id", "x-session-id"};
    static const size_t hits[] = {FACT_CACHE_KEY, FACT_CLIENT_SESSION, FACT_INNER_SESSION};
    const struct jscan_hit *user = scan ? jscan_hit(scan, FACT_USER_ID) : NULL;
    char *s = from_headers(head, first, 1);

    if (!s && user && user->kind == JSCAN_STRING)
        s = session_of_user_id(user->text);
    if (!s)
        s = from_headers(head, then, sizeof then / sizeof *then);
    for (size_t i = 0; scan && !s && i < sizeof hits / sizeof *hits; i++)
        s = from_hit(scan, hits[i]);
    if (!s && scan && body)
        s = from_systems(scan, body);
    return s ? s : xstrdup("");
}
