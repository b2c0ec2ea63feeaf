/* doctor: the way to the relay is tested here, the rest by the relay. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include "common/alloc.h"
#include "common/path.h"
#include "common/width.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/view.h"

static void add_row(cJSON *items, const char *state, const char *check, const char *subject,
    const char *detail, const char *remedy)
{
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "state", state);
    json_put_str(o, "check", check);
    json_put_str(o, "subject", subject);
    json_put_str(o, "detail", detail);
    json_put_str(o, "remedy", remedy);
    cJSON_AddItemToArray(items, o);
}

static void check_place(struct crs *c, cJSON *items)
{
    struct stat st;
    if (c->host.ssh || !c->host.path)
        return;
    if (stat(c->host.path, &st) != 0)
        add_row(
            items, "fail", "socket", c->host.path, _("is not there"), "systemctl start crs-relay");
    else if (!S_ISSOCK(st.st_mode))
        add_row(items, "fail", "socket", c->host.path, _("is no socket"),
            _("remove it and start the relay"));
}

/* 0: the relay can be asked. */
static int check_way(struct crs *c, cJSON *items)
{
    struct err err = {0};
    if (crs_connect(c, &err) < 0) {
        check_place(c, items);
        add_row(items, "fail", "relay", c->host.spoken, err.text, err.hint[0] ? err.hint : NULL);
        return -1;
    }
    const cJSON *hello = link_hello(c->link);
    const char *server = json_str(hello, "server"), *level = json_str(hello, "level");
    bool same = server && strcmp(server, CRS_VERSION) == 0;
    char *detail = xasprintf(_("crs %s, relay %s, your level is %s"), CRS_VERSION,
        server ? server : "?", level ? level : "?");
    add_row(items, same ? "ok" : "warn", "relay", link_spoken(c->link), detail,
        same ? NULL : _("install the same version on both sides"));
    free(detail);
    return 0;
}

static int ask_relay(struct crs *c, cJSON *items, struct err *err)
{
    cJSON *result = crs_call(c, c->cmd->m, c->params, err);
    if (!result)
        return -1;
    cJSON *rows = cJSON_GetObjectItemCaseSensitive(result, "items");
    while (rows && rows->child)
        cJSON_AddItemToArray(items, cJSON_DetachItemViaPointer(rows, rows->child));
    cJSON_Delete(result);
    return 0;
}

static int count(const cJSON *items, const char *state)
{
    int n = 0;
    for (const cJSON *row = items->child; row; row = row->next)
        n += json_str(row, "state") && strcmp(json_str(row, "state"), state) == 0;
    return n;
}

/* One line each, the remedy below. */
static void put_page(struct crs *c, const cJSON *items, struct buf *out)
{
    const struct field state_row = {.name = "state", .kind = F_ENUM};
    for (const cJSON *row = items->child; row; row = row->next) {
        const char *state = json_str(row, "state"), *check = json_str(row, "check"),
                   *subject = json_str(row, "subject"), *detail = json_str(row, "detail"),
                   *remedy = json_str(row, "remedy");
        state = state ? state : "?";
        const char *shown = strcmp(state, "ok") == 0     ? "ok  "
                            : strcmp(state, "warn") == 0 ? "WARN"
                                                         : "FAIL";
        view_paint(c, out, cell_colour(&state_row, json_at(row, "state")), shown);
        struct buf line = BUF_INIT;
        buf_addf(&line, "  %-10s  %s%s%s", check ? check : "", subject ? subject : "",
            subject && detail ? ": " : "", detail ? detail : "");
        width_clean(out, line.data);
        buf_addc(out, '\n');
        buf_reset(&line);
        if (remedy && strcmp(state, "ok") != 0)
            buf_addf(&line, "                  -> %s", remedy);
        width_clean(out, line.data);
        buf_adds(out, line.len ? "\n" : "");
        buf_release(&line);
    }
    int warn = count(items, "warn"), fail = count(items, "fail");
    buf_addf(out, _("%d ok"), count(items, "ok"));
    buf_addf(out, P_(", %d warning", ", %d warnings", warn), warn);
    buf_addf(out, P_(", %d failure\n", ", %d failures\n", fail), fail);
}

/* A file to send to whoever helps: no secrets are in it, but names are. */
static int report(struct crs *c, const char *path, const cJSON *items, struct err *err)
{
    struct utsname u;
    cJSON *o = xcheck(cJSON_CreateObject());
    struct buf text = BUF_INIT;
    json_put_str(o, "crs", CRS_VERSION);
    if (uname(&u) == 0) {
        json_put_str(o, "system", u.sysname);
        json_put_str(o, "release", u.release);
        json_put_str(o, "machine", u.machine);
    }
    json_put(o, "checks", xcheck(cJSON_Duplicate(items, 1)));
    json_print_pretty(o, &text);
    buf_addc(&text, '\n');
    int r = path_write(path, text.data, text.len, 0600, err);
    if (r == 0)
        note(c, _("report written to %s; names of accounts and hosts are in it"), path);
    buf_release(&text);
    cJSON_Delete(o);
    return r;
}

int run_doctor(struct crs *c, struct err *err)
{
    const struct method *m = c->cmd->m;
    cJSON *items = xcheck(cJSON_CreateArray());
    struct buf out = BUF_INIT;
    int r = check_way(c, items) == 0 ? ask_relay(c, items, err) : 0;
    if (r == 0 && crs_human(c) && !c->fields.n)
        put_page(c, items, &out);
    else if (r == 0)
        r = view_rows(c, m->result, m->n_result, items, &out, err);
    if (r == 0)
        r = terminal_put(c, &out, err);
    const char *path = own_text(c, "report");
    if (r == 0 && path)
        r = report(c, path, items, err);
    if (r == 0 && count(items, "fail"))
        r = err_row(ERR_CHECK)->exit_status;
    buf_release(&out);
    cJSON_Delete(items);
    return r;
}
