/* What comes from the keyboard, made whole: a key, a mouse click, or a paste in one piece. Knows
 * nothing of the terminal library, so that it can be fed by tests.
 */
#ifndef CRS_TUI_DASH_INPUT_H
#define CRS_TUI_DASH_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include "common/buf.h"

/* A key is a code point, or one of these above all code points. */
enum key_code {
    K_NONE = 0,
    K_SPECIAL = 0x110000,
    K_UP,
    K_DOWN,
    K_LEFT,
    K_RIGHT,
    K_HOME,
    K_END,
    K_PAGE_UP,
    K_PAGE_DOWN,
    K_BACKSPACE,
    K_DELETE,
    K_BACK_TAB,
    K_HELP,
    K_MOUSE,
    K_RESIZE,
    K_PASTE_BEGIN,
    K_PASTE_END,
    K_SYNC_YES, /* the terminal can hold back output until a frame is whole */
    K_SYNC_NO,
    K_UNKNOWN
};
#define K_CTRL(letter) ((letter)&0x1F)
#define K_ENTER K_CTRL('m')
#define K_TAB K_CTRL('i')
#define K_ESC 27

enum input_kind { INPUT_KEY, INPUT_PASTE, INPUT_MOUSE };
enum mouse_what { MOUSE_CLICK, MOUSE_DOUBLE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct input {
    enum input_kind kind;
    int key;           /* of INPUT_KEY */
    const char *paste; /* of INPUT_PASTE: UTF-8, until the next feed */
    bool cut;          /* the paste was longer than PASTE_MAX */
    enum mouse_what mouse;
    int y, x;
};

#define PASTE_MAX ((size_t)64 << 10) /* a credentials file is the largest thing that is pasted */

struct input_reader {
    bool pasting, cut;
    struct buf paste;
};
void input_init(struct input_reader *r);
void input_release(struct input_reader *r);
/* Takes one code; true when *out is a whole input. While a paste is under way nothing is a key. */
bool input_feed(struct input_reader *r, int code, struct input *out);
/* "Ctrl-S", "Enter", "x": how a key is called, into out. */
#define KEY_NAME_MAX 24
const char *key_spoken(int code, char out[KEY_NAME_MAX]);
/* The key that is called so, "Backspace" and "Delete" too; K_NONE: none is. */
int key_named(const char *name);

#endif
