/* Parsing of request and response heads: one pass from the front, so that a fault in the bytes so
 * far is a fault for good, then the framing decision on the finished field list. */
#include "http1/head.h"

#include <string.h>
#include "http1/chars_int.h"

struct cursor {
    const char *p, *at, *end;
};

static bool is_upto(const struct cursor *c, size_t n)
{
    return (size_t)(c->end - c->at) >= n;
}

/* CRLF at the cursor. A lone CR or LF is a fault: two readers could disagree on where a line ends.
 */
static enum h1_fault take_crlf(struct cursor *c)
{
    if (c->at == c->end)
        return H1_MORE;
    if (*c->at != '\r')
        return H1_BAD;
    if (!is_upto(c, 2))
        return H1_MORE;
    if (c->at[1] != '\n')
        return H1_BAD;
    c->at += 2;
    return H1_OK;
}

/* Bytes of one class up to the first of another. An empty run is a fault, one at the end of what is
 * here may go on. */
static enum h1_fault take_run(struct cursor *c, unsigned class, struct span *out)
{
    const char *begin = c->at;
    while (c->at < c->end && h1_is(*c->at, class))
        c->at++;
    *out = (struct span){begin, (size_t)(c->at - begin)};
    if (c->at == c->end)
        return H1_MORE;
    return out->n ? H1_OK : H1_BAD;
}

static enum h1_fault take_byte(struct cursor *c, char byte)
{
    if (c->at == c->end)
        return H1_MORE;
    return *c->at++ == byte ? H1_OK : H1_BAD;
}

/* "HTTP/1.0" or "HTTP/1.1"; another number is a version that we do not speak, not garbage. */
static enum h1_fault take_version(struct cursor *c, int *minor)
{
    static const char name[] = "HTTP/";
    for (size_t i = 0; i < sizeof name - 1; i++) {
        enum h1_fault f = take_byte(c, name[i]);
        if (f)
            return f;
    }
    if (!is_upto(c, 3))
        return H1_MORE;
    char major = c->at[0], low = c->at[2];
    if (c->at[1] != '.' || !h1_is(major, H1_DIGIT) || !h1_is(low, H1_DIGIT))
        return H1_BAD;
    if (major != '1' || low > '1')
        return H1_BAD_VERSION;
    *minor = low - '0';
    c->at += 3;
    return H1_OK;
}

/* Origin form as it is; of an absolute form only the path counts, since the relay serves one
 * authority. Everything else ("*", "host:port") has no meaning here. */
static enum h1_fault check_target(struct span *t)
{
    if (t->p[0] == '/')
        return H1_OK;
    size_t skip = 0;
    if (t->n > 7 && span_caseeq((struct span){t->p, 7}, "http://"))
        skip = 7;
    else if (t->n > 8 && span_caseeq((struct span){t->p, 8}, "https://"))
        skip = 8;
    if (!skip)
        return H1_BAD;
    size_t i = skip;
    while (i < t->n && h1_is(t->p[i], H1_AUTHORITY))
        i++;
    if (i == skip)
        return H1_BAD;
    if (i == t->n) {
        *t = span_of("/");
        return H1_OK;
    }
    *t = (struct span){t->p + i, t->n - i};
    return t->p[0] == '/' ? H1_OK : H1_BAD;
}

static enum h1_fault take_request_line(struct cursor *c, struct h1_head *h)
{
    /* One empty line: old clients send it behind a POST (RFC 9112 2.2). */
    if (c->at < c->end && *c->at == '\r') {
        enum h1_fault f = take_crlf(c);
        if (f)
            return f;
    }
    enum h1_fault f = take_run(c, H1_TOKEN, &h->method);
    if (f == H1_MORE && h->method.n > H1_METHOD_MAX)
        return H1_BAD;
    if (f || (f = take_byte(c, ' ')))
        return f;
    if (h->method.n > H1_METHOD_MAX)
        return H1_BAD;
    f = take_run(c, H1_TARGET, &h->target);
    if (h->target.n > H1_TARGET_MAX)
        return H1_TARGET_TOO_LONG;
    if (f || (f = take_byte(c, ' ')) || (f = take_version(c, &h->minor)) || (f = take_crlf(c)))
        return f;
    if (span_eq(h->method, "CONNECT") || span_eq(h->method, "TRACE"))
        return H1_BAD_METHOD;
    return check_target(&h->target);
}

static enum h1_fault take_status_line(struct cursor *c, struct h1_head *h)
{
    enum h1_fault f = take_version(c, &h->minor);
    if (f || (f = take_byte(c, ' ')))
        return f;
    if (!is_upto(c, 3))
        return H1_MORE;
    for (int i = 0; i < 3; i++, c->at++) {
        if (!h1_is(*c->at, H1_DIGIT))
            return H1_BAD;
        h->status = h->status * 10 + (*c->at - '0');
    }
    if (h->status < 100 || h->status > 599)
        return H1_BAD;
    if (c->at == c->end)
        return H1_MORE;
    /* The blank before an empty reason is often missing: nothing hangs on it. */
    if (*c->at == ' ') {
        c->at++;
        f = take_run(c, H1_VALUE, &h->reason);
        if (f == H1_MORE)
            return f;
    }
    return take_crlf(c);
}

static enum h1_fault take_fields(struct cursor *c, struct h1_head *h)
{
    for (;;) {
        if (c->at == c->end)
            return H1_MORE;
        if (*c->at == '\r') {
            enum h1_fault f = take_crlf(c);
            h->size = (size_t)(c->at - c->p);
            return f;
        }
        if (h->n_fields == H1_FIELDS_MAX)
            return H1_TOO_LARGE;
        struct h1_field *field = &h->fields[h->n_fields];
        enum h1_fault f = take_run(c, H1_TOKEN, &field->name);
        if (f || (f = take_byte(c, ':')))
            return f;
        f = take_run(c, H1_VALUE, &field->value);
        if (f == H1_MORE)
            return f;
        if ((f = take_crlf(c)))
            return f;
        field->value = span_trim(field->value);
        h->n_fields++;
    }
}

/* 1*DIGIT; what does not fit 63 bits is no length. */
static bool parse_length(struct span s, uint64_t *out)
{
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (!h1_is(s.p[i], H1_DIGIT) || v > (INT64_MAX - 9) / 10)
            return false;
        v = v * 10 + (uint64_t)(s.p[i] - '0');
    }
    *out = v;
    return s.n > 0;
}

/* The body's end must be told in one way only, and in one that every reader understands alike
 * (RFC 9112 6.1, 6.3). Leaves H1_NO_BODY when nothing tells it. */
static enum h1_fault decide_framing(struct h1_head *h)
{
    unsigned codings = h1_count(h, "transfer-encoding"), lengths = h1_count(h, "content-length");
    if (codings) {
        bool plain = span_caseeq(h1_get(h, "transfer-encoding"), "chunked");
        if (codings > 1 || lengths || !plain || h->minor == 0)
            return H1_BAD_FRAMING;
        h->framing = H1_CHUNKED;
    } else if (lengths) {
        if (lengths > 1 || !parse_length(h1_get(h, "content-length"), &h->content_length))
            return H1_BAD_FRAMING;
        h->framing = H1_LENGTH;
    }
    bool persistent = h->minor == 1 || h1_nominates(h, "keep-alive");
    h->keep_alive = persistent && !h1_nominates(h, "close");
    return H1_OK;
}

static bool valid_host(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!h1_is(s.p[i], H1_AUTHORITY))
            return false;
    return s.n > 0;
}

static bool takes_body(struct span method)
{
    static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (span_eq(method, methods[i]))
            return true;
    return false;
}

static bool bodyless(struct span method)
{
    return span_eq(method, "GET") || span_eq(method, "HEAD") || span_eq(method, "OPTIONS");
}

static enum h1_fault check_request(struct h1_head *h)
{
    unsigned hosts = h1_count(h, "host");
    if (hosts > 1 || (!hosts && h->minor == 1) || (hosts && !valid_host(h1_get(h, "host"))))
        return H1_BAD;
    enum h1_fault f = decide_framing(h);
    if (f)
        return f;
    if (h->framing == H1_LENGTH && h->content_length == 0)
        h->framing = H1_NO_BODY;
    if (h->framing != H1_NO_BODY && !takes_body(h->method))
        return bodyless(h->method) ? H1_BAD_FRAMING : H1_BAD_METHOD;
    h->expect_continue = h->minor == 1 && h->framing != H1_NO_BODY &&
                         span_caseeq(h1_get(h, "expect"), "100-continue");
    return H1_OK;
}

static enum h1_fault check_response(struct h1_head *h, bool head_request)
{
    enum h1_fault f = decide_framing(h);
    if (f)
        return f;
    if (head_request || h->status < 200 || h->status == 204 || h->status == 304) {
        h->framing = H1_NO_BODY;
    } else if (h->framing == H1_NO_BODY) {
        h->framing = H1_UNTIL_CLOSE;
        h->keep_alive = false;
    }
    return H1_OK;
}

/* All but the field array, which n_fields guards: it is 3 KiB. */
static void head_clear(struct h1_head *h)
{
    h->method = h->target = h->reason = (struct span){0};
    h->status = h->minor = 0;
    h->n_fields = 0;
    h->framing = H1_NO_BODY;
    h->content_length = 0;
    h->keep_alive = h->expect_continue = false;
    h->size = 0;
}

/* The bound holds whether the head came whole or is still growing, so that the verdict does not
 * hang on how the bytes were cut. */
static enum h1_fault bounded(enum h1_fault f, size_t n, const struct h1_head *h)
{
    if ((f == H1_MORE && n >= H1_HEAD_MAX) || (f == H1_OK && h->size > H1_HEAD_MAX))
        return H1_TOO_LARGE;
    return f;
}

enum h1_fault h1_parse_request(const char *p, size_t n, struct h1_head *head)
{
    struct cursor c = {p, p, p + n};
    head_clear(head);
    enum h1_fault f = take_request_line(&c, head);
    if (!f)
        f = take_fields(&c, head);
    f = bounded(f, n, head);
    return f ? f : check_request(head);
}

enum h1_fault h1_parse_response(const char *p, size_t n, bool head_request, struct h1_head *head)
{
    struct cursor c = {p, p, p + n};
    head_clear(head);
    enum h1_fault f = take_status_line(&c, head);
    if (!f)
        f = take_fields(&c, head);
    f = bounded(f, n, head);
    return f ? f : check_response(head, head_request);
}
