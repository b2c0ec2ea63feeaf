/* dial-stdio: the other end of ssh, a bridge between the standard streams and the socket; top: the
 * dashboard. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/alloc.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/crs_int.h"

#define ROOM 65536

/* One direction: read when the room is empty, written as the other side takes it. */
struct half {
    int from, to;
    char *bytes;
    size_t n, at;
    bool ended; /* nothing more comes from `from` */
};

/* -1: the way is broken. */
static int half_read(struct half *h)
{
    ssize_t n = read(h->from, h->bytes, ROOM);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : -1;
    h->ended = n == 0;
    h->n = (size_t)n;
    h->at = 0;
    return 0;
}

static int half_write(struct half *h)
{
    ssize_t n = write(h->to, h->bytes + h->at, h->n - h->at);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : -1;
    h->at += (size_t)n;
    if (h->at == h->n)
        h->at = h->n = 0;
    return 0;
}

static int half_move(struct half *h, short from, short to)
{
    if (h->n)
        return to & (POLLOUT | POLLERR | POLLHUP) ? half_write(h) : 0;
    return from & (POLLIN | POLLHUP | POLLERR) && !h->ended ? half_read(h) : 0;
}

/* Until the relay has closed, or nobody reads its words any more. */
static void bridge(int socket_fd)
{
    struct half up = {STDIN_FILENO, socket_fd, xmalloc(ROOM), 0, 0, false};
    struct half down = {socket_fd, STDOUT_FILENO, xmalloc(ROOM), 0, 0, false};
    bool shut = false;
    while (!(down.ended && down.n == 0)) {
        struct pollfd p[4] = {
            {.fd = up.n || up.ended ? -1 : up.from, .events = POLLIN},
            {.fd = up.n ? up.to : -1, .events = POLLOUT},
            {.fd = down.n || down.ended ? -1 : down.from, .events = POLLIN},
            {.fd = down.n ? down.to : -1, .events = POLLOUT},
        };
        if (poll(p, 4, -1) < 0 && errno != EINTR)
            break;
        if (half_move(&up, p[0].revents, p[1].revents) < 0 ||
            half_move(&down, p[2].revents, p[3].revents) < 0)
            break;
        if (up.ended && up.n == 0 && !shut)
            shut = shutdown(socket_fd, SHUT_WR) == 0;
    }
    free(up.bytes);
    free(down.bytes);
}

int run_dial_stdio(struct crs *c, struct err *err)
{
    const char *path = own_text(c, "path");
    struct host h;
    if (host_find(path ? path : crs_text(c, "host"), &h, err) < 0)
        return -1;
    int fd = -1;
    if (h.ssh)
        err_set(err, ERR_USAGE, _("dial-stdio is for a relay on this machine"));
    else
        fd = link_socket(&h, err);
    host_release(&h);
    if (fd < 0)
        return -1;
    bridge(fd);
    close(fd);
    return 0;
}

/* crs-tui beside this program, if it is there, else wherever the shell would find it. */
static char *dashboard(void)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = 0;
    char *slash = strrchr(self, '/');
    if (slash) {
        slash[1] = 0;
        char *beside = xasprintf("%scrs-tui", self);
        if (access(beside, X_OK) == 0)
            return beside;
        free(beside);
    }
    return xstrdup("crs-tui");
}

int run_top(struct crs *c, struct err *err)
{
    const char *host = crs_text(c, "host");
    char *program = dashboard();
    char *argv[6];
    size_t n = 0;
    argv[n++] = program;
    if (host) {
        argv[n++] = (char[]){"-H"};
        argv[n++] = (char *)(uintptr_t)host;
    }
    if (c->term.accessible)
        argv[n++] = (char[]){"--accessible"};
    argv[n] = NULL;
    execvp(program, argv);
    err_set(err, ERR_FAILED, _("cannot start crs-tui: %s"), _(strerror(errno)));
    free(program);
    return err_hint(err, _("is it installed?"));
}
