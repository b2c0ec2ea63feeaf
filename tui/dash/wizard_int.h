/* Private to the wizard that adds accounts and signs them in again. */
#ifndef CRS_TUI_DASH_WIZARD_INT_H
#define CRS_TUI_DASH_WIZARD_INT_H

#include "tui/dash/form.h"

/* A way into an upstream: what kind of account, by what means. */
struct way {
    const char *kind, *mode;
    const char *text;   /* untranslated */
    const char *fields; /* besides name, groups, priority, proxy: what this kind has or needs */
    const char *wanted; /* those of them that must not be empty */
};
const struct way *ways(size_t *n);

enum step { STEP_WAY, STEP_FORM, STEP_SIGN_IN, STEP_CHECK };
struct wizard {
    enum step step;
    char *account; /* signed in again; NULL: a new one */
    char *kind;    /* of that account */
    size_t at;     /* way chosen */
    const struct way *way;
    struct form form;
    struct edit code;
    cJSON *login;    /* of oauth.begin */
    int64_t poll_at; /* monotonic ms of the next oauth.poll */
    bool busy, tested;
    char *trouble;     /* what went wrong last */
    char *made;        /* name of the account, once it is there */
    struct buf report; /* what the test said */
    bool report_good;
};
void wizard_next(struct dash *d, struct wizard *w); /* Enter at the end of a step */
void wizard_back(struct dash *d, struct wizard *w); /* the step before, or out */
void wizard_tick(struct dash *d, void *self);       /* polls a device sign-in */
void wizard_draw(struct dash *d, void *self, struct area body);
/* The ways that can be chosen: all, or those of the account's kind. */
const struct way *wizard_way(const struct wizard *w, size_t i);
bool wizard_is_device(const struct wizard *w);
/* What can be told of the pasted code without asking: NULL, or a sentence; *good: it looks right.
 */
const char *wizard_code_note(const struct wizard *w, bool *good);

#endif
