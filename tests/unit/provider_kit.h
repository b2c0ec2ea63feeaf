/* Requests and answers as text, for the tests of provider kinds: a client's request in, a plan as
 * text out; an upstream's answer in, a verdict out. */
#ifndef CRS_PROVIDER_KIT_H
#define CRS_PROVIDER_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "provider/provider.h"

#define NOW INT64_C(1800000000000) /* 2027-01-15T08:00:00Z */

struct kit {
    struct provider_data *data; /* the shipped file */
    struct account *account;
    struct credential *credential;
    char *raw; /* the client's head */
    struct h1_head head;
    struct ask ask;
    struct plan plan;
    struct err err;
};
void kit_init(struct kit *k, const char *kind, const char *access);
void kit_release(struct kit *k);
/* fields: lines with '\n'. The model's place is found in the body (NULL: none). */
void kit_ask(struct kit *k, enum dialect d, enum operation op, const char *fields,
    const char *model, const char *body);
/* Plans anew; gives what the provider said. */
int kit_plan(struct kit *k);
void kit_planned(struct kit *k); /* and asserts that it worked */
/* The value of a planned field, heap, NULL when absent; asserts that it is there at most once. */
char *kit_field(const struct kit *k, const char *name);
void kit_assert_field(const struct kit *k, const char *name, const char *value); /* NULL: absent */
void kit_assert_body(const struct kit *k, const char *body);
void kit_assert_url(const struct kit *k, const char *url);
void kit_set(struct kit *k, const char *json); /* settings, with ' for " */
void kit_profile(struct kit *k, const char *name, const char *value);
/* Drops the ask and the plan, keeps the account. */
void kit_again(struct kit *k);

/* The verdict of the account's kind on "HTTP/1.1 429 x\nfield: value\n" and a body (' for "). */
struct verdict kit_judge(struct kit *k, const char *head, const char *body);
struct verdict kit_fault(struct kit *k, enum call_fault fault);

/* An answer to a control call; release with kit_answer_release. */
struct fetch_answer kit_answer(int status, const char *body);
void kit_answer_release(struct fetch_answer *a);
char *kit_quotes(const char *text); /* ' becomes ", heap */

#endif
