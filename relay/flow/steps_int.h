/* What the files of the walk give each other. */
#ifndef CRS_FLOW_STEPS_INT_H
#define CRS_FLOW_STEPS_INT_H

#include "flow/exchange_int.h"

/* reply.c: bytes to the client */
void reply_set_fault(struct exchange *x);
void reply_release(struct reply *r);
void reply_head(struct exchange *x, int status, const struct buf *fields, int64_t length);
void reply_bytes(void *self, const char *p, size_t n);
void reply_line(struct exchange *x); /* answers 200 and a first ping, if that can be done now */
void reply_ping(struct exchange *x);

/* the steps, a file each */
enum step_verdict step_route(struct exchange *x);
enum step_verdict step_authenticate(struct exchange *x);
enum step_verdict step_read(struct exchange *x);
enum step_verdict step_admit(struct exchange *x);
enum step_verdict step_choose(struct exchange *x);
enum step_verdict step_forward(struct exchange *x);
enum step_verdict step_stream(struct exchange *x);
enum step_verdict step_meter(struct exchange *x);
enum step_verdict step_record(struct exchange *x);

/* judge.c: what an upstream's answer leads to */
void judge_answer(struct exchange *x, enum call_fault fault, const char *text);
/* It began with an error; false: one that is the client's. */
bool judge_event(struct exchange *x, const char *type, const char *message);
/* The reply that is left when no account could serve it. */
void judge_give_up(struct exchange *x, const struct refusal *r);

/* The sentence of an upstream's error, into x->fault, for where its bytes cannot go. */
void judge_words(struct exchange *x, const struct reply *r);

/* step_choose.c: the lease */
void choose_release(struct exchange *x);
void choose_exclude(struct exchange *x); /* this account is not to be taken again; releases it */
void choose_renew(struct exchange *x);   /* its token, then forward with the same lease */

/* step_stream.c */
void stream_bytes(struct exchange *x, const char *p, size_t n);
void stream_end(struct exchange *x);
void stream_broken(struct exchange *x, enum call_fault fault, const char *text);

/* pump.c: callbacks of the call */
extern const struct call_ops pump_ops;
void pump_fill_ask(struct exchange *x, struct ask *ask);

/* attempt.c: booking of what was tried */
void attempt_begin(struct exchange *x);
/* Fills a for the store from the present attempt. */
void attempt_fill(struct exchange *x, struct attempt *a);
/* Begins the meter of its answer. stream: of events. */
void attempt_meter(struct exchange *x, bool stream);
/* Closes the present one and books it alone: another follows. */
void attempt_close(struct exchange *x);
void attempt_fault(struct exchange *x, const char *word);
/* Whether the present attempt is one for the ledger: begun, and not a helper call. */
bool attempt_is_booked(const struct exchange *x);
/* What the account was asked with; NULL when there is no lease any more. */
const char *attempt_secret(const struct exchange *x);

/* step_meter.c: what a stream that did not go to the client had told, into x->usage, and charged.
 */
void meter_attempt(struct exchange *x);

/* opening.c: the beginning of a stream, until it has said something */
/* At a head with 200: whether its bytes are to be looked at first. */
bool opening_begin(struct exchange *x);
void opening_bytes(struct exchange *x, const char *p, size_t n);
void opening_end(struct exchange *x);
void opening_broken(struct exchange *x, enum call_fault fault, const char *text);

/* answer.c: what the relay answers itself. Sets x->reply. */
enum step_verdict answer_own(struct exchange *x);

#endif
