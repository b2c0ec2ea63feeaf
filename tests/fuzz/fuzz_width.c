/* Any bytes on a terminal: clean text is valid, moves no cursor, and fits the cells it was cut to.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/width.h"

static void require(int truth)
{
    if (!truth)
        abort();
}

static void require_clean(const struct buf *b)
{
    require(utf8_valid(b->data, b->len));
    for (size_t i = 0; i < b->len; i++) {
        unsigned char c = (unsigned char)b->data[i];
        require(c >= 0x20 && c != 0x7F);
        require(c != 0xC2 || (unsigned char)b->data[i + 1] >= 0xA0); /* no C1 controls either */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *s = malloc(size + 1);
    if (size)
        memcpy(s, data, size);
    s[size] = 0;
    struct buf b = BUF_INIT;
    width_clean(&b, s);
    require_clean(&b);
    require(width_text(b.data) == width_text(s));
    for (int cells = 0; cells < 12; cells++)
        for (int align = -1; align <= 1; align++) {
            buf_reset(&b);
            width_fit(&b, s, cells, align);
            require_clean(&b);
            require(align < 0 ? width_text(b.data) <= cells : width_text(b.data) == cells);
        }
    buf_release(&b);
    free(s);
    return 0;
}
