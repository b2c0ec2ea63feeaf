/* Keys and pastes out of single codes, and the names of keys. */
#include "tui/dash/input.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
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

static const struct key_word {
    int code;
    const char *name;
} key_words[] = {{K_ENTER, "Enter"}, {K_TAB, "Tab"}, {K_ESC, "Esc"}, {' ', "Space"}, {K_UP, "Up"},
    {K_DOWN, "Down"}, {K_LEFT, "Left"}, {K_RIGHT, "Right"}, {K_HOME, "Home"}, {K_END, "End"},
    {K_PAGE_UP, "PgUp"}, {K_PAGE_DOWN, "PgDn"}, {K_BACKSPACE, "Bksp"}, {K_DELETE, "Del"},
    {K_BACK_TAB, "Shift-Tab"}, {K_HELP, "F1"}, {K_BACKSPACE, "Backspace"}, {K_DELETE, "Delete"}};
#define KEY_WORDS (sizeof key_words / sizeof key_words[0])

const char *key_spoken(int code, char out[KEY_NAME_MAX])
{
    for (size_t i = 0; i < KEY_WORDS; i++)
        if (key_words[i].code == code)
            return key_words[i].name;
    if (code > 0 && code < ' ')
        snprintf(out, KEY_NAME_MAX, "Ctrl-%c", code + '@');
    else if (code > ' ' && code < K_SPECIAL)
        out[utf8_encode((unsigned)code, out)] = 0;
    else
        snprintf(out, KEY_NAME_MAX, "-");
    return out;
}

int key_named(const char *name)
{
    unsigned code;
    size_t n = strlen(name);
    for (size_t i = 0; i < KEY_WORDS; i++)
        if (strcasecmp(key_words[i].name, name) == 0)
            return key_words[i].code;
    if (n == 6 && strncasecmp(name, "Ctrl-", 5) == 0 && (name[5] | 0x20) >= 'a' &&
        (name[5] | 0x20) <= 'z')
        return K_CTRL(name[5]);
    if (n == 0 || utf8_decode(name, n, &code) != n || code <= ' ' || code == 0xFFFD ||
        code == 0x7F || code >= K_SPECIAL)
        return K_NONE;
    return (int)code;
}
