/* The decision record of a request, written as it walks: what `crs why` shows. One JSON document:
 *
 *  {"steps":[{"step":"read","at_ms":3},…],          when each step was entered, from the begin
 *   "line":{"at_ms":4,"waited_ms":1200,"place":2},  only when it waited in line
 *   "choices":[{"at_ms":5,"account":"ac_…","because":"session",
 *               "passed":[{"account":"ac_…","reason":"limited","until":MS},…]},…],
 *   "attempts":[{"number":1,"account":"ac_…","kind":"claude","model":"…","at_ms":6,
 *                "first_byte_ms":320,"ended_ms":900,"status":529,"verdict":"same again",
 *                "reason":"…","wait_ms":800},…],
 *   "refused":{"code":"daily_cost","text":"…"}}     only when it was
 */
#ifndef CRS_FLOW_TRAIL_H
#define CRS_FLOW_TRAIL_H

#include "common/buf.h"
#include "core/core.h"

struct trail {
    struct buf steps, choices, attempts, rest; /* list items, and other members, as JSON text */
};
void trail_init(struct trail *t);
void trail_release(struct trail *t);
/* All times in ms since the begin of the request. */
void trail_step(struct trail *t, const char *step, int64_t at);
void trail_line(struct trail *t, int64_t at, int64_t waited, int place);
void trail_choice(struct trail *t, int64_t at, const struct lease *l, const struct choice_notes *n);
struct trail_attempt {
    int number, status;
    const char *account, *kind, *model;
    int64_t at, first_byte, ended; /* first_byte 0: none */
    const char *verdict, *reason;
    int64_t wait; /* before the next one */
};
void trail_attempt(struct trail *t, const struct trail_attempt *a);
void trail_refused(struct trail *t, enum refusal_code code, const char *text);
/* The whole document, heap. */
char *trail_text(const struct trail *t);
/* "daily_cost", for the trail; "" for REFUSE_NONE. */
const char *refusal_word(enum refusal_code code);

#endif
