/* One sticky session, for sticky.c and the view of it. */
#ifndef CRS_CORE_STICKY_INT_H
#define CRS_CORE_STICKY_INT_H

#include "core/core_int.h"

#define SESSION_NAME 80

struct session {
    struct map_node node;
    struct link age, of_key, of_account;
    struct key_state *key;
    struct account_state *account;
    int64_t last;
    char name[SESSION_NAME]; /* zero to the end */
};

#endif
