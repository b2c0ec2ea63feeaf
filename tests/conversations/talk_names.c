/* Names and words in the files of conversations, and the stage on which they play. */
#include "tests/conversations/talk_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "common/alloc.h"

_Noreturn void reading_refuse(const struct reading *r, const char *what)
{
    fprintf(stderr, "%s:%d: what is '%s'\n", r->file, r->line, what);
    exit(2);
}

void talk_wrong(const struct talk *t, const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "not ok %s, '%s' (%s:%d): ", t->stage->kind, t->title, t->file, t->line);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

/* --- words with a value
 * ---------------------------------------------------------------------------- */

char *word_of(const char *words, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = words; p && *p; p += strcspn(p, " ")) {
        p += strspn(p, " ");
        if (strncmp(p, name, n) == 0 && p[n] == '=')
            return xstrndup(p + n + 1, strcspn(p + n + 1, " "));
    }
    return NULL;
}

bool word_there(const char *words, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = words; p && *p; p += strcspn(p, " ")) {
        p += strspn(p, " ");
        if (strncmp(p, word, n) == 0 && (p[n] == ' ' || !p[n]))
            return true;
    }
    return false;
}

/* --- names in lines
 * ------------------------------------------------------------------------------------ */

static const char *name_value(const struct strlist *names, const char *name, size_t n)
{
    for (size_t i = names->n; i-- > 0;)
        if (strncmp(names->v[i], name, n) == 0 && names->v[i][n] == '=')
            return names->v[i] + n + 1;
    return NULL;
}

/* {now+N}: epoch seconds; {date+N}: RFC 3339. True when there was one at p. */
static bool moment_add(const struct reading *r, const char **p, struct buf *out)
{
    bool date = strncmp(*p, "{date", 5) == 0;
    char *end, text[32];

    if (!date && strncmp(*p, "{now", 4) != 0)
        return false;
    time_t at = (time_t)(r->now / 1000 + strtol(*p + (date ? 5 : 4), &end, 10));
    struct tm tm;
    if (date)
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
    else
        snprintf(text, sizeof text, "%lld", (long long)at);
    buf_adds(out, text);
    *p = end + (*end == '}');
    return true;
}

/* The line as one side knows it. */
void reading_expand(const struct reading *r, enum side side, const char *p, struct buf *out)
{
    while (*p) {
        if (moment_add(r, &p, out))
            continue;
        size_t n = strncmp(p, "${", 2) == 0 ? strcspn(p + 2, "}") : 0;
        if (!n) {
            buf_addc(out, *p++);
            continue;
        }
        const char *value = name_value(&r->stage->names[side], p + 2, n);
        if (!value) {
            fprintf(stderr, "%.*s: ", (int)n, p + 2);
            reading_refuse(r, "no such name");
        }
        reading_expand(r, side, value, out);
        p += n + 3;
    }
}

char *reading_expanded(const struct reading *r, enum side side, const char *text)
{
    struct buf b = BUF_INIT;

    reading_expand(r, side, text, &b);
    return buf_steal(&b, NULL);
}

/* --- the stage
 * ------------------------------------------------------------------------------------------- */

struct stage *stage_copy(struct talks *t, const struct stage *s)
{
    struct stage *c = xcalloc(1, sizeof *c);
    char *const from[] = {s->kind, s->login, s->access, s->extra, s->set, s->profile};
    char **const to[] = {&c->kind, &c->login, &c->access, &c->extra, &c->set, &c->profile};

    for (size_t i = 0; i < sizeof to / sizeof *to; i++)
        *to[i] = from[i] ? xstrdup(from[i]) : NULL;
    c->frames = s->frames;
    c->crlf = s->crlf;
    for (size_t side = 0; side < SIDES; side++)
        for (size_t i = 0; i < s->names[side].n; i++)
            strlist_add(&c->names[side], s->names[side].v[i]);
    t->stages = xrealloc(t->stages, (t->n_stages + 1) * sizeof(*t->stages));
    t->stages[t->n_stages++] = c;
    return c;
}

static void stage_name(struct reading *r, const char *text, bool client, bool upstream)
{
    size_t n = strcspn(text, " ");
    char *row = xasprintf("%.*s=%s", (int)n, text, text + n + (text[n] == ' '));

    if (client)
        strlist_add(&r->stage->names[SIDE_CLIENT], row);
    if (upstream)
        strlist_add(&r->stage->names[SIDE_UPSTREAM], row);
    free(row);
}

bool stage_line(struct reading *r, const char *word, const char *rest)
{
    static const char *const words[] = {"kind", "login", "access", "extra", "set", "profile", "let",
        "let.client", "let.upstream", "wire"};
    size_t i = 0, n = sizeof words / sizeof *words;

    while (i < n && strcmp(words[i], word) != 0)
        i++;
    if (i == n)
        return false;
    r->stage = stage_copy(r->talks, r->stage);
    struct stage *s = r->stage;
    char **const members[] = {&s->kind, &s->login, &s->access, &s->extra, &s->set, &s->profile};
    if (i < sizeof members / sizeof *members) {
        free(*members[i]);
        *members[i] = xstrdup(rest);
    } else if (strcmp(word, "wire") == 0) {
        s->frames = word_there(rest, "frames");
        s->crlf = word_there(rest, "crlf");
    } else {
        stage_name(r, rest, strcmp(word, "let.upstream") != 0, strcmp(word, "let.client") != 0);
    }
    if (r->talk)
        r->talk->stage = s;
    else
        r->base = s;
    return true;
}

void stage_free(struct stage *s)
{
    char *const texts[] = {s->kind, s->login, s->access, s->extra, s->set, s->profile};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    for (size_t side = 0; side < SIDES; side++)
        strlist_release(&s->names[side]);
    free(s);
}
