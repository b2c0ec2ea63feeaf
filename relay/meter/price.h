/* Prices, from a file in the format of the widely used public model price list (an object by model
 * id with USD-per-token numbers), and what a usage costs. Immutable once loaded; refcounted so that
 * a reload never changes a request under way. */
#ifndef CRS_METER_PRICE_H
#define CRS_METER_PRICE_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include "common/err.h"
#include "common/units.h"
#include "meter/usage.h"

struct prices;
/* own: rows in the same format that are laid over those of the file; NULL: none. */
struct prices *prices_load(const char *path, const cJSON *own, struct err *err);
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
enum price_origin {
    PRICE_LISTED, /* the file */
    PRICE_OWN,    /* own prices have a part in it */
    PRICE_FAMILY  /* built in, for models that no row knows */
};
struct price_row {
    const char *model, *provider;
    nano input, output, cache_write_5m, cache_write_1h, cache_read;
    int64_t max_output, context;
    enum price_origin origin;
};
void prices_each(const struct prices *p, void (*f)(void *, const struct price_row *), void *arg);
/* The row of exactly this model. */
bool prices_row(const struct prices *p, const char *model, struct price_row *out);

/* --- own prices: an object by model, each with only what is told otherwise than in the list ------
 */

#define PRICES_OWN_FILE "own-prices.json" /* in the state directory */
/* What can be told of a model: its name for people, its member in the format, where it is in a row.
 */
struct price_part {
    const char *name, *member;
    size_t offset;
};
const struct price_part *price_parts(size_t *n);
nano price_part_of(const struct price_row *row, const struct price_part *part);
/* The caller's; an empty object where there is no such file. */
cJSON *prices_own_read(const char *path, struct err *err);
/* Nano-dollars per million tokens; -1: nothing is told. */
nano prices_own_get(const cJSON *own, const char *model, const struct price_part *part);
/* v < 0 takes it out; exact up to the dearest price that a list may have. */
void prices_own_put(cJSON *own, const char *model, const struct price_part *part, nano v);

#endif
