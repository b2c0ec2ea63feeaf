/* The books of every format and kind of account at once: clients that leave, upstreams that cut,
 * fail or refuse; in the end ledger, tallies and the totals of keys and accounts are what the
 * upstream counted, to the token. CRS_TEST_LONG=1: ten times as many requests. */
#include "tests/load/books.h"
#include "tests/load/load.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include "tests/flow/rig_int.h"

#define CLIENTS 60

enum format { MESSAGES, CHAT, CHAT_ASKING, RESPONSES, EMBEDDINGS, IMAGES, GEMINI, INTERNAL };

/* What a row may do: STREAM, WHOLE; LEAVE: its events are the client's, so that it can leave behind
 * one that both sides know of; NAMED: the answer names the model that served. */
enum { STREAM = 1, WHOLE = 2, LEAVE = 4, NAMED = 8, ALL = 15 };

#define URL "\"url\":\"http://127.0.0.1:PORT\","
#define CODEX                                                                                      \
    "\"import\":\"{\\\"tokens\\\":{\\\"access_token\\\":\\\"t\\\",\\\"refresh_token\\\":"          \
    "\\\"r\\\",\\\"account_id\\\":\\\"a\\\"}}\""
#define GOOGLE                                                                                     \
    "\"project\":\"fake-project\",\"import\":\"{\\\"access_token\\\":\\\"t\\\","                   \
    "\\\"refresh_token\\\":\\\"r\\\",\\\"expiry_date\\\":4102444800000}\""

static const struct row {
    const char *name, *kind, *account;
    enum format format;
    const char *model, *path, *whole; /* of whole answers; NULL: the same */
    int may;
} rows[] = {
    {"console", "claude-console", "\"key\":\"sk-c\"", MESSAGES, "claude-haiku-4-5",
        "/api/v1/messages", NULL, ALL},
    {"ccr", "ccr", URL "\"key\":\"sk-ccr\"", MESSAGES, "ccr,claude-haiku-4-5", "/api/v1/messages",
        NULL, ALL},
    {"bedrock", "bedrock", "\"region\":\"us-east-1\",\"key\":\"AKIATEST:secret\"", MESSAGES,
        "claude-haiku-4-5", "/api/v1/messages", NULL, ALL},
    {"vertex", "vertex", "\"region\":\"us-east5\",\"import\":\"SERVICE\"", MESSAGES,
        "claude-haiku-4-5", "/api/v1/messages", NULL, ALL},
    {"vertex-gemini", "vertex", "\"region\":\"us-east5\",\"import\":\"SERVICE\"", GEMINI,
        "gemini-2.5-flash", "/gemini/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
        "/gemini/v1beta/models/gemini-2.5-flash:generateContent", ALL},
    {"droid-claude", "droid", "\"key\":\"fk-1\"", MESSAGES, "claude-haiku-4-5",
        "/droid/claude/v1/messages", NULL, ALL},
    {"droid-openai", "droid", "\"key\":\"fk-2\"", RESPONSES, "gpt-5.4",
        "/droid/openai/v1/responses", NULL, ALL},
    {"droid-chat", "droid", "\"key\":\"fk-3\"", CHAT, "glm-5", "/droid/comm/v1/chat/completions",
        NULL, ALL},
    {"responses", "openai-responses", "\"key\":\"sk-r\"", RESPONSES, "gpt-5.4",
        "/openai/v1/responses", NULL, ALL},
    {"chat", "openai-responses", "\"key\":\"sk-h\"", CHAT, "gpt-4o-mini",
        "/openai/v1/chat/completions", NULL, ALL},
    {"chat-asking", "openai-responses", "\"key\":\"sk-ha\"", CHAT_ASKING, "gpt-4o-mini",
        "/openai/v1/chat/completions", NULL, ALL},
    {"embeddings", "openai-responses", "\"key\":\"sk-e\"", EMBEDDINGS, "text-embedding-3-small",
        "/openai/v1/embeddings", NULL, WHOLE | NAMED},
    {"images", "openai-responses", "\"key\":\"sk-i\"", IMAGES, "gpt-image-1",
        "/openai/v1/images/generations", NULL, WHOLE},
    {"azure-chat", "azure-openai", URL "\"key\":\"az-1\"", CHAT, "gpt-4o-mini",
        "/azure/chat/completions", NULL, ALL},
    {"azure-responses", "azure-openai", URL "\"key\":\"az-2\"", RESPONSES, "gpt-5.4",
        "/azure/responses", NULL, ALL},
    {"codex", "codex", CODEX, RESPONSES, "gpt-5.4", "/openai/v1/responses", NULL, ALL},
    {"gemini-api", "gemini-api", "\"key\":\"AIza-1\"", GEMINI, "gemini-2.5-pro",
        "/gemini/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
        "/gemini/v1beta/models/gemini-2.5-pro:generateContent", ALL},
    {"gemini-array", "gemini-api", "\"key\":\"AIza-2\"", GEMINI, "gemini-2.5-pro",
        "/gemini/v1beta/models/gemini-2.5-pro:streamGenerateContent", NULL, STREAM | NAMED},
    {"code-assist", "gemini", GOOGLE, INTERNAL, "gemini-2.5-pro",
        "/gemini/v1internal:streamGenerateContent?alt=sse", "/gemini/v1internal:generateContent",
        ALL},
    {"code-assist-public", "gemini", GOOGLE, GEMINI, "gemini-2.5-pro",
        "/gemini/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
        "/gemini/v1beta/models/gemini-2.5-pro:generateContent", ALL},
};
#define ROWS (sizeof rows / sizeof *rows)

struct formats {
    struct rig *rig;
    char *secrets[ROWS];
    unsigned long random;
    long total, sent, done, left, cut, refused;
    bool resting[ROWS]; /* since their upstream failed */
    int n_resting;
};

/* --- the stage ------------------------------------------------------------------------------- */

/* A service account of our own, as the text of a JSON string. */
static char *service_account(void)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    BIO *out = BIO_new(BIO_s_mem());
    char *pem, *text, *quoted;

    MUST(key && out && PEM_write_bio_PKCS8PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), "key");
    BIO_write(out, "", 1);
    BIO_get_mem_data(out, &pem);
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "type", "service_account");
    cJSON_AddStringToObject(o, "project_id", "fake-project");
    cJSON_AddStringToObject(o, "client_email", "relay@fake-project.iam.gserviceaccount.com");
    cJSON_AddStringToObject(o, "private_key", pem);
    text = cJSON_PrintUnformatted(o);
    cJSON_Delete(o);
    o = cJSON_CreateString(text);
    quoted = cJSON_PrintUnformatted(o);
    cJSON_Delete(o);
    free(text);
    EVP_PKEY_free(key);
    BIO_free(out);
    quoted[strlen(quoted) - 1] = 0;
    return quoted;
}

/* The first `what` in text, replaced. Takes text. */
static char *with(char *text, const char *what, const char *by)
{
    char *hit = strstr(text, what), *out;

    if (!hit)
        return text;
    out = text_of("%.*s%s%s", (int)(hit - text), text, by, hit + strlen(what));
    free(text);
    return out;
}

static void stage(struct formats *f)
{
    char *service = service_account(), port[16];

    snprintf(port, sizeof port, "%d", f->rig->fake_port);
    for (size_t i = 0; i < ROWS; i++) {
        char *account = with(with(strdup(rows[i].account), "PORT", port), "SERVICE", service + 1);
        char *bound = text_of(",\"accounts\":[\"%s\"]", rows[i].name);
        rig_do(f->rig, "account.add", "{\"kind\":\"%s\",\"name\":\"%s\",%s}", rows[i].kind,
            rows[i].name, account);
        f->secrets[i] = strdup(rig_key(f->rig, rows[i].name, bound));
        free(bound);
        free(account);
    }
    free(service);
}

/* --- requests -------------------------------------------------------------------------------- */

static char *body_of(const struct row *r, bool stream, const char *say)
{
    switch (r->format) {
    case MESSAGES:
        return text_of("{\"model\":\"%s\",\"max_tokens\":64,\"stream\":%s,\"messages\":[{\"role\":"
                       "\"user\",\"content\":\"%s\"}]}",
            r->model, stream ? "true" : "false", say);
    case CHAT:
    case CHAT_ASKING:
        return text_of("{\"model\":\"%s\",\"stream\":%s%s,\"messages\":[{\"role\":\"user\","
                       "\"content\":\"%s\"}]}",
            r->model, stream ? "true" : "false",
            stream && r->format == CHAT_ASKING ? ",\"stream_options\":{\"include_usage\":true}"
                                               : "",
            say);
    case RESPONSES:
        return text_of("{\"model\":\"%s\",\"stream\":%s,\"input\":[{\"role\":\"user\",\"content\":"
                       "\"%s\"}]}",
            r->model, stream ? "true" : "false", say);
    case EMBEDDINGS:
        return text_of("{\"model\":\"%s\",\"input\":\"%s\"}", r->model, say);
    case IMAGES:
        return text_of("{\"model\":\"%s\",\"prompt\":\"%s\"}", r->model, say);
    case GEMINI:
        return text_of("{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"%s\"}]}]}", say);
    case INTERNAL:
        return text_of("{\"model\":\"%s\",\"request\":{\"contents\":[{\"role\":\"user\",\"parts\":"
                       "[{\"text\":\"%s\"}]}]}}",
            r->model, say);
    }
    return NULL;
}

/* What goes wrong, if anything: a client that leaves does so behind an event after which the
 * upstream is silent, so that both sides know what was told. */
static void trouble(struct formats *f, const struct row *r, bool stream, unsigned long words,
    struct shot *s, char *out, size_t size)
{
    unsigned long what = load_random(&f->random, 20), at = 1 + load_random(&f->random, words);

    if (what < 4 && stream && r->may & LEAVE) {
        s->leave_events = (long)at;
        s->reset = what % 2;
        snprintf(out, size, " hang=%lu", at);
    } else if (what == 4 && stream) {
        snprintf(out, size, " cut=%lu", at);
    } else if (what == 5 && stream) {
        snprintf(out, size, " fail=%lu", at - 1);
    } else if (what == 6) {
        snprintf(out, size, " status=500");
    } else if (what == 7 && r->format == RESPONSES && strcmp(r->kind, "codex") == 0) {
        snprintf(out, size, " cut=2");
    }
}

static bool next(void *arg, struct shot *s)
{
    struct formats *f = arg;
    char say[300], bad[40] = "", served[60] = "";

    if (f->sent >= f->total)
        return false;
    s->number = f->sent++;
    const struct row *r = &rows[(size_t)s->number % ROWS];
    unsigned long words = 1 + load_random(&f->random, 8);
    bool stream = r->may & STREAM && (!(r->may & WHOLE) || load_random(&f->random, 3));
    trouble(f, r, stream, words, s, bad, sizeof bad);
    if (r->may & NAMED)
        snprintf(served, sizeof served, " model=served-%s", r->name);
    snprintf(say, sizeof say,
        "[[fake: words=%lu in=%lu out=%lu cache5=%lu cache1=%lu read=%lu%s%s%s%s]]", words,
        load_random(&f->random, 2000), 2 + load_random(&f->random, 500),
        load_random(&f->random, 50), load_random(&f->random, 50), load_random(&f->random, 9000),
        load_random(&f->random, 4) ? "" : " thinking",
        load_random(&f->random, 4) ? "" : " event_delay=3", served, bad);
    char *body = body_of(r, stream, say);
    char *fields = text_of("authorization: Bearer %s\r\ncontent-type: application/json\r\n",
        f->secrets[(size_t)s->number % ROWS]);
    s->text = ask_text("POST", stream || !r->whole ? r->path : r->whole, fields, body);
    free(fields);
    free(body);
    return true;
}

/* Some at once, since each call waits for the disk. */
static void wake(struct formats *f, size_t row)
{
    char *names = strdup("");

    f->n_resting += !f->resting[row];
    f->resting[row] = true;
    for (size_t i = 0; i < ROWS && f->n_resting >= 3; i++) {
        if (!f->resting[i])
            continue;
        char *more = text_of("%s%s\"%s\"", names, *names ? "," : "", rows[i].name);
        free(names);
        names = more;
        f->resting[i] = false;
    }
    if (*names) {
        rig_do(f->rig, "account.reset", "{\"names\":[%s]}", names);
        f->n_resting = 0;
    }
    free(names);
}

static void landed(void *arg, const struct landing *l)
{
    struct formats *f = arg;
    size_t row = (size_t)l->shot->number % ROWS;

    if (l->left) {
        f->left++;
        return;
    }
    if (l->answer->status == 200 && !l->lost && !strstr(l->shot->text, " fail=")) {
        f->done++;
        return;
    }
    /* The account rests now; the next requests of its row shall have it again. */
    bool told = strstr(l->shot->text, " cut=") || strstr(l->shot->text, " fail=") ||
                strstr(l->shot->text, " status=");
    MUST(told || l->answer->status == 503, "%s: %d %s", rows[row].name, l->answer->status,
        l->answer->body);
    if (told)
        f->cut++;
    else
        f->refused++;
    wake(f, row);
}

/* --- the sums -------------------------------------------------------------------------------- */

static const char *const classes[] = {
    "input", "output", "cache_write_5m", "cache_write_1h", "cache_read"};

static int64_t counted(const cJSON *counters, const char *model, const char *class)
{
    const cJSON *credential;
    int64_t sum = 0;

    cJSON_ArrayForEach(credential, at_path(counters, "tokens"))
    {
        const cJSON *of = cJSON_GetObjectItemCaseSensitive(credential, model);
        const cJSON *v = cJSON_GetObjectItemCaseSensitive(of, class);
        sum += v ? (int64_t)v->valuedouble : 0;
    }
    return sum;
}

static int64_t booked(struct rig *r, const char *table, const char *name, const char *class)
{
    char sql[300];

    snprintf(sql, sizeof sql,
        "select coalesce(sum(%s),0) from %s where account_id=(select id from record where "
        "kind='account' and json_extract(doc,'$.name')='%s')",
        class, table, name);
    return rig_number(r, sql);
}

/* What `crs usage` and `crs key show` say of one row. */
static void totals_equal(struct rig *r, const char *name, const int64_t want[5])
{
    static const char *const by[] = {"key", "account"};

    for (size_t i = 0; i < 2; i++) {
        char ask[120], path[60];
        snprintf(ask, sizeof ask, "{\"by\":\"%s\",\"%s\":\"%s\"}", by[i], by[i], name);
        cJSON *o = rig_call(r, "usage.query", "%s", ask);
        MUST(number_at(o, "items.0.input") == want[0] &&
                 number_at(o, "items.0.output") == want[1] &&
                 number_at(o, "items.0.cache_write") == want[2] + want[3] &&
                 number_at(o, "items.0.cache_read") == want[4],
            "%s: usage by %s", name, by[i]);
        const cJSON *cost = at_path(o, "items.0.cost");
        snprintf(ask, sizeof ask, "{\"name\":\"%s\"}", name);
        cJSON *show = rig_call(r, i ? "account.show" : "key.show", "%s", ask);
        snprintf(path, sizeof path, "%s", "cost_today");
        char *a = cJSON_PrintUnformatted(cost), *b = cJSON_PrintUnformatted(at_path(show, path));
        MUST(a && b && strcmp(a, b) == 0, "%s: %s by the reports, %s by the counters", name, a, b);
        free(a);
        free(b);
        cJSON_Delete(show);
        cJSON_Delete(o);
    }
}

static void sums_equal(struct rig *r)
{
    cJSON *counters = rig_fake(r, "counters", NULL);

    for (size_t i = 0; i < ROWS; i++) {
        const char *name = rows[i].name;
        int64_t want[5];
        char *model = text_of("%s%s", rows[i].may & NAMED ? "served-" : "",
            rows[i].may & NAMED ? name : rows[i].model);
        for (size_t c = 0; c < 5; c++) {
            want[c] = counted(counters, model, classes[c]);
            int64_t is = booked(r, "attempt", name, classes[c]);
            int64_t tally = booked(r, "tally", name, classes[c]);
            MUST(is == want[c] && tally == want[c],
                "%s, %s: upstream %lld, ledger %lld, tally %lld", name, classes[c],
                (long long)want[c], (long long)is, (long long)tally);
        }
        MUST(want[0] > 0, "%s: nothing was asked", name);
        totals_equal(r, name, want);
        free(model);
    }
    cJSON_Delete(counters);
}

static void formats(struct rig *r)
{
    struct formats f = {.rig = r, .random = 11, .total = scaled(20000)};
    const struct load l = {
        .port = 0, .clients = CLIENTS, .arg = &f, .next = next, .landed = landed};

    rig_start(r, "[upstream]\nmax_attempts = 1\n[limits]\nmax_connections = 5000\n");
    stage(&f);
    struct load run = l;
    run.port = r->relay_port;
    load_run(&run, 500);
    rig_idle(r);
    printf("   %ld rows compared with the upstream's reports\n", books_are_told(r));
    sums_equal(r);
    printf(
        "   %ld requests in %zu formats: %ld answered, %ld left, %ld broken upstream, %ld refused "
        "while an account rested\n",
        f.total, ROWS, f.done, f.left, f.cut, f.refused);
    MUST(f.done > f.total / 2 && f.left > f.total / 20, "too little was served");
    for (size_t i = 0; i < ROWS; i++)
        free(f.secrets[i]);
    rig_stop(r);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {{"formats", formats}};
    return rig_main(argc, argv, tests, 1);
}
