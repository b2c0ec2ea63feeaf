/* One row says everything about one value: name, kind, range, default, help. Rows make up method
 * parameters and results, and the settings of keys and accounts; the JSON codec, the option parser,
 * forms, manual pages, completions and the audit log all read the same row.
 */
#ifndef CRS_COMMON_FIELD_H
#define CRS_COMMON_FIELD_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/buf.h"
#include "common/err.h"
#include "common/text.h"
#include "common/units.h"

/* kind            struct member     JSON on the wire and in the store     what people write     */
enum field_kind {
    F_BOOL,     /* bool              true                                  on/off, yes/no        */
    F_INT,      /* int64_t           number                                1200                  */
    F_COUNT,    /* int64_t           number                                1.2M                  */
    F_MONEY,    /* int64_t nano      decimal number of dollars             $20                   */
    F_DURATION, /* int64_t ms        number of seconds (fraction allowed)  15m                   */
    F_TIME,     /* int64_t ms, 0 no  RFC 3339 or null                      2026-03-01, 7d        */
    F_SIZE,     /* int64_t bytes     number                                64MiB                 */
    F_TEXT,     /* char * or NULL    string or null                        free text             */
    F_ENUM,     /* int, index        one of choices                        word                  */
    F_LIST,     /* struct strlist    array of strings                      a,b (repeatable)      */
    F_MAP,      /* struct strlist    object of strings; list of "k=v"      k=v,k=v               */
    F_SECRET,   /* never a member    string                                stdin, file, prompt   */
    F_NAME,     /* char *            string: name of a thing (see `of`)    completed live        */
    F_ID,       /* char *            string                                                      */
    F_PERCENT,  /* int64_t 0..100    number                                85                    */
    F_REAL,     /* double            number                                0.91                  */
    F_OBJECT,   /* results only      object or array, see `help`                                 */
};

enum field_flag {
    FIELD_REQUIRED = 1 << 0,
    FIELD_POSITIONAL = 1 << 1, /* a word, not an option */
    FIELD_MANY = 1 << 2,       /* positional, repeated: the method takes an array */
    FIELD_COLUMN = 1 << 3,     /* result: in the default table */
    FIELD_WIDE = 1 << 4,       /* result: only in the wide table */
    FIELD_ONCE = 1 << 5,       /* result: a secret that is shown this once */
    FIELD_HIDDEN = 1 << 6,     /* not in help, not completed */
    FIELD_MS = 1 << 7,         /* duration: table shows ms */
};

struct field {
    const char *name;    /* wire name, snake_case; the option is the same with '-' */
    const char *help;    /* a phrase without full stop */
    const char *choices; /* F_ENUM, or a hint for F_LIST: "a b c" */
    const char *of;      /* F_NAME, F_LIST: "key", "account", "group", "model", "client", "request" */
    const char *head;    /* table heading, NULL: upper-case name */
    const char *dflt;    /* as people write it; NULL: none */
    int64_t min, max;    /* numbers; both 0: no range beyond the kind's */
    size_t offset;       /* of the member, for records; FIELD_NO_MEMBER otherwise */
    enum field_kind kind;
    unsigned flags;
    const char *group;   /* heading in forms and manual, NULL: none */
};
#define FIELD_NO_MEMBER ((size_t)-1)

/* Text from a person to the JSON value of that field: "15m" -> 900. "none" or "" gives null, which
 * means the default. z and now are for F_TIME (past: see units_parse_time). NULL on error. */
cJSON *field_value(const struct field *f, const char *text, const struct zone *z, int64_t now,
    struct err *err);
/* Checks a JSON value that came over the wire: type, range, choice. Null is always allowed. With
 * FIELD_MANY it is an array of such values. The choices of F_LIST are binding too, unless they begin
 * with '@' (a kind of things, as `of`). */
int field_check(const struct field *f, const cJSON *v, struct err *err);
/* The JSON value as a person reads it ("$20.00", "15m", "a, b"), rounded; adds to out, nothing for
 * null. */
void field_print(const struct field *f, const cJSON *v, struct buf *out);
/* The same exactly, as field_value takes it back: what a form puts into the line to edit. */
void field_edit(const struct field *f, const cJSON *v, struct buf *out);
/* The same as one word of a shell; "none" for null. */
void field_word(const struct field *f, const cJSON *v, struct buf *out);
/* The wire words of a choice list: the i-th word (heap), or NULL beyond the last. */
char *field_choice(const struct field *f, size_t i);

/* Records: a C struct described by rows with offsets. The struct is zeroed before init; the target of
 * a copy is zeroed or a record (not an assigned copy of one: its strings would be freed twice). */
void record_init(void *rec, const struct field *f, size_t n);    /* defaults */
void record_release(void *rec, const struct field *f, size_t n); /* frees, zeroes members */
void record_copy(void *to, const void *from, const struct field *f, size_t n);
/* Sets the members that `o` names; others stay; unknown members of o are left alone. Null sets the
 * default. On an error nothing is changed. */
int record_patch(void *rec, const struct field *f, size_t n, const cJSON *o, struct err *err);
/* Adds members to o; those that hold their default only when all is true. */
void record_json(const void *rec, const struct field *f, size_t n, cJSON *o, bool all);
/* {"name":{"from":v,"to":v}} of what differs; empty object when equal. */
cJSON *record_diff(const void *a, const void *b, const struct field *f, size_t n);

const struct field *field_find(const struct field *f, size_t n, const char *name);

/* The C type of a kind, for rows that make struct members (key_settings.def and its like). */
#define FIELD_TYPE_F_BOOL bool
#define FIELD_TYPE_F_INT int64_t
#define FIELD_TYPE_F_COUNT int64_t
#define FIELD_TYPE_F_MONEY int64_t
#define FIELD_TYPE_F_DURATION int64_t
#define FIELD_TYPE_F_TIME int64_t
#define FIELD_TYPE_F_SIZE int64_t
#define FIELD_TYPE_F_TEXT char *
#define FIELD_TYPE_F_ENUM int
#define FIELD_TYPE_F_LIST struct strlist
#define FIELD_TYPE_F_MAP struct strlist
#define FIELD_TYPE_F_NAME char *
#define FIELD_TYPE_F_PERCENT int64_t
#define FIELD_TYPE_F_REAL double

#endif
