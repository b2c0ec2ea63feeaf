/* Makes the byte stream: a connected Unix socket, or a socket pair with ssh at its other end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "tui/link/link_int.h"
#include "common/i18n.h"

static int dial_unix(const struct host *h, struct err *err)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    if (strlen(h->path) >= sizeof sun.sun_path)
        return err_set(err, ERR_USAGE, "socket path '%s' is too long", h->path);
    strncpy(sun.sun_path, h->path, sizeof sun.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_set(err, ERR_UNREACHABLE, "cannot make a socket: %s", _(strerror(errno)));
    /* A Unix socket connects at once or fails; made non-blocking afterwards. */
    if (connect(fd, (struct sockaddr *)&sun, sizeof sun) != 0) {
        int why = errno;
        close(fd);
        if (why == EACCES || why == EPERM) {
            err_set(err, ERR_DENIED, "not allowed to open the relay's socket '%s'", h->path);
            return err_hint(err, "use sudo, or ask for membership of group crs");
        }
        err_set(
            err, ERR_UNREACHABLE, "cannot reach the relay at '%s': %s", h->path, _(strerror(why)));
        return err_hint(
            err, "is it running? systemctl status crs-relay; another place: -H or CRS_HOST");
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

static void child_exec(char **argv, int fd)
{
    dup2(fd, STDIN_FILENO);
    dup2(fd, STDOUT_FILENO);
    /* A Ctrl-C at the terminal is for us; ssh ends when its input does. */
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_DFL);
    execvp(argv[0], argv);
    _exit(127);
}

static int dial_ssh(const struct host *h, pid_t *child, struct err *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return err_set(err, ERR_UNREACHABLE, "cannot make a socket: %s", _(strerror(errno)));
    char **argv = host_ssh_argv(h);
    *child = fork();
    if (*child == 0)
        child_exec(argv, pair[1]);
    argv_free(argv);
    close(pair[1]);
    if (*child < 0) {
        close(pair[0]);
        return err_set(err, ERR_UNREACHABLE, "cannot start ssh: %s", _(strerror(errno)));
    }
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    return pair[0];
}

int link_dial(const struct host *h, pid_t *child, struct err *err)
{
    *child = 0;
    return h->ssh ? dial_ssh(h, child, err) : dial_unix(h, err);
}

int link_socket(const struct host *h, struct err *err)
{
    return dial_unix(h, err);
}
