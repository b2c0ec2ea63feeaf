/* Whole small requests, by libcurl from end to end, with the same head parser as everything else.
 */
#include "upstream/upstream_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/clock.h"

struct fetch {
    struct transfer transfer;
    struct chain chain;
    struct upstream *u;
    fetch_done *done;
    void *self;
    struct curl_slist *fields;
    struct buf head; /* raw, of the last answer: 1xx ones come before it */
    struct fetch_answer answer;
    size_t max_bytes;
    int64_t began;
    struct event later; /* tells a malformed request from the loop */
    bool too_long, ended;
};

static struct fetch *of_chain(struct chain *item)
{
    return (struct fetch *)((char *)item - offsetof(struct fetch, chain));
}

static void fetch_free(struct fetch *f)
{
    if (f->transfer.easy)
        transfer_release(&f->transfer, f->u);
    event_del(&f->later);
    chain_remove(&f->chain);
    curl_slist_free_all(f->fields);
    buf_wipe(&f->head);
    buf_wipe(&f->answer.body); /* tokens come this way */
    free(f->answer.head);
    free(f);
}

void fetch_cancel(struct fetch *f)
{
    if (!f->ended) /* else its callback is running: it frees itself after */
        fetch_free(f);
}

static void finish(struct fetch *f)
{
    f->ended = true;
    f->done(f->self, &f->answer);
    fetch_free(f);
}

void fetch_drop_all(struct upstream *u)
{
    while (u->fetches.next != &u->fetches)
        fetch_cancel(of_chain(u->fetches.next));
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct fetch *f = arg;
    n *= size;
    if (n >= 5 && memcmp(p, "HTTP/", 5) == 0)
        buf_reset(&f->head);
    if (f->head.len + n > H1_HEAD_MAX) {
        f->too_long = true;
        return 0;
    }
    buf_add(&f->head, p, n);
    return n;
}

static size_t on_data(char *p, size_t size, size_t n, void *arg)
{
    struct fetch *f = arg;
    n *= size;
    if (f->answer.body.len + n > f->max_bytes) {
        f->too_long = true;
        return 0;
    }
    buf_add(&f->answer.body, p, n);
    return n;
}

/* The head that curl was content with is judged again by our rules: two lengths and the like. */
static int take_head(struct fetch *f)
{
    struct h1_head *h = xmalloc(sizeof *h);
    /* Trailers come through the same callback, behind the empty line: the parser stops before. */
    enum h1_fault fault = h1_parse_response(f->head.data, f->head.len, false, h);
    if (fault != H1_OK) {
        free(h);
        return err_set(&f->answer.err, ERR_PROTOCOL, "%s", h1_fault_text(fault));
    }
    f->answer.head = h;
    f->answer.status = h->status;
    return 0;
}

static void judge(struct fetch *f, CURLcode rc)
{
    struct err *err = &f->answer.err;
    if (f->too_long)
        err_set(err, ERR_PROTOCOL, "answer is larger than %zu bytes", f->max_bytes);
    else if (rc == CURLE_OPERATION_TIMEDOUT)
        err_set(err, ERR_TIMEOUT, "%s", transfer_text(&f->transfer, rc));
    else if (rc != CURLE_OK)
        err_set(err, ERR_UNREACHABLE, "%s", transfer_text(&f->transfer, rc));
    else
        take_head(f);
    if (!f->answer.head)
        buf_wipe(&f->answer.body);
}

static void on_done(struct transfer *t, CURLcode rc)
{
    struct fetch *f = (struct fetch *)t;
    f->answer.ms = clock_mono() - f->began;
    judge(f, rc);
    transfer_release(t, f->u);
    finish(f);
}

static void tell_later(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    finish(arg);
}

/* The lines of h1_add_field, which checked every byte of them, as curl's list. */
static void add_fields(struct fetch *f, const struct buf *fields)
{
    const char *p = fields ? fields->data : "", *stop;
    for (; (stop = strstr(p, "\r\n")); p = stop + 2) {
        char *line = xstrndup(p, (size_t)(stop - p));
        /* curl takes "name:" as an order to leave the field out; an empty one is written "name;".
         */
        char *colon = strchr(line, ':');
        if (colon && colon[1 + strspn(colon + 1, " ")] == '\0')
            memcpy(colon, ";", 2);
        f->fields = curl_slist_append(f->fields, line);
        explicit_bzero(line, strlen(line));
        free(line);
    }
    f->fields = curl_slist_append(f->fields, "Expect:");
    f->fields = curl_slist_append(f->fields, "Accept-Encoding: identity");
}

static int check_request(const struct fetch_request *r, struct err *err)
{
    struct buf probe = BUF_INIT;
    int bad = h1_add_fieldz(&probe, r->method, "");
    buf_release(&probe);
    if (bad)
        return err_set(err, ERR_USAGE, "bad method '%s'", r->method);
    for (const char *s = r->path; *s; s++)
        if (*s <= ' ' || *s == 0x7f || *s == '#')
            return err_set(err, ERR_USAGE, "bad path '%s'", r->path);
    if (r->path[0] != '/')
        return err_set(err, ERR_USAGE, "bad path '%s'", r->path);
    return target_check(&r->target, err);
}

static void set_method(CURL *e, const struct fetch_request *r)
{
    bool posts = strcmp(r->method, "POST") == 0;
    if (posts || r->body_len) {
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)r->body_len);
        curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS, r->body_len ? r->body : "");
    }
    if (strcmp(r->method, "HEAD") == 0)
        curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
    else if (!posts)
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, r->method);
}

struct fetch *fetch_start(
    struct upstream *u, const struct fetch_request *r, fetch_done *done, void *self)
{
    struct fetch *f = xcalloc(1, sizeof *f);
    f->u = u;
    f->done = done;
    f->self = self;
    f->max_bytes = r->max_bytes ? r->max_bytes : (size_t)1 << 20;
    f->began = clock_mono();
    buf_init(&f->head);
    buf_init(&f->answer.body);
    event_assign(&f->later, u->base, -1, 0, tell_later, f);
    chain_add(&u->fetches, &f->chain);
    if (check_request(r, &f->answer.err) != 0) {
        event_add(&f->later, &(struct timeval){0, 0});
        return f;
    }
    char *url = xasprintf("%s%s", r->target.origin, r->path);
    f->transfer.done = on_done;
    transfer_init(&f->transfer, u, &r->target, url, r->timeout_ms ? r->timeout_ms : 30000);
    free(url);
    CURL *e = f->transfer.easy;
    add_fields(f, r->fields);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, f->fields);
    set_method(e, r);
    curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, f);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, f);
    transfer_start(&f->transfer, u);
    return f;
}
