/* Refusals of the core in words that a person can act on: which limit, how much of it is used, when
 * it works again. */
#include "flow/fault.h"

#include <stdio.h>
#include <string.h>

#include "common/i18n.h"
#include "common/units.h"

#define SHORT_REST_MS MS_MINUTE

enum unit { UNIT_NONE, UNIT_MONEY, UNIT_COUNT };

static const struct {
    enum fault_kind kind;
    enum unit unit;
    const char *text; /* %s: the key's name */
} words[REFUSAL_CODES] = {
    [REFUSE_NO_KEY] = {FAULT_AUTH, UNIT_NONE,
        N_("no relay key in the request: send it as Authorization: Bearer, x-api-key or "
           "x-goog-api-key")},
    [REFUSE_UNKNOWN_KEY] = {FAULT_AUTH, UNIT_NONE, N_("this relay key is not known here")},
    /* A key that is known but may not be used is 403: of a 401 Codex in its usual settings says
     * that the sign-in was lost, and hides the sentence. No name: it belongs to the key's holder,
     * which who comes with a key from long ago need not be. */
    [REFUSE_PAUSED] = {FAULT_DENIED, UNIT_NONE, N_("this relay key is paused")},
    [REFUSE_EXPIRED] = {FAULT_DENIED, UNIT_NONE, N_("this relay key has expired")},
    [REFUSE_SERVICE] = {FAULT_DENIED, UNIT_NONE, N_("the relay key '%s' may not use this service")},
    [REFUSE_MODEL] = {FAULT_DENIED, UNIT_NONE, N_("the relay key '%s' may not use this model")},
    [REFUSE_CLIENT] = {FAULT_DENIED, UNIT_NONE,
        N_("the relay key '%s' may not be used by this client")},
    [REFUSE_ADDRESS] = {FAULT_DENIED, UNIT_NONE,
        N_("the relay key '%s' may not be used from this address")},
    [REFUSE_BINDING] = {FAULT_DENIED, UNIT_NONE,
        N_("the relay key '%s' is bound to no usable account")},
    [REFUSE_DAILY_COST] = {FAULT_MONEY, UNIT_MONEY,
        N_("daily cost limit of the relay key '%s' reached")},
    [REFUSE_WEEKLY_COST] = {FAULT_MONEY, UNIT_MONEY,
        N_("weekly cost limit of the relay key '%s' reached")},
    [REFUSE_MONTHLY_COST] = {FAULT_MONEY, UNIT_MONEY,
        N_("monthly cost limit of the relay key '%s' reached")},
    [REFUSE_TOTAL_COST] = {FAULT_MONEY, UNIT_MONEY,
        N_("total cost limit of the relay key '%s' reached")},
    [REFUSE_OPUS_COST] = {FAULT_MONEY, UNIT_MONEY,
        N_("weekly cost limit for opus-class models of the relay key '%s' reached")},
    [REFUSE_RATE_REQUESTS] = {FAULT_RATE, UNIT_COUNT,
        N_("request limit of the relay key '%s' reached")},
    [REFUSE_RATE_TOKENS] = {FAULT_RATE, UNIT_COUNT,
        N_("token limit of the relay key '%s' reached")},
    [REFUSE_RATE_COST] = {FAULT_RATE, UNIT_MONEY,
        N_("cost limit of the present window of the relay key '%s' reached")},
    [REFUSE_AT_ONCE] = {FAULT_BUSY, UNIT_COUNT,
        N_("the relay key '%s' runs as many requests as it may at the same time")},
    [REFUSE_LINE_FULL] = {FAULT_BUSY, UNIT_COUNT,
        N_("too many requests of the relay key '%s' are waiting in line")},
    [REFUSE_LINE_TIME] = {FAULT_BUSY, UNIT_NONE,
        N_("no place became free for the relay key '%s' in the time it may wait")},
    [REFUSE_ADDRESSES] = {FAULT_BUSY, UNIT_COUNT,
        N_("the relay key '%s' is in use from as many addresses as it may")},
    [REFUSE_NO_ACCOUNT] = {FAULT_UNAVAILABLE, UNIT_NONE,
        N_("no upstream account can serve this request")},
    [REFUSE_ACCOUNTS_RESTING] = {FAULT_UNAVAILABLE, UNIT_NONE,
        N_("all upstream accounts that could serve this request are resting")},
    [REFUSE_DRAINING] = {FAULT_UNAVAILABLE, UNIT_NONE, N_("the relay is about to stop")},
    [REFUSE_STORE] = {FAULT_UNAVAILABLE, UNIT_NONE,
        N_("the relay cannot book usage at the moment")},
};

static void say(struct fault *f, const char *text)
{
    size_t n = strlen(f->text);

    snprintf(f->text + n, sizeof f->text - n, "%s", text);
}

static void say_numbers(struct fault *f, enum unit unit, const struct refusal *r)
{
    char used[UNITS_MAX], limit[UNITS_MAX], text[2 * UNITS_MAX + 16];

    if (unit == UNIT_NONE || r->limit <= 0)
        return;
    if (unit == UNIT_MONEY) {
        units_money(used, r->used);
        units_money(limit, r->limit);
    } else {
        units_count(used, r->used);
        units_count(limit, r->limit);
    }
    snprintf(text, sizeof text, _(": %s of %s"), used, limit);
    say(f, text);
}

static void say_reset(
    struct fault *f, const struct refusal *r, const struct zone *zone, int64_t now)
{
    char at[UNITS_MAX], in[UNITS_MAX], text[2 * UNITS_MAX + 64];

    if (r->reset <= now)
        return;
    units_duration(in, r->reset - now);
    snprintf(text, sizeof text, _("; try again in %s, at %s %s"), in,
        units_datetime(at, zone, r->reset), zone_name(zone));
    f->said = strlen(f->text);
    say(f, text);
}

static void say_end(struct fault *f, const struct refusal *r, const struct zone *zone)
{
    char at[UNITS_MAX], text[2 * UNITS_MAX + 64];

    if (!r->since)
        return;
    snprintf(text, sizeof text, _("; it ended at %s %s"), units_datetime(at, zone, r->since),
        zone_name(zone));
    say(f, text);
}

/* Whether the core's detail says nothing beyond the sentence and its numbers, or, of resting
 * accounts, what is the administrator's to know: their names stand in the decision record. That a
 * cost is reached only with what requests under way may cost is told nowhere else. */
static bool detail_is_left_out(const struct refusal *r)
{
    switch (r->code) {
    case REFUSE_PAUSED:
    case REFUSE_EXPIRED:
    case REFUSE_BINDING:
    case REFUSE_ADDRESSES:
    case REFUSE_AT_ONCE:
    case REFUSE_LINE_FULL:
    case REFUSE_ACCOUNTS_RESTING:
        return true;
    case REFUSE_DAILY_COST:
    case REFUSE_WEEKLY_COST:
    case REFUSE_MONTHLY_COST:
    case REFUSE_TOTAL_COST:
    case REFUSE_OPUS_COST:
        return r->used >= r->limit;
    default:
        return false;
    }
}

void fault_from_refusal(struct fault *f, const struct refusal *r, const char *key_name,
    const struct zone *zone, int64_t now)
{
    enum refusal_code code = r->code < REFUSAL_CODES ? r->code : REFUSE_NONE;
    const char *text = _(words[code].text ? words[code].text : N_("the request was refused"));
    const char *name = strstr(text, "%s");

    if (name)
        fault_set(f, words[code].kind, "%.*s%s%s", (int)(name - text), text,
            key_name ? key_name : "", name + 2);
    else
        fault_set(f, words[code].kind, "%s", text);
    say_numbers(f, words[code].unit, r);
    if (r->detail[0] && !detail_is_left_out(r)) {
        say(f, " (");
        say(f, r->detail);
        say(f, ")");
    }
    say_end(f, r, zone);
    say_reset(f, r, zone, now);
    f->reset = r->reset > now ? r->reset : 0;
    /* A long rest is a quota that is used up: the upstreams' 429, with its time. A short one is
     * trouble that passes. */
    if (code == REFUSE_ACCOUNTS_RESTING && f->reset > now + SHORT_REST_MS)
        f->kind = FAULT_RATE;
    if (code == REFUSE_DRAINING || code == REFUSE_STORE)
        f->again = true;
    /* Who has stood in line, or found it full, has waited here already; without a line the client's
     * own retry is the only one. */
    if (words[code].kind == FAULT_BUSY)
        f->again = code == REFUSE_AT_ONCE;
}
