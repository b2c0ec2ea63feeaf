/* One examination: rows, and what is still waited for. */
#ifndef CRS_CONTROL_DOCTOR_INT_H
#define CRS_CONTROL_DOCTOR_INT_H

#include "control/view_int.h"

struct probe;
struct doctor {
    struct order *o;
    struct doctor *next;
    cJSON *items;
    size_t under_way;
    struct probe *probes; /* ways to upstreams that are being tried */
    bool clock_told;
};
void doctor_row(struct doctor *d, const char *state, const char *check, const char *subject,
    const char *remedy, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* One of what was waited for is there; answers with the last. */
void doctor_came(struct doctor *d);
/* Tries the way to this account's upstream, once for each way. */
void doctor_probe_account(struct doctor *d, const struct account *a);

#endif
