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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_and_environment_win_in_order),
        cmocka_unit_test(complaints_name_the_place),
        cmocka_unit_test(changes_that_need_a_restart_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
