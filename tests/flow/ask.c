/* A small HTTP/1.1 client. */
#include "tests/flow/ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/flow/rig_int.h"

#define PATIENCE_S 120

enum phase { IN_HEAD, IN_BODY, IN_SIZE, IN_CHUNK, IN_TRAILERS, TO_CLOSE, OVER };

void answer_init(struct answer *a)
{
    memset(a, 0, sizeof *a);
    a->body = calloc(1, 1);
}

void answer_release(struct answer *a)
{
    free(a->head);
    free(a->body);
    free(a->raw);
    memset(a, 0, sizeof *a);
}

static char *append(char *to, size_t *n, const char *p, size_t m)
{
    to = realloc(to, *n + m + 1);
    if (!to)
        abort();
    memcpy(to + *n, p, m);
    *n += m;
    to[*n] = 0;
    return to;
}

char *answer_field(const struct answer *a, const char *name)
{
    size_t n = strlen(name);

    for (const char *line = a->head; line && *line;) {
        const char *end = strstr(line, "\r\n");
        if (!end)
            break;
        if (strncasecmp(line, name, n) == 0 && line[n] == ':') {
            const char *v = line + n + 1;
            v += strspn(v, " \t");
            return strndup(v, (size_t)(end - v));
        }
        line = end + 2;
    }
    return NULL;
}

static void over(struct answer *a)
{
    a->phase = OVER;
    a->ended = true;
}

static void head_read(struct answer *a)
{
    char *length, *coding, *connection;

    if (sscanf(a->head, "HTTP/1.1 %3d", &a->status) != 1) {
        a->bad = true;
        return;
    }
    length = answer_field(a, "content-length");
    coding = answer_field(a, "transfer-encoding");
    connection = answer_field(a, "connection");
    a->closes = connection && strcasecmp(connection, "close") == 0;
    a->chunked = coding && strcasecmp(coding, "chunked") == 0;
    a->left = length ? strtoul(length, NULL, 10) : 0;
    if (coding && length)
        a->bad = true;
    a->phase = a->chunked ? IN_SIZE : length ? IN_BODY : TO_CLOSE;
    if (a->status == 204 || a->status == 304 || (a->phase == IN_BODY && a->left == 0))
        over(a);
    free(length);
    free(coding);
    free(connection);
}

/* How many of the n bytes at p were used; 0: more are needed. */
static size_t answer_step(struct answer *a, char *p, size_t n)
{
    char *end;
    size_t m;

    switch (a->phase) {
    case IN_HEAD:
        end = memmem(p, n, "\r\n\r\n", 4);
        if (!end)
            return 0;
        m = (size_t)(end - p) + 2;
        a->head = strndup(p, m);
        head_read(a);
        return m + 2;
    case IN_SIZE:
        end = memmem(p, n, "\r\n", 2);
        if (!end)
            return 0;
        a->left = strtoul(p, NULL, 16);
        a->phase = a->left ? IN_CHUNK : IN_TRAILERS;
        a->left += 2;
        return (size_t)(end - p) + 2;
    case IN_TRAILERS:
        if (n < 2)
            return 0;
        over(a);
        return 2;
    case IN_CHUNK:
    case IN_BODY:
        m = n < a->left ? n : a->left;
        if (a->phase == IN_BODY)
            a->body = append(a->body, &a->n, p, m);
        else if (a->left > 2)
            a->body = append(a->body, &a->n, p, m < a->left - 2 ? m : a->left - 2);
        a->left -= m;
        if (!a->left && a->phase == IN_BODY)
            over(a);
        else if (!a->left)
            a->phase = IN_SIZE;
        return m;
    case TO_CLOSE:
        a->body = append(a->body, &a->n, p, n);
        return n;
    default:
        a->bad = true; /* bytes behind the end: nobody asked for them */
        return n;
    }
}

void answer_feed(struct answer *a, const char *p, size_t n)
{
    size_t at = 0, used;

    a->raw = append(a->raw, &a->raw_n, p, n);
    while (at < a->raw_n && !a->bad && (used = answer_step(a, a->raw + at, a->raw_n - at)))
        at += used;
    memmove(a->raw, a->raw + at, a->raw_n - at);
    a->raw_n -= at;
    a->raw[a->raw_n] = 0;
}

void answer_closed(struct answer *a)
{
    a->closes = true;
    if (a->phase == TO_CLOSE)
        over(a);
}

size_t answer_events(const struct answer *a)
{
    size_t n = 0;

    for (const char *p = a->body; (p = strstr(p, "\n\n")); p += 2)
        n++;
    return n;
}

bool answer_has(const struct answer *a, const char *text)
{
    return strstr(a->body, text) != NULL;
}

int ask_connect(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    MUST(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0, "port %d: %s", port,
        strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

char *ask_text(const char *method, const char *path, const char *fields, const char *body)
{
    char length[64] = "";

    if (body)
        snprintf(length, sizeof length, "content-length: %zu\r\n", strlen(body));
    return text_of("%s %s HTTP/1.1\r\nhost: 127.0.0.1\r\n%s%s\r\n%s", method, path,
        fields ? fields : "", length, body ? body : "");
}

void ask_send(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t m = send(fd, text, n, MSG_NOSIGNAL);
        if (m < 0)
            return; /* the answer, or its end, tells */
        text += m;
        n -= (size_t)m;
    }
}

void ask_read(int fd, struct answer *a, size_t events)
{
    char part[16384];

    while (!a->ended && !a->bad && (!events || answer_events(a) < events)) {
        ssize_t n = recv(fd, part, sizeof part, 0);
        MUST(n >= 0 || errno == ECONNRESET, "reading an answer: %s", strerror(errno));
        if (n <= 0) {
            answer_closed(a);
            return;
        }
        answer_feed(a, part, (size_t)n);
    }
}

void ask(int port, const char *method, const char *path, const char *fields, const char *body,
    struct answer *a)
{
    int fd = ask_connect(port);
    char *text = ask_text(method, path, fields, body);

    answer_init(a);
    ask_send(fd, text, strlen(text));
    ask_read(fd, a, 0);
    close(fd);
    free(text);
}
