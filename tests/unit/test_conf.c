/* Configuration files, and whole files and directories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/conf.h"
#include "common/path.h"

static void reads(void **state)
{
    (void)state;
    static const char text[] = "\xEF\xBB\xBF# comment\n"
                               "listen = 127.0.0.1:8080   # behind a blank\r\n"
                               "\n"
                               "  quoted=\"a # \\\"b\\\\ \" # c\n"
                               "hash = a#b\n"
                               "equals = x = y\n"
                               "empty =\n"
                               "void = \"\"\n"
                               "[ store ] # here\n"
                               "listen = \"\xE4\xB8\xAD\"\n"
                               "log.level = debug";
    struct conf c;
    struct err err = {0};
    if (conf_parse(&c, "f", text, sizeof text - 1, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(c.n, 8);
    assert_string_equal(conf_get(&c, "", "listen")->value, "127.0.0.1:8080");
    assert_string_equal(conf_get(&c, "", "quoted")->value, "a # \"b\\ ");
    assert_string_equal(conf_get(&c, "", "hash")->value, "a#b");
    assert_string_equal(conf_get(&c, "", "equals")->value, "x = y");
    assert_string_equal(conf_get(&c, "", "empty")->value, "");
    assert_string_equal(conf_get(&c, "", "void")->value, "");
    assert_string_equal(conf_get(&c, "store", "listen")->value, "\xE4\xB8\xAD");
    assert_int_equal(conf_get(&c, "store", "log.level")->line, 11);
    assert_null(conf_get(&c, "store", "quoted"));
    conf_release(&c);
    assert_int_equal(conf_parse(&c, "f", "", 0, &err), 0);
    assert_int_equal(c.n, 0);
    conf_release(&c);
}

static void complains_with_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n;
        const char *why;
    } rows[] = {
#define T(s, why) {s, sizeof(s) - 1, why}
        T("a = 1\nb\n", "f:2: no '=' here"),
        T("= 1", "f:1: bad name"),
        T("a b = 1", "f:1: bad name"),
        T("a = 1\n\na = 2", "f:3: 'a' is set already in line 1"),
        T("[x", "f:1: section header without"),
        T("[]", "f:1: bad section name"),
        T("[", "f:1: section header without"),
        T("[a[b]]", "f:1: bad section name"),
        T("a = \"x", "f:1: quotes are not closed"),
        T("a = \"x\\", "f:1: only"),
        T("a = \"x\\n\"", "f:1: only"),
        T("a = \"x\" y", "f:1: text behind"),
        T("a = \0", "f:1: control character"),
        T("a = \x1B[2J", "f:1: control character"),
        T("a = \xFF", "f:1: not UTF-8"),
#undef T
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct conf c;
        struct err err = {0};
        assert_int_equal(conf_parse(&c, "f", rows[i].text, rows[i].n, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        if (strncmp(err.text, rows[i].why, strlen(rows[i].why)) != 0)
            fail_msg("'%s': %s", rows[i].text, err.text);
        assert_null(c.v);
    }
    /* The same name in two sections is two settings. */
    struct conf c;
    assert_int_equal(conf_parse(&c, "f", "a=1\n[x]\na=2\n[y]\na=3\n", 20, NULL), 0);
    conf_release(&c);
}

static void is_bounded(void **state)
{
    (void)state;
    struct buf b = BUF_INIT;
    struct conf c;
    struct err err = {0};
    for (int i = 0; i < 5000; i++)
        buf_addf(&b, "n%d=1\n", i);
    assert_int_equal(conf_parse(&c, "f", b.data, b.len, &err), -1);
    assert_non_null(strstr(err.text, "too many"));
    while (b.len <= 1 << 20)
        buf_adds(&b, "# filler filler filler filler filler filler\n");
    assert_int_equal(conf_parse(&c, "f", b.data, b.len, &err), -1);
    assert_non_null(strstr(err.text, "over 1 MiB"));
    buf_release(&b);
}

static void files(void **state)
{
    (void)state;
    char dir[] = "/tmp/crs-path-XXXXXX";
    assert_non_null(mkdtemp(dir));
    char *deep = path_join(dir, "a/b//c"), *file = path_join(deep, "f.conf");
    struct err err = {0};
    assert_int_equal(path_mkdirs(deep, 0700, &err), 0);
    assert_int_equal(path_mkdirs(deep, 0700, &err), 0);
    struct conf c;
    assert_int_equal(conf_read(&c, file, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_int_equal(path_write(file, "a = 1\n", 6, 0640, &err), 0);
    struct stat st;
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(conf_read(&c, file, &err), 0);
    assert_string_equal(conf_get(&c, "", "a")->value, "1");
    conf_release(&c);
    struct buf b = BUF_INIT;
    assert_int_equal(path_read(file, 6, &b, &err), 0);
    assert_int_equal(path_read(file, 5, &b, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_int_equal(path_read(dir, 5, &b, &err), -1);
    buf_release(&b);
    char *below_file = path_join(file, "x");
    assert_int_equal(path_mkdirs(below_file, 0700, &err), -1);
    assert_int_equal(path_write(below_file, "", 0, 0600, &err), -1);
    free(below_file);
    unlink(file);
    rmdir(deep);
    free(file);
    free(deep);
    static const char *const rest[] = {"/a/b", "/a", ""};
    for (int i = 0; i < 3; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s%s", dir, rest[i]);
        assert_int_equal(rmdir(path), 0); /* nothing else was left behind */
    }
}

static void is(char *path, const char *wanted)
{
    assert_string_equal(path, wanted);
    free(path);
}

static void places(void **state)
{
    (void)state;
    setenv("HOME", "/h", 1);
    setenv("XDG_CONFIG_HOME", "relative", 1); /* to be ignored */
    is(path_user_config(), "/h/.config/crs/config");
    setenv("XDG_CONFIG_HOME", "/xc", 1);
    is(path_user_config(), "/xc/crs/config");
    setenv("XDG_CACHE_HOME", "/cache/", 1);
    is(path_user_cache(), "/cache/crs");
    setenv("CRS_CONFIG", "/c.conf", 1);
    is(path_config(), "/c.conf");
    setenv("CRS_SOCKET", "./s.sock", 1);
    is(path_socket(), "./s.sock");
    setenv("CRS_DATADIR", "/data", 1);
    is(path_data("prices.json"), "/data/prices.json");
    unsetenv("CRS_DATADIR");
    char *built_in = path_data("prices.json");
    assert_int_equal(built_in[0], '/');
    free(built_in);
    unsetenv("CRS_CONFIG");
    unsetenv("CRS_SOCKET");
    setenv("XDG_STATE_HOME", "/xs", 1);
    setenv("XDG_RUNTIME_DIR", "/xr", 1);
    bool system = geteuid() == 0;
    if (system || access("/etc/crs", F_OK) != 0)
        is(path_config(), system ? "/etc/crs/crs-relay.conf" : "/xc/crs/crs-relay.conf");
    if (system || access("/var/lib/crs", F_OK) != 0)
        is(path_state(), system ? "/var/lib/crs" : "/xs/crs");
    if (system || access("/run/crs", F_OK) != 0)
        is(path_socket(), system ? "/run/crs/control.sock" : "/xr/crs/control.sock");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(complains_with_the_line),
        cmocka_unit_test(is_bounded),
        cmocka_unit_test(files),
        cmocka_unit_test(places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
