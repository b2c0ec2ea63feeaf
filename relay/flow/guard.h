/* Wrong keys by client address: after too many within a minute the address is refused unheard, so
 * that guessing costs the guesser more than us. Shared by all workers; bounded memory. IPv6
 * addresses count by their /64, the least that one guesser holds. */
#ifndef CRS_FLOW_GUARD_H
#define CRS_FLOW_GUARD_H

#include <stdbool.h>
#include <stdint.h>

struct guard;
struct guard *guard_create(void);
void guard_free(struct guard *g);
/* now: monotonic ms. */
bool guard_refuses(struct guard *g, const char *address, int64_t limit, int64_t now);
void guard_failed(struct guard *g, const char *address, int64_t now);

#endif
