/* The dashboard as a whole: model, connection, terminal, the screens and what lies over them.
 */
#ifndef CRS_TUI_DASH_DASH_H
#define CRS_TUI_DASH_DASH_H

#include "common/clock.h"
#include "common/method.h"
#include "tui/dash/conn.h"
#include "tui/dash/draw.h"
#include "tui/dash/input.h"
#include "tui/dash/keymap.h"
#include "tui/dash/list.h"
#include "tui/dash/model.h"
#include "tui/dash/options.h"

struct dash;

/* One of the six screens. All members but create, free and draw may be NULL. */
struct screen_ops {
    void *(*create)(struct dash *d);
    void (*free)(void *self);
    void (*enter)(struct dash *d, void *self);
    void (*leave)(struct dash *d, void *self);
    void (*tick)(struct dash *d, void *self); /* between inputs: what is due */
    void (*draw)(struct dash *d, void *self, struct area a);
    bool (*act)(struct dash *d, void *self, enum act a);
    /* The list that moves, filters and sorts; fill is called before it is used. */
    struct list *(*list)(void *self);
    void (*fill)(struct dash *d, void *self, struct list *l, bool hold);
    /* The thing chosen, for copying: its kind ("key") and name; false: none. */
    bool (*subject)(void *self, const char **kind, const char **name);
};
extern const struct screen_ops scr_dashboard, scr_accounts, scr_keys, scr_requests, scr_usage,
    scr_logs;

/* What lies over a screen: a form, a question, help. Gets all input while it is on top. */
struct layer_ops {
    bool whole; /* covers the body and the footer; else it draws over what is there */
    void (*draw)(struct dash *d, void *self, struct area body);
    void (*input)(struct dash *d, void *self, const struct input *in);
    void (*tick)(struct dash *d, void *self);
    void (*free)(void *self);
    bool (*unsaved)(const void *self); /* quitting asks first */
    /* A list of its own, for filter and movement, and how its rows come in anew; NULL: none. */
    struct list *(*list)(void *self);
    void (*refill)(struct dash *d, void *self);
};
struct layer {
    const struct layer_ops *ops;
    void *self;
};
#define LAYERS_MAX 6

struct dash {
    struct options opt;
    struct tty tty;
    struct zone *zone;
    struct model model;
    struct conn conn;
    struct input_reader reader;
    const struct screen_ops *ops[SCREENS];
    void *screen[SCREENS];
    unsigned filled[SCREENS]; /* revisions that its list was filled from */
    enum screen_id at, came_from[16];
    size_t n_came_from;
    struct layer layers[LAYERS_MAX];
    size_t n_layers;
    char *message, *hint; /* of the line above the footer */
    enum look message_look;
    struct ring done;     /* acts of this session: {at, command, ok, text, hint} */
    cJSON *undo;          /* calls that take the last act back: {method, params}; NULL: none */
    struct strlist typed; /* into the palette, oldest first */
    bool dirty, quit;
    int64_t frozen;         /* monotonic ms since then; 0: not */
    int64_t touched;        /* monotonic ms of the last key */
    int ctrl_c;             /* in a row */
    int64_t demo_second;    /* the demonstration was last moved then */
    struct row_set clients; /* of client.list, once asked: choices in forms */
};

/* --- app.c */
int dash_run(const struct options *opt);
void dash_go(struct dash *d, enum screen_id to);
/* Goes there and chooses the row with this id or name. */
void dash_show(struct dash *d, enum screen_id to, const char *name);
void dash_back(struct dash *d);
void dash_do(struct dash *d, enum act a); /* checks that it can be done, says why not */
/* Why an act cannot be done now; NULL: it can. */
const char *dash_hindrance(struct dash *d, const struct key_row *k);
/* Why a method of this level cannot be called now; NULL: it can. */
const char *dash_refusal(struct dash *d, enum level level);
/* Of the layer on top that has one, else of the present screen, filled; NULL: none. */
struct list *dash_list(struct dash *d);
void dash_refill(struct dash *d); /* the present list is filled anew before the next use */

/* --- layers: self is freed by the layer's free. */
void layer_push(struct dash *d, const struct layer_ops *ops, void *self);
void layer_pop(struct dash *d);
void layer_close(struct dash *d, const void *self); /* that one, and what lies over it */

/* --- message.c: the line above the footer, until the next key. */
void dash_say(struct dash *d, enum look look, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void dash_fail(struct dash *d, const char *what, const struct err *err);
/* Adds to the log of acts. */
void dash_log_act(struct dash *d, const char *command, bool ok, const char *text, const char *hint);

/* --- frame.c */
void dash_paint(struct dash *d);
/* The words of the footer with their places: for drawing, and for the mouse. */
struct footer_word {
    const struct key_row *row;
    int x, w;
};
#define FOOTER_MAX 40
size_t footer_lay(const struct dash *d, struct footer_word v[FOOTER_MAX]);
/* "q quit  Esc back": words with their keys in a row. */
void put_keys(struct dash *d, int y, int x, int w, const char *keys);

/* --- act.c: methods by the hand of the person. */
/* Calls with params (taken), writes the command into the log of acts, tells the outcome. */
void act_call(struct dash *d, enum method_id m, cJSON *params);
/* The crs command for a call; heap. Secrets are left out. */
char *act_command(const struct method *m, const cJSON *params);
/* Tells what a method did, or shows its answer. */
void method_answered(
    struct dash *d, const struct method *m, const cJSON *params, const cJSON *result);
/* Remembers what takes an act back; does it. */
void undo_note(struct dash *d, const struct method *m, const cJSON *params, const cJSON *result);
void undo_last(struct dash *d);
/* Answers to calls under way do not come after their owner is gone. */
struct call_note;
typedef void call_answer(struct dash *d, void *owner, const cJSON *result, const struct err *fault);
void dash_call(struct dash *d, const char *method, cJSON *params, call_answer *f,
    void *owner); /* takes params */
void dash_forget(struct dash *d, const void *owner);

/* --- over a screen */
void filter_open(struct dash *d);
void palette_open(struct dash *d);
void help_open(struct dash *d);
void copy_open(struct dash *d);
void acts_open(struct dash *d); /* the log of acts */
/* Text on the whole body, scrollable; takes text. */
void pager_open(struct dash *d, const char *title, char *text);
/* A question; keep is the default. type: the name that must be typed, or NULL. With params the act is
 * shown as a command. Yes calls answer with them (it takes them), or the method when answer is NULL. */
struct question {
    const char *title, *text, *yes, *type;
    enum method_id method;
    void (*answer)(struct dash *d, cJSON *params);
    cJSON *params;
};
void question_ask(struct dash *d, const struct question *q);
struct secret_shown {
    const char *title; /* name of the key; NULL: the token of the HTTP admin */
    const char *secret;
    const cJSON *env; /* lines for a shell, or NULL */
    bool again;       /* it can be shown again */
};
void secret_open(struct dash *d, const struct secret_shown *shown);
/* --- methods as forms and tables */
/* The settings of these things, as `show` tells them; takes names, an array of at least one. */
void edit_form_open(struct dash *d, enum method_id m, enum method_id show, cJSON *names);
/* A form of all parameters; texts (may be NULL) are in it to begin with, by name. What only looks
 * and misses nothing is done at once. */
void call_form_open(struct dash *d, enum method_id m, const cJSON *texts);
/* A result: rows as a table, anything else as labelled lines. */
void answer_open(struct dash *d, const struct method *m, const cJSON *params, const cJSON *result);
/* Any method, with texts as above: where a screen or a form of its own does it, that opens. */
void method_open(struct dash *d, const struct method *m, const cJSON *texts);
/* "key show alice", "group.create team --note x": false when no method is called so. */
bool method_type(struct dash *d, const char *line);
void wizard_open(struct dash *d, const char *account); /* NULL: a new account */
void request_open(struct dash *d, const char *id);
void detail_open(struct dash *d, enum method_id show, const char *name);

#endif
