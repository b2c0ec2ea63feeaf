/* Request lines: what is routed is a clean path, and nothing crashes. The first byte picks the
 * method; the rest is the target. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "flow/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

static void check_path(const char *path)
{
    size_t n = strlen(path);
    check(path[0] == '/');
    check(!strstr(path, "//") && !strstr(path, "/../") && !strstr(path, "/./"));
    check(!text_ends(path, "/..") && !text_ends(path, "/."));
    check(n == 1 || path[n - 1] != '/');
    for (size_t i = 0; i < n; i++)
        check((unsigned char)path[i] >= 0x20 && path[i] != 0x7f && path[i] != '\\');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const methods[] = {"GET", "POST", "HEAD", "OPTIONS"};
    if (size < 1)
        return 0;
    struct span target = {(const char *)data + 1, size - 1};
    struct route_match m;
    enum dialect d;
    struct err err;
    err_clear(&err);
    char *path = route_path(target, &err);
    if (path)
        check_path(path);
    int rc = route_find(span_of(methods[data[0] % 4]), target, &m, &d, &err);
    check((int)d >= 0 && d < DIALECTS);
    check(rc == 0 ? m.route && m.path && m.query : !m.route);
    check(path || rc < 0);
    if (rc == 0 && path)
        check(text_ends(path, m.path) || strcmp(m.path, "/") == 0);
    route_match_release(&m);
    free(path);
    return 0;
}
