/* A renewed token and a disk that is full: told, kept, and written as soon as it can be. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "care_kit.h"
#include "common/alloc.h"
#include "fault_vfs.h"

static struct site_reply renews(struct house *h, const struct site_request *r)
{
    (void)h;
    (void)r;
    return (struct site_reply){.status = 200,
        .body = "{'access_token':'access-1','refresh_token':'refresh-1','expires_in':28800}"};
}

static bool in_force(struct house *h)
{
    const struct credential *cr = core_credential(h->core, "ac_a");
    bool yes = cr->generation == 1;
    credential_unref(cr);
    return yes;
}

static void a_token_outlasts_a_full_disk(void **state)
{
    (void)state;
    struct house *h = xcalloc(1, sizeof *h);
    h->more = FAULT_VFS;
    house_open(h);
    h->answer = renews;
    house_account(h, "ac_a", "claude", "refresh-0", MS_HOUR);
    fault_arm(1, FAULT_FOREVER, SQLITE_FULL);
    h->due = 1;
    care_renew(h->care, "ac_a", 0, on_care_done, h);
    house_wait(h);
    /* The upstream has thrown the old one away, the new one is not on disk: nobody may use it yet.
     */
    assert_true(h->failed);
    assert_false(in_force(h));
    assert_true(fault_heal() > 0);
    house_run_until(h, in_force);
    assert_int_equal(house_requests(h, NULL), 1); /* and it was not asked for again */
    char *s = house_stored_secret(h, "ac_a");
    assert_non_null(strstr(s, "refresh-1"));
    free(s);
    house_close(h);
    free(h);
}

int main(void)
{
    fault_vfs_register();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_outlasts_a_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
