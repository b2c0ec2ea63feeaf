/* The daemon's settings, from built-in defaults, file and environment, in that order. Immutable and
 * refcounted: a reload makes a new one and swaps it; what runs keeps the one it began with. */
#ifndef CRS_BASE_SETTINGS_H
#define CRS_BASE_SETTINGS_H

#include <stdatomic.h>

#include "common/clock.h"
#include "common/field.h"

struct settings_values {
#define SET(member, kind, choices, dflt, min, max, section, live, help) FIELD_TYPE_##kind member;
#include "base/settings.def"
#undef SET
};
enum { /* a number for each setting, in the order of the rows */
#define SET(member, kind, choices, dflt, min, max, section, live, help) SETTING_##member,
#include "base/settings.def"
#undef SET
    SETTINGS
};
enum setting_origin { ORIGIN_DEFAULT, ORIGIN_FILE, ORIGIN_ENVIRONMENT };
struct settings {
    struct settings_values v;
    char *path; /* the file; NULL: none */
    /* private: */
    atomic_int refs;
    struct {
        enum setting_origin from;
        int line;
    } origins[SETTINGS];
};
struct setting_row {
    struct field field; /* `group` is the section */
    bool live;
};
const struct setting_row *setting_rows(size_t *n);

/* path NULL: path_config(); a missing file at the usual place means defaults. Errors name file and
 * line, or the environment variable. All of the file is checked, the first error is told. */
struct settings *settings_load(const char *path, struct err *err);
/* As if the file had this text. */
struct settings *settings_parse(const char *path, const char *text, size_t n, struct err *err);
/* Adds the text with one setting changed (value NULL: without it); comments, order and all other
 * lines stay. A new one goes behind the last of its section. path is for complaints. The value must
 * have no control characters; nothing else of it is checked here. */
int settings_edit(const char *path, const char *text, size_t n, const struct setting_row *r,
    const char *value, struct buf *out, struct err *err);
/* The name of its environment variable, heap: "CRS_LIMITS_MAX_BODY". */
char *setting_variable(const struct setting_row *r);
const struct settings *settings_ref(const struct settings *s);
void settings_unref(const struct settings *s);
enum setting_origin settings_origin(const struct settings *s, const char *member, int *line);
/* A file in the directory of database and master key; heap. */
char *settings_state_file(const struct settings *s, const char *name);
/* Names of settings that differ and need a restart. */
void settings_need_restart(
    const struct settings *was, const struct settings *is, struct strlist *out);

struct settings_holder; /* gives the present one to any thread */
struct settings_holder *settings_holder_create(struct settings *first);
void settings_holder_free(struct settings_holder *h);
const struct settings *settings_get(struct settings_holder *h);
void settings_swap(struct settings_holder *h, struct settings *s);

#endif
