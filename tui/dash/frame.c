/* The frame around every screen: title, tabs, message, footer; and what is shown when there is no
 * room or no relay. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "common/width.h"
#include "tui/dash/dash.h"

#define LEAST_W 40
#define LEAST_H 12
#define FULL_W 80

static enum look conn_look(const struct dash *d)
{
    switch (d->conn.state) {
    case CONN_LIVE:
        return LOOK_TITLE;
    case CONN_AWAY:
    case CONN_REFUSED:
        return LOOK_BAD;
    default:
        return d->opt.demo ? LOOK_TITLE : LOOK_WARN;
    }
}

static void put_state(struct dash *d, int room)
{
    char word[40], clock[UNITS_MAX], frozen[60] = "";
    if (d->frozen)
        snprintf(frozen, sizeof frozen, _("FROZEN %llds  "),
            (long long)((clock_mono() - d->frozen) / 1000));
    conn_word(d, word);
    units_clock(clock, d->zone, clock_now());
    int w = width_text(frozen) + width_text(word) + 2 + width_text(clock) + 1;
    int x = d->tty.w - w;
    if (x < room)
        return;
    x += put(&d->tty, 0, x, d->tty.w, LOOK_WARN, frozen);
    x += put(&d->tty, 0, x, d->tty.w, conn_look(d), word);
    put(&d->tty, 0, x + 2, d->tty.w, LOOK_TITLE, clock);
}

static void draw_title(struct dash *d)
{
    const cJSON *s = d->model.status;
    const char *name = json_str(s, "name"), *version = json_str(s, "version");
    char up[UNITS_MAX];
    int64_t started = row_time(s, "started");
    fill_row(&d->tty, 0, 0, d->tty.w, LOOK_TITLE);
    int x = 1 + put(&d->tty, 0, 1, d->tty.w, LOOK_TITLE, "crs-tui");
    const char *where = name ? name : d->conn.host.spoken ? d->conn.host.spoken : "";
    x += 2 + put(&d->tty, 0, x + 2, d->tty.w - x - 30, LOOK_TITLE, where);
    if (version && d->tty.w >= FULL_W)
        x += 2 + putf(&d->tty, 0, x + 2, d->tty.w - x, LOOK_TITLE, "v%s", version);
    if (started && d->tty.w >= FULL_W)
        x += 2 + putf(&d->tty, 0, x + 2, d->tty.w - x, LOOK_TITLE, _("up %s"),
                     units_duration(up, clock_now() - started));
    put_state(d, x + 1);
}

static void draw_tabs(struct dash *d)
{
    int x = 1;
    char help[64], key[KEY_NAME_MAX];
    const struct key_row *row = key_row_of(&d->opt.keys, ACT_HELP);
    snprintf(help, sizeof help, "%s %s", key_spoken(row->key, key), _(row->help));
    for (int i = 0; i < SCREENS; i++) {
        char text[64];
        bool here = i == (int)d->at;
        int digit = key_row_of(&d->opt.keys, (enum act)(ACT_SCREEN_DASHBOARD + i))->key;
        snprintf(text, sizeof text, "%s%s %s%s", here ? "[" : " ", key_spoken(digit, key),
            _(screen_name((enum screen_id)i)), here ? "]" : " ");
        x += put(&d->tty, 1, x, d->tty.w - x, here ? LOOK_TAB : LOOK_TEXT, text) + 1;
    }
    if (x + width_text(help) + 1 < d->tty.w)
        put(&d->tty, 1, d->tty.w - width_text(help) - 1, d->tty.w, LOOK_KEY, help);
}

/* Below 80 columns one line says it all. */
static void draw_narrow_title(struct dash *d)
{
    fill_row(&d->tty, 0, 0, d->tty.w, LOOK_TITLE);
    putf(&d->tty, 0, 1, d->tty.w - 2, LOOK_TITLE, "%d %s", (int)d->at + 1, _(screen_name(d->at)));
    put_state(d, 14);
}

/* "q quit  Esc back": keys stand out; what does not fit whole is left out. */
void put_keys(struct dash *d, int y, int x, int w, const char *keys)
{
    int end = x + w;
    while (*keys) {
        const char *next = strstr(keys, "  ");
        size_t n = next ? (size_t)(next - keys) : strlen(keys), key = strcspn(keys, " ");
        char *part = xstrndup(keys, n), *label = part + (key < n ? key : n);
        if (x + width_text(part) <= end) {
            put(&d->tty, y, x + (int)key, end - x, LOOK_TEXT, label);
            char *name = xstrndup(part, key);
            put(&d->tty, y, x, end - x, LOOK_KEY, name);
            free(name);
            x += width_text(part) + 2;
        }
        free(part);
        keys += n;
        keys += strspn(keys, " ");
    }
}

size_t footer_lay(const struct dash *d, struct footer_word v[FOOTER_MAX])
{
    size_t n, count = 0;
    const struct key_row *rows = key_rows(&d->opt.keys, &n);
    char name[KEY_NAME_MAX];
    const struct key_row *quit = key_row_of(&d->opt.keys, ACT_QUIT);
    int w = width_text(key_spoken(quit->key, name)) + 1 + width_text(_(quit->label)), x = 1,
        end = d->tty.w - 1 - w;
    for (size_t i = 0; i < n && count + 1 < FOOTER_MAX; i++) {
        const struct key_row *k = &rows[i];
        if (!k->key || !k->label[0] || !(k->on & (1u << d->at)) || k == quit)
            continue;
        int cells = width_text(key_spoken(k->key, name)) + 1 + width_text(_(k->label));
        if (x + cells + 2 >= end)
            continue;
        v[count++] = (struct footer_word){k, x, cells};
        x += cells + 2;
    }
    v[count++] = (struct footer_word){quit, end, w};
    return count;
}

static void draw_footer(struct dash *d)
{
    struct footer_word v[FOOTER_MAX];
    size_t n = footer_lay(d, v);
    int y = d->tty.h - 1;
    for (size_t i = 0; i < n; i++) {
        char name[KEY_NAME_MAX];
        bool can = !dash_hindrance(d, v[i].row);
        int x = v[i].x + put(&d->tty, y, v[i].x, v[i].w, can ? LOOK_KEY : LOOK_DIM,
                             key_spoken(v[i].row->key, name));
        put(&d->tty, y, x + 1, v[i].w, can ? LOOK_TEXT : LOOK_DIM, _(v[i].row->label));
    }
}

static void draw_message(struct dash *d)
{
    int y = d->tty.h - 2;
    if (!d->message)
        return;
    if (d->hint) {
        fill_row(&d->tty, y - 1, 0, d->tty.w, LOOK_TEXT);
        put(&d->tty, y - 1, 1, d->tty.w - 2, d->message_look, d->message);
        fill_row(&d->tty, y, 0, d->tty.w, LOOK_TEXT);
        putf(&d->tty, y, 1, d->tty.w - 2, LOOK_TEXT, _("hint: %s"), d->hint);
        return;
    }
    fill_row(&d->tty, y, 0, d->tty.w, LOOK_TEXT);
    put(&d->tty, y, 1, d->tty.w - 2, d->message_look, d->message);
}

static void draw_too_small(struct dash *d)
{
    char word[40], cost[UNITS_MAX];
    struct area a = {0, 0, d->tty.h, d->tty.w};
    struct buf b = BUF_INIT;
    buf_addf(&b, _("crs-tui needs %dx%d, has %dx%d\n"), LEAST_W, LEAST_H, d->tty.w, d->tty.h);
    buf_addf(&b, _("%s  %lld running  %s today\n"), conn_word(d, word),
        (long long)json_int(d->model.status, "running", 0),
        units_money(cost, json_money(d->model.status, "today.cost", 0)));
    buf_addf(&b, _("%d need attention    Q quit"),
        cJSON_GetArraySize(json_at(d->model.status, "attention")));
    put_wrapped(&d->tty, a, LOOK_TEXT, b.data);
    buf_release(&b);
}

/* Nothing was ever heard of the relay. */
static void draw_no_relay(struct dash *d, struct area a)
{
    const struct conn *c = &d->conn;
    struct buf b = BUF_INIT;
    buf_addf(&b, _("Connecting to %s ...\n\n"), c->host.spoken ? c->host.spoken : "");
    if (c->why.text[0])
        buf_addf(&b, "%s\n", c->why.text);
    if (c->why.hint[0])
        buf_addf(&b, _("hint: %s\n"), c->why.hint);
    if (clock_mono() - c->since > 2000)
        buf_adds(&b, _("\nIs it running?      systemctl status crs-relay\nWhy not:            "
                       "journalctl -u crs-relay\nOn another machine: crs-tui -H "
                       "ssh://user@host\n\nR try now   q quit"));
    put_wrapped(&d->tty, (struct area){a.y + 1, 2, a.h - 1, a.w - 4}, LOOK_TEXT, b.data);
    buf_release(&b);
}

/* What is on the screen is old: say of when. */
static void draw_away(struct dash *d, struct area *a)
{
    char at[UNITS_MAX];
    const struct conn *c = &d->conn;
    if (c->state != CONN_AWAY && c->state != CONN_REFUSED)
        return;
    struct area box = {a->y + a->h - 3, a->x, 3, a->w};
    a->h -= 3;
    put_rule(&d->tty, box.y, box.x, box.w, NULL);
    if (c->state == CONN_REFUSED) {
        put(&d->tty, box.y + 1, 1, box.w - 2, LOOK_BAD, c->why.text);
        putf(&d->tty, box.y + 2, 1, box.w - 2, LOOK_TEXT, _("hint: %s"), c->why.hint);
        return;
    }
    putf(&d->tty, box.y + 1, 1, box.w - 2, LOOK_BAD, _("The relay does not answer: %s"),
        c->why.text);
    int64_t wait = c->retry_at - clock_mono();
    putf(&d->tty, box.y + 2, 1, box.w - 2, LOOK_TEXT,
        _("What you see is of %s.  Trying again in %llds (try %d).  R try now"),
        units_clock(at, d->zone, d->model.at), (long long)(wait > 0 ? (wait + 999) / 1000 : 0),
        c->tries + 1);
}

static struct area body_of(const struct dash *d)
{
    int head = d->tty.w >= FULL_W ? 3 : 1;
    return (struct area){head, 0, d->tty.h - head - 2, d->tty.w};
}

static void draw_body(struct dash *d)
{
    struct area a = body_of(d);
    const struct layer *top = d->n_layers ? &d->layers[d->n_layers - 1] : NULL;
    bool covered = false;
    for (size_t i = 0; i < d->n_layers; i++)
        covered |= d->layers[i].ops->whole;
    if (!covered) {
        struct area body = a;
        draw_away(d, &body);
        if (!d->model.have && !d->opt.demo)
            draw_no_relay(d, body);
        else {
            d->tty.faded = conn_old(d);
            d->ops[d->at]->draw(d, d->screen[d->at], body);
            d->tty.faded = false;
        }
        if (!top || !top->ops->whole)
            draw_footer(d);
    }
    size_t from = 0;
    for (size_t i = 0; i < d->n_layers; i++)
        from = d->layers[i].ops->whole ? i : from;
    draw_message(d);
    for (size_t i = from; i < d->n_layers; i++)
        d->layers[i].ops->draw(d, d->layers[i].self, a);
}

void dash_paint(struct dash *d)
{
    struct tty *t = &d->tty;
    if (d->frozen) {
        draw_title(d);
        term_end(t);
        return;
    }
    term_begin(t);
    if (t->w < LEAST_W || t->h < LEAST_H) {
        draw_too_small(d);
    } else if (t->w < FULL_W) {
        draw_narrow_title(d);
        draw_body(d);
    } else {
        draw_title(d);
        draw_tabs(d);
        put_rule(t, 2, 0, t->w, NULL);
        draw_body(d);
    }
    term_end(t);
}
