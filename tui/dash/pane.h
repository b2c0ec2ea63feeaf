/* A list above, the chosen one of its things below it: what accounts and keys have in common. */
#ifndef CRS_TUI_DASH_PANE_H
#define CRS_TUI_DASH_PANE_H

#include "tui/dash/detail.h"

/* The private part of such a screen. */
struct pane {
    struct list list;
    struct detail detail; /* of the chosen one */
};
/* `show` is the method that tells all about one of the things. */
struct pane *pane_create(const struct column *cols, size_t n, enum method_id show);
/* These four are members of screen_ops or called by them; self is a struct pane. */
void pane_free(void *self);
struct list *pane_list(void *self);
void pane_fill(struct dash *d, const struct row_set *rows, struct list *l, bool hold);
/* rev: as detail_want. */
void pane_tick(struct dash *d, struct pane *p, unsigned rev);

/* "4 accounts, 3 ready, sorted by NAME": head is the first part; above the footer. */
void pane_sum(struct dash *d, const struct list *l, struct area a, const char *head);
/* {"names": [the marked ones, or the chosen one]}: the caller frees or hands on. */
cJSON *pane_names(const struct list *l);
/* The screen of requests, only those of this key or account. */
void pane_requests(struct dash *d, const char *column, const char *name);

#endif
