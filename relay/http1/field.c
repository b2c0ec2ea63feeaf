/* Reading and writing single header fields, and the words for faults and statuses. */
#include "http1/head.h"

#include "http1/chars_int.h"

struct span h1_get(const struct h1_head *head, const char *name)
{
    for (unsigned i = 0; i < head->n_fields; i++)
        if (span_caseeq(head->fields[i].name, name))
            return head->fields[i].value;
    return (struct span){0};
}

unsigned h1_count(const struct h1_head *head, const char *name)
{
    unsigned n = 0;
    for (unsigned i = 0; i < head->n_fields; i++)
        n += span_caseeq(head->fields[i].name, name);
    return n;
}

static bool same(struct span a, struct span b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++) {
        unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];
        x |= (x >= 'A' && x <= 'Z') ? 0x20 : 0;
        y |= (y >= 'A' && y <= 'Z') ? 0x20 : 0;
        if (x != y)
            return false;
    }
    return true;
}

static bool nominated(const struct h1_head *head, struct span option)
{
    for (unsigned i = 0; i < head->n_fields; i++) {
        if (!span_caseeq(head->fields[i].name, "connection"))
            continue;
        struct span v = head->fields[i].value;
        for (size_t begin = 0, end = 0; begin <= v.n; begin = end + 1) {
            for (end = begin; end < v.n && v.p[end] != ','; end++)
                ;
            if (same(span_trim((struct span){v.p + begin, end - begin}), option))
                return true;
        }
    }
    return false;
}

bool h1_nominates(const struct h1_head *head, const char *option)
{
    return nominated(head, span_of(option));
}

bool h1_is_hop_by_hop(const struct h1_head *head, struct span name)
{
    /* RFC 9110 7.6.1, Trailer (its fields are thrown away), and the proxy's own credentials. */
    static const char *const names[] = {"connection", "proxy-connection", "keep-alive", "te",
        "transfer-encoding", "upgrade", "trailer", "proxy-authenticate", "proxy-authorization"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_caseeq(name, names[i]))
            return true;
    return nominated(head, name);
}

int h1_add_field(struct buf *out, struct span name, struct span value)
{
    if (name.n == 0)
        return -1;
    for (size_t i = 0; i < name.n; i++)
        if (!h1_is(name.p[i], H1_TOKEN))
            return -1;
    for (size_t i = 0; i < value.n; i++)
        if (!h1_is(value.p[i], H1_VALUE))
            return -1;
    buf_add(out, name.p, name.n);
    buf_add(out, ": ", 2);
    buf_add(out, value.p, value.n);
    buf_add(out, "\r\n", 2);
    return 0;
}

int h1_add_fieldz(struct buf *out, const char *name, const char *value)
{
    return h1_add_field(out, span_of(name), span_of(value));
}

static const struct {
    const char *text;
    int status;
} faults[] = {
    [H1_OK] = {"no fault", 200},
    [H1_MORE] = {"the message is not complete", 400},
    [H1_BAD] = {"the message is malformed", 400},
    [H1_TOO_LARGE] = {"the head is too large", 431},
    [H1_TARGET_TOO_LONG] = {"the target is too long", 414},
    [H1_BAD_METHOD] = {"the method is not allowed", 405},
    [H1_BAD_VERSION] = {"the version of HTTP is not supported", 505},
    [H1_BAD_FRAMING] = {"the length of the body is ambiguous or malformed", 400},
    [H1_TOO_SLOW] = {"the request took too long to arrive", 408},
};

static size_t fault_row(enum h1_fault f)
{
    size_t i = (size_t)f;
    return i < sizeof faults / sizeof *faults ? i : (size_t)H1_BAD;
}

const char *h1_fault_text(enum h1_fault f)
{
    return faults[fault_row(f)].text;
}

int h1_fault_status(enum h1_fault f)
{
    return faults[fault_row(f)].status;
}

/* RFC 9110 15, RFC 6585; 529 is what upstreams say when overloaded. */
const char *h1_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } rows[] = {{200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"},
        {301, "Moved Permanently"}, {302, "Found"}, {304, "Not Modified"},
        {307, "Temporary Redirect"}, {308, "Permanent Redirect"}, {400, "Bad Request"},
        {401, "Unauthorized"}, {402, "Payment Required"}, {403, "Forbidden"}, {404, "Not Found"},
        {405, "Method Not Allowed"}, {406, "Not Acceptable"}, {408, "Request Timeout"},
        {409, "Conflict"}, {410, "Gone"}, {411, "Length Required"}, {413, "Content Too Large"},
        {414, "URI Too Long"}, {415, "Unsupported Media Type"}, {417, "Expectation Failed"},
        {422, "Unprocessable Content"}, {424, "Failed Dependency"}, {426, "Upgrade Required"},
        {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"},
        {503, "Service Unavailable"}, {504, "Gateway Timeout"}, {505, "HTTP Version Not Supported"},
        {529, "Overloaded"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].status == status)
            return rows[i].reason;
    return "";
}
