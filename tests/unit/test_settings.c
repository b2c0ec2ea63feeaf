/* Settings: order of defaults, file and environment; complaints name their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/settings.h"

static char path[64];

static struct settings *load(const char *text, struct err *err)
{
    strcpy(path, "/tmp/crs-settings-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    err_clear(err);
    struct settings *s = settings_load(path, err);
    unlink(path);
    return s;
}

static void file_and_environment_win_in_order(void **state)
{
    (void)state;
    struct err err;
    int line;
    setenv("CRS_LIMITS_MAX_BODY", "2MiB", 1);
    setenv("CRS_WORKERS", "3", 1);
    struct settings *s = load("listen = 127.0.0.1:1, [::1]:2\nworkers = 7\n"
                              "[limits]\nmax_body = 1MiB\n[flow]\nping_after = 5s\n",
        &err);
    unsetenv("CRS_LIMITS_MAX_BODY");
    unsetenv("CRS_WORKERS");
    if (!s)
        fail_msg("%s", err.text);
    assert_int_equal(s->v.max_body, 2 << 20);
    assert_int_equal(s->v.workers, 3);
    assert_int_equal(s->v.ping_after, 5000);
    assert_int_equal(s->v.listen.n, 2);
    assert_string_equal(s->v.listen.v[1], "[::1]:2");
    assert_int_equal(s->v.drain, 30000);
    assert_int_equal(settings_origin(s, "max_body", &line), ORIGIN_ENVIRONMENT);
    assert_int_equal(settings_origin(s, "ping_after", &line), ORIGIN_FILE);
    assert_int_equal(line, 6);
    assert_int_equal(settings_origin(s, "drain", &line), ORIGIN_DEFAULT);
    settings_unref(s);
}

static void complaints_name_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *word;
    } rows[] = {
        {"\nworkerz = 1\n", ":2:", "workerz"},
        {"[limits]\nworkers = 1\n", ":2:", "workers"},
        {"workers = many\n", ":1:", "workers"},
        {"workers = 65\n", ":1:", "workers"},
        {"workers = 1\nworkers = 2\n", ":2:", "line 1"},
        {"[log]\nlog_level = loud\n", ":2:", "log_level"},
        {"tls_cert = /x\n", "tls_cert", "tls_key"},
        {"[limits]\nmax_body = 10MiB\nbody_budget = 5MiB\n", "max_body", "body_budget"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err;
        if (load(rows[i].text, &err))
            fail_msg("row %zu was taken", i);
        if (!strstr(err.text, rows[i].place) || !strstr(err.text, rows[i].word))
            fail_msg("row %zu: %s", i, err.text);
    }
    struct err err;
    setenv("CRS_WORKERS", "x", 1);
    assert_null(load("", &err));
    assert_non_null(strstr(err.text, "CRS_WORKERS"));
    unsetenv("CRS_WORKERS");
    assert_null(settings_load("/nonexistent/crs.conf", &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void changes_that_need_a_restart_are_told(void **state)
{
    (void)state;
    struct err err;
    struct strlist names = {0};
    struct settings *a = load("workers = 1\n", &err);
    struct settings *b = load("workers = 2\n[flow]\nping_after = 3s\n", &err);
    settings_need_restart(a, b, &names);
    assert_int_equal(names.n, 1);
    assert_string_equal(names.v[0], "workers");
    strlist_release(&names);
    struct settings_holder *h = settings_holder_create(a);
    const struct settings *was = settings_get(h);
    settings_swap(h, b);
    assert_int_equal(was->v.workers, 1);
    settings_unref(was);
    settings_holder_free(h);
}

static void one_setting_is_edited_and_nothing_else(void **state)
{
    static const struct {
        const char *text, *name, *value, *becomes;
    } rows[] = {
        {"", "log_level", "debug", "[log]\nlog_level = debug\n"},
        {"# mine\n", "workers", "2", "# mine\n\n[relay]\nworkers = 2\n"},
        {"workers = 1\n[log]\n", "workers", "2", "workers = 2\n[log]\n"},
        {"workers=1", "workers", "2", "workers= 2"},
        {"workers = 1", "zone", "Asia/Shanghai", "workers = 1\nzone = Asia/Shanghai\n"},
        {"  workers\t=\t1 \t# why\r\n", "workers", "2", "  workers\t=\t2 \t# why\r\n"},
        {"[log]\nlog_file = \"a \\\" # b\" # c\n", "log_file", "/x # y",
            "[log]\nlog_file = \"/x # y\" # c\n"},
        {"log_file = x\n[log]\n", "workers", "2", "log_file = x\nworkers = 2\n[log]\n"},
        {"public_url = http://a/#b # c\n", "public_url", "http://d\\e",
            "public_url = \"http://d\\\\e\" # c\n"},
        {"[flow]\nping_after =\n", "ping_after", "9s", "[flow]\nping_after = 9s\n"},
        {"# a\nworkers = 1 # b\n# c\n", "workers", NULL, "# a\n# c\n"},
        {"# a\n", "workers", NULL, "# a\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n;
        const struct setting_row *all = setting_rows(&n), *r = NULL;
        for (size_t k = 0; k < n; k++)
            if (strcmp(all[k].field.name, rows[i].name) == 0)
                r = &all[k];
        assert_non_null(r);
        struct buf out = BUF_INIT;
        struct err err;
        assert_int_equal(
            settings_edit("f", rows[i].text, strlen(rows[i].text), r, rows[i].value, &out, &err),
            0);
        assert_string_equal(out.data, rows[i].becomes);
        buf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_and_environment_win_in_order),
        cmocka_unit_test(complaints_name_the_place),
        cmocka_unit_test(changes_that_need_a_restart_are_told),
        cmocka_unit_test(one_setting_is_edited_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
