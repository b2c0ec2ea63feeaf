/* Text for the programs that read it: words for a shell, a clipboard for a terminal. */
#include "common/text.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"

char *text_base64(const void *bytes, size_t n)
{
    size_t size = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL);
    char *out = xmalloc(size);
    return sodium_bin2base64(out, size, bytes, n, sodium_base64_VARIANT_ORIGINAL);
}

void text_shell_word(struct buf *out, const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:@%+,";
    if (*s && s[strspn(s, plain)] == 0) {
        buf_adds(out, s);
        return;
    }
    buf_addc(out, '\'');
    for (; *s; s++) {
        if (*s == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, *s);
    }
    buf_addc(out, '\'');
}

char *text_shell_quoted(const char *s)
{
    struct buf word = BUF_INIT;
    text_shell_word(&word, s);
    return buf_steal(&word, NULL);
}

void text_osc52(struct buf *out, const char *s)
{
    size_t n = strlen(s), coded = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL);
    char *code = text_base64(s, n);
    buf_adds(out, "\033]52;c;");
    buf_adds(out, code);
    buf_adds(out, "\a");
    sodium_memzero(code, coded);
    free(code);
}
