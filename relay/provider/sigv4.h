/* AWS Signature Version 4, private to this room. */
#ifndef CRS_PROVIDER_SIGV4_H
#define CRS_PROVIDER_SIGV4_H

#include "provider/provider.h"

struct aws_keys {                /* wiped by aws_keys_release */
    char *id, *secret, *session; /* session NULL: none */
    char *bearer;                /* instead of the three */
};
/* Out of a credential: extra or access as JSON {"access_key_id","secret_access_key",
 * "session_token"}, access as "ID:SECRET" or "ID:SECRET:SESSION", else access is a bearer token. */
int aws_keys_read(struct aws_keys *k, const struct credential *cr, struct err *err);
void aws_keys_release(struct aws_keys *k);

/* Adds x-amz-date, x-amz-security-token and authorization for the request as planned: origin, path
 * (no query), body with its edits. at: wall ms. */
int sigv4_sign(struct plan *p, const struct aws_keys *k, const char *region, const char *service,
    int64_t at, struct err *err);

#endif
