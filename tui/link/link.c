/* Calls and notifications over the byte stream. */
#include "tui/link/link.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "common/i18n.h"
#include "common/json.h"
#include "common/method.h"
#include "common/rpc.h"
#include "tui/link/link_int.h"

#define HELLO_MS (10 * MS_SECOND) /* a relay on this machine greets at once, or is stuck */

struct pending {
    struct pending *next;
    int64_t id;
    bool secret; /* its answer is not shown */
    link_answer *answer;
    void *arg;
};

struct link {
    enum link_state state;
    int fd;
    pid_t child;
    bool verbose, refused;
    char *spoken;
    struct err why;
    struct rpc_reader reader;
    struct buf out;  /* bytes to send */
    struct buf held; /* calls made before the hello was answered */
    struct pending *pending;
    int64_t next_id;
    cJSON *message; /* while its answer is handed over */
    uint64_t taken; /* lines, so that a wait knows that something came */
    cJSON *hello;
    void (*notify)(void *, const char *, const cJSON *);
    void *notify_arg;
};

static void link_lose(struct link *l, const struct err *why)
{
    if (l->state == LINK_LOST)
        return;
    l->state = LINK_LOST;
    l->why = *why;
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
    struct pending *p = l->pending;
    l->pending = NULL;
    while (p) {
        struct pending *next = p->next;
        if (p->answer)
            p->answer(p->arg, NULL, &l->why);
        free(p);
        p = next;
    }
}

static void on_hello(void *arg, const cJSON *result, const struct err *failure)
{
    struct link *l = arg;
    if (failure) {
        struct err why = *failure;
        l->refused = l->state != LINK_LOST; /* it answered, and does not want us */
        if (l->state != LINK_LOST)
            link_lose(l, &why);
        return;
    }
    if (json_int(result, "protocol", 0) != RPC_PROTOCOL) {
        struct err why;
        err_set(&why, ERR_UNREACHABLE, "the relay speaks protocol %lld, this program %d",
            (long long)json_int(result, "protocol", 0), RPC_PROTOCOL);
        err_hint(&why, "install the same version on both sides");
        l->refused = true;
        link_lose(l, &why);
        return;
    }
    l->hello = xcheck(cJSON_Duplicate(result, 1));
    l->state = LINK_READY;
    buf_add(&l->out, l->held.data, l->held.len);
    buf_wipe(&l->held);
}

/* One line on standard error; v NULL: what it says is a secret, or nothing. */
static void trace(const char *arrow, const char *what, const cJSON *v)
{
    struct buf text = BUF_INIT;
    if (v)
        json_print(v, &text);
    fprintf(stderr, "%s %s %s\n", arrow, what, v ? text.data : "...");
    buf_release(&text);
}

static int64_t link_send(struct link *l, struct buf *to, const char *method, const cJSON *params,
    link_answer *f, void *arg)
{
    struct pending *p = xcalloc(1, sizeof *p);
    p->id = ++l->next_id;
    p->answer = f;
    p->arg = arg;
    p->next = l->pending;
    l->pending = p;
    rpc_put_request(to, p->id, method, params);
    const struct method *m = method_by_wire(method);
    p->secret = m && m->flags & M_SECRET;
    if (l->verbose)
        trace(">", method, p->secret ? NULL : params);
    return p->id;
}

struct link *link_open(const struct host *h, const char *client, bool verbose)
{
    struct link *l = xcalloc(1, sizeof *l);
    buf_init(&l->out);
    buf_init(&l->held);
    rpc_reader_init(&l->reader, RPC_ANSWER_MAX);
    l->verbose = verbose;
    l->spoken = xstrdup(h->spoken);
    struct err err;
    l->fd = link_dial(h, &l->child, &err);
    if (l->fd < 0) {
        l->state = LINK_LOST;
        l->why = err;
        return l;
    }
    cJSON *params = xcheck(cJSON_CreateObject());
    json_put_int(params, "protocol", RPC_PROTOCOL);
    json_put_str(params, "client", client);
    json_put_str(params, "lang", lang_name(lang_of_environment()));
    link_send(l, &l->out, "hello", params, on_hello, l);
    cJSON_Delete(params);
    return l;
}

void link_close(struct link *l)
{
    if (!l)
        return;
    for (struct pending *p = l->pending, *next; p; p = next) {
        next = p->next;
        free(p);
    }
    if (l->fd >= 0)
        close(l->fd);
    if (l->child > 0) {
        kill(l->child, SIGTERM);
        waitpid(l->child, NULL, 0);
    }
    rpc_reader_release(&l->reader);
    buf_wipe(&l->out);
    buf_wipe(&l->held);
    cJSON_Delete(l->hello);
    free(l->spoken);
    free(l);
}

enum link_state link_state(const struct link *l)
{
    return l->state;
}
const struct err *link_error(const struct link *l)
{
    return &l->why;
}
bool link_refused(const struct link *l)
{
    return l->refused;
}
void link_abandon(struct link *l, const struct err *why)
{
    link_lose(l, why);
}
const cJSON *link_hello(const struct link *l)
{
    return l->hello;
}
const char *link_spoken(const struct link *l)
{
    return l->spoken;
}
int link_fd(const struct link *l)
{
    return l->fd;
}
short link_events(const struct link *l)
{
    return (short)(POLLIN | (l->out.len ? POLLOUT : 0));
}

static void link_line(struct link *l, const char *line, size_t n)
{
    struct rpc_msg m = {0};
    struct err err;
    l->taken++;
    if (rpc_parse(&m, line, n, &err) != 0) {
        err_prefix(&err, "the relay sent something odd");
        link_lose(l, &err);
        return;
    }
    if (m.method) {
        if (l->notify)
            l->notify(l->notify_arg, m.method, m.params);
    } else if (m.id) {
        int64_t id = (int64_t)m.id->valuedouble;
        struct pending **at = &l->pending;
        while (*at && (*at)->id != id)
            at = &(*at)->next;
        struct pending *p = *at;
        if (p) {
            *at = p->next;
            if (m.error)
                rpc_error_get(m.error, &err);
            if (l->verbose)
                trace("<", m.error ? "error" : "ok",
                    m.error     ? m.error
                    : p->secret ? NULL
                                : m.result);
            l->message = m.tree;
            if (p->answer)
                p->answer(p->arg, m.error ? NULL : m.result, m.error ? &err : NULL);
            free(p);
        }
    }
    rpc_msg_release(&m);
}

static void link_read(struct link *l)
{
    char bytes[65536];
    for (;;) {
        ssize_t n = read(l->fd, bytes, sizeof bytes);
        struct err err;
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0) {
            err_set(&err, ERR_UNREACHABLE, "the relay at '%s' closed the connection", l->spoken);
            if (l->state == LINK_CONNECTING && l->child > 0) {
                err_set(&err, ERR_UNREACHABLE, "cannot reach the relay at '%s'", l->spoken);
                err_hint(&err, "does `ssh %s` work, and is crs installed there?", l->spoken);
            }
            link_lose(l, &err);
            return;
        }
        if (rpc_reader_feed(&l->reader, bytes, (size_t)n, &err) != 0) {
            link_lose(l, &err);
            return;
        }
        char *line;
        size_t len;
        while (l->state != LINK_LOST && (line = rpc_reader_line(&l->reader, &len)))
            link_line(l, line, len);
        if (l->state == LINK_LOST)
            return;
    }
}

int link_pump(struct link *l)
{
    while (l->state != LINK_LOST && l->out.len) {
        ssize_t n = send(l->fd, l->out.data, l->out.len, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (n < 0)
            break; /* what the peer said before it closed is read below */
        buf_drop(&l->out, (size_t)n);
    }
    if (l->state != LINK_LOST)
        link_read(l);
    return l->state == LINK_LOST ? -1 : 0;
}

int64_t link_call(
    struct link *l, const char *method, const cJSON *params, link_answer *f, void *arg)
{
    if (l->state == LINK_LOST) {
        if (f)
            f(arg, NULL, &l->why);
        return 0;
    }
    return link_send(l, l->state == LINK_READY ? &l->out : &l->held, method, params, f, arg);
}

void link_forget(struct link *l, int64_t id)
{
    for (struct pending *p = l->pending; p; p = p->next)
        if (p->id == id)
            p->answer = NULL;
}

void link_on_notify(struct link *l, void (*f)(void *, const char *, const cJSON *), void *arg)
{
    l->notify = f;
    l->notify_arg = arg;
}

int link_poll(struct link *l, int64_t ms)
{
    struct pollfd p = {.fd = l->fd};
    uint64_t before = l->taken;
    if (link_pump(l) != 0)
        return -1;
    /* What was waited for may be among what has come: then there is nothing to wait for any more.
     */
    if (l->taken != before)
        return 0;
    p.events = link_events(l);
    if (poll(&p, 1, ms > INT32_MAX ? INT32_MAX : (int)ms) < 0)
        return 0;
    return link_pump(l);
}

struct wait {
    struct link *l;
    bool done;
    cJSON *result;
    struct err err;
};

static void on_waited(void *arg, const cJSON *result, const struct err *failure)
{
    struct wait *w = arg;
    w->done = true;
    if (failure)
        w->err = *failure;
    else
        w->result = result ? cJSON_DetachItemViaPointer(w->l->message,
                                 (cJSON *)(uintptr_t)result) /* a long list is not copied */
                           : xcheck(cJSON_CreateNull());
}

cJSON *link_wait(
    struct link *l, const char *method, const cJSON *params, int64_t timeout_ms, struct err *err)
{
    struct wait w = {.l = l};
    int64_t end = timeout_ms ? clock_mono() + timeout_ms : 0;
    int64_t id = link_call(l, method, params, on_waited, &w);
    while (!w.done) {
        int64_t left = end ? end - clock_mono() : 1000;
        if (end && left <= 0) {
            link_forget(l, id);
            err_set(err, ERR_TIMEOUT, "'%s' took longer than %.1f s", method,
                (double)timeout_ms / 1000.0);
            err_hint(err, "it may still happen; wait longer with --timeout");
            return NULL;
        }
        link_poll(l, left);
    }
    if (!w.result && err)
        *err = w.err;
    return w.result;
}

struct link *link_connect(
    const struct host *h, const char *client, bool verbose, int64_t wait_ms, struct err *err)
{
    int64_t end = clock_mono() + wait_ms;
    for (;;) {
        struct link *l = link_open(h, client, verbose);
        int64_t give_up =
            h->ssh ? INT64_MAX : clock_mono() + HELLO_MS; /* ssh may ask for a password */
        while (l->state == LINK_CONNECTING && clock_mono() < give_up)
            link_poll(l, MS_SECOND);
        if (l->state == LINK_CONNECTING) {
            struct err why;
            err_set(&why, ERR_UNREACHABLE, "the relay at '%s' does not answer", l->spoken);
            err_hint(&why, "is it stuck? journalctl -u crs-relay");
            link_lose(l, &why);
            end = 0;
        }
        if (l->state == LINK_READY)
            return l;
        if (err)
            *err = l->why;
        bool again = l->why.code == ERR_UNREACHABLE && !h->ssh && clock_mono() < end;
        link_close(l);
        if (!again)
            return NULL;
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
    }
}
