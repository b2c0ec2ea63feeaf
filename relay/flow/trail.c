/* The decision record as text from the start: a tree of it would weigh more than the request. */
#include "flow/trail.h"

#include <string.h>

#include "common/json.h"

void trail_init(struct trail *t)
{
    buf_init(&t->steps);
    buf_init(&t->choices);
    buf_init(&t->attempts);
    buf_init(&t->rest);
}

void trail_release(struct trail *t)
{
    buf_release(&t->steps);
    buf_release(&t->choices);
    buf_release(&t->attempts);
    buf_release(&t->rest);
}

static void comma(struct buf *b)
{
    if (b->len)
        buf_addc(b, ',');
}

static void text(struct buf *b, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    buf_addf(b, ",\"%s\":", name);
    json_quote(b, value, strlen(value));
}

static void number(struct buf *b, const char *name, int64_t value)
{
    buf_addf(b, ",\"%s\":%lld", name, (long long)value);
}

void trail_step(struct trail *t, const char *step, int64_t at)
{
    comma(&t->steps);
    buf_addf(&t->steps, "{\"step\":\"%s\",\"at_ms\":%lld}", step, (long long)at);
}

void trail_line(struct trail *t, int64_t at, int64_t waited, int place)
{
    buf_addf(&t->rest, ",\"line\":{\"at_ms\":%lld,\"waited_ms\":%lld,\"place\":%d}", (long long)at,
        (long long)waited, place);
}

void trail_choice(struct trail *t, int64_t at, const struct lease *l, const struct choice_notes *n)
{
    struct buf *b = &t->choices;
    bool first = true;

    comma(b);
    buf_addf(b, "{\"at_ms\":%lld", (long long)at);
    if (l) {
        text(b, "account", l->account->id);
        text(b, "because", l->because);
    }
    buf_adds(b, ",\"passed\":[");
    for (size_t i = 0; i < n->n; i++) {
        if (n->v[i].reason == PASS_TAKEN)
            continue;
        buf_addf(b, "%s{\"account\":\"%s\",\"reason\":\"%s\"", first ? "" : ",", n->v[i].account,
            pass_reason_text(n->v[i].reason));
        if (n->v[i].until)
            number(b, "until", n->v[i].until);
        buf_addc(b, '}');
        first = false;
    }
    buf_adds(b, "]}");
}

void trail_attempt(struct trail *t, const struct trail_attempt *a)
{
    struct buf *b = &t->attempts;

    comma(b);
    buf_addf(b, "{\"number\":%d", a->number);
    text(b, "account", a->account);
    text(b, "kind", a->kind);
    text(b, "model", a->model);
    number(b, "at_ms", a->at);
    if (a->first_byte)
        number(b, "first_byte_ms", a->first_byte);
    number(b, "ended_ms", a->ended);
    number(b, "status", a->status);
    text(b, "verdict", a->verdict);
    text(b, "reason", a->reason);
    if (a->wait)
        number(b, "wait_ms", a->wait);
    buf_addc(b, '}');
}

const char *refusal_word(enum refusal_code code)
{
    static const char *const words[REFUSAL_CODES] = {
        [REFUSE_NO_KEY] = "no_key",
        [REFUSE_UNKNOWN_KEY] = "unknown_key",
        [REFUSE_PAUSED] = "paused",
        [REFUSE_EXPIRED] = "expired",
        [REFUSE_SERVICE] = "service",
        [REFUSE_MODEL] = "model",
        [REFUSE_CLIENT] = "client",
        [REFUSE_ADDRESS] = "address",
        [REFUSE_BINDING] = "binding",
        [REFUSE_DAILY_COST] = "daily_cost",
        [REFUSE_WEEKLY_COST] = "weekly_cost",
        [REFUSE_MONTHLY_COST] = "monthly_cost",
        [REFUSE_TOTAL_COST] = "total_cost",
        [REFUSE_OPUS_COST] = "weekly_opus_cost",
        [REFUSE_RATE_REQUESTS] = "rate_requests",
        [REFUSE_RATE_TOKENS] = "rate_tokens",
        [REFUSE_RATE_COST] = "rate_cost",
        [REFUSE_AT_ONCE] = "at_once",
        [REFUSE_LINE_FULL] = "line_full",
        [REFUSE_LINE_TIME] = "line_time",
        [REFUSE_ADDRESSES] = "addresses",
        [REFUSE_NO_ACCOUNT] = "no_account",
        [REFUSE_ACCOUNTS_RESTING] = "accounts_resting",
        [REFUSE_DRAINING] = "draining",
        [REFUSE_STORE] = "store",
    };
    const char *w = code < REFUSAL_CODES ? words[code] : NULL;

    return w ? w : "";
}

void trail_refused(struct trail *t, enum refusal_code code, const char *sentence)
{
    buf_addf(&t->rest, ",\"refused\":{\"code\":\"%s\"", refusal_word(code));
    text(&t->rest, "text", sentence);
    buf_addc(&t->rest, '}');
}

char *trail_text(const struct trail *t)
{
    struct buf b = BUF_INIT;

    buf_addf(&b, "{\"steps\":[%s]", t->steps.data);
    if (t->choices.len)
        buf_addf(&b, ",\"choices\":[%s]", t->choices.data);
    if (t->attempts.len)
        buf_addf(&b, ",\"attempts\":[%s]", t->attempts.data);
    buf_add(&b, t->rest.data, t->rest.len);
    buf_addc(&b, '}');
    return buf_steal(&b, NULL);
}
