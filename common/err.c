/* Errors as values: the table of codes, and writing the sentence and the hint. */
#include "common/err.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/i18n.h"

/* JSON-RPC 2.0 section 5.1 reserves -32602 (invalid params) and -32600 (invalid request), and
 * leaves -32000..-32099 to servers. */
static const struct err_row rows[ERR_CODES] = {
    [ERR_NONE] = {ERR_NONE, "none", 0, 0, 200},
    [ERR_FAILED] = {ERR_FAILED, "failed", -32000, 1, 500},
    [ERR_USAGE] = {ERR_USAGE, "usage", -32602, 2, 400},
    [ERR_NOT_FOUND] = {ERR_NOT_FOUND, "not_found", -32001, 3, 404},
    [ERR_DENIED] = {ERR_DENIED, "denied", -32002, 4, 403},
    [ERR_CONFLICT] = {ERR_CONFLICT, "conflict", -32003, 5, 409},
    [ERR_CHECK] = {ERR_CHECK, "check", -32004, 6, 422},
    [ERR_UNREACHABLE] = {ERR_UNREACHABLE, "unreachable", -32005, 7, 502},
    [ERR_TIMEOUT] = {ERR_TIMEOUT, "timeout", -32006, 8, 504},
    [ERR_DECLINED] = {ERR_DECLINED, "declined", -32007, 9, 409},
    [ERR_PROTOCOL] = {ERR_PROTOCOL, "protocol", -32600, 1, 400},
    [ERR_BUSY] = {ERR_BUSY, "busy", -32008, 1, 503},
};

/* vsnprintf cuts at a byte; a half character at the end would spoil the JSON that carries it. */
static void cut_at_character(char *s)
{
    size_t n = strlen(s), back = 0;
    while (back < 3 && back < n && ((unsigned char)s[n - 1 - back] & 0xC0) == 0x80)
        back++;
    if (back == n)
        return;
    unsigned char lead = (unsigned char)s[n - 1 - back];
    size_t need = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (need > back)
        s[n - 1 - back] = 0;
}

/* Arguments may point into the present text, so the new one is made aside. */
static void write_text(char *to, size_t size, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));
static void write_text(char *to, size_t size, const char *fmt, va_list ap)
{
    char made[sizeof((struct err *)0)->text];
    int n = vsnprintf(made, sizeof made, i18n(fmt), ap);
    if (n >= (int)sizeof made)
        cut_at_character(made);
    snprintf(to, size, "%s", n < 0 ? "" : made);
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    if (!err)
        return -1;
    va_list ap;
    va_start(ap, fmt);
    write_text(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    err->code = code;
    err->hint[0] = 0;
    return -1;
}

int err_hint(struct err *err, const char *fmt, ...)
{
    if (!err)
        return -1;
    va_list ap;
    va_start(ap, fmt);
    write_text(err->hint, sizeof err->hint, fmt, ap);
    va_end(ap);
    return -1;
}

int err_prefix(struct err *err, const char *fmt, ...)
{
    if (!err)
        return -1;
    char before[sizeof err->text], whole[2 * sizeof err->text + 2];
    va_list ap;
    va_start(ap, fmt);
    write_text(before, sizeof before, fmt, ap);
    va_end(ap);
    snprintf(whole, sizeof whole, "%s: %s", before, err->text);
    bool over = strlen(whole) >= sizeof err->text;
    whole[sizeof err->text - 1] = 0;
    if (over)
        cut_at_character(whole);
    memcpy(err->text, whole, strlen(whole) + 1);
    return -1;
}

void err_clear(struct err *err)
{
    if (err)
        *err = (struct err){.code = ERR_NONE};
}

const struct err_row *err_row(enum err_code code)
{
    if ((int)code < 0 || code >= ERR_CODES)
        return &rows[ERR_FAILED];
    return &rows[code];
}

const struct err_row *err_row_by_name(const char *name)
{
    for (size_t i = 0; name && i < ERR_CODES; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return &rows[ERR_FAILED];
}
