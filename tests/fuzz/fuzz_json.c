/* What parses prints, and what was printed parses to the same tree. */
#include <stdint.h>
#include <stdlib.h>

#include "common/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf quoted = BUF_INIT, once = BUF_INIT, twice = BUF_INIT;
    cJSON *v = json_parse((const char *)data, size, NULL);
    if (v) {
        json_print(v, &once);
        cJSON *back = json_parse(once.data, once.len, NULL);
        if (!back)
            abort();
        json_print(back, &twice);
        if (once.len != twice.len || !cJSON_Compare(v, back, 1))
            abort();
        cJSON_Delete(back);
        cJSON_Delete(v);
    }
    /* Any bytes at all become one valid string (a NUL is valid JSON, only not for our trees). */
    json_quote(&quoted, (const char *)data, size);
    v = json_parse(quoted.data, quoted.len, NULL);
    bool nul = false;
    for (size_t i = 0; i < size; i++)
        nul = nul || data[i] == 0;
    if (!v != nul)
        abort();
    cJSON_Delete(v);
    buf_release(&quoted);
    buf_release(&once);
    buf_release(&twice);
    return 0;
}
