/* What the call says: heads to judge, bytes to pass on or to gather, the end. */
#include "dialect/transform.h"
#include "flow/steps_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "common/alloc.h"
#include "flow/scrub.h"

#define JUDGED_BYTES (64u << 10) /* of an error body that are read before it is judged */

static bool is_type(const struct h1_head *head, const char *type)
{
    struct span v = h1_get(head, "content-type");

    return v.n >= strlen(type) && !strncasecmp(v.p, type, strlen(type));
}

/* What the client gets of the answer's head. */
static void take_head(struct exchange *x, const struct h1_head *head)
{
    const struct provider *p = provider_by_kind(x->lease.account->kind);
    const struct transform *t = x->plan.transform;

    reply_release(&x->answer);
    x->answer.status = head->status;
    for (unsigned i = 0; i < head->n_fields; i++) {
        const struct h1_field *f = &head->fields[i];
        if (h1_is_hop_by_hop(head, f->name) || span_caseeq(f->name, "content-length") ||
            span_caseeq(f->name, "date") || !p->passes(f->name) ||
            scrub_needs(attempt_secret(x), f->value))
            continue;
        if (t && t->content_type && span_caseeq(f->name, "content-type"))
            continue;
        h1_add_field(&x->answer.fields, f->name, f->value);
    }
    if (t && t->content_type && head->status < 300)
        h1_add_fieldz(&x->answer.fields, "content-type", t->content_type);
    x->answer_events = t && t->content_type && head->status < 300
                           ? text_starts(t->content_type, "text/event-stream")
                           : is_type(head, "text/event-stream");
    x->answer_length = head->framing == H1_LENGTH ? (int64_t)head->content_length : -1;
    if (head->framing == H1_NO_BODY)
        x->answer_length = 0;
    x->answer_ended = false;
    x->scrub_held = 0;
}

static void on_head(void *self, const struct h1_head *head)
{
    struct exchange *x = self;

    x->trial.first_byte = clock_now();
    x->trial.status = head->status;
    free(x->answer_head);
    x->answer_head = head_copy(head);
    take_head(x, head);
    /* A page instead of an answer: some gate on the way spoke, not the API. */
    if (head->status < 200 || (head->status >= 300 && head->status < 400)) {
        judge_answer(x, CALL_PROTOCOL, "redirect");
    } else if (head->status < 300 && is_type(head, "text/html")) {
        judge_answer(x, CALL_PROTOCOL, "a web page");
    } else if (head->status < 300) {
        if (!opening_begin(x))
            judge_answer(x, CALL_OK, NULL);
    } else {
        x->gathering = true;
    }
}

/* Of an error, or its last ones (p NULL): to the client, or to those that are judged. */
static void error_bytes(struct exchange *x, const char *p, size_t n)
{
    struct buf clean = BUF_INIT;

    if (p)
        scrub_feed(attempt_secret(x), &x->scrub_held, p, n, &clean);
    else
        scrub_end(attempt_secret(x), &x->scrub_held, &clean);
    if (x->streaming && clean.len)
        stream_bytes(x, clean.data, clean.len);
    else if (x->gathering)
        buf_add(&x->answer.body, clean.data, clean.len);
    buf_release(&clean);
}

static void on_body(void *self, const char *p, size_t n)
{
    struct exchange *x = self;

    if (x->trial.status < 300) {
        if (x->streaming)
            stream_bytes(x, p, n);
        else if (x->opening)
            opening_bytes(x, p, n);
        return;
    }
    error_bytes(x, p, n);
    if (!x->gathering || x->answer.body.len < JUDGED_BYTES)
        return;
    x->gathering = false;
    judge_answer(x, CALL_OK, NULL);
}

static void on_end(void *self)
{
    struct exchange *x = self;

    x->call = NULL;
    x->answer_ended = true;
    error_bytes(x, NULL, 0);
    if (x->finishing)
        return;
    if (x->streaming) {
        stream_end(x);
    } else if (x->opening) {
        opening_end(x);
    } else if (x->gathering) {
        x->gathering = false;
        judge_answer(x, CALL_OK, NULL);
    }
}

static void on_fail(void *self, enum call_fault fault, const char *text)
{
    struct exchange *x = self;

    x->call = NULL;
    error_bytes(x, NULL, 0);
    if (x->streaming) {
        stream_broken(x, fault, text);
        return;
    }
    if (x->opening) {
        opening_broken(x, fault, text);
        return;
    }
    /* Cut while its error body came: what is there is judged as it is. */
    if (x->gathering) {
        x->gathering = false;
        x->answer_length = -1;
        x->answer_ended = true;
        judge_answer(x, CALL_OK, NULL);
        return;
    }
    judge_answer(x, fault, text);
}

const struct call_ops pump_ops = {
    .on_head = on_head,
    .on_body = on_body,
    .on_end = on_end,
    .on_fail = on_fail,
};
