/* The decision record of a request, written as it walks: what `crs why` shows. A JSON array of
 * items in order:
 *
 *  {"at":12,"step":"choose","text":"took 'team-1': session; passed over 'team-2': limited until"}
 *
 * at is in ms since the request began, text a phrase for people. Some items say more:
 *  choose   "account", "because", "passed":[{"account","reason","until":MS}]
 *  forward  "attempt", "account", "kind", "model", "status", "verdict", "began","first_byte","wait"
 * (ms) admit    "waited" (ms), "place" (in line), or "refused": the word of the refusal
 */
#ifndef CRS_FLOW_TRAIL_H
#define CRS_FLOW_TRAIL_H

#include "common/buf.h"
#include "core/core.h"
#include "core/live.h"

struct trail {
    struct buf items;
    struct live_entry *live; /* whose readers may look at it meanwhile, NULL: none */
};
void trail_init(struct trail *t);
void trail_release(struct trail *t);
void trail_say(struct trail *t, int64_t at, const char *step, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void trail_line(struct trail *t, int64_t at, int64_t waited, int place);
/* l NULL: none was taken. c: for the names of accounts. */
void trail_choice(struct trail *t, int64_t at, struct core *c, const struct lease *l,
    const struct choice_notes *n);
struct trail_attempt {
    int number, status;
    const struct account *account;
    const char *model, *verdict, *reason;
    int64_t at, began, first_byte; /* first_byte 0: none came */
    int64_t wait;                  /* before the next one */
};
void trail_attempt(struct trail *t, const struct trail_attempt *a);
void trail_refused(
    struct trail *t, int64_t at, const char *step, enum refusal_code code, const char *text);
/* The whole document, heap. */
char *trail_text(const struct trail *t);
/* "daily_cost", for the trail; "" for REFUSE_NONE. */
const char *refusal_word(enum refusal_code code);

#endif
