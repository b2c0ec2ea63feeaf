/* Which language is meant, finding its sentences, and that none is missing. */
#include "common/i18n.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/settings.h"
#include "common/err.h"
#include "common/i18n_int.h"
#include "common/method.h"
#include "common/width.h"

#define SCREEN 80

static int clear_environment(void **state)
{
    (void)state;
    unsetenv("LC_ALL");
    unsetenv("LC_MESSAGES");
    unsetenv("LC_CTYPE");
    unsetenv("LANG");
    unsetenv("LANGUAGE");
    i18n_set(LANG_EN);
    i18n_speak(LANG_PROCESS);
    return 0;
}

static void names_of_languages(void **state)
{
    static const char *const chinese[] = {"zh_CN.UTF-8", "zh_CN.utf8", "zh_CN", "zh", "zh-CN",
        "zh-Hans", "zh-Hans-SG", "zh_SG.UTF-8", "zh_CN.UTF-8@pinyin", "ZH_cn"};
    static const char *const english[] = {"C", "POSIX", "C.UTF-8", "en_US.UTF-8", "zh_TW.UTF-8",
        "zh_HK", "zh-Hant", "zh_CN.GB18030", "zh_CN.GBK", "", "zhx", "de_DE.UTF-8",
        "zh_CN_and_much_more_than_any_name_has"};
    (void)state;
    for (size_t i = 0; i < sizeof chinese / sizeof chinese[0]; i++)
        assert_int_equal(lang_of(chinese[i]), LANG_ZH_CN);
    for (size_t i = 0; i < sizeof english / sizeof english[0]; i++)
        assert_int_equal(lang_of(english[i]), LANG_EN);
    assert_int_equal(lang_of(NULL), LANG_EN);
    assert_int_equal(lang_of(lang_name(LANG_ZH_CN)), LANG_ZH_CN);
}

struct environment {
    const char *all, *messages, *ctype, *lang, *language;
    enum lang want;
};

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static void environment_decides(void **state)
{
    static const struct environment cases[] = {
        {NULL, NULL, NULL, NULL, NULL, LANG_EN},
        {NULL, NULL, NULL, "zh_CN.UTF-8", NULL, LANG_ZH_CN},
        {NULL, "zh_CN.UTF-8", NULL, "en_US.UTF-8", NULL, LANG_ZH_CN},
        {NULL, "en_US.UTF-8", NULL, "zh_CN.UTF-8", NULL, LANG_EN},
        {"C", "zh_CN.UTF-8", NULL, "zh_CN.UTF-8", "zh_CN", LANG_EN},
        {"C.UTF-8", NULL, NULL, NULL, "zh_CN", LANG_EN},
        {"", "", NULL, "zh_CN.UTF-8", "", LANG_ZH_CN},
        {NULL, NULL, NULL, "en_US.UTF-8", "zh_CN:en", LANG_ZH_CN},
        {NULL, NULL, NULL, "zh_CN.UTF-8", "en:zh_CN", LANG_EN},
        {NULL, NULL, NULL, "zh_CN.UTF-8", "de:zh_CN", LANG_ZH_CN},
        {NULL, NULL, NULL, "zh_CN.UTF-8", "de", LANG_EN},
        {NULL, NULL, NULL, "en_US.UTF-8", ":::zh", LANG_ZH_CN},
        /* A terminal that is not UTF-8 would show Chinese as rubbish. */
        {NULL, NULL, NULL, "zh_CN.GBK", NULL, LANG_EN},
        {NULL, "zh_CN", NULL, "zh_CN.GBK", NULL, LANG_EN},
        {NULL, NULL, "zh_CN.UTF-8", "zh_CN", NULL, LANG_ZH_CN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        set("LC_ALL", cases[i].all);
        set("LC_MESSAGES", cases[i].messages);
        set("LC_CTYPE", cases[i].ctype);
        set("LANG", cases[i].lang);
        set("LANGUAGE", cases[i].language);
        if (lang_of_environment() != cases[i].want)
            fail_msg("case %zu", i);
    }
}

static void sentences_are_found(void **state)
{
    static const char no_such[] = "no such sentence stands in any catalogue", empty[] = "";
    (void)state;
    assert_string_equal(i18n_text(LANG_ZH_CN, "Account"), "账号");
    assert_ptr_equal(i18n_text(LANG_ZH_CN, no_such), no_such);
    assert_ptr_equal(i18n_text(LANG_ZH_CN, empty), empty);
    assert_null(i18n_text(LANG_ZH_CN, NULL));
    assert_string_equal(i18n_text(LANG_EN, "Account"), "Account");
    assert_string_equal(_("Account"), "Account");
    i18n_set(LANG_ZH_CN);
    assert_string_equal(_("Account"), "账号");
    assert_int_equal(i18n_speak(LANG_EN), LANG_PROCESS);
    assert_string_equal(_("Account"), "Account");
    assert_int_equal(i18n_speak(LANG_PROCESS), LANG_EN);
}

static void words_of_two_meanings(void **state)
{
    (void)state;
    assert_string_equal(C_("command line", "Usage"), "Usage");
    i18n_set(LANG_ZH_CN);
    assert_string_equal(C_("command line", "Usage"), "用法");
    assert_string_equal(_("Usage"), "用量");
    assert_string_equal(C_("no such context", "Usage"), "Usage");
}

static void errors_are_translated_where_they_are_made(void **state)
{
    struct err err;
    (void)state;
    i18n_set(LANG_ZH_CN);
    err_set(&err, ERR_USAGE, "%s needs '%s'", "key.create", "name");
    err_hint(&err, "the choices are: %s", "a b");
    assert_string_equal(err.text, "key.create 缺少“name”");
    assert_string_equal(err.hint, "可选：a b");
}

static void *other_thread(void *arg)
{
    (void)arg;
    return (void *)(uintptr_t)i18n("Account");
}

static void one_thread_does_not_speak_for_another(void **state)
{
    pthread_t t;
    void *said;
    (void)state;
    i18n_speak(LANG_ZH_CN);
    assert_int_equal(pthread_create(&t, NULL, other_thread, NULL), 0);
    pthread_join(t, &said);
    assert_string_equal(said, "Account");
    assert_string_equal(_("Account"), "账号");
}

/* --- what there has to be ------------------------------------------------------------------------
 */

static void need(const char *where, const char *s)
{
    /* What has no words stands for itself: a shape of JSON. */
    if (!s || s[0] == '{' || s[0] == '[' || strcmp(s, "Shell") == 0)
        return;
    if (i18n_text(LANG_ZH_CN, s) == s)
        fail_msg("%s: not translated: %s", where, s);
}

static void need_fields(const char *where, const struct field *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        need(where, f[i].help);
        need(where, f[i].group);
    }
}

static void every_method_is_translated(void **state)
{
    (void)state;
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        const struct method *m = method_by_id((enum method_id)i);
        need(m->wire, m->summary);
        need(m->wire, m->detail);
        need_fields(m->wire, m->params, m->n_params);
        need_fields(m->wire, m->result, m->n_result);
    }
}

static void every_setting_is_translated(void **state)
{
    size_t n;
    const struct setting_row *rows = setting_rows(&n);
    (void)state;
    for (size_t i = 0; i < n; i++)
        need(rows[i].field.name, rows[i].field.help);
}

static void every_topic_is_translated_and_fits_a_screen(void **state)
{
    size_t n;
    const struct help_topic *t = help_topics(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        need(t[i].name, t[i].summary);
        need(t[i].name, t[i].text);
        char line[512];
        for (const char *p = i18n_text(LANG_ZH_CN, t[i].text); *p;) {
            size_t len = strcspn(p, "\n");
            snprintf(line, sizeof line, "%.*s", (int)len, p);
            if (width_text(line) > SCREEN)
                fail_msg("%s: wider than a screen: %s", t[i].name, line);
            p += len + (p[len] == '\n');
        }
    }
}

int main(void)
{
    const struct CMUnitTest always[] = {
        cmocka_unit_test_setup(names_of_languages, clear_environment),
        cmocka_unit_test_setup(environment_decides, clear_environment),
    };
    const struct CMUnitTest with_catalogue[] = {
        cmocka_unit_test_setup(sentences_are_found, clear_environment),
        cmocka_unit_test_setup(words_of_two_meanings, clear_environment),
        cmocka_unit_test_setup(errors_are_translated_where_they_are_made, clear_environment),
        cmocka_unit_test_setup(one_thread_does_not_speak_for_another, clear_environment),
        cmocka_unit_test_setup(every_method_is_translated, clear_environment),
        cmocka_unit_test_setup(every_setting_is_translated, clear_environment),
        cmocka_unit_test_setup(every_topic_is_translated_and_fits_a_screen, clear_environment),
    };
    int failed = cmocka_run_group_tests(always, NULL, NULL);
    /* Built without msgfmt there is nothing to look at. */
    if (i18n_zh_cn)
        failed += cmocka_run_group_tests(with_catalogue, NULL, NULL);
    return failed;
}
