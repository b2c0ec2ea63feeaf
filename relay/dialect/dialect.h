/* The transforms there are. Each belongs to one answer. */
#ifndef CRS_DIALECT_H
#define CRS_DIALECT_H

#include <stdbool.h>
#include "dialect/transform.h"

/* Bedrock's event stream (application/vnd.amazon.eventstream, AWS "event stream encoding": frames with
 * CRC-32) into the server-sent events of Anthropic's API. An exception frame becomes an error event.
 * Frames over 8 MiB are refused. */
struct transform *transform_eventstream(void);

/* A stream of OpenAI Responses events into the one whole answer that a client without `stream` waits
 * for: the `response` of the closing event, with the output items that were told one by one put in
 * when its own list is empty. -1 at finish when the stream ended without a closing event or failed:
 * err is ERR_FAILED with the upstream's message. At most 32 MiB are kept. It is metered before. */
struct transform *transform_collect_responses(void);

/* A stream of OpenAI chat chunks without those that only tell the usage: `choices` is an empty list and
 * `usage` an object. All other events pass byte for byte, each when it is whole; one longer than 64
 * KiB as it comes. It is metered before. */
struct transform *transform_drop_usage(void);

/* Code Assist's envelope {"response":{…}} taken off, each event of a stream or a whole answer: what
 * the public Gemini API says. Bytes that are no envelope pass as they are. */
struct transform *transform_unwrap(bool stream);

/* NULL is fine. */
void transform_free(struct transform *t);

#endif
