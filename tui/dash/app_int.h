/* Private to the loop: dispatch of input, and the demonstration. */
#ifndef CRS_TUI_DASH_APP_INT_H
#define CRS_TUI_DASH_APP_INT_H

#include "tui/dash/dash.h"

void dash_input(struct dash *d, const struct input *in);
/* Made-up data in place of a relay. */
void demo_begin(struct dash *d);
void demo_tick(struct dash *d);

#endif
