/* Commands that make the stage: accounts, keys, rules of the upstream, the clock. */
#include <stdlib.h>
#include <string.h>
#include "tests/flow/case.h"
#include "tests/flow/rig_int.h"

static cJSON *with_name(cJSON *o, const char *name)
{
    cJSON_AddStringToObject(o, "name", name);
    return o;
}

static void call_json(struct story *s, const char *method, cJSON *params)
{
    char *text = cJSON_PrintUnformatted(params);

    rig_do(s->rig, method, "%s", text);
    free(text);
    cJSON_Delete(params);
}

/* account NAME KIND [setting=value...]: its credential is "sk-NAME". */
static void on_account(struct story *s, const struct line *l)
{
    cJSON *o = with_name(words_json(l, 3), l->words[1]);

    cJSON_AddStringToObject(o, "kind", l->words[2]);
    if (!cJSON_GetObjectItemCaseSensitive(o, "key") &&
        !cJSON_GetObjectItemCaseSensitive(o, "import")) {
        char *key = text_of("sk-%s", l->words[1]);
        cJSON_AddStringToObject(o, "key", key);
        free(key);
    }
    call_json(s, "account.add", o);
}

/* sign-in NAME [setting=value...]: a claude account through the browser. */
static void on_sign_in(struct story *s, const struct line *l)
{
    cJSON *login = rig_call(s->rig, "oauth.begin", "{\"kind\":\"claude\"}");
    const char *path = strstr(text_at(login, "url"), "/oauth/authorize");
    struct answer page;

    ask(s->rig->fake_port, "GET", path ? path : "/", "", NULL, &page);
    cJSON *o = with_name(words_json(l, 2), l->words[1]);
    cJSON_AddStringToObject(o, "login", text_at(login, "login"));
    cJSON_AddStringToObject(o, "code", page.body);
    call_json(s, "oauth.finish", o);
    answer_release(&page);
    cJSON_Delete(login);
}

static void edit(struct story *s, const struct line *l, const char *method)
{
    cJSON *o = words_json(l, 2), *names = cJSON_AddArrayToObject(o, "names");

    cJSON_AddItemToArray(names, cJSON_CreateString(l->words[1]));
    call_json(s, method, o);
}

static void on_edit_account(struct story *s, const struct line *l)
{
    edit(s, l, "account.edit");
}

static void on_edit_key(struct story *s, const struct line *l)
{
    edit(s, l, "key.edit");
}

/* key NAME [setting=value...] */
static void on_key(struct story *s, const struct line *l)
{
    cJSON *o = with_name(words_json(l, 2), l->words[1]);
    char *text = cJSON_PrintUnformatted(o);
    cJSON *made = rig_call(s->rig, "key.create", "%s", text);

    if (s->n_keys >= 16)
        story_fail(s, "too many keys");
    snprintf(s->keys[s->n_keys].name, sizeof s->keys[0].name, "%s", l->words[1]);
    s->keys[s->n_keys++].secret = strdup(text_at(made, "secret"));
    snprintf(s->key, sizeof s->key, "%s", l->words[1]);
    cJSON_Delete(made);
    cJSON_Delete(o);
    free(text);
}

/* call METHOD [JSON]; refuse METHOD JSON CODE */
static void on_call(struct story *s, const struct line *l)
{
    rig_do(s->rig, l->words[1], "%s", l->n > 2 ? l->words[2] : "{}");
}

static void on_refuse(struct story *s, const struct line *l)
{
    cJSON *error = rig_refused(s->rig, l->words[1], "%s", l->words[2]);

    if (strcmp(text_at(error, "data.code"), l->words[3]) != 0)
        story_fail(s, "%s", text_at(error, "message"));
    cJSON_Delete(error);
}

/* rule CREDENTIAL DIRECTIVE [times=N]: what the upstream does to requests with it. */
static void on_rule(struct story *s, const struct line *l)
{
    const char *times = word_value(l, "times");
    char *credential = strcmp(l->words[1], "*") == 0 ? strdup("*") : text_of("sk-%s", l->words[1]);

    rig_rule(s->rig, credential, l->words[2], times ? strtol(times, NULL, 10) : -1);
    free(credential);
}

/* upstream JSON: knobs of the fake upstream's OAuth. */
static void on_upstream(struct story *s, const struct line *l)
{
    cJSON_Delete(rig_fake(s->rig, "config", l->words[1]));
}

/* clock +SPAN, clock to RFC3339 */
static void on_clock(struct story *s, const struct line *l)
{
    const char *by = l->words[1];

    if (strcmp(by, "to") == 0 && l->n == 3) {
        rig_turn_clock(s->rig, story_ahead(s, l->words[2]));
        return;
    }
    rig_turn_clock(s->rig, *by == '-' ? -span_ms(by + 1) : span_ms(by + (*by == '+')));
}

static void on_tick(struct story *s, const struct line *l)
{
    (void)l;
    rig_tick(s->rig);
}

/* quiet: nothing runs any more, all of it is booked. */
static void on_quiet(struct story *s, const struct line *l)
{
    (void)l;
    rig_wait_for(s->rig, "system.status", "{}", "daemon.exchanges", 0);
}

/* restart: the relay ends in order and begins anew; kill: it does not end in order. */
static void on_restart(struct story *s, const struct line *l)
{
    int status = rig_relay_end(s->rig, 15);

    (void)l;
    if (status != 0)
        story_fail(s, "the relay ended with %d", status);
    rig_relay_start(s->rig);
}

static void on_kill(struct story *s, const struct line *l)
{
    (void)l;
    rig_relay_end(s->rig, 9);
    rig_relay_start(s->rig);
}

const struct command setup_commands[] = {
    {"account", on_account, 2},
    {"sign-in", on_sign_in, 1},
    {"edit-account", on_edit_account, 2},
    {"key", on_key, 1},
    {"edit-key", on_edit_key, 2},
    {"call", on_call, 1},
    {"refuse", on_refuse, 3},
    {"rule", on_rule, 2},
    {"upstream", on_upstream, 1},
    {"clock", on_clock, 1},
    {"tick", on_tick, 0},
    {"quiet", on_quiet, 0},
    {"restart", on_restart, 0},
    {"kill", on_kill, 0},
    {NULL, NULL, 0},
};
