/* The client's side of a conversation: its account, and what the relay reads of its request. */
#include "tests/conversations/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"

static cJSON *json_of(const char *text)
{
    struct err err;
    cJSON *o = json_parse(text, strlen(text), &err);

    if (!o) {
        fprintf(stderr, "'%s': %s\n", text, err.text);
        exit(2);
    }
    return o;
}

static void account_make(struct walk *c)
{
    const struct stage *s = c->talk->stage;
    struct err err;

    c->account = account_create();
    memcpy(c->account->id, "ac_test0001", 12);
    c->account->name = xstrdup("one");
    c->account->kind = xstrdup(s->kind);
    c->account->login = xstrdup(s->login ? s->login : "key");
    c->credential = credential_create();
    c->credential->access = s->access ? xstrdup(s->access) : NULL;
    c->credential->extra = s->extra ? xstrdup(s->extra) : NULL;
    if (s->profile)
        c->account->profile = json_of(s->profile);
    if (!s->set)
        return;
    cJSON *o = json_of(s->set);
    if (record_patch(&c->account->set, account_setting_fields, account_setting_count, o, &err)) {
        fprintf(stderr, "'%s': %s\n", s->set, err.text);
        exit(2);
    }
    cJSON_Delete(o);
}

/* What the steps route and read find, in their order. */
static int ask_read(struct walk *c)
{
    const struct talk *t = c->talk;
    struct jscan *scan = jscan_create(fact_paths, fact_count);
    struct fault fault = {0};
    enum dialect dialect;
    struct err err;
    int r = 0;

    err_clear(&err);
    if (route_find(c->head.method, c->head.target, &c->match, &dialect, &err)) {
        snprintf(c->refused, sizeof c->refused, "%.380s", err.text);
        r = -1;
    } else if (t->has_body && t->body.len) {
        c->body = body_create();
        body_add(c->body, t->body.data, t->body.len);
        if (jscan_feed(scan, t->body.data, t->body.len, &err) || jscan_end(scan, &err) ||
            facts_read(&c->facts, scan, &fault)) {
            snprintf(c->refused, sizeof c->refused, "the body cannot be read");
            r = -1;
        }
    }
    jscan_free(scan);
    if (r)
        return r;
    if (c->match.model) {
        free(c->facts.model);
        c->facts.model = xstrdup(c->match.model);
        c->facts.model_begin = c->facts.model_end = 0;
    }
    if (!c->facts.model)
        c->facts.model = xstrdup("");
    if (c->match.route->op == OP_STREAM_GENERATE)
        c->facts.stream = true;
    return 0;
}

static void ask_fill(struct walk *c)
{
    c->ask = (struct ask){.dialect = c->match.route->dialect,
        .op = c->match.route->op,
        .head = &c->head,
        .path = c->match.path,
        .query = c->match.query,
        .model = c->facts.model,
        .method_name = c->match.method_name ? c->match.method_name : "",
        .stream = c->facts.stream,
        .body = c->body,
        .model_begin = c->facts.model_begin,
        .model_end = c->facts.model_end,
        .stream_options = c->facts.stream_options,
        .include_usage = c->facts.include_usage};
    if (!word_there(c->match.route->kinds, c->account->kind) || !c->provider->serves(&c->ask))
        snprintf(c->refused, sizeof c->refused, "no account of this kind serves it");
}

void walk_init(struct walk *c, const struct talk *t, struct provider_data *data)
{
    struct buf head = BUF_INIT;

    memset(c, 0, sizeof *c);
    c->talk = t;
    c->data = data;
    c->provider = provider_by_kind(t->stage->kind);
    if (!c->provider) {
        fprintf(stderr, "no kind '%s'\n", t->stage->kind);
        exit(2);
    }
    account_make(c);
    size_t line = strcspn(t->ask.data, "\r");
    buf_addf(&head, "%.*s HTTP/1.1\r\nhost: relay.example\r\n%s", (int)line, t->ask.data,
        t->ask.data + line + 2);
    if (t->has_body)
        buf_addf(&head, "content-length: %zu\r\n", t->body.len);
    buf_adds(&head, "\r\n");
    struct h1_head *parsed = xcalloc(1, sizeof *parsed);
    enum h1_fault f = h1_parse_request(head.data, head.len, parsed);
    if (f != H1_OK) {
        talk_wrong(t, "the request is no HTTP: %s", h1_fault_text(f));
        exit(2);
    }
    struct head_copy *copy = head_copy(parsed);
    c->head = copy->head;
    c->kept = copy;
    free(parsed);
    buf_release(&head);
    if (ask_read(c) == 0)
        ask_fill(c);
}

void walk_release(struct walk *c)
{
    account_unref(c->account);
    credential_unref(c->credential);
    route_match_release(&c->match);
    facts_release(&c->facts);
    body_unref(c->body);
    free(c->kept);
}
