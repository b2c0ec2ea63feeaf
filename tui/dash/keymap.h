/* The key table: which act a key means on a screen, and whether it can be done now. */
#ifndef CRS_TUI_DASH_KEYMAP_H
#define CRS_TUI_DASH_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include "tui/dash/input.h"

enum screen_id {
    SCREEN_DASHBOARD,
    SCREEN_ACCOUNTS,
    SCREEN_KEYS,
    SCREEN_REQUESTS,
    SCREEN_USAGE,
    SCREEN_LOGS,
    SCREENS
};
enum {
    ON_DASHBOARD = 1 << SCREEN_DASHBOARD,
    ON_ACCOUNTS = 1 << SCREEN_ACCOUNTS,
    ON_KEYS = 1 << SCREEN_KEYS,
    ON_REQUESTS = 1 << SCREEN_REQUESTS,
    ON_USAGE = 1 << SCREEN_USAGE,
    ON_LOGS = 1 << SCREEN_LOGS,
    ON_LISTS = ON_ACCOUNTS | ON_KEYS | ON_REQUESTS | ON_USAGE,
    ON_ALL = (1 << SCREENS) - 1
};
enum { NEED_ROW = 1, NEED_OPERATE = 2, NEED_ADMIN = 4 };

enum act {
    ACT_NONE,
#define KEY(act, key, key2, on, needs, label, help, words) ACT_##act,
#include "tui/dash/keys.def"
#undef KEY
    ACTS
};

struct key_row {
    enum act act;
    int key, key2; /* 0: none */
    unsigned on, needs;
    const char *label; /* untranslated */
    const char *help;
    const char *words; /* of crs; NULL: nothing there does the same */
};
/* All rows, in the order of keys.def. */
const struct key_row *key_rows(size_t *n);
const struct key_row *key_row_of(enum act a);
enum act key_act(int key, enum screen_id on);

const char *screen_name(enum screen_id s); /* untranslated */

#endif
