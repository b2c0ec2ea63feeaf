/* The terminal library: start, end, codes, frames. */
#include "tui/dash/term.h"

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>
#include "common/buf.h"
#include "common/i18n.h"
#include "common/text.h"
#include "tui/dash/term_int.h"

#define COPY_MAX ((size_t)74 << 10) /* what common terminals take in one OSC 52 */

static const char *env(const char *name)
{
    const char *v = getenv(name);
    return v && *v ? v : NULL;
}

/* Writes past the library, between frames; lost bytes would only be lost niceties. */
static void send_raw(const char *bytes)
{
    size_t n = strlen(bytes);
    ssize_t sent;
    fflush(stdout);
    while (n > 0 && (sent = write(STDOUT_FILENO, bytes, n)) > 0) {
        bytes += sent;
        n -= (size_t)sent;
    }
}

/* Terminals that print what they do not know are left alone. */
static bool is_modern(void)
{
    static const char *const old[] = {"linux", "vt1", "vt2", "vt3", "vt52", "ansi", "cons", "dumb"};
    const char *name = env("TERM");
    for (size_t i = 0; name && i < sizeof old / sizeof old[0]; i++)
        if (strncmp(name, old[i], strlen(old[i])) == 0)
            return false;
    return name != NULL;
}

static bool locale_is_cjk(void)
{
    const char *l = setlocale(LC_CTYPE, NULL);
    if (lang_of_environment() == LANG_ZH_CN)
        return true; /* the locale may not be made on this machine, and its signs still be wide */
    return l && (strncmp(l, "zh", 2) == 0 || strncmp(l, "ja", 2) == 0 || strncmp(l, "ko", 2) == 0);
}

static enum chart_set charts_that_show(const struct tty *t, int wish)
{
    if (!t->utf8)
        return CHART_ASCII;
    if (wish >= 0)
        return (enum chart_set)wish;
    /* Block signs are of ambiguous width: where wide ones are usual, a chart could come out of
     * joint. */
    return locale_is_cjk() || !t->modern ? CHART_ASCII : CHART_BLOCK;
}

static void define_codes(void)
{
    static const struct {
        const char *bytes;
        int code;
    } rows[] = {
        {"\033[200~", K_PASTE_BEGIN},
        {"\033[201~", K_PASTE_END},
        {"\033[Z", K_BACK_TAB}, /* some descriptions leave it out: linux, vt100 */
        {"\033[?2026;0$y", K_SYNC_NO},
        {"\033[?2026;1$y", K_SYNC_YES},
        {"\033[?2026;2$y", K_SYNC_YES},
        {"\033[?2026;3$y", K_SYNC_YES},
        {"\033[?2026;4$y", K_SYNC_NO},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        define_key(rows[i].bytes, KEY_MAX + 1 + rows[i].code - K_SPECIAL);
}

static void modes(const struct tty *t, bool on)
{
    if (!t->modern)
        return;
    send_raw(on ? "\033[?2004h" : "\033[?2004l");
}

/* Looks the terminal up, and lets go of it again: opening it looks anew. */
static bool can_place_cursor(void)
{
    int why = 0;
    if (setupterm(NULL, STDOUT_FILENO, &why) == ERR)
        return false;
    const char *cup = tigetstr("cup");
    bool can = cup && cup != (char *)-1;
    del_curterm(cur_term);
    return can;
}

int term_open(struct tty *t, const struct term_wish *w, struct err *err)
{
    *t = (struct tty){.cursor_y = -1};
    const char *name = env("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !name || strcmp(name, "dumb") == 0 ||
        !can_place_cursor()) {
        err_set(err, ERR_USAGE, _("crs-tui needs a terminal that can place its cursor"));
        return err_hint(err, _("try: crs status --watch"));
    }
    t->modern = is_modern();
    t->utf8 = !w->ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    t->charts = charts_that_show(t, w->charts);
    t->accessible = w->accessible;
    t->own = w->own && w->own->name[0] ? w->own : NULL;
    t->screen = newterm(NULL, stdout, stdin);
    if (!t->screen)
        return err_set(err, ERR_USAGE, _("the terminal '%.60s' cannot be used"), name);
    t->colours = has_colors() && !(w->theme < 0 && env("NO_COLOR")) && w->theme != THEME_MONO;
    if (t->colours) {
        start_color();
        use_default_colors();
        t->many = COLORS >= 256;
    }
    raw();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(25);
    define_codes();
    if (w->mouse && mousemask(BUTTON1_CLICKED | BUTTON1_PRESSED | BUTTON1_DOUBLE_CLICKED |
                                  BUTTON4_PRESSED | BUTTON5_PRESSED,
                        NULL)) {
        mouseinterval(200);
        t->mouse = true;
    }
    term_theme(t, w->theme >= 0 ? (enum theme)w->theme : t->colours ? THEME_TERMINAL : THEME_MONO);
    refresh();
    modes(t, true);
    if (t->modern)
        send_raw("\033[?2026$p"); /* whether it can hold frames back: the answer comes as a code */
    term_resized(t);
    return 0;
}

void term_close(struct tty *t)
{
    if (t->h == 0)
        return;
    modes(t, false);
    endwin();
    delscreen(t->screen);
    t->screen = NULL;
    t->h = 0;
}

void term_theme(struct tty *t, enum theme theme)
{
    t->theme = t->colours || theme == THEME_OWN ? theme : THEME_MONO;
    for (int i = 0; i < LOOKS; i++) {
        const struct look_row *row =
            t->theme == THEME_OWN ? &t->own->looks[i] : &look_rows[t->theme][i];
        attr_t a = 0;
        short ink = t->many ? row->rich_ink : row->ink,
              paper = t->many ? row->rich_paper : row->paper;
        a |= row->attrs & ATTR_BOLD ? A_BOLD : 0;
        a |= row->attrs & ATTR_DIM ? A_DIM : 0;
        a |= row->attrs & ATTR_REVERSE ? A_REVERSE : 0;
        a |= row->attrs & ATTR_UNDERLINE ? A_UNDERLINE : 0;
        if (t->colours && (ink != NO_COLOUR || paper != NO_COLOUR)) {
            init_pair((short)(i + 1), ink, paper);
            a |= (attr_t)COLOR_PAIR(i + 1);
        }
        t->attrs[i] = a;
    }
    bkgdset(' ' | t->attrs[LOOK_TEXT]);
}

const char *theme_spoken(const struct tty *t)
{
    return t->theme == THEME_OWN ? t->own->name : theme_name(t->theme);
}

void term_chart_set(struct tty *t, enum chart_set set)
{
    t->charts = t->utf8 ? set : CHART_ASCII;
}

static int special(int key)
{
    static const struct {
        int key, code;
    } rows[] = {{KEY_UP, K_UP}, {KEY_DOWN, K_DOWN}, {KEY_LEFT, K_LEFT}, {KEY_RIGHT, K_RIGHT},
        {KEY_HOME, K_HOME}, {KEY_END, K_END}, {KEY_PPAGE, K_PAGE_UP}, {KEY_NPAGE, K_PAGE_DOWN},
        {KEY_BACKSPACE, K_BACKSPACE}, {KEY_DC, K_DELETE}, {KEY_BTAB, K_BACK_TAB},
        {KEY_ENTER, K_ENTER}, {KEY_MOUSE, K_MOUSE}, {KEY_RESIZE, K_RESIZE}, {KEY_F(1), K_HELP},
        {KEY_F(5), K_CTRL('l')}, {KEY_F(10), 'Q'}};
    if (key > KEY_MAX && key < KEY_MAX + 1 + K_UNKNOWN - K_SPECIAL)
        return key - KEY_MAX - 1 + K_SPECIAL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].key == key)
            return rows[i].code;
    return K_UNKNOWN;
}

static bool mouse_event(struct input *in)
{
    MEVENT e;
    if (getmouse(&e) != OK)
        return false;
    in->kind = INPUT_MOUSE;
    in->y = e.y;
    in->x = e.x;
    if (e.bstate & BUTTON4_PRESSED)
        in->mouse = MOUSE_WHEEL_UP;
    else if (e.bstate & BUTTON5_PRESSED)
        in->mouse = MOUSE_WHEEL_DOWN;
    else if (e.bstate & BUTTON1_DOUBLE_CLICKED)
        in->mouse = MOUSE_DOUBLE;
    else if (e.bstate & (BUTTON1_CLICKED | BUTTON1_PRESSED))
        in->mouse = MOUSE_CLICK;
    else
        return false;
    return true;
}

int term_code(struct tty *t, struct input *mouse)
{
    wint_t c;
    int r = get_wch(&c);
    if (r == ERR)
        return 0;
    int code = r == KEY_CODE_YES ? special((int)c) : c < K_SPECIAL ? (int)c : K_UNKNOWN;
    if (code == K_SYNC_YES || code == K_SYNC_NO) {
        t->sync = code == K_SYNC_YES;
        return K_UNKNOWN;
    }
    if (code == K_MOUSE)
        return mouse_event(mouse) ? K_MOUSE : K_UNKNOWN;
    return code ? code : K_UNKNOWN;
}

void term_resized(struct tty *t)
{
    getmaxyx(stdscr, t->h, t->w);
}

void term_begin(struct tty *t)
{
    t->cursor_y = t->cursor_x = -1;
    erase();
}

void term_end(struct tty *t)
{
    bool shown = t->cursor_y >= 0 && t->cursor_y < t->h && t->cursor_x >= 0 && t->cursor_x < t->w;
    curs_set(shown);
    if (shown)
        move(t->cursor_y, t->cursor_x);
    else
        leaveok(stdscr, TRUE);
    wnoutrefresh(stdscr);
    if (t->sync)
        send_raw("\033[?2026h");
    doupdate();
    if (t->sync)
        send_raw("\033[?2026l");
    leaveok(stdscr, FALSE);
}

void term_repaint(struct tty *t)
{
    (void)t;
    clearok(curscr, TRUE);
}

void term_suspend(struct tty *t)
{
    modes(t, false);
    endwin();
    raise(SIGSTOP);
    refresh();
    modes(t, true);
    term_repaint(t);
    term_resized(t);
}

void term_alone(struct tty *t, const char *text, const char *prompt)
{
    char c;
    modes(t, false);
    endwin();
    if (!enter_ca_mode && clear_screen)
        putp(clear_screen); /* there is no normal screen to go back to: this one is emptied */
    printf("\n%s\n\n%s ", text, prompt);
    fflush(stdout);
    /* The library gave back line mode: this waits for Enter. */
    while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n' && c != '\r')
        continue;
    refresh();
    modes(t, true);
    term_repaint(t);
    term_resized(t);
}

bool term_copy(struct tty *t, const char *text)
{
    struct buf b = BUF_INIT;
    if (!t->modern || t->no_copy || strlen(text) > COPY_MAX)
        return false;
    text_osc52(&b, text);
    send_raw(b.data);
    buf_wipe(&b);
    return true;
}
