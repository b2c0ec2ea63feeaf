/* What people write and read: durations, money, counts, sizes, times. Parsers take the whole
 * string or fail with a hint that shows the accepted forms. Formatters write into out and return it.
 */
#ifndef CRS_COMMON_UNITS_H
#define CRS_COMMON_UNITS_H

#include <stddef.h>
#include <stdint.h>
#include "common/clock.h"
#include "common/err.h"

/* Money is int64 nano-dollars (1e-9 USD) everywhere inside. */
typedef int64_t nano;
#define NANO_PER_DOLLAR INT64_C(1000000000)
#define NANO_MAX (INT64_C(9000000) * NANO_PER_DOLLAR) /* 9 million dollars: exact in a double */

#define UNITS_MAX 40 /* enough for every formatter's out */

/* "20", "$20", "0.5", "none" (0). At most 9 decimals, not negative, at most NANO_MAX. */
int units_parse_money(const char *s, nano *out, struct err *err);
/* "30s", "15m", "4h", "7d", "2w", "1h30m", "250ms"; a bare number is seconds. Gives ms. */
int units_parse_duration(const char *s, int64_t *ms, struct err *err);
/* "64MiB", "512k", "1048576". Binary multiples whatever the spelling. */
int units_parse_size(const char *s, int64_t *bytes, struct err *err);
/* "1200", "1.2M", "50k": decimal multiples. */
int units_parse_count(const char *s, int64_t *out, struct err *err);
/* A moment: "2026-03-01", "2026-03-01 09:00", RFC 3339, "now", "today", "yesterday", "15m" or
 * "7d" (that long ago when past is true, ahead otherwise). Local forms are of zone z. Gives ms. */
int units_parse_time(const char *s, const struct zone *z, int64_t now, int past, int64_t *ms,
    struct err *err);

char *units_money(char out[UNITS_MAX], nano v);       /* "$12.40", "$0.0042" under a cent */
char *units_money_exact(char out[UNITS_MAX], nano v); /* "12.400000001", no sign, no zeros behind */
char *units_duration(char out[UNITS_MAX], int64_t ms); /* "3d 4h", "23m", "0.9s" */
char *units_count(char out[UNITS_MAX], int64_t v);     /* "41.2M", "1,904" */
char *units_size(char out[UNITS_MAX], int64_t bytes);  /* "214 MB" */
char *units_rfc3339(char out[UNITS_MAX], int64_t ms);  /* "2026-03-01T09:00:00Z"; ms if not whole */
char *units_clock(char out[UNITS_MAX], const struct zone *z, int64_t ms); /* "14:32:07" */
char *units_datetime(char out[UNITS_MAX], const struct zone *z, int64_t ms); /* "2026-03-01 09:00" */

#endif
