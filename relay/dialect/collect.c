/* One whole answer out of a stream of OpenAI Responses events. */
#include "dialect/dialect.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "upstream/sse.h"

#define COLLECT_MAX (32u << 20)
#define ITEMS_MAX 4096

struct collect {
    struct transform base;
    struct sse sse;
    cJSON *items;    /* output items as they were told, by output_index */
    cJSON *response; /* of the closing event */
    size_t seen;
    char failure[200]; /* of a failed or error event; "" none */
};

static void fail(struct collect *c, const cJSON *event)
{
    const char *text = json_str(event, "response.error.message");
    if (!text)
        text = json_str(event, "error.message");
    if (!text)
        text = json_str(event, "message");
    if (!text)
        text = "the upstream failed";
    size_t n = strnlen(text, sizeof c->failure - 1);
    memcpy(c->failure, text, n);
    c->failure[n] = 0;
}

static void item_add(struct collect *c, const cJSON *event)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, "item");
    if (!item || cJSON_GetArraySize(c->items) >= ITEMS_MAX)
        return;
    int at = (int)json_int(event, "output_index", cJSON_GetArraySize(c->items));
    cJSON *copy = xcheck(cJSON_Duplicate(item, true));
    if (at < 0 || !cJSON_InsertItemInArray(c->items, at, copy))
        cJSON_Delete(copy);
}

static void on_event(void *self, const char *name, const char *data, size_t n)
{
    struct collect *c = self;
    (void)name;
    cJSON *event = json_parse(data, n, NULL);
    const char *type = json_str(event, "type");
    if (!type) {
        cJSON_Delete(event);
        return;
    }
    if (strcmp(type, "response.output_item.done") == 0) {
        item_add(c, event);
    } else if (strcmp(type, "response.completed") == 0 ||
               strcmp(type, "response.incomplete") == 0) {
        cJSON_Delete(c->response);
        c->response = cJSON_DetachItemFromObjectCaseSensitive(event, "response");
    } else if (strcmp(type, "response.failed") == 0 || strcmp(type, "error") == 0) {
        fail(c, event);
    }
    cJSON_Delete(event);
}

static int collect_feed(
    struct transform *t, const char *p, size_t n, struct buf *out, struct err *err)
{
    (void)out;
    struct collect *c = (struct collect *)t;
    c->seen += n;
    if (c->seen > COLLECT_MAX)
        return err_set(err, ERR_PROTOCOL, "the answer is too long to be collected");
    sse_feed(&c->sse, p, n);
    return 0;
}

static int collect_finish(struct transform *t, struct buf *out, struct err *err)
{
    struct collect *c = (struct collect *)t;
    /* A last event may lack the empty line behind it. */
    sse_feed(&c->sse, "\n\n", 2);
    if (!c->response && *c->failure)
        return err_set(err, ERR_FAILED, "%s", c->failure);
    if (!c->response)
        return err_set(err, ERR_PROTOCOL, "the stream ended before the answer was complete");
    const cJSON *output = cJSON_GetObjectItemCaseSensitive(c->response, "output");
    if (cJSON_GetArraySize(output) == 0 && cJSON_GetArraySize(c->items) > 0) {
        cJSON_DeleteItemFromObjectCaseSensitive(c->response, "output");
        json_put(c->response, "output", c->items);
        c->items = NULL;
    }
    json_print(c->response, out);
    return 0;
}

static void collect_free(struct transform *t)
{
    struct collect *c = (struct collect *)t;
    sse_release(&c->sse);
    cJSON_Delete(c->items);
    cJSON_Delete(c->response);
    free(c);
}

struct transform *transform_collect_responses(void)
{
    struct collect *c = xcalloc(1, sizeof *c);
    c->base = (struct transform){.content_type = "application/json",
        .whole = true,
        .metered_before = true,
        .feed = collect_feed,
        .finish = collect_finish,
        .free = collect_free};
    sse_init(&c->sse, on_event, c);
    c->items = xcheck(cJSON_CreateArray());
    return &c->base;
}
