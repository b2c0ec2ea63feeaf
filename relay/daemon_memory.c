/* Memory after a crowd. The allocator keeps what it once had: freed blocks lie between live ones,
 * and only the free end of each of its arenas goes back by itself. Whole free pages in between go
 * back when they are asked for, which takes its locks for some milliseconds: so only when most of a
 * crowd has gone. */
#include "daemon_int.h"

#include <malloc.h>

#include "base/log.h"

#define CROWD_MIN 256 /* exchanges: fewer do not leave enough behind */
#define CROWD_GONE 8  /* when no more than this part of them is left */

void daemon_trim(struct daemon *d)
{
    long running = 0;

    for (int i = 0; i < d->n_workers; i++)
        running += worker_running(d->workers[i]);
    if (running > d->crowd)
        d->crowd = running;
    if (d->crowd < CROWD_MIN || running > d->crowd / CROWD_GONE)
        return;
    int64_t began = clock_mono();
    malloc_trim(0);
    log_line(LOG_DEBUG, AREA_RELAY, NULL, "memory of %ld exchanges given back in %lld ms",
        d->crowd - running, (long long)(clock_mono() - began));
    d->crowd = running;
}
