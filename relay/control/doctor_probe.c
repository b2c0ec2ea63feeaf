/* The doctor's ways to the upstreams: name, proxy, TLS and an answer of any kind, and what their
 * clocks say. Without credentials of accounts. */
#include "control/doctor_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "common/alloc.h"
#include "common/i18n.h"

#define PROBE_MS 5000
#define CLOCK_WARN_MS 5000
#define CLOCK_FAIL_MS (60 * MS_SECOND)

struct probe {
    struct doctor *d;
    struct probe *next;
    struct fetch *fetch; /* NULL: over */
    char *origin, *proxy;
    char *account; /* the first that uses this way */
};

/* Scheme and host of an address. Heap. */
static char *origin_of(const char *url)
{
    const char *host = url ? strstr(url, "://") : NULL;
    return host ? xstrndup(url, (size_t)(host + 3 - url) + strcspn(host + 3, "/?#")) : NULL;
}

static char *account_origin(struct control *c, const struct account *a)
{
    if (a->set.url && *a->set.url)
        return origin_of(a->set.url);
    const struct dataset *d = dataset_get(c->p.data);
    const char *url = provider_data_get(d->providers, a->kind, "api");
    char *full = NULL;
    const char *hole = url ? strstr(url, "{region}") : NULL;
    if (hole && a->set.region)
        full = xasprintf("%.*s%s%s", (int)(hole - url), url, a->set.region, hole + 8);
    else if (!hole)
        full = xstrdup(url);
    dataset_unref(d);
    char *origin = full && !strchr(full, '{') ? origin_of(full) : NULL;
    free(full);
    return origin;
}

static void clock_row(struct doctor *d, const struct fetch_answer *a)
{
    struct span date = a->head ? h1_get(a->head, "date") : (struct span){0};
    struct tm tm = {0};
    char text[64];
    if (d->clock_told || !date.p || date.n >= sizeof text)
        return;
    snprintf(text, sizeof text, "%.*s", (int)date.n, date.p);
    /* RFC 9110 5.6.7: the fixed form, always in English and GMT. */
    if (!strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm))
        return;
    /* The header has whole seconds, and stands for the moment in the middle of the exchange. */
    int64_t off = clock_now() - a->ms / 2 - ((int64_t)timegm(&tm) * 1000 + 500);
    int64_t by = off < 0 ? -off : off;
    char how[UNITS_MAX];
    d->clock_told = true;
    if (by <= CLOCK_WARN_MS)
        doctor_row(d, "ok", "clock", NULL, NULL, "within a few seconds of the upstream's");
    else
        doctor_row(d, by > CLOCK_FAIL_MS ? "fail" : "warn", "clock", NULL,
            N_("set the clock (timedatectl set-ntp true)"), "%s %s the upstream's",
            units_duration(how, by), off > 0 ? _("ahead of") : _("behind"));
}

static char *proxy_remedy(const struct probe *p)
{
    if (!p->proxy)
        return xstrdup(_("look at name resolution, firewall and routes of this machine"));
    char *name = text_shell_quoted(p->account);
    char *remedy = xasprintf(_("start the proxy, or crs account edit %s --proxy none"), name);
    free(name);
    return remedy;
}

static void probe_done(void *self, const struct fetch_answer *a)
{
    struct probe *p = self;
    struct doctor *d = p->d;
    p->fetch = NULL;
    enum lang was = i18n_speak(d->o->lang);
    char *subject =
        p->proxy ? xasprintf(_("%s through %s"), p->origin, p->proxy) : xstrdup(p->origin);
    if (a->status) {
        doctor_row(d, "ok", p->proxy ? "proxy" : "upstream", subject, NULL, "answers in %lld ms",
            (long long)a->ms);
        clock_row(d, a);
    } else {
        char *remedy = proxy_remedy(p);
        doctor_row(d, "fail", p->proxy ? "proxy" : "upstream", subject, remedy, "%s",
            a->err.text[0] ? a->err.text : _("no answer"));
        free(remedy);
    }
    free(subject);
    struct probe **at = &d->probes;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    free(p->origin);
    free(p->proxy);
    free(p->account);
    free(p);
    doctor_came(d);
    i18n_speak(was);
}

static bool same_way(const struct probe *p, const char *origin, const char *proxy)
{
    return strcmp(p->origin, origin) == 0 &&
           (p->proxy ? proxy && strcmp(p->proxy, proxy) == 0 : !proxy);
}

static struct upstream *upstream_of(struct control *c)
{
    if (c->upstream)
        return c->upstream;
    const struct settings *s = settings_get(c->p.settings);
    struct upstream_options o = {
        .ca_file = s->v.ca_file && *s->v.ca_file ? s->v.ca_file : NULL, .connect_ms = PROBE_MS};
    c->upstream = upstream_create(c->p.base, &o);
    settings_unref(s);
    return c->upstream;
}

void doctor_probe_account(struct doctor *d, const struct account *a)
{
    struct control *c = d->o->c;
    const char *proxy = a->set.proxy && *a->set.proxy ? a->set.proxy : NULL;
    char *origin = account_origin(c, a);
    for (const struct probe *p = d->probes; p && origin; p = p->next)
        if (same_way(p, origin, proxy)) {
            free(origin);
            origin = NULL;
        }
    if (!origin)
        return;
    struct probe *p = xcalloc(1, sizeof *p);
    *p = (struct probe){.d = d, .next = d->probes, .origin = origin};
    p->proxy = xstrdup(proxy);
    p->account = xstrdup(a->name);
    d->probes = p;
    d->under_way++;
    const struct credential *cr = proxy ? core_credential(c->p.core, a->id) : NULL;
    struct fetch_request r = {.target = {.origin = origin,
                                  .identity = "doctor",
                                  .proxy = proxy,
                                  .proxy_user = cr ? cr->proxy_user : NULL,
                                  .proxy_password = cr ? cr->proxy_password : NULL},
        .method = "GET",
        .path = "/",
        .timeout_ms = PROBE_MS};
    p->fetch = fetch_start(upstream_of(c), &r, probe_done, p);
    credential_unref(cr);
}

/* At the end of the relay: what is on its way is cut, who asked is told what was seen. What waits
 * for the store comes back by itself. */
void doctor_stop(struct control *c)
{
    for (struct doctor *d = c->doctors, *next; d; d = next) {
        next = d->next;
        size_t probes = 0;
        for (struct probe *p = d->probes, *more; p; p = more) {
            more = p->next;
            if (p->fetch)
                fetch_cancel(p->fetch);
            free(p->origin);
            free(p->proxy);
            free(p->account);
            free(p);
            probes++;
        }
        d->probes = NULL;
        while (probes--)
            doctor_came(d);
    }
    upstream_free(c->upstream);
    c->upstream = NULL;
}
