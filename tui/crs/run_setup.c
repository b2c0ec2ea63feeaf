/* setup: points a client at the relay: prints what it must be told, or writes it into its files.
 * The address and the secret come from the relay, or, where there is none, from the person. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/secret.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/setup.h"
#include "tui/crs/view.h"

struct job {
    struct crs *c;
    const struct setup_client *cl;
    bool write, dry;
    char *url, *secret;
    struct strlist models;
    struct setup_facts x; /* borrows the three above */
    struct setup_file file[SETUP_FILES_MAX];
};

static void job_release(struct job *j)
{
    for (size_t i = 0; i < SETUP_FILES_MAX; i++)
        setup_file_release(&j->file[i]);
    strlist_release(&j->models);
    free(j->url);
    secret_free(j->secret);
}

/* --- what is said -------------------------------------------------------------------------------
 */

/* Values go into four formats and three shells: what none of them reads as a sign of its own. */
static bool is_plain(const char *s)
{
    const char *p = s;
    while (*p > ' ' && *p < 127 && !strchr("'\"\\`$#{}", *p))
        p++;
    return *s && !*p;
}

static struct span url_host(const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
    return (struct span){host, n};
}

/* Without slashes at the end, and without the path that Claude Code is given. */
static int take_url(struct job *j, const char *url, struct err *err)
{
    size_t n = strlen(url);
    bool http = text_starts(url, "http://") || text_starts(url, "https://");
    if (!http || !is_plain(url) || strpbrk(url, "?@") || url_host(url).n == 0) {
        err_set(err, ERR_USAGE, _("bad address '%.200s'"), url);
        return err_hint(err, "--url https://relay.example.org");
    }
    while (n && url[n - 1] == '/')
        n--;
    if (n > 4 && memcmp(url + n - 4, "/api", 4) == 0)
        n -= 4;
    j->url = xstrndup(url, n);
    return 0;
}

static int take_secret(struct job *j, const char *secret, struct err *err)
{
    /* The secret itself is not shown. */
    if (!is_plain(secret))
        return err_set(err, ERR_USAGE, _("that is no relay key: it has blanks or quotes"));
    j->secret = xstrdup(secret);
    return 0;
}

static int take_models(struct job *j, struct err *err)
{
    const cJSON *said = json_at(j->c->own, "model");
    for (const cJSON *e = said ? said->child : NULL; e; e = e->next) {
        if (!is_plain(e->valuestring))
            return err_set(err, ERR_USAGE, _("'%.60s' cannot be a model"), e->valuestring);
        strlist_add(&j->models, e->valuestring);
    }
    if (j->models.n && j->cl->n_links)
        return err_set(err, ERR_USAGE, _("%s asks the relay for its models"), j->cl->name);
    if (j->models.n > 1 && !j->cl->many_models)
        return err_set(err, ERR_USAGE, _("%s takes one model"), j->cl->name);
    if (!j->models.n && j->cl->models)
        strlist_split(&j->models, j->cl->models, " ");
    return 0;
}

/* --- what the relay says
 * -------------------------------------------------------------------------- */

static bool is_loopback(const char *url)
{
    struct span host = url_host(url);
    return span_caseeq(host, "localhost") || span_eq(host, "[::1]") ||
           (host.n > 4 && memcmp(host.p, "127.", 4) == 0);
}

/* Who is asked for a tunnel: "[-p PORT ][USER@]NAME". Heap. */
static char *ssh_target(const struct host *h)
{
    return xasprintf("%s%s%s%s%s%s", h->port ? "-p " : "", h->port ? h->port : "",
        h->port ? " " : "", h->user ? h->user : "", h->user ? "@" : "", h->name);
}

/* An address that only the relay's own machine can reach, and what to do elsewhere. */
static void warn_loopback(struct job *j)
{
    const char *tail = strrchr(j->url, ':');
    const char *port = tail && tail[1] != '/' ? tail + 1 : "80";
    const struct host *h = &j->c->host;
    if (h->ssh) {
        char *target = ssh_target(h);
        note(j->c,
            _("%s is an address of %s, not of this machine; a tunnel makes it both: "
              "ssh -N -L %s:127.0.0.1:%s %s"),
            j->url, h->name, port, port, target);
        free(target);
    } else if (!j->write && !own_text(j->c, "shell")) {
        note(j->c,
            _("%s can be reached from this machine only; for others give --url, or set "
              "public_url in the relay's configuration"),
            j->url);
    }
}

static int ask_url(struct job *j, struct err *err)
{
    cJSON *status = crs_call(j->c, method_by_id(M_SYSTEM_STATUS), NULL, err);
    const char *url = json_str(status, "url");
    int r = -1;
    if (url)
        r = take_url(j, url, err);
    else if (status)
        err_set(err, ERR_PROTOCOL, _("the relay does not tell its address"));
    cJSON_Delete(status);
    if (r < 0)
        return err_hint(err, _("where there is no relay: --url ADDRESS --secret-stdin"));
    if (is_loopback(j->url))
        warn_loopback(j);
    return 0;
}

/* Whether a list of the key's, where it has one, names any of the words. */
static bool names_any(const cJSON *key, const char *list, const char *words)
{
    struct strlist w = {0};
    const cJSON *only = json_at(key, list);
    bool found = !only || !only->child;
    strlist_split(&w, words ? words : "", " ");
    for (const cJSON *e = only ? only->child : NULL; e; e = e->next)
        found = found || (cJSON_IsString(e) && strlist_has(&w, e->valuestring));
    strlist_release(&w);
    return found;
}

static void note_refused(struct job *j, const char *name)
{
    char *word = text_shell_quoted(name);
    note(j->c, _("key %s may not be used by %s: see services and clients of crs key show %s"), name,
        j->cl->name, word);
    free(word);
}

static void warn_key(struct job *j, const cJSON *key, const char *name)
{
    const char *state = json_str(key, "state");
    if (state && strcmp(state, "active") != 0)
        note(j->c, _("key %s is %s"), name, state);
    if (!names_any(key, "services", j->cl->services) ||
        (j->cl->client && !names_any(key, "clients", j->cl->client)))
        note_refused(j, name);
}

/* The secret of a key that keeps it; j->secret stays NULL for one that does not. */
static int ask_secret(struct job *j, const char *name, struct err *err)
{
    cJSON *params = xcheck(cJSON_CreateObject()), *revealed = NULL;
    json_put_str(params, "name", name);
    cJSON *key = crs_call(j->c, method_by_id(M_KEY_SHOW), params, err);
    int r = key ? 0 : -1;
    if (key)
        warn_key(j, key, name);
    if (r == 0 && json_bool(key, "kept", false)) {
        revealed = crs_call(j->c, method_by_id(M_KEY_REVEAL), params, err);
        r = revealed ? take_secret(j, json_str(revealed, "secret"), err) : -1;
    }
    cJSON_Delete(params);
    cJSON_Delete(key);
    cJSON_Delete(revealed);
    return r;
}

static int no_secret(struct job *j, const char *name, struct err *err)
{
    if (j->write && !j->dry) {
        char *text = terminal_ask(j->c, _("Secret of the relay key (not shown):"), true, err);
        int r = text ? take_secret(j, text, err) : -1;
        secret_free(text);
        return r == 0 ? 0 : err_hint(err, _("give it with --secret-stdin or --secret-file FILE"));
    }
    j->secret = xstrdup(SETUP_SECRET_UNKNOWN);
    char *word = text_shell_quoted(name ? name : "");
    if (name)
        note(j->c,
            _("the relay does not keep the secret of key %s: put it where %s stands, or give "
              "it with --secret-stdin; crs key rotate %s makes a new one"),
            name, SETUP_SECRET_UNKNOWN, word);
    else
        note(j->c,
            _("put the secret of the relay key where %s stands, or give it with "
              "--secret-stdin, or name a key that keeps it with --key"),
            SETUP_SECRET_UNKNOWN);
    free(word);
    return 0;
}

static int gather(struct job *j, struct err *err)
{
    const char *url = own_text(j->c, "url"), *name = own_text(j->c, "key");
    if (take_models(j, err) < 0 || crs_secrets(j->c, err) < 0)
        return -1;
    const char *secret = json_str(j->c->params, "secret");
    if ((secret && take_secret(j, secret, err) < 0) || (url && take_url(j, url, err) < 0))
        return -1;
    if (!url && ask_url(j, err) < 0)
        return -1;
    if (!secret && name && ask_secret(j, name, err) < 0)
        return -1;
    if (!j->secret && no_secret(j, name, err) < 0)
        return -1;
    if (text_starts(j->url, "http://") && !is_loopback(j->url))
        note(j->c,
            _("%s: over http anybody on the way can read the key; https, or a tunnel, is "
              "safer"),
            j->url);
    j->x = (struct setup_facts){.url = j->url, .secret = j->secret, .models = &j->models};
    return 0;
}

/* --- what is done
 * ---------------------------------------------------------------------------------- */

/* All are merged before the first is written: a broken one stops it all. */
static int work(struct job *j, struct err *err)
{
    for (size_t i = 0; i < j->cl->n_files; i++) {
        struct setup_file *f = &j->file[i];
        f->row = &j->cl->file[i];
        f->path = setup_path(f->row);
        if (setup_merge(f, j->cl, &j->x, !j->write && !j->dry, err) < 0)
            return err->code == ERR_USAGE && !err->hint[0]
                       ? err_hint(err, _("nothing was written; mend the file, or edit it by hand"))
                       : -1;
    }
    for (size_t i = 0; i < j->cl->n_files && j->write && !j->dry; i++)
        if (setup_write(&j->file[i], err) < 0)
            return -1;
    return 0;
}

static void tell_file(struct job *j, const struct setup_file *f)
{
    char *path = setup_path_short(f->path);
    if (f->backup)
        note(j->c, _("what was there before is in %s"), f->backup);
    if (setup_changed(f) && f->mode & 077)
        note(j->c, _("others on this machine can read it: chmod 600 %s"), path);
    free(path);
}

static void show_person(struct job *j, struct buf *out)
{
    const char *shell = own_text(j->c, "shell"), *login = getenv("SHELL");
    bool fish = login && text_ends(login, "/fish");
    if (shell)
        setup_put_shell(j->cl, &j->x, shell, out);
    for (size_t i = 0; i < j->cl->n_files && (j->write || j->dry); i++)
        setup_put_changes(&j->file[i], out);
    if (!shell && !j->write && !j->dry)
        setup_put_page(j->cl, &j->x, j->file, fish ? "fish" : "bash", out);
}

static int show(struct job *j, struct err *err)
{
    struct buf out = BUF_INIT;
    bool quiet = crs_flag(j->c, "quiet") && j->write;
    if (crs_human(j->c) && !quiet) {
        show_person(j, &out);
    } else if (!crs_human(j->c)) {
        cJSON *o = setup_json(j->cl, &j->x, j->file, j->write || j->dry);
        if (j->dry)
            json_put_bool(o, "dry_run", true);
        view_json(j->c, o, &out);
        cJSON_Delete(o);
    }
    int r = terminal_put(j->c, &out, err);
    buf_wipe(&out);
    for (size_t i = 0; i < j->cl->n_files && j->write && !j->dry; i++)
        tell_file(j, &j->file[i]);
    if (j->cl->note && !own_text(j->c, "shell"))
        note(j->c, "%s", _(j->cl->note));
    if (!j->write && !j->dry && !own_text(j->c, "shell") && j->cl->n_files)
        note(j->c, _("--write merges this into the files of %s"), j->cl->title);
    else if (j->write && !j->dry)
        note(j->c, _("now type: %s"), j->cl->start);
    return r;
}

static int check_options(const struct job *j, struct err *err)
{
    const char *shell = own_text(j->c, "shell");
    if ((j->write || j->dry) && !j->cl->n_files) {
        err_set(err, ERR_USAGE, _("%s keeps its settings to itself"), j->cl->title);
        return err_hint(err, _("leave --write out: crs prints links and fields for it"));
    }
    if (shell && !j->cl->n_shell)
        return err_set(err, ERR_USAGE, _("%s takes nothing from the environment"), j->cl->title);
    if (shell && (j->write || j->dry))
        return err_set(err, ERR_USAGE, _("--shell only prints; leave --write out"));
    return 0;
}

int run_setup(struct crs *c, struct err *err)
{
    struct job j = {.c = c, .write = own_flag(c, "write"), .dry = crs_flag(c, "dry_run")};
    for (size_t i = 0; i < SETUP_FILES_MAX; i++) {
        buf_init(&j.file[i].was);
        buf_init(&j.file[i].text);
    }
    j.cl = setup_client_find(own_text(c, "client"), own_text(c, "mode"), err);
    int r = j.cl ? check_options(&j, err) : -1;
    if (r == 0)
        r = gather(&j, err);
    if (r == 0)
        r = work(&j, err);
    if (r == 0)
        r = show(&j, err);
    job_release(&j);
    return r;
}
