/* The dashboard's model, whatever lines a relay sends: one JSON value a line; the first of them is
 * taken as a snapshot, the others as events, log rows, history, status or heartbeats by their first
 * sign. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "common/json.h"
#include "tui/dash/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1772452800000)

static void take(struct model *m, const char *line, size_t n, size_t number)
{
    char kind = n ? line[0] : 0;
    size_t skip = kind == 'l' || kind == 'h' || kind == 's' || kind == 'b';
    cJSON *v = json_parse(line + skip, n - skip, NULL);
    if (!v)
        return;
    if (number == 0)
        model_snapshot(m, v, NOW);
    else if (kind == 'l')
        model_log(m, v);
    else if (kind == 'h')
        model_history(m, v, NOW);
    else if (kind == 's')
        model_status(m, v, NOW);
    else if (kind == 'b')
        (void)model_missed(m, v);
    else
        (void)model_event(m, v, NOW);
    cJSON_Delete(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct model m;
    const char *p = (const char *)data;
    size_t number = 0;
    model_init(&m);
    while (size > 0) {
        const char *end = memchr(p, '\n', size);
        size_t n = end ? (size_t)(end - p) : size;
        take(&m, p, n, number++);
        n += end != NULL;
        p += n;
        size -= n;
    }
    for (size_t back = 0; back < 200; back++)
        (void)series_get(&m.output, NOW, back);
    model_release(&m);
    return 0;
}
