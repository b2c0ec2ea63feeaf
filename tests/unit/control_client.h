/* A client of the control socket, as a stranger may be: bytes out, lines in, in the loop's own
 * thread. */
#ifndef CRS_TEST_CONTROL_CLIENT_H
#define CRS_TEST_CONTROL_CLIENT_H

#include "control_kit.h"

struct line_client {
    struct kit *k;
    int fd;
    struct rpc_reader r;
    bool closed;
};
int dial(const char *path); /* non-blocking descriptor, -1: refused */
void client_open(struct kit *k, struct line_client *c);
void client_close(struct line_client *c);
/* All of the bytes, running the loop; gives up silently when the relay has closed. */
void put(struct line_client *c, const char *bytes, size_t n);
void puts_line(struct line_client *c, const char *line);
/* For kit_run_until: takes in what is there; a line is, or the relay has closed. */
bool readable(void *arg);
bool is_closed(void *arg);
/* The next line, or NULL when the relay has closed. */
cJSON *get(struct line_client *c);
void greet(struct line_client *c);
/* A fresh client is greeted and answered. */
void still_serves(struct kit *k);

#endif
