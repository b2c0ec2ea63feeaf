/* The method table: one row for each control method. Readers: the dispatcher (level, validation,
 * confirmation, dry run, audit), the HTTP admin, the words and renderer of crs, the forms of
 * crs-tui, manual pages, completions, and system.describe. Rows live in method_*.c.
 */
#ifndef CRS_COMMON_METHOD_H
#define CRS_COMMON_METHOD_H

#include "common/field.h"

enum level { LEVEL_NONE, LEVEL_READ, LEVEL_OPERATE, LEVEL_ADMIN };
const char *level_name(enum level l);

enum method_flag {
    M_MUTATES = 1 << 0,  /* changes something: audited, takes dry_run */
    M_BREAKS = 1 << 1,   /* clients notice: crs asks y/N */
    M_DESTROYS = 1 << 2, /* cannot be undone: crs wants the name typed */
    M_SECRET = 1 << 3,   /* a parameter or the result is a secret: never logged */
    M_LIST = 1 << 4,     /* result: {"items":[...]}: rows of `result` */
    M_STREAM = 1 << 5,   /* answers once, then pushes notifications until the connection ends */
    M_SLOW = 1 << 6,     /* may take longer than 10 s (network): no default time-out */
    M_INTERNAL = 1 << 7, /* not a crs command of its own */
    M_NO_AUDIT = 1 << 8, /* mutates, but only volatile things */
};

/* The ids; METHOD(id, wire, level, flags) rows are in methods.def. */
enum method_id {
#define METHOD(id, wire, level, flags) M_##id,
#include "common/methods.def"
#undef METHOD
    METHOD_COUNT
};

struct method {
    enum method_id id;
    const char *wire; /* "key.create" */
    enum level level;
    unsigned flags;
    const char *words;   /* "key create"; NULL: only by crs call */
    const char *summary; /* a sentence without full stop */
    const char *detail;  /* more for the manual, may be NULL */
    const struct field *params;
    size_t n_params;
    const struct field *result;
    size_t n_result;
    const char *example; /* a whole command line; more than one separated by '\n' */
};

const struct method *method_by_id(enum method_id id);
const struct method *method_by_wire(const char *wire);
/* How many of the arguments the words of a command take ("key edit": 2); 0: another command. */
size_t words_match(const char *words, char *const *argv, size_t n);
/* The row whose words are the longest match at the start of argv[0..n); *used says how many words.
 * NULL when none. */
const struct method *method_by_words(char *const *argv, size_t n, size_t *used);

/* Topics of `crs help`: name, one line, and the text. */
struct help_topic {
    const char *name, *summary, *text;
};
const struct help_topic *help_topics(size_t *n);

/* Checks params against the row: unknown names, missing, types, ranges. Gives ERR_USAGE. */
int method_check(const struct method *m, const cJSON *params, struct err *err);
/* The row as JSON (system.describe). */
cJSON *method_describe(const struct method *m);

#endif
