/* The line editor of forms, filters and the palette. */
#include "tui/dash/edit.h"

#include <string.h>
#include "common/width.h"

void edit_init(struct edit *e, const char *text)
{
    *e = (struct edit){.text = BUF_INIT};
    edit_set(e, text);
}

void edit_release(struct edit *e)
{
    buf_wipe(&e->text);
    e->at = 0;
}

void edit_set(struct edit *e, const char *text)
{
    buf_wipe(&e->text);
    e->at = 0;
    if (text)
        edit_paste(e, text);
}

static size_t before(const struct edit *e, size_t at)
{
    if (at == 0)
        return 0;
    at--;
    while (at > 0 && ((unsigned char)e->text.data[at] & 0xC0) == 0x80)
        at--;
    return at;
}

static size_t after(const struct edit *e, size_t at)
{
    unsigned cp;
    if (at >= e->text.len)
        return e->text.len;
    return at + utf8_decode(e->text.data + at, e->text.len - at, &cp);
}

/* Past the marks that sit on the character before. */
static size_t skip_marks(const struct edit *e, size_t at, bool forward)
{
    unsigned cp;
    while (at > 0 && at < e->text.len) {
        utf8_decode(e->text.data + at, e->text.len - at, &cp);
        if (width_of(cp) != 0)
            break;
        at = forward ? after(e, at) : before(e, at);
    }
    return at;
}

static void cut(struct edit *e, size_t from, size_t to)
{
    memmove(e->text.data + from, e->text.data + to, e->text.len - to + 1);
    /* What moved away may be a secret: its old place is not left behind. */
    memset(e->text.data + e->text.len - (to - from) + 1, 0, to - from);
    e->text.len -= to - from;
    e->at = from;
}

static void insert(struct edit *e, const char *bytes, size_t n)
{
    size_t max = e->max ? e->max : EDIT_MAX;
    if (e->text.len + n > max)
        return;
    /* Growing by hand: a plain reserve could leave a copy of a secret in freed memory. */
    struct buf grown = BUF_INIT;
    buf_reserve(&grown, e->text.len + n + 64);
    buf_add(&grown, e->text.data, e->at);
    buf_add(&grown, bytes, n);
    buf_add(&grown, e->text.data + e->at, e->text.len - e->at);
    buf_wipe(&e->text);
    e->text = grown;
    e->at += n;
}

static size_t word_start(const struct edit *e)
{
    size_t at = e->at;
    while (at > 0 && e->text.data[at - 1] == ' ')
        at--;
    while (at > 0 && e->text.data[at - 1] != ' ')
        at--;
    return at;
}

static bool is_text(int key)
{
    return key >= ' ' && key != 0x7F && key < K_SPECIAL && !(key >= 0x80 && key < 0xA0);
}

bool edit_key(struct edit *e, int key)
{
    char bytes[4];
    if (is_text(key)) {
        insert(e, bytes, utf8_encode((unsigned)key, bytes));
        return true;
    }
    switch (key) {
    case K_LEFT:
        e->at = skip_marks(e, before(e, e->at), false);
        return true;
    case K_RIGHT:
        e->at = skip_marks(e, after(e, e->at), true);
        return true;
    case K_HOME:
    case K_CTRL('a'):
        e->at = 0;
        return true;
    case K_END:
    case K_CTRL('e'):
        e->at = e->text.len;
        return true;
    case K_BACKSPACE:
    case 0x7F:
    case K_CTRL('h'):
        cut(e, before(e, e->at), e->at);
        return true;
    case K_DELETE:
    case K_CTRL('d'):
        cut(e, e->at, after(e, e->at));
        return true;
    case K_CTRL('u'):
        cut(e, 0, e->text.len);
        return true;
    case K_CTRL('k'):
        cut(e, e->at, e->text.len);
        return true;
    case K_CTRL('w'):
        cut(e, word_start(e), e->at);
        return true;
    default:
        return false;
    }
}

void edit_paste(struct edit *e, const char *text)
{
    size_t n = strlen(text);
    while (n && strchr(" \t\r\n", text[n - 1]))
        n--;
    while (n && strchr(" \t\r\n", *text)) {
        text++;
        n--;
    }
    for (size_t i = 0; i < n;) {
        unsigned cp;
        char bytes[4];
        size_t used = utf8_decode(text + i, n - i, &cp);
        bool line_end = cp == '\n' || cp == '\r' || cp == '\t';
        if (line_end && e->keep_lines)
            insert(e, text + i, used);
        else if (line_end)
            insert(e, " ", 1);
        else if (is_text((int)cp))
            insert(e, bytes, utf8_encode(cp, bytes));
        i += used;
    }
}

static void view_secret(const struct edit *e, struct buf *out, int *cursor)
{
    size_t n = e->text.len;
    if (n > 16) {
        buf_add(out, e->text.data, 6);
        buf_adds(out, "......");
        buf_add(out, e->text.data + n - 4, 4);
    } else {
        for (size_t i = 0; i < n; i++)
            buf_addc(out, '*');
    }
    *cursor = (int)out->len;
}

void edit_view(const struct edit *e, int cells, struct buf *out, int *cursor)
{
    if (e->secret) {
        view_secret(e, out, cursor);
        return;
    }
    size_t from = e->at;
    int used = 0;
    /* Back from the cursor as far as there is room, one cell being the cursor's own. */
    while (from > 0) {
        size_t prior = before(e, from);
        unsigned cp;
        utf8_decode(e->text.data + prior, e->text.len - prior, &cp);
        if (used + width_of(cp) > cells - 1)
            break;
        used += width_of(cp);
        from = prior;
    }
    *cursor = used;
    size_t to = e->at;
    while (to < e->text.len) {
        unsigned cp;
        size_t n = utf8_decode(e->text.data + to, e->text.len - to, &cp);
        if (used + width_of(cp) > cells)
            break;
        used += width_of(cp);
        to += n;
    }
    buf_add(out, e->text.data + from, to - from);
}
