/* Client addresses behind proxies, and what can be listened on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "http/http_int.h"

static void only_trusted_proxies_are_believed(void **state)
{
    (void)state;
    static const struct {
        const char *peer, *fields, *address;
    } rows[] = {
        {"198.51.100.1", "X-Forwarded-For: 203.0.113.9\r\n", "198.51.100.1"},
        {"10.0.0.1", "", "10.0.0.1"},
        {"10.0.0.1", "X-Forwarded-For: 203.0.113.9\r\n", "203.0.113.9"},
        {"10.0.0.1", "X-Forwarded-For: 1.2.3.4, 203.0.113.9\r\n", "203.0.113.9"},
        {"10.0.0.1", "X-Forwarded-For: 203.0.113.9, 10.0.0.2\r\n", "203.0.113.9"},
        {"10.0.0.1", "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 10.0.0.2\r\n",
            "203.0.113.9"},
        {"10.0.0.1", "X-Forwarded-For: 203.0.113.9:4711\r\n", "203.0.113.9"},
        {"10.0.0.1", "X-Forwarded-For: [2001:db8::1]:4711\r\n", "2001:db8::1"},
        {"10.0.0.1", "X-Forwarded-For: 2001:db8::1\r\n", "2001:db8::1"},
        {"10.0.0.1", "X-Forwarded-For: <script>\r\n", "10.0.0.1"},
        {"10.0.0.1", "X-Forwarded-For: evil, 10.0.0.2\r\n", "10.0.0.2"},
        {"10.0.0.1", "X-Forwarded-For: ,\r\n", "10.0.0.1"},
        {"10.0.0.1", "X-Forwarded-For: 10.0.0.3, 10.0.0.2\r\n", "10.0.0.3"},
    };
    struct strlist trusted = {0};
    strlist_add(&trusted, "10.0.0.0/8");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct h1_head head;
        char text[512], out[64];
        snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n", rows[i].fields);
        assert_int_equal(h1_parse_request(text, strlen(text), &head), H1_OK);
        client_address(rows[i].peer, &head, &trusted, out);
        if (strcmp(out, rows[i].address) != 0)
            fail_msg("row %zu: '%s'", i, out);
    }
    strlist_release(&trusted);
}

static void addresses_are_listened_on(void **state)
{
    (void)state;
    struct err err;
    int fd = listen_open("127.0.0.1:0", &err);
    assert_true(fd >= 0);
    char *name = listen_name(fd);
    assert_true(text_starts(name, "127.0.0.1:"));
    /* The next worker shares the port. */
    int again = listen_open(name, &err);
    assert_true(again >= 0);
    close(again);
    close(fd);
    free(name);
    static const char *const bad[] = {
        "", "3000", "localhost:http", "127.0.0.1:", ":", "[::1]", "127.0.0.1:99999x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (listen_open(bad[i], &err) >= 0)
            fail_msg("'%s' was taken", bad[i]);
        assert_true(err.text[0]);
    }
}

static void shares_of_connections_hold(void **state)
{
    (void)state;
    struct settings s = {0};
    struct err err;
    s.v.max_connections = 3;
    s.v.max_connections_per_address = 2;
    struct gate *g = gate_create(&s, &err);
    assert_true(gate_enter(g, "a", &s));
    assert_true(gate_enter(g, "a", &s));
    assert_false(gate_enter(g, "a", &s));
    assert_true(gate_enter(g, "b", &s));
    assert_false(gate_enter(g, "c", &s));
    gate_leave(g, "a");
    assert_true(gate_enter(g, "c", &s));
    assert_int_equal(gate_connections(g), 3);
    gate_leave(g, "a");
    gate_leave(g, "b");
    gate_leave(g, "c");
    assert_int_equal(gate_connections(g), 0);
    strlist_add(&s.v.trusted_proxies, "10.0.0.0/8");
    for (int i = 0; i < 3; i++)
        assert_true(gate_enter(g, "10.0.0.1", &s));
    for (int i = 0; i < 3; i++)
        gate_leave(g, "10.0.0.1");
    strlist_release(&s.v.trusted_proxies);
    gate_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_trusted_proxies_are_believed),
        cmocka_unit_test(addresses_are_listened_on),
        cmocka_unit_test(shares_of_connections_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
