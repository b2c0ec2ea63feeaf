/* Which daemon is meant: option, environment, the user's configuration, or this machine. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/buf.h"
#include "common/conf.h"
#include "common/path.h"
#include "common/text.h"
#include "tui/link/link.h"

/* user@host:port/path behind "ssh://". */
static int host_ssh(const char *s, struct host *out, struct err *err)
{
    const char *slash = strchr(s, '/');
    char *authority = slash ? xstrndup(s, (size_t)(slash - s)) : xstrdup(s);
    char *name = authority, *at = strrchr(authority, '@');
    if (at) {
        *at = 0;
        out->user = xstrdup(authority);
        name = at + 1;
    }
    char *colon = strrchr(name, ':');
    if (colon && !strchr(name, ']')) {
        *colon = 0;
        out->port = xstrdup(colon + 1);
    }
    out->name = xstrdup(name);
    out->ssh = true;
    if (slash && slash[1])
        out->path = xstrdup(slash);
    free(authority);
    /* ssh takes words that begin with '-' for options: such a name is never a host. */
    bool bad =
        !*out->name || out->name[0] == '-' || (out->user && (!*out->user || *out->user == '-'));
    for (const char *p = out->port; p && *p; p++)
        bad = bad || !isdigit((unsigned char)*p);
    if (bad) {
        err_set(err, ERR_USAGE, "bad host 'ssh://%s'", s);
        return err_hint(err, "write ssh://[user@]host[:port][/path/to/socket]");
    }
    return 0;
}

static int host_parse(const char *text, struct host *out, struct err *err)
{
    if (text_starts(text, "ssh://"))
        return host_ssh(text + 6, out, err);
    if (text_starts(text, "unix://"))
        text += 7;
    if (text[0] != '/') {
        err_set(err, ERR_USAGE, "bad host '%s'", text);
        return err_hint(err, "unix:///path, ssh://[user@]host, or a name of crs host list");
    }
    out->path = xstrdup(text);
    return 0;
}

int host_find(const char *text, struct host *out, struct err *err)
{
    memset(out, 0, sizeof *out);
    const char *env = getenv("CRS_HOST");
    char *path = path_user_config();
    struct conf conf = {0};
    const char *said = text && *text ? text : env && *env ? env : NULL;
    struct err why;
    err_clear(&why);
    bool have = path && conf_read(&conf, path, &why) == 0;
    /* A file with a fault is told where it would decide; an address needs none. */
    bool decides = said ? !strchr(said, '/') : !getenv("CRS_SOCKET");
    if (!have && decides && why.code && why.code != ERR_NOT_FOUND) {
        free(path);
        if (err)
            *err = why;
        return -1;
    }
    const struct conf_entry *e = have ? conf_get(&conf, "", "host") : NULL;
    if (!said && e && !getenv("CRS_SOCKET"))
        said = e->value;
    /* An alias is looked up once: its value is an address. */
    if (said && !strchr(said, '/') && have && (e = conf_get(&conf, "host", said)))
        said = e->value;
    int rc = 0;
    if (said) {
        out->spoken = xstrdup(said);
        rc = host_parse(said, out, err);
    } else {
        out->path = path_socket();
        out->spoken = xstrdup(out->path);
    }
    if (have)
        conf_release(&conf);
    free(path);
    if (rc != 0)
        host_release(out);
    return rc;
}

void host_release(struct host *h)
{
    free(h->path);
    free(h->user);
    free(h->name);
    free(h->port);
    free(h->spoken);
    memset(h, 0, sizeof *h);
}

char **host_ssh_argv(const struct host *h)
{
    const char *run = getenv("XDG_RUNTIME_DIR");
    char **v = xcalloc(24, sizeof *v);
    size_t n = 0;
    v[n++] = xstrdup("ssh");
    v[n++] = xstrdup("-T");
    if (run && *run) { /* one handshake a minute, however many commands */
        v[n++] = xstrdup("-o");
        v[n++] = xstrdup("ControlMaster=auto");
        v[n++] = xstrdup("-o");
        v[n++] = xasprintf("ControlPath=%s/crs-%%C", run);
        v[n++] = xstrdup("-o");
        v[n++] = xstrdup("ControlPersist=60s");
    }
    if (h->port) {
        v[n++] = xstrdup("-p");
        v[n++] = xstrdup(h->port);
    }
    if (h->user) {
        v[n++] = xstrdup("-l");
        v[n++] = xstrdup(h->user);
    }
    v[n++] = xstrdup("--");
    v[n++] = xstrdup(h->name);
    /* The remote shell splits words: the path is quoted for it. */
    struct buf cmd = BUF_INIT;
    buf_adds(&cmd, "crs dial-stdio");
    if (h->path) {
        buf_addc(&cmd, ' ');
        text_shell_word(&cmd, h->path);
    }
    v[n++] = buf_steal(&cmd, NULL);
    return v;
}

void argv_free(char **argv)
{
    for (char **p = argv; p && *p; p++)
        free(*p);
    free(argv);
}
