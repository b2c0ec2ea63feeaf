/* What answers of all formats share. */
#include "tests/upstream/turn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const cJSON *at(const cJSON *o, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(o, name);
}

const char *text_at(const cJSON *o, const char *name)
{
    return cJSON_GetStringValue(at(o, name));
}

bool ends_with(const char *text, const char *tail)
{
    size_t n = strlen(text), m = strlen(tail);
    return n >= m && strcmp(text + n - m, tail) == 0;
}

void turn_begin(struct turn *t, const struct request *r)
{
    memset(t, 0, sizeof *t);
    t->body = cJSON_Parse(r->body);
    t->model = text_at(t->body, "model");
    t->stream = cJSON_IsTrue(at(t->body, "stream"));
    t->text = strdup("");
}

void turn_said(struct turn *t, const char *text)
{
    free(t->text);
    t->text = strdup(text);
    if (strstr(text, "[[fake:")) {
        free(t->told);
        t->told = strdup(text);
    }
}

void turn_said_content(struct turn *t, const cJSON *content)
{
    char *all = NULL;
    size_t n = 0;
    const cJSON *block;
    FILE *f = open_memstream(&all, &n);
    if (cJSON_IsString(content))
        fputs(content->valuestring, f);
    cJSON_ArrayForEach(block, content)
    {
        const char *text = text_at(block, "text");
        fputs(text ? text : "", f);
    }
    fclose(f);
    turn_said(t, all);
    free(all);
}

static void set_text(char **to, const char *value)
{
    free(*to);
    *to = strdup(value);
}

void turn_set(struct turn *t, struct fake *f, const struct request *r, const char *prefix)
{
    static unsigned serial;
    const struct directive *d = &t->d;
    directive_of(f, r, t->told, &t->d);
    t->words = d->words >= 0 ? d->words : 8;
    t->t.input = d->in >= 0 ? d->in : 10 + (int64_t)(strlen(t->text) / 4);
    t->t.output = d->out >= 0 ? d->out : t->words + 1;
    t->t.cache5 = d->cache5 >= 0 ? d->cache5 : 3;
    t->t.cache1 = d->cache1 >= 0 ? d->cache1 : 2;
    t->t.read = d->read >= 0 ? d->read : 100;
    t->t.search = d->search >= 0 ? d->search : 0;
    snprintf(t->id, sizeof t->id, "%s_fake%08u", prefix, ++serial);
    if (oauth_token_good(f->oauth, r->credential))
        return;
    record_call(f->record, "401");
    t->d.status = 401;
    set_text(&t->d.error, "authentication_error");
}

void turn_release(struct turn *t)
{
    directive_release(&t->d);
    free(t->text);
    free(t->told);
    cJSON_Delete(t->body);
}

const char *turn_model(const struct turn *t)
{
    return t->d.model ? t->d.model : t->model ? t->model : "";
}

bool turn_wants_tool(const struct turn *t)
{
    return t->d.tool && !t->after_tool;
}

char *turn_words(const struct turn *t)
{
    char *out = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&out, &n);
    for (long i = 0; i < t->words; i++)
        fprintf(f, "%sword%ld", i ? " " : "", i);
    fclose(f);
    return out;
}

char *turn_headers(const struct turn *t, const char *more)
{
    char *out = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&out, &n);
    fputs(more ? more : "", f);
    for (int i = 0; i < t->d.n_headers; i++)
        fprintf(f, "%s: %s\r\n", t->d.headers[i].name, t->d.headers[i].value);
    if (t->d.retry_after >= 0)
        fprintf(f, "retry-after: %ld\r\n", t->d.retry_after);
    fclose(f);
    return out;
}

void turn_count(struct conn *c, const struct turn *t)
{
    answer_count(c, t->id, turn_model(t), &t->t, true);
}

static void answer_error(struct conn *c, const struct turn *t, int status, turn_error_fn *error)
{
    char *lines = turn_headers(t, NULL);
    cJSON *body = error(t);
    answer_json(c, status, lines, body);
    cJSON_Delete(body);
    free(lines);
}

bool turn_misbehaves(struct conn *c, const struct turn *t, turn_error_fn *error)
{
    const struct directive *d = &t->d;
    answer_delay(c, d->delay);
    if (d->reset == 0) {
        answer_reset(c);
    } else if (d->early_close) {
        answer_close(c);
    } else if (d->garbage) {
        answer_printf(c, "this is not HTTP at all\r\n\r\n");
        answer_close(c);
    } else if (d->hang == 0 && !t->stream) {
        answer_hang(c);
    } else if (d->status >= 300) {
        answer_error(c, t, d->status, error);
    } else {
        return false;
    }
    return true;
}

void turn_refuse(struct conn *c, struct turn *t, int status, const char *type, const char *text,
    turn_error_fn *error)
{
    set_text(&t->d.error, type);
    set_text(&t->d.message, text);
    t->d.status = status;
    answer_error(c, t, status, error);
}

void turn_json(struct conn *c, const struct turn *t, const char *headers, cJSON *body)
{
    char *lines = turn_headers(t, headers);
    answer_json(c, 200, lines, body);
    free(lines);
    cJSON_Delete(body);
}

void sse_begin(
    struct sse_out *s, struct conn *c, const struct turn *t, const char *type, const char *headers)
{
    char *lines = turn_headers(t, headers);
    *s = (struct sse_out){.c = c, .t = t};
    answer_head(c, 200, type ? type : "text/event-stream; charset=utf-8", lines);
    free(lines);
    if (t->d.hang == 0) {
        answer_hang(c);
        s->ended = true;
    }
}

void sse_bytes(struct sse_out *s, const void *bytes, size_t n)
{
    const struct directive *d = &s->t->d;
    if (s->ended)
        return;
    answer_chunk(s->c, d, bytes, n);
    s->events++;
    if (s->events == d->cut)
        answer_close(s->c);
    else if (s->events == d->reset)
        answer_reset(s->c);
    else if (s->events == d->hang)
        answer_hang(s->c);
    else
        return;
    s->ended = true;
}

void sse_event(struct sse_out *s, const char *name, const char *data)
{
    char *text = NULL;
    if (s->fail && !s->ended && s->events == s->t->d.fail) {
        sse_fail_fn *fail = s->fail;
        s->fail = NULL;
        fail(s);
        sse_end(s);
        s->ended = true;
        return;
    }
    if (s->write) {
        s->write(s, name, data);
        return;
    }
    int n = name ? asprintf(&text, "event: %s\ndata: %s\n\n", name, data)
                 : asprintf(&text, "data: %s\n\n", data);
    sse_bytes(s, text, (size_t)n);
    free(text);
}

void sse_json(struct sse_out *s, const char *name, cJSON *o)
{
    char *text = cJSON_PrintUnformatted(o);
    sse_event(s, name, text);
    free(text);
    cJSON_Delete(o);
}

void sse_end(struct sse_out *s)
{
    if (s->ended)
        return;
    if (s->end)
        answer_chunk(s->c, &s->t->d, s->end, strlen(s->end));
    answer_end(s->c);
}
