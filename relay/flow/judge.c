/* What an answer leads to: on to the client, once more, another account, or the end. */
#include "flow/steps_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "common/alloc.h"
#include "common/secret.h"
#include "flow/scrub.h"

#define AGAIN_MIN_MS                                                                               \
    200 /* between two tries on the same account, when the upstream names no time */

static const char *action_text(enum verdict_action a)
{
    switch (a) {
    case ACT_OK:
        return "ok";
    case ACT_SAME_AGAIN:
        return "same again";
    case ACT_RENEW:
        return "renew";
    case ACT_NEXT:
        return "next";
    case ACT_CLIENT:
        return "client";
    }
    return "";
}

static void keep_trail(struct exchange *x, const struct verdict *v, const char *text, int64_t wait)
{
    const struct account *a = x->lease.account;
    struct trail_attempt t = {
        .number = x->trial.number,
        .status = x->trial.status,
        .account = a,
        .model = x->plan.model,
        .at = exchange_ms(x),
        .began = x->trial.started - x->began,
        .first_byte = x->trial.first_byte ? x->trial.first_byte - x->began : 0,
        .verdict = text,
        .reason = v->reason,
        .wait = wait,
    };

    trail_attempt(&x->trail, &t);
}

/* Remembers an error in case nothing better comes. That an account was refused is between the relay
 * and the upstream: a client that read it would ask its user to sign in again. */
static void keep_answer(struct exchange *x, int status, enum call_fault fault, const char *text)
{
    const char *name = x->lease.account->name;

    reply_release(&x->kept);
    x->has_kept = true;
    if (fault == CALL_TIMEOUT) {
        fault_set(&x->kept_fault, FAULT_SLOW, "the upstream did not answer in time");
    } else if (fault != CALL_OK) {
        fault_set(&x->kept_fault, FAULT_UPSTREAM,
            x->trial.partial ? "the upstream's answer broke off: %s%s%s"
                             : "the upstream did not answer: %s%s%s",
            call_fault_name(fault), text && *text ? ", " : "", text ? text : "");
    } else if (status == 401 || status == 403 || status == 407) {
        fault_set(&x->kept_fault, FAULT_UNAVAILABLE,
            "the upstream refused the relay's account '%s' (%d)", name, status);
    } else {
        x->kept = x->answer;
        memset(&x->answer, 0, sizeof x->answer);
        buf_init(&x->answer.fields);
        buf_init(&x->answer.body);
        x->kept_fault.text[0] = 0;
    }
}

static void again(struct exchange *x)
{
    x->step = AT_CHOOSE;
    exchange_go(x, STEP_NEXT);
}

/* Doubling with a spread, so that many who wait do not come back together. */
static int64_t back_off(struct exchange *x, int64_t told)
{
    unsigned char r;
    int64_t wait = told > AGAIN_MIN_MS ? told : AGAIN_MIN_MS;

    secret_random(&r, 1);
    if (x->same_again < 8)
        wait <<= x->same_again;
    return wait + wait * r / 1024;
}

static bool budget_left(const struct exchange *x, int64_t wait)
{
    const struct settings_values *v = &x->settings->v;

    return x->trial.number < v->max_attempts &&
           clock_mono() + wait - x->forward_since <= v->retry_budget;
}

/* Ends the attempt and its call; the lease stays. */
static void drop_call(struct exchange *x)
{
    if (x->call)
        call_cancel(x->call);
    x->call = NULL;
    x->gathering = x->opening = false;
    wait_stop(x);
    attempt_close(x);
}

static void same_again(struct exchange *x, int64_t wait)
{
    x->same_again++;
    drop_call(x);
    wait_start(x, wait, again);
}

/* Two tries are left for other accounts: the present one had its chances, and the first of the
 * others may be down too. */
static bool may_repeat(const struct exchange *x, int64_t wait)
{
    return x->trial.number + 2 < x->settings->v.max_attempts && budget_left(x, wait);
}

/* The kept error becomes the reply: as the upstream said it, or in words of ours. The words are
 * needed in any case where a stream has begun and only an event can tell. */
static void settle_for_kept(struct exchange *x)
{
    if (!x->kept.status) {
        x->fault = x->kept_fault;
        x->has_fault = true;
        return;
    }
    judge_words(x, &x->kept);
    if (!x->replied) {
        reply_release(&x->reply);
        x->reply = x->kept;
        memset(&x->kept, 0, sizeof x->kept);
        buf_init(&x->kept.fields);
        buf_init(&x->kept.body);
    }
}

static void next_account(struct exchange *x)
{
    drop_call(x);
    choose_exclude(x);
    if (budget_left(x, 0)) {
        exchange_go(x, STEP_RETRY);
        return;
    }
    settle_for_kept(x);
    exchange_go(x, STEP_FAIL);
}

static void tell_core(struct exchange *x, const struct verdict *v, bool repeat)
{
    struct verdict told = *v;

    /* While it is asked again, its state stays: what is said of it holds when no repeat helps. */
    if (repeat)
        told.health = HEALTH_READY;
    core_verdict(x->flow->house->core, x->lease.account->id, x->facts.model, &told, clock_now());
}

static void pass_on(struct exchange *x)
{
    x->step = AT_FORWARD;
    exchange_go(x, STEP_NEXT);
}

static void note_fault(struct exchange *x, enum call_fault fault)
{
    struct tap *t;

    if (fault != CALL_OK) {
        attempt_fault(x, call_fault_name(fault));
        return;
    }
    if (x->trial.fault[0] || x->trial.status < 400 || !x->answer.body.len)
        return;
    t = tap_create(x->plan.wire, false);
    tap_feed(t, x->answer.body.data, x->answer.body.len);
    struct usage unused;
    tap_finish(t, &unused);
    if (tap_error_type(t))
        attempt_fault(x, tap_error_type(t));
    tap_free(t);
}

/* A token that was made a moment ago is refused as well: only a person can help, and until then
 * every request would cost a renewal. */
static void refused_again(struct verdict *v)
{
    v->action = ACT_NEXT;
    v->health = HEALTH_LOGIN;
    snprintf(v->reason, sizeof v->reason, "%d renewed access token refused", v->status);
}

static void log_verdict(struct exchange *x, enum call_fault fault, const struct verdict *v)
{
    log_line(LOG_INFO, AREA_UPSTREAM, x->id, "account '%s' answered %d%s%s: %s",
        x->lease.account->name, x->trial.status, fault != CALL_OK ? ", " : "",
        fault != CALL_OK ? call_fault_name(fault) : "", v->reason);
}

/* The same account once more, if there is time for it. */
static void act_same_again(
    struct exchange *x, const struct verdict *v, enum call_fault fault, const char *text)
{
    int64_t wait = back_off(x, v->retry_ms);
    bool may = may_repeat(x, wait);

    tell_core(x, v, may);
    keep_trail(x, v, may ? action_text(v->action) : "next", may ? wait : 0);
    keep_answer(x, v->status, fault, text);
    if (may)
        same_again(x, wait);
    else
        next_account(x);
}

/* What is left to do with an answer that does not go to the client. */
static void act(struct exchange *x, struct verdict *v, enum call_fault fault, const char *text)
{
    bool other_key = provider_judge_key(x->lease.account, x->lease.credential, v);

    if (v->action == ACT_RENEW && x->renewed && !other_key)
        refused_again(v);
    log_verdict(x, fault, v);
    if (v->action == ACT_SAME_AGAIN) {
        act_same_again(x, v, fault, text);
        return;
    }
    tell_core(x, v, false);
    keep_trail(x, v, action_text(v->action), 0);
    keep_answer(x, v->status, fault, text);
    if (v->action == ACT_RENEW) {
        drop_call(x);
        choose_renew(x);
        return;
    }
    next_account(x);
}

void judge_answer(struct exchange *x, enum call_fault fault, const char *text)
{
    const struct account *a = x->lease.account;
    struct upstream_answer ans = {
        .fault = fault,
        .head = x->answer_head ? &x->answer_head->head : NULL,
        .body = x->answer.body.data,
        .n = x->answer.body.len,
        .now = clock_now(),
    };
    struct verdict v = {0};

    provider_by_kind(a->kind)->judge(a, &ans, &v);
    note_fault(x, fault);
    if (fault != CALL_OK || (v.action != ACT_OK && v.action != ACT_CLIENT)) {
        act(x, &v, fault, text);
        return;
    }
    tell_core(x, &v, false);
    if (v.action == ACT_CLIENT)
        log_verdict(x, fault, &v);
    keep_trail(x, &v, action_text(v.action), 0);
    pass_on(x);
}

/* Of a stream that began with 200 and then told an error: the reply that the upstream should have
 * given, in case it is the last. */
static void answer_of_event(struct exchange *x, int status, const char *type, const char *message)
{
    struct buf said = BUF_INIT;
    size_t held = 0;

    if (!message)
        message = "the upstream failed";
    scrub_feed(attempt_secret(x), &held, message, strlen(message), &said);
    scrub_end(attempt_secret(x), &held, &said);
    reply_release(&x->answer);
    x->answer.status = status;
    h1_add_fieldz(&x->answer.fields, "content-type", "application/json");
    buf_addc(&said, 0);
    fault_words(x->dialect, status, type, said.data, &x->answer.body);
    buf_release(&said);
}

bool judge_event(struct exchange *x, const char *type, const char *message)
{
    const struct account *a = x->lease.account;
    struct upstream_answer ans = {
        .fault = CALL_OK, .head = &x->answer_head->head, .now = clock_now()};
    struct verdict v = {0}, begun = {0};

    if (!provider_judge_event(a, type, message, ans.now, &v) || v.action == ACT_CLIENT)
        return false;
    /* Of the account's use its head told. */
    provider_by_kind(a->kind)->judge(a, &ans, &begun);
    v.quota = begun.quota;
    attempt_fault(x, type ? type : "error");
    answer_of_event(x, v.status, type, message);
    act(x, &v, CALL_OK, NULL);
    return true;
}

void judge_give_up(struct exchange *x, const struct refusal *r)
{
    if (x->has_kept) {
        settle_for_kept(x);
        trail_refused(
            &x->trail, exchange_ms(x), "choose", r->code, "no other account could take it");
        return;
    }
    fault_from_refusal(&x->fault, r, x->key->name, x->flow->house->zone, clock_now());
    x->has_fault = true;
    trail_refused(&x->trail, exchange_ms(x), "choose", r->code, x->fault.text);
}

void judge_words(struct exchange *x, const struct reply *r)
{
    struct tap *t = tap_create(x->plan.wire == WIRE_NONE ? WIRE_ANTHROPIC : x->plan.wire, false);
    struct usage unused;
    const char *message;

    tap_feed(t, r->body.data, r->body.len);
    tap_finish(t, &unused);
    message = tap_error_message(t);
    fault_set(&x->fault, FAULT_UPSTREAM, "the upstream answered %d%s%s", r->status,
        message ? ": " : "", message ? message : "");
    x->has_fault = true;
    tap_free(t);
}
