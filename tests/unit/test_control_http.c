/* The HTTP admin over a real connection: one gate before everything, the same answers as the
 * socket. */
#include "control_kit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/alloc.h"

static char listen_line[64];
static int port;

/* A port that was free a moment ago. */
static int free_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    close(fd);
    return ntohs(a.sin_port);
}

static int setup(void **state)
{
    static struct kit k;
    port = free_port();
    snprintf(listen_line, sizeof listen_line, "[admin]\nadmin_listen = 127.0.0.1:%d\n", port);
    kit_open(&k, listen_line);
    *state = &k;
    return 0;
}

static int teardown(void **state)
{
    kit_close(*state);
    return 0;
}

struct visitor {
    struct kit *k;
    int fd;
    struct buf in;
    const char *until;
    bool closed;
};

static void visitor_open(struct kit *k, struct visitor *v)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *v = (struct visitor){.k = k, .in = BUF_INIT};
    v->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(v->fd, (struct sockaddr *)&a, sizeof a), 0);
    fcntl(v->fd, F_SETFL, O_NONBLOCK);
}

static void visitor_close(struct visitor *v)
{
    close(v->fd);
    buf_release(&v->in);
}

static bool has_it(void *arg)
{
    struct visitor *v = arg;
    char bytes[16384];
    ssize_t n;
    while ((n = recv(v->fd, bytes, sizeof bytes, 0)) > 0)
        buf_add(&v->in, bytes, (size_t)n);
    v->closed = n == 0 || errno != EAGAIN;
    return v->closed || strstr(v->in.data, v->until) != NULL;
}

static void wait_for(struct visitor *v, const char *text)
{
    v->until = text;
    kit_run_until(v->k, has_it, v);
    if (!strstr(v->in.data, text))
        fail_msg("no '%s' in: %s", text, v->in.data);
}

static void ask(struct visitor *v, const char *head, const char *token, const char *body)
{
    char *auth = token ? xasprintf("Authorization: Bearer %s\r\n", token) : xstrdup("");
    char *all = xasprintf("%s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n%s", head, auth,
        body ? strlen(body) : 0, body ? body : "");
    assert_int_equal(send(v->fd, all, strlen(all), MSG_NOSIGNAL), strlen(all));
    buf_reset(&v->in);
    free(all);
    free(auth);
}

/* Status of one request on a connection of its own. */
static int status_of(struct kit *k, const char *head, const char *token, const char *body)
{
    struct visitor v;
    visitor_open(k, &v);
    ask(&v, head, token, body);
    wait_for(&v, "\r\n\r\n");
    int status = atoi(v.in.data + 9);
    visitor_close(&v);
    return status;
}

static char *make_token(struct kit *k)
{
    cJSON *r = kit_do(k, "admin.token", NULL);
    char *token = xstrdup(json_str(r, "token"));
    cJSON_Delete(r);
    return token;
}

static const char status_call[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"system.status\"}";

/* Nothing is behind the gate's back: every path and method, without a token, with a made-up one. */
static void test_gate(void **state)
{
    struct kit *k = *state;
    static const char *const heads[] = {"POST /rpc", "GET /rpc", "GET /events", "POST /events",
        "GET /", "GET /metrics", "PUT /rpc", "DELETE /events", "POST /rpc/", "POST //rpc",
        "GET /events?snapshot=1", "OPTIONS /rpc", "HEAD /"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        assert_int_equal(status_of(k, heads[i], NULL, NULL), 401);
        assert_int_equal(status_of(k, heads[i], "short", NULL), 401);
    }
    /* No token was made yet: none is right. */
    assert_int_equal(
        status_of(k, "POST /rpc", "0123456789012345678901234567890123456789012", status_call), 401);
}

static void test_call(void **state)
{
    struct kit *k = *state;
    char *token = make_token(k);
    struct visitor v;
    visitor_open(k, &v);
    ask(&v, "POST /rpc", token, status_call);
    wait_for(&v, "\"today\"");
    assert_non_null(strstr(v.in.data, "200 OK"));
    /* The connection goes on. */
    ask(&v, "POST /rpc", token,
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"key.create\",\"params\":{\"name\":\"web\"}}");
    wait_for(&v, "\"secret\"");
    visitor_close(&v);
    assert_int_equal(status_of(k, "POST /rpc", token,
                         "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"key.show\",\"params\":"
                         "{\"name\":\"nobody\"}}"),
        404);
    assert_int_equal(status_of(k, "POST /rpc", token, "{}"), 400);
    assert_int_equal(status_of(k, "POST /rpc", token, ""), 400);
    assert_int_equal(
        status_of(k, "POST /rpc", token, "{\"jsonrpc\":\"2.0\",\"method\":\"key.list\"}"), 204);
    assert_int_equal(status_of(k, "GET /nothing", token, NULL), 404);
    assert_int_equal(status_of(k, "GET /rpc", token, NULL), 405);
    assert_int_equal(status_of(k, "POST /rpc", token,
                         "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"event.subscribe\"}"),
        400);
    kit_settle(k);
    cJSON *r = kit_do(k, "audit.list", "{'who':'http-admin'}");
    assert_text(json_at(r, "items")->child, "from", "127.0.0.1");
    assert_text(json_at(r, "items")->child, "subject", "key web");
    cJSON_Delete(r);
    free(token);
}

static void test_token_is_kept_and_changed(void **state)
{
    struct kit *k = *state;
    char *first = make_token(k);
    kit_restart(k);
    assert_int_equal(status_of(k, "POST /rpc", first, status_call), 200);
    struct visitor v;
    visitor_open(k, &v);
    ask(&v, "GET /events?topics=config", first, NULL);
    wait_for(&v, "\"seq\"");
    char *second = make_token(k);
    assert_int_equal(status_of(k, "POST /rpc", first, status_call), 401);
    assert_int_equal(status_of(k, "POST /rpc", second, status_call), 200);
    v.until = "nothing that comes";
    kit_run_until(k, has_it, &v); /* who came in with the old one is out */
    assert_true(v.closed);
    visitor_close(&v);
    free(first);
    free(second);
}

/* Guesses are held up; who has been in is not. */
static void test_throttle(void **state)
{
    struct kit *k = *state;
    char *token = make_token(k);
    assert_int_equal(status_of(k, "POST /rpc", token, status_call), 200);
    int denied = 0, held = 0;
    for (int i = 0; i < 12; i++) {
        char guess[48];
        snprintf(guess, sizeof guess, "%043d", i);
        int s = status_of(k, "POST /rpc", guess, status_call);
        denied += s == 401;
        held += s == 429;
    }
    assert_true(denied >= 1 && denied <= 10);
    assert_int_equal(denied + held, 12);
    assert_true(held >= 2);
    assert_int_equal(status_of(k, "POST /rpc", token, status_call), 200);
    free(token);
}

static void test_events(void **state)
{
    struct kit *k = *state;
    char *token = make_token(k);
    struct visitor v;
    visitor_open(k, &v);
    ask(&v, "GET /events?topics=key&snapshot=1", token, NULL);
    wait_for(&v, "\"snapshot\"");
    assert_non_null(strstr(v.in.data, "text/event-stream"));
    kit_ok(k, "key.create", "{'name':'seen'}");
    wait_for(&v, "\"name\":\"seen\"");
    assert_non_null(strstr(v.in.data, "data: {\"jsonrpc\":\"2.0\",\"method\":\"event\""));
    visitor_close(&v);
    kit_ok(k, "key.create", "{'name':'unseen'}");
    free(token);
}

static void test_big_body(void **state)
{
    struct kit *k = *state;
    char *token = make_token(k);
    struct visitor v;
    visitor_open(k, &v);
    char *head = xasprintf("POST /rpc HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
                           "Content-Length: 2000000\r\n\r\n",
        token);
    assert_int_equal(send(v.fd, head, strlen(head), MSG_NOSIGNAL), strlen(head));
    wait_for(&v, "413");
    visitor_close(&v);
    free(head);
    free(token);
}

static void test_needs_tls_elsewhere(void **state)
{
    struct kit *k = *state;
    struct err err = {0};
    struct settings *s = settings_load(k->config, NULL);
    static const char *const open[] = {"0.0.0.0:8443", "192.0.2.1:8443", "[::]:8443"};
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        free(s->v.admin_listen);
        s->v.admin_listen = xstrdup(open[i]);
        assert_null(admin_open(k->control, s, &err));
        assert_non_null(strstr(err.text, "needs TLS"));
    }
    settings_unref(s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {T(test_gate), T(test_call),
        T(test_token_is_kept_and_changed), T(test_throttle), T(test_events), T(test_big_body),
        T(test_needs_tls_elsewhere)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
