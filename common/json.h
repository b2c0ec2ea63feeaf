/* cJSON with types, paths in errors and no surprises. For our own documents, control messages and
 * small upstream answers; never for a client's body (see jscan.h): cJSON alters big numbers and
 * accepts much that is not JSON. json_parse checks strictly with jscan first. */
#ifndef CRS_COMMON_JSON_H
#define CRS_COMMON_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/buf.h"
#include "common/err.h"

/* Strict grammar, UTF-8, depth <= 64, no NUL and no lone surrogate in strings, no duplicate members
 * at any level, no number beyond a double. ERR_PROTOCOL otherwise.
 * The caller frees with cJSON_Delete. */
cJSON *json_parse(const char *s, size_t n, struct err *err);
/* Adds the compact text of v. Numbers come out exact: integers up to 2^53 in full, others in the
 * fewest digits that read back the same. (cJSON's own printer rounds integers above 10^15.) */
void json_print(const cJSON *v, struct buf *out);
void json_print_pretty(const cJSON *v, struct buf *out);

/* Member by exact name; NULL when absent or o is no object. Dotted paths: "a.b.c". */
const cJSON *json_at(const cJSON *o, const char *path);
/* NULL / default when absent or of another type. Strings are borrowed from the tree. */
const char *json_str(const cJSON *o, const char *path);
int64_t json_int(const cJSON *o, const char *path, int64_t dflt);
bool json_bool(const cJSON *o, const char *path, bool dflt);
double json_num(const cJSON *o, const char *path, double dflt);

/* Builders; NULL strings add nothing. Integers beyond 2^53 must not be given. */
void json_put_str(cJSON *o, const char *name, const char *v);
void json_put_int(cJSON *o, const char *name, int64_t v);
void json_put_bool(cJSON *o, const char *name, bool v);
void json_put_time(cJSON *o, const char *name, int64_t ms);    /* RFC 3339; 0 adds null */
void json_put_money(cJSON *o, const char *name, int64_t amount); /* exact decimal dollars */
void json_put(cJSON *o, const char *name, cJSON *v);           /* takes v */
/* Dollars from a number or an exact decimal string ("0.000000001"), in nano-dollars; dflt when absent
 * or of another type. */
int64_t json_money(const cJSON *o, const char *path, int64_t dflt);
int64_t json_money_of(const cJSON *v, int64_t dflt); /* of the node itself */
/* The node of an amount of money: a number, or the exact decimal string where a number would not read
 * back as the same amount. */
cJSON *json_money_new(int64_t amount);
/* Whether a number node with this amount reads back as the same amount (all but some above 8 million
 * dollars do). */
bool json_money_fits(int64_t amount);
/* Adds s as a JSON string with quotes; bad UTF-8 becomes U+FFFD. */
void json_quote(struct buf *out, const char *s, size_t n);

#endif
