/* Which account does it: every reason to pass one over, the order among those that can, sessions
 * that stay, and what is said when nobody is left. */
#include "test_core_kit.h"

#include <stdio.h>
#include <stdlib.h>

/* The rows below leave out what does not matter to them. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const char *const claude_kinds[] = {"claude", "claude-console", NULL};

struct look {
    char taken[24]; /* name; "" none */
    char because[16];
    struct choice_notes notes;
    struct refusal refusal;
};

static void choose(struct kit *k, const struct key *key, const char *model, const char *session,
    const char *const *tried, int64_t now, struct look *out, struct lease *keep)
{
    const struct choose_ask ask = {.key = key,
        .kinds = claude_kinds,
        .model = model,
        .session = session,
        .tried = tried,
        .now = now};
    struct lease l;

    memset(out, 0, sizeof *out);
    if (core_choose(k->c, &ask, &l, &out->notes, &out->refusal) == 0) {
        snprintf(out->taken, sizeof out->taken, "%s", l.account->name);
        snprintf(out->because, sizeof out->because, "%s", l.because);
        assert_string_equal(l.credential->access, l.account->name);
    } else {
        assert_null(l.account);
        assert_true(out->refusal.detail[0]);
    }
    if (keep)
        *keep = l;
    else
        core_release(k->c, &l, now);
}

static const struct candidate_note *note_of(const struct look *look, const char *name)
{
    char id[24];

    snprintf(id, sizeof id, "ac_%s", name);
    for (size_t i = 0; i < look->notes.n; i++) {
        if (strcmp(look->notes.v[i].account, id) == 0)
            return &look->notes.v[i];
    }
    fail_msg("no note of %s", name);
    return NULL;
}

static void tell(struct kit *k, const char *name, enum health health, int64_t until, int64_t now)
{
    struct verdict v = {.action = ACT_NEXT, .health = health, .until = until};
    char id[24];

    snprintf(id, sizeof id, "ac_%s", name);
    core_verdict(k->c, id, "claude-sonnet-4-5", &v, now);
}

static void tell_quota(struct kit *k, const char *name, double five, int64_t five_reset,
    double seven, int64_t seven_reset, int64_t now)
{
    struct verdict v = {.action = ACT_OK};
    char id[24];

    snprintf(id, sizeof id, "ac_%s", name);
    if (five >= 0)
        v.quota.five_hour = (struct window_use){true, five, five_reset, now};
    if (seven >= 0)
        v.quota.seven_day = (struct window_use){true, seven, seven_reset, now};
    core_verdict(k->c, id, "claude-sonnet-4-5", &v, now);
}

/* One account, one thing about it, one answer. */
static void reasons(void **state)
{
    static const struct {
        const char *settings, *key, *model;
        enum pass_reason reason;
        enum refusal_code code;
        const char *kind;
        double five;   /* used of the 5-hour window, resets in an hour */
        int64_t until; /* minutes since T0 */
    } rows[] = {
        {"{}", "{}", "claude-sonnet-4-5", PASS_TAKEN}, {"{}", "{}", "", PASS_TAKEN},
        {"{\"pool\":false}", "{}", "m", PASS_NOT_POOL, REFUSE_NO_ACCOUNT},
        {"{\"pool\":false}", "{\"accounts\":[\"a\"]}", "m", PASS_TAKEN},
        {"{\"pool\":false}", "{\"accounts\":[\"ac_a\"]}", "m", PASS_TAKEN},
        {"{\"pool\":false}", "{\"groups\":[\"team\"]}", "m", PASS_TAKEN},
        {"{}", "{\"groups\":[\"other\"]}", "m", PASS_NOT_BOUND, REFUSE_BINDING},
        {"{}", "{\"accounts\":[\"b\"]}", "m", PASS_NOT_BOUND, REFUSE_BINDING},
        {"{}", "{\"accounts\":[\"b\"],\"groups\":[\"team\"]}", "m", PASS_TAKEN},
        {"{}", "{}", "m", PASS_KIND, REFUSE_NO_ACCOUNT, .kind = "codex"},
        {"{}", "{\"accounts\":[\"a\"]}", "m", PASS_KIND, REFUSE_BINDING, .kind = "codex"},
        {"{}", "{}", "m", PASS_TAKEN, .kind = "claude-console"},
        {"{\"models\":[\"*opus*\"]}", "{}", "claude-sonnet-4-5", PASS_MODEL, REFUSE_NO_ACCOUNT},
        {"{\"models\":[\"*opus*\"]}", "{}", "claude-opus-4-1", PASS_TAKEN},
        {"{\"not_models\":[\"*opus*\"]}", "{}", "claude-opus-4-1", PASS_MODEL, REFUSE_NO_ACCOUNT},
        {"{\"expires\":\"2026-03-02T12:00:00Z\"}", "{}", "m", PASS_EXPIRED, REFUSE_NO_ACCOUNT},
        {"{\"expires\":\"2026-03-02T12:00:01Z\"}", "{}", "m", PASS_TAKEN},
        {"{\"pause_at\":80}", "{}", "m", PASS_TAKEN, .five = 0.79},
        {"{\"pause_at\":80}", "{}", "m", PASS_PAUSED_AT, REFUSE_ACCOUNTS_RESTING, .five = 0.8,
            .until = 60},
        {"{\"reserve\":25}", "{}", "m", PASS_TAKEN, .five = 0.74},
        {"{\"reserve\":25}", "{}", "m", PASS_RESERVE, REFUSE_ACCOUNTS_RESTING, .five = 0.75,
            .until = 60},
        {"{}", "{}", "m", PASS_TAKEN, .five = 1.2}, /* the upstream may allow more: it will say */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct candidate_note *note;
        const struct key *key;
        struct look look;
        struct kit k;

        kit_open(&k, "UTC");
        if (rows[i].kind)
            kit_account_kind(&k, "a", rows[i].kind, rows[i].settings);
        else
            kit_account(&k, "a", rows[i].settings, "team,more");
        if (rows[i].five > 0)
            tell_quota(&k, "a", rows[i].five, T0 + MS_HOUR, -1, 0, T0);
        key = kit_key(&k, "k", rows[i].key);
        choose(&k, key, rows[i].model, "", NULL, T0, &look, NULL);
        note = note_of(&look, "a");
        if (note->reason != rows[i].reason || look.refusal.code != rows[i].code ||
            note->until != (rows[i].until ? T0 + rows[i].until * MS_MINUTE : 0))
            fail_msg("row %zu: %s, code %d (%s), until %lld", i, pass_reason_text(note->reason),
                (int)look.refusal.code, look.refusal.detail, (long long)note->until);
        assert_true((note->reason == PASS_TAKEN) == (strcmp(look.taken, "a") == 0));
        key_unref(key);
        kit_close(&k);
    }
}

static void reasons_text(void **state)
{
    (void)state;
    for (int r = 0; r < PASS_REASONS; r++)
        assert_string_not_equal(pass_reason_text((enum pass_reason)r), "unknown");
}

/* Three accounts a, b, c; what is told of their windows; who is taken and by which rule. */
static void order(void **state)
{
    static const struct {
        const char *a, *b, *c, *key;
        double five[3]; /* used; < 0 unknown */
        int minutes[3]; /* to the reset */
        const char *taken, *because;
    } rows[] = {
        {"{}", "{}", "{}", "{}", {-1, -1, -1}, {0}, "a", "least recent"},
        {"{\"priority\":60}", "{\"priority\":40}", "{}", "{}", {-1, -1, -1}, {0}, "b", "priority"},
        {"{\"priority\":60}", "{}", "{}", "{}", {-1, -1, -1}, {0}, "b", "least recent"},
        {"{\"priority\":10}", "{}", "{}", "{}", {0.99, 0.1, 0.1}, {200, 10, 10}, "a", "priority"},
        /* The window that would lapse soonest. */
        {"{}", "{}", "{}", "{}", {0.5, 0.5, 0.5}, {200, 20, 100}, "b", "headroom"},
        {"{}", "{}", "{}", "{}", {0.9, 0.5, 0.2}, {100, 100, 100}, "c", "headroom"},
        {"{}", "{}", "{}", "{}", {1.0, -1, 1.0}, {10, 0, 100}, "b", "headroom"},
        /* One of two halves used at half time is as good as one not known. */
        {"{}", "{}", "{}", "{}", {0.99, 0.5, -1}, {100, 150, 0}, "b", "least recent"},
        {"{}", "{}", "{}", "{\"accounts\":[\"b\",\"c\"]}", {0.1, 0.9, 0.2}, {10, 100, 100}, "c",
            "bound"},
        {"{\"pool\":false}", "{\"models\":[\"x\"]}", "{}", "{}", {0.1, 0.1, 0.9}, {10, 10, 200},
            "c", "priority"}, /* nobody else */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static const char *const names[] = {"a", "b", "c"};
        const struct key *key;
        struct look look;
        struct kit k;

        kit_open(&k, "UTC");
        kit_account(&k, "a", rows[i].a, "");
        kit_account(&k, "b", rows[i].b, "");
        kit_account(&k, "c", rows[i].c, "");
        for (int n = 0; n < 3; n++) {
            if (rows[i].five[n] >= 0)
                tell_quota(
                    &k, names[n], rows[i].five[n], T0 + rows[i].minutes[n] * MS_MINUTE, -1, 0, T0);
        }
        key = kit_key(&k, "k", rows[i].key);
        choose(&k, key, "claude-sonnet-4-5", "", NULL, T0, &look, NULL);
        if (strcmp(look.taken, rows[i].taken) || strcmp(look.because, rows[i].because))
            fail_msg("row %zu: %s by %s", i, look.taken, look.because);
        assert_int_equal(look.notes.n, 3);
        key_unref(key);
        kit_close(&k);
    }
}

static void takes_turns(void **state)
{
    struct look look;
    struct kit k;
    const struct key *key;
    char seen[8] = "";

    (void)state;
    kit_open(&k, "UTC");
    kit_account(&k, "a", "{}", "");
    kit_account(&k, "b", "{}", "");
    kit_account(&k, "c", "{}", "");
    key = kit_key(&k, "k", "{}");
    for (int i = 0; i < 6; i++) { /* all at the same moment */
        choose(&k, key, "m", "", NULL, T0, &look, NULL);
        strcat(seen, look.taken);
    }
    assert_string_equal(seen, "abcabc");
    assert_int_equal(note_of(&look, "a")->reason, PASS_LATER);
    key_unref(key);
    kit_close(&k);
}

static void sticky(void **state)
{
    const char *const tried_a[] = {"ac_a", NULL};
    struct look look;
    struct lease held;
    struct kit k;
    const struct key *key, *other;
    struct account_live live;
    struct session_view *views;
    size_t n;

    (void)state;
    kit_open(&k, "UTC");
    kit_account(&k, "a", "{\"at_once\":1}", "");
    kit_account(&k, "b", "{\"pause_at\":50}", "");
    key = kit_key(&k, "k", "{}");
    other = kit_key(&k, "o", "{}");

    choose(&k, key, "m", "s1", NULL, T0, &look, NULL);
    assert_string_equal(look.taken, "a");
    choose(&k, key, "m", "s1", NULL, T0 + 1, &look, NULL);
    assert_string_equal(look.taken, "a"); /* not b, whose turn it would be */
    assert_string_equal(look.because, "session");
    choose(&k, other, "m", "s1", NULL, T0 + 2, &look, NULL);
    assert_string_equal(look.taken, "b"); /* the same name with another key is another session */
    choose(&k, key, "m", "", NULL, T0 + 3, &look, NULL);
    assert_string_equal(look.taken, "a");

    /* Renewed by each use; gone an hour after the last. */
    choose(&k, key, "m", "s1", NULL, T0 + MS_HOUR, &look, NULL);
    assert_string_equal(look.because, "session");
    core_account_live(k.c, "ac_a", T0 + MS_HOUR, &live);
    assert_int_equal(live.sessions, 1);
    free(core_sessions(k.c, &n));
    assert_int_equal(n, 2);
    core_tick(k.c, T0 + MS_HOUR + 2);
    views = core_sessions(k.c, &n);
    assert_int_equal(n, 1); /* the other one's hour is over */
    assert_string_equal(views[0].session, "s1");
    assert_string_equal(views[0].key, "key_k");
    assert_true(views[0].until == T0 + 2 * MS_HOUR);
    free(views);

    /* Full for a moment: elsewhere this once, and back. */
    choose(&k, key, "m", "s1", NULL, T0 + MS_HOUR, &look, &held);
    choose(&k, key, "m", "s1", NULL, T0 + MS_HOUR, &look, NULL);
    assert_string_equal(look.taken, "b");
    assert_int_equal(note_of(&look, "a")->reason, PASS_FULL);
    core_release(k.c, &held, T0 + MS_HOUR);
    choose(&k, key, "m", "s1", NULL, T0 + MS_HOUR, &look, NULL);
    assert_string_equal(look.taken, "a");

    /* Failed there, or limited: it moves, and stays moved. */
    choose(&k, key, "m", "s1", tried_a, T0 + MS_HOUR, &look, NULL);
    assert_string_equal(look.taken, "b");
    choose(&k, key, "m", "s1", NULL, T0 + MS_HOUR, &look, NULL);
    assert_string_equal(look.taken, "b");
    /* Above pause_at only sessions that are there already. */
    tell_quota(&k, "b", 0.6, T0 + 3 * MS_HOUR, -1, 0, T0 + MS_HOUR);
    choose(&k, key, "m", "s1", NULL, T0 + MS_HOUR, &look, NULL);
    assert_string_equal(look.taken, "b");
    choose(&k, key, "m", "s2", NULL, T0 + MS_HOUR, &look, NULL);
    assert_string_equal(look.taken, "a");
    tell(&k, "b", HEALTH_LIMITED, T0 + MS_HOUR + 1000, T0 + MS_HOUR);
    choose(&k, key, "m", "s1", NULL, T0 + MS_HOUR, &look, NULL);
    assert_string_equal(look.taken, "a");
    choose(&k, key, "m", "s1", NULL, T0 + MS_HOUR + 2000, &look, NULL);
    assert_string_equal(look.taken, "a");

    /* Forgotten on request; a dropped account takes its sessions along. */
    core_session_forget(k.c, key, "s1");
    core_account_live(k.c, "ac_a", T0 + MS_HOUR, &live);
    assert_int_equal(live.sessions, 1);
    core_account_drop(k.c, "ac_a");
    free(core_sessions(k.c, &n));
    assert_int_equal(n, 0);
    core_key_drop(k.c, "key_o");
    core_tick(k.c, T0 + 9 * MS_HOUR);
    key_unref(key);
    key_unref(other);
    kit_close(&k);
}

static void reserve_is_for_sessions(void **state)
{
    struct look look;
    const struct key *key;
    struct kit k;

    (void)state;
    kit_open(&k, "UTC");
    kit_account(&k, "a", "{\"reserve\":20}", "");
    key = kit_key(&k, "k", "{}");
    choose(&k, key, "m", "s1", NULL, T0, &look, NULL);
    tell_quota(&k, "a", 0.85, T0 + MS_HOUR, -1, 0, T0);
    choose(&k, key, "m", "s2", NULL, T0, &look, NULL);
    assert_int_equal(note_of(&look, "a")->reason, PASS_RESERVE);
    choose(&k, key, "m", "s1", NULL, T0, &look, NULL);
    assert_string_equal(look.taken, "a");
    key_unref(key);
    kit_close(&k);
}

static void sticky_bounds(void **state)
{
    char name[200];
    struct look look;
    struct account_live live;
    const struct key *key;
    struct session_view *views;
    size_t n;
    struct kit k;

    (void)state;
    kit_open(&k, "UTC");
    kit_account(&k, "a", "{}", "");
    kit_account(&k, "b", "{}", "");
    key = kit_key(&k, "k", "{}");
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "session-%d", i);
        choose(&k, key, "m", name, NULL, T0 + i, &look, NULL);
    }
    views = core_sessions(k.c, &n);
    assert_int_equal(n, 4096);
    assert_string_equal(views[0].session, "session-4999");
    free(views);
    core_account_live(k.c, "ac_a", T0, &live);
    assert_int_equal(live.sessions, 2048);
    /* Long names are told apart by their end as well. */
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    choose(&k, key, "m", name, NULL, T0 + 6000, &look, NULL);
    char first[24];
    memcpy(first, look.taken, sizeof first);
    name[sizeof name - 2] = 'y';
    choose(&k, key, "m", name, NULL, T0 + 6000, &look, NULL);
    assert_string_not_equal(look.because, "session");
    assert_string_not_equal(look.taken, first);
    choose(&k, key, "m", name, NULL, T0 + 6000, &look, NULL);
    assert_string_equal(look.because, "session");
    key_unref(key);
    kit_close(&k);
}

static void caps(void **state)
{
    struct look look;
    struct lease l[3];
    struct account_live live;
    const struct key *key;
    struct kit k;

    (void)state;
    kit_open(&k, "UTC");
    kit_account(&k, "a", "{\"at_once\":2,\"daily_cost\":1}", "");
    key = kit_key(&k, "k", "{}");
    choose(&k, key, "m", "", NULL, T0, &look, &l[0]);
    choose(&k, key, "m", "", NULL, T0, &look, &l[1]);
    choose(&k, key, "m", "", NULL, T0, &look, &l[2]);
    assert_int_equal(note_of(&look, "a")->reason, PASS_FULL);
    assert_int_equal(look.refusal.code, REFUSE_ACCOUNTS_RESTING);
    assert_true(look.refusal.reset == T0 + MS_SECOND);
    core_account_live(k.c, "ac_a", T0, &live);
    assert_int_equal(live.running, 2);
    core_release(k.c, &l[0], T0);
    core_release(k.c, &l[0], T0); /* twice is once */
    core_account_live(k.c, "ac_a", T0, &live);
    assert_int_equal(live.running, 1);
    /* 0.60 spent by one request, another one runs and will cost about as much: 1.20. */
    kit_charge(&k, NULL, key, "ac_a", "m", 60 * CENT, 1, T0);
    choose(&k, key, "m", "", NULL, T0, &look, NULL);
    assert_int_equal(note_of(&look, "a")->reason, PASS_DAILY_COST);
    core_release(k.c, &l[1], T0);
    choose(&k, key, "m", "", NULL, T0, &look, NULL);
    assert_string_equal(look.taken, "a");
    kit_charge(&k, NULL, key, "ac_a", "m", 40 * CENT, 1, T0);
    choose(&k, key, "m", "", NULL, T0, &look, NULL);
    assert_true(look.refusal.reset == T0 + 12 * MS_HOUR);
    choose(&k, key, "m", "", NULL, T0 + 12 * MS_HOUR, &look, NULL);
    assert_string_equal(look.taken, "a");
    key_unref(key);
    kit_close(&k);
}

static void families(void **state)
{
    struct verdict v = {.action = ACT_NEXT,
        .health = HEALTH_LIMITED,
        .family = FAMILY_OPUS,
        .family_only = true,
        .until = T0 + MS_HOUR};
    struct look look;
    const struct key *key;
    struct account_live live;
    struct kit k;

    (void)state;
    kit_open(&k, "UTC");
    kit_account(&k, "a", "{}", "");
    key = kit_key(&k, "k", "{}");
    core_verdict(k.c, "ac_a", "claude-opus-4-1", &v, T0);
    choose(&k, key, "claude-opus-4-1", "", NULL, T0, &look, NULL);
    assert_int_equal(note_of(&look, "a")->reason, PASS_FAMILY_LIMITED);
    assert_int_equal(look.refusal.code, REFUSE_ACCOUNTS_RESTING);
    assert_true(look.refusal.reset == T0 + MS_HOUR);
    choose(&k, key, "claude-sonnet-4-5", "", NULL, T0, &look, NULL);
    assert_string_equal(look.taken, "a");
    core_account_live(k.c, "ac_a", T0, &live);
    assert_int_equal(live.health, HEALTH_READY);
    assert_int_equal(live.n_family_limits, 1);
    assert_int_equal(live.family_limits[0].family, FAMILY_OPUS);
    choose(&k, key, "claude-opus-4-1", "", NULL, T0 + MS_HOUR, &look, NULL);
    assert_string_equal(look.taken, "a");
    /* The family's own week used up, as its header tells. */
    v = (struct verdict){.action = ACT_OK};
    v.quota.seven_day_sonnet = (struct window_use){true, 1.0, T0 + 2 * MS_DAY, T0};
    core_verdict(k.c, "ac_a", "claude-sonnet-4-5", &v, T0 + MS_HOUR);
    choose(&k, key, "claude-sonnet-4-5", "", NULL, T0 + MS_HOUR, &look, NULL);
    assert_true(look.refusal.reset == T0 + 2 * MS_DAY);
    choose(&k, key, "claude-opus-4-1", "", NULL, T0 + MS_HOUR, &look, NULL);
    assert_string_equal(look.taken, "a");
    key_unref(key);
    kit_close(&k);
}

static void nobody(void **state)
{
    const char *const tried[] = {"ac_a", "ac_b", NULL};
    struct look look;
    const struct key *key;
    struct kit k;

    (void)state;
    kit_open(&k, "UTC");
    key = kit_key(&k, "k", "{}");
    choose(&k, key, "m", "", NULL, T0, &look, NULL);
    assert_int_equal(look.refusal.code, REFUSE_NO_ACCOUNT);
    kit_account(&k, "a", "{}", "");
    kit_account(&k, "b", "{}", "");
    tell(&k, "a", HEALTH_LIMITED, T0 + 2 * MS_HOUR, T0);
    tell(&k, "b", HEALTH_LIMITED, T0 + MS_HOUR, T0);
    choose(&k, key, "m", "", NULL, T0, &look, NULL);
    assert_int_equal(look.refusal.code, REFUSE_ACCOUNTS_RESTING);
    assert_true(look.refusal.reset == T0 + MS_HOUR);
    assert_non_null(strstr(look.refusal.detail, "'b': limited until 13:00"));
    choose(&k, key, "m", "", tried, T0, &look, NULL); /* all were tried by this request */
    assert_int_equal(look.refusal.code, REFUSE_ACCOUNTS_RESTING);
    assert_int_equal(look.refusal.reset, 0);
    tell(&k, "a", HEALTH_LOGIN, 0, T0);
    tell(&k, "b", HEALTH_LOGIN, 0, T0);
    choose(&k, key, "m", "", NULL, T0 + 100 * MS_DAY, &look, NULL);
    assert_int_equal(look.refusal.code, REFUSE_NO_ACCOUNT);
    core_credential_put(k.c, "ac_b", kit_credential("b"));
    choose(&k, key, "m", "", NULL, T0 + 100 * MS_DAY, &look, NULL);
    assert_string_equal(look.taken, "b");
    key_unref(key);
    kit_close(&k);
}

/* Two keys of the same weight: a is over its half early in the window, b is not. */
static void shares(void **state)
{
    const struct key *a, *b;
    struct look look;
    struct kit k;

    (void)state;
    kit_open(&k, "UTC");
    kit_account(&k, "s", "{\"fair_share\":true}", "");
    a = kit_key(&k, "a", "{}");
    b = kit_key(&k, "b", "{}");
    tell_quota(&k, "s", 0.1, T0 + 5 * MS_HOUR, -1, 0, T0);
    kit_charge(&k, NULL, a, "ac_s", "m", 70 * CENT, 1, T0);
    kit_charge(&k, NULL, b, "ac_s", "m", 10 * CENT, 1, T0);
    tell_quota(&k, "s", 0.8, T0 + 5 * MS_HOUR, -1, 0, T0 + 1000);
    choose(&k, a, "m", "s1", NULL, T0 + 1000, &look, NULL);
    assert_int_equal(note_of(&look, "s")->reason, PASS_FAIR_SHARE);
    assert_int_equal(look.refusal.code, REFUSE_ACCOUNTS_RESTING);
    assert_true(look.refusal.reset > T0 + MS_HOUR && look.refusal.reset < T0 + 5 * MS_HOUR);
    choose(&k, b, "m", "s1", NULL, T0 + 1000, &look, NULL);
    assert_string_equal(look.taken, "s");
    choose(&k, a, "m", "s1", NULL, T0 + 290 * MS_MINUTE, &look, NULL); /* what b leaves lapses */
    assert_string_equal(look.taken, "s");
    key_unref(a);
    key_unref(b);
    kit_close(&k);
}

static void leases_of_strangers(void **state)
{
    struct account_live live;
    struct lease l, test;
    struct look look;
    struct err err;
    const struct key *key;
    struct kit k;

    (void)state;
    kit_open(&k, "UTC");
    kit_account(&k, "a", "{}", "");
    key = kit_key(&k, "k", "{}");
    choose(&k, key, "m", "", NULL, T0, &look, &l);
    core_account_drop(k.c, "ac_a");
    kit_account(&k, "a", "{}", "");
    tell(&k, "a", HEALTH_BLOCKED, 0, T0);
    assert_int_equal(core_lease_account(k.c, "ac_a", &test, &err), 0); /* whatever its state */
    core_release(k.c, &l, T0); /* of the one before: not counted here */
    core_account_live(k.c, "ac_a", T0, &live);
    assert_int_equal(live.running, 1);
    core_release(k.c, &test, T0);
    assert_int_equal(core_lease_account(k.c, "ac_none", &test, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    tell(&k, "none", HEALTH_BLOCKED, 0, T0); /* a verdict on nobody */
    key_unref(key);
    kit_close(&k);
}

static void many_accounts(void **state)
{
    char name[24];
    struct look look;
    const struct key *key;
    struct kit k;

    (void)state;
    kit_open(&k, "UTC");
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "a%02d", i);
        kit_account(&k, name, i == 99 ? "{\"priority\":1}" : "{}", "");
    }
    key = kit_key(&k, "k", "{}");
    choose(&k, key, "m", "", NULL, T0, &look, NULL);
    assert_string_equal(look.taken, "a99");
    assert_int_equal(look.notes.n, NOTES_MAX);
    assert_int_equal(note_of(&look, "a99")->reason, PASS_TAKEN);
    key_unref(key);
    kit_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons),
        cmocka_unit_test(reasons_text),
        cmocka_unit_test(order),
        cmocka_unit_test(takes_turns),
        cmocka_unit_test(sticky),
        cmocka_unit_test(reserve_is_for_sessions),
        cmocka_unit_test(sticky_bounds),
        cmocka_unit_test(caps),
        cmocka_unit_test(families),
        cmocka_unit_test(nobody),
        cmocka_unit_test(shares),
        cmocka_unit_test(leases_of_strangers),
        cmocka_unit_test(many_accounts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
