/* Renewals: once for all who wait, in the store before use, through faults. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "care_kit.h"
#include "common/alloc.h"

#define TOKEN "/v1/oauth/token"
#define FRESH "{'access_token':'access-1','refresh_token':'refresh-1','expires_in':28800}"

static struct site_reply renews(struct house *h, const struct site_request *r)
{
    (void)h;
    if (strcmp(r->path, TOKEN) != 0) /* a profile, after a credential was put */
        return (struct site_reply){.status = 404, .body = "{}"};
    assert_non_null(strstr(r->body, "\"refresh_token\":\"refresh-0\""));
    return (struct site_reply){.status = 200, .body = FRESH};
}

static int setup(void **state)
{
    struct house *h = xcalloc(1, sizeof *h);
    house_open(h);
    h->answer = renews;
    house_account(h, "ac_a", "claude", "refresh-0", MS_HOUR);
    *state = h;
    return 0;
}

static int teardown(void **state)
{
    house_close(*state);
    free(*state);
    return 0;
}

static void assert_credential(struct house *h, const char *id, const char *access, unsigned n)
{
    const struct credential *cr = core_credential(h->core, id);
    assert_non_null(cr);
    assert_string_equal(cr->access, access);
    assert_int_equal(cr->generation, n);
    credential_unref(cr);
}

static void assert_stored(struct house *h, const char *id, const char *text)
{
    char *s = house_stored_secret(h, id);
    if (!s || !strstr(s, text))
        fail_msg("the store has no '%s'", text);
    free(s);
}

/* When anyone is told, the new refresh token is on disk and in the core. */
static void told_when_safe(void *arg, const struct err *failure)
{
    struct house *h = arg;
    assert_null(failure);
    assert_stored(h, "ac_a", "refresh-1");
    assert_credential(h, "ac_a", "access-1", 1);
    on_care_done(h, failure);
}

static void *asks(void *arg)
{
    struct house *h = arg;
    for (int i = 0; i < 25; i++)
        care_renew(h->care, "ac_a", 0, told_when_safe, h);
    return NULL;
}

static void one_renewal_for_all(void **state)
{
    struct house *h = *state;
    pthread_t t[4];
    h->due = 100;
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, asks, h);
    house_wait(h);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    assert_int_equal(house_requests(h, NULL), 1);
    /* who comes later with the old token in hand is told at once */
    h->due = 1;
    care_renew(h->care, "ac_a", 0, told_when_safe, h);
    house_wait(h);
    assert_int_equal(house_requests(h, NULL), 1);
    assert_int_equal(house_health(h, "ac_a"), HEALTH_READY);
}

static struct site_reply fails_once(struct house *h, const struct site_request *r)
{
    return r->number == 1 ? (struct site_reply){.status = 500, .body = "{}"} : renews(h, r);
}

static struct site_reply drops_once(struct house *h, const struct site_request *r)
{
    return r->number == 1 ? (struct site_reply){.status = 0} : renews(h, r);
}

static void faults_that_heal_are_tried_again(void **state)
{
    struct house *h = *state;
    h->answer = fails_once;
    h->due = 1;
    care_renew(h->care, "ac_a", 0, told_when_safe, h);
    house_wait(h);
    assert_int_equal(house_requests(h, NULL), 2);
}

static void a_lost_answer_is_asked_for_again(void **state)
{
    struct house *h = *state;
    h->answer = drops_once;
    h->due = 1;
    care_renew(h->care, "ac_a", 0, told_when_safe, h);
    house_wait(h);
    assert_int_equal(house_requests(h, NULL), 2);
}

static struct site_reply always_502(struct house *h, const struct site_request *r)
{
    (void)h;
    (void)r;
    return (struct site_reply){.status = 502, .body = "<html>"};
}

static void lasting_faults_leave_the_account_alone(void **state)
{
    struct house *h = *state;
    h->answer = always_502;
    h->due = 2;
    care_renew(h->care, "ac_a", 0, on_care_done, h);
    care_renew(h->care, "ac_a", 0, on_care_done, h);
    house_wait(h);
    assert_int_equal(house_requests(h, NULL), 3);
    assert_true(h->failed);
    assert_int_equal(house_health(h, "ac_a"), HEALTH_READY);
    assert_credential(h, "ac_a", "access-0", 0);
    assert_stored(h, "ac_a", "refresh-0");
}

static struct site_reply refuses(struct house *h, const struct site_request *r)
{
    (void)h;
    (void)r;
    return (struct site_reply){.status = 400, .body = "{'error':'invalid_grant'}"};
}

static void a_refused_token_needs_a_person(void **state)
{
    struct house *h = *state;
    h->answer = refuses;
    h->due = 1;
    care_renew(h->care, "ac_a", 0, on_care_done, h);
    house_wait(h);
    assert_int_equal(h->err.code, ERR_DENIED);
    assert_int_equal(house_requests(h, NULL), 1);
    assert_int_equal(house_health(h, "ac_a"), HEALTH_LOGIN);
    assert_stored(h, "ac_a", "refresh-0"); /* kept: a person may know better */
    /* without a refresh token there is nothing to ask */
    house_account(h, "ac_b", "claude", NULL, MS_HOUR);
    h->due = 1;
    care_renew(h->care, "ac_b", 0, on_care_done, h);
    house_wait(h);
    assert_int_equal(h->err.code, ERR_DENIED);
    assert_int_equal(house_health(h, "ac_b"), HEALTH_LOGIN);
    h->due = 2;
    care_renew(h->care, "ac_none", 0, on_care_done, h);
    house_account(h, "ac_k", "claude-console", NULL, MS_HOUR);
    care_renew(h->care, "ac_k", 0, on_care_done, h);
    house_wait(h);
    assert_true(h->failed);
    assert_int_equal(house_requests(h, NULL), 1);
}

static struct site_reply holds(struct house *h, const struct site_request *r)
{
    struct site_reply a = renews(h, r);
    a.hold = strcmp(r->path, TOKEN) == 0;
    return a;
}

static bool asked(struct house *h)
{
    return house_requests(h, TOKEN) > 0;
}

/* A renewal is under way, its answer held back. */
static void begin_held(struct house *h)
{
    h->answer = holds;
    h->due++;
    care_renew(h->care, "ac_a", 0, on_care_done, h);
    house_run_until(h, asked);
}

static void an_edit_meanwhile_is_not_undone(void **state)
{
    struct house *h = *state;
    begin_held(h);
    const struct account *was = core_account_find(h->core, "ac_a", NULL);
    struct account *a = account_copy(was);
    account_unref(was);
    a->set.note = xstrdup("edited");
    h->due++;
    house_let_go(h);
    care_put(h->care, a, NULL, on_care_added, h);
    house_wait(h);
    char *doc = house_stored_doc(h, "ac_a");
    assert_non_null(strstr(doc, "edited"));
    free(doc);
    assert_stored(h, "ac_a", "refresh-1");
    assert_credential(h, "ac_a", "access-1", 1);
}

/* The edit is with the store and not yet in the core when the renewal is written. */
static void writes_build_on_each_other(void **state)
{
    struct house *h = *state;
    for (int i = 0; i < 20; i++) {
        const struct account *was = core_account_find(h->core, "ac_a", NULL);
        struct account *a = account_copy(was);
        account_unref(was);
        free(a->set.note);
        a->set.note = xasprintf("edit %d", i);
        struct account *b = account_copy(a);
        b->set.priority = i + 1;
        struct credential *cr = credential_create();
        cr->access = xasprintf("typed-%d", i);
        h->due += 2;
        care_put(h->care, a, cr, on_care_added, h);
        care_put(h->care, b, NULL, on_care_added, h);
        house_wait(h);
        char *doc = house_stored_doc(h, "ac_a"), *note = xasprintf("edit %d", i);
        assert_non_null(strstr(doc, note));
        free(doc);
        free(note);
        char *typed = xasprintf("typed-%d", i);
        assert_stored(h, "ac_a", typed);
        assert_credential(h, "ac_a", typed, (unsigned)i + 1);
        free(typed);
    }
}

static void a_credential_put_meanwhile_stays(void **state)
{
    struct house *h = *state;
    begin_held(h);
    const struct account *was = core_account_find(h->core, "ac_a", NULL);
    struct account *a = account_copy(was);
    account_unref(was);
    struct credential *cr = credential_create();
    cr->access = xstrdup("typed");
    h->due++;
    care_put(h->care, a, cr, on_care_added, h);
    house_let_go(h);
    house_wait(h);
    assert_credential(h, "ac_a", "typed", 1);
    assert_stored(h, "ac_a", "typed");
}

static void a_removed_account_stays_removed(void **state)
{
    struct house *h = *state;
    begin_held(h);
    h->due++;
    care_remove(h->care, "ac_a", on_care_done, h);
    house_let_go(h);
    house_wait(h);
    assert_null(house_stored_doc(h, "ac_a"));
    assert_null(core_account_find(h->core, "ac_a", NULL));
}

static void the_end_comes_at_any_moment(void **state)
{
    struct house *h = *state;
    /* waiting for an answer, for the store, for a pause, and not yet begun */
    begin_held(h);
    house_account(h, "ac_b", "claude", "refresh-0", MS_HOUR);
    care_renew(h->care, "ac_b", 0, on_care_done, h);
    care_remove(h->care, "ac_b", on_care_done, h);
    care_profile(h->care, "ac_a", on_care_done, h);
    care_test(h->care, "ac_a", NULL, on_care_tested, h);
    care_login_begin(h->care, "claude", "code", NULL, NULL, NULL, on_care_begun, h);
    /* teardown frees care while all of that is under way; the sanitizers judge */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_renewal_for_all, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_that_heal_are_tried_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_answer_is_asked_for_again, setup, teardown),
        cmocka_unit_test_setup_teardown(lasting_faults_leave_the_account_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_token_needs_a_person, setup, teardown),
        cmocka_unit_test_setup_teardown(an_edit_meanwhile_is_not_undone, setup, teardown),
        cmocka_unit_test_setup_teardown(writes_build_on_each_other, setup, teardown),
        cmocka_unit_test_setup_teardown(a_credential_put_meanwhile_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(a_removed_account_stays_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_comes_at_any_moment, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
