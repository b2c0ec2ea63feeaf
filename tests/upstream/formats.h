/* The formats: each answers a request whose path was found to be its own. */
#ifndef CRS_TESTS_FORMATS_H
#define CRS_TESTS_FORMATS_H

#include "tests/upstream/turn.h"

/* Anthropic messages where another API carries them. */
struct carrier {
    char *model;         /* from the path; NULL: in the body */
    bool stream;         /* by the path, when there is a model */
    const char *type;    /* of the stream; NULL: server-sent events */
    sse_write_fn *write; /* its events; NULL: server-sent events */
};
/* by NULL: as Anthropic itself. */
void messages_handle(
    struct fake *f, struct conn *c, const struct request *r, const struct carrier *by);
void responses_handle(struct fake *f, struct conn *c, const struct request *r);
cJSON *openai_error(const struct turn *t);
#define OPENAI_HEADERS "x-request-id: req_fake\r\nopenai-organization: org-canary\r\n"

#endif
