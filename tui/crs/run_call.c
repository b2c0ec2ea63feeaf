/* call: one method as it is; describe: what the relay says of its methods. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/rpc.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/view.h"

/* "name=text" as people write that parameter, "name:=json" as it is. */
static int take_argument(
    struct crs *c, const struct method *m, cJSON *params, const char *text, struct err *err)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || (equals == text + 1 && *text == ':')) {
        err_set(err, ERR_USAGE, _("'%.60s' is no parameter"), text);
        return err_hint(err, _("write name=text or name:=json"));
    }
    bool json = equals[-1] == ':';
    char *name = xstrndup(text, (size_t)(equals - text) - json);
    const struct field *f = m ? field_find(m->params, m->n_params, name) : NULL;
    int r = 0;
    if (json) {
        cJSON *v = json_parse(equals + 1, strlen(equals + 1), err);
        if (v)
            json_put(params, name, v);
        else
            r = err_prefix(err, "%s", name);
    } else if (f && f->kind == F_SECRET) {
        err_set(err, ERR_USAGE, _("'%s' is a secret: never on the command line"), name);
        r = err_hint(err, _("--params-stdin takes all parameters as one JSON object"));
    } else if (f) {
        r = parse_value(c, params, f, equals + 1, err);
    } else {
        json_put_str(params, name, equals + 1);
    }
    free(name);
    return r;
}

static cJSON *parameters(struct crs *c, const struct method *m, struct err *err)
{
    const char *given = json_str(c->params, "params");
    cJSON *params = given ? json_parse(given, strlen(given), err) : cJSON_CreateObject();
    if (!params)
        return NULL;
    const cJSON *args = json_at(c->own, "args");
    for (const cJSON *a = args ? args->child : NULL; a; a = a->next)
        if (take_argument(c, m, params, a->valuestring, err) < 0) {
            cJSON_Delete(params);
            return NULL;
        }
    return params;
}

static void put_curl(const char *wire, const cJSON *params, struct buf *out)
{
    struct buf body = BUF_INIT;
    rpc_put_request(&body, 1, wire, params);
    buf_adds(out, "curl -sS -H \"Authorization: Bearer $CRS_ADMIN_TOKEN\" "
                  "-H 'Content-Type: application/json' \\\n  -d ");
    body.data[strcspn(body.data, "\n")] = 0;
    text_shell_word(out, body.data);
    buf_adds(out, " \"$CRS_ADMIN_URL/rpc\"\n");
    buf_release(&body);
}

static int unknown_method(const char *wire, struct err *err)
{
    const char *names[METHOD_COUNT];
    for (int i = 0; i < METHOD_COUNT; i++)
        names[i] = method_by_id((enum method_id)i)->wire;
    const char *near = text_nearest(wire, names, METHOD_COUNT);
    if (near && !err->hint[0])
        err_hint(err, _("did you mean '%s'?"), near);
    return -1;
}

int run_call(struct crs *c, struct err *err)
{
    const char *wire = own_text(c, "method");
    const struct method *m = method_by_wire(wire);
    if (crs_secrets(c, err) < 0)
        return -1;
    cJSON *params = parameters(c, m, err);
    struct buf out = BUF_INIT;
    int r = params ? 0 : -1;
    if (r == 0 && own_flag(c, "curl")) {
        put_curl(wire, params, &out);
    } else if (r == 0) {
        r = crs_connect(c, err);
        cJSON *result = r == 0 ? link_wait(c->link, wire, params, crs_timeout(c, m), err) : NULL;
        if (result)
            view_json(c, result, &out);
        else
            r = m ? -1 : unknown_method(wire, err);
        cJSON_Delete(result);
    }
    if (r == 0)
        r = terminal_put(c, &out, err);
    buf_wipe(&out);
    cJSON_Delete(params);
    return r;
}

/* --- describe ------------------------------------------------------------------------------------
 */

static void put_fields(const cJSON *list, const char *title, struct buf *out)
{
    if (!list || !list->child)
        return;
    buf_addf(out, "  %s\n", title);
    for (const cJSON *f = list->child; f; f = f->next) {
        const char *name = json_str(f, "name"), *kind = json_str(f, "kind"),
                   *help = json_str(f, "help");
        buf_addf(out, "    %-22s %-9s %s", name ? name : "?", kind ? kind : "", help ? help : "");
        if (json_bool(f, "required", false))
            buf_adds(out, _(" (required)"));
        buf_addc(out, '\n');
    }
}

static void put_method(const cJSON *m, bool whole, struct buf *out)
{
    const char *wire = json_str(m, "method"), *level = json_str(m, "level"),
               *summary = json_str(m, "summary"), *detail = json_str(m, "detail");
    buf_addf(out, "%-18s %-8s %s\n", wire ? wire : "?", level ? level : "", summary ? summary : "");
    if (!whole)
        return;
    if (detail)
        buf_addf(out, "  %s\n", detail);
    put_fields(json_at(m, "params"), _("parameters"), out);
    put_fields(json_at(m, "result"), _("result"), out);
}

int run_describe(struct crs *c, struct err *err)
{
    const char *only = own_text(c, "method");
    cJSON *params = xcheck(cJSON_CreateObject());
    json_put_str(params, "method", only);
    cJSON *result = crs_call(c, method_by_id(M_SYSTEM_DESCRIBE), params, err);
    cJSON_Delete(params);
    if (!result)
        return -1;
    struct buf out = BUF_INIT;
    const cJSON *methods = json_at(result, "methods");
    if (!crs_human(c))
        view_json(c, methods ? methods : result, &out);
    for (const cJSON *m = methods ? methods->child : NULL; m && crs_human(c); m = m->next)
        put_method(m, only, &out);
    int r = terminal_put(c, &out, err);
    buf_release(&out);
    cJSON_Delete(result);
    return r;
}
