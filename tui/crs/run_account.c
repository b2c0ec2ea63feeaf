/* account add and account login: with a key, a file, or through a browser, at the terminal or in
 * two calls for scripts. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "common/secret.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/view.h"

#define PASTES 3 /* of a code at the terminal */

/* What the words of the command are to oauth.begin, finish and poll. */
struct signing {
    const char *kind;    /* of a new account, or NULL */
    const char *account; /* to be signed in again, or NULL */
    const char *mode;    /* or NULL */
};

/* The lines of one profile out of a file of several, heap: the secrets of the others stay here. */
static char *profile_of(const char *text, const char *name, const char *path, struct err *err)
{
    char *head = xasprintf("[%s]", name), *out = NULL;
    for (const char *p = text; p && !out; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
        if (!text_starts(p, head))
            continue;
        const char *end = strstr(p, "\n[");
        out = end ? xstrndup(p, (size_t)(end - p)) : xstrdup(p);
    }
    free(head);
    if (!out)
        err_set(err, ERR_USAGE, _("'%.200s' has no profile '%.60s'"), path, name);
    return out;
}

static int take_import(struct crs *c, struct err *err)
{
    const char *path = own_text(c, "import"), *profile = own_text(c, "profile");
    if (!path)
        return profile ? err_set(err, ERR_USAGE, _("--profile is for --import")) : 0;
    char *text = secret_file(path, err);
    if (text && profile) {
        char *whole = text;
        text = profile_of(whole, profile, path, err);
        secret_free(whole);
    }
    if (!text)
        return -1;
    json_put_str(c->params, "import", text);
    secret_free(text);
    return 0;
}

/* --token-stdin is a key for the relay, --setup-token and --device are modes. */
static int take_options(struct crs *c, struct err *err)
{
    if (crs_secrets(c, err) < 0 || take_import(c, err) < 0)
        return -1;
    cJSON *token = cJSON_DetachItemFromObjectCaseSensitive(c->params, "token");
    if (token && !json_at(c->params, "key"))
        json_put(c->params, "key", token);
    else
        cJSON_Delete(token);
    const char *mode = own_flag(c, "setup_token") ? "setup-token"
                       : own_flag(c, "device")    ? "device"
                                                  : NULL;
    if (mode) {
        cJSON_DeleteItemFromObjectCaseSensitive(c->params, "mode");
        json_put_str(c->params, "mode", mode);
    }
    if (crs_flag(c, "dry_run"))
        json_put_bool(c->params, "dry_run", true);
    return 0;
}

static int tell_account(struct crs *c, const cJSON *a, struct err *err)
{
    if (!crs_human(c) || c->fields.n)
        return crs_show(c, a, err);
    const char *name = json_str(a, "name"), *id = json_str(a, "id"), *state = json_str(a, "state");
    if (crs_flag(c, "dry_run")) {
        note(c, _("nothing was changed (dry run)"));
        return 0;
    }
    const cJSON *profile = json_at(a, "profile");
    if (cJSON_IsObject(profile) && profile->child) {
        struct field map = {.name = "profile", .kind = F_MAP};
        struct buf text = BUF_INIT;
        cell_text(c, &map, profile, STYLE_LONG, &text);
        note(c, "%s", text.data);
        buf_release(&text);
    }
    note(c, _("account %s (%s) is %s"), name ? name : "", id ? id : "", state ? state : "?");
    if (text_ends(c->cmd->words, " add") && name) {
        char *word = text_shell_quoted(name);
        note(c, _("try it: crs account test %s     undo: crs account remove %s"), word, word);
        free(word);
    }
    return 0;
}

static int with_key(struct crs *c, struct err *err)
{
    cJSON *a = crs_call(c, c->cmd->m, c->params, err);
    int r = a ? tell_account(c, a, err) : -1;
    cJSON_Delete(a);
    return r;
}

static int ask_key(struct crs *c, struct err *err)
{
    char *key = terminal_ask(c, _("API key (not shown):"), true, err);
    if (!key)
        return -1;
    json_put_str(c->params, "key", key);
    secret_free(key);
    return with_key(c, err);
}

/* --- through the browser -------------------------------------------------------------------------
 */

/* What the command was given besides, for the account that the sign-in makes. */
static cJSON *wanted(struct crs *c, const struct signing *s)
{
    static const char *const not_those[] = {"kind", "mode", "key", "import", "code"};
    cJSON *p = xcheck(cJSON_Duplicate(c->params, 1));
    for (size_t i = 0; i < sizeof not_those / sizeof not_those[0]; i++)
        cJSON_DeleteItemFromObjectCaseSensitive(p, not_those[i]);
    if (s->account)
        cJSON_DeleteItemFromObjectCaseSensitive(p, "name");
    json_put_str(p, "account", s->account);
    return p;
}

static cJSON *begin(struct crs *c, const struct signing *s, struct err *err)
{
    cJSON *p = wanted(c, s);
    cJSON_DeleteItemFromObjectCaseSensitive(p, "dry_run");
    json_put_str(p, "kind", s->kind);
    json_put_str(p, "mode", s->mode);
    cJSON *r = crs_call(c, method_by_id(M_OAUTH_BEGIN), p, err);
    cJSON_Delete(p);
    return r;
}

static int finish(
    struct crs *c, const struct signing *s, const char *login, char *code, struct err *err)
{
    cJSON *p = wanted(c, s);
    json_put_str(p, "login", login);
    json_put_str(p, "code", code);
    secret_free(code);
    note(c, _("exchanging the code"));
    cJSON *a = crs_call(c, method_by_id(M_OAUTH_FINISH), p, err);
    cJSON_Delete(p);
    int r = a ? tell_account(c, a, err) : -1;
    cJSON_Delete(a);
    return r;
}

static int poll_device(struct crs *c, const struct signing *s, const char *login, double every_s,
    int64_t until, struct err *err);

static int finish_from_script(struct crs *c, const struct signing *s, struct err *err)
{
    if (s->mode && strcmp(s->mode, "device") == 0)
        return poll_device(c, s, own_text(c, "finish"), 5, 0, err);
    cJSON *given = cJSON_DetachItemFromObjectCaseSensitive(c->params, "code");
    char *code = cJSON_IsString(given) ? xstrdup(given->valuestring)
                                       : terminal_ask(c, _("Code (not shown):"), true, err);
    cJSON_Delete(given);
    if (!code)
        return err->code == ERR_USAGE ? err_hint(err, _("give it with --code-stdin")) : -1;
    return finish(c, s, own_text(c, "finish"), code, err);
}

static void tell_address(struct crs *c, const cJSON *b)
{
    const char *url = json_str(b, "url"), *user_code = json_str(b, "user_code");
    /* Alone on its line and unwrapped: then any terminal takes it with a click. */
    note(c, _("Open this address in a browser, signed in as the account (good for 10 minutes):"));
    note(c, "\n%s\n", url ? url : "");
    if (url && terminal_copy(c, url))
        note(c, _("(copied to your clipboard)"));
    if (user_code)
        note(c, _("and type this code there:  %s"), user_code);
}

static void rest(int64_t ms, struct crs *c)
{
    int64_t end = clock_mono() + ms;
    while (clock_mono() < end && link_poll(c->link, end - clock_mono()) == 0)
        continue;
}

/* One line of JSON for those who asked for JSON: what has happened, with what there is to say of
 * it. */
static int tell_event(struct crs *c, const char *what, const char *name, cJSON *o, struct err *err)
{
    struct buf out = BUF_INIT;
    cJSON *line = xcheck(cJSON_CreateObject());
    json_put_str(line, "event", what);
    json_put(line, name, o);
    json_print(line, &out);
    buf_addc(&out, '\n');
    cJSON_Delete(line);
    int r = terminal_put(c, &out, err);
    buf_release(&out);
    return r;
}

static bool wants_events(const struct crs *c)
{
    return c->output == OUT_JSON || c->output == OUT_JSONL;
}

static int confirmed(struct crs *c, cJSON *a, struct err *err)
{
    int r = 0;
    if (wants_events(c))
        return tell_event(c, "added", "account", a, err);
    r = tell_account(c, a, err);
    cJSON_Delete(a);
    return r;
}

/* Asks once. False: not yet; else it is done or failed for good, and *r says which. */
static bool poll_once(struct crs *c, const cJSON *p, bool *told, int *r, struct err *err)
{
    cJSON *a = crs_call(c, method_by_id(M_OAUTH_POLL), p, err);
    *r = a ? confirmed(c, a, err) : -1;
    if (a || err->code != ERR_BUSY)
        return true;
    /* Trouble comes with a hint, mere waiting does not. */
    if (err->hint[0] && !*told)
        note(c, "%s; %s", err->text, err->hint);
    *told = err->hint[0];
    return false;
}

/* Until the person has confirmed it elsewhere, or the sign-in has ended. */
static int poll_device(struct crs *c, const struct signing *s, const char *login, double every_s,
    int64_t until, struct err *err)
{
    cJSON *p = wanted(c, s);
    int64_t every = (int64_t)(every_s * MS_SECOND);
    int64_t said = crs_timeout(c, method_by_id(M_OAUTH_POLL));
    bool told = false;
    int r = -1;
    if (crs_connect(c, err) < 0) {
        cJSON_Delete(p);
        return -1;
    }
    if (said && (!until || clock_now() + said < until))
        until = clock_now() + said;
    json_put_str(p, "login", login);
    note(c, _("waiting until it is confirmed there; Ctrl-C gives up"));
    for (;;) {
        rest(every < MS_SECOND ? MS_SECOND : every, c);
        if (poll_once(c, p, &told, &r, err))
            break;
        if (until && clock_now() >= until) {
            err_set(err, ERR_TIMEOUT, _("the code was not confirmed in time"));
            r = err_hint(err, _("begin again: the same command gives a new code"));
            break;
        }
    }
    cJSON_Delete(p);
    return r;
}

/* Asked again after what a person can put right: the address stays good. */
static int paste(struct crs *c, const struct signing *s, const cJSON *b, struct err *err)
{
    for (int tries = 1;; tries++) {
        char *code = terminal_ask(
            c, _("Paste the code, or the whole address you are sent to (not shown):"), true, err);
        if (!code)
            return -1;
        if (!*code) {
            secret_free(code);
            return err_set(err, ERR_DECLINED, _("no code was given"));
        }
        char *shown = text_redact(code);
        note(c, "> %s", shown);
        free(shown);
        int r = finish(c, s, json_str(b, "login"), code, err);
        bool again = r < 0 && (err->code == ERR_USAGE || err->code == ERR_DENIED) && tries < PASTES;
        if (!again)
            return r;
        error_tell(c, err);
        note(c, _("(the address above is still good; Enter alone gives up)"));
    }
}

static cJSON *begun_json(const cJSON *b)
{
    static const char *const same[] = {"mode", "url", "user_code", "interval", "expires"};
    cJSON *o = xcheck(cJSON_CreateObject());
    json_put_str(o, "session", json_str(b, "login"));
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        const cJSON *v = json_at(b, same[i]);
        if (v && !cJSON_IsNull(v))
            json_put(o, same[i], xcheck(cJSON_Duplicate(v, 1)));
    }
    return o;
}

static int print_begun(struct crs *c, const cJSON *b, struct err *err)
{
    cJSON *o = begun_json(b);
    struct buf out = BUF_INIT;
    view_json(c, o, &out);
    int r = terminal_put(c, &out, err);
    buf_release(&out);
    cJSON_Delete(o);
    return r;
}

/* When a sign-in that was begun ends, ms; 0: not told. */
static int64_t end_of(const cJSON *b)
{
    struct err ignored;
    const char *text = json_str(b, "expires");
    int64_t at = 0;
    return text && units_parse_time(text, NULL, 0, 0, &at, &ignored) == 0 ? at : 0;
}

static int by_device(struct crs *c, const struct signing *s, const cJSON *b, struct err *err)
{
    if (!wants_events(c))
        tell_address(c, b);
    else if (tell_event(c, "confirm", "sign_in", begun_json(b), err) < 0)
        return -1;
    return poll_device(c, s, json_str(b, "login"), json_num(b, "interval", 5), end_of(b), err);
}

static int through_browser(struct crs *c, const struct signing *s, struct err *err)
{
    cJSON *b = begin(c, s, err);
    int r;
    if (!b) {
        /* This kind does not sign in: it wants a key. */
        bool key = err->code == ERR_USAGE && !s->mode && c->term.in && !own_flag(c, "begin");
        return key ? ask_key(c, err) : -1;
    }
    if (own_flag(c, "begin")) {
        r = print_begun(c, b, err);
    } else if (json_str(b, "user_code")) {
        r = by_device(c, s, b, err);
    } else {
        tell_address(c, b);
        r = paste(c, s, b, err);
    }
    cJSON_Delete(b);
    return r;
}

int run_account_sign_in(struct crs *c, struct err *err)
{
    bool login = text_ends(c->cmd->words, " login");
    if (take_options(c, err) < 0)
        return -1;
    struct signing s = {
        .kind = login ? NULL : json_str(c->params, "kind"),
        .account = login ? json_str(c->params, "name") : NULL,
        .mode = json_str(c->params, "mode"),
    };
    if (own_text(c, "finish"))
        return finish_from_script(c, &s, err);
    if (json_at(c->params, "key") || json_at(c->params, "import"))
        return with_key(c, err);
    if (s.mode && strcmp(s.mode, "import") == 0) {
        err_set(err, ERR_USAGE, _("a file to import is missing"));
        return err_hint(err, "--import FILE");
    }
    if (s.mode && strcmp(s.mode, "key") == 0)
        return ask_key(c, err);
    bool waits = s.mode && strcmp(s.mode, "device") == 0;
    if (!c->term.in && !waits && !own_flag(c, "begin")) {
        err_set(
            err, ERR_USAGE, _("a key or a sign-in is needed, and standard input is no terminal"));
        return err_hint(
            err, _("--key-stdin, --import FILE, --device, or --begin and then --finish SESSION"));
    }
    return through_browser(c, &s, err);
}
