/* A form over a method, as scr_form.c runs it and sheet_draw.c shows it. */
#ifndef CRS_TUI_DASH_SHEET_INT_H
#define CRS_TUI_DASH_SHEET_INT_H

#include "tui/dash/form.h"

struct sheet {
    struct form form;
    char *title;
    cJSON *names;  /* of what is edited; NULL: a new thing, or any other call */
    cJSON *record; /* as it was; NULL: not here yet */
    enum method_id show;
    char *effect; /* what the dry run said */
    bool effect_bad, saving;
};
/* What would be sent; NULL when a field is not good. */
cJSON *sheet_params(struct dash *d, struct sheet *s);
/* The same as a command; nothing while a field is not good. */
void sheet_command(struct dash *d, struct sheet *s, struct buf *b);
void sheet_draw(struct dash *d, void *self, struct area a);

#endif
