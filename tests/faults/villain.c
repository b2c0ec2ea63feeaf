/* An upstream that says what the test tells it to, byte by byte. */
#include "tests/faults/faults.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct villain {
    int listener, port;
    pthread_t thread;
    pthread_mutex_t lock;
    villain_says *says;
    void *arg;
    atomic_long requests, connections, open;
    atomic_bool stopping;
};
struct visit {
    struct villain *villain;
    int fd;
};

const char villain_start_events[] =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    "a8\r\nevent: message_start\ndata: "
    "{\"type\":\"message_start\",\"message\":{\"id\":\"m1\",\"model\":"
    "\"claude-haiku-4-5\",\"usage\":{\"input_tokens\":11,\"output_tokens\":1,\"pad\":"
    "\"0123456789a\"}}}\n\n"
    "\r\n"
    "75\r\nevent: content_block_start\ndata: "
    "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":"
    "{\"type\":\"text\",\"text\":\"\"}}\n\n"
    "\r\n";

bool villain_write(const struct villain_call *c, const char *p, size_t n)
{
    while (n > 0) {
        struct pollfd w = {.fd = c->fd, .events = POLLOUT};
        if (atomic_load(&c->villain->stopping))
            return false;
        if (poll(&w, 1, 50) <= 0)
            continue;
        ssize_t m = send(c->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (m < 0 && errno == EAGAIN)
            continue;
        if (m < 0)
            return false;
        p += m;
        n -= (size_t)m;
    }
    return true;
}

bool villain_text(const struct villain_call *c, const char *text)
{
    return villain_write(c, text, strlen(text));
}

void villain_wait_gone(const struct villain_call *c)
{
    char part[4096];

    while (!atomic_load(&c->villain->stopping)) {
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        if (poll(&p, 1, 50) > 0 && recv(c->fd, part, sizeof part, 0) <= 0)
            return;
    }
}

/* More bytes of the request into b; false: none will come. */
static bool read_more(const struct visit *v, char **b, size_t *n)
{
    while (!atomic_load(&v->villain->stopping)) {
        struct pollfd p = {.fd = v->fd, .events = POLLIN};
        if (poll(&p, 1, 50) <= 0)
            continue;
        char *more = realloc(*b, *n + 65537);
        if (!more)
            abort();
        *b = more;
        ssize_t m = recv(v->fd, *b + *n, 65536, 0);
        if (m <= 0)
            return false;
        *n += (size_t)m;
        (*b)[*n] = 0;
        return true;
    }
    return false;
}

static bool read_request(const struct visit *v)
{
    char *b = NULL, *end = NULL;
    size_t n = 0, want = 0;
    bool whole = false;

    while (!whole && read_more(v, &b, &n)) {
        if (!end && (end = strstr(b, "\r\n\r\n"))) {
            const char *length = strcasestr(b, "content-length:");
            want = (size_t)(end + 4 - b) + (length ? strtoul(length + 15, NULL, 10) : 0);
        }
        whole = end && n >= want;
    }
    free(b);
    return whole;
}

static void *visit_run(void *arg)
{
    struct visit *visit = arg;
    struct villain *v = visit->villain;

    while (read_request(visit)) {
        struct villain_call c = {.fd = visit->fd, .villain = v};
        c.number = atomic_fetch_add(&v->requests, 1) + 1;
        pthread_mutex_lock(&v->lock);
        villain_says *says = v->says;
        c.arg = v->arg;
        pthread_mutex_unlock(&v->lock);
        if (!says(&c))
            break;
    }
    close(visit->fd);
    free(visit);
    atomic_fetch_sub(&v->open, 1);
    return NULL;
}

static void *villain_run(void *arg)
{
    struct villain *v = arg;

    while (!atomic_load(&v->stopping)) {
        struct pollfd p = {.fd = v->listener, .events = POLLIN};
        if (poll(&p, 1, 20) <= 0)
            continue;
        int fd = accept(v->listener, NULL, NULL);
        if (fd < 0)
            continue;
        struct visit *visit = malloc(sizeof *visit);
        pthread_t t;
        if (!visit)
            abort();
        *visit = (struct visit){.villain = v, .fd = fd};
        atomic_fetch_add(&v->connections, 1);
        atomic_fetch_add(&v->open, 1);
        MUST(pthread_create(&t, NULL, visit_run, visit) == 0, "thread");
        pthread_detach(t);
    }
    return NULL;
}

struct villain *villain_start(villain_says *says, void *arg)
{
    struct villain *v = calloc(1, sizeof *v);
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t n = sizeof a;

    MUST(v, "memory");
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(bind(v->listener, (struct sockaddr *)&a, n) == 0 && listen(v->listener, 1024) == 0 &&
             getsockname(v->listener, (struct sockaddr *)&a, &n) == 0,
        "%s", strerror(errno));
    v->port = ntohs(a.sin_port);
    pthread_mutex_init(&v->lock, NULL);
    villain_set(v, says, arg);
    MUST(pthread_create(&v->thread, NULL, villain_run, v) == 0, "thread");
    return v;
}

void villain_set(struct villain *v, villain_says *says, void *arg)
{
    pthread_mutex_lock(&v->lock);
    v->says = says;
    v->arg = arg;
    pthread_mutex_unlock(&v->lock);
}

void villain_stop(struct villain *v)
{
    atomic_store(&v->stopping, true);
    pthread_join(v->thread, NULL);
    villain_wait_open(v, 0, 5000);
    close(v->listener);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

int villain_port(const struct villain *v)
{
    return v->port;
}

long villain_requests(const struct villain *v)
{
    return atomic_load(&v->requests);
}

long villain_connections(const struct villain *v)
{
    return atomic_load(&v->connections);
}

long villain_open(const struct villain *v)
{
    return atomic_load(&v->open);
}

void villain_wait_open(const struct villain *v, long n, int64_t ms)
{
    int64_t end = mono_ms() + ms;

    while (villain_open(v) != n) {
        MUST(mono_ms() < end, "%ld connections are open after %lld ms, not %ld", villain_open(v),
            (long long)ms, n);
        poll(NULL, 0, 2);
    }
}

void villain_wait_requests(const struct villain *v, long n, int64_t ms)
{
    int64_t end = mono_ms() + ms;

    while (villain_requests(v) < n) {
        MUST(mono_ms() < end, "%ld requests came in %lld ms, not %ld", villain_requests(v),
            (long long)ms, n);
        poll(NULL, 0, 2);
    }
}

void villain_account(struct rig *r, const struct villain *v, const char *name, const char *key)
{
    rig_do(r, "account.add",
        "{\"kind\":\"claude-console\",\"name\":\"%s\",\"key\":\"%s\",\"url\":\"http://"
        "127.0.0.1:%d\"}",
        name, key, v->port);
}

struct villain *villain_rig(struct rig *r, const char *settings)
{
    struct villain *v = villain_start(NULL, NULL);

    rig_start(r, settings);
    villain_account(r, v, "console", VILLAIN_KEY);
    rig_key(r, "ci", "");
    return v;
}

void villain_end(struct rig *r, struct villain *v)
{
    rig_idle(r);
    rig_stop(r);
    villain_stop(v);
}

/* What it did is no reason to wait for the account in the next test. */
void villain_forgive(struct rig *r)
{
    rig_do(r, "account.reset", "{\"names\":[\"console\"]}");
}

bool villain_says_text(const struct villain_call *c)
{
    villain_text(c, c->arg);
    return false;
}

bool villain_says_good(const struct villain_call *c)
{
    villain_text(c, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
                    "content-length: 100\r\n\r\n"
                    "{\"id\":\"m1\",\"type\":\"message\",\"model\":\"claude-haiku-4-5\",\"usage\":{"
                    "\"input_tokens\":3,\"output_tokens\":2}}");
    return false;
}

void villain_serves(struct rig *r, struct villain *v)
{
    struct answer a;

    villain_forgive(r);
    villain_set(v, villain_says_good, NULL);
    messages(r, false, "", &a);
    MUST(a.status == 200 && a.ended, "%d %s", a.status, a.body);
    answer_release(&a);
}

int dead_port(void)
{
    struct villain *v = villain_start(villain_says_good, NULL);
    int port = villain_port(v);

    villain_stop(v);
    return port;
}
