/* What a log line looks like, as text and as JSON. */
#include "base/log_int.h"

#include <string.h>

#include "common/json.h"
#include "common/units.h"

static const char *const level_names[] = {"error", "warn", "info", "debug", "trace"};
static const char *const area_names[AREAS] = {
    "relay", "http", "flow", "account", "token", "upstream", "store", "control", "admin"};

const char *log_level_name(enum log_level l)
{
    return level_names[l];
}

const char *log_area_name(enum log_area a)
{
    return area_names[a];
}

/* Strangers' words (a path, an upstream's sentence) must not forge a line or move a cursor. */
static void log_escape(struct buf *out, const char *s)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '\n')
            buf_adds(out, "\\n");
        else if (c < 0x20 || c == 0x7f)
            buf_addf(out, "\\x%02x", c);
        else
            buf_addc(out, *s);
    }
}

static void log_text(const struct log_entry *e, struct buf *out)
{
    char at[UNITS_MAX];

    buf_addf(out, "%s %-5s %-8s ", units_rfc3339(at, e->at), log_level_name(e->level),
        log_area_name(e->area));
    if (e->request[0])
        buf_addf(out, "%s ", e->request);
    log_escape(out, e->text);
}

static void log_json(const struct log_entry *e, struct buf *out)
{
    char at[UNITS_MAX];

    buf_addf(out, "{\"at\":\"%s\",\"level\":\"%s\",\"area\":\"%s\"", units_rfc3339(at, e->at),
        log_level_name(e->level), log_area_name(e->area));
    if (e->request[0])
        buf_addf(out, ",\"request\":\"%s\"", e->request);
    buf_adds(out, ",\"text\":");
    json_quote(out, e->text, strlen(e->text));
    buf_addc(out, '}');
}

void log_entry_print(const struct log_entry *e, bool json, struct buf *out)
{
    if (json)
        log_json(e, out);
    else
        log_text(e, out);
    /* Only an overlong text line can be cut without losing its form. */
    if (!json && out->len > LOG_LINE_MAX - 1) {
        out->len = LOG_LINE_MAX - 1;
        out->data[out->len] = 0;
    }
    buf_addc(out, '\n');
}
