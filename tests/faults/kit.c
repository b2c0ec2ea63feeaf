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
