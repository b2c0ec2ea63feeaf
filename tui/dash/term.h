/* The terminal: opening and closing it, looks, what it can do, codes in, frames out. All use of the
 * terminal library is in term*.c; the rest of the room draws through draw.h.
 */
#ifndef CRS_TUI_DASH_TERM_H
#define CRS_TUI_DASH_TERM_H

#include <stdbool.h>
#include <stdint.h>
#include "common/err.h"
#include "tui/dash/input.h"

/* What a piece of text is, not how it looks: the theme says that. */
enum look {
    LOOK_TEXT,
    LOOK_DIM,
    LOOK_BOLD,
    LOOK_TITLE,  /* top line */
    LOOK_TAB,    /* the present screen */
    LOOK_RULE,   /* lines between panes */
    LOOK_HEAD,   /* table headings */
    LOOK_CURSOR, /* the chosen row */
    LOOK_GOOD,
    LOOK_WARN,
    LOOK_BAD,
    LOOK_KEY,   /* a key in the footer */
    LOOK_FIELD, /* where text can be typed */
    LOOK_CHART,
    LOOK_CHART_2, /* the second and third kind in one chart */
    LOOK_CHART_3,
    LOOKS
};
enum theme {
    THEME_TERMINAL,
    THEME_DARK,
    THEME_LIGHT,
    THEME_CONTRAST,
    THEME_MONO,
    THEMES,
    THEME_OWN = THEMES /* [theme.NAME] of the configuration */
};
#define NO_COLOUR (-1)
struct look_row {
    short ink, paper;           /* of 16 colours; NO_COLOUR: the terminal's own */
    short rich_ink, rich_paper; /* of 256 colours */
    unsigned attrs;             /* ATTR_* */
};
enum { ATTR_BOLD = 1, ATTR_DIM = 2, ATTR_REVERSE = 4, ATTR_UNDERLINE = 8 };
struct own_theme {
    char name[32]; /* "": there is none */
    struct look_row looks[LOOKS];
};
/* Begins as another theme looks. */
void own_theme_init(struct own_theme *o, const char *name, enum theme like);
/* "chart-2", "red on black bold", "214", "default reverse": ERR_USAGE for what is no look, colour
 * or manner. */
int own_theme_set(struct own_theme *o, const char *look, const char *value, struct err *err);
enum chart_set { CHART_ASCII, CHART_BLOCK, CHART_BRAILLE, CHART_SETS };

const char *theme_name(enum theme t); /* not of THEME_OWN */
int theme_by_name(const char *name);  /* -1: unknown */
const char *chart_set_name(enum chart_set c);
int chart_set_by_name(const char *name);

struct tty {
    int h, w;
    bool utf8;    /* the locale is UTF-8 */
    bool colours; /* any; false: mono whatever the theme */
    bool many;    /* 256 of them */
    bool mouse;
    bool accessible; /* cursor on the chosen row, charts as sentences */
    bool sync;       /* frames are held back until whole */
    bool no_copy;    /* the person wants nothing sent to the clipboard */
    bool faded;      /* what is put is old: no look stands out */
    bool modern;     /* knows bracketed paste and OSC 52: not the Linux console, not a vt100 */
    enum theme theme;
    const struct own_theme *own; /* NULL: none */
    enum chart_set charts;
    int cursor_y, cursor_x; /* where the cursor belongs after the frame; -1: hidden */
    void *screen;           /* of the terminal library */
    unsigned attrs[LOOKS];  /* of the terminal library */
};
struct term_wish {
    int theme;                   /* enum theme, -1: by NO_COLOR and the terminal */
    const struct own_theme *own; /* borrowed; may be NULL */
    int charts;                  /* enum chart_set, -1: by locale */
    bool ascii;                  /* nothing beyond ASCII, whatever the locale */
    bool mouse, accessible;
};
/* ERR_USAGE when there is no terminal, or one that cannot place its cursor. */
int term_open(struct tty *t, const struct term_wish *w, struct err *err);
void term_close(struct tty *t);
void term_theme(struct tty *t, enum theme theme);
void term_chart_set(struct tty *t, enum chart_set set); /* only what the locale can show */

const char *theme_spoken(const struct tty *t); /* of the present one */

/* The next code, or 0 when there is none at this moment; fills y, x, what for K_MOUSE. */
int term_code(struct tty *t, struct input *mouse);
/* K_RESIZE: the new size. */
void term_resized(struct tty *t);

void term_begin(struct tty *t);   /* an empty frame */
void term_end(struct tty *t);     /* sends what differs from the last */
void term_repaint(struct tty *t); /* the next frame is sent whole */
void term_suspend(struct tty *t); /* ^Z: until continued */
/* The normal screen with this text alone, unwrapped, until a key is hit. */
void term_alone(struct tty *t, const char *text, const char *prompt);
/* OSC 52: text into the clipboard of the terminal. False: it cannot, or the text is too long. */
bool term_copy(struct tty *t, const char *text);

#endif
