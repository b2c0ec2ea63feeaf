/* AWS Signature Version 4, against the test suite that AWS published for it (aws-sig-v4-test-suite:
 * get-vanilla and post-vanilla). */
#include "provider/sigv4.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "provider_kit.h"

#define DATE INT64_C(1440938160000) /* 20150830T123600Z */

static void sign(struct plan *p, const char *method, const char *path, struct aws_keys *k)
{
    memset(p, 0, sizeof *p);
    buf_init(&p->fields);
    p->origin = xstrdup("https://example.amazonaws.com");
    p->path = xstrdup(path);
    p->method = method;
    assert_int_equal(sigv4_sign(p, k, "us-east-1", "service", DATE, NULL), 0);
}

static void published_vectors(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"GET", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        {"POST", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"}};
    struct credential *cr = credential_create();
    cr->access = xstrdup("AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    struct aws_keys k;
    assert_int_equal(aws_keys_read(&k, cr, NULL), 0);
    assert_null(k.session);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plan p;
        sign(&p, rows[i][0], "/", &k);
        char *wanted = xasprintf("x-amz-date: 20150830T123600Z\r\n"
                                 "authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/"
                                 "us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, "
                                 "Signature=%s\r\n",
            rows[i][1]);
        assert_string_equal(p.fields.data, wanted);
        free(wanted);
        plan_release(&p);
    }
    aws_keys_release(&k);
    credential_unref(cr);
}

static void body_and_path_are_signed(void **state)
{
    (void)state;
    struct aws_keys k = {.id = xstrdup("A"), .secret = xstrdup("S")};
    static const char *const paths[] = {"/model/a%3A0/invoke", "/model/a:0/invoke"};
    char *seen[4];
    for (int i = 0; i < 4; i++) {
        struct plan p = {0};
        buf_init(&p.fields);
        p.origin = xstrdup("https://example.amazonaws.com");
        p.path = xstrdup(paths[i & 1]);
        p.method = "POST";
        p.body = body_create();
        body_add(p.body, "{\"a\":1}", 7);
        if (i & 2) /* what is sent counts, not what came */
            body_edits_add(&p.edits, 5, 6, "2", 1);
        assert_int_equal(sigv4_sign(&p, &k, "r", "s", DATE, NULL), 0);
        seen[i] = xstrdup(p.fields.data);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(seen[i], seen[j]);
        plan_release(&p);
    }
    for (int i = 0; i < 4; i++)
        free(seen[i]);
    aws_keys_release(&k);
}

static void key_forms(void **state)
{
    (void)state;
    static const char *const rows[][5] = {
        {"AKIA1:sec/ret:tok:en", "AKIA1", "sec/ret", "tok:en", NULL},
        {"{\"access_key_id\":\"AKIA2\",\"secret_access_key\":\"s\"}", "AKIA2", "s", NULL, NULL},
        {"{\"bearer_token\":\"b\"}", NULL, NULL, NULL, "b"},
        {"ABSKxyz", NULL, NULL, NULL, "ABSKxyz"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct credential *cr = credential_create();
        cr->access = xstrdup(rows[i][0]);
        struct aws_keys k;
        assert_int_equal(aws_keys_read(&k, cr, NULL), 0);
        const char *is[] = {k.id, k.secret, k.session, k.bearer};
        for (int j = 0; j < 4; j++) {
            assert_int_equal(is[j] != NULL, rows[i][j + 1] != NULL);
            if (is[j])
                assert_string_equal(is[j], rows[i][j + 1]);
        }
        aws_keys_release(&k);
        credential_unref(cr);
    }
    static const char *const bad[] = {"", ":", "a:", ":b", "{}", "{\"access_key_id\":\"a\"}", "{"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct credential *cr = credential_create();
        cr->access = xstrdup(bad[i]);
        struct aws_keys k;
        assert_int_equal(aws_keys_read(&k, cr, NULL), -1);
        credential_unref(cr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors),
        cmocka_unit_test(body_and_path_are_signed),
        cmocka_unit_test(key_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
