/* Plays conversations over the whole program: whole RELAY FAKE FILE... The account is added, a key
 * made, the request sent; upstream's and client's bytes, the row of the ledger and the state of the
 * account are compared with the file. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "tests/conversations/bytes.h"
#include "tests/conversations/talk.h"
#include "tests/flow/ask.h"
#include "tests/flow/rig_int.h"

struct stand {
    struct rig rig;
    struct bytes *bytes;
    int port;
};

/* --- the account
 * ------------------------------------------------------------------------------------------- */

/* The same address at the upstream of bytes. Heap. */
static char *turned(const struct stand *s, const char *url)
{
    const char *host = strstr(url, "//"), *path = host ? strchr(host + 2, '/') : NULL;

    return text_of("http://127.0.0.1:%d%s", s->port, path ? path : "");
}

/* Where models are asked: the `api` of each kind. Signing in stays with the fake upstream. */
static void providers_turn(struct stand *s)
{
    char *path = text_of("%s/providers.json", s->rig.dir), *text = read_whole(path, NULL);
    cJSON *o = cJSON_Parse(text);

    for (cJSON *kind = o->child; kind; kind = kind->next) {
        for (cJSON *v = kind->child; v; v = v->next) {
            if (!cJSON_IsString(v) || strncmp(v->string, "api", 3) != 0 ||
                strncmp(v->valuestring, "http", 4) != 0)
                continue;
            char *to = turned(s, v->valuestring);
            cJSON_SetValuestring(v, to);
            free(to);
        }
    }
    free(text);
    text = cJSON_Print(o);
    write_whole(path, text);
    free(text);
    free(path);
    cJSON_Delete(o);
    rig_do(&s->rig, "system.reload", "{}");
}

/* The credentials file of kinds that have no key; NULL for the others. */
static char *credentials_of(const struct stage *st)
{
    if (strcmp(st->kind, "codex") == 0)
        return text_of(
            "{\"tokens\":{\"access_token\":\"%s\",\"refresh_token\":\"r\",\"account_id\":"
            "\"acc-own\"}}",
            st->access);
    if (strcmp(st->kind, "gemini") == 0)
        return text_of("{\"access_token\":\"%s\",\"refresh_token\":\"r\",\"expiry_date\":%lld}",
            st->access, (long long)wall_ms() + 36000000);
    return NULL;
}

/* What kinds ask about their account when it is added: Code Assist, for its project. */
static void about_account(struct stand *s)
{
    static const char about[] = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                                "connection: close\r\n\r\n"
                                "{\"currentTier\":{\"id\":\"standard-tier\"},"
                                "\"cloudaicompanionProject\":\"proj-own\"}";
    struct buf b = BUF_INIT;

    buf_adds(&b, about);
    bytes_answer(s->bytes, &b);
    buf_release(&b);
}

static void account_add(struct stand *s, const struct stage *st)
{
    cJSON *o = st->set ? cJSON_Parse(st->set) : cJSON_CreateObject();
    cJSON *url = cJSON_GetObjectItemCaseSensitive(o, "url");
    char *file = credentials_of(st), *text;

    cJSON_AddStringToObject(o, "name", "one");
    cJSON_AddStringToObject(o, "kind", st->kind);
    cJSON_AddStringToObject(o, file ? "import" : "key", file ? file : st->access);
    if (strcmp(st->kind, "gemini") == 0)
        cJSON_AddStringToObject(o, "project", "proj-own");
    if (url) {
        char *to = turned(s, url->valuestring);
        cJSON_SetValuestring(url, to);
        free(to);
    }
    text = cJSON_PrintUnformatted(o);
    rig_do(&s->rig, "account.add", "%s", text);
    free(text);
    free(file);
    cJSON_Delete(o);
}

/* --- the client
 * -------------------------------------------------------------------------------------------- */

/* The request with the key of this relay; its file has a made-up one. Heap. */
static char *request_of(struct stand *s, const struct talk *t, size_t *n)
{
    static const char made_up[] = "cr_relay_key";
    size_t line = strcspn(t->ask.data, "\r");
    struct buf b = BUF_INIT;
    bool found = false;

    buf_add(&b, t->ask.data, line);
    buf_adds(&b, " HTTP/1.1\r\nhost: 127.0.0.1\r\n");
    for (const char *p = t->ask.data + line + 2, *hit; *p; p = hit) {
        hit = strstr(p, made_up);
        buf_add(&b, p, hit ? (size_t)(hit - p) : strlen(p));
        if (!hit)
            break;
        buf_adds(&b, s->rig.secret);
        hit += sizeof made_up - 1;
        found = true;
    }
    if (!found)
        buf_addf(&b, "authorization: Bearer %s\r\n", s->rig.secret);
    if (t->has_body)
        buf_addf(&b, "content-length: %zu\r\n", t->body.len);
    buf_adds(&b, "\r\n");
    buf_add(&b, t->body.data, t->body.len);
    return buf_steal(&b, n);
}

/* --- what came of it
 * ---------------------------------------------------------------------------------------- */

static bool check_upstream(struct stand *s, const struct talk *t)
{
    struct buf got = BUF_INIT;
    int count = bytes_got(s->bytes, &got);
    const char *end = memmem(got.data, got.len, "\r\n\r\n", 4);
    const char *target = strchr(got.data, ' '), *host = t->url ? strstr(t->url, "//") : NULL;
    const char *path = host ? strchr(host + 2, '/') : NULL;
    bool good = false;

    if (count != 1 || !end || !target)
        talk_wrong(t, "the upstream was asked %d times", count);
    else if (path &&
             (strncmp(target + 1, path, strlen(path)) != 0 || target[1 + strlen(path)] != ' '))
        talk_wrong(t, "the upstream was asked for %.200s", target);
    else if ((size_t)(got.data + got.len - end - 4) != t->sent.len ||
             memcmp(end + 4, t->sent.data, t->sent.len) != 0)
        talk_wrong(t, "the upstream got the body %s", end + 4);
    else if (memmem(got.data, got.len, s->rig.secret, strlen(s->rig.secret)))
        talk_wrong(t, "the upstream got the relay's key");
    else
        good = true;
    buf_release(&got);
    return good;
}

/* Fields of the answer that go to the client, and such that do not. */
static bool check_shown(const struct talk *t, const struct answer *a)
{
    bool good = true;

    for (size_t i = 0; i < t->shown.n + t->hidden.n && good; i++) {
        bool hidden = i >= t->shown.n;
        const char *wanted = hidden ? t->hidden.v[i - t->shown.n] : t->shown.v[i];
        size_t n = strcspn(wanted, ":");
        char *name = xstrndup(wanted, n), *is = answer_field(a, name);
        good = hidden ? !is : is && strcmp(is, wanted + n + 1 + strspn(wanted + n + 1, " ")) == 0;
        if (!good)
            talk_wrong(t, "the client gets '%s' for '%s'", is ? is : "nothing", wanted);
        free(name);
        free(is);
    }
    return good;
}

static bool check_client(const struct talk *t, const struct answer *a)
{
    int status = atoi(t->head.data);
    bool own = (status >= 300 && !word_there(t->says, "client")) || t->fails;
    bool whole = a->n == t->heard.len && memcmp(a->body, t->heard.data, a->n) == 0;
    bool begins = a->n >= t->heard.len && memcmp(a->body, t->heard.data, t->heard.len) == 0;

    if (a->bad || !a->status)
        talk_wrong(t, "the client gets no HTTP");
    else if (own ? a->status < 400 && !t->streams : a->status != status)
        talk_wrong(t, "the client gets %d: %s", a->status, a->body);
    else if (!own && (t->cut ? !begins || a->ended : !whole || !a->ended))
        talk_wrong(t, "the client gets %s answer: %s", a->ended ? "an ended" : "a cut", a->body);
    else
        return check_shown(t, a);
    return false;
}

static const struct {
    const char *word, *column;
} columns[] = {{"input", "input"}, {"output", "output"}, {"write5", "cache_write_5m"},
    {"write1h", "cache_write_1h"}, {"read", "cache_read"}};

/* Nothing is booked of helper calls and of conversations that do not speak of usage. */
static bool check_row(struct stand *s, const struct talk *t)
{
    cJSON *rows = rig_rows(&s->rig, "select * from attempt order by n desc limit 1");
    const cJSON *row = rows->child;
    int64_t tokens = 0;
    bool good = row != NULL;

    for (size_t i = 0; good && i < sizeof columns / sizeof *columns; i++) {
        char *word = word_of(t->usage, columns[i].word);
        int64_t is = number_at(row, columns[i].column), wanted = word ? atoll(word) : 0;
        if (is != wanted)
            talk_wrong(t, "the ledger has %s %lld, not %lld", columns[i].column, (long long)is,
                (long long)wanted);
        good = is == wanted;
        tokens += wanted;
        free(word);
    }
    if (good && (tokens > 0) != (number_at(row, "cost") > 0)) {
        talk_wrong(t, "it cost %lld", (long long)number_at(row, "cost"));
        good = false;
    }
    if (good && t->fault && strcmp(text_at(row, "fault"), t->fault) != 0) {
        talk_wrong(t, "the ledger has the fault '%s'", text_at(row, "fault"));
        good = false;
    }
    cJSON_Delete(rows);
    return good;
}

static bool check_state(struct stand *s, const struct talk *t)
{
    static const char *const states[] = {"limited", "cooling", "blocked", "login"};
    const char *wanted = "ready";
    cJSON *o = rig_call(&s->rig, "account.show", "{\"name\":\"one\"}");
    const char *is = text_at(o, "state");

    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (word_there(t->says, states[i]))
            wanted = states[i];
    if (t->state)
        wanted = t->state;
    char *family = word_of(t->says, "family");
    /* A broken connection rests its account as well. */
    bool good = t->cut || t->fails || family || strcmp(is, wanted) == 0;
    if (!good)
        talk_wrong(t, "the account is %s (%s)", is, text_at(o, "reason"));
    free(family);
    cJSON_Delete(o);
    return good;
}

/* --- one after the other
 * -------------------------------------------------------------------------------------- */

/* What needs a token exchange, or a sign-in of another sort than the rig can give, is played by the
 * other program only. */
static bool playable(const struct talk *t)
{
    const struct stage *st = t->stage;
    bool imported = strcmp(st->kind, "codex") == 0 || strcmp(st->kind, "gemini") == 0;

    if (strcmp(st->kind, "vertex") == 0 || !t->head.len || word_there(t->says, "renew"))
        return false;
    return !(imported && st->profile && !strstr(st->profile, "-own\"")) &&
           !(t->fails && t->streams == false);
}

static bool talk_play(struct stand *s, const struct talk *t)
{
    struct buf wire = BUF_INIT;
    size_t ends[ENDS_MAX], n;
    struct answer answer;

    about_account(s);
    account_add(s, t->stage);
    rig_key(&s->rig, "k", "");
    talk_wire(t, &wire, ends);
    bytes_answer(s->bytes, &wire);
    char *text = request_of(s, t, &n);
    int fd = ask_connect(s->rig.relay_port);
    answer_init(&answer);
    ask_send(fd, text, n);
    ask_read(fd, &answer, 0);
    close(fd);
    bool good = check_upstream(s, t);
    good = check_client(t, &answer) && good;
    if (good && t->usage)
        good = check_row(s, t);
    good = check_state(s, t) && good;
    answer_release(&answer);
    free(text);
    buf_release(&wire);
    rig_do(&s->rig, "account.remove", "{\"names\":[\"one\"]}");
    rig_do(&s->rig, "key.remove", "{\"names\":[\"k\"]}");
    rig_do(&s->rig, "key.purge", "{\"names\":[\"k\"]}");
    return good;
}

static int file_play(struct stand *s, const char *path, const char *only)
{
    struct talks talks = {0};
    int held = 0, broken = 0, left = 0;

    talks_read(&talks, path, clock_now());
    for (size_t i = 0; i < talks.n; i++) {
        if (only && !strstr(talks.v[i]->title, only))
            continue;
        if (!playable(talks.v[i]))
            left++;
        else if (talk_play(s, talks.v[i]))
            held++;
        else
            broken++;
    }
    printf("%s: %d held, %d broken, %d not for the whole program\n", path, held, broken, left);
    talks_release(&talks);
    return broken;
}

int main(int argc, char **argv)
{
    struct stand s;
    int broken = 0;

    if (argc < 4) {
        fprintf(stderr, "usage: %s CRS-RELAY CRS-FAKE-UPSTREAM FILE...\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    programs.relay = argv[1];
    programs.fake = argv[2];
    s.bytes = bytes_start(&s.port);
    rig_start(&s.rig, "[upstream]\nmax_attempts = 1\n");
    providers_turn(&s);
    for (int i = 3; i < argc; i++)
        broken += file_play(&s, argv[i], getenv("CRS_TEST_CASE"));
    rig_idle(&s.rig);
    rig_stop(&s.rig);
    bytes_stop(s.bytes);
    return broken ? 1 : 0;
}
