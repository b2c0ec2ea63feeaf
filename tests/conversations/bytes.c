/* A listener and its one thread. */
#include "tests/conversations/bytes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/alloc.h"
#include "tests/flow/rig_int.h"

struct bytes {
    int listener;
    pthread_t thread;
    pthread_mutex_t lock;
    struct buf wire, got;
    int count;
};

/* Whether a whole request is there, by its content-length (the relay sends no other framing). */
static bool whole(const struct buf *b)
{
    const char *end = memmem(b->data, b->len, "\r\n\r\n", 4);
    const char *length = end ? strcasestr(b->data, "\r\ncontent-length:") : NULL;
    size_t n = length && length < end ? strtoul(length + 17, NULL, 10) : 0;

    return end && b->len >= (size_t)(end + 4 - b->data) + n;
}

static void serve(struct bytes *b, int fd)
{
    struct buf request = BUF_INIT, wire = BUF_INIT;
    char part[16384];
    ssize_t n = 1;

    while (!whole(&request) && (n = recv(fd, part, sizeof part, 0)) > 0)
        buf_add(&request, part, (size_t)n);
    pthread_mutex_lock(&b->lock);
    if (n > 0) {
        buf_release(&b->got);
        b->got = request;
        buf_init(&request);
        b->count++;
    }
    buf_add(&wire, b->wire.data, b->wire.len);
    pthread_mutex_unlock(&b->lock);
    for (size_t at = 0; n > 0 && at < wire.len; at += (size_t)n)
        n = send(fd, wire.data + at, wire.len - at, MSG_NOSIGNAL);
    buf_release(&request);
    buf_release(&wire);
}

static void *run(void *arg)
{
    struct bytes *b = arg;
    int fd;

    while ((fd = accept(b->listener, NULL, NULL)) >= 0) {
        serve(b, fd);
        close(fd);
    }
    return NULL;
}

struct bytes *bytes_start(int *port)
{
    struct bytes *b = xcalloc(1, sizeof *b);
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t n = sizeof at;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    buf_init(&b->wire);
    buf_init(&b->got);
    pthread_mutex_init(&b->lock, NULL);
    b->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(b->listener >= 0 && bind(b->listener, (struct sockaddr *)&at, sizeof at) == 0 &&
             listen(b->listener, 16) == 0 &&
             getsockname(b->listener, (struct sockaddr *)&at, &n) == 0,
        "no port: %s", strerror(errno));
    *port = ntohs(at.sin_port);
    MUST(pthread_create(&b->thread, NULL, run, b) == 0, "no thread");
    return b;
}

void bytes_answer(struct bytes *b, const struct buf *wire)
{
    pthread_mutex_lock(&b->lock);
    buf_reset(&b->wire);
    buf_add(&b->wire, wire->data, wire->len);
    buf_reset(&b->got);
    b->count = 0;
    pthread_mutex_unlock(&b->lock);
}

int bytes_got(struct bytes *b, struct buf *out)
{
    pthread_mutex_lock(&b->lock);
    buf_add(out, b->got.data, b->got.len);
    int count = b->count;
    pthread_mutex_unlock(&b->lock);
    return count;
}

void bytes_stop(struct bytes *b)
{
    shutdown(b->listener, SHUT_RDWR); /* accept ends */
    pthread_join(b->thread, NULL);
    close(b->listener);
    buf_release(&b->wire);
    buf_release(&b->got);
    pthread_mutex_destroy(&b->lock);
    free(b);
}
