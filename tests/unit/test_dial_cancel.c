/* A connection that is given up while it is being made: its socket leaves the loop before it is
 * closed. Behind the close the number may be another thread's, in another loop. */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "upstream/upstream.h"

#define FILLERS 4

static struct {
    int added, too_late;
} seen;

/* libevent's calls come by here. */
int epoll_ctl(int epoll, int op, int fd, struct epoll_event *e)
{
    int rc = (int)syscall(SYS_epoll_ctl, epoll, op, fd, e);

    seen.added += op == EPOLL_CTL_ADD && rc == 0;
    seen.too_late += op == EPOLL_CTL_DEL && rc < 0 && (errno == EBADF || errno == ENOENT);
    return rc;
}

struct silent { /* a listener that takes no more: who connects waits */
    int fd, fillers[FILLERS];
    char origin[64];
};

static void silent_open(struct silent *s)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t n = sizeof a;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(s->fd, 0), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &n), 0);
    snprintf(s->origin, sizeof s->origin, "http://127.0.0.1:%d", ntohs(a.sin_port));
    for (int i = 0; i < FILLERS; i++) {
        s->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(s->fillers[i], (struct sockaddr *)&a, sizeof a);
    }
}

static void silent_close(struct silent *s)
{
    for (int i = 0; i < FILLERS; i++)
        close(s->fillers[i]);
    close(s->fd);
}

static void no_head(void *self, const struct h1_head *head)
{
    (void)self;
    (void)head;
    fail_msg("an answer from nobody");
}

static void no_body(void *self, const char *p, size_t n)
{
    (void)self;
    (void)p;
    (void)n;
}

static void no_end(void *self)
{
    (void)self;
}

static void no_fail(void *self, enum call_fault f, const char *text)
{
    (void)self;
    fail_msg("%s: %s", call_fault_name(f), text);
}

static void cancelled_while_connecting(void **state)
{
    static const struct call_ops ops = {no_head, no_body, no_end, no_fail};
    const struct upstream_options options = {.connect_ms = 60000};
    struct event_base *base = event_base_new();
    struct upstream *u = upstream_create(base, &options);
    struct silent silent;
    struct err err;

    (void)state;
    silent_open(&silent);
    memset(&seen, 0, sizeof seen);
    const struct call_request r = {
        .target = {.origin = silent.origin, .identity = "a"}, .method = "GET", .path = "/"};
    struct call *c = call_start(u, &r, &ops, NULL, &err);
    assert_non_null(c);
    while (!seen.added)
        event_base_loop(base, EVLOOP_ONCE);
    call_cancel(c);
    assert_int_equal(seen.too_late, 0);
    upstream_free(u);
    event_base_free(base);
    silent_close(&silent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cancelled_while_connecting)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
