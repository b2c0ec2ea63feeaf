/* Manual pages: what is written by hand stands in man/NAME.in; what a table knows is put in from
 * it, where a line says "@part argument@". The pages are mdoc(7).
 */
#ifndef CRS_SCRIPTS_DOCGEN_H
#define CRS_SCRIPTS_DOCGEN_H

#include "common/buf.h"
#include "common/field.h"

/* --- docgen_mdoc.c */
/* Running text from column 0 on: wrapped, a sentence a line, escaped. */
void mdoc_text(struct buf *out, const char *text);
/* The same, made a sentence: a capital in front, a full stop behind. */
void mdoc_sentence(struct buf *out, const char *text);
/* One argument of a macro line: escaped, quoted where it has blanks. */
void mdoc_word(struct buf *out, const char *text);
/* Lines as they are, in a literal display; long ones broken with a backslash. */
void mdoc_literal(struct buf *out, const char *text);

/* --- the parts; argument as it stands behind the name, "" for none. -1: no such part or argument.
 */
int part_commands(struct buf *out, const char *noun);
int part_globals(struct buf *out, const char *argument);
int part_topic(struct buf *out, const char *name);
int part_settings(struct buf *out, const char *argument);
int part_methods(struct buf *out, const char *argument);
int part_keys(struct buf *out, const char *argument);
int part_tui_options(struct buf *out, const char *argument);

#endif
