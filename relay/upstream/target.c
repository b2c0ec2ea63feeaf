/* Checks of where a call goes: the strings come from settings, but end up in requests. */
#include "upstream/upstream_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

static size_t host_length(const char *authority)
{
    return *authority == '[' ? strcspn(authority, "]") + 1 : strcspn(authority, ":");
}

/* "host", "host:port" or "[v6]:port", nothing behind it. */
static bool authority_ok(const char *s, bool need_port)
{
    size_t host = host_length(s);
    if (*s == '[' ? s[host - 1] != ']' : host == 0)
        return false;
    const char *set = *s == '['
                          ? "0123456789abcdefABCDEF:.%[]"
                          : "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._";
    if (strspn(s, set) < host)
        return false;
    if (s[host] == '\0')
        return !need_port;
    if (s[host] != ':')
        return false;
    const char *port = s + host + 1;
    size_t digits = strspn(port, "0123456789");
    if (digits == 0 || digits > 5 || port[digits])
        return false;
    long n = strtol(port, NULL, 10);
    return n > 0 && n < 65536;
}

int proxy_check(const char *proxy, struct err *err)
{
    static const char *const schemes[] = {"http://", "https://", "socks5://", "socks5h://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (!text_starts(proxy, schemes[i]))
            continue;
        if (authority_ok(proxy + strlen(schemes[i]), true))
            return 0;
        err_set(err, ERR_USAGE, "proxy is not a host and a port");
        return err_hint(err, "write it as %sHOST:PORT, user and password apart", schemes[i]);
    }
    err_set(err, ERR_USAGE, "unknown kind of proxy");
    return err_hint(err, "one of http://, https://, socks5://, socks5h:// with HOST:PORT");
}

bool target_secure(const struct target *t)
{
    return text_starts(t->origin, "https://");
}

const char *target_authority(const struct target *t)
{
    return t->origin + (target_secure(t) ? strlen("https://") : strlen("http://"));
}

char *target_host(const struct target *t)
{
    const char *s = target_authority(t);
    size_t n = host_length(s);
    return *s == '[' ? xstrndup(s + 1, n - 2) : xstrndup(s, n);
}

char *target_endpoint(const struct target *t)
{
    const char *s = target_authority(t);
    const char *port = s[host_length(s)] ? "" : target_secure(t) ? ":443" : ":80";
    return xasprintf("http://%s%s", s, port);
}

int target_check(const struct target *t, struct err *err)
{
    if (!t->origin || (!target_secure(t) && !text_starts(t->origin, "http://")) ||
        !authority_ok(target_authority(t), false))
        return err_set(err, ERR_USAGE, "bad origin '%s'", t->origin ? t->origin : "");
    return t->proxy ? proxy_check(t->proxy, err) : 0;
}
