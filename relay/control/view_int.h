/* How things look in answers and events: one place each, so that a list, a snapshot and an event
 * show the same. All times RFC 3339, money in dollars, spans in seconds. */
#ifndef CRS_CONTROL_VIEW_INT_H
#define CRS_CONTROL_VIEW_INT_H

#include "base/log.h"
#include "control/order_int.h"

/* Keys: a row of key.list; all of key.show. Bound accounts come out by name. */
cJSON *key_row(struct control *c, const struct key *k, int64_t now);
cJSON *key_full(struct control *c, const struct key *k, int64_t now);
bool key_over(const struct key_live *l); /* at one of its cost ceilings */
void key_tell(struct control *c, const struct key *k, const char *what); /* event */
/* What differs between two records, accounts by name; empty object when nothing does. */
cJSON *key_diff(struct control *c, const struct key *was, const struct key *is);
/* The address that is told to clients, without a slash at its end; heap. */
char *control_address(struct control *c);
/* "cr_...": the lines that a person puts into a shell; a JSON array. */
cJSON *key_env(struct control *c, const struct key *k, const char *secret);

cJSON *account_row(struct control *c, const struct account *a, int64_t now);
cJSON *account_full(struct control *c, const struct account *a, int64_t now);
/* "ready", "limited", "cooling", "blocked", "login", "off", "expired" */
const char *account_state(const struct account *a, const struct account_live *l, int64_t now);
void account_tell(struct control *c, const struct account *a, const char *what);
cJSON *account_diff(const struct account *was, const struct account *is);
/* The name of an account or key by id; the id itself when it is gone. Heap. */
char *account_name_of(struct control *c, const char *id);
char *key_name_of(struct control *c, const char *id);

cJSON *request_live_row(const struct live_view *v, int64_t now);
/* A row of the store's report of requests, with names for ids. */
cJSON *request_stored_row(struct control *c, const cJSON *stored);

cJSON *log_row(const struct log_entry *e);
cJSON *status_json(struct control *c, int64_t now);
/* {running, waiting, requests_per_minute, errors_per_minute, today} */
cJSON *totals_json(const struct core_totals *t);

void json_put_span(cJSON *o, const char *name, int64_t ms); /* seconds; < 0 adds null */
void json_put_null(cJSON *o, const char *name);
void json_put_strlist(cJSON *o, const char *name, const struct strlist *l);
void json_put_percent(cJSON *o, const char *name, double share); /* 0..1 -> 0..100 */
cJSON *list_result(cJSON *items);                                /* {"items":items} */
/* All settings of a record; one that is "none" as long as nothing is set (a limit of 0) is null. */
void json_put_settings(cJSON *o, const void *rec, const struct field *f, size_t n);
/* record_diff with null for "none", as above. */
cJSON *settings_diff(const void *a, const void *b, const struct field *f, size_t n);

/* With or without its section; NULL with err. */
const struct setting_row *find_setting(const char *name, struct err *err);
/* Adds the value as people read it, without what not all may read who may look: the hash of a token,
 * passwords in addresses. */
void setting_shown(const struct settings *s, const struct setting_row *row, struct buf *out);
/* Whether this value, written or shown, is not told whole. */
bool setting_hidden(const struct setting_row *row, const char *text);

#define REASON_MAX 256
/* Why an account is in its state, in the language of the one who asks. The core keeps it in English,
 * with the HTTP status in front where there was one. */
const char *reason_text(const char *reason, char *out, size_t size);
void reason_put(cJSON *o, const char *reason);

#endif
