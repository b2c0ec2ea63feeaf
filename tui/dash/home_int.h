/* Private to the dashboard screen. */
#ifndef CRS_TUI_DASH_HOME_INT_H
#define CRS_TUI_DASH_HOME_INT_H

#include "tui/dash/dash.h"

enum pane { PANE_ATTENTION, PANE_ACCOUNTS, PANE_RUNNING, PANES };

struct home {
    enum pane pane;
    size_t at[PANES];
    size_t n[PANES]; /* rows there are */
    char *chosen;    /* name or id of the chosen row of the pane */
    bool is_request;
};

/* Whether row i of the pane is the chosen one, which is called `name` and drawn at y. */
bool home_here(struct dash *d, struct home *h, enum pane p, size_t i, const char *name, int y);
void home_accounts(struct dash *d, struct home *h, struct area a, int columns);
void home_running(struct dash *d, struct home *h, struct area a);
void home_dearest(struct dash *d, struct area a);
void home_events(struct dash *d, struct area a);

#endif
