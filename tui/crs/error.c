/* What goes wrong, on standard error: for people, or as JSON when they asked for JSON. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/width.h"
#include "tui/crs/crs_int.h"

void crs_set(struct crs *c, const char *name, bool on)
{
    cJSON_DeleteItemFromObjectCaseSensitive(c->global, name);
    json_put_bool(c->global, name, on);
}

bool crs_flag(const struct crs *c, const char *name)
{
    return json_bool(c->global, name, false);
}

const char *crs_text(const struct crs *c, const char *name)
{
    return json_str(c->global, name);
}

const char *own_text(const struct crs *c, const char *name)
{
    return json_str(c->own, name);
}

bool own_flag(const struct crs *c, const char *name)
{
    return json_bool(c->own, name, false);
}

bool crs_human(const struct crs *c)
{
    return c->output == OUT_TABLE || c->output == OUT_WIDE;
}

static void tell_json(const struct err *err)
{
    cJSON *o = xcheck(cJSON_CreateObject()), *e = xcheck(cJSON_CreateObject());
    struct buf line = BUF_INIT;
    json_put_str(e, "code", err_row(err->code)->name);
    json_put_str(e, "message", err->text);
    if (err->hint[0])
        json_put_str(e, "hint", err->hint);
    json_put(o, "error", e);
    json_print(o, &line);
    fprintf(stderr, "%s\n", line.data);
    buf_release(&line);
    cJSON_Delete(o);
}

int error_tell(struct crs *c, const struct err *err)
{
    bool red = c->term.err_colour;
    if (c->output == OUT_JSON || c->output == OUT_JSONL) {
        tell_json(err);
        return err_row(err->code)->exit_status;
    }
    struct buf line = BUF_INIT;
    /* Names in a message come from others. */
    width_clean(&line, err->text);
    fprintf(stderr, "%scrs:%s %s\n", red ? "\033[31m" : "", red ? "\033[0m" : "", line.data);
    buf_reset(&line);
    width_clean(&line, err->hint);
    if (line.len)
        fprintf(stderr, _("hint: %s\n"), line.data);
    buf_release(&line);
    return err_row(err->code)->exit_status;
}

void note(struct crs *c, const char *fmt, ...)
{
    va_list ap;
    struct buf text = BUF_INIT, line = BUF_INIT;
    if (crs_flag(c, "quiet"))
        return;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    for (char *p = text.data, *end; *p; p = end) {
        end = p + strcspn(p, "\n");
        bool more = *end == '\n';
        *end = 0;
        buf_reset(&line);
        width_clean(&line, p);
        fprintf(stderr, "%s\n", line.data);
        end += more;
    }
    buf_release(&text);
    buf_release(&line);
}
