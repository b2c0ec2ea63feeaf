/* The three data files that a reload swaps together: prices, client patterns, provider endpoints.
 * A dataset is immutable and refcounted; the holder gives the present one to any thread. */
#ifndef CRS_PROVIDER_DATASET_H
#define CRS_PROVIDER_DATASET_H

#include "meter/price.h"
#include "provider/provider.h"
#include "rule/rule.h"

struct dataset {
    struct prices *prices;
    struct clients *clients;
    struct provider_data *providers;
};
/* Each NULL: the file shipped with the program (path_data). own_prices: the file laid over the
 * prices, which need not exist; NULL: none. */
struct dataset *dataset_load(const char *prices, const char *own_prices, const char *clients,
    const char *providers, struct err *err);
/* The given file, or the shipped one of that name; heap. */
char *dataset_file(const char *given, const char *shipped);
const struct dataset *dataset_ref(const struct dataset *d);
void dataset_unref(const struct dataset *d);

struct dataset_holder;
struct dataset_holder *dataset_holder_create(struct dataset *first); /* takes it */
void dataset_holder_free(struct dataset_holder *h);
const struct dataset *dataset_get(struct dataset_holder *h);    /* a reference; any thread */
void dataset_swap(struct dataset_holder *h, struct dataset *d); /* takes it */

#endif
