/* Keys and pastes out of single codes, and the names of keys. */
#include "tui/dash/input.h"

#include <stdio.h>
#include <string.h>
#include "common/width.h"

void input_init(struct input_reader *r)
{
    *r = (struct input_reader){.paste = BUF_INIT};
}

void input_release(struct input_reader *r)
{
    buf_wipe(&r->paste);
}

static void paste_add(struct input_reader *r, int code)
{
    char bytes[4];
    if (code <= 0 || code >= K_SPECIAL)
        return;
    if (r->paste.len + sizeof bytes > PASTE_MAX) {
        r->cut = true;
        return;
    }
    buf_add(&r->paste, bytes, utf8_encode((unsigned)code, bytes));
}

bool input_feed(struct input_reader *r, int code, struct input *out)
{
    if (code == K_PASTE_BEGIN) {
        buf_wipe(&r->paste);
        r->pasting = true;
        r->cut = false;
        return false;
    }
    if (code == K_PASTE_END) {
        bool ended = r->pasting;
        r->pasting = false;
        *out = (struct input){.kind = INPUT_PASTE, .paste = r->paste.data, .cut = r->cut};
        return ended;
    }
    if (r->pasting) {
        paste_add(r, code);
        return false;
    }
    /* Carriage return and line feed are the same key: some terminals send one, some the other. */
    *out = (struct input){.kind = INPUT_KEY, .key = code == '\n' ? K_ENTER : code};
    return code > 0 && code != K_UNKNOWN;
}

const char *key_spoken(int code, char out[KEY_NAME_MAX])
{
    static const struct {
        int code;
        const char *name;
    } names[] = {{K_ENTER, "Enter"}, {K_TAB, "Tab"}, {K_ESC, "Esc"}, {' ', "Space"}, {K_UP, "Up"},
        {K_DOWN, "Down"}, {K_LEFT, "Left"}, {K_RIGHT, "Right"}, {K_HOME, "Home"}, {K_END, "End"},
        {K_PAGE_UP, "PgUp"}, {K_PAGE_DOWN, "PgDn"}, {K_BACKSPACE, "Bksp"}, {K_DELETE, "Del"},
        {K_BACK_TAB, "Shift-Tab"}, {K_HELP, "F1"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].code == code)
            return names[i].name;
    if (code > 0 && code < ' ')
        snprintf(out, KEY_NAME_MAX, "Ctrl-%c", code + '@');
    else if (code > ' ' && code < K_SPECIAL)
        out[utf8_encode((unsigned)code, out)] = 0;
    else
        snprintf(out, KEY_NAME_MAX, "-");
    return out;
}
