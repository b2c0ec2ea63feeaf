/* A TOML file as statements with their places. Values are not understood further than to know where
 * they end. */
#ifndef CRS_TUI_CRS_SETUP_TOML_H
#define CRS_TUI_CRS_SETUP_TOML_H

#include "tui/crs/setup_edit.h"

enum toml_kind { TOML_TABLE, TOML_TABLE_OF_LIST, TOML_PAIR };
struct toml_statement {
    enum toml_kind kind;
    struct strlist path;                 /* from the root */
    size_t base;                         /* steps of it that the header says */
    size_t begin, value, value_end, end; /* offsets; end: behind its newline */
};
struct toml {
    const char *s; /* borrowed text */
    size_t at;
    struct toml_statement *v;
    size_t n;
    struct strlist table; /* of the last header */
};
/* t wants a release either way. ERR_USAGE names the line. */
int toml_read(struct toml *t, const struct buf *text, struct err *err);
void toml_release(struct toml *t);
/* A string of one line at t->at, decoded into out; false when it does not end. */
bool toml_string(struct toml *t, struct buf *out);

#endif
