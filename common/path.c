/* Where things lie. */
#include "common/path.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"

/* The value of a variable when it is an absolute path: the XDG specification wants others ignored.
 */
static const char *absolute_env(const char *name)
{
    const char *v = getenv(name);
    return v && v[0] == '/' ? v : NULL;
}

char *path_join(const char *dir, const char *name)
{
    size_t n = strlen(dir);
    return xasprintf("%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name);
}

char *path_home(const char *name)
{
    const char *home = absolute_env("HOME");
    if (home)
        return path_join(home, name);
    struct passwd entry, *found = NULL;
    char text[4096];
    if (getpwuid_r(getuid(), &entry, text, sizeof text, &found) == 0 && found && found->pw_dir)
        return path_join(found->pw_dir, name);
    return path_join("/", name);
}

/* $xdg/crs, else ~/fallback/crs. */
static char *user_dir(const char *xdg, const char *fallback)
{
    const char *v = absolute_env(xdg);
    char *base = v ? xstrdup(v) : path_home(fallback);
    char *dir = path_join(base, "crs");
    free(base);
    return dir;
}

static bool system_owns(const char *dir)
{
    return geteuid() == 0 || access(dir, F_OK) == 0;
}

static char *file_in(char *dir, const char *name)
{
    char *path = path_join(dir, name);
    free(dir);
    return path;
}

char *path_config(void)
{
    const char *v = getenv("CRS_CONFIG");
    if (v && *v)
        return xstrdup(v);
    if (system_owns("/etc/crs"))
        return xstrdup("/etc/crs/crs-relay.conf");
    return file_in(user_dir("XDG_CONFIG_HOME", ".config"), "crs-relay.conf");
}

char *path_state(void)
{
    if (system_owns("/var/lib/crs"))
        return xstrdup("/var/lib/crs");
    return user_dir("XDG_STATE_HOME", ".local/state");
}

char *path_socket(void)
{
    const char *v = getenv("CRS_SOCKET");
    if (v && *v)
        return xstrdup(v);
    if (system_owns("/run/crs"))
        return xstrdup("/run/crs/control.sock");
    /* Without a run-time directory the state directory is the one place that is surely ours. */
    char *dir = absolute_env("XDG_RUNTIME_DIR") ? user_dir("XDG_RUNTIME_DIR", "")
                                                : user_dir("XDG_STATE_HOME", ".local/state");
    return file_in(dir, "control.sock");
}

char *path_user_config(void)
{
    return file_in(user_dir("XDG_CONFIG_HOME", ".config"), "config");
}

char *path_user_cache(void)
{
    return user_dir("XDG_CACHE_HOME", ".cache");
}

char *path_data(const char *name)
{
    const char *dir = getenv("CRS_DATADIR");
    return path_join(dir && *dir ? dir : CRS_DATADIR_DEFAULT, name);
}
