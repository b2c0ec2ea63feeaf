/* See control_client.h. */
#include "control_client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int dial(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0) {
        close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

void client_open(struct kit *k, struct line_client *c)
{
    *c = (struct line_client){.k = k, .fd = dial(k->socket)};
    assert_true(c->fd >= 0);
    rpc_reader_init(&c->r, RPC_ANSWER_MAX);
}

void client_close(struct line_client *c)
{
    close(c->fd);
    rpc_reader_release(&c->r);
}

void put(struct line_client *c, const char *bytes, size_t n)
{
    while (n) {
        ssize_t w = send(c->fd, bytes, n, MSG_NOSIGNAL);
        if (w < 0 && errno != EAGAIN)
            return; /* closed by the other side */
        if (w > 0) {
            bytes += w;
            n -= (size_t)w;
        }
        event_base_loop(c->k->base, EVLOOP_NONBLOCK);
    }
}

void puts_line(struct line_client *c, const char *line)
{
    put(c, line, strlen(line));
    put(c, "\n", 1);
}

bool readable(void *arg)
{
    struct line_client *c = arg;
    char bytes[65536];
    for (;;) {
        ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            c->closed = true;
        if (n <= 0)
            return c->closed || c->r.lines > 0;
        assert_int_equal(rpc_reader_feed(&c->r, bytes, (size_t)n, NULL), 0);
    }
}

cJSON *get(struct line_client *c)
{
    size_t n;
    if (c->r.lines == 0)
        kit_run_until(c->k, readable, c);
    char *line = rpc_reader_line(&c->r, &n);
    return line ? json_parse(line, n, NULL) : NULL;
}

bool is_closed(void *arg)
{
    struct line_client *c = arg;
    readable(c);
    return c->closed;
}

void greet(struct line_client *c)
{
    puts_line(c, "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"hello\",\"params\":{\"protocol\":1}}");
    cJSON *a = get(c);
    assert_non_null(json_at(a, "result"));
    cJSON_Delete(a);
}

void still_serves(struct kit *k)
{
    struct line_client c;
    client_open(k, &c);
    greet(&c);
    puts_line(&c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"system.status\"}");
    cJSON *a = get(&c);
    assert_non_null(json_at(a, "result.today"));
    cJSON_Delete(a);
    client_close(&c);
}
