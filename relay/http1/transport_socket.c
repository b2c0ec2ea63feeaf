/* Bytes over a plain socket. */
#include "http1/conn.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fd_of(void *self)
{
    return (int)(intptr_t)self;
}

static ssize_t socket_recv(void *self, void *p, size_t n)
{
    return recv(fd_of(self), p, n, 0);
}

static ssize_t socket_sendv(void *self, const struct iovec *iov, int n)
{
    struct msghdr m;
    memset(&m, 0, sizeof m);
    m.msg_iov = (struct iovec *)(uintptr_t)iov; /* sendmsg only reads it */
    m.msg_iovlen = (size_t)n;
    return sendmsg(fd_of(self), &m, MSG_NOSIGNAL);
}

static void socket_close(void *self)
{
    close(fd_of(self));
}

struct h1_transport h1_transport_socket(int fd)
{
    return (struct h1_transport){
        .recv = socket_recv,
        .sendv = socket_sendv,
        .close = socket_close,
        .self = (void *)(intptr_t)fd,
        .fd = fd,
    };
}
