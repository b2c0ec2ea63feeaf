/* What is made of settings, at the start and again at a reload. */
#include "daemon_int.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "common/path.h"

static const char *or_null(const char *s)
{
    return s && *s ? s : NULL;
}

void log_from_settings(const struct settings *s)
{
    const struct log_options o = {
        .level = (enum log_level)s->v.log_level,
        .json = s->v.log_format == 1,
        .file = or_null(s->v.log_file),
    };

    log_configure(&o);
}

struct dataset *dataset_of(const struct settings *s, struct err *err)
{
    char *own = settings_state_file(s, PRICES_OWN_FILE);
    struct dataset *d = dataset_load(
        or_null(s->v.prices), own, or_null(s->v.clients), or_null(s->v.providers), err);

    free(own);
    return d;
}

static void facts(void *daemon, cJSON *o)
{
    struct daemon *d = daemon;
    cJSON *listen = xcheck(cJSON_CreateArray());
    long connections = 0, running = 0;

    for (int i = 0; i < d->n_workers; i++) {
        connections += worker_connections(d->workers[i]);
        running += worker_running(d->workers[i]);
    }
    for (size_t i = 0; i < d->addresses.n; i++)
        cJSON_AddItemToArray(listen, xcheck(cJSON_CreateString(d->addresses.v[i])));
    json_put_int(o, "pid", getpid());
    json_put_int(o, "workers", d->n_workers);
    json_put_int(o, "connections", connections);
    json_put_int(o, "exchanges", running);
    json_put(o, "listen", listen);
    json_put_bool(o, "tls", gate_tls(d->gate));
    json_put_bool(o, "draining", atomic_load(&d->house.draining));
    json_put_bool(o, "stopping", d->stopping);
    json_put_int(o, "body_bytes", atomic_load(&d->house.body_bytes));
    json_put_int(o, "unauthenticated", atomic_load(&d->house.unauthenticated));
}

int control_start(struct daemon *d, const struct settings *s, struct err *err)
{
    char *socket = or_null(s->v.socket) ? xstrdup(s->v.socket) : path_socket();
    const struct control_parts p = {
        .base = d->base,
        .mailbox = d->mailbox,
        .core = d->core,
        .store = d->store,
        .care = d->care,
        .bus = d->bus,
        .live = d->live,
        .vault = d->vault,
        .zone = d->zone,
        .settings = d->settings,
        .data = d->data,
        .started = d->house.started,
        .legacy_pepper = d->pepper,
        .daemon = d,
        .reload = daemon_reload,
        .drain = daemon_drain,
        .stop = daemon_stop,
        .facts = facts,
    };

    d->control = control_create(&p, socket, err);
    free(socket);
    return d->control ? 0 : -1;
}

static int worker_count(const struct settings *s)
{
    long n = s->v.workers;

    if (n == 0)
        n = sysconf(_SC_NPROCESSORS_ONLN);
    if (n < 1)
        n = 1;
    return n > WORKERS_MAX ? WORKERS_MAX : (int)n;
}

int workers_start(struct daemon *d, const struct settings *s, struct err *err)
{
    int n = worker_count(s);

    for (int i = 0; i < n; i++) {
        /* The first one finds the port where 0 was given; the others share it. */
        const struct strlist *where = i == 0 ? &s->v.listen : &d->addresses;
        d->workers[i] = worker_create(&d->house, d->gate, i + 1, where, err);
        if (!d->workers[i])
            return -1;
        d->n_workers++;
        if (i == 0)
            worker_addresses(d->workers[0], &d->addresses);
    }
    for (int i = 0; i < n; i++)
        if (worker_start(d->workers[i], err) < 0)
            return -1;
    return 0;
}

int daemon_reload(void *daemon, struct strlist *need_restart, struct err *err)
{
    struct daemon *d = daemon;
    struct settings *s = settings_load(d->config, err);
    const struct settings *was;
    struct dataset *data;

    if (!s)
        return -1;
    data = dataset_of(s, err);
    if (!data) {
        settings_unref(s);
        return -1;
    }
    was = settings_get(d->settings);
    if (need_restart)
        settings_need_restart(was, s, need_restart);
    settings_unref(was);
    /* All of it is good: from here nothing fails. */
    log_from_settings(s);
    i18n_set((enum lang)s->v.language);
    struct core_options o = core_options_of(d, s);
    core_set_options(d->core, &o);
    care_set_data(d->care, data->providers);
    care_set_prices(d->care, data->prices);
    dataset_swap(d->data, data);
    settings_swap(d->settings, s);
    for (int i = 0; i < d->n_workers; i++)
        worker_reload(d->workers[i]);
    if (d->control)
        control_reloaded(d->control);
    log_line(LOG_INFO, AREA_RELAY, NULL, "settings reloaded");
    return 0;
}
