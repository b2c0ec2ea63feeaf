/* Codes of a keyboard into inputs, and those into a line that is edited: the line stays whole
 * UTF-8, and the cursor inside it. Each two bytes are one code. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include "common/width.h"
#include "tui/dash/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int yes)
{
    if (!yes)
        abort();
}

static void look(const struct edit *e)
{
    struct buf b = BUF_INIT;
    int cursor;
    must(e->at <= e->text.len && e->text.len <= EDIT_MAX);
    must(utf8_valid(e->text.data, e->text.len) >= 0);
    must(e->at == e->text.len || ((unsigned char)e->text.data[e->at] & 0xC0) != 0x80);
    edit_view(e, 12, &b, &cursor);
    must(cursor >= 0 && (e->secret || cursor < 12));
    buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input_reader r;
    struct edit e;
    struct input in;
    input_init(&r);
    edit_init(&e, NULL);
    e.secret = size > 0 && data[0] & 1;
    for (size_t i = 0; i + 1 < size; i += 2) {
        int code = data[i] << 8 | data[i + 1];
        /* The upper part stands for the special keys. */
        code = code >= 0xFF00 ? K_SPECIAL + code % (K_UNKNOWN - K_SPECIAL + 1) : code;
        if (!input_feed(&r, code, &in))
            continue;
        if (in.kind == INPUT_PASTE)
            edit_paste(&e, in.paste);
        else
            edit_key(&e, in.key);
        look(&e);
    }
    edit_release(&e);
    input_release(&r);
    return 0;
}
