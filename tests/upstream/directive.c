/* The words by which a test tells the fake upstream how to behave. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/upstream/fake.h"

void directive_init(struct directive *d)
{
    memset(d, 0, sizeof *d);
    d->retry_after = d->delay = d->event_delay = d->words = d->cut = d->reset = d->hang = d->fail =
        -1;
    d->split = d->pings = d->exit_at = -1;
    d->in = d->out = d->cache5 = d->cache1 = d->read = d->search = d->reasoning = -1;
}

void directive_release(struct directive *d)
{
    free(d->error);
    free(d->message);
    free(d->tool);
    free(d->tool_input);
    free(d->model);
    free(d->stop);
    for (int i = 0; i < d->n_headers; i++) {
        free(d->headers[i].name);
        free(d->headers[i].value);
    }
    directive_init(d);
}

static void set_text(char **to, const char *value)
{
    free(*to);
    *to = strdup(value);
}

/* One "name=value"; values may not hold blanks ('+' stands for one). */
static void directive_word(struct directive *d, const char *name, char *value)
{
    static const struct {
        const char *name;
        size_t offset;
    } numbers[] = {
        {"retry_after", offsetof(struct directive, retry_after)},
        {"delay", offsetof(struct directive, delay)},             /* ms before the head */
        {"event_delay", offsetof(struct directive, event_delay)}, /* ms between events */
        {"words", offsetof(struct directive, words)},             /* text deltas */
        {"cut", offsetof(struct directive, cut)},                 /* close after that many events */
        {"reset",
            offsetof(struct directive, reset)}, /* RST after that many events; 0: before the head */
        {"hang", offsetof(struct directive,
                     hang)}, /* silent after that many events; 0: before the head */
        {"fail", offsetof(struct directive,
                     fail)}, /* an error event, by error= and message=, after that many events */
        {"split", offsetof(struct directive, split)}, /* write in pieces of that many bytes */
        {"pings", offsetof(struct directive, pings)}, {"exit", offsetof(struct directive, exit_at)},
        {"in", offsetof(struct directive, in)}, {"out", offsetof(struct directive, out)},
        {"cache5", offsetof(struct directive, cache5)},
        {"cache1", offsetof(struct directive, cache1)}, {"read", offsetof(struct directive, read)},
        {"search", offsetof(struct directive, search)},
        {"reasoning", offsetof(struct directive, reasoning)}, /* part of out */
    };
    for (char *p = value; *p; p++)
        if (*p == '+')
            *p = ' ';
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(name, numbers[i].name) == 0) {
            *(long *)((char *)d + numbers[i].offset) = atol(value);
            return;
        }
    }
    if (strcmp(name, "status") == 0)
        d->status = atoi(value);
    else if (strcmp(name, "error") == 0)
        set_text(&d->error, value);
    else if (strcmp(name, "message") == 0)
        set_text(&d->message, value);
    else if (strcmp(name, "tool") == 0)
        set_text(&d->tool, value);
    else if (strcmp(name, "tool_input") == 0)
        set_text(&d->tool_input, value);
    else if (strcmp(name, "model") == 0)
        set_text(&d->model, value);
    else if (strcmp(name, "stop") == 0)
        set_text(&d->stop, value);
    else if (strncmp(name, "header.", 7) == 0 && d->n_headers < 16) {
        d->headers[d->n_headers].name = strdup(name + 7);
        d->headers[d->n_headers++].value = strdup(value);
    }
}

static void directive_flag(struct directive *d, const char *name)
{
    if (strcmp(name, "thinking") == 0)
        d->thinking = true;
    else if (strcmp(name, "garbage") == 0)
        d->garbage = true;
    else if (strcmp(name, "no_usage") == 0)
        d->no_usage = true;
    else if (strcmp(name, "early_close") == 0)
        d->early_close = true;
    else if (strcmp(name, "overload_event") == 0)
        d->overload_event = true;
    else if (strcmp(name, "bare_error") == 0)
        d->bare_error = true;
    else if (strcmp(name, "only") == 0) /* no tokens but those that follow */
        d->in = d->out = d->cache5 = d->cache1 = d->read = d->search = 0;
}

void directive_parse(struct directive *d, const char *text)
{
    char *copy = strdup(text), *save = NULL;
    for (char *w = strtok_r(copy, " \t\n", &save); w; w = strtok_r(NULL, " \t\n", &save)) {
        char *eq = strchr(w, '=');
        if (eq) {
            *eq = 0;
            directive_word(d, w, eq + 1);
        } else {
            directive_flag(d, w);
        }
    }
    free(copy);
}

void directive_find(struct directive *d, const char *text)
{
    const char *begin = text ? strstr(text, "[[fake:") : NULL;
    const char *end = begin ? strstr(begin, "]]") : NULL;
    if (!end)
        return;
    char *inside = strndup(begin + 7, (size_t)(end - begin - 7));
    directive_parse(d, inside);
    free(inside);
}

void directive_of(
    struct fake *f, const struct request *r, const char *user_text, struct directive *d)
{
    directive_init(d);
    cJSON *rule = r->credential ? cJSON_GetObjectItemCaseSensitive(f->rules, r->credential) : NULL;
    if (!rule)
        rule = cJSON_GetObjectItemCaseSensitive(f->rules, "*");
    if (rule) {
        cJSON *times = cJSON_GetObjectItemCaseSensitive(rule, "times");
        const char *text =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(rule, "directive"));
        if (text && (!times || times->valuedouble > 0)) {
            directive_parse(d, text);
            if (times)
                cJSON_SetNumberValue(times, times->valuedouble - 1);
        }
    }
    directive_find(d, user_text);
}
