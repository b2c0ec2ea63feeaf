/* The clients of a load test. */
#include "tests/load/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/flow/rig_int.h"

struct crowd;

struct client {
    struct crowd *crowd;
    int fd;
    struct event *io, *leave;
    struct shot shot;
    size_t sent;
    struct answer answer;
    size_t seen_body, events; /* events counted so far, and in how much of the body */
    int64_t since;
    bool busy, kept; /* kept: the connection has served before */
};

struct crowd {
    const struct load *load;
    struct event_base *base;
    struct event *tick;
    struct client *v;
    int running;
    int64_t limit;
};

static void client_turn(struct client *c);

static void client_close(struct client *c)
{
    if (c->fd < 0)
        return;
    event_free(c->io);
    c->io = NULL;
    if (c->shot.reset) {
        struct linger hard = {.l_onoff = 1};
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    close(c->fd);
    c->fd = -1;
}

static void client_land(struct client *c, bool left, bool lost)
{
    struct landing l = {
        .shot = &c->shot,
        .answer = &c->answer,
        .left = left,
        .lost = lost,
        .ms = (long)(mono_ms() - c->since),
    };

    c->busy = false;
    evtimer_del(c->leave);
    if (left || lost || c->answer.closes)
        client_close(c);
    c->kept = c->fd >= 0;
    c->crowd->load->landed(c->crowd->load->arg, &l);
    free(c->shot.text);
    memset(&c->shot, 0, sizeof c->shot);
    answer_release(&c->answer);
}

static void count_events(struct client *c)
{
    const char *p = c->answer.body + c->seen_body;

    for (const char *q; (q = strstr(p, "\n\n")); p = q + 2)
        c->events++;
    c->seen_body = (size_t)(p - c->answer.body);
}

static void client_read(struct client *c)
{
    char part[16384];
    ssize_t n = recv(c->fd, part, sizeof part, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        answer_closed(&c->answer);
        client_land(c, false, !c->answer.ended);
        client_turn(c);
        return;
    }
    answer_feed(&c->answer, part, (size_t)n);
    count_events(c);
    if (c->answer.bad)
        client_land(c, false, true);
    else if (c->shot.leave_events > 0 && c->events >= (size_t)c->shot.leave_events)
        client_land(c, true, false);
    else if (c->answer.ended)
        client_land(c, false, false);
    if (!c->busy)
        client_turn(c);
}

static void on_io(evutil_socket_t fd, short what, void *arg);

static void client_watch(struct client *c, short what)
{
    if (c->io)
        event_free(c->io);
    c->io = event_new(c->crowd->base, c->fd, (short)(what | EV_PERSIST), on_io, c);
    event_add(c->io, NULL);
}

static void client_write(struct client *c)
{
    size_t n = strlen(c->shot.text) - c->sent;
    ssize_t m = send(c->fd, c->shot.text + c->sent, n, MSG_NOSIGNAL);

    if (m < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (m < 0) {
        client_land(c, false, true);
        client_turn(c);
        return;
    }
    c->sent += (size_t)m;
    if (c->sent < strlen(c->shot.text))
        return;
    if (c->shot.leave_events == 0) {
        client_land(c, true, false);
        client_turn(c);
        return;
    }
    if (c->shot.leave_ms >= 0) {
        struct timeval tv = {c->shot.leave_ms / 1000, c->shot.leave_ms % 1000 * 1000};
        evtimer_add(c->leave, &tv);
    }
    client_watch(c, EV_READ);
}

static void on_io(evutil_socket_t fd, short what, void *arg)
{
    struct client *c = arg;

    (void)fd;
    if (!c->busy) { /* a kept connection that the other side closes */
        client_close(c);
        client_turn(c);
    } else if (what & EV_WRITE) {
        client_write(c);
    } else {
        client_read(c);
    }
}

static void on_leave(evutil_socket_t fd, short what, void *arg)
{
    struct client *c = arg;

    (void)fd;
    (void)what;
    if (c->busy)
        client_land(c, true, false);
    client_turn(c);
}

static void client_connect(struct client *c)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)c->crowd->load->port)};

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    MUST(c->fd >= 0, "socket: %s", strerror(errno));
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) {
        close(c->fd);
        c->fd = -1;
    }
}

/* Takes the next request, unless one is under way. */
static void client_turn(struct client *c)
{
    struct crowd *crowd = c->crowd;
    bool stopped = crowd->load->stop && *crowd->load->stop;

    if (c->busy)
        return;
    c->shot = (struct shot){.leave_events = -1, .leave_ms = -1};
    if (stopped || !crowd->load->next(crowd->load->arg, &c->shot)) {
        client_close(c);
        if (--crowd->running == 0)
            event_base_loopbreak(crowd->base);
        return;
    }
    answer_init(&c->answer);
    c->sent = c->seen_body = c->events = 0;
    c->since = mono_ms();
    c->busy = true;
    if (c->fd < 0)
        client_connect(c);
    if (c->fd < 0) {
        client_land(c, false, true);
        event_active(c->leave, EV_TIMEOUT, 0);
        return;
    }
    client_watch(c, EV_WRITE);
}

/* Once in a while: is it to stop, is the time over? */
static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct crowd *crowd = arg;

    (void)fd;
    (void)what;
    MUST(mono_ms() < crowd->limit, "%d clients are not through in time", crowd->running);
    if (!crowd->load->stop || !*crowd->load->stop)
        return;
    for (int i = 0; i < crowd->load->clients; i++) {
        if (!crowd->v[i].busy)
            continue;
        client_land(&crowd->v[i], false, true);
        client_turn(&crowd->v[i]);
    }
}

void load_run(const struct load *l, int limit_s)
{
    struct crowd crowd = {.load = l, .limit = mono_ms() + limit_s * 1000};
    const struct timeval often = {.tv_usec = 20000};

    crowd.base = event_base_new();
    crowd.v = calloc((size_t)l->clients, sizeof *crowd.v);
    MUST(crowd.base && crowd.v, "memory");
    crowd.running = l->clients;
    crowd.tick = event_new(crowd.base, -1, EV_PERSIST, on_tick, &crowd);
    event_add(crowd.tick, &often);
    for (int i = 0; i < l->clients; i++) {
        struct client *c = &crowd.v[i];
        c->crowd = &crowd;
        c->fd = -1;
        c->leave = evtimer_new(crowd.base, on_leave, c);
    }
    for (int i = 0; i < l->clients; i++)
        client_turn(&crowd.v[i]);
    if (crowd.running)
        event_base_dispatch(crowd.base);
    for (int i = 0; i < l->clients; i++)
        event_free(crowd.v[i].leave);
    event_free(crowd.tick);
    event_base_free(crowd.base);
    free(crowd.v);
}

/* xorshift: enough to spread choices, and the same in every run. */
unsigned long load_random(unsigned long *state, unsigned long below)
{
    unsigned long x = *state ? *state : 88172645463325252ul;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    *state = x;
    return below ? x % below : 0;
}

char *load_messages(const char *secret, const char *model, bool stream, const char *session,
    const char *directive, long number)
{
    char user[256] = "";

    if (*session)
        snprintf(user, sizeof user,
            ",\"metadata\":{\"user_id\":\"{\\\"device_id\\\":\\\"d\\\",\\\"account_uuid\\\":"
            "\\\"\\\","
            "\\\"session_id\\\":\\\"%s\\\"}\"}",
            session);
    char *body =
        text_of("{\"model\":\"%s\",\"max_tokens\":64,\"stream\":%s,\"messages\":[{\"role\":"
                "\"user\",\"content\":\"request %ld [[fake: %s]]\"}]%s}",
            model, stream ? "true" : "false", number, directive, user);
    char *fields = text_of("x-api-key: %s\r\nanthropic-version: 2023-06-01\r\n"
                           "content-type: application/json\r\n",
        secret);
    char *text = ask_text("POST", "/api/v1/messages", fields, body);

    free(fields);
    free(body);
    return text;
}

char *load_openai(const char *secret, const char *model, bool responses, bool stream,
    const char *directive, long number)
{
    char *text =
        text_of("{\"role\":\"user\",\"content\":\"request %ld [[fake: %s]]\"}", number, directive);
    char *body =
        text_of("{\"model\":\"%s\",\"stream\":%s%s,\"%s\":[%s]}", model, stream ? "true" : "false",
            stream && !responses ? ",\"stream_options\":{\"include_usage\":true}" : "",
            responses ? "input" : "messages", text);
    char *fields =
        text_of("authorization: Bearer %s\r\ncontent-type: application/json\r\n", secret);
    char *all = ask_text(
        "POST", responses ? "/openai/v1/responses" : "/openai/v1/chat/completions", fields, body);

    free(text);
    free(fields);
    free(body);
    return all;
}

bool load_over(const struct answer *a)
{
    return answer_has(a, "event: message_stop") || answer_has(a, "event: response.completed") ||
           answer_has(a, "data: [DONE]");
}
