/* Authenticate: by the head alone, so that a stranger's body is never read. */
#include "flow/steps_int.h"

#include <string.h>

#include "base/log.h"
#include "common/i18n.h"
#include "common/secret.h"

/* What may be a relay key at all; anything else is not worth a hash. */
#define KEY_MIN 10
#define KEY_MAX 512

static const struct key *look_up(struct exchange *x, struct span secret, struct refusal *r)
{
    struct house *h = x->flow->house;
    unsigned char own[KEY_HASH_BYTES], legacy[KEY_HASH_BYTES];

    if (!secret.n) {
        r->code = REFUSE_NO_KEY;
        return NULL;
    }
    if (secret.n < KEY_MIN || secret.n > KEY_MAX) {
        r->code = REFUSE_UNKNOWN_KEY;
        return NULL;
    }
    vault_key_hash(h->vault, secret.p, secret.n, own);
    if (h->pepper)
        secret_legacy_hash(secret.p, secret.n, h->pepper, legacy);
    return core_authenticate(h->core, own, h->pepper ? legacy : NULL, clock_now(), r);
}

static enum step_verdict refuse(struct exchange *x, const struct refusal *r)
{
    struct house *h = x->flow->house;

    if (r->code == REFUSE_UNKNOWN_KEY)
        guard_failed(h->guard, x->address, clock_mono());
    atomic_fetch_add_explicit(&h->unauthenticated, 1, memory_order_relaxed);
    fault_from_refusal(&x->fault, r, NULL, h->zone, clock_now());
    x->has_fault = true;
    log_line(LOG_INFO, AREA_FLOW, x->id, "refused %s with %d: %s address=%s", x->match.path,
        fault_status(&x->fault), x->fault.text, x->address);
    return STEP_FAIL;
}

enum step_verdict step_authenticate(struct exchange *x)
{
    struct house *h = x->flow->house;
    struct refusal r = {0};
    const struct key *key;
    char *keep = NULL;

    if (guard_refuses(h->guard, x->address, x->settings->v.bad_keys_per_minute, clock_mono())) {
        fault_set(&x->fault, FAULT_BUSY, "too many wrong relay keys from this address");
        x->fault.reset = clock_now() + MS_MINUTE;
        x->has_fault = true;
        atomic_fetch_add_explicit(&h->unauthenticated, 1, memory_order_relaxed);
        return STEP_FAIL;
    }
    key = look_up(x, bearer_find(&x->head->head, x->match.query, &keep), &r);
    secret_free(keep);
    if (!key)
        return refuse(x, &r);
    exchange_known(x, key);
    if (x->match.route->flags & ROUTE_OWN)
        return answer_own(x);
    if (atomic_load_explicit(&h->draining, memory_order_relaxed)) {
        r.code = REFUSE_DRAINING;
        fault_from_refusal(&x->fault, &r, key->name, h->zone, clock_now());
        x->fault.again = x->has_fault = true;
        trail_refused(&x->trail, exchange_ms(x), "authenticate", r.code, x->fault.text);
        return STEP_FAIL;
    }
    return STEP_NEXT;
}
