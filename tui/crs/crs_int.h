/* Inside of crs: one run of the program, and what its commands share. */
#ifndef CRS_TUI_CRS_INT_H
#define CRS_TUI_CRS_INT_H

#include <stdio.h>
#include "common/i18n.h"
#include "common/json.h"
#include "common/text.h"
#include "tui/crs/command.h"
#include "tui/link/link.h"

enum output { OUT_TABLE, OUT_WIDE, OUT_JSON, OUT_JSONL, OUT_CSV, OUT_NAME, OUT_FORMAT };

struct terminal {
    bool in, out, err; /* whether each stream is one */
    bool colour, err_colour;
    bool accessible;
    int width, height; /* cells of standard output */
};

struct crs {
    struct command_table table;
    const struct command *cmd;
    bool bare;     /* no word was given: status, or with --help all commands */
    char *noun;    /* half a command, with --help */
    cJSON *params; /* for the relay, by wire name */
    cJSON *own;    /* of the command itself, by name */
    cJSON *global; /* of every command, by name */
    cJSON *secret; /* where secrets come from: {name: "-" or path} */
    struct strlist fields;
    enum output output;
    struct terminal term;
    struct zone *zone; /* of the person */
    struct host host;
    struct link *link;
};

/* --- parse.c: words and options of the command line into c->cmd, params, own, global, secret. */
int parse_line(struct crs *c, int argc, char **argv, struct err *err);
/* "crs key edit" with a text: the value, as JSON, added to `into` under the field's name. */
int parse_value(
    struct crs *c, cJSON *into, const struct field *f, const char *text, struct err *err);

/* --- terminal.c */
void terminal_init(struct crs *c);
struct zone *terminal_zone(void); /* of the person: TZ, else the system's, else UTC */
/* A question on the terminal; heap. NULL: ERR_USAGE without one, ERR_DECLINED at end of file. */
char *terminal_ask(struct crs *c, const char *question, bool hidden, struct err *err);
/* The first line of standard input, or a file without its last newline; heap, secret_free(). */
char *secret_stdin(const char *what, struct err *err);
char *secret_file(const char *path, struct err *err);
/* Sends text to the terminal's clipboard (OSC 52); false when that cannot be. */
bool terminal_copy(struct crs *c, const char *text);
/* Bytes to standard output, through a pager when that is more than a screenful. 0, -1. */
int terminal_put(struct crs *c, const struct buf *out, struct err *err);

/* --- call.c */
int crs_connect(struct crs *c, struct err *err);
int64_t crs_timeout(const struct crs *c, const struct method *m); /* ms; 0: none */
/* Connects if need be. NULL with err. */
cJSON *crs_call(struct crs *c, const struct method *m, const cJSON *params, struct err *err);
/* Reads secrets named on the command line into params, and asks for required ones. */
int crs_secrets(struct crs *c, struct err *err);
/* Asks as the method's flags want; 0 go on, -1 with ERR_DECLINED or ERR_USAGE. */
int crs_confirm(struct crs *c, struct err *err);
/* secrets, confirm, dry_run, call: what nearly every command begins with. */
cJSON *crs_result(struct crs *c, struct err *err);

/* --- run_method.c: a command that is a method and nothing else. */
int run_method(struct crs *c, struct err *err);
/* Renders a result as its row says and puts it out; exit status, -1. */
int crs_show(struct crs *c, const cJSON *result, struct err *err);
/* The same into a buffer, for --watch. */
int crs_render(struct crs *c, const cJSON *result, struct buf *out, struct err *err);

/* --- act.c: what an act did, on standard error. */
/* The highest exit status of the rows; that of a check when the result itself says "ok": false. */
int act_status(const cJSON *result);
void act_tell(struct crs *c, const cJSON *result);
void undo_tell(struct crs *c, const char *undo);

/* --- error.c */
int error_tell(struct crs *c, const struct err *err); /* prints, gives the exit status */
void note(struct crs *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* --- help.c */
int help_command(struct crs *c, const struct command *cmd, struct err *err);
int help_noun(struct crs *c, const char *noun, struct err *err);
int help_all(struct crs *c, struct err *err);
int run_help(struct crs *c, struct err *err);
int run_version(struct crs *c, struct err *err);

/* --- shorthand */
bool crs_flag(const struct crs *c, const char *name);        /* of global */
void crs_set(struct crs *c, const char *name, bool on);      /* in place of what was given */
const char *crs_text(const struct crs *c, const char *name); /* of global; NULL: not given */
const char *own_text(const struct crs *c, const char *name);
bool own_flag(const struct crs *c, const char *name);
bool crs_human(const struct crs *c); /* table or wide, no template: for people */

#endif
