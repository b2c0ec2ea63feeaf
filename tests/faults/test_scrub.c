/* The credential in an upstream's words, cut at every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/scrub.h"

static void feeds(const char *secret, const char *text, const char *want)
{
    size_t n = strlen(text);

    for (size_t i = 0; i <= n; i++) {
        for (size_t j = i; j <= n; j++) {
            struct buf out = BUF_INIT;
            size_t held = 0;
            scrub_feed(secret, &held, text, i, &out);
            scrub_feed(secret, &held, text + i, j - i, &out);
            scrub_feed(secret, &held, text + j, n - j, &out);
            scrub_end(secret, &held, &out);
            assert_int_equal(held, 0);
            assert_string_equal(out.data, want);
            buf_release(&out);
        }
    }
}

static void test_cuts(void **state)
{
    (void)state;
    feeds("sk-secret1", "a sk-secret1 b", "a ********** b");
    feeds("sk-secret1", "sk-secret1sk-secret1", "********************");
    feeds("sk-secret1", "sk-secret", "sk-secret");
    feeds("sk-secret1", "sk-sk-secret1", "sk-**********");
    feeds("sk-sk-sk-x", "sk-sk-sk-sk-x sk-sk-sk-", "sk-********** sk-sk-sk-");
    feeds("aabaabaac", "aabaabaabaac", "aab*********");
    feeds("short", "a short one", "a short one");
    feeds(NULL, "sk-secret1", "sk-secret1");
}

static void test_fields(void **state)
{
    (void)state;
    assert_true(scrub_needs("sk-secret1", (struct span){"x sk-secret1", 12}));
    assert_false(scrub_needs("sk-secret1", (struct span){"x sk-secret1", 11}));
    assert_false(scrub_needs(NULL, (struct span){"x", 1}));
    assert_false(scrub_needs("short", (struct span){"short", 5}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
