/* Listening sockets from what people write: "127.0.0.1:3000", "[::1]:3000", "*:3000". */
#include "http/http_int.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/alloc.h"

#define BACKLOG 1024

/* Cuts "host:port" into two heap strings; host NULL means all addresses. */
static int listen_split(const char *where, char **host, char **port, struct err *err)
{
    const char *colon = strrchr(where, ':');
    size_t n = colon ? (size_t)(colon - where) : 0;

    if (!colon || !colon[1] || !n)
        return err_set(err, ERR_USAGE, "'%s' is no address with a port", where);
    *port = xstrdup(colon + 1);
    if (where[0] == '[' && where[n - 1] == ']')
        *host = xstrndup(where + 1, n - 2);
    else if (n == 1 && where[0] == '*')
        *host = NULL;
    else
        *host = xstrndup(where, n);
    return 0;
}

static int listen_on(const struct addrinfo *a)
{
    int on = 1, off = 0;
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    /* REUSEPORT: each worker accepts for itself, and a new process can take over before the old
     * one has ended. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0)
        goto fail;
    if (a->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
        goto fail;
    return fd;
fail:;
    int e = errno;
    close(fd);
    errno = e;
    return -1;
}

int listen_open(const char *where, struct err *err)
{
    struct addrinfo hints = {
        .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char *host = NULL, *port = NULL;
    int fd, rc;

    if (listen_split(where, &host, &port, err) < 0)
        return -1;
    /* "*" takes both families through one IPv6 socket where there is IPv6. */
    rc = getaddrinfo(host ? host : "::", port, &hints, &found);
    fd = rc == 0 ? listen_on(found) : -1;
    if (fd < 0 && rc == 0 && !host && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
        freeaddrinfo(found);
        found = NULL;
        rc = getaddrinfo("0.0.0.0", port, &hints, &found);
        fd = rc == 0 ? listen_on(found) : -1;
    }
    if (rc != 0)
        err_set(err, ERR_USAGE, "'%s' is no numeric address with a port", where);
    else if (fd < 0)
        err_set(err, ERR_FAILED, "cannot listen on '%s': %s", where, strerror(errno));
    if (found)
        freeaddrinfo(found);
    free(host);
    free(port);
    return fd;
}

char *listen_name(int fd)
{
    struct sockaddr_storage a;
    socklen_t n = sizeof a;
    char host[INET6_ADDRSTRLEN] = "?";

    if (getsockname(fd, (struct sockaddr *)&a, &n) < 0)
        return xstrdup("?");
    if (a.ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&a;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        return xasprintf("%s:%u", host, ntohs(in->sin_port));
    }
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&a;
    inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
    return xasprintf("[%s]:%u", host, ntohs(in6->sin6_port));
}
