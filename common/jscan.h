/* A strict incremental JSON scanner for bytes of strangers: it reads a body as it arrives, builds
 * no tree, and reports the few members that decide something, with where they lie, so that the
 * original bytes can be passed on and, where needed, one value replaced in place.
 *
 * Grammar is RFC 8259 with UTF-8 checked; depth, and the number of values, are bounded. A watched
 * member that appears twice in the same object is an error: two readers could disagree on it.
 */
#ifndef CRS_COMMON_JSCAN_H
#define CRS_COMMON_JSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/err.h"

#define JSCAN_DEPTH_MAX 200
#define JSCAN_PATHS_MAX 32
#define JSCAN_COUNT_MAX (1u << 24) /* values in one document; a body of 32 MiB cannot hold more */
#define JSCAN_VALUE_MAX 4096 /* bytes kept of one watched value, decoded; longer ones are cut */

enum jscan_kind {
    JSCAN_ABSENT = 0,
    JSCAN_NULL,
    JSCAN_TRUE,
    JSCAN_FALSE,
    JSCAN_NUMBER,
    JSCAN_STRING,
    JSCAN_OBJECT,
    JSCAN_ARRAY
};

/* What was found at one watched path. Scalars have text (decoded string or the number as written,
 * NUL-terminated, heap, owned by the scanner); for arrays and objects only kind, place and count.
 * [begin, end) are offsets from the first byte fed; of a string the quotes are inside. */
struct jscan_hit {
    enum jscan_kind kind;
    char *text;
    size_t text_len;
    bool cut; /* longer than JSCAN_VALUE_MAX */
    uint64_t begin, end;
    uint32_t count; /* members of the array or object */
};

struct jscan;

/* paths: names from the root joined by '.', for example "model", "metadata.user_id"; "[]" steps
 * into any element of an array and reports the LAST one that matched ("messages.[].role"). The
 * array of names must outlive the scanner. n <= JSCAN_PATHS_MAX. A member that leads to a watched
 * one counts as watched: "metadata" twice is an error too. */
struct jscan *jscan_create(const char *const *paths, size_t n);
void jscan_free(struct jscan *s);
void jscan_reset(struct jscan *s); /* for the next document, same paths */

/* 0, or -1 (ERR_PROTOCOL) with "byte 1234: ..." as the sentence. After -1 only free or reset. An
 * escaped half of a surrogate pair alone is within the grammar (some clients cut text so); in
 * names and kept values it reads as U+FFFD. */
int jscan_feed(struct jscan *s, const void *bytes, size_t n, struct err *err);
/* The document must be complete and be one value. */
int jscan_end(struct jscan *s, struct err *err);
/* i is the index in paths. Valid until reset or free; a hit inside an array until the next one. A
 * hit is whole when its end is not 0, so that a decision can be made before the document ends. */
const struct jscan_hit *jscan_hit(const struct jscan *s, size_t i);
/* A hit without its text: may outlive the scanner. */
struct jscan_place {
    enum jscan_kind kind;
    uint64_t begin, end;
    uint32_t count;
};
struct jscan_place jscan_place(const struct jscan *s, size_t i);
enum jscan_kind jscan_root(const struct jscan *s);

/* Checks one whole text: strict grammar, at most max_depth deep, and (when asked) no duplicate
 * member names anywhere. */
int jscan_check(const void *bytes, size_t n, int max_depth, bool no_duplicates, struct err *err);

#endif
