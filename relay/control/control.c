/* The control plane's life: what it opens, what it does each second, how it ends. */
#include "control/order_int.h"

#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "common/alloc.h"

void control_ref(struct control *c)
{
    c->refs++;
}

void control_unref(struct control *c)
{
    if (--c->refs)
        return;
    free(c->socket_path);
    free(c->token_hash);
    begun_release(c);
    free(c);
}

static bool load_meta(void *arg, const char *id, const cJSON *doc, const char *secret, size_t n)
{
    (void)secret, (void)n;
    struct control *c = arg;
    const char *hash = json_str(doc, "hash");
    if (strcmp(id, "admin-token") == 0 && hash) {
        free(c->token_hash);
        c->token_hash = xstrdup(hash);
    }
    return true;
}

static int load(struct control *c, struct err *err)
{
    if (note_book_load(&c->templates, c->p.store, err) < 0 ||
        note_book_load(&c->groups, c->p.store, err) < 0)
        return -1;
    return store_load(c->p.store, "meta", load_meta, c, err);
}

static int open_doors(struct control *c, struct err *err)
{
    c->door = door_open(c, c->socket_path, err);
    if (!c->door)
        return -1;
    const struct settings *s = settings_get(c->p.settings);
    int r = 0;
    if (s->v.admin_listen && *s->v.admin_listen) {
        c->admin = admin_open(c, s, err);
        r = c->admin ? 0 : -1;
    }
    settings_unref(s);
    return r;
}

struct control *control_create(
    const struct control_parts *p, const char *socket_path, struct err *err)
{
    struct control *c = xcalloc(1, sizeof *c);
    c->p = *p;
    c->refs = 1;
    c->socket_path = xstrdup(socket_path);
    c->turn_last = &c->turn_first;
    c->templates.kind = "template";
    c->groups.kind = "group";
    if (load(c, err) < 0 || open_doors(c, err) < 0) {
        control_free(c);
        return NULL;
    }
    log_events_start(c);
    log_line(LOG_INFO, AREA_CONTROL, NULL, "control socket at %s", c->socket_path);
    return c;
}

void control_free(struct control *c)
{
    if (!c)
        return;
    log_events_stop(c);
    c->dead = true;
    door_close(c->door);
    admin_close(c->admin);
    doctor_stop(c);
    drain_tick(c);
    pulse_free(c);
    note_book_release(&c->templates);
    note_book_release(&c->groups);
    control_unref(c);
}

void control_reloaded(struct control *c)
{
    if (c->admin)
        admin_token_changed(c->admin);
    if (!c->p.bus || !bus_wants(c->p.bus, TOPIC_CONFIG))
        return;
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "what", "reloaded");
    bus_publish(c->p.bus, TOPIC_CONFIG, o);
}

static void heartbeat(struct peer *p, int64_t now)
{
    if (p->follow && !p->sent) {
        cJSON *o = xcheck(cJSON_CreateObject());
        json_put_int(o, "n", (int64_t)follow_told(p));
        json_put_int(o, "seq", (int64_t)bus_seq(p->c->p.bus));
        json_put_time(o, "at", now);
        peer_notify(p, "event.heartbeat", o);
        cJSON_Delete(o);
    }
    p->sent = false;
    /* Output that fell without a word from the connection must not leave events lying. */
    follow_pump(p);
}

void control_tick(struct control *c, int64_t now)
{
    pulse_tick(c, now);
    drain_tick(c);
    for (struct peer *p = c->peers; p; p = p->next)
        heartbeat(p, now);
    if (now - c->purged > MS_HOUR || now < c->purged) {
        c->purged = now;
        keys_purge_old(c, now);
    }
}
