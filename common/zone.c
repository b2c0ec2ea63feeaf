/* Time zones out of the system's compiled files (TZif, RFC 9636). */
#include "common/zone_int.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/path.h"

struct zone {
    char *name;
    size_t n;      /* transitions */
    int64_t *at;   /* moments in seconds, ascending */
    int *offset;   /* seconds east of UTC from at[i] on */
    int first;     /* before at[0] */
    bool has_rule; /* after at[n - 1] */
    struct zone_rule rule;
};

enum { FILE_MAX = 1 << 20, HEADER = 44, NAME_MAX_BYTES = 100 };

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const unsigned char *p)
{
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

/* The six counts of a header, in the order of the file. */
struct counts {
    uint32_t isut, isstd, leap, time, type, chars;
};

static int read_header(const unsigned char *p, size_t n, struct counts *c)
{
    if (n < HEADER || memcmp(p, "TZif", 4) != 0)
        return -1;
    const unsigned char *q = p + 20;
    *c = (struct counts){
        be32(q), be32(q + 4), be32(q + 8), be32(q + 12), be32(q + 16), be32(q + 20)};
    /* Bounds far over any real file keep the sums below from overflowing. */
    uint32_t all = c->isut | c->isstd | c->leap | c->time | c->type | c->chars;
    return all < FILE_MAX && c->type > 0 && c->type <= 256 ? 0 : -1;
}

static size_t block_size(const struct counts *c, size_t time_size)
{
    return c->time * (time_size + 1) + c->type * (size_t)6 + c->chars + c->leap * (time_size + 4) +
           c->isstd + c->isut;
}

static int read_block(struct zone *z, const unsigned char *p, const struct counts *c)
{
    const unsigned char *index = p + c->time * (size_t)8, *types = index + c->time;
    z->n = c->time;
    z->at = xcalloc(z->n, sizeof *z->at);
    z->offset = xcalloc(z->n, sizeof *z->offset);
    for (size_t i = 0; i < z->n; i++) {
        z->at[i] = be64(p + 8 * i);
        if (index[i] >= c->type || (i && z->at[i] <= z->at[i - 1]))
            return -1;
        z->offset[i] = (int32_t)be32(types + 6 * (size_t)index[i]);
    }
    z->first = (int32_t)be32(types);
    /* Real offsets are within 15 hours; RFC 9636 wants them within a day or so. */
    for (size_t i = 0; i < c->type; i++) {
        int offset = (int32_t)be32(types + 6 * i);
        if (offset < -93599 || offset > 93599)
            return -1;
    }
    return 0;
}

static int read_footer(struct zone *z, const unsigned char *p, size_t n)
{
    const unsigned char *end = n >= 2 && p[0] == '\n' ? memchr(p + 1, '\n', n - 1) : NULL;
    if (!end)
        return -1;
    size_t len = (size_t)(end - p) - 1;
    z->has_rule = len > 0;
    return len ? zone_rule_parse(&z->rule, (const char *)p + 1, len) : 0;
}

/* The first block has 32-bit times for old readers; the second one is the whole truth. */
static int read_file(struct zone *z, const unsigned char *p, size_t n)
{
    struct counts c;
    if (read_header(p, n, &c) < 0 || p[4] < '2')
        return -1;
    size_t skip = HEADER + block_size(&c, 4);
    if (skip > n || read_header(p + skip, n - skip, &c) < 0)
        return -1;
    p += skip + HEADER;
    n -= skip + HEADER;
    size_t size = block_size(&c, 8);
    if (size > n || read_block(z, p, &c) < 0)
        return -1;
    return read_footer(z, p + size, n - size);
}

static bool name_is_safe(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n > NAME_MAX_BYTES || name[0] == '/' || strstr(name, ".."))
        return false;
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("/_+-.", *p))
            return false;
    return true;
}

static int no_zone(const char *name, struct err *err)
{
    err_set(err, ERR_USAGE, "no such time zone '%.*s'", NAME_MAX_BYTES, name);
    return err_hint(err, "give an IANA name such as Europe/Berlin, America/New_York or UTC");
}

static int load(struct zone *z, const char *name, struct err *err)
{
    const char *dir = getenv("TZDIR");
    char *path = path_join(dir && *dir ? dir : "/usr/share/zoneinfo", name);
    struct buf file = BUF_INIT;
    struct err why = {0};
    int ret = path_read(path, FILE_MAX, &file, &why);
    if (ret < 0)
        no_zone(name, err);
    else if ((ret = read_file(z, (const unsigned char *)file.data, file.len)) < 0)
        err_set(err, ERR_FAILED, "'%s' is not a time zone file of version 2 or later", path);
    buf_release(&file);
    free(path);
    return ret;
}

struct zone *zone_open(const char *name, struct err *err)
{
    if (!name_is_safe(name)) {
        no_zone(name, err);
        return NULL;
    }
    struct zone *z = xcalloc(1, sizeof *z);
    z->name = xstrdup(name);
    if (strcmp(name, "UTC") != 0 && load(z, name, err) < 0) {
        zone_free(z);
        return NULL;
    }
    return z;
}

void zone_free(struct zone *z)
{
    if (!z)
        return;
    free(z->name);
    free(z->at);
    free(z->offset);
    free(z);
}

const char *zone_name(const struct zone *z)
{
    return z->name;
}

/* How many transitions are at or before s. */
static size_t passed(const struct zone *z, int64_t s)
{
    size_t low = 0, high = z->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (z->at[mid] <= s)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

int zone_offset_s(const struct zone *z, int64_t s)
{
    size_t i = passed(z, s);
    if (i == z->n && z->has_rule)
        return zone_rule_offset(&z->rule, s);
    return i ? z->offset[i - 1] : z->first;
}

int64_t zone_next_s(const struct zone *z, int64_t s)
{
    size_t i = passed(z, s);
    if (i < z->n)
        return z->at[i];
    return z->has_rule ? zone_rule_next(&z->rule, s) : INT64_MAX;
}

int zone_offset(const struct zone *z, int64_t ms)
{
    return zone_offset_s(z, floor_div(ms, MS_SECOND));
}
