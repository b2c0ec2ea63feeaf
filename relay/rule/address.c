/* Addresses in ranges. */
#include "rule/rule.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct range {
    int bits; /* 32 or 128: the family */
    int prefix;
    unsigned char at[16];
};

/* IPv4, IPv6, and IPv4 inside IPv6 (::ffff:192.0.2.1), which is what a dual-stack listener sees. */
static bool address_parse(const char *s, struct range *r)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (inet_pton(AF_INET, s, r->at) == 1) {
        r->bits = 32;
    } else if (inet_pton(AF_INET6, s, r->at) == 1) {
        r->bits = 128;
        if (memcmp(r->at, mapped, sizeof mapped) == 0) {
            memmove(r->at, r->at + 12, 4);
            r->bits = 32;
        }
    } else {
        return false;
    }
    r->prefix = r->bits;
    return true;
}

static bool range_parse(const char *s, struct range *r)
{
    char text[64];
    const char *slash = strchr(s, '/');
    size_t n = slash ? (size_t)(slash - s) : strlen(s);
    if (n >= sizeof text)
        return false;
    memcpy(text, s, n);
    text[n] = 0;
    if (!address_parse(text, r))
        return false;
    if (!slash)
        return true;
    size_t digits = strspn(slash + 1, "0123456789");
    if (digits == 0 || digits > 3 || slash[1 + digits])
        return false;
    int prefix = atoi(slash + 1);
    if (r->bits == 32 && strchr(text, ':')) /* ::ffff:192.0.2.0/120 */
        prefix -= 96;
    if (prefix < 0 || prefix > r->bits)
        return false;
    r->prefix = prefix;
    return true;
}

static bool range_has(const struct range *r, const struct range *a)
{
    size_t whole = (size_t)r->prefix / 8;
    unsigned rest = (unsigned)r->prefix % 8;
    if (r->bits != a->bits || memcmp(r->at, a->at, whole) != 0)
        return false;
    return rest == 0 || ((r->at[whole] ^ a->at[whole]) >> (8 - rest)) == 0;
}

bool address_in(const char *address, const struct strlist *ranges)
{
    struct range a, r;
    if (!address || !address_parse(address, &a))
        return false;
    for (size_t i = 0; ranges && i < ranges->n; i++) {
        if (range_parse(ranges->v[i], &r) && range_has(&r, &a))
            return true;
    }
    return false;
}

int cidr_check(const char *range, struct err *err)
{
    struct range r;
    if (range_parse(range, &r))
        return 0;
    err_set(err, ERR_USAGE, "'%s' is no address range", range);
    return err_hint(err, "write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32");
}
