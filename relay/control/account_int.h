/* What the handlers of accounts, sign-ins and groups share. */
#ifndef CRS_CONTROL_ACCOUNT_INT_H
#define CRS_CONTROL_ACCOUNT_INT_H

#include "control/act_int.h"
#include "control/view_int.h"

/* Name, groups and settings as the call gives them, checked; a is a copy that is worked on. */
int account_patch(struct order *o, struct account *a, struct err *err);
/* A new record for the kind of the call, or for `kind`. NULL with the fault. */
struct account *account_make(struct order *o, const char *kind, struct err *err);
/* "user:password" of the parameter proxy_login into cr; absent: unchanged; "" removes. */
int credential_proxy(struct order *o, struct credential *cr, struct err *err);

/* Waits for care: ends the order with the account in full. */
void account_added(void *arg, const struct account *a, const struct err *failure);

/* Each account of the parameter `names`, once, as act_keys. */
typedef void account_act(struct act *a, cJSON *row, const struct account *acc, void *arg);
void act_accounts(struct act *a, account_act *f, void *arg);
/* A row ends with care's word on its account. Takes both; cr may be NULL. */
void act_put_account(struct act *a, cJSON *row, struct account *acc, struct credential *cr);

#endif
