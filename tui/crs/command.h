/* Every command of crs as a row: the words of the method table, and what this program adds to them
 * or has of its own. Parser, help, completion and the manual read the same rows.
 */
#ifndef CRS_TUI_CRS_COMMAND_H
#define CRS_TUI_CRS_COMMAND_H

#include "common/method.h"

struct crs;

struct command {
    const char *words;                      /* "key create" */
    const char *summary, *detail, *example; /* as in struct method */
    const struct method *m;                 /* NULL: known to this program only */
    const struct field *own;                /* options and words that are not sent */
    size_t n_own;
    const char *letters; /* short options besides the global ones: "f:follow"; may be NULL */
    int (*run)(struct crs *c, struct err *err); /* exit status; -1 with err */
    bool hidden;                                /* not in help, not completed */
};

/* All of them, in the order of help. */
struct command_table {
    struct command *v;
    size_t n;
};
void command_table_init(struct command_table *t);
void command_table_release(struct command_table *t);
/* The longest match at the start of words; NULL: none. */
const struct command *command_find(
    const struct command_table *t, char *const *words, size_t n, size_t *used);

/* Options that every command takes. */
const struct field *global_fields(size_t *n);

enum option_form {
    OPTION_VALUE, /* --name VALUE */
    OPTION_FLAG,  /* --name, --name=yes */
    OPTION_NOT,   /* --no-name */
    OPTION_MAYBE, /* --name, --name=VALUE */
    OPTION_STDIN, /* --name-stdin: a secret from standard input */
    OPTION_FILE,  /* --name-file FILE: a secret from a file */
};
enum option_scope { SCOPE_OWN, SCOPE_PARAM, SCOPE_GLOBAL };
struct option {
    char *name; /* as written, without the two hyphens */
    const struct field *f;
    enum option_form form;
    enum option_scope scope;
    char letter; /* 0: none */
};
struct options {
    struct option *v;
    size_t n;
};
/* The options of a command (cmd NULL: the global ones alone); the first of a name wins: those of
 * the command itself, of its method, global. */
void options_init(struct options *o, const struct command *cmd);
void options_release(struct options *o);
/* By name or unique beginning of it. NULL: ERR_USAGE with the nearest, or those that it could be.
 */
const struct option *options_find(
    const struct options *o, const char *name, size_t n, struct err *err);
const struct option *options_letter(const struct options *o, char letter);
bool option_takes_value(const struct option *o);

/* The i-th word that is no option, in order; NULL beyond the last. */
const struct field *command_positional(const struct command *cmd, size_t i);
/* It takes all words that are left. */
bool positional_many(const struct field *f);

struct buf;
/* "crs key edit NAME... [options]". */
void command_usage(const struct command *cmd, struct buf *out);
/* "--daily-cost MONEY", "--[no-]pool": an option as help shows it. */
void option_usage(const struct option *o, struct buf *out);
/* What stands for a value in usage lines: "TIME", "a|b|c". */
void field_placeholder(const struct field *f, struct buf *out);

#endif
