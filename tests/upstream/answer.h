/* What only the server of the fake upstream needs of its connections. */
#ifndef CRS_TESTS_ANSWER_H
#define CRS_TESTS_ANSWER_H

#include <event2/listener.h>
#include "tests/upstream/fake.h"

void conn_accept(
    struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int len, void *arg);
/* Finds the handler; adds the steps of its answer. */
void fake_dispatch(struct fake *f, struct conn *c, const struct request *r);

#endif
