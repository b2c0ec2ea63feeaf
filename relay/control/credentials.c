/* Who is at the other end of a Unix socket, and what they may do: the kernel's word, nothing they
 * say. */
#include "control/control_int.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/alloc.h"

static bool group_id(const char *name, gid_t *out)
{
    struct group g, *found = NULL;
    char space[16384];
    if (!name || !*name || getgrnam_r(name, &g, space, sizeof space, &found) != 0 || !found)
        return false;
    *out = g.gr_gid;
    return true;
}

/* The groups of the process itself, as it was when it connected: membership given later, or dropped
 * by the process, counts as the kernel sees it. */
static gid_t *peer_groups(int fd, size_t *n)
{
    socklen_t len = 64 * sizeof(gid_t);
    gid_t *v = xmalloc(len);
    while (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, v, &len) < 0) {
        if (errno != ERANGE) {
            len = 0;
            break;
        }
        v = xrealloc(v, len);
    }
    *n = len / sizeof(gid_t);
    return v;
}

static bool member(int fd, gid_t own, const char *group)
{
    gid_t wanted;
    if (!group_id(group, &wanted))
        return false;
    if (own == wanted)
        return true;
    size_t n;
    gid_t *v = peer_groups(fd, &n);
    bool found = false;
    for (size_t i = 0; i < n && !found; i++)
        found = v[i] == wanted;
    free(v);
    return found;
}

static enum level level_of(int fd, const struct ucred *u, const struct settings_values *set)
{
    if (u->uid == 0 || u->uid == geteuid())
        return LEVEL_ADMIN;
    bool split = set->admin_group && *set->admin_group;
    if (split && member(fd, u->gid, set->admin_group))
        return LEVEL_ADMIN;
    if (member(fd, u->gid, set->socket_group))
        return split ? LEVEL_OPERATE : LEVEL_ADMIN;
    return LEVEL_READ;
}

static void user_name(uid_t uid, char *out, size_t size)
{
    struct passwd pw, *found = NULL;
    char space[16384];
    if (getpwuid_r(uid, &pw, space, sizeof space, &found) == 0 && found)
        snprintf(out, size, "%s", pw.pw_name);
    else
        snprintf(out, size, "uid %u", (unsigned)uid);
}

void peer_credentials(struct peer *p, int fd, const struct settings *s)
{
    struct ucred u;
    socklen_t len = sizeof u;
    p->level = LEVEL_NONE;
    p->uid = -1;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &len) < 0)
        return;
    p->uid = u.uid;
    p->level = level_of(fd, &u, &s->v);
    user_name(u.uid, p->who, sizeof p->who);
    snprintf(p->from, sizeof p->from, "socket, pid %d", (int)u.pid);
}
