/* Clients that nobody invited, and greedy ones: what they get, and what they cost. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/faults/faults.h"
#include "tests/flow/rig_int.h"

#define WRONG "x-api-key: cr_0000000000000000000000000000000000000000\r\n"

/* --- a body of a stranger --- */

#define HUGE_BODY (64u << 20)

static char *huge(const char *head, const char *unit, size_t *n)
{
    size_t h = strlen(head), m = HUGE_BODY / strlen(unit);
    char *body = raw_again(unit, m, n), *all = malloc(h + *n);

    MUST(all, "memory");
    memcpy(all, head, h);
    memcpy(all + h, body, *n);
    *n += h;
    free(body);
    return all;
}

static void stranger_body(struct rig *r)
{
    static const struct {
        const char *framing, *unit;
    } ways[] = {
        {"content-length: 67108864\r\n", "0123456789abcdef"},
        {"transfer-encoding: chunked\r\n", "1000\r\n"},
        {"content-length: 67108864\r\nexpect: 100-continue\r\n", "0123456789abcdef"},
    };

    faults_begin(r, NULL);
    faults_good(r);
    long before = relay_peak_kib(r);
    for (size_t i = 0; i < LEN(ways); i++) {
        char *head = text_of(
            "POST /api/v1/messages HTTP/1.1\r\nhost: a\r\n" WRONG "%s\r\n", ways[i].framing);
        size_t n;
        char *all = huge(head, ways[i].unit, &n), *answer = raw_talk(r->relay_port, all, n, NULL);
        MUST(raw_status(answer) == 401 && strstr(answer, "authentication_error"), "way %zu: '%s'",
            i, answer);
        free(answer);
        free(all);
        free(head);
    }
    long grown = relay_peak_kib(r) - before;
    printf("   64 MiB with a wrong key, three times: %ld KiB more at most\n", grown);
    MUST(!faults_exact() || grown < 4096, "%ld KiB", grown);
    MUST(faults_reached(r) == 1, "%lld", (long long)faults_reached(r));
    faults_good(r);
    rig_idle(r);
    rig_stop(r);
}

/* --- answers that must not be eaten by a reset --- */

/* The client writes all it has, then reads. */
static void write_then_read(struct rig *r, const char *text, size_t n, int status)
{
    struct answer a;
    int fd = ask_connect(r->relay_port);

    ask_send(fd, text, n);
    answer_init(&a);
    ask_read(fd, &a, 0);
    MUST(a.status == status && a.ended, "%d, not %d: %s", a.status, status, a.body);
    answer_release(&a);
    close(fd);
}

static void delivered(struct rig *r)
{
    size_t n, m;

    faults_begin(r, "[limits]\nmax_body = 256KiB\n");
    char *body = raw_again("a", 1000000, &n);
    char *text = text_of("POST /api/v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: %s\r\n"
                         "content-length: 1000000\r\n\r\n%s",
        r->secret, body);
    write_then_read(r, text, strlen(text), 413);
    free(text);
    char *chunk = text_of("400\r\n%.*s\r\n", 1024, body), *many = raw_again(chunk, 900, &m);
    /* The first chunk opens a string, so that the size is what is wrong, not the JSON. */
    text = text_of("POST /api/v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: %s\r\n"
                   "transfer-encoding: chunked\r\n\r\n6\r\n{\"a\":\"\r\n%s0\r\n\r\n",
        r->secret, many);
    write_then_read(r, text, strlen(text), 413);
    free(text);
    text = text_of("GET /health HTTP/1.1\r\nhost: a\r\nx-long: %.*s\r\n\r\n", 100000, body);
    write_then_read(r, text, strlen(text), 431);
    free(text);
    text = text_of("POST /api/v1/messages HTTP/1.1\r\nhost: a\r\n" WRONG
                   "content-length: 1000000\r\n\r\n%s",
        body);
    write_then_read(r, text, strlen(text), 401);
    free(text);
    free(body);
    free(chunk);
    free(many);
    MUST(faults_reached(r) == 0, "something reached the upstream");
    faults_good(r);
    rig_idle(r);
    rig_stop(r);
}

/* --- too slow
 * -------------------------------------------------------------------------------------
 */

#define SLOW 200

/* Trickles a byte of a head on each connection each quarter second until the relay has had enough.
 * The first half never sends a byte, the last ten stop in the middle of a body. */
static int slow_open(struct rig *r, int i)
{
    int fd = ask_connect(r->relay_port);
    char *text;

    if (i >= SLOW - 10) {
        text = text_of("POST /api/v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: %s\r\n"
                       "content-length: 1000\r\n\r\n{\"model\":",
            r->secret);
        ask_send(fd, text, strlen(text));
        free(text);
    }
    return fd;
}

static void slow_read(int fd, bool *open, long *told)
{
    char part[4096];
    ssize_t n = recv(fd, part, sizeof part - 1, MSG_DONTWAIT);

    if (n > 0) {
        part[n] = 0;
        *told += raw_status(part) == 408;
    } else if (n == 0 || errno != EAGAIN) {
        *open = false;
    }
}

static void slow(struct rig *r)
{
    static const char head[] =
        "GET /health HTTP/1.1\r\nhost: a\r\nx-slow: 0123456789012345678901234";
    int fds[SLOW];
    bool open[SLOW];
    long left = SLOW, told = 0;

    faults_begin(r, NULL);
    int64_t began = mono_ms();
    for (int i = 0; i < SLOW; i++) {
        fds[i] = slow_open(r, i);
        open[i] = true;
    }
    for (size_t turn = 0; left > 0; turn++) {
        MUST(mono_ms() - began < 25000, "%ld slow clients are still there", left);
        faults_good(r);
        poll(NULL, 0, 250);
        for (int i = 0; i < SLOW; i++) {
            if (!open[i])
                continue;
            if (i >= SLOW / 2 && i < SLOW - 10 && turn < sizeof head - 1)
                send(fds[i], head + turn, 1, MSG_NOSIGNAL);
            slow_read(fds[i], &open[i], &told);
            left -= !open[i];
        }
    }
    printf("   %d slow clients: gone after %lld ms, %ld were told 408\n", SLOW,
        (long long)(mono_ms() - began), told);
    MUST(told >= SLOW / 2, "only %ld were told", told);
    for (int i = 0; i < SLOW; i++)
        close(fds[i]);
    rig_idle(r);
    rig_stop(r);
}

/* --- many small pieces --- */

static void one_byte_chunks(struct rig *r)
{
    enum { N = 60000 };
    size_t n;
    struct answer a;

    faults_begin(r, NULL);
    faults_good(r);
    long before = relay_peak_kib(r);
    char *pad = raw_again("1\r\n \r\n", N, &n), *body = messages_body(true, "words=1");
    char *text = text_of("POST /api/v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: %s\r\n"
                         "transfer-encoding: chunked\r\n\r\n%s%zx\r\n%s\r\n0\r\n\r\n",
        r->secret, pad, strlen(body), body);
    int fd = ask_connect(r->relay_port);
    ask_send(fd, text, strlen(text));
    answer_init(&a);
    ask_read(fd, &a, 0);
    MUST(a.status == 200 && a.ended, "%d %s", a.status, a.body);
    answer_release(&a);
    close(fd);
    cJSON *all = rig_fake(r, "requests", NULL);
    MUST(number_at(all, "1.body_len") == (int64_t)(N + strlen(body)), "%lld",
        (long long)number_at(all, "1.body_len"));
    cJSON_Delete(all);
    printf("   60,000 chunks of a byte: %ld KiB more\n", relay_peak_kib(r) - before);
    MUST(!faults_exact() || relay_peak_kib(r) - before < 4096, "%ld KiB",
        relay_peak_kib(r) - before);
    free(text);
    free(pad);
    free(body);
    rig_idle(r);
    rig_stop(r);
}

/* Requests one behind the other, and a client that sends 20 MiB of them and reads nothing. */
static void pipelining(struct rig *r)
{
    static const char get[] = "GET /health HTTP/1.1\r\nhost: a\r\n\r\n";
    size_t n;
    char *answer, part[256];

    faults_begin(r, NULL);
    answer = raw_talk(r->relay_port,
        "GET /health HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n"
        "GET /none HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        strlen("GET /health HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n"
               "GET /none HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"),
        NULL);
    long count = 0;
    for (const char *p = answer; (p = strstr(p, "HTTP/1.1 ")); p++)
        count++;
    MUST(count == 3 && strstr(answer, "HTTP/1.1 404"), "%ld answers: %s", count, answer);
    free(answer);
    faults_good(r);
    long before = relay_peak_kib(r);
    char *many = raw_again(get, (20u << 20) / strlen(get), &n);
    int fd = ask_connect(r->relay_port);
    size_t sent = 0;
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    while (sent < n && poll(&p, 1, 2000) > 0) {
        ssize_t m = send(fd, many + sent, n - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (m < 0 && errno != EAGAIN)
            break;
        sent += m > 0 ? (size_t)m : 0;
    }
    faults_good(r);
    printf("   requests without a reader: %zu KiB taken, %ld KiB more memory\n", sent >> 10,
        relay_peak_kib(r) - before);
    MUST(sent < n, "all was taken");
    MUST(!faults_exact() || relay_peak_kib(r) - before < 4096, "%ld KiB",
        relay_peak_kib(r) - before);
    while (recv(fd, part, sizeof part, MSG_DONTWAIT) > 0)
        continue;
    close(fd);
    free(many);
    rig_idle(r);
    rig_stop(r);
}

/* --- guessing --- */

static void throttle(struct rig *r)
{
    struct answer a;
    int status = 0;
    char secret[60];

    faults_begin(r, "[limits]\nbad_keys_per_minute = 5\n");
    for (int i = 0; i < 7; i++) {
        char *fields;
        snprintf(secret, sizeof secret, "cr_%040d", i);
        fields = text_of("authorization: Bearer %s\r\n", secret);
        ask(r->relay_port, "POST", "/api/v1/messages", fields, "{}", &a);
        MUST(a.status == (i < 5 ? 401 : 429), "guess %d: %d", i, a.status);
        status = a.status;
        char *retry = answer_field(&a, "retry-after");
        MUST(status == 401 || (retry && atoi(retry) > 0 && atoi(retry) <= 60), "%s",
            retry ? retry : "no retry-after");
        free(retry);
        answer_release(&a);
        free(fields);
    }
    MUST(faults_reached(r) == 0, "a guess reached the upstream");
    rig_idle(r);
    rig_stop(r);
}

/* --- keys that are taken away, and shares --- */

/* A key that is taken away ends what runs with it, not only what would come. */
static void revoked(struct rig *r)
{
    static const struct {
        const char *method, *params;
    } ways[] = {{"key.pause", "s"}, {"key.rotate", ""}, {"key.remove", "s"}};
    struct answer a;

    faults_begin(r, NULL);
    for (size_t i = 0; i < LEN(ways); i++) {
        char name[16], *params;
        snprintf(name, sizeof name, "k%zu", i);
        rig_key(r, name, "");
        int fd = messages_begin(r, true, "words=9 hang=4 in=5");
        answer_init(&a);
        ask_read(fd, &a, 3);
        params = text_of("{\"name%s\":%s%s%s}", ways[i].params, *ways[i].params ? "[\"" : "\"",
            name, *ways[i].params ? "\"]" : "\"");
        rig_do(r, ways[i].method, "%s", params);
        int64_t began = mono_ms();
        ask_read(fd, &a, 0);
        MUST(mono_ms() - began < 1500, "%s: the stream goes on", ways[i].method);
        MUST(!a.ended && !answer_has(&a, "message_stop"), "%s: %s", ways[i].method, a.body);
        answer_release(&a);
        close(fd);
        messages(r, false, "", &a);
        MUST(a.status == 401 || a.status == 403, "%s: %d", ways[i].method, a.status);
        answer_release(&a);
        free(params);
    }
    rig_idle(r);
    rig_stop(r);
}

/* Bodies that begin and do not end take no more memory than all of them may. */
static void budget(struct rig *r)
{
    enum { N = 40 };
    int fds[N];
    long refused = 0;
    size_t n;

    faults_begin(r, "[limits]\nmax_body = 8MiB\nbody_budget = 8MiB\n");
    faults_good(r);
    long before = relay_rss_kib(r);
    char *pad = raw_again("0123456789abcdef", 65536, &n);
    for (int i = 0; i < N; i++) {
        char *head = text_of("POST /api/v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: %s\r\n"
                             "content-length: 8000000\r\n\r\n{\"a\":\"",
            r->secret);
        fds[i] = ask_connect(r->relay_port);
        ask_send(fds[i], head, strlen(head));
        for (int k = 0; k < 2; k++)
            ask_send(fds[i], pad, n);
        free(head);
    }
    for (int i = 0; i < N; i++) {
        char part[20] = "";
        struct pollfd p = {.fd = fds[i], .events = POLLIN};
        if (poll(&p, 1, 300) > 0 && recv(fds[i], part, 19, 0) > 0)
            refused += raw_status(part) == 503;
    }
    printf("   bodies of 2 MiB, 8 MiB for all: %ld of %d refused, %ld KiB more\n", refused, N,
        relay_rss_kib(r) - before);
    MUST(refused >= N - 4, "%ld refused", refused);
    MUST(!faults_exact() || relay_rss_kib(r) - before < 32 << 10, "%ld KiB",
        relay_rss_kib(r) - before);
    for (int i = 0; i < N; i++)
        close(fds[i]);
    free(pad);
    rig_wait_for(r, "system.status", "{}", "daemon.connections", 0);
    faults_good(r);
    rig_idle(r);
    rig_stop(r);
}

static void shares(struct rig *r)
{
    int fds[10];

    faults_begin(r, "[limits]\nmax_connections_per_address = 10\n");
    for (size_t i = 0; i < LEN(fds); i++)
        fds[i] = ask_connect(r->relay_port);
    rig_wait_for(r, "system.status", "{}", "daemon.connections", LEN(fds));
    char *answer = raw_talk(r->relay_port, "GET /health HTTP/1.1\r\nhost: a\r\n\r\n", 34, NULL);
    MUST(!*answer, "the eleventh is served: %s", answer);
    free(answer);
    close(fds[0]);
    rig_wait_for(r, "system.status", "{}", "daemon.connections", LEN(fds) - 1);
    faults_good(r);
    for (size_t i = 1; i < LEN(fds); i++)
        close(fds[i]);
    rig_idle(r);
    rig_stop(r);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {
        {"stranger-body", stranger_body},
        {"delivered", delivered},
        {"slow", slow},
        {"one-byte-chunks", one_byte_chunks},
        {"pipelining", pipelining},
        {"throttle", throttle},
        {"revoked", revoked},
        {"budget", budget},
        {"shares", shares},
    };
    return rig_main(argc, argv, tests, LEN(tests));
}
