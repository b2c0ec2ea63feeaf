/* Inside the price list: its rows, and how one is found. */
#ifndef CRS_METER_PRICE_INT_H
#define CRS_METER_PRICE_INT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include "common/model.h"
#include "meter/price.h"

/* Nano-dollars per million tokens; while loading, -1 is "not given". */
enum rate { RATE_INPUT, RATE_OUTPUT, RATE_WRITE_5M, RATE_WRITE_1H, RATE_READ, RATES };
enum tier { TIER_PLAIN, TIER_PRIORITY, TIER_FLEX, TIER_BATCH, TIERS };

struct rates {
    nano v[RATES];
};

#define RATE_MAX                                                                                   \
    (10000 * NANO_PER_DOLLAR) /* dollars a million tokens; the dearest so far is 600               \
                               */

struct price {
    char *model;
    char *provider; /* NULL: not told */
    char bare[MODEL_BARE_MAX];
    struct rates rates[TIERS], above[TIERS];
    int64_t step;      /* more input than this is billed by `above`; 0: never */
    int64_t fast;      /* multiplier of fast mode, in thousandths */
    nano search;       /* for one web search */
    bool per_prompt;   /* searches of one request count once */
    nano image;        /* for one picture, where no tokens are told */
    nano image_output; /* per million picture tokens; -1: as output */
    int64_t max_output, context;
    bool glob; /* the model is a pattern: the row of a family */
    enum price_origin origin;
};

struct prices {
    atomic_int refs;
    struct price *v; /* as in the file, then our own family rows */
    size_t n;
    const struct price **by_model; /* sorted by model; no globs */
    const struct price **by_bare;  /* sorted by bare name, the fittest row of each first */
    size_t n_named;
};

struct prices *prices_parse(const char *text, size_t n, const cJSON *own, struct err *err);
/* Changes the list, as read, to what own prices say. */
int prices_own_lay(cJSON *list, const cJSON *own, struct err *err);
/* Fills in what a row does not give. */
void price_complete(struct price *p);
/* Sorts the rows into the two indexes, after the last row was added. */
void prices_index(struct prices *p);
/* The model's own row; NULL: none. */
const struct price *prices_exact(const struct prices *p, const char *model);
/* The row for a model, never NULL; *fallback when it is not the model's own. */
const struct price *prices_find(const struct prices *p, const char *model, bool *fallback);

#endif
