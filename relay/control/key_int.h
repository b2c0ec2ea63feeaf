/* What the handlers of keys and templates share. */
#ifndef CRS_CONTROL_KEY_INT_H
#define CRS_CONTROL_KEY_INT_H

#include "control/act_int.h"
#include "control/view_int.h"

/* Sets what `given` names and checks it; names of accounts become ids. s may be half changed on
 * error: work on a copy. */
int key_settings_patch(
    struct control *c, struct key_settings *s, const cJSON *given, int64_t now, struct err *err);

/* A row of an act ends with the store's word on its key. Takes k. */
void act_put_key(struct act *a, cJSON *row, struct key *k);
/* Each key that the parameter `names` names, once: f(act, row, key, arg). A row whose name leads
 * nowhere fails by itself. removed: among the removed ones too. */
typedef void key_act(struct act *a, cJSON *row, const struct key *k, void *arg);
void act_keys(struct act *a, const cJSON *names, bool removed, key_act *f, void *arg);

/* Settings that differ from the defaults, accounts by name. */
cJSON *key_settings_short(struct control *c, const struct key_settings *s);

/* Says what today's requests would have met under new settings; then ends the row. */
void key_effect(struct act *a, cJSON *row, const struct key *was, const struct key *is);

#endif
