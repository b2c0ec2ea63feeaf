/* A daemon that is stopped, reloaded, killed, and started twice. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/faults/faults.h"
#include "tests/flow/rig_int.h"

static bool connects(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool yes = connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
    close(fd);
    return yes;
}

/* --- stopping
 * -------------------------------------------------------------------------------------
 */

static void drains(struct rig *r)
{
    struct streams s;

    faults_begin(r, NULL);
    streams_begin(&s, r, "words=30 event_delay=30 in=9");
    kill(r->relay, SIGTERM);
    int64_t end = mono_ms() + 2000;
    while (connects(r->relay_port))
        MUST(mono_ms() < end, "the door stays open");
    int whole = streams_end(&s);
    int64_t began = mono_ms();
    MUST(whole == STREAMS, "%d of %d came to their end", whole, STREAMS);
    MUST(rig_relay_end(r, 0) == 0, "not 0");
    printf("   %d streams drained, ended %lld ms after the last\n", STREAMS,
        (long long)(mono_ms() - began));
    MUST(mono_ms() - began < 1500, "%lld ms", (long long)(mono_ms() - began));
    MUST(
        rig_number(r, "select count(*) from attempt where final=1 and input=9") == STREAMS, "rows");
    rig_relay_start(r);
    rig_stop(r);
}

static void drains_shorter(struct rig *r)
{
    struct streams s;

    faults_begin(r, "[flow]\ndrain = 1h\n");
    streams_begin(&s, r, "words=30 hang=4 in=9");
    kill(r->relay, SIGTERM);
    log_wait(r, "stopping", 1);
    int64_t began = mono_ms();
    kill(r->relay, SIGTERM);
    int whole = streams_end(&s);
    MUST(whole == 0, "%d ended", whole);
    MUST(rig_relay_end(r, 0) == 0, "not 0");
    printf("   the second SIGTERM ended it in %lld ms\n", (long long)(mono_ms() - began));
    MUST(mono_ms() - began < 3000, "%lld ms", (long long)(mono_ms() - began));
    MUST(rig_number(r, "select count(*) from attempt where input=9") == STREAMS, "rows");
    rig_relay_start(r);
    rig_stop(r);
}

/* At the limit of its time the rest is told and cut. */
static void drain_limit(struct rig *r)
{
    struct streams s;

    faults_begin(r, "[flow]\ndrain = 1s\n");
    streams_begin(&s, r, "words=30 hang=4 in=9");
    int64_t began = mono_ms();
    kill(r->relay, SIGTERM);
    MUST(streams_end(&s) == 0, "one ended");
    MUST(rig_relay_end(r, 0) == 0, "not 0");
    MUST(mono_ms() - began > 900 && mono_ms() - began < 4000, "%lld ms",
        (long long)(mono_ms() - began));
    MUST(rig_number(r, "select count(*) from attempt where input=9") == STREAMS, "rows");
    rig_relay_start(r);
    rig_stop(r);
}

/* --- reloads
 * --------------------------------------------------------------------------------------
 */

static int check_file(struct rig *r, char *said, size_t n)
{
    char *command =
        text_of("CRS_DATADIR=" CRS_SOURCE_DIR "/relay/data %s --check --config %s/crs-relay.conf "
                "2>&1",
            programs.relay, r->dir);
    FILE *f = popen(command, "r");

    MUST(f, "popen");
    size_t got = fread(said, 1, n - 1, f);
    said[got] = 0;
    free(command);
    int status = pclose(f);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int status_of_large(struct rig *r)
{
    struct answer a;
    char *pad = raw_again("a", 4000, NULL);

    messages(r, false, pad, &a);
    int status = a.status;
    answer_release(&a);
    free(pad);
    return status;
}

static void reloads(struct rig *r)
{
    static const char *const bad[] = {"[limits]\nmax_body = many\n", "[limits]\nno_such = 1\n",
        "[nowhere]\nx = 1\n", "[limits]\nmax_body 1\n", "[limits\n", "[data]\nprices = /none\n",
        "[limits]\nmax_connections = 0\n", "[upstream]\nconnect_timeout = -1s\n"};
    struct streams s;
    char said[1000], line[32];

    faults_begin(r, NULL);
    streams_begin(&s, r, "words=100 event_delay=20");
    for (size_t i = 0; i < LEN(bad); i++) {
        rig_settings(r, bad[i]);
        kill(r->relay, SIGHUP);
        log_wait(r, "settings not reloaded", (long)i + 1);
        MUST(check_file(r, said, sizeof said) != 0, "%s: %s", bad[i], said);
        snprintf(line, sizeof line, "crs-relay.conf:");
        MUST(strstr(said, line) || strstr(said, "/none"), "'%s' names no file and line: %s", bad[i],
            said);
        cJSON *refused = rig_refused(r, "system.reload", "{}");
        cJSON_Delete(refused);
        log_wait(r, "settings not reloaded", (long)i + 1);
    }
    MUST(status_of_large(r) == 200, "the old settings do not stay");
    rig_settings(r, "[limits]\nmax_body = 2KiB\n");
    MUST(check_file(r, said, sizeof said) == 0, "%s", said);
    kill(r->relay, SIGHUP);
    int64_t end = mono_ms() + 5000;
    while (status_of_large(r) != 413)
        MUST(mono_ms() < end, "the new settings do not come");
    MUST(streams_end(&s) == STREAMS, "a reload cut streams");
    rig_idle(r);
    rig_stop(r);
}

static bool say_moved(const struct villain_call *c)
{
    return villain_text(c, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                           "content-length: 14\r\n\r\n{\"moved\":true}");
}

/* An endpoint moved in providers.json is where the next request goes. */
static void moved(struct rig *r)
{
    struct villain *v = villain_start(say_moved, NULL);
    char *path, *text, from[40], to[40];
    struct answer a;

    faults_begin(r, NULL);
    faults_good(r);
    path = text_of("%s/providers.json", r->dir);
    text = read_whole(path, NULL);
    snprintf(from, sizeof from, "127.0.0.1:%d", r->fake_port);
    snprintf(to, sizeof to, "127.0.0.1:%d", villain_port(v));
    MUST(strlen(from) == strlen(to), "ports of another length");
    for (char *p = text; (p = strstr(p, from));)
        memcpy(p, to, strlen(to));
    /* Broken first: the old one stays. */
    write_whole(path, "{\"claude-console\":");
    cJSON_Delete(rig_refused(r, "system.reload", "{}"));
    faults_good(r);
    write_whole(path, text);
    rig_do(r, "system.reload", "{}");
    messages(r, false, "", &a);
    MUST(a.status == 200 && answer_has(&a, "moved"), "%d %s", a.status, a.body);
    answer_release(&a);
    free(path);
    free(text);
    rig_idle(r);
    rig_stop(r);
    villain_stop(v);
}

/* --- two of them, and what a crash leaves --- */

static int second_relay(struct rig *r, const char *socket, char *said, size_t n)
{
    char *path = text_of("%s/second.conf", r->dir);
    char *text = text_of("[relay]\nlisten = 127.0.0.1:0\nsocket = %s/%s\nsocket_group =\n"
                         "state_dir = %s/state\n[data]\nproviders = %s/providers.json\n",
        r->dir, socket, r->dir, r->dir);
    char *command = text_of("CRS_DATADIR=" CRS_SOURCE_DIR "/relay/data timeout -k 1 5 %s --config "
                            "%s 2>&1",
        programs.relay, path);

    write_whole(path, text);
    FILE *f = popen(command, "r");
    MUST(f, "popen");
    size_t got = fread(said, 1, n - 1, f);
    said[got] = 0;
    int status = pclose(f);
    free(command);
    free(text);
    free(path);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void two(struct rig *r)
{
    char said[2000];

    faults_begin(r, NULL);
    int status = second_relay(r, "control.sock", said, sizeof said);
    MUST(status > 0 && status != 124, "a second one on the same socket: %d %s", status, said);
    printf("   same socket: %s", said);
    status = second_relay(r, "other.sock", said, sizeof said);
    MUST(status > 0 && status != 124, "a second one on the same database: %d %s", status, said);
    printf("   same database: %s", said);
    faults_good(r);
    rig_do(r, "system.status", "{}");
    rig_idle(r);
    rig_stop(r);
}

static void killed(struct rig *r)
{
    struct streams s;
    int64_t worst = 0;

    faults_begin(r, NULL);
    for (int i = 0; i < 5; i++) {
        streams_begin(&s, r, "words=30 hang=4");
        MUST(rig_relay_end(r, SIGKILL) == -1, "it did not die");
        char *path = text_of("%s/control.sock", r->dir);
        MUST(access(path, F_OK) == 0, "no socket is left over to be replaced");
        free(path);
        int64_t began = mono_ms();
        rig_relay_start(r);
        int64_t took = mono_ms() - began;
        worst = took > worst ? took : worst;
        for (int k = 0; k < STREAMS; k++) {
            answer_release(&s.answers[k]);
            close(s.fds[k]);
        }
        faults_good(r);
    }
    printf("   after kill -9 with %d streams: serves again in at most %lld ms\n", STREAMS,
        (long long)worst);
    MUST(!faults_exact() || worst < 1000, "%lld ms", (long long)worst);
    rig_idle(r);
    rig_stop(r);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {
        {"drains", drains},
        {"drains-shorter", drains_shorter},
        {"drain-limit", drain_limit},
        {"reloads", reloads},
        {"moved", moved},
        {"two", two},
        {"killed", killed},
    };
    return rig_main(argc, argv, tests, LEN(tests));
}
