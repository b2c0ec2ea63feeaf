/* What the editors of settings files share. */
#include "tui/crs/setup_edit.h"

#include <string.h>
#include "common/i18n.h"
#include "common/width.h"

void edit_was_release(struct edit_was *was)
{
    buf_wipe(&was->text);
    was->found = false;
}

void edit_was_set(struct edit_was *was, const char *bytes, size_t n)
{
    buf_reset(&was->text);
    buf_add(&was->text, bytes, n);
    was->found = true;
}

int edit_check(const struct buf *text, struct err *err)
{
    if (text->len > EDIT_MAX)
        return err_set(err, ERR_USAGE, _("the file is over %zu bytes"), EDIT_MAX);
    const char *nul = memchr(text->data, 0, text->len);
    if (nul)
        return err_set(
            err, ERR_USAGE, _("line %zu: no text"), edit_line(text, (size_t)(nul - text->data)));
    for (size_t at = 0, line = 1; at < text->len; line++) {
        const char *end = memchr(text->data + at, '\n', text->len - at);
        size_t n = end ? (size_t)(end - text->data) + 1 - at : text->len - at;
        if (!utf8_valid(text->data + at, n))
            return err_set(err, ERR_USAGE, _("line %zu: not UTF-8"), line);
        at += n;
    }
    return 0;
}

size_t edit_line(const struct buf *text, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at && i < text->len; i++)
        line += text->data[i] == '\n';
    return line;
}

const char *edit_newline(const struct buf *text)
{
    const char *first = memchr(text->data, '\n', text->len);
    return first && first > text->data && first[-1] == '\r' ? "\r\n" : "\n";
}

size_t edit_mark(const struct buf *text)
{
    return text->len >= 3 && memcmp(text->data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

void edit_splice(struct buf *text, size_t begin, size_t end, const char *bytes, size_t n)
{
    struct buf tail = BUF_INIT;
    buf_add(&tail, text->data + end, text->len - end);
    text->len = begin;
    buf_add(text, bytes, n);
    buf_add(text, tail.data, tail.len);
    buf_wipe(&tail);
}
