/* system.doctor: tests what the relay depends on, and names a remedy for each fault. Nothing is
 * changed, no credential leaves the house, no quota is used. */
#include "control/doctor_int.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/path.h"

#define DISK_WARN 0.90
#define DISK_FAIL 0.97

void doctor_row(struct doctor *d, const char *state, const char *check, const char *subject,
    const char *remedy, const char *fmt, ...)
{
    struct buf text = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, i18n(fmt), ap);
    va_end(ap);
    cJSON *row = xcheck(cJSON_CreateObject());
    json_put_str(row, "state", state);
    json_put_str(row, "check", check);
    json_put_str(row, "subject", subject);
    json_put_str(row, "detail", text.data);
    json_put_str(row, "remedy", i18n(remedy));
    cJSON_AddItemToArray(d->items, row);
    buf_release(&text);
}

void doctor_came(struct doctor *d)
{
    if (--d->under_way)
        return;
    for (struct doctor **at = &d->o->c->doctors; *at; at = &(*at)->next)
        if (*at == d) {
            *at = d->next;
            break;
        }
    order_done(d->o, list_result(d->items));
    free(d);
}

/* --- what can be seen at once
 * ---------------------------------------------------------------------- */

static void check_socket(struct doctor *d)
{
    const struct control *c = d->o->c;
    const struct peer *p = d->o->peer;
    struct stat st;
    if (stat(c->socket_path, &st) < 0)
        doctor_row(d, "warn", "socket", c->socket_path, N_("crs relay stop, and start it again"),
            "the file of the socket was removed; new connections cannot come");
    else if (st.st_mode & 007)
        doctor_row(d, "warn", "socket", c->socket_path, N_("chmod 0660 on it"),
            "open to every user of the machine (mode %04o)", (unsigned)(st.st_mode & 07777));
    else
        doctor_row(d, "ok", "socket", c->socket_path, NULL, "you are %s, level %s",
            p ? p->who : "gone", p ? level_name(p->level) : "none");
}

static void check_config(struct doctor *d)
{
    struct err err;
    const struct settings *is = settings_get(d->o->c->p.settings);
    struct settings *read = settings_load(is->path, &err);
    size_t n, set = 0;
    const struct setting_row *rows = setting_rows(&n);
    for (size_t i = 0; i < n; i++)
        set += settings_origin(is, rows[i].field.name, NULL) != ORIGIN_DEFAULT;
    struct strlist need = {0};
    if (read)
        settings_need_restart(is, read, &need);
    const char *path = is->path ? is->path : _("(no file)");
    if (!read) {
        doctor_row(
            d, "fail", "config", path, N_("correct it, then crs relay reload"), "%s", err.text);
    } else if (need.n) {
        char *names = strlist_join(&need, ", ");
        doctor_row(d, "warn", "config", path, N_("restart the relay"),
            "changed since the start and not live: %s", names);
        free(names);
    } else {
        doctor_row(d, "ok", "config", path, NULL, "%zu of %zu settings set", set, n);
    }
    strlist_release(&need);
    settings_unref(read);
    settings_unref(is);
}

static void check_disk(struct doctor *d)
{
    const struct settings *s = settings_get(d->o->c->p.settings);
    char *dir = s->v.state_dir && *s->v.state_dir ? xstrdup(s->v.state_dir) : path_state();
    settings_unref(s);
    struct statvfs v;
    char free_text[UNITS_MAX];
    if (statvfs(dir, &v) < 0 || v.f_blocks == 0) {
        doctor_row(d, "warn", "disk", dir, NULL, "its space is not known");
    } else {
        double used = 1.0 - (double)v.f_bavail / (double)v.f_blocks;
        units_size(free_text, (int64_t)v.f_bavail * (int64_t)v.f_frsize);
        doctor_row(d,
            used >= DISK_FAIL   ? "fail"
            : used >= DISK_WARN ? "warn"
                                : "ok",
            "disk", dir, used >= DISK_WARN ? N_("make room, or shorten store.keep_requests") : NULL,
            "%.0f%% full, %s free", used * 100, free_text);
    }
    free(dir);
}

static void check_account(struct doctor *d, const struct account *a)
{
    struct account_live l;
    char in[UNITS_MAX], said[REASON_MAX];
    int64_t now = d->o->now;
    core_account_live(d->o->c->p.core, a->id, now, &l);
    const char *state = account_state(a, &l, now),
               *why = l.reason[0] ? reason_text(l.reason, said, sizeof said) : state;
    char *remedy = NULL, *name = text_shell_quoted(a->name);
    if (strcmp(state, "login") == 0) {
        remedy = xasprintf("crs account login %s", name);
        doctor_row(d, "fail", "account", a->name, remedy, "needs a new sign-in: %s", why);
    } else if (strcmp(state, "blocked") == 0) {
        remedy = xasprintf(_("settle it with the provider, then crs account reset %s"), name);
        doctor_row(d, "fail", "account", a->name, remedy, "blocked: %s", why);
    } else if (strcmp(state, "expired") == 0) {
        remedy = xasprintf("crs account edit %s --expires TIME", name);
        doctor_row(d, "warn", "account", a->name, remedy, "its subscription has ended");
    } else if (strcmp(state, "limited") == 0 || strcmp(state, "cooling") == 0) {
        doctor_row(d, "warn", "account", a->name, NULL, "%s, back in %s", state,
            units_duration(in, l.until > now ? l.until - now : 0));
    }
    free(name);
    free(remedy);
}

static void check_token(struct doctor *d, const struct account *a)
{
    const struct credential *cr = core_credential(d->o->c->p.core, a->id);
    char *name = text_shell_quoted(a->name), *remedy = xasprintf("crs account login %s", name);
    if (!cr || !cr->access)
        doctor_row(d, "fail", "token", a->name, remedy, "has no credential");
    else if (cr->expires && cr->expires <= d->o->now && !cr->refresh)
        doctor_row(d, "fail", "token", a->name, remedy, "has run out and cannot be renewed");
    else if (cr->expires && cr->expires <= d->o->now)
        doctor_row(d, "warn", "token", a->name, remedy, "has run out and was not renewed");
    credential_unref(cr);
    free(name);
    free(remedy);
}

static void check_accounts(struct doctor *d)
{
    size_t n, on = 0;
    int before = cJSON_GetArraySize(d->items);
    const struct account **v = core_accounts(d->o->c->p.core, &n);
    for (size_t i = 0; i < n; i++) {
        if (!v[i]->off) {
            on++;
            check_account(d, v[i]);
            check_token(d, v[i]);
            doctor_probe_account(d, v[i]);
        }
        account_unref(v[i]);
    }
    free(v);
    if (on == 0)
        doctor_row(d, "warn", "account", NULL, "crs account add KIND", "there is none in use");
    else if (cJSON_GetArraySize(d->items) == before)
        doctor_row(d, "ok", "account", NULL, NULL, "%zu in use, all ready with their tokens", on);
}

/* --- the store
 * ---------------------------------------------------------------------------------------- */

static void store_came(struct order *o, void *arg, cJSON *r, const struct err *failure)
{
    (void)o;
    struct doctor *d = arg;
    const cJSON *problems = json_at(r, "problems");
    char size[UNITS_MAX];
    const char *remedy = N_("stop the relay and put back a backup (crs backup)");
    if (failure)
        doctor_row(d, "fail", "store", NULL, NULL, "%s", failure->text);
    else if (!json_bool(r, "ok", true))
        doctor_row(d, "fail", "store", NULL, remedy, "damaged: %s",
            problems && cJSON_IsString(problems->child) ? problems->child->valuestring : "unknown");
    else if (json_bool(r, "busy", false) || json_int(r, "spilled", 0) > 0)
        doctor_row(d, "fail", "store", NULL,
            N_("look at disk space and the log (crs log --area store)"),
            "takes no writes; %lld wait", (long long)json_int(r, "waiting", 0));
    else
        doctor_row(d, "ok", "store", NULL, NULL, "%s %s, %s, integrity ok",
            json_str(r, "kind") ? json_str(r, "kind") : "store",
            json_str(r, "library") ? json_str(r, "library") : "",
            units_size(size, json_int(r, "bytes", 0)));
    cJSON_Delete(r);
    doctor_came(d);
}

void on_SYSTEM_DOCTOR(struct order *o)
{
    struct doctor *d = xcalloc(1, sizeof *d);
    d->o = o;
    d->items = xcheck(cJSON_CreateArray());
    d->under_way = 1;
    d->next = o->c->doctors;
    o->c->doctors = d;
    check_socket(d);
    check_config(d);
    check_disk(d);
    d->under_way++;
    order_query(o, "check", NULL, store_came, d);
    check_accounts(d);
    doctor_came(d);
}
