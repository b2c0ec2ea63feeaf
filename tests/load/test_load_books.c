/* The books under load: what the ledger says is what the upstream says, to the token, whatever the
 * clients do, and however the relay ends. */
#include "tests/load/books.h"
#include "tests/load/load.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "tests/flow/rig_int.h"

#define CLIENTS 200
#define ACCOUNTS 6
#define KEYS 5

struct books {
    struct rig *rig;
    char *secrets[KEYS];
    unsigned long random;
    long total, sent, ended, left, lost;
    bool wild; /* clients leave at any time */
    bool stop;
    struct seen seen;
    long kill_after; /* landings; 0: never */
};

static const char *const models[] = {
    "claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-5", "gpt-4o-mini"};
#define MODELS (sizeof models / sizeof *models)
#define CLAUDE_MODELS 3

static void books_open(struct books *b, struct rig *r)
{
    memset(b, 0, sizeof *b);
    b->rig = r;
    b->random = 42;
    rig_start(r, "[limits]\nmax_connections = 5000\n");
    for (int i = 0; i < ACCOUNTS; i++)
        rig_do(r, "account.add", "{\"kind\":\"%s\",\"name\":\"c%d\",\"key\":\"sk-ant-api03-%d\"}",
            i < 4 ? "claude-console" : "openai-responses", i, i);
    for (int i = 0; i < KEYS; i++) {
        char name[16];
        snprintf(name, sizeof name, "k%d", i);
        b->secrets[i] = strdup(rig_key(r, name, ""));
    }
}

static void books_close(struct books *b)
{
    for (int i = 0; i < KEYS; i++)
        free(b->secrets[i]);
    seen_release(&b->seen);
    rig_stop(b->rig);
}

static char *request(struct books *b, bool stream, const char *directive, long number)
{
    const char *secret = b->secrets[load_random(&b->random, KEYS)];
    unsigned long format = load_random(&b->random, 4);

    if (format < 2)
        return load_messages(
            secret, models[load_random(&b->random, CLAUDE_MODELS)], stream, "", directive, number);
    return load_openai(secret, "gpt-4o-mini", format == 2, stream, directive, number);
}

/* What a client does. Those that leave do so after an event behind which the upstream falls silent:
 * so both sides know what was said. Wild ones leave whenever they like. */
static bool next(void *arg, struct shot *s)
{
    struct books *b = arg;
    char directive[160], extra[40] = "";

    if (b->sent >= b->total)
        return false;
    s->number = b->sent++;
    unsigned long what = load_random(&b->random, 10), words = load_random(&b->random, 12);
    bool stream = what < 8;
    snprintf(directive, sizeof directive, "words=%lu in=%lu out=%lu cache5=%lu cache1=%lu read=%lu",
        words, load_random(&b->random, 2000), 1 + load_random(&b->random, 500),
        load_random(&b->random, 50), load_random(&b->random, 50), load_random(&b->random, 9000));
    if (b->wild && what < 4) {
        snprintf(extra, sizeof extra, " event_delay=3");
        s->leave_ms = (long)load_random(&b->random, 60);
        s->reset = what % 2;
    } else if (!b->wild && what < 3) {
        s->leave_events = 1 + (long)load_random(&b->random, words + 1);
        snprintf(directive + strlen(directive), 32, " hang=%ld", s->leave_events);
        s->reset = what % 2;
    }
    strncat(directive, extra, sizeof directive - strlen(directive) - 1);
    s->text = request(b, stream, directive, s->number);
    return true;
}

static void landed(void *arg, const struct landing *l)
{
    struct books *b = arg;

    /* The event that ends a stream is the end for a client, whatever comes of the connection. */
    if ((l->left || l->lost) && load_over(l->answer))
        seen_add(&b->seen, l->answer);
    if (l->left) {
        b->left++;
    } else if (l->lost) {
        b->lost++;
        MUST(b->kill_after, "request %ld was lost: %d %s", l->shot->number, l->answer->status,
            l->answer->body);
    } else {
        MUST(l->answer->status == 200, "%d: %s", l->answer->status, l->answer->body);
        seen_add(&b->seen, l->answer);
        b->ended++;
    }
    if (b->kill_after && !b->stop && b->ended + b->left >= b->kill_after) {
        b->stop = true;
        kill(b->rig->relay, SIGKILL);
    }
}

static void run(struct books *b)
{
    const struct load l = {
        .port = b->rig->relay_port,
        .clients = CLIENTS,
        .arg = b,
        .next = next,
        .landed = landed,
        .stop = &b->stop,
    };

    load_run(&l, 300);
}

/* --- the sums -----------------------------------------------------------------------------------
 */

static const struct {
    const char *fake, *ledger;
} classes[] = {{"input", "input"}, {"output", "output"}, {"cache_write_5m", "cache_write_5m"},
    {"cache_write_1h", "cache_write_1h"}, {"cache_read", "cache_read"}};

static int64_t sum_of_fake(
    const cJSON *counters, const char *credential, const char *model, const char *class)
{
    char path[160];

    snprintf(path, sizeof path, "tokens.%s.%s.%s", credential, model, class);
    const cJSON *v = at_path(counters, path);
    return v ? (int64_t)v->valuedouble : 0;
}

static int64_t sum_of_table(
    struct rig *r, const char *table, int account, const char *model, const char *class)
{
    char sql[400];

    snprintf(sql, sizeof sql,
        "select coalesce(sum(%s),0) from %s where model='%s' and account_id=(select id from record "
        "where kind='account' and json_extract(doc,'$.name')='c%d')",
        class, table, model, account);
    return rig_number(r, sql);
}

/* To the token: by account, model and class, in the ledger and in the tallies. */
static void sums_equal(struct rig *r)
{
    cJSON *counters = rig_fake(r, "counters", NULL);

    for (int a = 0; a < ACCOUNTS; a++)
        for (size_t m = 0; m < MODELS; m++)
            for (size_t c = 0; c < sizeof classes / sizeof *classes; c++) {
                char credential[32];
                snprintf(credential, sizeof credential, "sk-ant-api03-%d", a);
                int64_t want = sum_of_fake(counters, credential, models[m], classes[c].fake);
                int64_t is = sum_of_table(r, "attempt", a, models[m], classes[c].ledger);
                int64_t tally = sum_of_table(r, "tally", a, models[m], classes[c].ledger);
                MUST(is == want && tally == want,
                    "c%d %s %s: upstream %lld, ledger %lld, tally %lld", a, models[m],
                    classes[c].fake, (long long)want, (long long)is, (long long)tally);
            }
    cJSON_Delete(counters);
}

static void exact(struct rig *r)
{
    struct books b;

    books_open(&b, r);
    b.total = scaled(20000);
    run(&b);
    rig_idle(r);
    MUST(b.ended + b.left == b.total, "%ld ended, %ld left", b.ended, b.left);
    MUST(rig_number(r, "select count(*) from request") == b.total, "one row a request");
    MUST(rig_number(r, "select count(*) from attempt") == b.total, "one row an attempt");
    MUST(rig_number(r, "select count(*) from attempt where aborted=1") == b.left, "aborted");
    sums_equal(r);
    printf("   %ld requests, %ld left in the middle\n", b.total, b.left);
    books_close(&b);
}

/* --- when nobody can know what the relay still read --------------------------------------------
 */

static void wild(struct rig *r)
{
    struct books b;

    books_open(&b, r);
    b.wild = true;
    b.total = scaled(20000);
    run(&b);
    rig_idle(r);
    MUST(rig_number(r, "select count(*) from request") <= b.total, "one row a request");
    printf("   %ld rows compared with the upstream's reports\n", books_are_told(r));
    books_have_seen(r, &b.seen);
    books_tallies(r);
    printf("   %ld requests, %ld left at any time\n", b.total, b.left);
    books_close(&b);
}

/* Kill -9 in the middle, again and again over one database. */
static void killed(struct rig *r)
{
    struct books b;
    long rounds = scaled(100);

    books_open(&b, r);
    b.wild = true;
    for (long i = 0; i < rounds; i++) {
        b.stop = false;
        b.total = b.sent + 100000;
        b.kill_after = b.ended + b.left + 50 + (long)load_random(&b.random, 400);
        run(&b);
        MUST(b.stop, "not killed");
        MUST(rig_relay_end(r, 0) == -1, "it did not die");
        rig_relay_start(r);
        books_have_seen(r, &b.seen);
        books_tallies(r);
    }
    printf("   %ld rows compared with the upstream's reports\n", books_are_told(r));
    printf("   %ld kills, %ld answers ended, none lost, none twice\n", rounds, b.ended);
    books_close(&b);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {
        {"exact", exact},
        {"wild", wild},
        {"killed", killed},
    };
    return rig_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
