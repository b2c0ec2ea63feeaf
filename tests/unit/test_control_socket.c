/* The Unix socket itself: who connects, garbage, floods, half lines, readers that do not read. */
#include "control_client.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/alloc.h"

static int setup(void **state)
{
    static struct kit k;
    kit_open(&k, NULL);
    *state = &k;
    return 0;
}

static int teardown(void **state)
{
    kit_close(*state);
    return 0;
}

static void test_hello(void **state)
{
    struct kit *k = *state;
    struct line_client c;
    client_open(k, &c);
    puts_line(
        &c, "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"hello\",\"params\":{\"protocol\":1}}");
    cJSON *a = get(&c);
    assert_text(a, "result.level", "admin"); /* the relay's own user */
    assert_int_equal(json_int(a, "result.uid", -1), getuid());
    assert_text(a, "result.server", CRS_VERSION);
    cJSON_Delete(a);
    struct stat st;
    assert_int_equal(stat(k->socket, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    client_close(&c);
}

static void test_garbage_costs_one_connection(void **state)
{
    struct kit *k = *state;
    static const char *const garbage[] = {"GET / HTTP/1.1", "{", "[]", "{\"id\":1}", "null",
        "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"hello\"}", "\xff\xfe",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"key.list\"}" /* before hello */};
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        struct line_client c;
        client_open(k, &c);
        puts_line(&c, garbage[i]);
        cJSON *a = get(&c);
        assert_text(a, "error.data.code", "protocol");
        cJSON_Delete(a);
        kit_run_until(k, is_closed, &c);
        client_close(&c);
    }
    still_serves(k);
}

static void costs_one_connection(struct kit *k, char byte, size_t n)
{
    struct line_client c;
    client_open(k, &c);
    char *bytes = xmalloc(n);
    memset(bytes, byte, n);
    bytes[n - 1] = '\n';
    put(&c, bytes, n);
    free(bytes);
    cJSON *a = get(&c);
    assert_text(a, "error.data.code", "protocol");
    cJSON_Delete(a);
    kit_run_until(k, is_closed, &c);
    client_close(&c);
    still_serves(k);
}

static void test_deep_nesting_and_long_lines(void **state)
{
    costs_one_connection(*state, '[', 200000);
    costs_one_connection(*state, 'a', RPC_LINE_MAX + 65536);
}

/* A line that has begun must end within its time; a follower that says nothing may stay. */
static void test_half_line(void **state)
{
    struct kit *k = *state;
    struct line_client half, idle;
    client_open(k, &idle);
    greet(&idle);
    client_open(k, &half);
    greet(&half);
    int64_t from = clock_mono();
    put(&half, "{\"jsonrpc\"", 10);
    cJSON *a = get(&half);
    assert_text(a, "error.data.code", "timeout");
    assert_true(clock_mono() - from >= HALF_LINE_MS - 100);
    cJSON_Delete(a);
    kit_run_until(k, is_closed, &half);
    puts_line(&idle, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"key.list\"}");
    a = get(&idle);
    assert_non_null(json_at(a, "result"));
    cJSON_Delete(a);
    client_close(&half);
    client_close(&idle);
}

static void test_too_many_connections(void **state)
{
    struct kit *k = *state;
    struct line_client c[CONNECTIONS_MAX], more;
    for (int i = 0; i < CONNECTIONS_MAX; i++) {
        client_open(k, &c[i]);
        event_base_loop(k->base, EVLOOP_NONBLOCK);
    }
    greet(&c[CONNECTIONS_MAX - 1]);
    client_open(k, &more);
    cJSON *a = get(&more);
    assert_text(a, "error.data.code", "busy");
    cJSON_Delete(a);
    kit_run_until(k, is_closed, &more);
    client_close(&more);
    client_close(&c[0]);
    still_serves(k);
    for (int i = 1; i < CONNECTIONS_MAX; i++)
        client_close(&c[i]);
}

/* Calls without end from one who never reads: the relay stops reading them, and keeps little. */
static void test_reader_that_does_not_read(void **state)
{
    struct kit *k = *state;
    struct line_client c;
    client_open(k, &c);
    greet(&c);
    static const char call[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"system.describe\"}\n";
    size_t sent = 0;
    int stuck = 0;
    while (stuck < 200 && sent < (64u << 20)) {
        ssize_t n = send(c.fd, call, sizeof call - 1, MSG_NOSIGNAL);
        if (n > 0)
            sent += (size_t)n;
        else
            stuck++;
        event_base_loop(k->base, EVLOOP_NONBLOCK);
    }
    assert_int_equal(stuck, 200); /* held up by back pressure, not by the test's own bound */
    assert_true(k->control->peers->ops->queued(k->control->peers) < 2 * BACKLOG_MAX);
    still_serves(k);
    client_close(&c);
    still_serves(k);
}

/* Long answers to one who asks in advance and does not read: over the last bound they are not kept,
 * and it is cut off behind the last whole line. */
static void test_cut_off(void **state)
{
    struct kit *k = *state;
    struct line_client c;
    client_open(k, &c);
    greet(&c);
    struct peer *p = k->control->peers;
    struct buf line = BUF_INIT;
    for (size_t i = 1; i < BACKLOG_MAX / 2; i++)
        buf_addc(&line, 'x');
    buf_addc(&line, '\n');
    for (int i = 0; i < 40; i++)
        peer_send(p, &line); /* 80 MiB */
    assert_true(p->ops->queued(p) <= 4 * BACKLOG_MAX + line.len);
    size_t lines = 0;
    while (!c.closed || c.r.lines) {
        size_t n;
        if (!c.r.lines)
            kit_run_until(k, readable, &c);
        if (rpc_reader_line(&c.r, &n)) {
            assert_int_equal(n, line.len - 1);
            lines++;
        }
    }
    assert_int_equal(c.r.open, 0);
    assert_true(lines >= 8 && lines <= 10);
    buf_release(&line);
    client_close(&c);
    still_serves(k);
}

static void test_slow_subscriber(void **state)
{
    struct kit *k = *state;
    struct line_client c;
    client_open(k, &c);
    greet(&c);
    puts_line(&c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"event.subscribe\",\"params\":"
                  "{\"topics\":[\"config\"]}}");
    cJSON *a = get(&c);
    assert_non_null(json_at(a, "result"));
    cJSON_Delete(a);
    char *text = xmalloc(60001);
    memset(text, 'x', 60000);
    text[60000] = 0;
    for (int i = 0; i < 300; i++) {
        cJSON *o = cJSON_CreateObject();
        json_put_str(o, "text", text);
        bus_publish(k->bus, TOPIC_CONFIG, o);
        event_base_loop(k->base, EVLOOP_NONBLOCK);
    }
    free(text);
    assert_true(k->control->peers->ops->queued(k->control->peers) < (1u << 20));
    bool lost = false;
    while (!lost) {
        a = get(&c);
        assert_non_null(a);
        lost = strcmp(json_str(a, "method"), "event.lost") == 0;
        cJSON_Delete(a);
    }
    client_close(&c);
}

static void test_leaves_in_the_middle(void **state)
{
    struct kit *k = *state;
    for (int i = 0; i < 50; i++) {
        struct line_client c;
        client_open(k, &c);
        greet(&c);
        puts_line(&c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"audit.list\"}");
        puts_line(&c, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"event.subscribe\"}");
        client_close(&c);
    }
    still_serves(k);
}

static void test_stale_socket_and_live_one(void **state)
{
    struct kit *k = *state;
    struct err err = {0};
    struct control_parts p = k->control->p;
    assert_null(control_create(&p, k->socket, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    still_serves(k); /* the try left the live one alone */
    char stale[104];
    snprintf(stale, sizeof stale, "%s.stale", k->socket);
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s", stale);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    close(fd); /* as a crash leaves it */
    struct control *second = control_create(&p, stale, &err);
    assert_non_null(second);
    control_free(second);
    assert_int_equal(access(stale, F_OK), -1);
    FILE *f = fopen(stale, "w"); /* something else is never removed */
    fclose(f);
    assert_null(control_create(&p, stale, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_int_equal(access(stale, F_OK), 0);
}

/* Another user of the machine: the kernel's word gives the level. */
static void test_other_user(void **state)
{
    struct kit *k = *state;
    if (getuid() != 0)
        skip();
    chmod(k->dir, 0755);
    chmod(k->socket, 0666);
    int out[2];
    assert_int_equal(pipe(out), 0);
    pid_t child = fork();
    if (child == 0) {
        static const char hello[] = "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"hello\","
                                    "\"params\":{\"protocol\":1}}\n"
                                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"key.create\","
                                    "\"params\":{\"name\":\"x\"}}\n";
        char bytes[8192];
        size_t have = 0;
        if (setgid(65534) < 0 || setuid(65534) < 0)
            _exit(1);
        int fd = dial(k->socket);
        fcntl(fd, F_SETFL, 0);
        if (send(fd, hello, sizeof hello - 1, 0) < 0)
            _exit(2);
        while (have < sizeof bytes - 1 && !memmem(bytes, have, "\"id\":1", 6)) {
            ssize_t n = recv(fd, bytes + have, sizeof bytes - 1 - have, 0);
            if (n <= 0)
                break;
            have += (size_t)n;
        }
        _exit(write(out[1], bytes, have) < 0);
    }
    close(out[1]);
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    char told[8192];
    ssize_t n = -1;
    while (n < 0) {
        event_base_loop(k->base, EVLOOP_NONBLOCK);
        n = read(out[0], told, sizeof told - 1);
    }
    close(out[0]);
    waitpid(child, NULL, 0);
    assert_true(n > 0);
    told[n] = 0;
    assert_non_null(strstr(told, "\"level\":\"read\""));
    assert_non_null(strstr(told, "\"code\":\"denied\""));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {T(test_hello), T(test_garbage_costs_one_connection),
        T(test_deep_nesting_and_long_lines), T(test_half_line), T(test_too_many_connections),
        T(test_reader_that_does_not_read), T(test_cut_off), T(test_slow_subscriber),
        T(test_leaves_in_the_middle), T(test_stale_socket_and_live_one), T(test_other_user)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
