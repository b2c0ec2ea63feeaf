/* The Unix socket: one listener, and a client for each connection, bounded in number, in the length
 * and time of a line, and in what waits for a slow reader. */
#include "control/control_int.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/log.h"
#include "common/alloc.h"
#include "common/path.h"

#define WRITE_S 30 /* a reader that takes nothing for so long is cut */
#define READ_CHUNK 65536
#define CUT_MAX (4 * BACKLOG_MAX)

struct client {
    struct peer peer;
    struct door *door;
    struct bufferevent *bev;
    struct rpc_reader reader;
    struct event *half; /* runs while a line has begun and not ended */
    bool finishing;     /* nothing more is read; closes when all is written */
    bool cut;           /* of what it did not read some is gone */
    bool paused;        /* its output is over the bound: nothing more is read till it has fallen */
};
struct door {
    struct control *c;
    size_t n_clients;
    struct event *ev;
    int fd;
    char *path;
    ino_t inode;
};

static struct client *client_of(const struct peer *p)
{
    return (struct client *)(void *)((char *)(uintptr_t)p - offsetof(struct client, peer));
}

static void client_close(struct client *k)
{
    k->door->n_clients--;
    peer_release(&k->peer);
    bufferevent_free(k->bev);
    event_free(k->half);
    rpc_reader_release(&k->reader);
    free(k);
}

static size_t client_queued(const struct peer *p)
{
    return evbuffer_get_length(bufferevent_get_output(client_of(p)->bev));
}

/* The end comes in on_written, also when nothing is left to write. */
static void client_finish(struct peer *p)
{
    struct client *k = client_of(p);
    k->finishing = true;
    bufferevent_disable(k->bev, EV_READ);
    bufferevent_trigger(k->bev, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

static void client_pause(struct client *k)
{
    k->paused = true;
    bufferevent_disable(k->bev, EV_READ);
    event_del(k->half); /* it is we who do not read */
}

/* Over the bound no more calls are taken; but those under way may still answer, each at length, and
 * over CUT_MAX the rest is not kept. */
static void client_send(struct peer *p, const char *bytes, size_t n)
{
    struct client *k = client_of(p);
    if (k->cut)
        return;
    xcheck(evbuffer_add(bufferevent_get_output(k->bev), bytes, n) == 0 ? k : NULL);
    if (client_queued(p) > CUT_MAX) {
        log_line(LOG_WARN, AREA_CONTROL, NULL, "%s (%s) asks and does not read: cut off", p->who,
            p->from);
        k->cut = true;
        client_finish(p);
    } else if (client_queued(p) > BACKLOG_MAX && !k->paused) {
        client_pause(k);
    }
}

static const struct peer_ops client_ops = {client_send, client_queued, client_finish};

static void watch_half_line(struct client *k)
{
    if (k->reader.open == 0) {
        event_del(k->half);
    } else if (!event_pending(k->half, EV_TIMEOUT, NULL)) {
        struct timeval tv = {HALF_LINE_MS / 1000, HALF_LINE_MS % 1000 * 1000};
        event_add(k->half, &tv);
    }
}

static void end_with(struct client *k, enum err_code code, const char *text)
{
    struct err err;
    struct buf line = BUF_INIT;
    err_set(&err, code, "%s", text);
    rpc_put_error(&line, NULL, &err);
    peer_send(&k->peer, &line);
    buf_release(&line);
    client_finish(&k->peer);
}

static void take_lines(struct client *k)
{
    char *line;
    size_t n;
    bool began = false;
    while (!k->finishing && !k->paused && (line = rpc_reader_line(&k->reader, &n))) {
        began = true;
        if (n && peer_line(&k->peer, line, n) < 0)
            client_finish(&k->peer);
    }
    /* What is left now began after the last whole line. */
    if (began)
        event_del(k->half);
    if (!k->finishing && !k->paused)
        watch_half_line(k);
}

static void on_read(struct bufferevent *bev, void *arg)
{
    struct client *k = arg;
    struct evbuffer *in = bufferevent_get_input(bev);
    struct err err;
    while (evbuffer_get_length(in) && !k->finishing) {
        struct evbuffer_iovec v;
        if (evbuffer_peek(in, READ_CHUNK, NULL, &v, 1) < 1)
            break;
        int r = rpc_reader_feed(&k->reader, v.iov_base, v.iov_len, &err);
        memset(v.iov_base, 0, v.iov_len);
        evbuffer_drain(in, v.iov_len);
        if (r < 0) {
            end_with(k, ERR_PROTOCOL, err.text);
            return;
        }
        take_lines(k);
        if (k->paused)
            break;
    }
}

static void on_written(struct bufferevent *bev, void *arg)
{
    struct client *k = arg;
    size_t left = evbuffer_get_length(bufferevent_get_output(bev));
    if (k->finishing) {
        if (left == 0)
            client_close(k);
        return;
    }
    if (k->paused && left < BACKLOG_MAX / 4) {
        k->paused = false;
        bufferevent_enable(bev, EV_READ);
        take_lines(k);
        on_read(bev, k);
    }
    if (!k->finishing)
        follow_pump(&k->peer);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    (void)bev;
    struct client *k = arg;
    if (what & BEV_EVENT_TIMEOUT)
        log_line(LOG_WARN, AREA_CONTROL, NULL, "%s (%s) takes nothing: closed", k->peer.who,
            k->peer.from);
    client_close(k);
}

static void on_half(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    end_with(arg, ERR_TIMEOUT, "the rest of the line did not come in time");
}

static void client_open(struct door *d, int fd)
{
    struct client *k = xcalloc(1, sizeof *k);
    k->bev = xcheck(bufferevent_socket_new(d->c->p.base, fd, BEV_OPT_CLOSE_ON_FREE));
    k->half = xcheck(event_new(d->c->p.base, -1, 0, on_half, k));
    rpc_reader_init(&k->reader, RPC_LINE_MAX);
    k->door = d;
    d->n_clients++;
    const struct settings *s = settings_get(d->c->p.settings);
    peer_credentials(&k->peer, fd, s);
    settings_unref(s);
    peer_init(&k->peer, d->c, &client_ops);
    struct timeval write = {WRITE_S, 0};
    bufferevent_set_timeouts(k->bev, NULL, &write);
    /* Low: the callback comes while there is still something to write, so events flow on. */
    bufferevent_setwatermark(k->bev, EV_WRITE, BACKLOG_MAX / 64, 0);
    bufferevent_setwatermark(k->bev, EV_READ, 0, READ_CHUNK);
    bufferevent_setcb(k->bev, on_read, on_written, on_event, k);
    bufferevent_enable(k->bev, EV_READ | EV_WRITE);
    if (d->n_clients > CONNECTIONS_MAX)
        end_with(k, ERR_BUSY, "too many connections to the control socket");
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    struct door *d = arg;
    for (int i = 0; i < 16; i++) {
        int conn = accept4((int)fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (conn < 0)
            return;
        /* Those over the bound are told so, but not without a bound of their own. */
        if (d->n_clients >= CONNECTIONS_MAX + 8)
            close(conn);
        else
            client_open(d, conn);
    }
}

static int address(const char *path, struct sockaddr_un *a, struct err *err)
{
    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof a->sun_path)
        return err_set(err, ERR_USAGE, "path of the control socket is over %zu bytes: '%.200s'",
            sizeof a->sun_path - 1, path);
    memcpy(a->sun_path, path, strlen(path) + 1);
    return 0;
}

/* A socket file without a listener behind it is what a crash leaves. Anything else stays. */
static int remove_stale(const struct sockaddr_un *a, struct err *err)
{
    struct stat st;
    if (lstat(a->sun_path, &st) < 0)
        return 0;
    if (!S_ISSOCK(st.st_mode))
        return err_set(err, ERR_CONFLICT, "'%s' is there and is no socket", a->sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int r = fd < 0 ? -1 : connect(fd, (const struct sockaddr *)a, sizeof *a);
    bool refused = r < 0 && errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    if (!refused) {
        err_set(err, ERR_CONFLICT, "another relay listens on '%s'", a->sun_path);
        return err_hint(err, "stop it first (crs relay stop), or set another socket");
    }
    if (unlink(a->sun_path) < 0)
        return err_set(err, ERR_FAILED, "cannot remove the old socket '%s': %s", a->sun_path,
            _(strerror(errno)));
    return 0;
}

static void give_to_group(const char *path, const char *name)
{
    struct group g, *found = NULL;
    char space[4096];
    if (!name || !*name)
        return;
    if (getgrnam_r(name, &g, space, sizeof space, &found) != 0 || !found)
        log_line(LOG_INFO, AREA_CONTROL, NULL,
            "no group '%s': only the relay's own user and root may use the control socket", name);
    else if (chown(path, (uid_t)-1, g.gr_gid) < 0)
        log_line(LOG_WARN, AREA_CONTROL, NULL, "cannot give '%s' to group '%s': %s", path, name,
            _(strerror(errno)));
}

static int listen_at(struct control *c, const struct sockaddr_un *a, struct err *err)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_set(err, ERR_FAILED, "no control socket: %s", _(strerror(errno)));
    /* Closed to all until its group is set. */
    mode_t mask = umask(0177);
    int r = bind(fd, (const struct sockaddr *)a, sizeof *a);
    umask(mask);
    if (r == 0) {
        const struct settings *s = settings_get(c->p.settings);
        give_to_group(a->sun_path, s->v.socket_group);
        settings_unref(s);
        r = chmod(a->sun_path, 0660);
    }
    if (r == 0)
        r = listen(fd, 64);
    if (r == 0)
        return fd;
    err_set(err, ERR_FAILED, "cannot listen on '%s': %s", a->sun_path, _(strerror(errno)));
    close(fd);
    return -1;
}

static int make_directory(const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return 0;
    char *dir = xstrndup(path, (size_t)(slash - path));
    int r = path_mkdirs(dir, 0755, err);
    free(dir);
    return r;
}

struct door *door_open(struct control *c, const char *path, struct err *err)
{
    struct sockaddr_un a;
    if (address(path, &a, err) < 0 || make_directory(path, err) < 0 || remove_stale(&a, err) < 0)
        return NULL;
    int fd = listen_at(c, &a, err);
    if (fd < 0)
        return NULL;
    struct stat st = {0};
    stat(path, &st);
    struct door *d = xcalloc(1, sizeof *d);
    d->c = c;
    d->fd = fd;
    d->path = xstrdup(path);
    d->inode = st.st_ino;
    d->ev = xcheck(event_new(c->p.base, fd, EV_READ | EV_PERSIST, on_accept, d));
    event_add(d->ev, NULL);
    return d;
}

void door_close(struct door *d)
{
    if (!d)
        return;
    for (struct peer *p = d->c->peers, *next; p; p = next) {
        next = p->next;
        if (p->ops == &client_ops)
            client_close(client_of(p));
    }
    struct stat st;
    if (lstat(d->path, &st) == 0 && st.st_ino == d->inode)
        unlink(d->path);
    event_free(d->ev);
    close(d->fd);
    free(d->path);
    free(d);
}
