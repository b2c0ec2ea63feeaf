/* Settings put into files of strangers: what is refused stays as it was; what is taken has the
 * value, takes it again without a change, and has lost nothing but the value that was there before.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "common/json.h"
#include "tui/crs/setup_edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
    edit_put *put;
    const char *path;
} cases[] = {
    {edit_json, "a"},
    {edit_json, "a/b"},
    {edit_json, "a/[n=x]/b"},
    {edit_toml, "a"},
    {edit_toml, "a/b"},
    {edit_toml, "a/b/c"},
    {edit_env, "a"},
};

/* The bytes of `before` stand in `after` in their order, but for at most `lost` of them. */
static bool holds(const struct buf *after, const struct buf *before, size_t lost)
{
    size_t head = 0, tail = 0;
    while (head < before->len && head < after->len && before->data[head] == after->data[head])
        head++;
    while (tail < before->len - head && tail < after->len - head &&
           before->data[before->len - 1 - tail] == after->data[after->len - 1 - tail])
        tail++;
    return before->len - head - tail <= lost;
}

static void check(const struct buf *before, struct buf *text, size_t which,
    const struct strlist *path, const struct edit_was *was)
{
    struct edit_was again = EDIT_WAS_INIT;
    struct buf once = BUF_INIT;
    buf_add(&once, text->data, text->len);
    if (cases[which].put(text, path, "v", &again, NULL) < 0)
        abort();
    if (!again.found || strcmp(again.text.data, "v") != 0 || once.len != text->len ||
        memcmp(once.data, text->data, once.len) != 0)
        abort();
    /* Two lines of one name are both set; a value that was there may have been written longer than
     * it reads. */
    if (!was->found && cases[which].put == edit_toml && !holds(text, before, 0))
        abort();
    cJSON *json =
        cases[which].put == edit_json ? json_parse(before->data, before->len, NULL) : NULL;
    cJSON *now = json ? json_parse(text->data, text->len, NULL) : NULL;
    if (json && !now)
        abort();
    if (json && strcmp(cases[which].path, "a") == 0) {
        cJSON_DeleteItemFromObjectCaseSensitive(json, "a");
        cJSON_DeleteItemFromObjectCaseSensitive(now, "a");
        if (!cJSON_Compare(json, now, true))
            abort();
    }
    cJSON_Delete(json);
    cJSON_Delete(now);
    buf_release(&once);
    edit_was_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 1 << 14)
        return 0;
    size_t which = data[0] % (sizeof cases / sizeof cases[0]);
    struct buf before = BUF_INIT, text = BUF_INIT;
    struct edit_was was = EDIT_WAS_INIT;
    struct strlist path = {0};
    buf_add(&before, data + 1, size - 1);
    buf_add(&text, data + 1, size - 1);
    strlist_split(&path, cases[which].path, "/");
    if (cases[which].put(&text, &path, "v", &was, NULL) == 0)
        check(&before, &text, which, &path, &was);
    else if (text.len != before.len || memcmp(text.data, before.data, text.len) != 0)
        abort();
    strlist_release(&path);
    edit_was_release(&was);
    buf_release(&before);
    buf_release(&text);
    return 0;
}
