/* The link against a peer that says what the test wants: real sockets, the peer in a thread. */
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/path.h"
#include "tui/link/link.h"

#define HELLO_ANSWER "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocol\":1,\"server\":\"9\"}}\n"

struct peer {
    char dir[64], path[96];
    struct host host;
    int listener, fd;
    const char *const *script; /* an answer for each line that comes; NULL ends: closed */
    pthread_t thread;
    struct buf heard;
};

static void peer_listen(struct peer *p)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    memcpy(a.sun_path, p->path, strlen(p->path) + 1);
    p->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(p->listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(p->listener, 4), 0);
}

static void peer_init(struct peer *p)
{
    *p = (struct peer){.listener = -1, .fd = -1};
    buf_init(&p->heard);
    strcpy(p->dir, "/tmp/crs-link-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->path, sizeof p->path, "%s/s", p->dir);
    assert_int_equal(host_find(p->path, &p->host, NULL), 0);
}

static void peer_end(struct peer *p)
{
    if (p->fd >= 0)
        close(p->fd);
    if (p->listener >= 0)
        close(p->listener);
    host_release(&p->host);
    unlink(p->path);
    rmdir(p->dir);
    buf_release(&p->heard);
}

static void say(struct peer *p, const char *text)
{
    assert_int_equal(write(p->fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* Reads a line, answers with the next piece of the script. */
static void *peer_run(void *arg)
{
    struct peer *p = arg;
    p->fd = accept(p->listener, NULL, NULL);
    for (const char *const *next = p->script; *next; next++) {
        char ch;
        while (read(p->fd, &ch, 1) == 1 && ch != '\n')
            buf_addc(&p->heard, ch);
        buf_addc(&p->heard, '\n');
        if (**next)
            say(p, *next);
    }
    close(p->fd);
    p->fd = -1;
    return NULL;
}

static void peer_start(struct peer *p, const char *const *script)
{
    p->script = script;
    peer_listen(p);
    assert_int_equal(pthread_create(&p->thread, NULL, peer_run, p), 0);
}

/* --- hosts ---------------------------------------------------------------------------------------
 */

static void test_hosts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *user, *name, *port, *path;
    } good[] = {
        {"ssh://relay-1", NULL, "relay-1", NULL, NULL},
        {"ssh://ops@relay-1:2222/run/x.sock", "ops", "relay-1", "2222", "/run/x.sock"},
        {"ssh://ops@[::1]", "ops", "[::1]", NULL, NULL},
        {"unix:///run/x.sock", NULL, NULL, NULL, "/run/x.sock"},
        {"/run/x.sock", NULL, NULL, NULL, "/run/x.sock"},
    };
    static const char *const bad[] = {"ssh://", "ssh://-oProxyCommand=x", "ssh://-l@host",
        "ssh://host:22x", "relay-1", "http://host", "ssh://@host"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct host h;
        assert_int_equal(host_find(good[i].text, &h, NULL), 0);
        assert_int_equal(h.ssh, good[i].name != NULL);
        for (int k = 0; k < 4; k++) {
            const char *want = k == 0   ? good[i].user
                               : k == 1 ? good[i].name
                               : k == 2 ? good[i].port
                                        : good[i].path;
            const char *is = k == 0 ? h.user : k == 1 ? h.name : k == 2 ? h.port : h.path;
            assert_string_equal(want ? want : "-", is ? is : "-");
        }
        host_release(&h);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct host h;
        struct err err;
        assert_int_equal(host_find(bad[i], &h, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_true(err.hint[0]);
    }
}

static void test_alias(void **state)
{
    (void)state;
    char dir[] = "/tmp/crs-alias-XXXXXX";
    assert_non_null(mkdtemp(dir));
    setenv("XDG_CONFIG_HOME", dir, 1);
    char *file = path_user_config(), *sub = xasprintf("%s/crs", dir);
    static const char text[] =
        "host = prod\n[host]\nprod = ssh://ops@relay-1\nlab = /run/lab.sock\n";
    assert_int_equal(path_mkdirs(sub, 0700, NULL), 0);
    assert_int_equal(path_write(file, text, sizeof text - 1, 0600, NULL), 0);
    struct host h;
    assert_int_equal(host_find("lab", &h, NULL), 0);
    assert_string_equal(h.path, "/run/lab.sock");
    host_release(&h);
    unsetenv("CRS_SOCKET");
    unsetenv("CRS_HOST");
    assert_int_equal(host_find(NULL, &h, NULL), 0);
    assert_string_equal(h.name, "relay-1");
    host_release(&h);
    setenv("CRS_HOST", "lab", 1);
    assert_int_equal(host_find(NULL, &h, NULL), 0);
    assert_string_equal(h.path, "/run/lab.sock");
    host_release(&h);
    unsetenv("CRS_HOST");
    setenv("CRS_SOCKET", "/run/mine.sock", 1); /* wins over the default host of the file */
    assert_int_equal(host_find(NULL, &h, NULL), 0);
    assert_string_equal(h.path, "/run/mine.sock");
    host_release(&h);
    unsetenv("CRS_SOCKET");
    unlink(file);
    rmdir(sub);
    rmdir(dir);
    free(file);
    free(sub);
    unsetenv("XDG_CONFIG_HOME");
}

static void test_ssh_words(void **state)
{
    (void)state;
    struct host h;
    setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    assert_int_equal(host_find("ssh://ops@relay-1:2222/run/it's.sock", &h, NULL), 0);
    char **v = host_ssh_argv(&h);
    static const char *const want[] = {"ssh", "-T", "-o", "ControlMaster=auto", "-o",
        "ControlPath=/run/user/7/crs-%C", "-o", "ControlPersist=60s", "-p", "2222", "-l", "ops",
        "--", "relay-1", "crs dial-stdio '/run/it'\\''s.sock'"};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
        assert_string_equal(v[i], want[i]);
    assert_null(v[sizeof want / sizeof want[0]]);
    argv_free(v);
    host_release(&h);
}

/* --- calls ---------------------------------------------------------------------------------------
 */

static void test_call(void **state)
{
    (void)state;
    static const char *const script[] = {HELLO_ANSWER,
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"n\":7}}\n",
        "{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{\"code\":-32001,\"message\":\"no such key 'x'\","
        "\"data\":{\"code\":\"not_found\",\"hint\":\"look\"}}}\n",
        NULL};
    struct peer p;
    struct err err;
    peer_init(&p);
    peer_start(&p, script);
    struct link *l = link_connect(&p.host, "test 1", false, 0, &err);
    assert_non_null(l);
    assert_string_equal(json_str(link_hello(l), "server"), "9");
    cJSON *r = link_wait(l, "key.list", NULL, 5000, &err);
    assert_int_equal(json_int(r, "n", 0), 7);
    cJSON_Delete(r);
    assert_null(link_wait(l, "key.show", NULL, 5000, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(err.text, "no such key 'x'");
    assert_string_equal(err.hint, "look");
    pthread_join(p.thread, NULL);
    /* The peer has closed: the next call fails at once. */
    assert_null(link_wait(l, "key.list", NULL, 5000, &err));
    assert_int_equal(err.code, ERR_UNREACHABLE);
    assert_int_equal(link_state(l), LINK_LOST);
    assert_non_null(strstr(p.heard.data, "\"method\":\"hello\""));
    link_close(l);
    peer_end(&p);
}

struct seen {
    int answers, notes;
    struct err failure;
};
static void on_answer(void *arg, const cJSON *result, const struct err *failure)
{
    struct seen *s = arg;
    s->answers++;
    (void)result;
    if (failure)
        s->failure = *failure;
}
static void on_note(void *arg, const char *method, const cJSON *params)
{
    struct seen *s = arg;
    assert_string_equal(method, "event");
    assert_int_equal(json_int(params, "seq", 0), ++s->notes);
}

/* An answer that is there before the wait begins must not be waited for. */
static void test_no_late_answer(void **state)
{
    (void)state;
    struct peer p;
    struct seen s = {0};
    peer_init(&p);
    peer_listen(&p);
    struct link *l = link_open(&p.host, "test 1", false);
    p.fd = accept(p.listener, NULL, NULL);
    link_call(l, "system.status", NULL, on_answer, &s);
    say(&p, HELLO_ANSWER "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\n");
    int64_t begun = clock_mono();
    while (!s.answers && clock_mono() - begun < 60000)
        assert_int_equal(link_poll(l, 60000), 0);
    assert_true(clock_mono() - begun < 20000);
    assert_int_equal(s.answers, 1);
    link_close(l);
    peer_end(&p);
}

static void test_notifications(void **state)
{
    (void)state;
    struct peer p;
    struct seen s = {0};
    peer_init(&p);
    peer_listen(&p);
    struct link *l = link_open(&p.host, "test 1", false);
    p.fd = accept(p.listener, NULL, NULL);
    link_on_notify(l, on_note, &s);
    link_call(l, "event.subscribe", NULL, on_answer, &s);
    say(&p, HELLO_ANSWER "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\n"
                         "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"seq\":1}}\n"
                         "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"par");
    while (s.notes < 1)
        assert_int_equal(link_poll(l, 1000), 0);
    say(&p, "ams\":{\"seq\":2}}\n");
    while (s.notes < 2)
        assert_int_equal(link_poll(l, 1000), 0);
    assert_int_equal(s.answers, 1);
    link_close(l);
    peer_end(&p);
}

static void test_timeout_then_answer(void **state)
{
    (void)state;
    struct peer p;
    struct err err;
    struct seen s = {0};
    peer_init(&p);
    peer_listen(&p);
    struct link *l = link_open(&p.host, "test 1", false);
    p.fd = accept(p.listener, NULL, NULL);
    say(&p, HELLO_ANSWER);
    while (link_state(l) == LINK_CONNECTING)
        link_poll(l, 1000);
    assert_null(link_wait(l, "slow.one", NULL, 30, &err));
    assert_int_equal(err.code, ERR_TIMEOUT);
    /* Its late answer belongs to nobody; the link goes on. */
    say(&p, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":1}\n{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":"
            "2}\n");
    link_call(l, "next.one", NULL, on_answer, &s);
    while (!s.answers)
        assert_int_equal(link_poll(l, 1000), 0);
    assert_int_equal(s.failure.code, ERR_NONE);
    link_close(l);
    peer_end(&p);
}

static void expect_lost(const char *words, enum err_code code)
{
    struct peer p;
    struct seen s = {0};
    peer_init(&p);
    peer_listen(&p);
    struct link *l = link_open(&p.host, "test 1", false);
    p.fd = accept(p.listener, NULL, NULL);
    link_call(l, "key.list", NULL, on_answer, &s);
    if (*words)
        say(&p, words);
    close(p.fd);
    p.fd = -1;
    while (link_poll(l, 1000) == 0)
        continue;
    assert_int_equal(link_state(l), LINK_LOST);
    assert_int_equal(link_error(l)->code, code);
    /* Every call under way was told, once. */
    assert_int_equal(s.answers, 1);
    assert_int_equal(s.failure.code, code);
    link_close(l);
    peer_end(&p);
}

static void test_lost(void **state)
{
    (void)state;
    expect_lost("", ERR_UNREACHABLE);
    expect_lost("this is no JSON\n", ERR_PROTOCOL);
    expect_lost("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocol\":99}}\n", ERR_UNREACHABLE);
    expect_lost("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32002,\"message\":\"no\","
                "\"data\":{\"code\":\"denied\"}}}\n",
        ERR_DENIED);
}

static void *listen_late(void *arg)
{
    struct peer *p = arg;
    usleep(200 * 1000); /* the thing under test is waiting for something late */
    peer_listen(p);
    return peer_run(p);
}

static void test_starting(void **state)
{
    (void)state;
    /* After the greeting it stays until we go: an end right behind it would be a lost link. */
    static const char *const script[] = {HELLO_ANSWER, "", NULL};
    struct peer p;
    struct err err;
    peer_init(&p);
    assert_null(link_connect(&p.host, "test 1", false, 0, &err));
    assert_int_equal(err.code, ERR_UNREACHABLE);
    assert_true(err.hint[0]);
    p.script = script;
    assert_int_equal(pthread_create(&p.thread, NULL, listen_late, &p), 0);
    struct link *l = link_connect(&p.host, "test 1", false, 20000, &err);
    assert_non_null(l);
    link_close(l);
    pthread_join(p.thread, NULL);
    peer_end(&p);
}

/* A socket that may not be opened is another fault than one that is not there. */
static void test_denied(void **state)
{
    (void)state;
    struct peer p;
    struct err err;
    peer_init(&p);
    peer_listen(&p);
    chmod(p.path, 0);
    bool root = geteuid() == 0; /* who may open everything */
    if (root)
        assert_int_equal(seteuid(65534), 0);
    assert_null(link_connect(&p.host, "test 1", false, 2000, &err));
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(err.code, ERR_DENIED);
    peer_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_alias),
        cmocka_unit_test(test_ssh_words),
        cmocka_unit_test(test_call),
        cmocka_unit_test(test_no_late_answer),
        cmocka_unit_test(test_notifications),
        cmocka_unit_test(test_timeout_then_answer),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_starting),
        cmocka_unit_test(test_denied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
