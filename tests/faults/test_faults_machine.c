/* A machine that fails: no descriptors, no disk, no names, no proxy, and clocks that jump. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/faults/faults.h"
#include "tests/flow/rig_int.h"

/* --- descriptors
 * ----------------------------------------------------------------------------------
 */

#define CROWD 400

static void descriptors(struct rig *r)
{
    const struct rlimit few = {256, 256};
    int fds[CROWD];
    struct answer a;

    faults_begin(r, NULL);
    MUST(prlimit(r->relay, RLIMIT_NOFILE, &few, NULL) == 0, "prlimit");
    int first = ask_connect(r->relay_port);
    for (int i = 0; i < CROWD; i++)
        fds[i] = ask_connect(r->relay_port);
    log_wait(r, "out of descriptors", 1);
    int64_t cpu = relay_cpu_us(r), since = mono_ms();
    rig_tick(r);
    rig_tick(r);
    int64_t percent = (relay_cpu_us(r) - cpu) / 10 / (mono_ms() - since);
    printf("   out of descriptors: %lld %% of a core, %ld lines\n", (long long)percent,
        log_count(r, "relay.log", "out of descriptors"));
    MUST(percent < 15, "it spins: %lld %%", (long long)percent);
    MUST(log_count(r, "relay.log", "out of descriptors") < 12, "too many lines");
    rig_do(r, "system.status", "{}");
    for (int i = 0; i < CROWD; i++)
        close(fds[i]);
    rig_wait_for(r, "system.status", "{}", "daemon.connections", 1);
    char *fields = text_of("x-api-key: %s\r\n", r->secret), *body = messages_body(true, "words=2");
    char *text = ask_text("POST", "/api/v1/messages", fields, body);
    ask_send(first, text, strlen(text));
    answer_init(&a);
    ask_read(first, &a, 0);
    MUST(a.status == 200 && a.ended, "%d", a.status);
    answer_release(&a);
    close(first);
    faults_good(r);
    free(fields);
    free(body);
    free(text);
    rig_idle(r);
    rig_stop(r);
}

/* With the limit known from the start, clients leave room for upstreams, store and control. */
static void descriptors_known(struct rig *r)
{
    const char *relay = programs.relay;
    int fds[CROWD];
    struct answer a;

    faults_begin(r, NULL);
    MUST(rig_relay_end(r, SIGTERM) == 0, "end");
    char *script = text_of("%s/few", r->dir);
    char *line = text_of("#!/bin/sh\nulimit -n 256\nexec %s \"$@\"\n", relay);
    write_whole(script, line);
    MUST(chmod(script, 0700) == 0, "%s", script);
    programs.relay = script;
    rig_relay_start(r);
    programs.relay = relay;
    int first = ask_connect(r->relay_port);
    for (int i = 0; i < CROWD; i++)
        fds[i] = ask_connect(r->relay_port);
    char *fields = text_of("x-api-key: %s\r\n", r->secret), *body = messages_body(true, "words=2");
    char *text = ask_text("POST", "/api/v1/messages", fields, body);
    ask_send(first, text, strlen(text));
    answer_init(&a);
    ask_read(first, &a, 0);
    MUST(a.status == 200 && a.ended, "a crowd at the door takes the upstream's room: %d %s",
        a.status, a.body);
    answer_release(&a);
    MUST(log_count(r, "relay.log", "out of descriptors") == 0, "it ran out all the same");
    free(script);
    free(line);
    for (int i = 0; i < CROWD; i++)
        close(fds[i]);
    close(first);
    faults_good(r);
    free(fields);
    free(body);
    free(text);
    rig_idle(r);
    rig_stop(r);
}

/* --- the disk
 * -------------------------------------------------------------------------------------
 */

static char mounted[128]; /* "": nothing is */

static void unmount_and_fail(void)
{
    umount2(mounted, MNT_DETACH);
    exit(1);
}

#define FULL_MOST 60000 /* requests until it must have refused */

static void disk_full(struct rig *r)
{
    struct answer a;
    long served = 0;

    faults_begin(r, NULL);
    MUST(rig_relay_end(r, SIGTERM) == 0, "end");
    char *state = text_of("%s/state", r->dir),
         *copy = text_of("cp -a %s/state %s/keep", r->dir, r->dir),
         *back = text_of("cp -a %s/keep/. %s/state/ && rm -r %s/keep", r->dir, r->dir, r->dir);
    MUST(system(copy) == 0, "%s", copy);
    if (mount("tmpfs", state, "tmpfs", 0, "size=96m,mode=0700") != 0) {
        printf("   skipped: no mount here: %s\n", strerror(errno));
        rig_relay_start(r);
        rig_stop(r);
        goto out;
    }
    snprintf(mounted, sizeof mounted, "%s", state);
    rig_on_failure(unmount_and_fail);
    MUST(system(back) == 0, "%s", back);
    rig_relay_start(r);
    faults_good(r);
    char *filler = text_of("dd if=/dev/zero of=%s/filler bs=4096 2>/dev/null", state);
    MUST(system(filler) != 0, "the disk is not full");
    int status = 200;
    for (; status == 200 && served < FULL_MOST; served++) {
        messages(r, false, "words=1 in=3", &a);
        status = a.status;
        MUST(a.ended, "%ld: no end: %d", served, a.status);
        if (status != 200)
            printf("   with a full disk %ld requests were served, then: %d %s\n", served, status,
                a.body);
        answer_release(&a);
    }
    MUST(status == 503, "%d after %ld", status, served);
    served--;
    char *room = text_of("rm %s/filler", state);
    MUST(system(room) == 0, "%s", room);
    int64_t began = mono_ms();
    do {
        messages(r, false, "words=1 in=3", &a);
        status = a.status;
        answer_release(&a);
        MUST(status == 503 || status == 200, "%d", status);
        MUST(mono_ms() - began < 20000, "it does not recover");
    } while (status != 200);
    printf("   serves again %lld ms after there is room\n", (long long)(mono_ms() - began));
    rig_idle(r);
    MUST(rig_relay_end(r, SIGTERM) == 0, "end");
    int64_t rows = rig_number(r, "select count(*) from attempt where final=1 and input=3");
    MUST(rows == served + 1, "%lld rows for %ld answers", (long long)rows, served + 1);
    rig_relay_start(r);
    faults_good(r);
    MUST(rig_relay_end(r, SIGTERM) == 0, "end");
    rig_on_failure(NULL);
    MUST(umount(state) == 0, "umount: %s", strerror(errno));
    rig_relay_start(r);
    rig_stop(r);
    free(filler);
    free(room);
out:
    free(state);
    free(copy);
    free(back);
}

static void log_full(struct rig *r)
{
    faults_begin(r, "[log]\nlog_level = trace\nlog_file = /dev/full\n");
    for (int i = 0; i < 20; i++)
        faults_good(r);
    rig_idle(r);
    rig_stop(r);
}

static void log_rotates(struct rig *r)
{
    char *settings, name[32];
    long turns = scaled(100), lines = 0;

    rig_start(r, NULL);
    settings = text_of("[log]\nlog_level = debug\nlog_file = %s/out.log\n", r->dir);
    rig_settings(r, settings);
    MUST(rig_relay_end(r, SIGTERM) == 0, "end");
    rig_relay_start(r);
    rig_do(r, "account.add",
        "{\"kind\":\"claude-console\",\"name\":\"console\",\"key\":\"sk-ant-api03-faults\"}");
    rig_key(r, "ci", "");
    for (long i = 0; i < turns; i++) {
        char *from = text_of("%s/out.log", r->dir), *to = text_of("%s/out.%ld", r->dir, i);
        faults_good(r);
        MUST(rename(from, to) == 0, "%s", from);
        kill(r->relay, SIGHUP);
        faults_good(r);
        int64_t end = mono_ms() + 5000;
        while (access(from, F_OK) != 0)
            MUST(mono_ms() < end && poll(NULL, 0, 1) == 0, "the log is not opened again");
        free(from);
        free(to);
    }
    rig_idle(r);
    MUST(rig_relay_end(r, SIGTERM) == 0, "end");
    for (long i = 0; i < turns; i++) {
        snprintf(name, sizeof name, "out.%ld", i);
        lines += log_count(r, name, "done /v1/messages");
    }
    lines += log_count(r, "out.log", "done /v1/messages");
    MUST(lines == 2 * turns, "%ld lines for %ld requests", lines, 2 * turns);
    rig_relay_start(r);
    rig_stop(r);
    free(settings);
}

/* --- the clock
 * ------------------------------------------------------------------------------------
 */

static void clock_jumps(struct rig *r)
{
    static const int64_t hour = 3600000, day = 86400000;
    const int64_t jumps[] = {hour, -2 * hour, day, -2 * day, hour};
    struct streams s;

    faults_begin(r, NULL);
    for (size_t i = 0; i < LEN(jumps); i++) {
        streams_begin(&s, r, "words=20 event_delay=20 in=9");
        rig_turn_clock(r, jumps[i]);
        faults_good(r);
        MUST(streams_end(&s) == STREAMS, "a jump of %lld ms cut streams", (long long)jumps[i]);
    }
    rig_idle(r);
    MUST(rig_number(r, "select count(*) from attempt where final=1 and input=9") ==
             STREAMS * (int64_t)LEN(jumps),
        "rows");
    MUST(rig_number(r, "select sum(input) from attempt") ==
             rig_number(r, "select sum(input) from tally"),
        "sums");
    cJSON *list = rig_call(r, "request.list", "{}");
    const cJSON *o;
    cJSON_ArrayForEach(o, at_path(list, "items"))
    {
        const cJSON *ms = at_path(o, "duration");
        MUST(!ms || ms->valuedouble >= 0, "a negative duration: %s", cJSON_Print(o));
    }
    cJSON_Delete(list);
    rig_stop(r);
}

/* --- nobody there
 * ---------------------------------------------------------------------------------
 */

static int64_t fails(struct rig *r, const char *what)
{
    struct answer a;
    int64_t began = mono_ms();

    messages(r, true, "", &a);
    MUST(a.status == 502 && a.ended && answer_has(&a, "\"type\":\"error\""), "%s: %d %s", what,
        a.status, a.body);
    answer_release(&a);
    return mono_ms() - began;
}

static void nobody(struct rig *r)
{
    struct answer a;

    rig_start(r, "[upstream]\nretry_budget = 2s\n");
    rig_key(r, "ci", "");
    rig_do(r, "account.add",
        "{\"kind\":\"claude-console\",\"name\":\"dead\",\"key\":\"sk-ant-api03-a\",\"priority\":1,"
        "\"url\":\"http://127.0.0.1:%d\"}",
        dead_port());
    printf("   a closed port: %lld ms to the answer\n", (long long)fails(r, "closed port"));
    rig_do(r, "account.reset", "{\"names\":[\"dead\"]}");
    rig_do(r, "account.add",
        "{\"kind\":\"claude-console\",\"name\":\"good\",\"key\":\"sk-ant-api03-b\",\"priority\":"
        "90}");
    int64_t began = mono_ms();
    messages(r, true, "words=1", &a);
    MUST(a.status == 200 && a.ended, "%d %s", a.status, a.body);
    printf("   with another account: %lld ms to its end\n", (long long)(mono_ms() - began));
    answer_release(&a);
    rig_idle(r);
    MUST(rig_number(r, "select count(*) from attempt where input>0") == 1, "tokens of nobody");
    rig_stop(r);
}

static void names_dead(struct rig *r)
{
    faults_begin(r, "[upstream]\nretry_budget = 2s\nconnect_timeout = 2s\n");
    rig_do(r, "account.add",
        "{\"kind\":\"claude-console\",\"name\":\"nowhere\",\"key\":\"sk-ant-api03-a\",\"priority\":"
        "1,"
        "\"url\":\"http://no-such-host.invalid\"}");
    rig_do(r, "account.off", "{\"names\":[\"console\"]}");
    int64_t took = fails(r, "dead name");
    printf("   a dead name: %lld ms to the answer\n", (long long)took);
    MUST(took < 6000, "%lld ms", (long long)took);
    rig_do(r, "account.on", "{\"names\":[\"console\"]}");
    faults_good(r);
    rig_idle(r);
    rig_stop(r);
}

/* --- proxies: nothing goes around them
 * ------------------------------------------------------------
 */

static bool say_407(const struct villain_call *c)
{
    return villain_text(c,
        "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n"
        "content-length: 0\r\n\r\n");
}

static void proxies(struct rig *r)
{
    struct villain *upstream = villain_start(villain_says_good, NULL),
                   *proxy = villain_start(say_407, NULL),
                   *trap = villain_start(villain_says_good, NULL);
    static const char *const schemes[] = {"http", "socks5", "socks5h"};
    char where[64];

    snprintf(where, sizeof where, "http://127.0.0.1:%d", villain_port(trap));
    setenv("http_proxy", where, 1);
    setenv("https_proxy", where, 1);
    setenv("ALL_PROXY", where, 1);
    rig_start(r, "[upstream]\nretry_budget = 1s\nmax_attempts = 2\n");
    unsetenv("http_proxy");
    unsetenv("https_proxy");
    unsetenv("ALL_PROXY");
    rig_key(r, "ci", "");
    villain_account(r, upstream, "console", "sk-ant-api03-faults");
    struct answer a;
    messages(r, false, "", &a);
    MUST(a.status == 200, "%d %s", a.status, a.body);
    answer_release(&a);
    MUST(villain_connections(trap) == 0, "the environment chose a proxy");
    long direct = villain_connections(upstream);
    int port = dead_port();
    for (size_t i = 0; i < LEN(schemes); i++) {
        rig_do(r, "account.edit", "{\"names\":[\"console\"],\"proxy\":\"%s://127.0.0.1:%d\"}",
            schemes[i], port);
        rig_do(r, "account.reset", "{\"names\":[\"console\"]}");
        fails(r, schemes[i]);
    }
    rig_do(r, "account.edit", "{\"names\":[\"console\"],\"proxy\":\"http://127.0.0.1:%d\"}",
        villain_port(proxy));
    rig_do(r, "account.reset", "{\"names\":[\"console\"]}");
    fails(r, "407");
    MUST(villain_requests(proxy) > 0, "the proxy was not asked");
    MUST(villain_connections(upstream) == direct, "a request went around its proxy");
    rig_idle(r);
    rig_stop(r);
    villain_stop(upstream);
    villain_stop(proxy);
    villain_stop(trap);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {
        {"descriptors", descriptors},
        {"descriptors-known", descriptors_known},
        {"disk-full", disk_full},
        {"log-full", log_full},
        {"log-rotates", log_rotates},
        {"clock-jumps", clock_jumps},
        {"nobody", nobody},
        {"names-dead", names_dead},
        {"proxies", proxies},
    };
    return rig_main(argc, argv, tests, LEN(tests));
}
