/* Chat streams tell their usage only when asked to (OpenAI API reference, chat completions,
 * "stream_options"). An attempt that tells none could not be booked, and its key would spend
 * without limit: so the relay asks where the client did not. */
#include "provider/provider_int.h"

#include <string.h>
#include "dialect/dialect.h"

static int replace(struct plan *out, uint64_t begin, uint64_t end, const char *with)
{
    body_edits_add(&out->edits, begin, end, with, strlen(with));
    return 0;
}

static int ask_for_it(struct plan *out, const struct ask *ask, struct err *err)
{
    const struct jscan_place *options = &ask->stream_options, *usage = &ask->include_usage;
    if (options->kind == JSCAN_ABSENT)
        return edit_insert(out, "\"stream_options\":{\"include_usage\":true},", err);
    if (options->kind != JSCAN_OBJECT)
        return replace(out, options->begin, options->end, "{\"include_usage\":true}");
    if (usage->kind != JSCAN_ABSENT)
        return replace(out, usage->begin, usage->end, "true");
    return replace(out, options->begin, options->begin + 1,
        options->count ? "{\"include_usage\":true," : "{\"include_usage\":true");
}

int plan_ask_usage(
    struct plan *out, const struct account *a, const struct ask *ask, struct err *err)
{
    bool chat = ask->op == OP_CHAT || ask->op == OP_COMPLETIONS;
    if (!chat || !ask->stream || !out->body || !a->set.ask_usage ||
        ask->include_usage.kind == JSCAN_TRUE)
        return 0;
    if (ask_for_it(out, ask, err))
        return -1;
    out->transform = transform_drop_usage();
    return 0;
}
