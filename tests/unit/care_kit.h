/* What the tests of care share: the real store, core and loop, and an upstream of a few lines that
 * answers as each test says. */
#ifndef CRS_CARE_KIT_H
#define CRS_CARE_KIT_H

#include "care/care.h"
#include "store_kit.h"

struct site_request {
    const char *method, *path, *head, *body; /* head: all of it */
    int number;                              /* of requests with this path, from 1 */
};
struct site_reply {
    int status;       /* 0: the connection is closed without a word */
    const char *body; /* ' for "; static or kept by the test */
    bool hold;        /* until house_let_go */
};
struct house {
    struct kit kit; /* directory, vault, store */
    struct event_base *base;
    struct mailbox *mailbox;
    struct core *core;
    struct care *care;
    struct bus *bus;
    struct provider_data *data;
    struct site *site;
    /* What the upstream says. */
    struct site_reply (*answer)(struct house *h, const struct site_request *r);
    void *more;     /* the test's own */
    int due;        /* callbacks still to come, see house_wait */
    struct err err; /* of the last callback */
    bool failed;
    struct account *account; /* of the last care_added */
    struct care_tested tested;
    char login[24], url[600], user_code[40];
};

void house_open(struct house *h); /* zeroed but for `more` before; asserts */
void house_close(struct house *h);
int house_requests(const struct house *h, const char *path); /* so far; NULL: all */
void house_let_go(struct house *h);                          /* answers what was held */
void house_wait(struct house *h); /* runs the loop until due is 0; fails after ten seconds */
void house_run_until(struct house *h, bool (*holds)(struct house *h));

/* Callbacks for care, arg is the house: count down due, keep what they were told. */
void on_care_done(void *arg, const struct err *failure);
void on_care_added(void *arg, const struct account *a, const struct err *failure);
void on_care_begun(void *arg, const struct login *l, const struct err *failure);
void on_care_tested(void *arg, const struct care_tested *t);

/* An account of that kind, put away and in the core. expires: of its token, ms from now. */
void house_account(
    struct house *h, const char *id, const char *kind, const char *refresh, int64_t expires);
/* What the store holds; heap, NULL when there is nothing. */
char *house_stored_secret(struct house *h, const char *id);
char *house_stored_doc(struct house *h, const char *id);
enum health house_health(struct house *h, const char *id);

#endif
