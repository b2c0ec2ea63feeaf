/* Accounts under load: bad ones are worked around, sessions stay where they are, tokens are renewed
 * once for all who wait. */
#include "tests/load/load.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "tests/flow/rig_int.h"

struct many {
    struct rig *rig;
    unsigned long random;
    long total, sent, ok, attempts_wanted;
    int sessions; /* 0: none */
    const char *directive;
};

static bool many_next(void *arg, struct shot *s)
{
    struct many *m = arg;
    char session[40] = "";

    if (m->sent >= m->total)
        return false;
    s->number = m->sent++;
    if (m->sessions)
        snprintf(session, sizeof session, "00000000-0000-4000-8000-%012lu",
            load_random(&m->random, (unsigned long)m->sessions));
    s->text = load_messages(m->rig->secret, "claude-haiku-4-5", s->number % 2, session,
        m->directive ? m->directive : "words=2", s->number);
    return true;
}

static void many_landed(void *arg, const struct landing *l)
{
    struct many *m = arg;

    MUST(!l->lost && l->answer->status == 200, "request %ld: %d %s", l->shot->number,
        l->answer->status, l->answer->body);
    m->ok++;
}

static void many_run(struct many *m, int clients)
{
    const struct load l = {.port = m->rig->relay_port,
        .clients = clients,
        .arg = m,
        .next = many_next,
        .landed = many_landed};

    load_run(&l, 400);
    MUST(m->ok == m->total, "%ld of %ld", m->ok, m->total);
    rig_idle(m->rig);
}

static void add_console(struct rig *r, const char *name, const char *settings)
{
    rig_do(r, "account.add", "{\"kind\":\"claude-console\",\"name\":\"%s\",\"key\":\"sk-%s\"%s}",
        name, name, settings);
}

static int64_t upstream_total(struct rig *r, const char *name)
{
    char path[80];
    cJSON *counters = rig_fake(r, "counters", NULL);

    snprintf(path, sizeof path, "flight.sk-%s.total", name);
    const cJSON *v = at_path(counters, path);
    int64_t n = v ? (int64_t)v->valuedouble : 0;
    cJSON_Delete(counters);
    return n;
}

static int64_t booked(struct rig *r, const char *name, const char *where)
{
    char sql[300];

    snprintf(sql, sizeof sql,
        "select count(*) from attempt where account_id=(select id from record where kind='account' "
        "and json_extract(doc,'$.name')='%s') and (%s)",
        name, where);
    return rig_number(r, sql);
}

/* One account answers 429, one resets the connection, one is healthy: no client notices. */
static void two_of_three_bad(struct rig *r)
{
    struct many m = {.rig = r, .total = scaled(10000)};

    rig_start(r, NULL);
    /* Rests of a second, so that the bad ones are tried again and again. */
    const char *often = ",\"cool_error\":1,\"cool_overload\":1";
    add_console(r, "limited", often);
    add_console(r, "broken", often);
    add_console(r, "healthy", often);
    rig_rule(r, "sk-limited", "status=429 retry_after=1 error=rate_limit_error", -1);
    rig_rule(r, "sk-broken", "reset=0", -1);
    rig_key(r, "k", "");
    many_run(&m, 50);
    MUST(booked(r, "healthy", "status=200") == m.total, "healthy");
    static const char *const names[] = {"limited", "broken", "healthy"};
    for (int i = 0; i < 3; i++) {
        int64_t up = upstream_total(r, names[i]), rows = booked(r, names[i], "1");
        MUST(up == rows && up > 0, "'%s' was asked %lld times, booked are %lld", names[i],
            (long long)up, (long long)rows);
        printf("   %s: %lld attempts\n", names[i], (long long)up);
    }
    MUST(booked(r, "limited", "status<>429") == 0, "limited");
    MUST(booked(r, "broken", "status<>0 or fault=''") == 0, "broken");
    MUST(rig_number(r, "select count(*) from request where status=200") == m.total, "requests");
    rig_stop(r);
}

/* Requests of one session that did not go where most of them went. */
static int64_t strayed(struct rig *r)
{
    return rig_number(r,
        "with c as (select q.session s, a.account_id, count(*) n from attempt a join request q on "
        "q.id = a.request group by 1, 2) select sum(n) - (select sum(m) from (select max(n) m from "
        "c group by s)) from c");
}

static void sessions_stay(struct rig *r)
{
    struct many m = {.rig = r, .total = scaled(10000), .sessions = (int)scaled(2000), .random = 3};
    char name[16];

    rig_start(r, NULL);
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "c%d", i);
        add_console(r, name, "");
    }
    rig_key(r, "k", "");
    many_run(&m, 50);
    int64_t off = strayed(r);
    MUST(off * 100 <= m.total, "%lld of %ld strayed", (long long)off, m.total);
    MUST(rig_number(r, "select count(distinct account_id) from attempt") == 5, "spread");
    printf("   %ld requests of %d sessions, %lld strayed\n", m.total, m.sessions, (long long)off);
    rig_stop(r);
}

/* --- sign-in and renewal
 * ------------------------------------------------------------------------------- */

static int64_t calls(struct rig *r, const char *name)
{
    char path[60];
    cJSON *counters = rig_fake(r, "counters", NULL);

    snprintf(path, sizeof path, "calls.%s", name);
    const cJSON *v = at_path(counters, path);
    int64_t n = v ? (int64_t)v->valuedouble : 0;
    cJSON_Delete(counters);
    return n;
}

/* The person opens the address in a browser and pastes what it shows. */
static void sign_in(struct rig *r, const char *name)
{
    cJSON *login = rig_call(r, "oauth.begin", "{\"kind\":\"claude\"}");
    const char *url = text_at(login, "url"), *path = strstr(url, "/oauth/authorize");
    struct answer page;

    MUST(path && strstr(url, "code_challenge_method=S256"), "%s", url);
    ask(r->fake_port, "GET", path, "", NULL, &page);
    MUST(page.status == 200, "%d %s", page.status, page.body);
    cJSON *account =
        rig_call(r, "oauth.finish", "{\"login\":\"%s\",\"code\":\"%s\",\"name\":\"%s\"}",
            text_at(login, "login"), page.body, name);
    MUST(strcmp(text_at(account, "state"), "ready") == 0, "%s", text_at(account, "state"));
    MUST(at_path(account, "token_expires") && !cJSON_IsNull(at_path(account, "token_expires")),
        "no expiry");
    cJSON_Delete(account);
    cJSON_Delete(login);
    answer_release(&page);
}

static void code_pasted(struct rig *r)
{
    struct many m = {.rig = r, .total = 10};
    char where[256];

    rig_start(r, NULL);
    cJSON *login = rig_call(r, "oauth.begin", "{\"kind\":\"claude\"}");
    cJSON *error = rig_refused(r, "oauth.finish",
        "{\"login\":\"%s\",\"code\":\"CANARYwrong-code\"}", text_at(login, "login"));
    cJSON_Delete(error);
    cJSON_Delete(login);
    sign_in(r, "alice");
    MUST(calls(r, "exchange") >= 1, "no exchange");
    rig_key(r, "k", "");
    many_run(&m, 2);
    rig_relay_end(r, 15);
    MUST(!rig_finds(r, "CANARY-access", where), "a token is in %s", where);
    MUST(!rig_finds(r, "CANARY-refresh", where), "a token is in %s", where);
    MUST(!rig_finds(r, "CANARYcode", where), "a code is in %s", where);
    rig_relay_start(r);
    m.total = 20;
    m.sent = m.ok = 10;
    many_run(&m, 2);
    rig_stop(r);
}

/* The token has run out: fifty wait, one renews. */
static void renewed_once(struct rig *r)
{
    struct many m = {.rig = r, .total = 50};

    rig_start(r, NULL);
    sign_in(r, "alice");
    rig_key(r, "k", "");
    cJSON_Delete(rig_fake(r, "config", "{\"token_delay\":300}"));
    rig_turn_clock(r, (int64_t)9 * 3600 * 1000);
    many_run(&m, 50);
    MUST(calls(r, "refresh") == 1, "%lld renewals", (long long)calls(r, "refresh"));
    rig_stop(r);
}

/* Ahead of its time, while fifty use it: one renewal, and nobody waits. */
static void renewed_ahead(struct rig *r)
{
    struct many m = {.rig = r, .total = scaled(5000), .directive = "words=2 event_delay=10"};

    rig_start(r, NULL);
    sign_in(r, "alice");
    rig_key(r, "k", "");
    cJSON_Delete(rig_fake(r, "config", "{\"token_delay\":300}"));
    rig_turn_clock(r, (int64_t)(8 * 60 - 5) * 60 * 1000);
    many_run(&m, 50);
    int64_t end = mono_ms() + 20000;
    while (calls(r, "refresh") == 0) {
        MUST(mono_ms() < end, "it is not renewed");
        poll(NULL, 0, 20);
    }
    m.total += 50;
    many_run(&m, 50);
    MUST(calls(r, "refresh") == 1, "%lld renewals", (long long)calls(r, "refresh"));
    MUST(rig_number(r, "select count(*) from attempt where status<>200") == 0, "failed attempts");
    rig_stop(r);
}

/* The upstream's token door fails once; then it works, and still nobody sees an error. */
static void renewal_fails_once(struct rig *r)
{
    struct many m = {.rig = r, .total = 50};

    rig_start(r, NULL);
    sign_in(r, "alice");
    rig_key(r, "k", "");
    cJSON_Delete(rig_fake(r, "config", "{\"token_delay\":100,\"refresh_fails\":1}"));
    rig_turn_clock(r, (int64_t)9 * 3600 * 1000);
    many_run(&m, 50);
    MUST(calls(r, "refresh") == 2, "%lld renewals", (long long)calls(r, "refresh"));
    rig_stop(r);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {
        {"two-of-three-bad", two_of_three_bad},
        {"sessions-stay", sessions_stay},
        {"code-pasted", code_pasted},
        {"renewed-once", renewed_once},
        {"renewed-ahead", renewed_ahead},
        {"renewal-fails-once", renewal_fails_once},
    };
    return rig_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
