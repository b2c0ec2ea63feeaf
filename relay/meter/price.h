/* Prices, from a file in the format of the widely used public model price list (an object by model
 * id with USD-per-token numbers), and what a usage costs. Immutable once loaded; refcounted so that
 * a reload never changes a request under way. */
#ifndef CRS_METER_PRICE_H
#define CRS_METER_PRICE_H

#include "common/err.h"
#include "common/units.h"
#include "meter/usage.h"

struct prices;
struct prices *prices_load(const char *path, struct err *err);
struct prices *prices_ref(struct prices *p); /* atomic */
void prices_unref(struct prices *p);

struct cost {
    nano input, output, cache_write_5m, cache_write_1h, cache_read, web_search, image;
    nano total;    /* the sum */
    bool fallback; /* priced by family or default, not by its own row */
    bool long_context;
    char row[64]; /* the price row used */
};
struct price_hints {        /* of the request */
    bool long_context_beta; /* asked with the 1M context beta or a [1m] model */
};
void price_cost(const struct prices *p, const char *model, const struct usage *u,
    const struct price_hints *h, struct cost *out);
/* What a request will probably cost, before it runs: body bytes / 4 as input tokens not cached,
 * a quarter of max_tokens (at most 4096; 1024 when unknown) as output. For reservations. */
int64_t tokens_expect(uint64_t body_bytes, int64_t max_tokens); /* both together */
nano price_expect(
    const struct prices *p, const char *model, uint64_t body_bytes, int64_t max_tokens);
/* Per model, for price.list: calls f for each row. Prices in nano-dollars per million tokens. */
struct price_row {
    const char *model, *provider;
    nano input, output, cache_write_5m, cache_write_1h, cache_read;
    int64_t max_output, context;
};
void prices_each(const struct prices *p, void (*f)(void *, const struct price_row *), void *arg);

#endif
