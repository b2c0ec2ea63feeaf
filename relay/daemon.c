/* The daemon's life: put together in order, run, taken apart in the reverse order. */
#include "daemon_int.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/path.h"

#define CARE_EVERY (10 * MS_SECOND)
#define PRUNE_EVERY MS_DAY

static void on_stop_signal(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    daemon_stop(arg, false);
}

static void on_reload_signal(evutil_socket_t fd, short what, void *arg)
{
    struct strlist later = {0};
    struct err err;

    (void)fd;
    (void)what;
    err_clear(&err);
    if (daemon_reload(arg, &later, &err) < 0)
        log_line(
            LOG_ERROR, AREA_RELAY, NULL, "settings not reloaded, the old ones stay: %s", err.text);
    for (size_t i = 0; i < later.n; i++)
        log_line(
            LOG_WARN, AREA_RELAY, NULL, "setting '%s' changes with the next start", later.v[i]);
    strlist_release(&later);
}

static void on_second(evutil_socket_t fd, short what, void *arg)
{
    struct daemon *d = arg;
    int64_t now = clock_now();

    (void)fd;
    (void)what;
    core_tick(d->core, now);
    control_tick(d->control, now);
    daemon_trim(d);
    /* The wall clock may have been turned back: then these count from there. */
    if (now - d->cared >= CARE_EVERY || now < d->cared) {
        d->cared = now;
        care_tick(d->care, now);
    }
    if (now - d->pruned >= PRUNE_EVERY || now < d->pruned) {
        d->pruned = now;
        store_prune(d->store, now);
    }
}

static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
    notify_manager("WATCHDOG=1");
}

static void signals_start(struct daemon *d)
{
    static const struct {
        int number;
        event_callback_fn f;
    } rows[DAEMON_SIGNALS] = {
        {SIGTERM, on_stop_signal}, {SIGINT, on_stop_signal}, {SIGHUP, on_reload_signal}};

    for (int i = 0; i < DAEMON_SIGNALS; i++) {
        d->signals[i] = xcheck(evsignal_new(d->base, rows[i].number, rows[i].f, d));
        event_add(d->signals[i], NULL);
    }
}

static void timers_start(struct daemon *d)
{
    const struct timeval second = {.tv_sec = 1};
    long watchdog = notify_watchdog() / 2;

    d->deadline = xcheck(event_new(d->base, -1, 0, daemon_deadline, d));
    d->second = xcheck(event_new(d->base, -1, EV_PERSIST, on_second, d));
    event_add(d->second, &second);
    d->pruned = clock_now();
    if (watchdog > 0) {
        const struct timeval tv = {.tv_sec = watchdog / 1000000, .tv_usec = watchdog % 1000000};
        d->watchdog = xcheck(event_new(d->base, -1, EV_PERSIST, on_watchdog, d));
        event_add(d->watchdog, &tv);
    }
}

static int care_start(struct daemon *d, const struct settings *s)
{
    const struct care_options o = {
        .base = d->base,
        .mailbox = d->mailbox,
        .core = d->core,
        .store = d->store,
        .bus = d->bus,
        .ca_file = s->v.ca_file && *s->v.ca_file ? s->v.ca_file : NULL,
        .renew_ahead_ms = s->v.renew_ahead,
    };
    const struct dataset *data = dataset_get(d->data);

    d->care = care_create(&o);
    care_set_data(d->care, data->providers);
    care_set_prices(d->care, data->prices);
    dataset_unref(data);
    return d->care ? 0 : -1;
}

static void house_fill(struct daemon *d)
{
    struct house *h = &d->house;

    h->core = d->core;
    h->store = d->store;
    h->care = d->care;
    h->bus = d->bus;
    h->live = d->live;
    h->settings = d->settings;
    h->data = d->data;
    h->vault = d->vault;
    h->zone = d->zone;
    h->pepper = d->pepper;
    h->guard = d->guard;
    h->started = clock_now();
    atomic_init(&h->draining, false);
    atomic_init(&h->body_bytes, 0);
    atomic_init(&h->unauthenticated, 0);
}

/* Everything behind the settings, in the order of need. */
static int daemon_build(struct daemon *d, const struct settings *s, struct err *err)
{
    struct dataset *data;

    d->zone = zone_open(s->v.zone, err);
    if (!d->zone || load_vault(d, s, err) < 0 || load_pepper(d, s, err) < 0)
        return -1;
    data = dataset_of(s, err);
    if (!data)
        return -1;
    d->data = dataset_holder_create(data);
    d->gate = gate_create(s, err);
    if (!d->gate || load_store(d, s, err) < 0)
        return -1;
    d->bus = bus_create();
    d->live = live_create();
    d->guard = guard_create();
    if (load_core(d, s, err) < 0)
        return -1;
    d->base = xcheck(event_base_new());
    d->mailbox = mailbox_create(d->base);
    if (care_start(d, s) < 0)
        return err_set(err, ERR_FAILED, "the care of accounts could not start");
    house_fill(d);
    if (control_start(d, s, err) < 0)
        return -1;
    return workers_start(d, s, err);
}

struct daemon *daemon_create(const struct daemon_options *o, struct err *err)
{
    struct settings *s = settings_load(o->config, err);
    struct daemon *d;

    if (!s)
        return NULL;
    d = xcalloc(1, sizeof *d);
    d->config = xstrdup(o->config);
    d->settings = settings_holder_create(s);
    log_from_settings(s);
    i18n_set((enum lang)s->v.language);
    if (daemon_build(d, s, err) < 0) {
        daemon_free(d);
        return NULL;
    }
    signals_start(d);
    timers_start(d);
    return d;
}

void daemon_run(struct daemon *d)
{
    char *where = strlist_join(&d->addresses, ", ");

    log_line(LOG_INFO, AREA_RELAY, NULL, "crs-relay %s serves on %s, %d workers", CRS_VERSION,
        where, d->n_workers);
    free(where);
    notify_manager("READY=1");
    event_base_dispatch(d->base);
    log_line(LOG_INFO, AREA_RELAY, NULL, "stopped");
}

static void events_free(struct daemon *d)
{
    struct event *all[] = {d->second, d->deadline, d->watchdog};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i])
            event_free(all[i]);
    for (int i = 0; i < DAEMON_SIGNALS; i++)
        if (d->signals[i])
            event_free(d->signals[i]);
}

/* The store goes after all who may still tell it something, and before the letter boxes that its
 * last answers are posted to. */
void daemon_free(struct daemon *d)
{
    if (!d)
        return;
    for (int i = 0; i < d->n_workers; i++)
        worker_stop(d->workers[i]);
    if (d->control)
        control_free(d->control);
    if (d->care)
        care_free(d->care);
    if (d->store)
        store_close(d->store);
    for (int i = 0; i < d->n_workers; i++)
        worker_free(d->workers[i]);
    if (d->base) {
        events_free(d);
        mailbox_free(d->mailbox);
        event_base_free(d->base);
    }
    if (d->core)
        core_free(d->core);
    if (d->bus)
        bus_free(d->bus);
    if (d->live)
        live_free(d->live);
    guard_free(d->guard);
    gate_free(d->gate);
    dataset_holder_free(d->data);
    if (d->vault)
        vault_close(d->vault);
    if (d->zone)
        zone_free(d->zone);
    secret_free(d->pepper);
    strlist_release(&d->addresses);
    settings_holder_free(d->settings);
    free(d->config);
    free(d);
}

int daemon_check(const struct daemon_options *o, struct err *err)
{
    struct settings *s = settings_load(o->config, err);
    struct dataset *data = NULL;
    struct zone *zone = NULL;
    struct gate *gate = NULL;

    if (s)
        zone = zone_open(s->v.zone, err);
    if (zone)
        gate = gate_create(s, err);
    char *pepper = NULL;
    if (gate && pepper_read(s, &pepper, err) == 0)
        data = dataset_of(s, err);
    secret_free(pepper);
    int rc = data ? 0 : -1;
    dataset_unref(data);
    gate_free(gate);
    if (zone)
        zone_free(zone);
    settings_unref(s);
    return rc;
}
