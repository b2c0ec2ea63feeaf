/* Price lists, and the lookup and arithmetic on whatever was in them: a cost is the sum of its
 * classes, not negative and within NANO_MAX. The bytes before the first newline are a model name.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "meter/price.h"
#include "meter/price_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct prices *p, const char *model, const struct usage *u)
{
    struct cost c;
    price_cost(p, model, u, &(struct price_hints){.long_context_beta = true}, &c);
    nano sum = c.input + c.output + c.cache_write_5m + c.cache_write_1h + c.cache_read +
               c.web_search + c.image;
    if (c.total != sum || sum < 0 || sum > NANO_MAX || c.input < 0 || c.output < 0)
        abort();
    if (price_expect(p, model, (uint64_t)u->input, u->output) < 0)
        abort();
}

static void each(void *arg, const struct price_row *row)
{
    struct usage u = {.input = 300000, .output = 1000, .cache_read = 5, .output_image = 3};
    check(arg, row->model, &u);
    u.input = u.output = u.cache_write_1h = u.cache_read = USAGE_TOKENS_MAX;
    u.web_searches = u.images = u.image_output = USAGE_TOKENS_MAX;
    u.fast = true;
    check(arg, row->model, &u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *line = memchr(text, '\n', size);
    char model[256];
    if (!line || line - text >= 256)
        return 0;
    memcpy(model, text, (size_t)(line - text));
    model[line - text] = 0;
    struct prices *p = prices_parse(line + 1, size - (size_t)(line + 1 - text), NULL, NULL);
    if (!p)
        return 0;
    prices_each(p, each, p);
    check(p, model, &(struct usage){.input = 1, .output = 1});
    prices_unref(p);
    return 0;
}
