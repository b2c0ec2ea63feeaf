/* Raw bytes to the relay, and what the relay costs the machine. */
#include "tests/faults/faults.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/flow/rig_int.h"

#define TALK_MS 30000

char *raw_talk(int port, const char *bytes, size_t n, size_t *got)
{
    int fd = ask_connect(port);
    int64_t end = mono_ms() + TALK_MS;
    char *text = NULL, part[16384];
    size_t len = 0, sent = 0;
    FILE *out = open_memstream(&text, &len);

    for (;;) {
        short want = (short)(POLLIN | (sent < n ? POLLOUT : 0));
        struct pollfd p = {.fd = fd, .events = want};
        MUST(mono_ms() < end, "the relay neither reads nor closes; %zu of %zu bytes sent", sent, n);
        if (poll(&p, 1, 100) <= 0)
            continue;
        if (p.revents & (POLLIN | POLLHUP | POLLERR)) {
            ssize_t m = recv(fd, part, sizeof part, MSG_DONTWAIT);
            if (m <= 0 && errno != EAGAIN)
                break;
            if (m == 0)
                break;
            if (m > 0)
                fwrite(part, 1, (size_t)m, out);
        }
        if (p.revents & POLLOUT) {
            ssize_t m = send(fd, bytes + sent, n - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
            sent = m > 0 ? sent + (size_t)m : m < 0 && errno != EAGAIN ? n : sent;
        }
    }
    fclose(out);
    close(fd);
    if (got)
        *got = len;
    return text;
}

int raw_status(const char *answer)
{
    int status = 0;

    return sscanf(answer, "HTTP/1.1 %d ", &status) == 1 ? status : 0;
}

char *raw_again(const char *what, size_t times, size_t *n)
{
    size_t one = strlen(what);
    char *all = malloc(one * times + 1);

    MUST(all, "memory");
    for (size_t i = 0; i < times; i++)
        memcpy(all + i * one, what, one);
    all[one * times] = 0;
    if (n)
        *n = one * times;
    return all;
}

char *messages_body(bool stream, const char *directive)
{
    return text_of("{\"model\":\"claude-haiku-4-5\",\"max_tokens\":64,\"stream\":%s,\"messages\":[{"
                   "\"role\":\"user\",\"content\":\"hello [[fake: %s]]\"}]}",
        stream ? "true" : "false", directive);
}

static char *messages_text(struct rig *r, bool stream, const char *directive)
{
    char *fields = text_of("x-api-key: %s\r\nanthropic-version: 2023-06-01\r\n"
                           "content-type: application/json\r\n",
        r->secret);
    char *body = messages_body(stream, directive);
    char *text = ask_text("POST", "/api/v1/messages", fields, body);

    free(fields);
    free(body);
    return text;
}

int messages_begin(struct rig *r, bool stream, const char *directive)
{
    char *text = messages_text(r, stream, directive);
    int fd = ask_connect(r->relay_port);

    ask_send(fd, text, strlen(text));
    free(text);
    return fd;
}

void messages(struct rig *r, bool stream, const char *directive, struct answer *a)
{
    int fd = messages_begin(r, stream, directive);

    answer_init(a);
    ask_read(fd, a, 0);
    close(fd);
}

void faults_begin(struct rig *r, const char *settings)
{
    rig_start(r, settings);
    rig_do(r, "account.add",
        "{\"kind\":\"claude-console\",\"name\":\"console\",\"key\":\"sk-ant-api03-faults\"}");
    rig_key(r, "ci", "");
}

int64_t faults_reached(struct rig *r)
{
    cJSON *all = rig_fake(r, "requests", NULL);
    int n = cJSON_GetArraySize(all);

    cJSON_Delete(all);
    return n;
}

void faults_good(struct rig *r)
{
    struct answer a;
    int64_t began = mono_ms();

    messages(r, true, "words=2", &a);
    MUST(a.status == 200 && a.ended && answer_has(&a, "message_stop"), "%d %s", a.status, a.body);
    MUST(mono_ms() - began < (faults_exact() ? 2000 : 10000), "a good request took %lld ms",
        (long long)(mono_ms() - began));
    answer_release(&a);
}

void streams_begin(struct streams *s, struct rig *r, const char *directive)
{
    for (int i = 0; i < STREAMS; i++)
        s->fds[i] = messages_begin(r, true, directive);
    for (int i = 0; i < STREAMS; i++) {
        answer_init(&s->answers[i]);
        ask_read(s->fds[i], &s->answers[i], 2);
        MUST(s->answers[i].status == 200, "%d %s", s->answers[i].status, s->answers[i].body);
    }
}

int streams_end(struct streams *s)
{
    int whole = 0;

    for (int i = 0; i < STREAMS; i++) {
        struct answer *a = &s->answers[i];
        ask_read(s->fds[i], a, 0);
        bool stop = answer_has(a, "message_stop");
        MUST(stop == a->ended, "an end that is none: %s", a->body);
        MUST(stop || answer_has(a, "event: error"), "cut without a word: %s", a->body);
        whole += stop;
        answer_release(a);
        close(s->fds[i]);
    }
    return whole;
}

long log_count(struct rig *r, const char *name, const char *text)
{
    char *path = text_of("%s/%s", r->dir, name), *all = read_whole(path, NULL);
    long n = 0;

    for (const char *p = all; p && (p = strstr(p, text)); p++)
        n++;
    free(all);
    free(path);
    return n;
}

void log_wait(struct rig *r, const char *text, long n)
{
    int64_t end = mono_ms() + 5000;

    while (log_count(r, "relay.log", text) < n) {
        MUST(mono_ms() < end, "no line '%s'", text);
        poll(NULL, 0, 2);
    }
}

bool faults_exact(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false;
#else
    return true;
#endif
}

/* A number of kB in /proc/PID/status. */
static long status_kib(const struct rig *r, const char *name)
{
    char path[64], line[256];
    long kib = -1;

    snprintf(path, sizeof path, "/proc/%d/status", (int)r->relay);
    FILE *f = fopen(path, "r");
    MUST(f, "%s", path);
    while (kib < 0 && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0)
            kib = atol(line + strlen(name));
    fclose(f);
    MUST(kib >= 0, "no %s", name);
    return kib;
}

long relay_rss_kib(const struct rig *r)
{
    return status_kib(r, "VmRSS:");
}

long relay_own_kib(const struct rig *r)
{
    return status_kib(r, "RssAnon:");
}

long relay_peak_kib(const struct rig *r)
{
    return status_kib(r, "VmHWM:");
}

int64_t relay_cpu_us(const struct rig *r)
{
    char path[64], line[1024] = "";
    unsigned long user, system;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)r->relay);
    FILE *f = fopen(path, "r");
    MUST(f && fgets(line, sizeof line, f), "%s", path);
    fclose(f);
    const char *p = strrchr(line, ')');
    MUST(p && sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                  &system) == 2,
        "%s", line);
    return (int64_t)(user + system) * 1000000 / sysconf(_SC_CLK_TCK);
}

long relay_descriptors(const struct rig *r)
{
    char path[64];
    long n = 0;

    snprintf(path, sizeof path, "/proc/%d/fd", (int)r->relay);
    DIR *d = opendir(path);
    MUST(d, "%s: %s", path, strerror(errno));
    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}
