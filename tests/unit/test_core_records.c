/* Keys, accounts and credentials as records: codec, index, conflicts, rotation, first use. */
#include "test_core_kit.h"

#include <stdlib.h>
#include "common/alloc.h"
#include "common/json.h"

static cJSON *through_text(cJSON *doc)
{
    struct buf text = BUF_INIT;
    cJSON *back;

    json_print(doc, &text);
    cJSON_Delete(doc);
    back = json_parse(text.data, text.len, NULL);
    buf_release(&text);
    assert_non_null(back);
    return back;
}

static void key_codec(void **state)
{
    struct key *k = key_create(), *back;
    const struct key *copy;
    struct err err = {0};
    cJSON *doc;

    (void)state;
    strcpy(k->id, "key_0123456789");
    k->name = xstrdup("ci build");
    k->made_by = xstrdup("anna");
    k->created = T0;
    k->changed = T0 + 1;
    k->first_used = T0 + 2;
    k->paused = k->kept = true;
    k->hash_kind = KEY_HASH_LEGACY;
    memset(k->hash, 0xa5, sizeof k->hash);
    k->has_old = true;
    memset(k->old_hash, 0x5a, sizeof k->old_hash);
    k->old_until = T0 + 3;
    strcpy(k->tail, "c41e");
    k->set.daily_cost = 12400000001;
    strlist_add(&k->set.models, "claude-*");
    copy = key_copy(k);
    key_unref(k);
    doc = through_text(key_to_json(copy));
    back = key_from_json(doc, &err);
    assert_non_null(back);
    cJSON_Delete(doc);
    assert_string_equal(back->id, copy->id);
    assert_string_equal(back->name, "ci build");
    assert_string_equal(back->made_by, "anna");
    assert_string_equal(back->tail, "c41e");
    assert_true(back->created == T0 && back->changed == T0 + 1 && back->first_used == T0 + 2);
    assert_true(back->old_until == T0 + 3 && back->has_old && back->paused && back->kept);
    assert_int_equal(back->hash_kind, KEY_HASH_LEGACY);
    assert_memory_equal(back->hash, copy->hash, KEY_HASH_BYTES);
    assert_memory_equal(back->old_hash, copy->old_hash, KEY_HASH_BYTES);
    assert_true(back->set.daily_cost == 12400000001);
    assert_true(strlist_has(&back->set.models, "claude-*"));
    assert_int_equal(back->set.week_day, 1);
    assert_int_equal(back->set.rate_window, MS_MINUTE);
    key_unref(back);
    key_unref(copy);
}

static void bad_records(void **state)
{
    static const char *const keys[] = {"{}", "[]", "{\"id\":\"\"}",
        "{\"id\":\"key_1\",\"name\":\"a\",\"hash\":\"12\"}",
        "{\"id\":\"an id that is far too long for it\",\"name\":\"a\"}",
        "{\"id\":\"key_1\",\"hash\":"
        "\"0000000000000000000000000000000000000000000000000000000000000000\"}",
        "{\"id\":\"key_1\",\"name\":\"a\",\"settings\":{\"at_once\":\"many\"},\"hash\":"
        "\"0000000000000000000000000000000000000000000000000000000000000000\"}",
        "{\"id\":\"key_1\",\"name\":\"a\",\"old_hash\":\"zz\",\"hash\":"
        "\"0000000000000000000000000000000000000000000000000000000000000000\"}"};
    static const char *const accounts[] = {"{}", "{\"id\":\"ac_1\"}",
        "{\"id\":\"ac_1\",\"name\":\"a\",\"kind\":\"claude\"}",
        "{\"id\":\"ac_1\",\"name\":\"a\",\"kind\":\"claude\",\"service\":\"none\"}",
        "{\"id\":\"ac_1\",\"name\":\"a\",\"kind\":\"claude\",\"service\":\"claude\","
        "\"settings\":{\"priority\":1000}}"};
    static const char *const credentials[] = {"", "{", "[\"secret\"]", "7", "\"secret\""};

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct err err = {0};
        cJSON *doc = json_parse(keys[i], strlen(keys[i]), NULL);

        assert_null(key_from_json(doc, &err));
        assert_int_not_equal(err.code, ERR_NONE);
        cJSON_Delete(doc);
    }
    for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++) {
        struct err err = {0};
        cJSON *doc = json_parse(accounts[i], strlen(accounts[i]), NULL);

        assert_null(account_from_json(doc, &err));
        assert_int_not_equal(err.code, ERR_NONE);
        cJSON_Delete(doc);
    }
    for (size_t i = 0; i < sizeof credentials / sizeof credentials[0]; i++) {
        struct err err = {0};

        assert_null(credential_read(credentials[i], strlen(credentials[i]), &err));
        assert_int_not_equal(err.code, ERR_NONE);
        assert_null(strstr(err.text, "secret"));
    }
}

static void account_codec(void **state)
{
    struct account *a = account_create(), *back;
    const struct account *copy;
    cJSON *doc;

    (void)state;
    strcpy(a->id, "ac_01234567");
    a->name = xstrdup("max-1");
    a->kind = xstrdup("claude");
    a->service = SERVICE_DROID;
    a->login = xstrdup("oauth");
    a->off = true;
    a->profile = cJSON_CreateObject();
    json_put_str(a->profile, "plan", "max");
    strlist_add(&a->groups, "team");
    a->set.priority = 7;
    copy = account_copy(a);
    account_unref(a);
    doc = through_text(account_to_json(copy));
    back = account_from_json(doc, NULL);
    cJSON_Delete(doc);
    assert_non_null(back);
    assert_string_equal(back->name, "max-1");
    assert_string_equal(back->login, "oauth");
    assert_int_equal(back->service, SERVICE_DROID);
    assert_true(back->off);
    assert_string_equal(json_str(back->profile, "plan"), "max");
    assert_true(strlist_has(&back->groups, "team"));
    assert_int_equal(back->set.priority, 7);
    assert_true(back->set.pool);
    account_unref(back);
    account_unref(copy);
}

static void credential_codec(void **state)
{
    struct credential *c = kit_credential("sk-\"quoted\"\n\\\x01"), *copy, *back;
    struct buf text = BUF_INIT;

    (void)state;
    c->extra = xstrdup("{\"a\":1}");
    c->proxy_password = xstrdup("p@:/#");
    c->expires = T0;
    c->renewed = T0 - 1;
    c->generation = 7;
    copy = credential_copy(c);
    credential_unref(c);
    credential_write(copy, &text);
    back = credential_read(text.data, text.len, NULL);
    assert_non_null(back);
    assert_string_equal(back->access, copy->access);
    assert_null(back->refresh);
    assert_string_equal(back->extra, "{\"a\":1}");
    assert_string_equal(back->proxy_password, "p@:/#");
    assert_true(back->expires == T0 && back->renewed == T0 - 1 && back->generation == 7);
    credential_unref(back);
    credential_unref(copy);
    buf_wipe(&text);
}

static struct key *new_key(const char *id, const char *name, const char *hash)
{
    struct key *k = key_create();

    strcpy(k->id, id);
    k->name = xstrdup(name);
    kit_hash(hash, k->hash);
    return k;
}

static void key_index(void **state)
{
    static const struct {
        const char *word;
        bool removed;
        const char *id; /* NULL: not found */
        enum err_code code;
    } rows[] = {
        {"anna", false, "key_aa1", ERR_NONE},
        {"key_aa1", false, "key_aa1", ERR_NONE},
        {"ann", false, NULL, ERR_USAGE}, /* anna and annika */
        {"anni", false, "key_ab2", ERR_NONE},
        {"key_ab", false, "key_ab2", ERR_NONE},
        {"key_", false, NULL, ERR_USAGE},
        {"otto", false, NULL, ERR_NOT_FOUND}, /* removed */
        {"otto", true, "key_b3", ERR_NONE},
        {"key_b3", false, NULL, ERR_NOT_FOUND},
        {"key_b3", true, "key_b3", ERR_NONE},
        {"", false, NULL, ERR_NOT_FOUND},
        {"x", true, NULL, ERR_NOT_FOUND},
    };
    const struct key **all;
    struct err err = {0};
    struct key *k;
    size_t n;
    struct kit kit;

    (void)state;
    kit_open(&kit, "UTC");
    assert_int_equal(core_key_put(kit.c, new_key("key_ab2", "annika", "2"), &err), 0);
    assert_int_equal(core_key_put(kit.c, new_key("key_aa1", "anna", "1"), &err), 0);
    k = new_key("key_b3", "otto", "3");
    k->removed = T0;
    assert_int_equal(core_key_put(kit.c, k, &err), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct key *got;

        err_clear(&err);
        got = core_key_find(kit.c, rows[i].word, rows[i].removed, &err);
        if ((got != NULL) != (rows[i].id != NULL) || err.code != rows[i].code ||
            (got && strcmp(got->id, rows[i].id)))
            fail_msg("row %zu: %s, %s", i, got ? got->id : "none", err.text);
        key_unref(got);
    }
    /* By id alone: no name, no start, and what is removed is there. */
    const struct key *by_id = core_key_by_id(kit.c, "key_b3");
    assert_non_null(by_id);
    assert_string_equal(by_id->name, "otto");
    key_unref(by_id);
    assert_null(core_key_by_id(kit.c, "otto"));
    assert_null(core_key_by_id(kit.c, "key_b"));
    all = core_keys(kit.c, &n);
    assert_int_equal(n, 3);
    assert_string_equal(all[0]->name, "anna");
    assert_string_equal(all[2]->name, "otto");
    for (size_t i = 0; i < n; i++)
        key_unref(all[i]);
    free(all);

    /* Conflicts; a removed key's name is free, its secret is not. */
    assert_int_equal(core_key_put(kit.c, new_key("key_c4", "anna", "4"), &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_int_equal(core_key_put(kit.c, new_key("key_c4", "carl", "1"), &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_int_equal(core_key_put(kit.c, new_key("key_c4", "carl", "3"), &err), -1);
    assert_int_equal(core_key_put(kit.c, new_key("key_c4", "otto", "4"), &err), 0);
    k = new_key("key_aa1", "annika", "1"); /* an edit that takes another's name */
    assert_int_equal(core_key_check(kit.c, k, &err), -1);
    key_unref(k);
    assert_int_equal(core_key_put(kit.c, new_key("key_aa1", "anja", "9"), &err), 0);
    assert_null(core_key_find(kit.c, "anna", true, NULL));
    core_key_drop(kit.c, "key_ab2");
    core_key_drop(kit.c, "key_none");
    assert_int_equal(core_key_put(kit.c, new_key("key_d5", "annika", "2"), &err), 0);
    kit_close(&kit);
}

static void account_index(void **state)
{
    const struct account **all;
    const struct account *a;
    struct account *other = account_create();
    struct err err = {0};
    size_t n;
    struct kit k;

    (void)state;
    kit_open(&k, "UTC");
    kit_account(&k, "max-2", "{}", "");
    kit_account(&k, "max-1", "{}", "");
    kit_account(&k, "pro", "{}", "");
    all = core_accounts(k.c, &n);
    assert_int_equal(n, 3);
    assert_string_equal(all[0]->name, "max-1");
    assert_string_equal(all[2]->name, "pro");
    for (size_t i = 0; i < n; i++)
        account_unref(all[i]);
    free(all);
    a = core_account_find(k.c, "pr", &err);
    assert_string_equal(a->id, "ac_pro");
    account_unref(a);
    assert_null(core_account_find(k.c, "max", &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_null(core_account_find(k.c, "min", &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    strcpy(other->id, "ac_x");
    other->name = xstrdup("pro");
    other->kind = xstrdup("claude");
    assert_int_equal(core_account_check(k.c, other, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_int_equal(core_account_put(k.c, other, NULL, &err), -1);
    other = account_create(); /* renamed, and put without a credential: it keeps its own */
    strcpy(other->id, "ac_pro");
    other->name = xstrdup("an-old-one");
    other->kind = xstrdup("claude");
    assert_int_equal(core_account_put(k.c, other, NULL, &err), 0);
    const struct credential *cr = core_credential(k.c, "ac_pro");
    assert_string_equal(cr->access, "pro");
    credential_unref(cr);
    all = core_accounts(k.c, &n);
    assert_string_equal(all[0]->name, "an-old-one");
    for (size_t i = 0; i < n; i++)
        account_unref(all[i]);
    free(all);
    kit_close(&k);
}

struct door {
    const char *own, *legacy; /* names of the hashes; NULL none */
    int64_t at;               /* seconds since T0 */
    const char *id;           /* NULL: refused */
    enum refusal_code code;
};

static void open_doors(struct kit *k, const struct door *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char own[KEY_HASH_BYTES], legacy[KEY_HASH_BYTES];
        const struct key *got;
        struct refusal r;

        kit_hash(v[i].own, own);
        kit_hash(v[i].legacy ? v[i].legacy : "", legacy);
        got =
            core_authenticate(k->c, own, v[i].legacy ? legacy : NULL, T0 + v[i].at * MS_SECOND, &r);
        if ((got != NULL) != (v[i].id != NULL) || r.code != v[i].code ||
            (got && strcmp(got->id, v[i].id)))
            fail_msg("door %zu: %s code %d", i, got ? got->id : "none", (int)r.code);
        key_unref(got);
    }
}

static void authenticate(void **state)
{
    static const struct door doors[] = {
        {"plain", NULL, 0, "key_plain", REFUSE_NONE},
        {"nobody", NULL, 0, NULL, REFUSE_UNKNOWN_KEY},
        {"nobody", "legacy", 0, "key_legacy", REFUSE_NONE},
        {"legacy", NULL, 0, NULL, REFUSE_UNKNOWN_KEY}, /* the hash of another function */
        {"nobody", "plain", 0, NULL, REFUSE_UNKNOWN_KEY},
        {"paused", NULL, 0, NULL, REFUSE_PAUSED},
        {"gone", NULL, 0, NULL, REFUSE_UNKNOWN_KEY},
        {"new", NULL, 0, "key_turned", REFUSE_NONE},
        {"old", NULL, 0, "key_turned", REFUSE_NONE},      /* the grace after a rotation */
        {"nobody", "old", 59, "key_turned", REFUSE_NONE}, /* when it was a legacy one */
        {"old", NULL, 60, NULL, REFUSE_UNKNOWN_KEY},
        {"new", NULL, 60, "key_turned", REFUSE_NONE},
        {"life", NULL, 100, "key_life", REFUSE_NONE}, /* starts to live, for an hour */
        {"life", NULL, 3699, "key_life", REFUSE_NONE},
        {"life", NULL, 3700, NULL, REFUSE_EXPIRED},
    };
    struct err err = {0};
    const struct key *found;
    unsigned char hash[KEY_HASH_BYTES];
    struct key *k;
    struct kit kit;

    (void)state;
    kit_open(&kit, "UTC");
    core_key_put(kit.c, new_key("key_plain", "plain", "plain"), &err);
    k = new_key("key_legacy", "legacy", "legacy");
    k->hash_kind = KEY_HASH_LEGACY;
    core_key_put(kit.c, k, &err);
    k = new_key("key_paused", "paused", "paused");
    k->paused = true;
    core_key_put(kit.c, k, &err);
    k = new_key("key_gone", "gone", "gone");
    k->removed = T0 - 1;
    core_key_put(kit.c, k, &err);
    k = new_key("key_turned", "turned", "new");
    k->has_old = true;
    kit_hash("old", k->old_hash);
    k->old_until = T0 + MS_MINUTE;
    core_key_put(kit.c, k, &err);
    k = new_key("key_life", "life", "life");
    k->set.expires_after_first_use = MS_HOUR;
    core_key_put(kit.c, k, &err);
    /* Looking it up is no use of it. */
    kit_hash("life", hash);
    found = core_key_by_hash(kit.c, KEY_HASH_OWN, hash, T0);
    assert_int_equal(found->first_used, 0);
    assert_int_equal(key_expiry(found), 0);
    key_unref(found);
    open_doors(&kit, doors, sizeof doors / sizeof doors[0]);
    assert_int_equal(kit.keys_noted, 4); /* plain, legacy, turned, life: once each */

    /* An edit that began before the first use does not take it back. */
    k = new_key("key_plain", "plain", "plain");
    core_key_put(kit.c, k, &err);
    found = core_key_find(kit.c, "plain", false, NULL);
    assert_true(found->first_used == T0);
    assert_int_equal(kit.keys_noted, 5); /* and the store is put right */
    key_unref(found);
    kit_close(&kit);
}

static void states(void **state)
{
    struct key *k = key_create();

    (void)state;
    assert_string_equal(key_state(k, T0), "active");
    k->set.expires = T0;
    assert_string_equal(key_state(k, T0 - 1), "active");
    assert_string_equal(key_state(k, T0), "expired");
    k->first_used = T0 - MS_DAY;
    k->set.expires_after_first_use = MS_HOUR;
    assert_true(key_expiry(k) == T0 - MS_DAY + MS_HOUR); /* the earlier of the two */
    k->paused = true;
    assert_string_equal(key_state(k, T0), "paused");
    k->removed = T0;
    assert_string_equal(key_state(k, T0), "removed");
    key_unref(k);
}

static void zone_changes(void **state)
{
    struct zone *tokyo = zone_open("Asia/Tokyo", NULL);
    struct core_options o = {.zone = tokyo};
    struct key_live live;
    const struct key *key;
    struct kit k;

    (void)state;
    kit_open(&k, "UTC");
    key = kit_key(&k, "k", "{\"daily_cost\":1}");
    kit_charge(&k, NULL, key, "", "m", 30 * CENT, 1, T0);
    core_key_live(k.c, key->id, T0, &live);
    assert_true(live.day.reset == T0 + 12 * MS_HOUR);
    core_set_options(k.c, &o);
    core_key_live(k.c, key->id, T0, &live);
    assert_true(live.day.reset == T0 + 3 * MS_HOUR);
    assert_int_equal(live.day.used, 30 * CENT); /* what is spent stays spent */
    core_key_live(k.c, key->id, T0 + 3 * MS_HOUR, &live);
    assert_int_equal(live.day.used, 0);
    key_unref(key);
    kit_close(&k);
    zone_free(tokyo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_codec),
        cmocka_unit_test(bad_records),
        cmocka_unit_test(account_codec),
        cmocka_unit_test(credential_codec),
        cmocka_unit_test(key_index),
        cmocka_unit_test(account_index),
        cmocka_unit_test(authenticate),
        cmocka_unit_test(states),
        cmocka_unit_test(zone_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
