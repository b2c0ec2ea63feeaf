/* Requests and answers as text, for the tests of provider kinds. */
#include "provider_kit.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/jscan.h"
#include "common/json.h"

void kit_init(struct kit *k, const char *kind, const char *access)
{
    memset(k, 0, sizeof *k);
    k->data = provider_data_load(CRS_SOURCE_DIR "/relay/data/providers.json", &k->err);
    if (!k->data)
        fail_msg("%s", k->err.text);
    k->account = account_create();
    memcpy(k->account->id, "ac_test0001", 12);
    k->account->name = xstrdup("one");
    k->account->kind = xstrdup(kind);
    k->account->login = xstrdup("oauth");
    k->credential = credential_create();
    k->credential->access = xstrdup(access);
}

void kit_again(struct kit *k)
{
    body_unref(k->ask.body);
    free(k->raw);
    k->raw = NULL;
    memset(&k->ask, 0, sizeof k->ask);
    if (k->plan.fields.data)
        plan_release(&k->plan);
}

void kit_release(struct kit *k)
{
    kit_again(k);
    account_unref(k->account);
    credential_unref(k->credential);
    provider_data_unref(k->data);
}

char *kit_quotes(const char *text)
{
    char *s = xstrdup(text);
    for (char *p = s; p && *p; p++)
        if (*p == '\'')
            *p = '"';
    return s;
}

/* "a: b\n" lines as they go over the wire. */
static char *crlf(const char *first, const char *fields)
{
    struct buf b = BUF_INIT;
    buf_addf(&b, "%s\r\n", first);
    for (const char *p = fields; *p; p++) {
        if (*p == '\n')
            buf_addc(&b, '\r');
        buf_addc(&b, *p);
    }
    buf_adds(&b, "\r\n");
    return buf_steal(&b, NULL);
}

static void place_of_model(struct kit *k, const char *body)
{
    static const char *const paths[] = {"model"};
    struct jscan *s = jscan_create(paths, 1);
    assert_int_equal(jscan_feed(s, body, strlen(body), &k->err), 0);
    assert_int_equal(jscan_end(s, &k->err), 0);
    const struct jscan_hit *h = jscan_hit(s, 0);
    if (h->kind == JSCAN_STRING) {
        k->ask.model_begin = h->begin;
        k->ask.model_end = h->end;
    }
    jscan_free(s);
}

void kit_ask(struct kit *k, enum dialect d, enum operation op, const char *fields,
    const char *model, const char *body)
{
    kit_again(k);
    k->raw = crlf("POST /x HTTP/1.1\r\nhost: relay.example", fields);
    assert_int_equal(h1_parse_request(k->raw, strlen(k->raw), &k->head), H1_OK);
    k->ask = (struct ask){.dialect = d,
        .op = op,
        .head = &k->head,
        .path = "/v1/x",
        .query = "",
        .model = model,
        .method_name = ""};
    if (!body)
        return;
    char *text = kit_quotes(body);
    k->ask.body = body_create();
    /* In pieces, as bodies come. */
    for (size_t at = 0, n = strlen(text); at < n; at += 7)
        body_add(k->ask.body, text + at, n - at < 7 ? n - at : 7);
    place_of_model(k, text);
    free(text);
}

int kit_plan(struct kit *k)
{
    if (k->plan.fields.data)
        plan_release(&k->plan);
    memset(&k->err, 0, sizeof k->err);
    return provider_by_kind(k->account->kind)
        ->plan(k->data, k->account, k->credential, &k->ask, &k->plan, &k->err);
}

void kit_planned(struct kit *k)
{
    if (kit_plan(k))
        fail_msg("%s", k->err.text);
}

char *kit_field(const struct kit *k, const char *name)
{
    struct h1_head *h = xcalloc(1, sizeof *h);
    /* Parsed as an answer: a request would have to have the Host that is not to be in there. */
    char *raw = xasprintf("HTTP/1.1 200 OK\r\n%s\r\n", k->plan.fields.data);
    assert_int_equal(h1_parse_response(raw, strlen(raw), false, h), H1_OK);
    assert_true(h1_count(h, name) <= 1);
    struct span v = h1_get(h, name);
    char *out = v.p ? span_dup(v) : NULL;
    free(raw);
    free(h);
    return out;
}

void kit_assert_field(const struct kit *k, const char *name, const char *value)
{
    char *is = kit_field(k, name);
    if (value && !is)
        fail_msg("no field '%s'", name);
    if (value)
        assert_string_equal(is, value);
    else if (is)
        fail_msg("field '%s' is there: '%s'", name, is);
    free(is);
}

void kit_assert_body(const struct kit *k, const char *body)
{
    struct buf all = BUF_INIT;
    struct iovec iov[4];
    uint64_t at = 0;
    for (int n; (n = body_iov(k->plan.body, &k->plan.edits, at, iov, 4)) > 0;)
        for (int i = 0; i < n; i++) {
            buf_add(&all, iov[i].iov_base, iov[i].iov_len);
            at += iov[i].iov_len;
        }
    char *wanted = kit_quotes(body);
    assert_string_equal(all.data, wanted);
    assert_int_equal(body_edited_size(k->plan.body, &k->plan.edits), strlen(wanted));
    free(wanted);
    buf_release(&all);
}

void kit_assert_url(const struct kit *k, const char *url)
{
    char *is = xasprintf("%s%s", k->plan.origin, k->plan.path);
    assert_string_equal(is, url);
    free(is);
}

void kit_set(struct kit *k, const char *json)
{
    char *text = kit_quotes(json);
    cJSON *o = json_parse(text, strlen(text), &k->err);
    assert_non_null(o);
    assert_int_equal(
        record_patch(&k->account->set, account_setting_fields, account_setting_count, o, &k->err),
        0);
    cJSON_Delete(o);
    free(text);
}

void kit_profile(struct kit *k, const char *name, const char *value)
{
    if (!k->account->profile)
        k->account->profile = cJSON_CreateObject();
    json_put_str(k->account->profile, name, value);
}

struct verdict kit_judge(struct kit *k, const char *head, const char *body)
{
    struct h1_head *h = xcalloc(1, sizeof *h);
    size_t n = strcspn(head, "\n");
    char *first = xstrndup(head, n), *raw = crlf(first, head[n] ? head + n + 1 : "");
    char *text = kit_quotes(body);
    assert_int_equal(h1_parse_response(raw, strlen(raw), false, h), H1_OK);
    struct upstream_answer ans = {
        .fault = CALL_OK, .head = h, .body = text, .n = strlen(text), .now = NOW};
    struct verdict v;
    memset(&v, 0xaa, sizeof v); /* nothing may be left as it was */
    provider_by_kind(k->account->kind)->judge(k->account, &ans, &v);
    free(text);
    free(raw);
    free(first);
    free(h);
    return v;
}

struct verdict kit_fault(struct kit *k, enum call_fault fault)
{
    struct upstream_answer ans = {.fault = fault, .now = NOW};
    struct verdict v;
    memset(&v, 0xaa, sizeof v);
    provider_by_kind(k->account->kind)->judge(k->account, &ans, &v);
    return v;
}

struct fetch_answer kit_answer(int status, const char *body)
{
    struct fetch_answer a = {.status = status, .ms = 1};
    buf_init(&a.body);
    char *text = kit_quotes(body);
    buf_adds(&a.body, text);
    free(text);
    return a;
}

void kit_answer_release(struct fetch_answer *a)
{
    buf_release(&a->body);
}
