/* The line above the footer, and the log of what was done. */
#include <stdarg.h>
#include <stdlib.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "tui/dash/dash.h"

void dash_say(struct dash *d, enum look look, const char *fmt, ...)
{
    struct buf b = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    free(d->message);
    free(d->hint);
    d->message = buf_steal(&b, NULL);
    d->hint = NULL;
    d->message_look = look;
    d->dirty = true;
}

void dash_fail(struct dash *d, const char *what, const struct err *err)
{
    dash_say(d, LOOK_BAD, "%s: %s", what, err->text);
    d->hint = err->hint[0] ? xstrdup(err->hint) : NULL;
}

void dash_log_act(struct dash *d, const char *command, bool ok, const char *text, const char *hint)
{
    cJSON *row = xcheck(cJSON_CreateObject());
    json_put_int(row, "at", clock_now());
    json_put_str(row, "command", command);
    json_put_bool(row, "ok", ok);
    json_put_str(row, "text", text);
    json_put_str(row, "hint", hint);
    ring_add(&d->done, row);
}

void acts_open(struct dash *d)
{
    struct buf b = BUF_INIT;
    char at[UNITS_MAX];
    for (size_t i = d->done.n; i-- > 0;) {
        const cJSON *r = ring_at(&d->done, i);
        const char *text = json_str(r, "text"), *hint = json_str(r, "hint");
        buf_addf(&b, "%s  %-6s  %s\n", units_clock(at, d->zone, json_int(r, "at", 0)),
            json_bool(r, "ok", false) ? _("done") : _("FAILED"), json_str(r, "command"));
        if (text)
            buf_addf(&b, "                  %s\n", text);
        if (hint)
            buf_addf(&b, _("                  hint: %s\n"), hint);
    }
    if (d->done.n == 0)
        buf_adds(&b, _("Nothing was done yet in this session."));
    pager_open(d, _("What was done here"), buf_steal(&b, NULL));
}
