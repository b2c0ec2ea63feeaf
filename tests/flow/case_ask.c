/* Commands of the client's side: what it says, what it must hear. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "tests/flow/case.h"
#include "tests/flow/rig_int.h"

/* What an ordinary request of each API looks like. %1: model, text, ... are put in below. */
static const struct manner {
    const char *name, *path, *fields, *model;
} manners[] = {
    {"messages", "/api/v1/messages", "anthropic-version: 2023-06-01\r\n", "claude-haiku-4-5"},
    {"chat", "/openai/v1/chat/completions", "", "gpt-5.4-mini"},
    {"responses", "/openai/v1/responses", "", "gpt-5.4-mini"},
    {"gemini", "/gemini/v1beta/models/", "", "gemini-2.5-flash"},
    {"internal", "/gemini/v1internal:", "", "gemini-2.5-flash"},
    {NULL, NULL, NULL, NULL},
};

static const struct manner *manner_of(const struct story *s, const struct line *l)
{
    const char *as = word_value(l, "as");

    for (const struct manner *m = manners; m->name; m++)
        if (strcmp(m->name, as ? as : "messages") == 0)
            return m;
    story_fail(s, "no manner '%s'", as);
}

static char *quoted(const char *text)
{
    cJSON *o = cJSON_CreateString(text);
    char *out = cJSON_PrintUnformatted(o);

    cJSON_Delete(o);
    return out;
}

static char *body_messages(
    const struct line *l, const char *model, const char *text, const char *stream, const char *more)
{
    const char *session = word_value(l, "session");
    char *user = session ? text_of(",\"metadata\":{\"user_id\":\"user_%064d_account__session_%s\"}",
                               7, session)
                         : strdup("");
    char *body = text_of("{\"model\":\"%s\",\"max_tokens\":64%s%s,\"messages\":[{\"role\":\"user\","
                         "\"content\":%s}]%s}",
        model, stream, more, text, user);

    free(user);
    return body;
}

static char *body_of(struct story *s, const struct line *l, const struct manner *m)
{
    const char *whole = word_value(l, "body"), *say = word_value(l, "say");
    const char *model = word_value(l, "model"), *more = word_value(l, "more");
    const char *pad = word_value(l, "pad"); /* a member of so many bytes */
    const char *stream = word_flag(l, "stream") ? ",\"stream\":true" : "";

    (void)s;
    if (whole)
        return strcmp(whole, "-") == 0 ? NULL : strdup(whole);
    char *padding = NULL, *said = text_of("hello [[fake: %s]]", say ? say : ""),
         *text = quoted(said), *body;
    if (!model)
        model = m->model;
    if (!more)
        more = "";
    if (pad)
        more = padding = text_of(",\"pad\":\"%0*d\"", atoi(pad), 0);
    if (strcmp(m->name, "messages") == 0)
        body = body_messages(l, model, text, stream, more);
    else if (strcmp(m->name, "chat") == 0)
        body = text_of("{\"model\":\"%s\"%s%s,\"messages\":[{\"role\":\"user\",\"content\":%s}]}",
            model, stream, more, text);
    else if (strcmp(m->name, "responses") == 0)
        body = text_of("{\"model\":\"%s\"%s%s,\"input\":[{\"role\":\"user\",\"content\":[{\"type\":"
                       "\"input_text\",\"text\":%s}]}]}",
            model, stream, more, text);
    else if (strcmp(m->name, "gemini") == 0)
        body =
            text_of("{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":%s}]}]%s}", text, more);
    else
        body = text_of("{\"model\":\"%s\",\"project\":\"p\",\"request\":{\"contents\":[{\"role\":"
                       "\"user\",\"parts\":[{\"text\":%s}]}]}%s}",
            model, text, more);
    free(said);
    free(text);
    free(padding);
    return body;
}

static char *path_of(const struct line *l, const struct manner *m)
{
    const char *path = word_value(l, "path"), *model = word_value(l, "model");
    const char *verb = word_flag(l, "stream") ? "streamGenerateContent?alt=sse" : "generateContent";

    if (path)
        return strdup(path);
    if (strcmp(m->name, "gemini") == 0)
        return text_of("%s%s:%s", m->path, model ? model : m->model, verb);
    if (strcmp(m->name, "internal") == 0)
        return text_of("%s%s", m->path, verb);
    return strdup(m->path);
}

static char *fields_of(struct story *s, const struct line *l, const struct manner *m)
{
    const char *key = word_value(l, "key"), *as = word_value(l, "secret");
    char *fields = NULL;
    size_t n;
    FILE *f = open_memstream(&fields, &n);

    fputs(m->fields, f);
    if (as) /* a whole field: "x-goog-api-key: {key}" */
        fprintf(f, "%.*s%s\r\n", (int)strcspn(as, "{"), as, story_secret(s, key));
    else if (!word_flag(l, "anonymous"))
        fprintf(f, "authorization: Bearer %s\r\n", story_secret(s, key));
    if (!word_value(l, "type"))
        fputs("content-type: application/json\r\n", f);
    for (int i = 1; i < l->n; i++)
        if (strncmp(l->words[i], "field=", 6) == 0)
            fprintf(f, "%s\r\n", l->words[i] + 6);
    fclose(f);
    return fields;
}

static char *request_of(struct story *s, const struct line *l)
{
    const struct manner *m = manner_of(s, l);
    const char *method = word_value(l, "method");
    char *path = path_of(l, m), *fields = fields_of(s, l, m), *body = body_of(s, l, m);
    char *text = ask_text(method ? method : body ? "POST" : "GET", path, fields, body);

    free(path);
    free(fields);
    free(body);
    return text;
}

static void send_and_read(struct story *s, const char *text, size_t n)
{
    int fd = ask_connect(s->rig->relay_port);

    answer_release(&s->answer);
    answer_init(&s->answer);
    ask_send(fd, text, n);
    ask_read(fd, &s->answer, 0);
    close(fd);
}

/* ask [words] [times=N]: sends it, reads the whole answer; the last one of them counts. */
static void on_ask(struct story *s, const struct line *l)
{
    const char *times = word_value(l, "times");
    char *text = request_of(s, l);

    for (long i = times ? strtol(times, NULL, 10) : 1; i > 0; i--)
        send_and_read(s, text, strlen(text));
    free(text);
}

/* raw TEXT: bytes as they are, with \r\n written as such. */
static void on_raw(struct story *s, const struct line *l)
{
    char *text = strdup(l->words[1]), *to = text;

    for (const char *p = l->words[1]; *p; p++) {
        if (p[0] == '\\' && (p[1] == 'r' || p[1] == 'n'))
            *to++ = *++p == 'r' ? '\r' : '\n';
        else
            *to++ = *p;
    }
    send_and_read(s, text, (size_t)(to - text));
    free(text);
}

/* --- requests that stay under way
 * ------------------------------------------------------------------ */

static struct held *held_find(struct story *s, const char *name)
{
    for (int i = 0; i < HELD_MAX; i++)
        if (s->held[i].open && strcmp(s->held[i].name, name) == 0)
            return &s->held[i];
    story_fail(s, "no request '%s' is under way", name);
}

/* start NAME [words of ask] */
static void on_start(struct story *s, const struct line *l)
{
    struct held *h = NULL;
    char *text = request_of(s, l);

    for (int i = 0; i < HELD_MAX && !h; i++)
        if (!s->held[i].open)
            h = &s->held[i];
    if (!h)
        story_fail(s, "too many requests under way");
    snprintf(h->name, sizeof h->name, "%s", l->words[1]);
    h->fd = ask_connect(s->rig->relay_port);
    h->open = true;
    answer_init(&h->answer);
    ask_send(h->fd, text, strlen(text));
    free(text);
}

/* read NAME N: waits until N events of its answer have come. */
static void on_read(struct story *s, const struct line *l)
{
    struct held *h = held_find(s, l->words[1]);

    ask_read(h->fd, &h->answer, (size_t)strtol(l->words[2], NULL, 10));
}

static void held_close(struct held *h)
{
    close(h->fd);
    answer_release(&h->answer);
    h->open = false;
}

/* leave NAME: the client goes away. finish NAME: its answer becomes the last one. */
static void on_leave(struct story *s, const struct line *l)
{
    held_close(held_find(s, l->words[1]));
}

static void on_finish(struct story *s, const struct line *l)
{
    struct held *h = held_find(s, l->words[1]);

    ask_read(h->fd, &h->answer, 0);
    answer_release(&s->answer);
    s->answer = h->answer;
    answer_init(&h->answer);
    held_close(h);
}

/* --- expect
 * ---------------------------------------------------------------------------------------- */

static void expect_field(struct story *s, const char *wanted)
{
    char name[64];
    const char *colon = strchr(wanted, ':');
    bool absent = *wanted == '!';

    snprintf(name, sizeof name, "%.*s",
        (int)(colon ? (size_t)(colon - wanted - absent) : strlen(wanted) - absent),
        wanted + absent);
    char *is = answer_field(&s->answer, name);
    if (absent ? is != NULL : !is || (colon && strcmp(is, colon + 1 + strspn(colon + 1, " ")) != 0))
        story_fail(s, "field '%s' is '%s'", name, is ? is : "not there");
    free(is);
}

static void expect_word(struct story *s, const char *word)
{
    char name[16];
    const char *value;

    if (strcmp(word, "ended") == 0 || strcmp(word, "cut") == 0) {
        if (s->answer.ended != (*word == 'e'))
            story_fail(
                s, "the answer is %s: %s", s->answer.ended ? "complete" : "cut", s->answer.body);
        return;
    }
    if (!word_split(word, name, sizeof name, &value))
        story_fail(s, "what is '%s'", word);
    if (strcmp(name, "has") == 0 ? !answer_has(&s->answer, value)
                                 : strcmp(name, "not") == 0 && answer_has(&s->answer, value))
        story_fail(s, "%s '%s': %s", name, value, s->answer.body);
    if (strcmp(name, "field") == 0)
        expect_field(s, value);
    if (strcmp(name, "type") == 0) {
        cJSON *o = cJSON_Parse(s->answer.body);
        const char *is = cJSON_GetStringValue(at_path(o, "error.type"));
        if (!is)
            is = cJSON_GetStringValue(at_path(o, "error.status"));
        if (!is || strcmp(is, value) != 0)
            story_fail(s, "error type is '%s': %s", is ? is : "none", s->answer.body);
        cJSON_Delete(o);
    }
}

/* expect STATUS [has=TEXT] [not=TEXT] [field='name: value'] [field=!name] [type=ERROR] [ended|cut]
 */
static void on_expect(struct story *s, const struct line *l)
{
    int wanted = atoi(l->words[1]);

    if (s->answer.status != wanted)
        story_fail(s, "status %d, not %d: %s", s->answer.status, wanted,
            s->answer.body ? s->answer.body : "");
    if (s->answer.bad)
        story_fail(s, "the answer is no HTTP");
    for (int i = 2; i < l->n; i++)
        expect_word(s, l->words[i]);
}

const struct command ask_commands[] = {
    {"ask", on_ask, 0},
    {"raw", on_raw, 1},
    {"start", on_start, 1},
    {"read", on_read, 2},
    {"leave", on_leave, 1},
    {"finish", on_finish, 1},
    {"expect", on_expect, 1},
    {NULL, NULL, 0},
};
