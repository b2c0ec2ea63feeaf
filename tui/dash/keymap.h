/* The key table: which act a key means on a screen, and whether it can be done now. */
#ifndef CRS_TUI_DASH_KEYMAP_H
#define CRS_TUI_DASH_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include "common/err.h"
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
    const char *name;  /* as in keys.def: "ACCOUNT_TOGGLE" */
};

/* The table with the keys that the person chose: [keys] of the configuration. */
struct keymap {
    struct key_row rows[ACTS - 1];
};
void keymap_init(struct keymap *km); /* as keys.def has it */
/* All rows, in the order of keys.def. */
const struct key_row *key_rows(const struct keymap *km, size_t *n);
const struct key_row *key_row_of(const struct keymap *km, enum act a);
enum act key_act(const struct keymap *km, int key, enum screen_id on);

/* "account-toggle": the name of an act for people; into out. */
#define ACT_NAME_MAX 32
const char *act_name(const struct key_row *k, char out[ACT_NAME_MAX]);
/* Gives an act other keys, one or two with a blank between, or "none". ERR_USAGE for a name that no
 * act and a word that no key has. Two acts may have the same key until keymap_check. */
int keymap_set(struct keymap *km, const char *act, const char *keys, struct err *err);
/* ERR_USAGE when a key of this act means something else too where the act can be done. */
int keymap_check(const struct keymap *km, const char *act, struct err *err);

const char *screen_name(enum screen_id s); /* untranslated */

#endif
