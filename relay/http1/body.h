/* A request body as it arrived: a list of pieces, shared by reference between the exchange and the
 * upstream calls that it makes (a retry sends the same pieces again), and the few edits to it. */
#ifndef CRS_HTTP1_BODY_H
#define CRS_HTTP1_BODY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct body;

struct body *body_create(void);
struct body *body_ref(struct body *b);
void body_unref(struct body *b); /* wipes nothing; frees with the last reference. One thread only. */
/* Room to read into: gives a writable place of *n >= 1 bytes; commit what was written. */
void *body_room(struct body *b, size_t *n);
void body_commit(struct body *b, size_t n);
void body_add(struct body *b, const void *p, size_t n);
uint64_t body_size(const struct body *b);

/* Replaces original bytes [begin, end) by other ones when the body is sent. Edits are kept sorted
 * and must not overlap; they belong to one sending, not to the body. */
struct body_edits {
    struct body_edit {
        uint64_t begin, end;
        char *with;
        size_t n;
    } *v;
    size_t n;
};
void body_edits_add(struct body_edits *e, uint64_t begin, uint64_t end, const void *with, size_t n);
void body_edits_release(struct body_edits *e);
uint64_t body_edited_size(const struct body *b, const struct body_edits *e);
/* Fills up to n iovecs with the edited bytes from position `from` of the edited body; gives how
 * many. e may be NULL. */
int body_iov(const struct body *b, const struct body_edits *e, uint64_t from, struct iovec *iov,
    int n);

#endif
