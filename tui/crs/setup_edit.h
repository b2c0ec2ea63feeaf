/* Settings files of other programs, changed in one place and nowhere else: comments, order, layout
 * and all members that are not ours stay byte for byte.
 *
 * An editor puts one text at one place. The place is a path from the root of the file; in JSON a
 * step "[name=text]" goes to the element of an array whose member has that text. What is missing on
 * the way is made. 0: the text holds the value now (it is unchanged where it held it before). -1
 * with ERR_USAGE: the file is not of its format, or what is there stands in the way; the sentence
 * names the line, and the text is unchanged.
 */
#ifndef CRS_TUI_CRS_SETUP_EDIT_H
#define CRS_TUI_CRS_SETUP_EDIT_H

#include "common/buf.h"
#include "common/err.h"
#include "common/text.h"

/* What stood at the place before, as it reads. Zeroed with EDIT_WAS_INIT; wiped by
 * edit_was_release. */
struct edit_was {
    bool found;
    struct buf text;
};
#define EDIT_WAS_INIT                                                                              \
    {                                                                                              \
        .text = BUF_INIT                                                                           \
    }
void edit_was_release(struct edit_was *was);

typedef int edit_put(struct buf *text, const struct strlist *path, const char *value,
    struct edit_was *was, struct err *err);

edit_put edit_json; /* RFC 8259, and what editors of settings allow: comments, last commas */
edit_put edit_toml; /* TOML 1.0 */
edit_put edit_env;  /* NAME=value lines, as dotenv reads them; the path is the name alone */

/* --- shared by the editors */

void edit_was_set(struct edit_was *was, const char *bytes, size_t n);

#define EDIT_MAX ((size_t)1 << 20) /* bytes of a settings file */

/* UTF-8 without NUL, not over EDIT_MAX. */
int edit_check(const struct buf *text, struct err *err);
/* The line, from 1, that holds the byte. */
size_t edit_line(const struct buf *text, size_t at);
/* What ends the lines of this text: "\n", or "\r\n". */
const char *edit_newline(const struct buf *text);
/* Bytes of a byte order mark at the start: 3, or none. */
size_t edit_mark(const struct buf *text);
/* Replaces [begin, end). */
void edit_splice(struct buf *text, size_t begin, size_t end, const char *bytes, size_t n);

#endif
