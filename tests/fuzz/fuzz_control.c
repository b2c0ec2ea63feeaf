/* Lines of strangers into the dispatcher: a whole control plane over an empty store, and a peer
 * with the level that the first byte says. Every line must be answered or refused, and nothing may
 * stay. */
#include "control/order_int.h"

#include <event2/thread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "common/alloc.h"
#include "common/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct control *control;
static struct event_base *base;
static struct event *late;

static int reload(void *daemon, struct strlist *need, struct err *err)
{
    (void)daemon, (void)need;
    return err_set(err, ERR_FAILED, "not here");
}

static void drain(void *daemon, bool on)
{
    (void)daemon, (void)on;
}

static void stop(void *daemon, bool now)
{
    (void)daemon, (void)now;
}

/* A call that never ends. */
static void on_late(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what, (void)arg;
    abort();
}

static void must(const void *p, const struct err *err)
{
    if (p)
        return;
    fprintf(stderr, "cannot begin: %s\n", err->text);
    exit(1);
}

static void begin(void)
{
    static char dir[] = "/tmp/crs-fuzz-XXXXXX";
    struct err err = {0};
    signal(SIGPIPE, SIG_IGN);
    evthread_use_pthreads();
    secret_start();
    log_start(&(struct log_options){.level = LOG_ERROR, .file = "/dev/null"});
    setenv("CRS_DATADIR", CRS_SOURCE_DIR "/relay/data", 1);
    must(mkdtemp(dir), &err);
    char *key = path_join(dir, "key"), *db = path_join(dir, "db"), *sock = path_join(dir, "s"),
         *conf = path_join(dir, "conf");
    path_write(conf, "", 0, 0600, &err);
    vault_create(key, &err);
    struct control_parts p = {
        .started = clock_now(), .reload = reload, .drain = drain, .stop = stop};
    p.vault = vault_open(key, &err);
    must(p.vault, &err);
    p.zone = zone_open("UTC", &err);
    struct store_options so = {.path = db, .vault = p.vault, .zone = p.zone};
    p.store = store_open(&so, &err);
    must(p.store, &err);
    struct core_options co = {.zone = p.zone};
    p.core = core_create(&co, NULL);
    p.bus = bus_create();
    p.live = live_create();
    base = p.base = event_base_new();
    p.mailbox = mailbox_create(base);
    struct care_options cao = {
        .base = base, .mailbox = p.mailbox, .core = p.core, .store = p.store, .bus = p.bus};
    p.care = care_create(&cao);
    struct settings *s = settings_load(conf, &err);
    must(s, &err);
    p.settings = settings_holder_create(s);
    struct dataset *d = dataset_load(NULL, NULL, NULL, NULL, &err);
    must(d, &err);
    p.data = dataset_holder_create(d);
    const struct dataset *now = dataset_get(p.data);
    care_set_data(p.care, now->providers);
    dataset_unref(now);
    control = control_create(&p, sock, &err);
    must(control, &err);
    late = event_new(base, -1, 0, on_late, NULL);
    free(key), free(db), free(sock), free(conf);
}

static void take(struct peer *p, const char *bytes, size_t n)
{
    (void)p;
    if (n == 0 || bytes[n - 1] != '\n')
        abort(); /* whole lines only */
}

static size_t queued(const struct peer *p)
{
    (void)p;
    return 0;
}

static void finish(struct peer *p)
{
    (void)p;
}

/* What goes to the network or writes a file where it is told to is only tried dry. */
static bool is_safe(const char *line, size_t n)
{
    struct rpc_msg m = {0};
    bool safe = true;
    if (rpc_parse(&m, line, n, NULL) == 0 && m.method) {
        const struct method *row = method_by_wire(m.method);
        safe = !row || !(row->flags & M_SLOW) || json_bool(m.params, "dry_run", false);
    }
    rpc_msg_release(&m);
    return safe;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct peer_ops ops = {take, queued, finish};
    if (!control)
        begin();
    if (n < 1)
        return 0;
    struct peer p = {.greeted = true, .level = (enum level)(data[0] % 4)};
    peer_init(&p, control, &ops);
    struct rpc_reader r;
    char *line;
    size_t len;
    rpc_reader_init(&r, RPC_ANSWER_MAX);
    if (rpc_reader_feed(&r, data + 1, n - 1, NULL) == 0 && rpc_reader_feed(&r, "\n", 1, NULL) == 0)
        while ((line = rpc_reader_line(&r, &len)))
            if (is_safe(line, len))
                peer_line(&p, line, len);
    const struct timeval limit = {5, 0};
    event_add(late, &limit);
    while (control->n_orders)
        event_base_loop(base, EVLOOP_ONCE);
    event_del(late);
    event_base_loop(base, EVLOOP_NONBLOCK);
    control_tick(control, clock_now());
    peer_release(&p);
    rpc_reader_release(&r);
    return 0;
}
