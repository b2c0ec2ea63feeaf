/* Canaries: words put where secrets and other people's texts are, then looked for in everything
 * that the program leaves behind. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/faults/faults.h"
#include "tests/flow/rig_int.h"

#define PROMPT "PROMPT-CANARY-71b2"
#define ANSWER "ANSWER-CANARY-44e0"
#define CONSOLE "sk-ant-api03-CANARY-console"
#define PROXY "CANARY-proxy-password"

static char *log_in(struct rig *r)
{
    cJSON *login = rig_call(r, "oauth.begin", "{\"kind\":\"claude\"}");
    const char *path = strstr(text_at(login, "url"), "/oauth/authorize");
    struct answer page;

    MUST(path, "no address");
    ask(r->fake_port, "GET", path, "", NULL, &page);
    rig_do(r, "oauth.finish", "{\"login\":\"%s\",\"code\":\"%s\",\"name\":\"max\"}",
        text_at(login, "login"), page.body);
    char *code = strdup(page.body);
    cJSON_Delete(login);
    answer_release(&page);
    return code;
}

static void one(struct rig *r, const char *path, const char *directive, bool stream, size_t events)
{
    char *fields = text_of("authorization: Bearer %s\r\ncontent-type: application/json\r\n"
                           "cookie: CANARY-cookie=1\r\nx-canary: CANARY-field\r\n",
        r->secret);
    char *body =
        text_of("{\"model\":\"claude-haiku-4-5\",\"max_tokens\":9,\"stream\":%s,\"system\":"
                "\"" PROMPT "\",\"messages\":[{\"role\":\"user\",\"content\":\"" PROMPT
                " [[fake: %s]]\"}],\"metadata\":{\"user_id\":\"CANARY-user\"}}",
            stream ? "true" : "false", directive);
    char *text = ask_text("POST", path, fields, body);
    int fd = ask_connect(r->relay_port);
    struct answer a;

    ask_send(fd, text, strlen(text));
    answer_init(&a);
    ask_read(fd, &a, events);
    answer_release(&a);
    close(fd);
    free(text);
    free(body);
    free(fields);
}

static void everything(struct rig *r)
{
    static const char *const ways[] = {"words=3", "words=2 tool=Bash tool_input=" ANSWER,
        "status=500 message=" ANSWER, "status=400 error=" ANSWER " message=" ANSWER,
        "status=429 retry_after=1 message=" ANSWER, "status=401 message=" ANSWER,
        "status=403 message=" ANSWER, "status=529", "cut=4", "reset=4", "reset=0", "garbage",
        "overload_event", "stop=" ANSWER, "header.request-id=" ANSWER};
    static const char *const paths[] = {
        "/api/v1/messages", "/api/v1/messages/count_tokens", "/openai/v1/responses", "/nowhere"};

    for (size_t p = 0; p < LEN(paths); p++) {
        for (size_t i = 0; i < LEN(ways); i++) {
            one(r, paths[p], ways[i], i % 2 == 0, 0);
            rig_do(r, "account.reset", "{\"names\":[\"console\",\"max\"]}");
        }
    }
    one(r, "/api/v1/messages", "words=9 hang=5 message=" ANSWER, true, 4); /* leaves */
    struct answer a;
    ask(r->relay_port, "POST", "/api/v1/messages?key=cr_CANARY-in-query&beta=true", NULL,
        "{\"x\":\"" PROMPT "\"}", &a);
    answer_release(&a);
    ask(r->relay_port, "POST", "/api/v1/messages", "x-api-key: cr_CANARY-wrong-key-0000000000\r\n",
        "{\"x\":\"" PROMPT "\"}", &a);
    answer_release(&a);
    char *fields = text_of("x-api-key: %s\r\n", r->secret);
    ask(r->relay_port, "POST", "/api/v1/messages", fields, "{\"model\":" PROMPT, &a);
    answer_release(&a);
    free(fields);
}

/* What a file must not have; what it must have, so that the search is one. */
static void search(struct rig *r, const char *code)
{
    const char *const secrets[] = {PROMPT, CONSOLE, PROXY, "CANARY-access", "CANARY-refresh",
        "CANARY-cookie", "CANARY-field", "CANARY-in-query", "CANARY-wrong-key", r->secret,
        r->secret + 8, code, "word0", "word1"};
    char where[256];

    for (size_t i = 0; i < LEN(secrets); i++)
        MUST(!rig_finds(r, secrets[i], where), "'%s' is in %s", secrets[i], where);
    MUST(rig_finds(r, "console-of-the-team", where), "the search finds nothing at all");
    MUST(rig_finds(r, "crs-relay", where), "the log is not searched");
}

static void list_files(const struct rig *r)
{
    char *command =
        text_of("cd %s && find . -type f -size +0 -printf '   searched %%P (%%s bytes)\\n' "
                "| sort",
            r->dir);

    fflush(stdout);
    MUST(system(command) == 0, "find");
    free(command);
}

static void canaries(struct rig *r)
{
    rig_start(r, "[log]\nlog_level = trace\n[upstream]\nretry_budget = 300ms\nmax_attempts = 2\n");
    rig_do(r, "account.add",
        "{\"kind\":\"claude-console\",\"name\":\"console\",\"key\":\"" CONSOLE
        "\",\"note\":\"console-of-the-team\",\"proxy_login\":\"someone:" PROXY "\"}");
    char *code = log_in(r);
    rig_key(r, "ci", "");
    everything(r);
    rig_do(r, "account.renew", "{\"names\":[\"max\"]}");
    /* Through a proxy that is not there: its password is in nobody's words. */
    rig_do(r, "account.edit", "{\"names\":[\"console\"],\"proxy\":\"http://127.0.0.1:1\"}");
    one(r, "/api/v1/messages", "words=1", true, 0);
    rig_do(r, "backup.create", "{\"file\":\"%s/backup.db\"}", r->dir);
    cJSON_Delete(rig_call(r, "request.list", "{}"));
    rig_do(r, "system.doctor", "{}");
    search(r, code); /* while it runs: the write-ahead log is there */
    MUST(rig_relay_end(r, SIGTERM) == 0, "end");
    search(r, code);
    /* Killed in the middle of streams. */
    rig_relay_start(r);
    rig_do(r, "account.edit", "{\"names\":[\"console\"],\"proxy\":\"\"}");
    int fds[10];
    for (size_t i = 0; i < LEN(fds); i++)
        fds[i] = messages_begin(r, true, "words=5 hang=4 message=" PROMPT);
    rig_wait_for(r, "system.status", "{}", "daemon.exchanges", LEN(fds));
    MUST(rig_relay_end(r, SIGKILL) == -1, "it did not die");
    for (size_t i = 0; i < LEN(fds); i++)
        close(fds[i]);
    search(r, code);
    list_files(r);
    rig_relay_start(r);
    rig_stop(r);
    free(code);
}

/* Aborted it leaves no core, whatever the machine's pattern says. */
static void no_core(struct rig *r)
{
    int status = 0;

    rig_start(r, NULL);
    rig_key(r, "ci", "");
    pid_t pid = r->relay;
    fclose(r->control);
    r->control = NULL;
    kill(pid, SIGABRT);
    MUST(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status), "it did not die");
    MUST(!WCOREDUMP(status), "it left a core");
    r->relay = 0;
    rig_relay_start(r);
    rig_stop(r);
}

/* Files and the socket are for nobody else. */
static void modes(struct rig *r)
{
    static const struct {
        const char *name;
        mode_t not_these;
    } files[] = {{"state", 077}, {"state/crs.db", 077}, {"state/crs.db-wal", 077},
        {"state/crs.db-shm", 077}, {"state/crs.db-spill", 077}, {"state/master.key", 077},
        {"backup.db", 077}, {"control.sock", 07}};
    struct stat st;

    rig_start(r, NULL);
    rig_key(r, "ci", "");
    rig_do(r, "backup.create", "{\"file\":\"%s/backup.db\"}", r->dir);
    for (size_t i = 0; i < LEN(files); i++) {
        char *path = text_of("%s/%s", r->dir, files[i].name);
        MUST(lstat(path, &st) == 0, "%s", path);
        MUST((st.st_mode & files[i].not_these) == 0, "%s: %o", path, st.st_mode);
        free(path);
    }
    rig_stop(r);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {
        {"canaries", canaries},
        {"no-core", no_core},
        {"modes", modes},
    };
    return rig_main(argc, argv, tests, LEN(tests));
}
