/* Look-ups in the key table. */
#include "tui/dash/keymap.h"

#include <string.h>
#include "common/i18n.h"
#include "common/text.h"

static const struct key_row rows[] = {
#define KEY(act, key, key2, on, needs, label, help, words)                                         \
    {ACT_##act, key, key2, on, needs, label, help, words, #act},
#include "tui/dash/keys.def"
#undef KEY
};

#define ROWS (sizeof rows / sizeof rows[0])

void keymap_init(struct keymap *km)
{
    memcpy(km->rows, rows, sizeof rows);
}

const struct key_row *key_rows(const struct keymap *km, size_t *n)
{
    *n = ROWS;
    return km->rows;
}

const struct key_row *key_row_of(const struct keymap *km, enum act a)
{
    return a > ACT_NONE && a < ACTS ? &km->rows[a - 1] : NULL;
}

enum act key_act(const struct keymap *km, int key, enum screen_id on)
{
    for (size_t i = 0; key && i < ROWS; i++) {
        const struct key_row *k = &km->rows[i];
        if ((k->key == key || k->key2 == key) && (k->on & (1u << on)))
            return k->act;
    }
    return ACT_NONE;
}

/* --- keys of one's own ---------------------------------------------------------------------------
 */

const char *act_name(const struct key_row *k, char out[ACT_NAME_MAX])
{
    size_t n = 0;
    for (const char *p = k->name; *p && n + 1 < ACT_NAME_MAX; p++)
        out[n++] = *p == '_' ? '-' : (char)(*p | 0x20);
    out[n] = 0;
    return out;
}

static struct key_row *row_named(struct keymap *km, const char *act)
{
    char name[ACT_NAME_MAX];
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(act_name(&km->rows[i], name), act) == 0)
            return &km->rows[i];
    return NULL;
}

int keymap_set(struct keymap *km, const char *act, const char *keys, struct err *err)
{
    struct key_row *k = row_named(km, act);
    struct strlist words = {0};
    int codes[2] = {0, 0};
    if (!k) {
        err_set(err, ERR_USAGE, _("no such act '%.60s' in [keys]"), act);
        return err_hint(err, _("man crs-tui names them"));
    }
    strlist_split(&words, keys, " ");
    const char *odd = words.n == 0 || words.n > 2 ? keys : NULL;
    for (size_t i = 0; !odd && i < words.n; i++) {
        codes[i] = key_named(words.v[i]);
        if (codes[i] == K_NONE && !(words.n == 1 && strcmp(words.v[i], "none") == 0))
            odd = words.v[i];
    }
    if (odd) {
        err_set(err, ERR_USAGE, _("no such key '%.60s' for '%s'"), odd, act);
        err_hint(
            err, _("one or two of x, Ctrl-X, Enter, Space, Up, PgDn, F1 and the like, or none"));
    } else {
        k->key = codes[0];
        k->key2 = codes[1];
    }
    strlist_release(&words);
    return odd ? -1 : 0;
}

int keymap_check(const struct keymap *km, const char *act, struct err *err)
{
    struct keymap copy = *km;
    const struct key_row *k = row_named(&copy, act);
    for (size_t i = 0; k && i < ROWS; i++) {
        const struct key_row *o = &copy.rows[i];
        if (o == k || !(o->on & k->on))
            continue;
        int both = k->key && (k->key == o->key || k->key == o->key2)      ? k->key
                   : k->key2 && (k->key2 == o->key || k->key2 == o->key2) ? k->key2
                                                                          : 0;
        char spoken[KEY_NAME_MAX], other[ACT_NAME_MAX];
        if (both)
            return err_set(err, ERR_USAGE, _("the key %s of '%s' is the key of '%s' too"),
                key_spoken(both, spoken), act, act_name(o, other));
    }
    return 0;
}

const char *screen_name(enum screen_id s)
{
    static const char *const names[SCREENS] = {
        N_("Dashboard"), N_("Accounts"), N_("Keys"), N_("Requests"), N_("Usage"), N_("Logs")};
    return names[s];
}
