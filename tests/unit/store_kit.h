/* What the tests of the store share: a store in a directory of its own, calls that wait for their
 * answer, and a row to start from. */
#ifndef CRS_STORE_KIT_H
#define CRS_STORE_KIT_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "common/clock.h"
#include "common/json.h"
#include "store/store_int.h"

struct kit {
    char dir[64];
    char path[96];
    struct vault *vault;
    struct zone *zone;
    struct store_tuning tuning;
    struct store *store;
};
void kit_init(struct kit *k, const char *zone);
void kit_open(struct kit *k);                     /* asserts */
int kit_try_open(struct kit *k, struct err *err); /* 0 or -1 */
void kit_close(struct kit *k);
void kit_release(struct kit *k); /* closes, removes the directory */
/* For cmocka: an open kit of UTC as the state, and its end. */
int kit_setup(void **state);
int kit_teardown(void **state);

/* Each waits for `done`; 0 or -1 with its failure. */
int kit_put(struct kit *k, const char *kind, const char *id, const char *doc, const char *secret,
    struct err *err);
int kit_delete(struct kit *k, const char *kind, const char *id);
int kit_book(
    struct kit *k, const struct attempt *a, size_t n, const struct request_row *r, struct err *err);
int kit_backup(struct kit *k, const char *path, struct err *err);
/* Waits for the answer; params is JSON text with ' for ". The caller deletes. */
cJSON *kit_query(struct kit *k, const char *what, const char *params, struct err *err);
void kit_sync(struct kit *k); /* all that was asked for before is written */

struct attempt kit_attempt(const char *request, int number, int64_t ended);
struct request_row kit_request(const char *id, int64_t started);

/* One number straight out of the file, by SQL. */
int64_t kit_sql(const struct kit *k, const char *sql);
void kit_sql_run(const struct kit *k, const char *sql);

#endif
