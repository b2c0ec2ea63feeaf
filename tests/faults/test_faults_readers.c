/* Clients that do not read what they asked for, and clients that leave: what they cost, how soon
 * the upstream knows, and what is booked. */
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/faults/faults.h"
#include "tests/flow/rig_int.h"

static struct villain *begin(struct rig *r, villain_says *says, void *arg)
{
    struct villain *v = villain_start(says, arg);

    rig_start(r, "[upstream]\nmax_attempts = 1\n");
    villain_account(r, v, "console", "sk-ant-api03-faults");
    rig_key(r, "ci", "");
    return v;
}

static void end(struct rig *r, struct villain *v)
{
    rig_idle(r);
    rig_stop(r);
    villain_stop(v);
}

/* --- clients that do not read
 * ---------------------------------------------------------------------
 */

#define GREEDY 20

static atomic_long poured; /* bytes that the relay took of all of them */

static bool pour(const struct villain_call *c)
{
    char *part = raw_again("0123456789abcdef", 4096, NULL);
    bool open = c->number == 1 || villain_text(c, villain_start_events);

    if (c->number == 1) { /* the small one that shows that others are served */
        free(part);
        return villain_text(c, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                               "content-length: 2\r\n\r\n{}");
    }
    while (open) {
        open = villain_text(c, "10008\r\ndata: ") && villain_write(c, part, 65536) &&
               villain_text(c, "\n\n\r\n");
        atomic_fetch_add(&poured, 65536);
    }
    free(part);
    return false;
}

/* Nothing moves any more: for half a second no byte was taken. */
static long settled(void)
{
    long was, is = atomic_load(&poured);

    do {
        was = is;
        poll(NULL, 0, 500);
        is = atomic_load(&poured);
    } while (is != was);
    return is;
}

static void never_reads(struct rig *r)
{
    struct villain *v = begin(r, pour, NULL);
    int fds[GREEDY];
    struct answer a;

    messages(r, false, "", &a);
    MUST(a.status == 200, "%d", a.status);
    answer_release(&a);
    long before = relay_rss_kib(r);
    for (int i = 0; i < GREEDY; i++) {
        int small = 4096;
        fds[i] = messages_begin(r, true, "");
        setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    }
    villain_wait_requests(v, GREEDY + 1, 5000);
    long taken = settled() / GREEDY / 1024, grown = (relay_rss_kib(r) - before) / GREEDY;
    printf("   of a client that does not read: %ld KiB taken of its upstream, %ld KiB held\n",
        taken, grown);
    MUST(taken < 16384, "%ld KiB", taken);
    MUST(!faults_exact() || grown < 1024, "%ld KiB", grown);
    /* Their upstreams end soon after they leave. */
    for (int i = 0; i < GREEDY; i++)
        close(fds[i]);
    int64_t began = mono_ms();
    while (villain_open(v) > 1) /* a kept one may have gone or not */
        MUST(poll(NULL, 0, 2) == 0 && mono_ms() - began < 1000, "%ld are open", villain_open(v));
    printf("   upstreams closed %lld ms after they left\n", (long long)(mono_ms() - began));
    rig_idle(r);
    MUST(rig_number(r, "select count(*) from attempt where aborted=1 and input=11") == GREEDY,
        "%lld rows", (long long)rig_number(r, "select count(*) from attempt where aborted=1"));
    end(r, v);
}

/* --- clients that leave
 * ---------------------------------------------------------------------------
 */

static bool silent(const struct villain_call *c)
{
    villain_wait_gone(c);
    return false;
}

static bool half(const struct villain_call *c)
{
    if (villain_text(c, villain_start_events))
        villain_wait_gone(c);
    return false;
}

static void leave(int fd, bool reset)
{
    struct linger hard = {.l_onoff = 1};

    if (reset)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd);
}

static int64_t worst;

static void closed_soon(struct villain *v, const char *what)
{
    int64_t began = mono_ms();

    villain_wait_open(v, 0, 1000);
    int64_t took = mono_ms() - began;
    worst = took > worst ? took : worst;
    (void)what;
}

static void gone(struct rig *r)
{
    struct villain *v = begin(r, silent, NULL);
    char *body = messages_body(true, "");
    struct answer a;

    for (int i = 0; i < 10; i++) {
        bool reset = i % 2;
        /* In its own body: nothing was asked of anybody. */
        char *text = text_of("POST /api/v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: %s\r\n"
                             "content-length: %zu\r\n\r\n%.20s",
            r->secret, strlen(body), body);
        int fd = ask_connect(r->relay_port);
        ask_send(fd, text, strlen(text));
        rig_wait_for(r, "system.status", "{}", "daemon.exchanges", 1);
        leave(fd, reset);
        rig_wait_for(r, "system.status", "{}", "daemon.exchanges", 0);
        free(text);
        MUST(villain_requests(v) == 2 * i, "a part of a request reached the upstream");
        /* Before the first byte. */
        villain_set(v, silent, NULL);
        fd = messages_begin(r, true, "");
        villain_wait_requests(v, 2 * i + 1, 2000);
        leave(fd, reset);
        closed_soon(v, "before the first byte");
        /* In the answer. */
        villain_set(v, half, NULL);
        fd = messages_begin(r, true, "");
        answer_init(&a);
        ask_read(fd, &a, 1);
        MUST(a.status == 200 && answer_events(&a) >= 1, "%d", a.status);
        leave(fd, reset);
        answer_release(&a);
        closed_soon(v, "in the answer");
    }
    rig_idle(r);
    printf("   the upstream is closed at most %lld ms after the client left\n", (long long)worst);
    MUST(rig_number(r, "select count(*) from attempt") == 20, "one row for each that was asked");
    MUST(rig_number(r, "select count(*) from attempt where aborted=1 and input=11") == 10,
        "those that had begun are booked with what was told");
    MUST(rig_number(r, "select count(*) from attempt where aborted=1 and input=0") == 10,
        "the others with nothing");
    free(body);
    end(r, v);
}

/* At the very end: the answer is whole at the relay, the client leaves in that moment. */
static void gone_at_end(struct rig *r)
{
    struct answer a;
    long n = scaled(500);

    rig_start(r, NULL);
    rig_do(r, "account.add",
        "{\"kind\":\"claude-console\",\"name\":\"console\",\"key\":\"sk-ant-api03-faults\"}");
    rig_key(r, "ci", "");
    for (long i = 0; i < n; i++) {
        int fd = messages_begin(r, i % 2, "words=1 in=7 out=5");
        answer_init(&a);
        char byte;
        if (i % 3 == 0)
            recv(fd, &byte, 1, 0);
        else if (i % 3 == 1)
            ask_read(fd, &a, 4);
        leave(fd, i % 2);
        answer_release(&a);
    }
    rig_idle(r);
    /* One that leaves while its request is on the way has a row though nobody saw it. */
    int64_t rows = rig_number(r, "select count(*) from attempt");
    int64_t some = rig_number(r, "select count(*) from attempt where input>0");
    cJSON *all = rig_fake(r, "requests", NULL);
    int reached = cJSON_GetArraySize(all);
    MUST(some <= reached && reached <= rows && rows <= n,
        "%lld rows, %lld with tokens, %d requests", (long long)rows, (long long)some, reached);
    cJSON_Delete(all);
    MUST(rig_number(r, "select count(*) from attempt where final=1 and (input<>7 or output<>5)") ==
             0,
        "a final row is whole");
    rig_stop(r);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {
        {"never-reads", never_reads},
        {"gone", gone},
        {"gone-at-end", gone_at_end},
    };
    return rig_main(argc, argv, tests, LEN(tests));
}
