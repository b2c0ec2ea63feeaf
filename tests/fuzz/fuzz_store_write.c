/* The byte form of queued writes, as it would come out of a spill file: first byte kind, then
 * bytes. What is read must lie within the bytes, end with NUL, and a bad form must be called bad.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "store/store_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(const struct write *w, const char *s)
{
    const char *from = (const char *)w->bytes, *to = from + w->size;
    if (*s != '\0' && (s < from || s + strlen(s) >= to))
        abort();
}

static void read_book(const struct write *w, struct codec *c)
{
    int64_t n = 0;
    bool has_request = false;
    code_book(c, &n, &has_request);
    for (int64_t i = 0; i < n && !c->bad; i++) {
        struct attempt a = {0};
        code_attempt(c, &a);
        inside(w, a.request);
        inside(w, a.fault);
        if (memchr(a.usage.model, '\0', sizeof a.usage.model) == NULL)
            abort();
    }
    struct request_row r = {0};
    if (has_request) {
        code_request(c, &r);
        inside(w, r.trail);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct write *w = write_create(WRITE_PUT + data[0] % 4u, data + 1, size - 1);
    struct codec c = write_codec(w);
    struct record_write r = {0};
    struct audit_row a = {0};
    switch (w->kind) {
    case WRITE_PUT:
    case WRITE_DELETE:
        code_record(&c, &r);
        inside(w, r.doc);
        break;
    case WRITE_BOOK:
        read_book(w, &c);
        break;
    case WRITE_AUDIT:
        code_audit(&c, &a);
        inside(w, a.change);
        break;
    }
    write_free(w);
    return 0;
}
