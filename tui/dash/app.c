/* The loop: wait for the keyboard, the relay or the time; paint when something changed. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "tui/dash/app_int.h"

#define RESTING 1000      /* ms after a key in which a choice may fetch its details */
#define SLOW_PAINT 50     /* ms that sending a frame takes on a slow line */
#define SLOW_INTERVAL 250 /* ms between frames there */

/* Set by signals alone. */
static volatile sig_atomic_t ended;

static void on_end(int number)
{
    (void)number;
    ended = 1;
}

static void catch_signals(void)
{
    struct sigaction end = {.sa_handler = on_end};
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGHUP, &end, NULL);
    sigaction(SIGINT, &end, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static struct zone *person_zone(void)
{
    char target[512];
    const char *tz = getenv("TZ"), *mark = "/zoneinfo/";
    ssize_t n = readlink("/etc/localtime", target, sizeof target - 1);
    target[n > 0 ? n : 0] = 0;
    const char *at = strstr(target, mark);
    if (tz && *tz)
        at = tz[0] == ':' ? tz + 1 : tz;
    else
        at = at ? at + strlen(mark) : "UTC";
    struct zone *z = zone_open(at, NULL);
    return z ? z : zone_open("UTC", NULL);
}

static int dash_init(struct dash *d, const struct options *opt, struct err *err)
{
    static const struct screen_ops *const all[SCREENS] = {
        &scr_dashboard, &scr_accounts, &scr_keys, &scr_requests, &scr_usage, &scr_logs};
    struct term_wish wish = {.theme = opt->theme,
        .own = &d->opt.own,
        .charts = opt->charts,
        .ascii = opt->ascii,
        .mouse = opt->mouse,
        .accessible = opt->accessible};
    *d = (struct dash){.opt = *opt, .dirty = true, .done.max = 200};
    d->zone = person_zone();
    if (conn_init(d, err) < 0)
        return -1;
    model_init(&d->model);
    input_init(&d->reader);
    if (term_open(&d->tty, &wish, err) < 0)
        return -1;
    if (!opt->clipboard)
        d->tty.no_copy = true;
    for (int i = 0; i < SCREENS; i++) {
        d->ops[i] = all[i];
        d->screen[i] = all[i]->create(d);
    }
    if (opt->demo)
        demo_begin(d);
    return 0;
}

static void dash_release(struct dash *d)
{
    while (d->n_layers)
        layer_pop(d);
    for (int i = 0; i < SCREENS; i++)
        if (d->ops[i])
            d->ops[i]->free(d->screen[i]);
    term_close(&d->tty);
    conn_release(d);
    model_release(&d->model);
    input_release(&d->reader);
    ring_clear(&d->done);
    rows_clear(&d->clients);
    zone_free(d->zone);
    cJSON_Delete(d->undo);
    strlist_release(&d->typed);
    free(d->message);
    free(d->hint);
}

/* --- input ---------------------------------------------------------------------------------------
 */

static void take_codes(struct dash *d)
{
    struct input mouse = {0};
    int code;
    while (!d->quit && (code = term_code(&d->tty, &mouse)) != 0) {
        struct input in;
        if (code == K_RESIZE) {
            term_resized(&d->tty);
            term_repaint(&d->tty);
            d->frozen = 0;
            d->dirty = true;
        } else if (code == K_MOUSE) {
            dash_input(d, &mouse);
        } else if (input_feed(&d->reader, code, &in)) {
            dash_input(d, &in);
        }
    }
}

/* The terminal is gone: reading gives nothing although poll says that there is something. */
static bool hung_up(short events)
{
    int waiting = 0;
    if (events & (POLLHUP | POLLERR | POLLNVAL))
        return true;
    return events & POLLIN && ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting == 0;
}

static void wait_for(struct dash *d, int64_t ms)
{
    struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = -1}};
    if (d->conn.link) {
        p[1].fd = link_fd(d->conn.link);
        p[1].events = link_events(d->conn.link);
    }
    int r = poll(p, 2, (int)ms);
    if (r < 0 && errno != EINTR)
        d->quit = true;
    if (r > 0 && p[0].revents && hung_up(p[0].revents))
        d->quit = true;
    /* After a signal as well: a new size comes as a code. */
    take_codes(d);
}

/* --- frames --------------------------------------------------------------------------------------
 */

struct pace {
    int64_t last, interval, clock;
};

static bool frame_due(const struct pace *p, int64_t now)
{
    return now - p->last >= p->interval;
}

static void paint_when_due(struct dash *d, struct pace *p, bool key)
{
    int64_t now = clock_mono(), second = clock_now() / 1000;
    if (second != p->clock) {
        p->clock = second;
        d->dirty = true;
    }
    if (!d->dirty || (!key && !frame_due(p, now)))
        return;
    d->dirty = false;
    dash_paint(d);
    p->last = clock_mono();
    p->interval = p->last - now > SLOW_PAINT ? SLOW_INTERVAL : 1000 / d->opt.fps;
}

static int64_t due(const struct dash *d, const struct pace *p)
{
    int64_t now = clock_mono(), ms = conn_due(d, now), to_second = 1000 - clock_now() % 1000;
    ms = to_second < ms ? to_second : ms;
    if (d->dirty) {
        int64_t frame = p->last + p->interval - now;
        ms = frame < ms ? frame : ms;
    }
    /* Forms and screens look four times a second whether something of theirs is due. */
    if (d->n_layers && ms > 100)
        ms = 100;
    if (now - d->touched < RESTING && ms > 50)
        ms = 50;
    return ms < 0 ? 0 : ms;
}

static void tick(struct dash *d, const struct pace *p)
{
    conn_tick(d);
    if (d->opt.demo)
        demo_tick(d);
    /* Screens look at their rows, which a change makes anew: no more often than they are painted.
     */
    if (d->dirty && !frame_due(p, clock_mono()))
        return;
    if (d->ops[d->at]->tick)
        d->ops[d->at]->tick(d, d->screen[d->at]);
    struct layer *top = d->n_layers ? &d->layers[d->n_layers - 1] : NULL;
    if (top && top->ops->tick)
        top->ops->tick(d, top->self);
}

int dash_run(const struct options *opt)
{
    struct dash d;
    struct err err;
    struct pace pace = {.interval = 1000 / opt->fps};
    if (dash_init(&d, opt, &err) < 0) {
        dash_release(&d);
        fprintf(stderr, "crs-tui: %s\n", err.text);
        if (err.hint[0])
            fprintf(stderr, _("hint: %s\n"), err.hint);
        return err_row(err.code)->exit_status;
    }
    catch_signals();
    while (!d.quit && !ended) {
        int64_t touched = d.touched;
        tick(&d, &pace);
        paint_when_due(&d, &pace, false);
        wait_for(&d, due(&d, &pace));
        if (d.touched != touched)
            paint_when_due(&d, &pace, true);
    }
    dash_release(&d);
    return 0;
}
