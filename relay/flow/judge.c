/* What an answer leads to: on to the client, once more, another account, or the end. */
#include "flow/steps_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "common/alloc.h"
#include "common/secret.h"

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
static void keep_answer(struct exchange *x, enum call_fault fault, const char *text)
{
    const char *name = x->lease.account->name;
    int status = x->trial.status;

    reply_release(&x->kept);
    x->has_kept = true;
    if (fault == CALL_TIMEOUT) {
        fault_set(&x->kept_fault, FAULT_SLOW, "the upstream did not answer in time");
    } else if (fault != CALL_OK) {
        fault_set(&x->kept_fault, FAULT_UPSTREAM, "the upstream did not answer: %s%s%s",
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
    x->gathering = false;
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
    if (x->trial.status < 400 || !x->answer.body.len)
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
    if (v.action == ACT_RENEW && x->renewed)
        refused_again(&v);
    note_fault(x, fault);
    if (v.action != ACT_OK)
        log_line(LOG_INFO, AREA_UPSTREAM, x->id, "account '%s' answered %d%s%s: %s", a->name,
            x->trial.status, fault != CALL_OK ? ", " : "",
            fault != CALL_OK ? call_fault_name(fault) : "", v.reason);
    if (v.action == ACT_SAME_AGAIN) {
        int64_t wait = back_off(x, v.retry_ms);
        bool may = may_repeat(x, wait);
        tell_core(x, &v, may);
        keep_trail(x, &v, may ? action_text(v.action) : "next", may ? wait : 0);
        keep_answer(x, fault, text);
        if (may)
            same_again(x, wait);
        else
            next_account(x);
        return;
    }
    tell_core(x, &v, false);
    keep_trail(x, &v, action_text(v.action), 0);
    if (fault == CALL_OK && (v.action == ACT_OK || v.action == ACT_CLIENT)) {
        pass_on(x);
        return;
    }
    keep_answer(x, fault, text);
    if (v.action == ACT_RENEW) {
        drop_call(x);
        choose_renew(x);
        return;
    }
    next_account(x);
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
