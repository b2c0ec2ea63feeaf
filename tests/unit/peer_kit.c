/* See peer_kit.h. */
#include "peer_kit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void drop(struct peer_conn *c)
{
    struct peer_conn **at = &c->peer->conns;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    c->peer->open--;
    event_free(c->event);
    close(c->fd);
    buf_release(&c->in);
    free(c);
}

void peer_end(struct peer_conn *c)
{
    drop(c);
}

void peer_reset(struct peer_conn *c)
{
    struct linger cut = {1, 0};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &cut, sizeof cut);
    drop(c);
}

void peer_send(struct peer_conn *c, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t w = send(c->fd, p, n, MSG_NOSIGNAL);
        if (w <= 0)
            return; /* the test sees what is missing */
        p += w;
        n -= (size_t)w;
    }
}

void peer_say(struct peer_conn *c, const char *s)
{
    peer_send(c, s, strlen(s));
}

bool peer_request(struct peer_conn *c)
{
    char *end = strstr(c->in.data, "\r\n\r\n");
    if (!end)
        return false;
    size_t head = (size_t)(end + 4 - c->in.data), body = 0;
    const char *length = strstr(c->in.data, "Content-Length: ");
    if (length && length < end)
        body = strtoul(length + 16, NULL, 10);
    if (c->in.len < head + body)
        return false;
    buf_reset(&c->peer->seen);
    buf_add(&c->peer->seen, c->in.data, head + body);
    buf_drop(&c->in, head + body);
    c->peer->requests++;
    return true;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct peer_conn *c = arg;
    char bytes[65536];
    (void)what;
    ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        drop(c);
        return;
    }
    buf_add(&c->in, bytes, (size_t)n);
    c->peer->serve(c);
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
    struct peer *p = arg;
    (void)what;
    int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0)
        return;
    struct peer_conn *c = calloc(1, sizeof *c);
    c->peer = p;
    c->fd = client;
    c->number = ++p->accepted;
    buf_init(&c->in);
    c->next = p->conns;
    p->conns = c;
    p->open++;
    c->event = event_new(p->base, client, EV_READ | EV_PERSIST, on_readable, c);
    event_add(c->event, NULL);
}

void peer_open(struct peer *p, struct event_base *base, void (*serve)(struct peer_conn *c))
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    *p = (struct peer){.base = base, .serve = serve, .seen = BUF_INIT};
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(p->fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(p->fd, 64) != 0 ||
        getsockname(p->fd, (struct sockaddr *)&a, &n) != 0)
        abort();
    p->port = ntohs(a.sin_port);
    p->event = event_new(base, p->fd, EV_READ | EV_PERSIST, on_accept, p);
    event_add(p->event, NULL);
}

void peer_close(struct peer *p)
{
    while (p->conns)
        drop(p->conns);
    event_free(p->event);
    close(p->fd);
    buf_release(&p->seen);
}
