/* What is read of a request: the relay key, the members of the body that decide something, the
 * session. Pure: no exchange is needed. */
#ifndef CRS_FLOW_READING_INT_H
#define CRS_FLOW_READING_INT_H

#include "common/jscan.h"
#include "flow/fault.h"
#include "http1/body.h"
#include "http1/head.h"

/* A head of which all spans lie in its own memory. */
struct head_copy {
    struct h1_head head;
    char bytes[];
};
struct head_copy *head_copy(const struct h1_head *head);

/* What the body says of itself, from the watched members. */
struct facts {
    char *model; /* "" none */
    char *session, *user_id;
    bool stream; /* asked for a stream */
    bool events; /* of server-sent events */
    bool has_system;
    int64_t max_tokens;
    uint64_t model_begin, model_end;
    struct jscan_place stream_options, include_usage;
};

/* The relay key of the request, trimmed; an empty span when there is none. *keep is what it may
 * point into, to be freed with secret_free. */
struct span bearer_find(const struct h1_head *head, const char *query, char **keep);

/* An id that stays the same through one conversation, heap; "" when nothing shows one. */
char *session_find(const struct h1_head *head, const struct jscan *scan, const struct body *body);
/* The session in a metadata.user_id of either form, heap or NULL. */
char *session_of_user_id(const char *user_id);

/* The watched members, by number. */
extern const char *const fact_paths[];
extern const size_t fact_count;
enum {
    FACT_MODEL,
    FACT_STREAM,
    FACT_USER_ID,
    FACT_CACHE_KEY,
    FACT_CLIENT_SESSION,
    FACT_SYSTEM,
    FACT_INSTRUCTIONS,
    FACT_SYSTEM_INSTRUCTION,
    FACT_INNER_SYSTEM,
    FACT_INNER_SESSION,
    FACT_MAX_TOKENS,
    FACT_MAX_OUTPUT,
    FACT_MAX_COMPLETION,
    FACT_MAX_GEMINI,
    FACT_MAX_INNER,
    FACT_SPEED,
    FACT_TIER,
    FACT_THINKING,
    FACT_STREAM_OPTIONS,
    FACT_INCLUDE_USAGE
};
int facts_read(struct facts *f, const struct jscan *scan, struct fault *fault);
void facts_release(struct facts *f);

#endif
