/* Files for spreadsheets and scripts. */
#include "tui/dash/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "common/i18n.h"
#include "common/json.h"

#define TRIES 100

static void csv_text(const char *s, struct buf *out)
{
    buf_addc(out, '"');
    /* A spreadsheet would take a cell that begins so for a formula. */
    if (*s && strchr("=+-@", *s))
        buf_addc(out, '\'');
    for (; *s; s++)
        buf_addf(out, *s == '"' ? "\"%c" : "%c", *s);
    buf_addc(out, '"');
}

void export_csv(const cJSON *items, const char *const *members, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++)
        buf_addf(out, "%s%s", i ? "," : "", members[i]);
    buf_adds(out, "\r\n");
    for (const cJSON *r = items ? items->child : NULL; r; r = r->next) {
        for (size_t i = 0; i < n; i++) {
            const cJSON *v = json_at(r, members[i]);
            buf_adds(out, i ? "," : "");
            if (cJSON_IsString(v) && strcmp(members[i], "cost") != 0)
                csv_text(v->valuestring, out);
            else if (cJSON_IsString(v))
                buf_adds(out, v->valuestring); /* an exact amount */
            else if (v && !cJSON_IsNull(v))
                json_print(v, out);
        }
        buf_adds(out, "\r\n");
    }
}

static int open_new(const char *what, const char *ending, const char *day, char *name, size_t size)
{
    int fd = -1;
    for (int i = 1; i <= TRIES && fd < 0; i++) {
        snprintf(name, size, "crs-%s-%.10s-%d.%s", what, day, i, ending);
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    return fd;
}

void export_file(struct dash *d, const char *what, const char *ending, const struct buf *bytes)
{
    char name[80], day[UNITS_MAX];
    units_datetime(day, d->zone, clock_now());
    int fd = open_new(what, ending, day, name, sizeof name);
    bool ok = fd >= 0 && write(fd, bytes->data, bytes->len) == (ssize_t)bytes->len;
    if (ok)
        dash_say(d, LOOK_GOOD, _("written to %s"), name);
    else
        dash_say(d, LOOK_BAD, _("cannot write %s: %s"), name, strerror(errno));
    if (fd >= 0)
        close(fd);
}
