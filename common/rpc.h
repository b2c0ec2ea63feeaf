/* JSON-RPC 2.0, one message a line, for both ends of the control socket. What the relay takes is at
 * most RPC_LINE_MAX bytes a line, what it answers at most RPC_ANSWER_MAX: a list of some 20,000
 * keys. A request has an id and gets one answer; a notification has none.
 *
 * The first message of a client is the request "hello" {"protocol":1,"client":"crs 0.1.0"}; the
 * answer is {"protocol":1,"server":"0.1.0","name":HOST,"level":"admin","uid":0,"zone":"UTC"}.
 * Before it every other method is refused.
 */
#ifndef CRS_COMMON_RPC_H
#define CRS_COMMON_RPC_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>
#include "common/buf.h"
#include "common/err.h"

#define RPC_PROTOCOL 1
#define RPC_LINE_MAX (4u << 20)
#define RPC_ANSWER_MAX (12u << 20)

/* Splits a byte stream into lines. Feed bytes, then take lines until NULL. */
struct rpc_reader {
    struct buf in;
    size_t start; /* of the first line not taken */
    size_t lines; /* whole ones that wait */
    size_t open;  /* bytes of the last, unfinished one */
    size_t max;   /* bytes of a line */
};
void rpc_reader_init(struct rpc_reader *r, size_t max);
void rpc_reader_release(struct rpc_reader *r);
/* -1 (ERR_PROTOCOL) when a line is over the bound. */
int rpc_reader_feed(struct rpc_reader *r, const void *bytes, size_t n, struct err *err);
/* The next whole line without its newline, NUL-terminated, valid until the next call; NULL: none.
 */
char *rpc_reader_line(struct rpc_reader *r, size_t *n);

struct rpc_msg {
    cJSON *tree;         /* owns all below */
    const cJSON *id;     /* NULL: notification or broken */
    const char *method;  /* NULL: an answer */
    const cJSON *params; /* may be NULL */
    const cJSON *result; /* answer */
    const cJSON *error;  /* answer */
};
/* -1 (ERR_PROTOCOL) for what is no message; m is set either way (with the id, where there is one to
 * answer) and wants a release. An error answer may have no id. */
int rpc_parse(struct rpc_msg *m, const char *line, size_t n, struct err *err);
void rpc_msg_release(struct rpc_msg *m);
/* From an error member back to a struct err. */
void rpc_error_get(const cJSON *error, struct err *err);

/* Each adds one line with its newline. Trees are borrowed; NULL params / result are left out or
 * null. A result over RPC_ANSWER_MAX becomes an error answer. The error member is
 * {"code":rpc,"message":text,"data":{"code":name,"hint":hint}}. */
void rpc_put_request(struct buf *out, int64_t id, const char *method, const cJSON *params);
void rpc_put_notify(struct buf *out, const char *method, const cJSON *params);
void rpc_put_result(struct buf *out, const cJSON *id, const cJSON *result);
void rpc_put_error(struct buf *out, const cJSON *id, const struct err *err);

#endif
