/* Private to the model: its containers. */
#ifndef CRS_TUI_DASH_MODEL_INT_H
#define CRS_TUI_DASH_MODEL_INT_H

#include "tui/dash/model.h"

void rows_put(struct row_set *s, cJSON *row); /* takes row; one without an id is dropped */
void rows_drop(struct row_set *s, const char *id);
void rows_clear(struct row_set *s);

#endif
