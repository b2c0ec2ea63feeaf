/* `name = value` files with [sections], # comments, and line numbers in every complaint. */
#ifndef CRS_COMMON_CONF_H
#define CRS_COMMON_CONF_H

#include <stddef.h>
#include "common/err.h"

struct conf_entry {
    char *section; /* "" before the first header */
    char *name;
    char *value; /* quotes removed, trimmed */
    int line;
};
struct conf {
    char *path;
    struct conf_entry *v;
    size_t n;
};

/* A missing file is ERR_NOT_FOUND; a bad line is ERR_USAGE with "path:line: ...". Files over 1 MiB
 * are refused. */
int conf_read(struct conf *c, const char *path, struct err *err);
int conf_parse(struct conf *c, const char *path, const char *text, size_t n, struct err *err);
void conf_release(struct conf *c);
const struct conf_entry *conf_get(const struct conf *c, const char *section, const char *name);
/* Adds the text with one setting changed (value NULL: without it); comments, order and all other
 * lines stay. A new one goes behind the last of its section. path is for complaints. The value must
 * have no control characters. */
struct buf;
int conf_edit(const char *path, const char *text, size_t n, const char *section, const char *name,
    const char *value, struct buf *out, struct err *err);

#endif
