/* The decision record as text from the start: a tree of it would weigh more than the request. */
#include "flow/trail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"

#define SAID_MAX 1000 /* bytes of one phrase; a pool of hundreds is not listed whole */

void trail_init(struct trail *t)
{
    buf_init(&t->items);
    t->live = NULL;
}

void trail_release(struct trail *t)
{
    buf_release(&t->items);
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
    if (value)
        buf_addf(b, ",\"%s\":%lld", name, (long long)value);
}

/* Opens an item; the caller adds members. */
static void item(struct buf *b, int64_t at, const char *step, const char *said)
{
    buf_addf(b, "{\"at\":%lld,\"step\":\"%s\",\"text\":", (long long)at, step);
    json_quote(b, said, strlen(said));
}

/* Closes the item, and puts it behind the others. */
static void item_add(struct trail *t, struct buf *b)
{
    buf_addc(b, '}');
    if (t->live)
        live_edit(t->live);
    if (t->items.len)
        buf_addc(&t->items, ',');
    buf_add(&t->items, b->data, b->len);
    if (t->live)
        live_edit_done(t->live);
    buf_release(b);
}

void trail_say(struct trail *t, int64_t at, const char *step, const char *fmt, ...)
{
    char said[SAID_MAX];
    struct buf b = BUF_INIT;
    va_list ap;

    va_start(ap, fmt);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    vsnprintf(said, sizeof said, fmt, ap);
#pragma GCC diagnostic pop
    va_end(ap);
    item(&b, at, step, said);
    item_add(t, &b);
}

void trail_line(struct trail *t, int64_t at, int64_t waited, int place)
{
    char said[96];
    struct buf b = BUF_INIT;

    snprintf(said, sizeof said, "stood in line for %lld ms, at first on place %d",
        (long long)waited, place);
    item(&b, at, "admit", said);
    number(&b, "waited", waited);
    number(&b, "place", place);
    item_add(t, &b);
}

/* Adds "'team-2': limited until" to a phrase. */
static void say_passed(struct buf *said, struct core *c, const struct candidate_note *n)
{
    const struct account *a = core_account_find(c, n->account, NULL);

    if (said->len > SAID_MAX - 100) {
        if (!text_ends(said->data, "…"))
            buf_adds(said, ", …");
    } else {
        buf_addf(said, "%s'%.60s': %s", said->len && !text_ends(said->data, "over ") ? ", " : "",
            a ? a->name : n->account, pass_reason_text(n->reason));
    }
    if (a)
        account_unref(a);
}

static void say_choice(
    struct buf *said, struct core *c, const struct lease *l, const struct choice_notes *n)
{
    bool first = true;

    if (l)
        buf_addf(said, "took '%s': %s", l->account->name, l->because);
    else
        buf_adds(said, "no account could be taken");
    for (size_t i = 0; i < n->n; i++) {
        if (n->v[i].reason == PASS_TAKEN)
            continue;
        if (first)
            buf_adds(said, "; passed over ");
        first = false;
        say_passed(said, c, &n->v[i]);
    }
}

void trail_choice(struct trail *t, int64_t at, struct core *c, const struct lease *l,
    const struct choice_notes *n)
{
    struct buf said = BUF_INIT, b = BUF_INIT;
    const char *comma = "";

    say_choice(&said, c, l, n);
    item(&b, at, "choose", said.data);
    buf_release(&said);
    if (l) {
        text(&b, "account", l->account->id);
        text(&b, "because", l->because);
    }
    buf_adds(&b, ",\"passed\":[");
    for (size_t i = 0; i < n->n; i++) {
        if (n->v[i].reason == PASS_TAKEN)
            continue;
        buf_addf(&b, "%s{\"account\":\"%s\",\"reason\":\"%s\"", comma, n->v[i].account,
            pass_reason_text(n->v[i].reason));
        number(&b, "until", n->v[i].until);
        buf_addc(&b, '}');
        comma = ",";
    }
    buf_addc(&b, ']');
    item_add(t, &b);
}

void trail_attempt(struct trail *t, const struct trail_attempt *a)
{
    char said[SAID_MAX], wait[64] = "";
    struct buf b = BUF_INIT;

    if (a->wait)
        snprintf(wait, sizeof wait, "; again after %lld ms", (long long)a->wait);
    snprintf(said, sizeof said, "attempt %d on '%.100s': %s%s%s%s", a->number, a->account->name,
        a->verdict, a->reason && *a->reason ? ", " : "", a->reason ? a->reason : "", wait);
    item(&b, a->at, "forward", said);
    number(&b, "attempt", a->number);
    text(&b, "account", a->account->id);
    text(&b, "kind", a->account->kind);
    text(&b, "model", a->model);
    number(&b, "status", a->status);
    text(&b, "verdict", a->verdict);
    buf_addf(&b, ",\"began\":%lld", (long long)a->began);
    number(&b, "first_byte", a->first_byte);
    number(&b, "wait", a->wait);
    item_add(t, &b);
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

void trail_refused(
    struct trail *t, int64_t at, const char *step, enum refusal_code code, const char *sentence)
{
    struct buf b = BUF_INIT;

    item(&b, at, step, sentence);
    text(&b, "refused", refusal_word(code));
    item_add(t, &b);
}

char *trail_text(const struct trail *t)
{
    struct buf b = BUF_INIT;

    buf_addf(&b, "[%s]", t->items.data);
    return buf_steal(&b, NULL);
}
