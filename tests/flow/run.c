/* Runs case files: run RELAY FAKE FILE... Each file has one relay; each case begins without
 * accounts, keys and rules, and must leave nothing running. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/flow/case.h"
#include "tests/flow/rig_int.h"

static jmp_buf failed;

static void jump(void)
{
    longjmp(failed, 1);
}

void story_fail(const struct story *s, const char *fmt, ...)
{
    va_list ap;

    (void)s;
    fputs("not ok : ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    jump();
    abort();
}

const char *story_secret(struct story *s, const char *key)
{
    if (key && strncmp(key, "cr_", 3) == 0)
        return key; /* a secret that the case makes up */
    for (int i = 0; i < s->n_keys; i++)
        if (strcmp(s->keys[i].name, key ? key : s->key) == 0)
            return s->keys[i].secret;
    story_fail(s, "no key '%s'", key ? key : s->key);
}

static void remove_all(struct rig *r, const char *list, const char *const *methods)
{
    cJSON *all = rig_call(r, list, "{}");
    const cJSON *o;

    cJSON_ArrayForEach(o, at_path(all, "items")) for (const char *const *m = methods; *m; m++)
        rig_do(r, *m, "{\"names\":[\"%s\"]}", text_at(o, "id"));
    cJSON_Delete(all);
}

static void story_begin(struct story *s, struct rig *r, const char *file, const char *title)
{
    static const char *const key_ends[] = {"key.remove", "key.purge", NULL};
    static const char *const account_ends[] = {"account.remove", NULL};

    memset(s, 0, sizeof *s);
    s->rig = r;
    s->file = file;
    s->title = title;
    answer_init(&s->answer);
    remove_all(r, "key.list", key_ends);
    remove_all(r, "account.list", account_ends);
    cJSON_Delete(rig_fake(r, "reset", "{}"));
    s->rows_before = rig_number(r, "select coalesce(max(n),0) from attempt");
    s->requests_before = rig_number(r, "select coalesce(max(n),0) from request");
}

static void story_end(struct story *s)
{
    for (int i = 0; i < s->n_keys; i++)
        free(s->keys[i].secret);
    for (int i = 0; i < HELD_MAX; i++)
        if (s->held[i].open) {
            close(s->held[i].fd);
            answer_release(&s->held[i].answer);
        }
    answer_release(&s->answer);
}

static void command_run(struct story *s, const struct line *l)
{
    const struct command *const tables[] = {setup_commands, ask_commands, look_commands};

    s->line = l->number;
    for (size_t t = 0; t < 3; t++)
        for (const struct command *c = tables[t]; c->name; c++) {
            if (strcmp(c->name, l->words[0]) != 0)
                continue;
            if (l->n - 1 < c->least)
                story_fail(s, "'%s' wants more words", c->name);
            c->run(s, l);
            return;
        }
    story_fail(s, "no command '%s'", l->words[0]);
}

/* Puts moments in: {now+3600} is epoch seconds by the relay's clock. Heap. */
static char *moments(const struct rig *r, const char *line)
{
    const char *at = strstr(line, "{now");
    char *end, *rest, *out;

    if (!at)
        return strdup(line);
    int64_t ms = wall_ms() + __atomic_load_n(r->clock, __ATOMIC_SEQ_CST);
    long by = strtol(at + 4, &end, 10);
    rest = moments(r, end + (*end == '}'));
    out = text_of("%.*s%lld%s", (int)(at - line), line, (long long)(ms / 1000 + by), rest);
    free(rest);
    return out;
}

/* {port} is the fake upstream's. Heap. */
static char *ports(const struct rig *r, const char *line)
{
    const char *at = strstr(line, "{port}");

    return at ? text_of("%.*s%d%s", (int)(at - line), line, r->fake_port, at + 6) : strdup(line);
}

/* {secret} is the one of the key used last. Heap. */
static char *secrets(struct story *s, const char *line)
{
    const char *at = strstr(line, "{secret}");

    return at ? text_of("%.*s%s%s", (int)(at - line), line, story_secret(s, NULL), at + 8)
              : strdup(line);
}

/* One case: the lines behind its title up to the next. True: it held. */
static bool story_run(
    struct rig *r, const char *file, const char *title, char **lines, int n, int first)
{
    static struct story s; /* longjmp leaves it as it is */
    static struct line l;

    rig_on_failure(jump);
    if (setjmp(failed)) {
        fprintf(stderr, "  at %s:%d, in '%s'\n", s.file, s.line, s.title);
        story_end(&s);
        rig_on_failure(NULL);
        return false;
    }
    story_begin(&s, r, file, title);
    for (int i = 0; i < n; i++) {
        char *moment = moments(r, lines[i]), *port = ports(r, moment), *text = secrets(&s, port);
        free(moment);
        free(port);
        line_read(&l, text, first + i);
        free(text);
        if (l.n)
            command_run(&s, &l);
        line_release(&l);
    }
    story_end(&s);
    rig_idle(r);
    rig_on_failure(NULL);
    return true;
}

/* Cuts a file into lines; an indented line goes on with the one before it. */
static char **lines_of(char *text, int *n)
{
    char **lines = NULL;

    *n = 0;
    for (char *save = NULL, *p = text; p; p = save) {
        save = strchr(p, '\n');
        if (save)
            *save++ = 0;
        lines = realloc(lines, (size_t)(*n + 1) * sizeof *lines);
        if (!lines)
            abort();
        int before = *n - 1;
        while (before >= 0 && !*lines[before])
            before--;
        if (*p == ' ' && before >= 0) {
            char *joined = text_of("%s %s", lines[before], p);
            free(lines[before]);
            lines[before] = joined;
            p = "";
        }
        lines[(*n)++] = strdup(p);
    }
    return lines;
}

static char *settings_of(char **lines, int n)
{
    char *out = NULL;
    size_t size;
    FILE *f = open_memstream(&out, &size);

    for (int i = 0; i < n; i++)
        if (strncmp(lines[i], "setting ", 8) == 0)
            fprintf(f, "%s\n", lines[i] + 8);
    fclose(f);
    return out;
}

/* Ten in the morning by the relay's clock: no case may depend on how near midnight it is run. */
static void morning(struct rig *r)
{
    const int64_t day = 24 * 3600 * 1000, ten = 10 * 3600 * 1000;

    rig_turn_clock(r, (day + ten - wall_ms() % day) % day);
}

struct tally {
    int held, broken;
};

static void file_run(const char *path, const char *only, struct tally *t)
{
    char *text = read_whole(path, NULL);
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    struct rig r;
    int n, next;

    MUST(text, "cannot read '%s'", path);
    char **lines = lines_of(text, &n), *settings = settings_of(lines, n);
    rig_start(&r, settings);
    morning(&r);
    for (int i = 0; i < n; i = next) {
        for (next = i + 1; next < n && strncmp(lines[next], "== ", 3) != 0; next++)
            ;
        if (strncmp(lines[i], "== ", 3) != 0 || (only && !strstr(lines[i], only)))
            continue;
        if (story_run(&r, name, lines[i] + 3, lines + i + 1, next - i - 1, i + 2))
            t->held++;
        else
            t->broken++;
    }
    /* In every file: the sums are those of the rows. */
    MUST(rig_number(&r, "select sum(cost) from attempt") ==
             rig_number(&r, "select sum(cost) from tally"),
        "%s: the tallies are not the sum of the rows", name);
    if (t->broken)
        fprintf(stderr, "the relay's log is in %s\n", r.dir);
    else
        rig_stop(&r);
    for (int i = 0; i < n; i++)
        free(lines[i]);
    free(lines);
    free(settings);
    free(text);
}

int main(int argc, char **argv)
{
    struct tally all = {0};
    const char *only = getenv("CRS_TEST_CASE");

    if (argc < 4) {
        fprintf(stderr, "usage: %s CRS-RELAY CRS-FAKE-UPSTREAM FILE...\n", argv[0]);
        return 2;
    }
    programs.relay = argv[1];
    programs.fake = argv[2];
    for (int i = 3; i < argc; i++) {
        struct tally t = {0};
        int64_t began = mono_ms();
        file_run(argv[i], only, &t);
        printf("%s: %d held, %d broken (%lld ms)\n", argv[i], t.held, t.broken,
            (long long)(mono_ms() - began));
        all.held += t.held;
        all.broken += t.broken;
    }
    return all.broken ? 1 : 0;
}
