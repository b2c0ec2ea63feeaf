/* The gate of the HTTP admin: a bearer token against its Argon2id hash. */
#include "control/http_admin_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/clock.h"

/* Each check takes a good part of a second of the main thread; tokens have 256 random bits, so that
 * few checks harm nobody. A token known to be good passes without. */
#define TRIES 5
#define TRIES_MS 10000

/* The token made last counts; a hash in the configuration only when none was made. */
static char *token_hash(const struct control *c)
{
    if (c->token_hash)
        return xstrdup(c->token_hash);
    const struct settings *s = settings_get(c->p.settings);
    const char *set = s->v.admin_token_hash;
    char *hash = set && *set ? xstrdup(set) : NULL;
    settings_unref(s);
    return hash;
}

static bool may_try(struct admin_door *d)
{
    int64_t now = clock_mono();
    if (now - d->tries_from >= TRIES_MS) {
        d->tries_from = now;
        d->tries = 0;
    }
    return d->tries++ < TRIES;
}

static enum gate check(struct admin_door *d, const char *token)
{
    unsigned char mark[sizeof d->good];
    crypto_generichash(mark, sizeof mark, (const unsigned char *)token, strlen(token), d->cache_key,
        sizeof d->cache_key);
    if (d->has_good && sodium_memcmp(mark, d->good, sizeof mark) == 0)
        return GATE_OPEN;
    char *hash = token_hash(d->c);
    enum gate g = GATE_SHUT;
    if (hash && !may_try(d)) {
        g = GATE_BUSY;
    } else if (hash && secret_token_check(hash, token) == 0) {
        memcpy(d->good, mark, sizeof mark);
        d->has_good = true;
        d->tries = 0;
        g = GATE_OPEN;
    }
    free(hash);
    return g;
}

enum gate admin_gate(struct admin_door *d, struct span authorization, unsigned count)
{
    static const char scheme[] = "Bearer ";
    const size_t n = sizeof scheme - 1;
    if (count != 1 || authorization.n <= n + 20 || authorization.n > n + 200 ||
        !span_caseeq((struct span){authorization.p, n}, scheme))
        return GATE_SHUT;
    char *token = xstrndup(authorization.p + n, authorization.n - n);
    enum gate g = check(d, token);
    secret_free(token);
    return g;
}

void admin_token_changed(struct admin_door *d)
{
    d->has_good = false;
    /* Who came in with the old one goes. */
    for (struct visit *v = d->visits, *next; v; v = next) {
        next = v->next;
        if (v->events)
            v->peer.ops->finish(&v->peer);
    }
}
