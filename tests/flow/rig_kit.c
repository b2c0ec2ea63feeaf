/* Small things: failing, texts, files, JSON by path, the list of tests. */
#include "tests/flow/rig_int.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *test_name = "";

/* The relay's last words help more than any message here. */
static void show_log(void)
{
    const struct rig *r = programs.running;
    size_t n = 0;

    if (!r || !r->dir[0])
        return;
    char *path = text_of("%s/relay.log", r->dir), *log = read_whole(path, &n);
    fprintf(stderr, "left in %s; the relay's last words:\n%s\n", r->dir,
        log ? log + (n > 2000 ? n - 2000 : 0) : "none");
    free(log);
    free(path);
}

static void (*on_failure)(void);

void rig_on_failure(void (*f)(void))
{
    on_failure = f;
}

static void fail_now(void)
{
    if (on_failure)
        on_failure();
    show_log();
    exit(1);
}

void die(const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "not ok %s: ", test_name);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    fail_now();
    abort();
}

void die_at(const char *file, int line, const char *what, const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "not ok %s: %s:%d: %s: ", test_name, file, line, what);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    fail_now();
    abort();
}

char *text_of(const char *fmt, ...)
{
    char *s = NULL;
    va_list ap;

    va_start(ap, fmt);
    if (vasprintf(&s, fmt, ap) < 0)
        abort();
    va_end(ap);
    return s;
}

char *read_whole(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL, part[65536];
    size_t got, len = 0;

    if (!f)
        return NULL;
    FILE *out = open_memstream(&text, &len);
    while ((got = fread(part, 1, sizeof part, f)))
        fwrite(part, 1, got, out);
    fclose(out);
    fclose(f);
    if (n)
        *n = len;
    return text;
}

void write_whole(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    MUST(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s", path);
    close(fd);
}

const cJSON *at_path(const cJSON *o, const char *path)
{
    char part[128];

    while (o && *path) {
        size_t n = strcspn(path, ".");
        snprintf(part, sizeof part, "%.*s", (int)n, path);
        o = cJSON_IsArray(o) ? cJSON_GetArrayItem(o, atoi(part))
                             : cJSON_GetObjectItemCaseSensitive(o, part);
        path += n + (path[n] == '.');
    }
    return o;
}

int64_t number_at(const cJSON *o, const char *path)
{
    const cJSON *v = at_path(o, path);

    if (!cJSON_IsNumber(v)) {
        char *text = cJSON_PrintUnformatted(o);
        die("no number '%s' in %s", path, text);
    }
    return (int64_t)v->valuedouble;
}

const char *text_at(const cJSON *o, const char *path)
{
    const char *v = cJSON_GetStringValue(at_path(o, path));

    if (!v) {
        char *text = cJSON_PrintUnformatted(o);
        die("no text '%s' in %s", path, text);
    }
    return v;
}

int64_t mono_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t wall_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

long scaled(long n)
{
    const char *long_run = getenv("CRS_TEST_LONG");

    if (long_run && *long_run == '1')
        return n;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    n = n / 50;
#else
    n = n / 10;
#endif
    return n > 0 ? n : 1;
}

static bool asked_for(int argc, char **argv, const char *name)
{
    for (int i = 3; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc <= 3;
}

int rig_main(int argc, char **argv, const struct rig_test *tests, size_t n)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s CRS-RELAY CRS-FAKE-UPSTREAM [TEST...]\n", argv[0]);
        return 2;
    }
    programs.relay = argv[1];
    programs.fake = argv[2];
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < n; i++) {
        struct rig r;
        int64_t began = mono_ms();
        if (!asked_for(argc, argv, tests[i].name))
            continue;
        test_name = tests[i].name;
        tests[i].run(&r);
        printf("ok %s (%lld ms)\n", tests[i].name, (long long)(mono_ms() - began));
    }
    return 0;
}
