/* Views that are kept up to date, and streams. */
#include "tui/crs/watch.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "common/alloc.h"
#include "common/clock.h"

#define FRAME_EVERY_MS MS_SECOND

static void pause_ms(int64_t ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

void wait_again(struct crs *c, int *tries)
{
    int64_t ms = *tries > 4 ? 5 * MS_SECOND : (int64_t)250 << *tries;
    if (*tries == 0)
        note(c, _("connection to the relay lost; trying again"));
    ++*tries;
    link_close(c->link);
    c->link = NULL;
    pause_ms(ms);
}

/* --- frames --------------------------------------------------------------------------------------
 */

/* Over the last frame: each line is cleared to its end, the rest of the screen below. */
static int paint(struct crs *c, const struct buf *frame, int *lines)
{
    struct buf out = BUF_INIT;
    struct err err;
    int n = 0, fit = c->term.height - 1;
    if (*lines)
        buf_addf(&out, "\033[%dA\r", *lines);
    for (const char *p = frame->data; *p && n < fit; n++) {
        size_t len = strcspn(p, "\n");
        buf_add(&out, p, len);
        buf_adds(&out, "\033[K\n");
        p += len + (p[len] == '\n');
    }
    buf_adds(&out, "\033[J");
    *lines = n;
    fflush(stdout);
    crs_set(c, "pager", false);
    int r = terminal_put(c, &out, &err);
    buf_release(&out);
    return r;
}

/* The lines that the frame before did not have. */
static int print_new(struct crs *c, const struct buf *frame, struct strlist *before)
{
    struct strlist lines = {0};
    struct buf out = BUF_INIT;
    struct err err;
    for (const char *p = frame->data; *p;) {
        size_t len = strcspn(p, "\n");
        strlist_addn(&lines, p, len);
        if (!strlist_has(before, lines.v[lines.n - 1]))
            buf_addf(&out, "%s\n", lines.v[lines.n - 1]);
        p += len + (p[len] == '\n');
    }
    strlist_release(before);
    *before = lines;
    int r = terminal_put(c, &out, &err);
    buf_release(&out);
    return r;
}

static int watch(struct crs *c, frame_make *make, struct err *err)
{
    struct strlist before = {0};
    bool repaint = c->term.out && !c->term.accessible && crs_human(c);
    int lines = 0, tries = 0, r = 0;
    bool shown = false;
    while (r == 0) {
        struct buf frame = BUF_INIT;
        int made = make(c, &frame, err);
        bool lost = made < 0 && shown && (err->code == ERR_UNREACHABLE || err->code == ERR_TIMEOUT);
        if (made < 0 && !lost)
            r = -1;
        else if (!lost)
            r = repaint ? paint(c, &frame, &lines) : print_new(c, &frame, &before);
        buf_release(&frame);
        if (lost) {
            wait_again(c, &tries);
            lines = 0; /* the note stands between */
        } else if (r == 0) {
            shown = true;
            tries = 0;
            pause_ms(FRAME_EVERY_MS);
        }
    }
    strlist_release(&before);
    return r;
}

int frames_show(struct crs *c, frame_make *make, struct err *err)
{
    struct buf out = BUF_INIT;
    if (crs_flag(c, "watch"))
        return watch(c, make, err);
    int status = make(c, &out, err);
    if (status >= 0 && terminal_put(c, &out, err) < 0)
        status = -1;
    buf_release(&out);
    return status;
}

/* --- streams -------------------------------------------------------------------------------------
 */

struct streaming {
    struct crs *c;
    struct stream *s;
    int status; /* -1: go on */
};

static void on_notify(void *arg, const char *method, const cJSON *params)
{
    struct streaming *st = arg;
    if (st->status < 0)
        st->status = st->s->take(st->c, method, params, st->s->arg);
}

/* One connection's worth: 0 ended by itself with *status, -1 with err. */
static int stream_once(struct streaming *st, bool *begun, struct err *err)
{
    struct crs *c = st->c;
    if (crs_connect(c, err) < 0)
        return -1;
    link_on_notify(c->link, on_notify, st);
    cJSON *result = link_wait(c->link, st->s->m->wire, st->s->params, 10 * MS_SECOND, err);
    if (!result)
        return -1;
    *begun = true;
    int r = st->s->first ? st->s->first(c, result, st->s->arg, err) : 0;
    cJSON_Delete(result);
    while (r == 0 && st->status < 0) {
        if (link_poll(c->link, 60 * MS_SECOND) < 0) {
            *err = *link_error(c->link);
            return -1;
        }
    }
    return r;
}

int stream_run(struct crs *c, struct stream *s, struct err *err)
{
    struct streaming st = {.c = c, .s = s, .status = -1};
    bool begun = false;
    int tries = 0;
    while (st.status < 0) {
        bool again = false;
        int r = stream_once(&st, &again, err);
        if (r == 0)
            break;
        if (again)
            tries = 0;
        begun = begun || again;
        if (!begun || (err->code != ERR_UNREACHABLE && err->code != ERR_TIMEOUT))
            return -1;
        wait_again(c, &tries);
    }
    return st.status < 0 ? 0 : st.status;
}
