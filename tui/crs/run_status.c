/* The front page: how the relay is, what runs, what needs a person. */
#include <string.h>
#include "common/width.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/watch.h"

static void put_span(const cJSON *o, const char *path, struct buf *out)
{
    struct field f = {.name = "", .kind = F_DURATION};
    const cJSON *v = json_at(o, path);
    if (v && !cJSON_IsNull(v))
        field_print(&f, v, out);
}

static void put_head(struct crs *c, const cJSON *s, struct buf *out)
{
    int attention = cJSON_GetArraySize(json_at(s, "attention"));
    const char *name = json_str(s, "name"), *version = json_str(s, "version");
    bool healthy = json_bool(s, "healthy", false);
    width_clean(out, name ? name : "");
    buf_addf(out, "  crs-relay %s  %s ", version ? version : "?", C_("uptime", "up"));
    put_span(s, "uptime", out);
    buf_adds(out, "  ");
    view_paint(c, out, healthy ? "\033[32m" : "\033[31m",
        json_bool(s, "draining", false) ? _("DRAINING")
        : healthy                       ? _("healthy")
                                        : _("NOT HEALTHY"));
    if (attention)
        buf_addf(out, P_(", %d thing needs attention", ", %d things need attention", attention),
            attention);
    buf_adds(out, "\n\n");
}

static void put_traffic(const cJSON *s, struct buf *out)
{
    buf_addf(out, _("  running   %lld   in line %lld   %lld requests/min"),
        (long long)json_int(s, "running", 0), (long long)json_int(s, "waiting", 0),
        (long long)json_int(s, "requests_per_minute", 0));
    if (cJSON_IsObject(json_at(s, "first_byte"))) {
        buf_adds(out, _("   first byte "));
        put_span(s, "first_byte.p50", out);
        buf_adds(out, " (p95 ");
        put_span(s, "first_byte.p95", out);
        buf_addc(out, ')');
    }
    int64_t errors = json_int(s, "errors_per_minute", 0);
    if (errors)
        buf_addf(out, _("   errors %lld/min"), (long long)errors);
    buf_addc(out, '\n');
}

static void put_today(const cJSON *s, struct buf *out)
{
    static const struct {
        const char *path, *label;
    } tokens[] = {{"today.tokens.in", N_("in")}, {"today.tokens.out", N_("out")},
        {"today.tokens.cache_read", N_("cache read")}};
    char text[UNITS_MAX];
    buf_addf(out, _("  today     %s"), units_money(text, json_money(s, "today.cost", 0)));
    int64_t requests = json_int(s, "today.requests", 0);
    buf_addf(out, P_("   %s request", "   %s requests", requests), units_count(text, requests));
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++)
        buf_addf(
            out, "   %s %s", _(tokens[i].label), units_count(text, json_int(s, tokens[i].path, 0)));
    buf_addc(out, '\n');
}

/* "5 ready, 1 limited": those that there are; the first also when there is none. */
static void put_counts(const cJSON *counts, const char *label, struct buf *out)
{
    bool any = false;
    int64_t over = json_int(counts, "over", 0);
    buf_addf(out, "  %-8s  ", label);
    for (const cJSON *n = counts ? counts->child : NULL; n; n = n->next) {
        if (strcmp(n->string, "over") == 0 || strcmp(n->string, "removed") == 0)
            continue;
        if (n->valuedouble <= 0 && n != counts->child)
            continue;
        const char *state = strcmp(n->string, "login") == 0 ? _("to sign in") : n->string;
        buf_addf(out, "%s%.0f %s", any ? ", " : "", n->valuedouble, state);
        any = true;
    }
    if (over)
        buf_addf(out, _("; %lld over a ceiling"), (long long)over);
    buf_addc(out, '\n');
}

static void put_addresses(const cJSON *s, struct buf *out)
{
    const cJSON *listen = json_at(s, "daemon.listen");
    if (!cJSON_IsArray(listen) || !listen->child)
        return;
    buf_addf(out, "  %-8s  ", _("address"));
    for (const cJSON *a = listen->child; a; a = a->next)
        if (cJSON_IsString(a))
            buf_addf(out, "%s%s", a == listen->child ? "" : ", ", a->valuestring);
    buf_addc(out, '\n');
}

static void put_attention(struct crs *c, const cJSON *s, struct buf *out)
{
    const cJSON *list = json_at(s, "attention");
    int width = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (const cJSON *a = list ? list->child : NULL; a; a = a->next) {
            struct buf line = BUF_INIT;
            const char *kind = json_str(a, "kind"), *subject = json_str(a, "subject"),
                       *text = json_str(a, "text"), *command = json_str(a, "command");
            buf_addf(&line, "%s %s%s%s: %s", c->term.accessible ? _("attention:") : "!",
                kind ? kind : "", subject ? " " : "", subject ? subject : "", text ? text : "");
            int w = width_text(line.data);
            if (pass == 0) {
                width = w > width && w < 60 ? w : width;
            } else {
                buf_adds(out, "  ");
                width_fit(out, line.data, w > width ? w : width, command ? 0 : -1);
                buf_addf(out, "%s%s\n", command ? "   " : "", command ? command : "");
            }
            buf_release(&line);
        }
        if (pass == 0 && list && list->child)
            buf_addc(out, '\n');
    }
}

static void put_page(struct crs *c, const cJSON *s, struct buf *out)
{
    put_head(c, s, out);
    put_traffic(s, out);
    put_today(s, out);
    put_counts(json_at(s, "accounts"), _("accounts"), out);
    put_counts(json_at(s, "keys"), _("keys"), out);
    put_addresses(s, out);
    put_attention(c, s, out);
}

static int frame(struct crs *c, struct buf *out, struct err *err)
{
    cJSON *s = crs_call(c, c->cmd->m, c->params, err);
    int r = 0;
    if (!s)
        return -1;
    if (crs_human(c) && !c->fields.n)
        put_page(c, s, out);
    else
        r = crs_render(c, s, out, err);
    bool well = json_bool(s, "healthy", false) && !cJSON_GetArraySize(json_at(s, "attention"));
    cJSON_Delete(s);
    if (r == 0 && own_flag(c, "check") && !well)
        r = err_row(ERR_CHECK)->exit_status;
    return r;
}

int run_status(struct crs *c, struct err *err)
{
    return frames_show(c, frame, err);
}
