/* The log: nothing forged, nothing blocked, a bounded ring. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log_int.h"
#include "common/json.h"

static void lines_cannot_be_forged(void **state)
{
    (void)state;
    char text[] = "path /x\n2026 error forged \x1b[31m \"q\"";
    struct log_entry e = {.at = 0, .level = LOG_WARN, .area = AREA_HTTP, .text = text};
    struct buf b = BUF_INIT;
    strcpy(e.request, "req_1");
    log_entry_print(&e, false, &b);
    assert_ptr_equal(strchr(b.data, '\n'), b.data + b.len - 1);
    assert_null(strchr(b.data, 0x1b));
    assert_non_null(strstr(b.data, " warn "));
    assert_non_null(strstr(b.data, " req_1 "));
    buf_reset(&b);
    log_entry_print(&e, true, &b);
    cJSON *o = json_parse(b.data, b.len, NULL);
    assert_non_null(o);
    assert_string_equal(json_str(o, "text"), text);
    assert_string_equal(json_str(o, "level"), "warn");
    cJSON_Delete(o);
    buf_release(&b);
}

static void free_tail(struct log_entry *v, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        free(v[i].text);
    free(v);
}

static void the_ring_is_bounded_and_searched(void **state)
{
    (void)state;
    const struct log_options o = {.level = LOG_DEBUG, .file = "/dev/null", .ring_bytes = 64 << 10};
    unsigned long n;
    log_start(&o);
    for (int i = 0; i < 2000; i++)
        log_line(i % 2 ? LOG_DEBUG : LOG_WARN, i % 3 ? AREA_FLOW : AREA_STORE,
            i % 5 ? NULL : "req_5", "line %d", i);
    log_line(LOG_TRACE, AREA_FLOW, NULL, "not wanted");
    struct log_entry *v = log_tail(100000, LOG_TRACE, -1, NULL, 0, &n);
    assert_true(n > 100 && n < 1000);
    assert_string_equal(v[n - 1].text, "line 1999");
    free_tail(v, n);
    v = log_tail(3, LOG_WARN, AREA_STORE, "req_5", 0, &n);
    assert_int_equal(n, 3);
    assert_string_equal(v[2].text, "line 1980");
    assert_string_equal(v[0].text, "line 1920");
    free_tail(v, n);
    log_stop();
}

static void heard(void *arg, const struct log_entry *e)
{
    int *count = arg;
    *count += !strcmp(e->text, "hear me");
}

static void listeners_hear_until_they_leave(void **state)
{
    (void)state;
    const struct log_options o = {.level = LOG_INFO, .file = "/dev/null"};
    int count = 0;
    log_start(&o);
    log_listen(heard, &count);
    log_line(LOG_INFO, AREA_RELAY, NULL, "hear me");
    log_unlisten(&count);
    log_line(LOG_INFO, AREA_RELAY, NULL, "hear me");
    assert_int_equal(count, 1);
    log_stop();
}

/* A reader that stopped costs lines, not time. */
static void a_full_pipe_drops(void **state)
{
    (void)state;
    int ends[2];
    char name[64];
    uint64_t before = log_dropped();
    assert_int_equal(pipe(ends), 0);
    snprintf(name, sizeof name, "/proc/self/fd/%d", ends[1]);
    const struct log_options o = {.level = LOG_INFO, .file = name};
    log_start(&o);
    for (int i = 0; i < 5000; i++)
        log_line(LOG_INFO, AREA_RELAY, NULL, "%0200d", i);
    assert_true(log_dropped() > before);
    log_stop();
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_cannot_be_forged),
        cmocka_unit_test(the_ring_is_bounded_and_searched),
        cmocka_unit_test(listeners_hear_until_they_leave),
        cmocka_unit_test(a_full_pipe_drops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
