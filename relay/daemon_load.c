/* What lasts, into memory: the master key, the store, and from it keys, accounts, health and
 * counters. */
#include "daemon_int.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "common/alloc.h"
#include "common/json.h"
#include "common/path.h"
#include "common/secret.h"

#define SPACES " \t\r\n"

static bool given(const char *s)
{
    return s && *s;
}

static char *state_dir(const struct settings *s)
{
    return given(s->v.state_dir) ? xstrdup(s->v.state_dir) : path_state();
}

static char *store_path(const struct settings *s)
{
    return given(s->v.store) ? xstrdup(s->v.store) : settings_state_file(s, "crs.db");
}

static bool exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

/* A new key beside an old database would open none of its secrets, and hide that they are there. */
static int make_key(const char *path, const struct settings *s, struct err *err)
{
    char *db = store_path(s);
    bool old = exists(db);
    int rc = -1;

    if (old) {
        err_set(err, ERR_NOT_FOUND, "the master key '%s' is missing", path);
        err_hint(err, "put it back from your backup; without it the secrets in '%s' are lost", db);
    } else {
        rc = vault_create(path, err);
    }
    free(db);
    return rc;
}

int load_vault(struct daemon *d, const struct settings *s, struct err *err)
{
    char *dir = state_dir(s);
    char *path = given(s->v.master_key) ? xstrdup(s->v.master_key) : path_join(dir, "master.key");
    int rc = path_mkdirs(dir, 0700, err);

    if (rc == 0 && !exists(path))
        rc = make_key(path, s, err);
    if (rc == 0)
        d->vault = vault_open(path, err);
    free(path);
    free(dir);
    return d->vault ? 0 : -1;
}

/* With an empty one every key that was taken over would be unknown, and nothing would say why. */
int pepper_read(const struct settings *s, char **pepper, struct err *err)
{
    struct buf b = BUF_INIT;
    const char *path = s->v.legacy_pepper_file;

    *pepper = NULL;
    if (!given(path))
        return 0;
    if (path_read(path, 4096, &b, err) < 0)
        return -1;
    if (b.len) {
        b.data[strcspn(b.data, "\r\n")] = 0;
        *pepper = xstrdup(b.data + strspn(b.data, SPACES));
    }
    buf_wipe(&b);
    if (given(*pepper))
        return 0;
    secret_free(*pepper);
    *pepper = NULL;
    err_set(err, ERR_USAGE, "the pepper file '%s' is empty", path);
    return err_hint(err, "it holds the ENCRYPTION_KEY of the relay that the keys come from");
}

int load_pepper(struct daemon *d, const struct settings *s, struct err *err)
{
    return pepper_read(s, &d->pepper, err);
}

int load_store(struct daemon *d, const struct settings *s, struct err *err)
{
    char *path = store_path(s);
    struct store_options o = {
        .path = path,
        .vault = d->vault,
        .zone = d->zone,
        .keep_requests_ms = s->v.keep_requests,
    };

    d->store = store_open(&o, err);
    free(path);
    return d->store ? 0 : -1;
}

static int no_key(const char *path, struct err *err)
{
    err_set(err, ERR_NOT_FOUND, "the master key '%s' is missing", path);
    return err_hint(err, "put it back from where it is kept, then restore the database");
}

int daemon_restore(const struct daemon_options *o, const char *file, struct err *err)
{
    struct settings *s = settings_load(o->config, err);

    if (!s)
        return -1;
    char *path = store_path(s), *key = given(s->v.master_key)
                                           ? xstrdup(s->v.master_key)
                                           : settings_state_file(s, "master.key");
    struct vault *vault = exists(key) ? vault_open(key, err) : NULL;
    cJSON *said = NULL;
    if (!exists(key))
        no_key(key, err);
    else if (vault)
        said = store_stage(path, file, vault, false, err);
    int rc = said ? 0 : -1;
    cJSON_Delete(said);
    vault_close(vault);
    free(key);
    free(path);
    settings_unref(s);
    return rc;
}

/* --- core: its sink, its records ------------------------------------------------------------- */

static void stored(void *arg, const struct err *failure)
{
    const char *what = arg;

    if (failure)
        log_line(LOG_ERROR, AREA_STORE, NULL, "%s not stored: %s", what, failure->text);
}

static void put_json(struct daemon *d, const char *kind, const char *id, cJSON *doc, char *what)
{
    struct buf text = BUF_INIT;

    json_print(doc, &text);
    store_put(d->store, kind, id, text.data, NULL, 0, stored, what);
    buf_release(&text);
    cJSON_Delete(doc);
}

static void key_changed(void *self, const struct key *k)
{
    static char what[] = "the first use of a key";

    put_json(self, "key", k->id, key_to_json(k), what);
}

static void health_changed(void *self, const struct account *a)
{
    static char what[] = "the health of an account";
    struct daemon *d = self;
    cJSON *doc = core_health_json(d->core, a->id);

    if (doc)
        put_json(d, "health", a->id, doc, what);
    if (bus_wants(d->bus, TOPIC_ACCOUNT)) {
        cJSON *o = cJSON_CreateObject();
        json_put_str(o, "id", a->id);
        json_put_str(o, "name", a->name);
        json_put_str(o, "change", "health");
        bus_publish(d->bus, TOPIC_ACCOUNT, o);
    }
}

#define SHARED_WINDOW (5 * MS_HOUR)

struct loading {
    struct daemon *d;
    struct err err;
    bool failed;
    int64_t window; /* the longest rate window of any key, or of a subscription that is shared */
    size_t n;
};

static bool load_failed(struct loading *l, const char *kind, const char *id)
{
    err_prefix(&l->err, "%s '%s' in the store", kind, id);
    l->failed = true;
    return false;
}

static bool load_key(void *arg, const char *id, const cJSON *doc, const char *secret, size_t n)
{
    struct loading *l = arg;
    struct key *k = key_from_json(doc, &l->err);

    (void)secret;
    (void)n;
    if (!k)
        return load_failed(l, "key", id);
    if (k->set.rate_window > l->window)
        l->window = k->set.rate_window;
    l->n++;
    if (core_key_put(l->d->core, k, &l->err) < 0)
        return load_failed(l, "key", id);
    return true;
}

static bool load_account(void *arg, const char *id, const cJSON *doc, const char *secret, size_t n)
{
    struct loading *l = arg;
    struct account *a = account_from_json(doc, &l->err);
    struct credential *cr = NULL;

    if (!a)
        return load_failed(l, "account", id);
    if (secret)
        cr = credential_read(secret, n, &l->err);
    if (secret && !cr) {
        account_unref(a);
        return load_failed(l, "account", id);
    }
    if (a->set.fair_share && l->window < SHARED_WINDOW)
        l->window = SHARED_WINDOW;
    l->n++;
    if (core_account_put(l->d->core, a, cr, &l->err) < 0)
        return load_failed(l, "account", id);
    return true;
}

static bool load_health(void *arg, const char *id, const cJSON *doc, const char *secret, size_t n)
{
    struct loading *l = arg;

    (void)secret;
    (void)n;
    core_health_load(l->d->core, id, doc);
    return true;
}

static void replay_sum(struct core *c, const struct store_sum *s, bool hourly)
{
    struct replay r = {
        .key_id = s->key_id,
        .account_id = s->account_id,
        .model = s->model,
        .at = s->at,
        .requests = s->requests,
        .tokens = s->tokens,
        .cost = s->cost,
        .attempts = s->attempts,
        .errors = s->errors,
        .input = s->input,
        .output = s->output,
        .cache_read = s->cache_read,
        .cache_write = s->cache_write,
        .hourly = hourly,
    };

    core_replay(c, &r);
}

static void replay_hourly(void *arg, const struct store_sum *s)
{
    replay_sum(arg, s, true);
}

static void replay_attempt(void *arg, const struct store_sum *s)
{
    replay_sum(arg, s, false);
}

struct core_options core_options_of(const struct daemon *d, const struct settings *s)
{
    return (struct core_options){.zone = d->zone, .sticky_ms = s->v.sticky};
}

static int load_kind(struct loading *l, const char *kind,
    bool (*f)(void *, const char *, const cJSON *, const char *, size_t), struct err *err)
{
    if (store_load(l->d->store, kind, f, l, err) < 0)
        return -1;
    if (!l->failed)
        return 0;
    if (err)
        *err = l->err;
    return -1;
}

int load_core(struct daemon *d, const struct settings *s, struct err *err)
{
    struct core_options o = core_options_of(d, s);
    struct core_sink sink = {
        .self = d, .key_changed = key_changed, .health_changed = health_changed};
    struct loading l = {.d = d, .window = MS_HOUR};

    err_clear(&l.err);
    d->core = core_create(&o, &sink);
    if (load_kind(&l, "key", load_key, err) < 0 ||
        load_kind(&l, "account", load_account, err) < 0 ||
        load_kind(&l, "health", load_health, err) < 0)
        return -1;
    if (store_replay(
            d->store, clock_now() - l.window, replay_hourly, replay_attempt, d->core, err) < 0)
        return -1;
    log_line(LOG_DEBUG, AREA_RELAY, NULL, "%zu keys and accounts loaded", l.n);
    return 0;
}
