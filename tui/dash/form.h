/* A form made of the parameters of a method: one row a field, with the kinds, ranges and help that
 * the method table gives. What was typed stays whatever the relay does.
 */
#ifndef CRS_TUI_DASH_FORM_H
#define CRS_TUI_DASH_FORM_H

#include "common/field.h"
#include "tui/dash/dash.h"
#include "tui/dash/edit.h"

enum form_kind {
    FORM_TEXT,
    FORM_TICK,   /* [x] */
    FORM_CHOICE, /* one of some: Left, Right */
    FORM_SOME    /* any of some: Left, Right, Space */
};
struct form_row {
    const struct field *f;
    enum form_kind kind;
    struct edit edit;       /* FORM_TEXT */
    char *was;              /* the text it began with, as field_edit gives it */
    struct strlist choices; /* FORM_CHOICE, FORM_SOME */
    struct strlist on;      /* FORM_SOME: those ticked */
    size_t at;              /* the choice, or the one the cursor is on */
    bool ticked;            /* FORM_TICK */
    char *problem;          /* why the text is not good; NULL: it is */
    bool wanted;            /* must not be empty */
};
struct form {
    const struct method *m;
    struct form_row *rows;
    size_t n, at, top;
    int page;        /* rows shown last */
    int64_t changed; /* monotonic ms of the last change; 0: none since it was asked */
};
/* names: the fields shown, in this order; NULL: all that are neither positional nor hidden. now:
 * the present values by name, or NULL for the defaults. */
void form_init(struct form *f, struct dash *d, const struct method *m, const char *const *names,
    size_t n, const cJSON *now);
void form_release(struct form *f);
struct form_row *form_row(struct form *f, const char *name);
/* Whether the key was for the form. */
bool form_input(struct dash *d, struct form *f, const struct input *in);
void form_draw(struct dash *d, struct form *f, struct area a);
/* Help of the present field, wrapped into a. */
void form_help(struct dash *d, const struct form *f, struct area a);
bool form_changed(const struct form *f);
bool form_ready(const struct form *f); /* nothing that is needed is empty */
void form_revert(struct form_row *r);
void form_set(struct form_row *r, const char *text);
bool row_changed(const struct form_row *r);
/* Adds what differs from the begin to params; NULL and its problem told when a field is not good.
 */
cJSON *form_params(struct dash *d, struct form *f);
/* The value as text, as field_value takes it; heap. */
char *row_text(const struct form_row *r);
/* "at_once" as people read it: "at once"; heap. */
char *field_label(const struct field *f);

#endif
