/* The files of conversations: lines into what they stand for. */
#include "tests/conversations/talk_int.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/path.h"

/* --- answers
 * -------------------------------------------------------------------------------------------- */

static void event_add(
    const struct reading *r, struct buf *out, const char *name, const char *data, bool crlf)
{
    const char *end = crlf ? "\r\n" : "\n";

    (void)r;
    if (*name)
        buf_addf(out, "event: %s%s", name, end);
    buf_addf(out, "data: %s%s%s", data, end, end);
}

static void event_line(struct reading *r, const char *word, const char *rest)
{
    struct talk *t = r->talk;
    bool named = strcmp(word, "event") == 0;
    size_t n = named ? strcspn(rest, " ") : 0;
    char *name = xstrndup(rest, n);
    const char *data = rest + n + (n && rest[n] == ' ');
    char *client = reading_expanded(r, SIDE_CLIENT, data),
         *upstream = reading_expanded(r, SIDE_UPSTREAM, data);

    if (!t->heard_apart || r->hears)
        event_add(r, &t->heard, name, client, r->stage->crlf && !r->stage->frames);
    if (!r->hears) {
        t->streams = true;
        if (r->stage->frames)
            frame_chunk(&t->answer, upstream);
        else
            event_add(r, &t->answer, name, upstream, r->stage->crlf);
        if (t->n_ends == ENDS_MAX)
            reading_refuse(r, "too many events");
        t->ends[t->n_ends++] = t->answer.len;
    }
    free(name);
    free(client);
    free(upstream);
}

/* Bytes as they are: json without, text with a line end. */
static void bytes_line(struct reading *r, const char *word, const char *rest)
{
    struct talk *t = r->talk;
    const char *end = strcmp(word, "text") == 0 ? "\n" : "";

    if (!t->heard_apart || r->hears) {
        reading_expand(r, SIDE_CLIENT, rest, &t->heard);
        buf_adds(&t->heard, end);
    }
    if (!r->hears) {
        reading_expand(r, SIDE_UPSTREAM, rest, &t->answer);
        buf_adds(&t->answer, end);
    }
}

static void exception_line(struct reading *r, const char *rest)
{
    size_t n = strcspn(rest, " ");
    char *type = xstrndup(rest, n);

    frame_exception(&r->talk->answer, type, rest + n + (rest[n] == ' '));
    r->talk->streams = true;
    r->talk->ends[r->talk->n_ends++] = r->talk->answer.len;
    free(type);
}

static bool answer_line(struct reading *r, const char *word, const char *rest)
{
    struct talk *t = r->talk;

    if (strcmp(word, "event") == 0 || strcmp(word, "data") == 0) {
        event_line(r, word, rest);
    } else if (strcmp(word, "json") == 0 || strcmp(word, "text") == 0) {
        bytes_line(r, word, rest);
    } else if (strcmp(word, "exception") == 0) {
        exception_line(r, rest);
    } else if (strcmp(word, "hears") == 0) {
        r->hears = t->heard_apart = true;
        buf_reset(&t->heard);
    } else if (strcmp(word, "cut") == 0) {
        t->cut = t->incomplete = true;
    } else if (strcmp(word, "framing") == 0) {
        t->framing = strcmp(rest, "close") == 0    ? FRAMING_CLOSE
                     : strcmp(rest, "length") == 0 ? FRAMING_LENGTH
                                                   : FRAMING_CHUNKED;
    } else {
        return false;
    }
    return true;
}

/* --- requests and what must be
 * ---------------------------------------------------------------------------- */

static void crlf_add(const struct reading *r, enum side side, struct buf *out, const char *text)
{
    reading_expand(r, side, text, out);
    buf_adds(out, "\r\n");
}

static void text_set(const struct reading *r, enum side side, char **to, const char *text)
{
    free(*to);
    *to = reading_expanded(r, side, text);
}

static void list_add(const struct reading *r, enum side side, struct strlist *l, const char *text)
{
    char *s = reading_expanded(r, side, text);

    strlist_add(l, s);
    free(s);
}

static void body_line(struct reading *r, const char *rest)
{
    buf_reset(&r->talk->body);
    buf_reset(&r->talk->sent);
    reading_expand(r, SIDE_CLIENT, rest, &r->talk->body);
    reading_expand(r, SIDE_UPSTREAM, rest, &r->talk->sent);
    r->talk->has_body = true;
}

static bool request_line(struct reading *r, const char *word, const char *rest)
{
    struct talk *t = r->talk;

    if (strcmp(word, ">") == 0) {
        crlf_add(r, SIDE_CLIENT, &t->ask, rest);
    } else if (strcmp(word, "body") == 0) {
        body_line(r, rest);
    } else if (strcmp(word, "to") == 0) {
        text_set(r, SIDE_UPSTREAM, &t->url, rest);
    } else if (strcmp(word, "to.method") == 0) {
        text_set(r, SIDE_UPSTREAM, &t->method, rest);
    } else if (strcmp(word, "to.field") == 0) {
        list_add(r, SIDE_UPSTREAM, &t->fields, rest);
    } else if (strcmp(word, "to.not") == 0) {
        list_add(r, SIDE_UPSTREAM, &t->absent, rest);
    } else if (strcmp(word, "to.body") == 0) {
        buf_reset(&t->sent);
        reading_expand(r, SIDE_UPSTREAM, rest, &t->sent);
    } else {
        return false;
    }
    return true;
}

static bool wanted_line(struct reading *r, const char *word, const char *rest)
{
    struct talk *t = r->talk;
    static const char *const words[] = {"says", "usage", "quota", "fault", "fails", "state"};
    char **const texts[] = {&t->says, &t->usage, &t->quota, &t->fault, &t->fails, &t->state};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i]) == 0) {
            text_set(r, SIDE_UPSTREAM, texts[i], rest);
            return true;
        }
    }
    if (strcmp(word, "<") == 0)
        crlf_add(r, SIDE_UPSTREAM, &t->head, rest);
    else if (strcmp(word, "incomplete") == 0)
        t->incomplete = true;
    else if (strcmp(word, "shown") == 0)
        list_add(r, SIDE_CLIENT, &t->shown, rest);
    else if (strcmp(word, "hidden") == 0)
        list_add(r, SIDE_CLIENT, &t->hidden, rest);
    else
        return false;
    return true;
}

static void talk_begin(struct reading *r, const char *title)
{
    struct talks *all = r->talks;
    struct talk *t = xcalloc(1, sizeof *t);

    r->stage = r->base;
    if (!r->stage->kind)
        reading_refuse(r, "no kind is set");
    t->file = xstrdup(r->file);
    t->line = r->line;
    t->title = xstrdup(title);
    t->stage = r->stage;
    r->hears = false;
    buf_init(&t->ask);
    buf_init(&t->body);
    buf_init(&t->sent);
    buf_init(&t->head);
    buf_init(&t->answer);
    buf_init(&t->heard);
    all->v = xrealloc(all->v, (all->n + 1) * sizeof(*all->v));
    all->v[all->n++] = t;
    r->talk = t;
}

static void file_read(struct reading *r, const char *path);

/* What an included file says of the stage ends with it. */
static void include(struct reading *r, const char *name)
{
    struct reading in = *r;
    char *here = xstrdup(r->file), *path = xasprintf("%s/%s", dirname(here), name);

    in.base = in.stage = stage_copy(r->talks, r->base);
    in.talk = NULL;
    file_read(&in, path);
    free(here);
    free(path);
    r->talk = NULL;
}

static void line_do(struct reading *r, char *text)
{
    if (!*text || *text == '#')
        return;
    size_t n = strcspn(text, " ");
    char *rest = text + n + (text[n] == ' ');
    text[n] = 0;
    if (strcmp(text, "==") == 0)
        talk_begin(r, rest);
    else if (strcmp(text, "include") == 0)
        include(r, rest);
    else if (!stage_line(r, text, rest) &&
             !(r->talk && (request_line(r, text, rest) || answer_line(r, text, rest) ||
                              wanted_line(r, text, rest))))
        reading_refuse(r, text);
}

static void file_read(struct reading *r, const char *path)
{
    struct buf all = BUF_INIT;
    struct err err;

    r->file = path;
    r->line = 0;
    if (path_read(path, 4u << 20, &all, &err)) {
        fprintf(stderr, "%s\n", err.text);
        exit(2);
    }
    for (char *p = all.data, *next; p; p = next) {
        next = strchr(p, '\n');
        if (next)
            *next++ = 0;
        r->line++;
        line_do(r, p);
    }
    buf_release(&all);
}

void talks_read(struct talks *t, const char *path, int64_t now)
{
    struct stage none = {0};
    struct reading r = {.talks = t, .now = now};

    r.base = r.stage = stage_copy(t, &none);
    file_read(&r, path);
}

static void talk_free(struct talk *t)
{
    struct buf *const bufs[] = {&t->ask, &t->body, &t->sent, &t->head, &t->answer, &t->heard};
    char *const texts[] = {t->method, t->url, t->says, t->usage, t->quota, t->fault, t->fails,
        t->state, t->title, t->file};
    struct strlist *const lists[] = {&t->fields, &t->absent, &t->shown, &t->hidden};

    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
        buf_release(bufs[i]);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        strlist_release(lists[i]);
    free(t);
}

void talks_release(struct talks *t)
{
    for (size_t i = 0; i < t->n; i++)
        talk_free(t->v[i]);
    for (size_t i = 0; i < t->n_stages; i++)
        stage_free(t->stages[i]);
    free(t->v);
    free(t->stages);
}
