/* Look-ups in the key table. */
#include "tui/dash/keymap.h"

#include "common/i18n.h"

static const struct key_row rows[] = {
#define KEY(act, key, key2, on, needs, label, help, words)                                         \
    {ACT_##act, key, key2, on, needs, label, help, words},
#include "tui/dash/keys.def"
#undef KEY
};

const struct key_row *key_rows(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}

const struct key_row *key_row_of(enum act a)
{
    return a > ACT_NONE && a < ACTS ? &rows[a - 1] : NULL;
}

enum act key_act(int key, enum screen_id on)
{
    for (size_t i = 0; key && i < sizeof rows / sizeof rows[0]; i++)
        if ((rows[i].key == key || rows[i].key2 == key) && (rows[i].on & (1u << on)))
            return rows[i].act;
    return ACT_NONE;
}

const char *screen_name(enum screen_id s)
{
    static const char *const names[SCREENS] = {
        N_("Dashboard"), N_("Accounts"), N_("Keys"), N_("Requests"), N_("Usage"), N_("Logs")};
    return names[s];
}
