/* An act on several things: a row in the answer for each. */
#ifndef CRS_CONTROL_ACT_INT_H
#define CRS_CONTROL_ACT_INT_H

#include "control/order_int.h"

struct act {
    struct order *o;
    cJSON *items;
    size_t under_way, failed;
    struct err last; /* fault of the last row that failed */
    char *undo;      /* heap: a command; the names of what was done are put behind it */
    bool undo_whole; /* it is the whole command */
};
struct act *act_begin(struct order *o);
/* A row; valid until the act has ended. id may be NULL. */
cJSON *act_row(struct act *a, const char *name, const char *id);
bool act_has(const struct act *a, const char *id); /* named twice */
void act_row_change(cJSON *row, cJSON *change);    /* takes it; for answer and audit */
/* The end of a row. */
void act_row_done(struct act *a, cJSON *row);
void act_row_fail(struct act *a, cJSON *row, const struct err *err);
/* One more to wait for; act_came for each, after its row has ended. */
void act_wait(struct act *a);
void act_came(struct act *a);
/* All rows are begun: answers when nothing is waited for. The act is gone afterwards. */
void act_end(struct act *a);

/* Waiting for the store with a row. */
struct act_step {
    struct act *act;
    cJSON *row;
    void *arg;
};
struct act_step *act_step(struct act *a, cJSON *row);
/* Ends the row, well or with this failure, and the wait for it; the step is gone. */
void act_step_end(struct act_step *s, const struct err *failure);

#endif
