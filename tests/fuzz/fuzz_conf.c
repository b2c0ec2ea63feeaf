/* Configuration files of any bytes: read or refused with a line, and every entry found again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/width.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct conf c;
    struct err err = {0};
    if (conf_parse(&c, "f", (const char *)data, size, &err) < 0) {
        if (err.code != ERR_USAGE || !utf8_valid(err.text, strlen(err.text)))
            abort();
        return 0;
    }
    for (size_t i = 0; i < c.n; i++) {
        const struct conf_entry *e = &c.v[i];
        if (conf_get(&c, e->section, e->name) != e || e->line < 1 || !*e->name)
            abort();
        if (!utf8_valid(e->value, strlen(e->value)))
            abort();
    }
    conf_release(&c);
    return 0;
}
