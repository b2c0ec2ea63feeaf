/* The log: one line an event: time, level, area, request id, sentence, key=value tail. Lines go to
 * standard error or a file, to a ring for `crs log`, and to listeners. Never blocks: a full sink
 * drops and counts. Control characters are escaped; secrets never come here (no printer for them).
 */
#ifndef CRS_BASE_LOG_H
#define CRS_BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE };
enum log_area { AREA_RELAY, AREA_HTTP, AREA_FLOW, AREA_ACCOUNT, AREA_TOKEN, AREA_UPSTREAM,
    AREA_STORE, AREA_CONTROL, AREA_ADMIN, AREAS };
const char *log_level_name(enum log_level l);
const char *log_area_name(enum log_area a);

struct log_options {
    enum log_level level;
    bool json;
    const char *file;  /* NULL: standard error */
    unsigned long ring_bytes; /* default 10 MiB */
};
/* The log is the one thing of which there is one a process: areas deep down write without carrying it
 * along. Before log_start lines go to standard error. */
void log_start(const struct log_options *o);
void log_configure(const struct log_options *o); /* reload: level, format, reopen */
void log_stop(void);
bool log_wants(enum log_level l);
/* request may be NULL. fmt gives the sentence and its tail. */
void log_line(enum log_level l, enum log_area a, const char *request, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

struct log_entry {
    uint64_t number;
    int64_t at;
    enum log_level level;
    enum log_area area;
    char request[24];
    char *text; /* heap */
};
/* The last n entries that pass (level and more urgent; area -1 all; request NULL all; since 0 all),
 * oldest first, heap; free each text and the array. */
struct log_entry *log_tail(unsigned long n, enum log_level level, int area, const char *request,
    int64_t since, unsigned long *count);
/* Called for every line that is logged at all, on the writing thread and under the log's lock: post
 * only, never log. After log_unlisten returned no call comes. */
void log_listen(void (*f)(void *arg, const struct log_entry *e), void *arg);
void log_unlisten(void *arg);
uint64_t log_dropped(void);

#endif
