/* Prices: the list's format, which row prices a model, and costs worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "meter/price.h"
#include "common/buf.h"
#include "common/json.h"
#include "meter/price_int.h"

#define SHIPPED CRS_SOURCE_DIR "/relay/data/prices.json"
#define CENT (NANO_PER_DOLLAR / 100)

static const char list[] =
    "{\"sample_spec\":{\"input_cost_per_token\":9},"
    "\"claude-test-1\":{\"litellm_provider\":\"anthropic\",\"input_cost_per_token\":3e-06,"
    "\"output_cost_per_token\":1.5e-05,\"cache_creation_input_token_cost\":3.75e-06,"
    "\"cache_creation_input_token_cost_above_1hr\":6e-06,\"cache_read_input_token_cost\":3e-07,"
    "\"input_cost_per_token_above_200k_tokens\":6e-06,"
    "\"output_cost_per_token_above_200k_tokens\":2.25e-05,"
    "\"cache_creation_input_token_cost_above_1hr_above_200k_tokens\":1.2e-05,"
    "\"provider_specific_entry\":{\"fast\":6.0},\"search_context_cost_per_query\":{"
    "\"search_context_size_medium\":0.01},\"max_output_tokens\":64000,\"mode\":\"chat\"},"
    "\"claude-bare-2\":{\"input_cost_per_token\":4e-06,\"output_cost_per_token\":2e-05},"
    "\"gpt-test\":{\"litellm_provider\":\"openai\",\"input_cost_per_token\":2e-06,"
    "\"output_cost_per_token\":1e-05,\"cache_read_input_token_cost\":2e-07,"
    "\"input_cost_per_token_above_272k_tokens\":4e-06,"
    "\"output_cost_per_token_above_272k_tokens\":1.5e-05,"
    "\"input_cost_per_token_priority\":4e-06,\"output_cost_per_token_priority\":2e-05,"
    "\"input_cost_per_token_flex\":1e-06,\"output_cost_per_token_flex\":5e-06},"
    "\"gpt-plain\":{\"input_cost_per_token\":1e-06,\"output_cost_per_token\":null},"
    "\"gemini-test\":{\"litellm_provider\":\"gemini\",\"input_cost_per_token\":3e-07,"
    "\"output_cost_per_token\":2.5e-06,\"output_cost_per_image_token\":3e-05,"
    "\"search_context_cost_per_query\":{\"search_context_size_medium\":0.035}},"
    "\"gpt-image-2\":{\"input_cost_per_token\":5e-06,\"output_cost_per_token\":3e-05},"
    "\"pictures\":{\"output_cost_per_image\":0.04},"
    "\"us.anthropic.claude-dated-3-20250101-v1:0\":{\"input_cost_per_token\":1.1e-06},"
    "\"vertex_ai/claude-dated-3@20250101\":{\"input_cost_per_token\":9e-06},"
    "\"claude-dated-3-20250101\":{\"input_cost_per_token\":1e-06},"
    "\"gpt-odd\":{\"input_cost_per_token\":1e-06},\"gpt-odd\":{\"input_cost_per_token\":2e-06}}";

static struct prices *parse(void)
{
    struct err err = {0};
    struct prices *p = prices_parse(list, sizeof list - 1, NULL, &err);
    if (!p)
        print_error("%s\n", err.text);
    assert_non_null(p);
    return p;
}

static struct cost cost_of(
    const struct prices *p, const char *model, struct usage u, bool long_context)
{
    struct cost c;
    price_cost(p, model, &u, &(struct price_hints){.long_context_beta = long_context}, &c);
    assert_int_equal(c.total, c.input + c.output + c.cache_write_5m + c.cache_write_1h +
                                  c.cache_read + c.web_search + c.image);
    return c;
}

static void test_every_class(void **state)
{
    (void)state;
    struct prices *p = parse();
    struct cost c = cost_of(p, "claude-test-1",
        (struct usage){.input = 1000,
            .output = 200,
            .cache_write_5m = 4000,
            .cache_write_1h = 500,
            .cache_read = 100000,
            .reasoning = 150,
            .web_searches = 3},
        false);
    assert_int_equal(c.input, 3000000);           /* 1000 * $3/M = $0.003 */
    assert_int_equal(c.output, 3000000);          /* 200 * $15/M, reasoning inside */
    assert_int_equal(c.cache_write_5m, 15000000); /* 4000 * $3.75/M */
    assert_int_equal(c.cache_write_1h, 3000000);  /* 500 * $6/M */
    assert_int_equal(c.cache_read, 30000000);     /* 100000 * $0.30/M */
    assert_int_equal(c.web_search, 3 * CENT);
    assert_int_equal(c.total, 84000000);
    assert_false(c.fallback);
    assert_false(c.long_context);
    assert_string_equal(c.row, "claude-test-1");
    prices_unref(p);
}

static void test_ratios_where_the_list_is_silent(void **state)
{
    (void)state;
    struct prices *p = parse();
    struct usage u = {.cache_write_5m = 1000000, .cache_write_1h = 1000000, .cache_read = 1000000};
    struct cost c = cost_of(p, "claude-bare-2", u, false);
    assert_int_equal(c.cache_write_5m, 5 * NANO_PER_DOLLAR);
    assert_int_equal(c.cache_write_1h, 8 * NANO_PER_DOLLAR);
    assert_int_equal(c.cache_read, 40 * CENT);
    c = cost_of(p, "gpt-plain", u, false);
    assert_int_equal(c.cache_write_5m, NANO_PER_DOLLAR);
    assert_int_equal(c.cache_read, NANO_PER_DOLLAR);
    prices_unref(p);
}

static void test_long_context(void **state)
{
    (void)state;
    struct prices *p = parse();
    struct usage at = {.input = 100000, .cache_read = 100000, .output = 1000};
    struct usage over = {.input = 100000, .cache_read = 100001, .output = 1000};
    over.cache_write_1h = 1000;
    assert_false(cost_of(p, "claude-test-1", at, true).long_context);
    assert_false(cost_of(p, "claude-test-1", over, false).long_context);
    struct cost c = cost_of(p, "claude-test-1", over, true);
    assert_true(c.long_context);
    assert_int_equal(c.input, 60 * CENT);
    assert_int_equal(c.output, 22500000);
    assert_int_equal(c.cache_write_1h, 12000000);
    assert_int_equal(c.cache_read, 60000600); /* not listed: as dear as the input became, $0.60/M */
    /* Others bill so without being asked. */
    assert_false(cost_of(p, "gpt-test", (struct usage){.input = 272000}, false).long_context);
    c = cost_of(p, "gpt-test", (struct usage){.input = 272001, .output = 1000}, false);
    assert_true(c.long_context);
    assert_int_equal(c.output, 15000000);
    prices_unref(p);
}

static void test_tiers_and_fast_mode(void **state)
{
    (void)state;
    struct prices *p = parse();
    struct usage u = {.input = 1000000, .output = 1000000, .cache_read = 1000000};
    struct cost c = cost_of(p, "gpt-test", u, false); /* over 272k: $4, $15, $0.40 */
    assert_int_equal(c.total, 1940 * CENT);
    u = (struct usage){.input = 100000, .output = 100000, .cache_read = 100000};
    assert_int_equal(cost_of(p, "gpt-test", u, false).total, 122 * CENT);
    strcpy(u.service_tier, "priority");
    assert_int_equal(cost_of(p, "gpt-test", u, false).total, 244 * CENT);
    strcpy(u.service_tier, "flex");
    assert_int_equal(cost_of(p, "gpt-test", u, false).total, 61 * CENT);
    strcpy(u.service_tier, "batch"); /* not listed */
    assert_int_equal(cost_of(p, "gpt-test", u, false).total, 122 * CENT);
    u = (struct usage){.input = 1000000, .output = 10000, .web_searches = 1, .fast = true};
    c = cost_of(p, "claude-test-1", u, false);
    assert_int_equal(c.input, 18 * NANO_PER_DOLLAR);
    assert_int_equal(c.output, 90 * CENT);
    assert_int_equal(c.web_search, CENT);
    prices_unref(p);
}

/* Read and priced: what is cached is not billed as input too, reasoning not beside the output, and
 * the tier is the one that the answer tells. Worked out by hand for each format. */
static void test_each_format_is_billed_once(void **state)
{
    (void)state;
    static const struct {
        enum wire wire;
        const char *model, *text;
        nano total;
    } rows[] = {
        /* 10 * $3 + 100 * $3.75 + 200 * $6 + 5000 * $0.30 + 77 * $15, a million */
        {WIRE_ANTHROPIC, "claude-test-1",
            "{\"type\":\"message\",\"usage\":{\"input_tokens\":10,"
            "\"cache_creation_input_tokens\":300,\"cache_read_input_tokens\":5000,"
            "\"cache_creation\":{\"ephemeral_5m_input_tokens\":100,"
            "\"ephemeral_1h_input_tokens\":200},\"output_tokens\":77}}",
            30000 + 375000 + 1200000 + 1500000 + 1155000},
        /* priority: 300 * $4 + 600 * $0.40 + 100 * $4 (a write as input) + 50 * $20 */
        {WIRE_RESPONSES, "gpt-test",
            "{\"service_tier\":\"priority\",\"usage\":{\"input_tokens\":1000,"
            "\"input_tokens_details\":{\"cached_tokens\":600,\"cache_write_tokens\":100},"
            "\"output_tokens\":50,\"output_tokens_details\":{\"reasoning_tokens\":20}}}",
            1200000 + 240000 + 400000 + 1000000},
        /* flex: 5 * $1 + 15 * $0.10 + 8 * $5 */
        {WIRE_CHAT, "gpt-test",
            "{\"object\":\"chat.completion\",\"service_tier\":\"flex\",\"usage\":{"
            "\"prompt_tokens\":20,\"completion_tokens\":8,\"prompt_tokens_details\":{"
            "\"cached_tokens\":15},\"completion_tokens_details\":{\"reasoning_tokens\":3}}}",
            5000 + 1500 + 40000},
        /* 8 * $1: embeddings have no output, and their list is no list of pictures */
        {WIRE_CHAT, "gpt-plain",
            "{\"object\":\"list\",\"data\":[{},{}],\"usage\":{\"prompt_tokens\":8,"
            "\"total_tokens\":8}}",
            8000},
        /* pictures by their tokens, not by the piece besides: 8 * $5 + 2112 * $30 */
        {WIRE_CHAT, "gpt-image-2",
            "{\"created\":1,\"data\":[{},{}],\"usage\":{\"input_tokens\":8,"
            "\"output_tokens\":2112,\"output_tokens_details\":{\"image_tokens\":2112}}}",
            40000 + 63360000},
        /* the tool's pictures on a model of their own: 4 * $2 + 3 * $10, 190 * $5 + 1056 * $30 */
        {WIRE_RESPONSES, "gpt-test",
            "{\"usage\":{\"input_tokens\":4,\"output_tokens\":3},\"tool_usage\":{\"image_gen\":{"
            "\"input_tokens\":190,\"output_tokens\":1056}}}",
            8000 + 30000 + 950000 + 31680000},
        /* (100 + 5 - 80) * $0.30 + 80 * $0.30 (no discount listed) + (7 + 30) * $2.50 */
        {WIRE_GEMINI, "gemini-test",
            "{\"usageMetadata\":{\"promptTokenCount\":100,\"candidatesTokenCount\":7,"
            "\"thoughtsTokenCount\":30,\"cachedContentTokenCount\":80,"
            "\"toolUsePromptTokenCount\":5,\"totalTokenCount\":142}}",
            7500 + 24000 + 92500},
    };
    struct prices *p = parse();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tap *t = tap_create(rows[i].wire, false);
        struct usage u;
        tap_feed(t, rows[i].text, strlen(rows[i].text));
        tap_finish(t, &u);
        tap_free(t);
        struct cost c = cost_of(p, rows[i].model, u, false);
        if (c.total != rows[i].total)
            print_error("row %zu, %s\n", i, c.row);
        assert_int_equal(c.total, rows[i].total);
    }
    prices_unref(p);
}

static void test_pictures_and_searches(void **state)
{
    (void)state;
    struct prices *p = parse();
    struct usage u = {.output = 1300, .output_image = 1290, .web_searches = 4};
    struct cost c = cost_of(p, "gemini-test", u, false);
    assert_int_equal(c.output, 25000 + 38700000);                /* 10 * $2.50/M and 1290 * $30/M */
    assert_int_equal(c.web_search, 35 * NANO_PER_DOLLAR / 1000); /* once for the request */
    c = cost_of(p, "pictures", (struct usage){.images = 2}, false);
    assert_int_equal(c.image, 8 * CENT);
    c = cost_of(p, "gpt-test", (struct usage){.image_input = 1000, .image_output = 2000}, false);
    assert_int_equal(c.image, 5000000 + 60000000);
    prices_unref(p);
}

static void test_rounding_is_half_up_by_class(void **state)
{
    (void)state;
    struct err err;
    const char *text = "{\"m\":{\"input_cost_per_token\":1.5e-09,"
                       "\"output_cost_per_token\":1.4e-09}}";
    struct prices *p = prices_parse(text, strlen(text), NULL, &err);
    assert_non_null(p);
    struct cost c = cost_of(p, "m", (struct usage){.input = 1, .output = 1}, false);
    assert_int_equal(c.input, 2); /* 1.5 nano-dollars */
    assert_int_equal(c.output, 1);
    assert_int_equal(cost_of(p, "m", (struct usage){.input = 3}, false).input, 5);
    prices_unref(p);
}

static void test_lookup(void **state)
{
    (void)state;
    static const struct {
        const char *model, *row;
        bool fallback;
    } rows[] = {
        {"claude-test-1", "claude-test-1", false},
        {"claude-test-1[1m]", "claude-test-1", false},
        {"Claude-Test-1-20260101", "claude-test-1", false},
        {"claude-test-1-latest", "claude-test-1", false},
        {"anthropic/claude-test-1", "claude-test-1", false},
        {"eu.anthropic.claude-test-1-20260101-v1:0", "claude-test-1", false},
        {"claude-test.1", "claude-test-1", false},
        {"gpt-test-2026-03-05", "gpt-test", false},
        {"models/gemini-test", "gemini-test", false},
        {"us.anthropic.claude-dated-3-20250101-v1:0", "us.anthropic.claude-dated-3-20250101-v1:0",
            false},
        {"claude-dated-3", "claude-dated-3-20250101", false},
        {"gpt-test-spark", "gpt-test", true},
        {"claude-opus-77", "*opus*", true},
        {"claude-sonnet-77-20300101", "*sonnet*", true},
        {"gpt-9", "gpt*", true},
        {"o9-mini", "o?-*", true},
        {"openchat", "*", true},
        {"", "*", true},
        {"tset-tpg", "*", true}, /* no resemblance is looked for */
        {"claude", "claude*", true},
    };
    struct prices *p = parse();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cost c = cost_of(p, rows[i].model, (struct usage){0}, false);
        if (strcmp(c.row, rows[i].row) != 0)
            print_error("%s\n", rows[i].model);
        assert_string_equal(c.row, rows[i].row);
        assert_int_equal(c.fallback, rows[i].fallback);
    }
    /* Named twice: the last one. */
    assert_int_equal(
        cost_of(p, "gpt-odd", (struct usage){.input = 1000000}, false).input, 2 * NANO_PER_DOLLAR);
    assert_string_equal(cost_of(p, NULL, (struct usage){0}, false).row, "*");
    prices_unref(p);
}

static void test_bad_lists(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "[]", "{", "{}", "{\"sample_spec\":{}}",
        "{\"m\":{\"input_cost_per_token\":-1}}", "{\"m\":{\"input_cost_per_token\":3}}",
        "{\"m\":{\"output_cost_per_image\":1e300}}", "{\"m\":1}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err err = {0};
        assert_null(prices_parse(bad[i], strlen(bad[i]), NULL, &err));
        assert_true(err.code != ERR_NONE && err.text[0]);
    }
    struct err err = {0};
    assert_null(prices_load("/nonexistent/prices.json", NULL, &err));
    assert_true(err.text[0]);
}

static void test_hostile_usage_stays_in_bounds(void **state)
{
    (void)state;
    const char *text = "{\"m\":{\"input_cost_per_token\":0.01,\"output_cost_per_token\":0.01,"
                       "\"provider_specific_entry\":{\"fast\":100}}}";
    struct prices *p = prices_parse(text, strlen(text), NULL, NULL);
    struct usage u = {.input = USAGE_TOKENS_MAX,
        .output = USAGE_TOKENS_MAX,
        .cache_write_5m = USAGE_TOKENS_MAX,
        .cache_write_1h = USAGE_TOKENS_MAX,
        .cache_read = USAGE_TOKENS_MAX,
        .web_searches = USAGE_TOKENS_MAX,
        .images = USAGE_TOKENS_MAX,
        .fast = true};
    struct cost c = cost_of(p, "m", u, false);
    assert_true(c.total > 0 && c.total <= NANO_MAX);
    u = (struct usage){.input = -5, .output = -5, .images = -1, .web_searches = -1};
    assert_int_equal(cost_of(p, "m", u, false).total, 0);
    prices_unref(p);
}

static void test_expectation(void **state)
{
    (void)state;
    struct prices *p = parse();
    /* 40000 bytes are 10000 tokens at $3/M; of 8000 tokens a quarter at $15/M. */
    assert_int_equal(price_expect(p, "claude-test-1", 40000, 8000), 6 * CENT);
    assert_int_equal(price_expect(p, "claude-test-1", 0, 0), 15360000);
    assert_int_equal(price_expect(p, "claude-test-1", 0, 1000000), 61440000);
    assert_true(price_expect(p, "claude-test-1", UINT64_MAX, INT64_MAX) > 0);
    prices_unref(p);
}

/* Own prices change what they name and nothing else, to the last nano-dollar. */
static void test_own_prices(void **state)
{
    (void)state;
    static const nano amounts[] = {0, 1, 3, 600000007, 3 * NANO_PER_DOLLAR + 600000000,
        1234567890123, 9999999999999, 10000 * NANO_PER_DOLLAR};
    size_t n;
    const struct price_part *parts = price_parts(&n);
    assert_int_equal(n, 5);
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        cJSON *own = cJSON_CreateObject();
        prices_own_put(own, "gpt-test", &parts[1], amounts[i]);
        struct buf text = BUF_INIT;
        json_print(own, &text);
        cJSON_Delete(own);
        own = json_parse(text.data, text.len, NULL);
        assert_int_equal(prices_own_get(own, "gpt-test", &parts[1]), amounts[i]);
        assert_int_equal(prices_own_get(own, "gpt-test", &parts[0]), -1);
        struct prices *p = prices_parse(list, sizeof list - 1, own, NULL);
        struct price_row row;
        assert_true(prices_row(p, "gpt-test", &row));
        assert_int_equal(row.output, amounts[i]);
        assert_int_equal(row.input, 2 * NANO_PER_DOLLAR);
        assert_int_equal(row.cache_read, NANO_PER_DOLLAR / 5);
        assert_int_equal(row.origin, PRICE_OWN);
        assert_true(prices_row(p, "gpt-plain", &row));
        assert_int_equal(row.origin, PRICE_LISTED);
        prices_unref(p);
        prices_own_put(own, "gpt-test", &parts[1], -1);
        assert_null(own->child);
        cJSON_Delete(own);
        buf_release(&text);
    }
}

/* A list that lost a model, or names it twice, leaves own prices readable. */
static void test_own_prices_over_other_lists(void **state)
{
    (void)state;
    static const char text[] =
        "{\"gone\":{\"input_cost_per_token\":1e-06},"
        "\"new\":{\"input_cost_per_token\":1e-06,\"output_cost_per_token\":0},"
        "\"gpt-odd\":{\"output_cost_per_token\":5e-06}}";
    cJSON *own = json_parse(text, sizeof text - 1, NULL);
    struct prices *p = prices_parse(list, sizeof list - 1, own, NULL);
    struct price_row row;
    assert_non_null(p);
    assert_false(prices_row(p, "gone", &row));
    assert_true(prices_row(p, "new", &row));
    assert_int_equal(row.output, 0);
    assert_true(prices_row(p, "gpt-odd", &row));
    assert_int_equal(row.input, 2 * NANO_PER_DOLLAR);
    assert_int_equal(row.output, 5 * NANO_PER_DOLLAR);
    prices_unref(p);
    cJSON_Delete(own);
    static const char *const bad[] = {
        "{\"gpt-odd\":1}", "{\"gpt-odd\":{\"input_cost_per_token\":-1}}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err err = {0};
        own = json_parse(bad[i], strlen(bad[i]), NULL);
        assert_null(prices_parse(list, sizeof list - 1, own, &err));
        assert_true(err.text[0]);
        cJSON_Delete(own);
    }
}

struct tally {
    size_t rows, cheap;
};
static void count_row(void *arg, const struct price_row *row)
{
    struct tally *t = arg;
    t->rows++;
    t->cheap += row->cache_read > row->input;
    assert_non_null(row->model);
}

/* Figures that the vendors publish (2026-11): one of each family, in dollars per million tokens. */
static void test_shipped_list(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        double input, output, read;
    } rows[] = {
        {"claude-opus-5-5", 4, 20, 0.2},
        {"claude-fable-5-1", 10, 50, 0.25},
        {"claude-opus-4-5-20251101", 5, 25, 0.5},
        {"claude-opus-4-1-20250805", 15, 75, 1.5},
        {"claude-sonnet-5", 2, 10, 0.2},
        {"claude-sonnet-4-5-20250929", 3, 15, 0.3},
        {"claude-haiku-4-5-20251001", 1, 5, 0.1},
        {"claude-3-5-haiku-20241022", 0.8, 4, 0.08},
        {"gpt-6-sol", 2, 10, 0.2},
        {"gpt-5.4", 2.5, 15, 0.25},
        {"gpt-5-codex", 1.25, 10, 0.125},
        {"gpt-4o", 2.5, 10, 1.25},
        {"o3", 2, 8, 0.5},
        {"gemini-2.5-pro", 1.25, 10, 0.125},
        {"gemini-3.1-flash-lite", 0.25, 1.5, 0.025},
        {"text-embedding-3-small", 0.02, 0, 0.02},
    };
    struct err err = {0};
    struct tally t = {0};
    struct prices *p = prices_load(SHIPPED, NULL, &err);
    if (!p)
        print_error("%s\n", err.text);
    assert_non_null(p);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct usage u = {.input = 1000, .output = 1000, .cache_read = 1000};
        struct cost c = cost_of(p, rows[i].model, u, false);
        if (c.fallback)
            print_error("%s is priced as %s\n", rows[i].model, c.row);
        assert_false(c.fallback);
        assert_int_equal(c.input, (nano)(rows[i].input * 1e6 + 0.5));
        assert_int_equal(c.output, (nano)(rows[i].output * 1e6 + 0.5));
        assert_int_equal(c.cache_read, (nano)(rows[i].read * 1e6 + 0.5));
    }
    prices_each(p, count_row, &t);
    assert_true(t.rows > 100);
    assert_int_equal(t.cheap, 0);
    prices_unref(prices_ref(p));
    prices_unref(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_class),
        cmocka_unit_test(test_ratios_where_the_list_is_silent),
        cmocka_unit_test(test_long_context),
        cmocka_unit_test(test_tiers_and_fast_mode),
        cmocka_unit_test(test_each_format_is_billed_once),
        cmocka_unit_test(test_pictures_and_searches),
        cmocka_unit_test(test_rounding_is_half_up_by_class),
        cmocka_unit_test(test_lookup),
        cmocka_unit_test(test_bad_lists),
        cmocka_unit_test(test_hostile_usage_stays_in_bounds),
        cmocka_unit_test(test_expectation),
        cmocka_unit_test(test_own_prices),
        cmocka_unit_test(test_own_prices_over_other_lists),
        cmocka_unit_test(test_shipped_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
