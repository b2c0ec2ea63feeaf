/* Model names: bare forms, families, lists and mappings; address ranges; services. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "common/model.h"
#include "rule/rule.h"

static void test_bare(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"claude-opus-5-5", "claude-opus-5-5"},
        {"claude-opus-4-5-20251101", "claude-opus-4-5"},
        {"claude-opus-4-5-20251101[1m]", "claude-opus-4-5"},
        {"Claude-3-5-Sonnet-latest", "claude-3-5-sonnet"},
        {"us.anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4"},
        {"us-gov.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"},
        {"anthropic.claude-3-haiku-20240307-v1:0", "claude-3-haiku"},
        {"bedrock/us-east-1/anthropic.claude-3-haiku-20240307-v1:0", "claude-3-haiku"},
        {"vertex_ai/claude-haiku-4-5@20251001", "claude-haiku-4-5"},
        {"anthropic/claude-opus-4.5", "claude-opus-4-5"},
        {"gpt-5.4-2026-03-05", "gpt-5.4"},
        {"models/gemini-2.5-pro", "gemini-2.5-pro"},
        {"gpt-4.1", "gpt-4.1"},
        {"o3", "o3"},
        {"deepseek-v3", "deepseek-v3"},
        {"20251101", "20251101"},
        {"", ""},
        {"/", ""},
        {"[1m]", "[1m]"},
    };
    char bare[MODEL_BARE_MAX], big[1000];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        model_bare(rows[i][0], bare);
        assert_string_equal(bare, rows[i][1]);
    }
    memset(big, 'x', sizeof big);
    big[sizeof big - 1] = 0;
    model_bare(big, bare);
    assert_int_equal(strlen(bare), MODEL_BARE_MAX - 1);
}

static void test_families(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        enum family family;
        bool opus;
    } rows[] = {
        {"claude-haiku-5-5", FAMILY_HAIKU, false},
        {"us.anthropic.claude-sonnet-4-20250514-v1:0", FAMILY_SONNET, false},
        {"claude-opus-4-5[1m]", FAMILY_OPUS, true},
        {"claude-fable-5-1", FAMILY_FABLE, true},
        {"claude-mythos-5", FAMILY_FABLE, true},
        {"gpt-6-sol", FAMILY_GPT, false},
        {"codex-mini-latest", FAMILY_GPT, false},
        {"o4-mini", FAMILY_GPT, false},
        {"openchat", FAMILY_OTHER, false},
        {"models/gemini-3.1-pro-preview", FAMILY_GEMINI, false},
        {"claude-2", FAMILY_OTHER, false},
        {NULL, FAMILY_OTHER, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(model_family(rows[i].model), rows[i].family);
        assert_int_equal(model_is_opus_class(rows[i].model), rows[i].opus);
    }
    assert_string_equal(family_name(FAMILY_OPUS), "opus");
    assert_string_equal(family_name((enum family)99), "other");
}

static void test_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *model, *only, *not_these;
        bool allowed;
    } rows[] = {
        {"claude-opus-4-5", "", "", true},
        {"claude-opus-4-5", "claude-*", "", true},
        {"gpt-5", "claude-*", "", false},
        {"claude-opus-4-5", "claude-*", "*opus*", false},
        {"us.anthropic.claude-opus-4-5-20251101-v1:0", "claude-opus-4-5", "", true},
        {"claude-opus-4-5[1m]", "", "claude-opus-4-5", false},
        {"claude-opus-4.5", "", "claude-opus-4-5", false},
        {"CLAUDE-OPUS-4-5", "", "claude-opus-4-5", false},
        {"claude-opus-4-5", "", "claude-opus-4-5-20251101", false},
        {"claude-opus-4-5-latest", "", "claude-opus-4-5-20251101", false},
        {"claude-opus-4-5", "claude-opus-4-5-20251101", "", false},
        {"claude-opus-4-6", "claude-opus-4-5", "", false},
        {"gemini-3.1-flash-lite", "gemini-3.1-*,gemini-2.5-*", "", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct strlist only = {0}, not_these = {0};
        strlist_split(&only, rows[i].only, ",");
        strlist_split(&not_these, rows[i].not_these, ",");
        if (model_allowed(rows[i].model, &only, &not_these) != rows[i].allowed)
            print_error("row %zu\n", i);
        assert_int_equal(model_allowed(rows[i].model, &only, &not_these), rows[i].allowed);
        strlist_release(&only);
        strlist_release(&not_these);
    }
    assert_true(model_allowed("x", NULL, NULL));
}

static void test_mapped(void **state)
{
    (void)state;
    struct strlist map = {0};
    strlist_split(&map, "claude-*=glm-5;claude-opus-5-5=kimi-k3;gpt-5=gpt-5;bad;=x;y=", ";");
    assert_string_equal(model_mapped("claude-opus-5-5", &map), "kimi-k3");
    assert_string_equal(model_mapped("claude-sonnet-5", &map), "glm-5");
    assert_string_equal(model_mapped("anthropic/claude-sonnet-5", &map), "glm-5");
    assert_null(model_mapped("gpt-5", &map));
    assert_null(model_mapped("y", &map));
    assert_null(model_mapped("bad", &map));
    assert_null(model_mapped("gpt-5", NULL));
    strlist_release(&map);
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *address, *ranges;
        bool in;
    } rows[] = {
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.0/24", true},
        {"192.0.3.7", "192.0.2.0/24", false},
        {"192.0.2.7", "192.0.2.4/30", true},
        {"192.0.2.8", "192.0.2.4/30", false},
        {"192.0.2.8", "0.0.0.0/0", true},
        {"::1", "0.0.0.0/0", false},
        {"::ffff:192.0.2.7", "192.0.2.0/24", true},
        {"192.0.2.7", "::ffff:192.0.2.0/120", true},
        {"192.0.2.7", "::ffff:0.0.0.0/95", false},
        {"2001:db8::1", "2001:db8::/32", true},
        {"2001:db9::1", "2001:db8::/32", false},
        {"2001:db8:8000::1", "2001:db8:8000::/33", true},
        {"2001:db8::1", "2001:db8:8000::/33", false},
        {"192.0.2.7", "nonsense,10.0.0.0/8,192.0.2.7/32", true},
        {"192.0.2.7", "192.0.2.7/33,192.0.2.7/-1,192.0.2.7/,192.0.2/24,192.0.2.7/8x", false},
        {"nonsense", "0.0.0.0/0", false},
        {"", "0.0.0.0/0", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct strlist ranges = {0};
        strlist_split(&ranges, rows[i].ranges, ",");
        if (address_in(rows[i].address, &ranges) != rows[i].in)
            print_error("row %zu\n", i);
        assert_int_equal(address_in(rows[i].address, &ranges), rows[i].in);
        strlist_release(&ranges);
    }
    struct err err = {0};
    assert_int_equal(cidr_check("10.0.0.0/8", &err), 0);
    assert_int_equal(cidr_check("10.0.0.0/40", &err), -1);
    assert_string_equal(err.text, "'10.0.0.0/40' is no address range");
    assert_true(err.hint[0]);
}

static void test_services(void **state)
{
    (void)state;
    enum service s;
    int i;
    for (i = 0; i < SERVICES; i++) {
        assert_int_equal(service_by_name(service_name((enum service)i), &s), 0);
        assert_int_equal(s, i);
    }
    assert_int_equal(service_by_name("bard", &s), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bare),
        cmocka_unit_test(test_families),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_mapped),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_services),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
