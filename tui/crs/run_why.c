/* why: the decisions of a request in the order in which they were taken. */
#include <stdio.h>
#include "common/clock.h"
#include "common/width.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/view.h"

static void put_head(const cJSON *r, struct buf *out)
{
    struct buf head = BUF_INIT;
    const char *id = json_str(r, "id"), *state = json_str(r, "state"),
               *reason = json_str(r, "reason");
    int64_t status = json_int(r, "status", 0);
    buf_addf(&head, _("request %s: %s"), id ? id : "?", state ? state : "?");
    if (status)
        buf_addf(&head, _(", status %lld"), (long long)status);
    if (reason && *reason)
        buf_addf(&head, " (%s)", reason);
    width_clean(out, head.data);
    buf_addc(out, '\n');
    buf_release(&head);
}

/* "   320 ms  forward       attempt 1 on 'alice-max': ok". The text is not cut: it is the answer.
 */
static void put_item(const cJSON *item, struct buf *out)
{
    char at[UNITS_MAX];
    const char *step = json_str(item, "step"), *text = json_str(item, "text");
    int64_t ms = json_int(item, "at", 0);
    if (ms < MS_MINUTE)
        snprintf(at, sizeof at, "%d ms", (int)ms);
    else
        units_duration(at, ms);
    buf_addf(out, "  %9s  ", at);
    width_fit(out, step ? i18n(step) : "", 12, 0);
    buf_adds(out, "  ");
    width_clean(out, text ? text : "");
    buf_addc(out, '\n');
}

int run_why(struct crs *c, struct err *err)
{
    cJSON *r = crs_result(c, err);
    struct buf out = BUF_INIT;
    int status = r ? 0 : -1;
    const cJSON *trail = json_at(r, "trail");
    if (r && crs_human(c) && !c->fields.n && cJSON_IsArray(trail)) {
        put_head(r, &out);
        for (const cJSON *item = trail->child; item; item = item->next)
            put_item(item, &out);
        status = terminal_put(c, &out, err);
    } else if (r) {
        status = crs_show(c, r, err);
    }
    buf_release(&out);
    cJSON_Delete(r);
    return status;
}
