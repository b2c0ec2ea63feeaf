/* See control_kit.h. */
#include "control_kit.h"

#include <dirent.h>
#include <event2/thread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/path.h"
#include "common/secret.h"

static void ticking(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what, (void)arg;
}

void kit_run_until(struct kit *k, bool (*done)(void *arg), void *arg)
{
    /* The loop must come back now and then to look at the deadline. */
    struct event *tick = event_new(k->base, -1, EV_PERSIST, ticking, NULL);
    struct timeval every = {0, 50000};
    int64_t end = clock_mono() + 20000;
    event_add(tick, &every);
    while (!done(arg)) {
        assert_true(clock_mono() < end);
        event_base_loop(k->base, EVLOOP_ONCE);
    }
    event_free(tick);
}

/* --- the daemon's part ------------------------------------------------------------------------ */

static void key_changed(void *self, const struct key *key)
{
    (void)self, (void)key;
}

static void health_changed(void *self, const struct account *a)
{
    (void)self, (void)a;
}

static bool load_key(void *arg, const char *id, const cJSON *doc, const char *secret, size_t n)
{
    (void)id, (void)secret, (void)n;
    struct kit *k = arg;
    struct key *key = key_from_json(doc, NULL);
    assert_non_null(key);
    assert_int_equal(core_key_put(k->core, key, NULL), 0);
    return true;
}

static int reload(void *daemon, struct strlist *need, struct err *err)
{
    (void)err;
    struct kit *k = daemon;
    k->reloads++;
    strlist_add(need, "listen");
    return 0;
}

static void drain(void *daemon, bool on)
{
    ((struct kit *)daemon)->draining = on;
}

static void stop(void *daemon, bool now)
{
    (void)now;
    ((struct kit *)daemon)->stopped = true;
}

static void facts(void *daemon, cJSON *o)
{
    (void)daemon;
    json_put_int(o, "workers", 0);
}

static void open_parts(struct kit *k)
{
    struct err err = {0};
    char key[96], db[96];
    snprintf(key, sizeof key, "%s/master.key", k->dir);
    snprintf(db, sizeof db, "%s/crs.db", k->dir);
    k->vault = vault_open(key, &err);
    assert_non_null(k->vault);
    struct store_options so = {.path = db, .vault = k->vault, .zone = k->zone};
    k->store = store_open(&so, &err);
    if (!k->store)
        fail_msg("%s", err.text);
    struct core_options co = {.zone = k->zone};
    struct core_sink sink = {k, key_changed, health_changed};
    k->core = core_create(&co, &sink);
    assert_int_equal(store_load(k->store, "key", load_key, k, &err), 0);
    k->bus = bus_create();
    k->live = live_create();
    k->base = event_base_new();
    k->mailbox = mailbox_create(k->base);
    struct care_options o = {
        .base = k->base, .mailbox = k->mailbox, .core = k->core, .store = k->store, .bus = k->bus};
    k->care = care_create(&o);
    const struct dataset *d = dataset_get(k->data);
    care_set_data(k->care, d->providers);
    dataset_unref(d);
    struct control_parts p = {.base = k->base,
        .mailbox = k->mailbox,
        .core = k->core,
        .store = k->store,
        .care = k->care,
        .bus = k->bus,
        .live = k->live,
        .vault = k->vault,
        .zone = k->zone,
        .settings = k->settings,
        .data = k->data,
        .started = clock_now(),
        .daemon = k,
        .reload = reload,
        .drain = drain,
        .stop = stop,
        .facts = facts};
    k->control = control_create(&p, k->socket, &err);
    if (!k->control)
        fail_msg("%s", err.text);
}

static void close_parts(struct kit *k)
{
    control_free(k->control);
    /* Connections of the HTTP admin that linger see that their clients have gone. */
    event_base_loop(k->base, EVLOOP_NONBLOCK);
    care_free(k->care);
    store_close(k->store);
    mailbox_free(k->mailbox);
    core_free(k->core);
    live_free(k->live);
    bus_free(k->bus);
    vault_close(k->vault);
    event_base_free(k->base);
}

void kit_restart(struct kit *k)
{
    close_parts(k);
    open_parts(k);
}

void kit_open(struct kit *k, const char *config)
{
    struct err err = {0};
    memset(k, 0, sizeof *k);
    signal(SIGPIPE, SIG_IGN); /* as the daemon does */
    evthread_use_pthreads();
    secret_start();
    setenv("CRS_DATADIR", CRS_SOURCE_DIR "/relay/data", 1);
    strcpy(k->dir, "/tmp/crs-control-XXXXXX");
    assert_non_null(mkdtemp(k->dir));
    snprintf(k->socket, sizeof k->socket, "%s/run/control.sock", k->dir);
    snprintf(k->config, sizeof k->config, "%s/crs-relay.conf", k->dir);
    char key[96], *text = xasprintf("state_dir = %s\n%s", k->dir, config ? config : "");
    snprintf(key, sizeof key, "%s/master.key", k->dir);
    assert_int_equal(path_write(k->config, text, strlen(text), 0600, &err), 0);
    free(text);
    assert_int_equal(vault_create(key, &err), 0);
    k->zone = zone_open("UTC", &err);
    struct settings *s = settings_load(k->config, &err);
    if (!s)
        fail_msg("%s", err.text);
    k->settings = settings_holder_create(s);
    struct dataset *d = dataset_load(NULL, NULL, NULL, NULL, &err);
    if (!d)
        fail_msg("%s", err.text);
    k->data = dataset_holder_create(d);
    open_parts(k);
}

static void remove_tree(const char *path)
{
    DIR *d = opendir(path);
    if (!d) {
        unlink(path);
        return;
    }
    for (struct dirent *e; (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        char *full = path_join(path, e->d_name);
        remove_tree(full);
        free(full);
    }
    closedir(d);
    rmdir(path);
}

void kit_close(struct kit *k)
{
    close_parts(k);
    settings_holder_free(k->settings);
    dataset_holder_free(k->data);
    zone_free(k->zone);
    remove_tree(k->dir);
}

/* --- peers in memory ----------------------------------------------------------------------------
 */

static struct test_peer *test_peer_of(const struct peer *p)
{
    return (struct test_peer *)(void *)((char *)(uintptr_t)p - offsetof(struct test_peer, peer));
}

static void test_send(struct peer *p, const char *bytes, size_t n)
{
    buf_add(&test_peer_of(p)->out, bytes, n);
}

static size_t test_queued(const struct peer *p)
{
    return test_peer_of(p)->blocked;
}

static void test_finish(struct peer *p)
{
    test_peer_of(p)->finished = true;
}

void peer_open(struct kit *k, struct test_peer *p, enum level level)
{
    static const struct peer_ops ops = {test_send, test_queued, test_finish};
    memset(p, 0, sizeof *p);
    buf_init(&p->out);
    p->kit = k;
    peer_init(&p->peer, k->control, &ops);
    p->peer.level = level;
    p->peer.uid = 4242;
    p->peer.greeted = true;
    strcpy(p->peer.who, "tester");
    strcpy(p->peer.from, "test");
}

void peer_close(struct test_peer *p)
{
    peer_release(&p->peer);
    buf_release(&p->out);
}

static bool has_line(void *arg)
{
    const struct test_peer *p = arg;
    return memchr(p->out.data + p->taken, '\n', p->out.len - p->taken) != NULL;
}

cJSON *peer_next(struct test_peer *p)
{
    struct err err = {0};
    kit_run_until(p->kit, has_line, p);
    const char *line = p->out.data + p->taken;
    size_t n = strcspn(line, "\n");
    cJSON *o = json_parse(line, n, &err);
    if (!o)
        fail_msg("%s: %.*s", err.text, (int)n, line);
    p->taken += n + 1;
    return o;
}

bool peer_quiet(struct test_peer *p)
{
    event_base_loop(p->kit->base, EVLOOP_NONBLOCK);
    return !has_line(p);
}

cJSON *json_of(const char *text)
{
    struct err err = {0};
    char *copy = xstrdup(text);
    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    cJSON *o = json_parse(copy, strlen(copy), &err);
    if (!o)
        fail_msg("%s: %s", err.text, copy);
    free(copy);
    return o;
}

cJSON *peer_call(struct test_peer *p, const char *method, const char *params)
{
    struct buf line = BUF_INIT;
    cJSON *o = params ? json_of(params) : NULL;
    rpc_put_request(&line, 7, method, o);
    cJSON_Delete(o);
    peer_line(&p->peer, line.data, line.len - 1);
    buf_release(&line);
    cJSON *answer;
    while (!json_at(answer = peer_next(p), "id"))
        cJSON_Delete(answer);
    assert_int_equal(json_int(answer, "id", -1), 7);
    return answer;
}

static cJSON *call(struct kit *k, const char *method, const char *params)
{
    struct test_peer p;
    peer_open(k, &p, LEVEL_ADMIN);
    cJSON *answer = peer_call(&p, method, params);
    peer_close(&p);
    return answer;
}

cJSON *kit_do(struct kit *k, const char *method, const char *params)
{
    cJSON *answer = call(k, method, params);
    if (json_at(answer, "error"))
        fail_msg("%s: %s (%s)", method, json_str(answer, "error.message"),
            json_str(answer, "error.data.hint") ? json_str(answer, "error.data.hint") : "");
    cJSON *result = cJSON_DetachItemFromObjectCaseSensitive(answer, "result");
    cJSON_Delete(answer);
    return result;
}

void kit_ok(struct kit *k, const char *method, const char *params)
{
    cJSON_Delete(kit_do(k, method, params));
}

void kit_fails(struct kit *k, const char *method, const char *params, const char *code)
{
    cJSON *answer = call(k, method, params);
    const char *got = json_str(answer, "error.data.code");
    if (!got)
        fail_msg("%s did not fail", method);
    assert_string_equal(got, code);
    cJSON_Delete(answer);
}

void assert_text(const cJSON *o, const char *path, const char *text)
{
    const char *got = json_str(o, path);
    if (!got || strcmp(got, text) != 0)
        fail_msg("%s is '%s', not '%s'", path, got ? got : "(none)", text);
}

static void settled(void *arg, const struct err *failure)
{
    assert_null(failure);
    atomic_store((atomic_bool *)arg, true);
}

static bool is_settled(void *arg)
{
    return atomic_load((atomic_bool *)arg);
}

void kit_settle(struct kit *k)
{
    atomic_bool over = false;
    store_put(k->store, "meta", "settled", "{}", NULL, 0, settled, &over);
    kit_run_until(k, is_settled, &over);
}

/* --- accounts
 * ------------------------------------------------------------------------------------- */

struct adding {
    bool over, failed;
};

static void added(void *arg, const struct account *a, const struct err *failure)
{
    (void)a;
    struct adding *g = arg;
    g->over = true;
    g->failed = failure != NULL;
}

static bool is_over(void *arg)
{
    return ((struct adding *)arg)->over;
}

void kit_account(struct kit *k, const char *name, const char *params)
{
    struct account *a = account_create();
    struct credential *cr = credential_create();
    struct adding g = {0};
    a->name = xstrdup(name);
    a->kind = xstrdup("claude-console");
    a->login = xstrdup("key");
    cr->access = xstrdup("sk-test");
    cJSON *set = params ? json_of(params) : NULL;
    struct err err = {0};
    if (set && record_patch(&a->set, account_setting_fields, account_setting_count, set, &err) < 0)
        fail_msg("%s", err.text);
    cJSON_Delete(set);
    care_add(k->care, a, cr, added, &g);
    kit_run_until(k, is_over, &g);
    assert_false(g.failed);
}
