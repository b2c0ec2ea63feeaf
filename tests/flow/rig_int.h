/* What the files of the rig share. */
#ifndef CRS_TESTS_RIG_INT_H
#define CRS_TESTS_RIG_INT_H

#include "tests/flow/rig.h"

struct programs {
    const char *relay, *fake;
    const struct rig *running; /* whose processes end with this program */
};
extern struct programs programs;

char *text_of(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *read_whole(const char *path, size_t *n); /* NULL when it cannot */
void write_whole(const char *path, const char *text);
void rig_connect(struct rig *r); /* to the control socket */

#endif
