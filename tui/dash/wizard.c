/* Adding an account, step by step: which way, its settings, the sign-in, a small request at the
 * end. */
#include "tui/dash/wizard_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"

static const struct way table[] = {
    {"claude", "code", N_("Claude subscription, signed in with a browser"), "", ""},
    {"claude", "setup-token", N_("Claude subscription, a token good for a year"), "", ""},
    {"claude", "key", N_("Claude subscription, a token you have"), "key", "key"},
    {"claude", "import", N_("Claude subscription, the client's credentials file"), "import",
        "import"},
    {"claude-console", "key", N_("Anthropic API key"), "key url", "key"},
    {"bedrock", "key", N_("Claude on AWS Bedrock"), "key region", "key region"},
    {"vertex", "import", N_("Claude or Gemini on Google Vertex, a service account"),
        "import region project", "import region"},
    {"ccr", "key", N_("another relay, or any Anthropic-like API"), "url key", "url key"},
    {"codex", "code", N_("ChatGPT subscription (Codex), signed in with a browser"), "", ""},
    {"codex", "device", N_("ChatGPT subscription (Codex), by a short code"), "", ""},
    {"codex", "import", N_("ChatGPT subscription (Codex), the client's auth.json"), "import",
        "import"},
    {"openai-responses", "key", N_("OpenAI API key, or any Responses API"), "key url", "key"},
    {"azure-openai", "key", N_("OpenAI on Azure"), "url key deployment api_version", "url key"},
    {"gemini", "code", N_("Gemini Code Assist, signed in with a browser"), "project", ""},
    {"gemini", "import", N_("Gemini Code Assist, the client's oauth_creds.json"), "import project",
        "import"},
    {"gemini-api", "key", N_("Gemini API key"), "key", "key"},
    {"antigravity", "code", N_("Antigravity, signed in with a browser"), "project", ""},
    {"antigravity", "import", N_("Antigravity, a credentials file"), "import project", "import"},
    {"droid", "device", N_("Factory Droid, by a short code"), "", ""},
    {"droid", "key", N_("Factory Droid, an API key"), "key", "key"},
    {"droid", "import", N_("Factory Droid, a credentials file"), "import", "import"},
};

const struct way *ways(size_t *n)
{
    *n = sizeof table / sizeof table[0];
    return table;
}

const struct way *wizard_way(const struct wizard *w, size_t i)
{
    size_t n;
    const struct way *all = ways(&n);
    for (size_t k = 0; k < n; k++)
        if (!w->kind || strcmp(all[k].kind, w->kind) == 0)
            if (i-- == 0)
                return &all[k];
    return NULL;
}

bool wizard_is_device(const struct wizard *w)
{
    return w->way && strcmp(w->way->mode, "device") == 0;
}

static bool in_browser(const struct wizard *w)
{
    return w->way && (strcmp(w->way->mode, "code") == 0 || wizard_is_device(w) ||
                         strcmp(w->way->mode, "setup-token") == 0);
}

static void trouble(struct wizard *w, const struct err *fault)
{
    free(w->trouble);
    w->trouble =
        fault ? xasprintf("%s%s%s", fault->text, fault->hint[0] ? "; " : "", fault->hint) : NULL;
}

/* --- the form ------------------------------------------------------------------------------------
 */

static void begin_form(struct dash *d, struct wizard *w)
{
    static const char *const usual[] = {"name", "groups", "priority", "proxy", "proxy_login"};
    struct strlist names = {0}, wanted = {0};
    strlist_split(&wanted, w->way->wanted, " ");
    if (!w->account)
        strlist_add(&names, usual[0]);
    strlist_split(&names, w->way->fields, " ");
    for (size_t i = 1; !w->account && i < sizeof usual / sizeof usual[0]; i++)
        strlist_add(&names, usual[i]);
    form_release(&w->form);
    form_init(
        &w->form, d, method_by_id(M_ACCOUNT_ADD), (const char *const *)names.v, names.n, NULL);
    for (size_t i = 0; i < w->form.n; i++) {
        struct form_row *r = &w->form.rows[i];
        r->wanted = strlist_has(&wanted, r->f->name);
        r->edit.keep_lines = strcmp(r->f->name, "import") == 0;
    }
    strlist_release(&names);
    strlist_release(&wanted);
    w->step = STEP_FORM;
}

/* --- the check -----------------------------------------------------------------------------------
 */

static void tested(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct wizard *w = owner;
    const cJSON *items = json_at(result, "items"), *r = items ? items->child : NULL;
    const char *text = json_str(r, "text"), *why = json_str(r, "error.message");
    (void)d;
    w->busy = false;
    w->tested = true;
    w->report_good = !fault && json_bool(r, "ok", false);
    buf_reset(&w->report);
    if (fault)
        buf_addf(&w->report, "%s", fault->text);
    else if (why)
        buf_addf(&w->report, "%s", why);
    else
        buf_addf(&w->report, _("status %lld after %.1f s%s%s"), (long long)json_int(r, "status", 0),
            json_num(r, "time", 0), text ? ": " : "", text ? text : "");
}

static void check(struct dash *d, struct wizard *w, const char *name)
{
    cJSON *params = xcheck(cJSON_CreateObject()), *names = xcheck(cJSON_CreateArray());
    free(w->made);
    w->made = xstrdup(name ? name : "");
    cJSON_AddItemToArray(names, xcheck(cJSON_CreateString(w->made)));
    json_put(params, "names", names);
    w->step = STEP_CHECK;
    w->busy = true;
    edit_release(&w->code);
    form_release(&w->form);
    dash_call(d, "account.test", params, tested, w);
}

/* --- signing in ----------------------------------------------------------------------------------
 */

static int64_t interval(const struct wizard *w)
{
    double s = json_num(w->login, "interval", 5);
    return s >= 1 && s < 600 ? (int64_t)(s * 1000) : 5000;
}

static void begun(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct wizard *w = owner;
    (void)d;
    w->busy = false;
    trouble(w, fault);
    if (fault)
        return;
    cJSON_Delete(w->login);
    w->login = xcheck(cJSON_Duplicate(result, true));
    edit_release(&w->code);
    edit_init(&w->code, NULL);
    w->code.secret = true;
    w->code.max = PASTE_MAX;
    w->step = STEP_SIGN_IN;
    w->poll_at = wizard_is_device(w) ? clock_mono() + interval(w) : 0;
}

static void begin_sign_in(struct dash *d, struct wizard *w, call_answer *then)
{
    cJSON *params = xcheck(cJSON_CreateObject());
    struct form_row *proxy = form_row(&w->form, "proxy"),
                    *login = form_row(&w->form, "proxy_login");
    if (w->account)
        json_put_str(params, "account", w->account);
    else
        json_put_str(params, "kind", w->way->kind);
    json_put_str(params, "mode", w->way->mode);
    if (proxy && proxy->edit.text.len)
        json_put_str(params, "proxy", proxy->edit.text.data);
    if (login && login->edit.text.len)
        json_put_str(params, "proxy_login", login->edit.text.data);
    w->busy = true;
    dash_call(d, "oauth.begin", params, then, w);
}

static void begun_anew(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct wizard *w = owner;
    begun(d, w, result, fault);
    if (!fault)
        w->trouble = xstrdup(_("that sign-in is over: the relay was restarted, or ten minutes have "
                               "passed; here is a new one"));
}

/* The relay does not know the sign-in. Who pressed Enter gets a new one at once; nobody may be
 * there while a device is waited for, and one sign-in after the other would be begun for no one. */
static void begin_anew(struct dash *d, struct wizard *w)
{
    bool waited = w->poll_at != 0;
    w->poll_at = 0;
    trouble(w, NULL);
    if (waited)
        w->trouble = xstrdup(_("this sign-in is over; Enter begins a new one"));
    else
        begin_sign_in(d, w, begun_anew);
}

static void made(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct wizard *w = owner;
    w->busy = false;
    /* A device sign-in that nobody has confirmed yet is no fault. */
    if (fault && fault->code == ERR_BUSY && wizard_is_device(w))
        return;
    if (fault && fault->code == ERR_NOT_FOUND && w->step == STEP_SIGN_IN) {
        begin_anew(d, w);
        return;
    }
    trouble(w, fault);
    if (fault) {
        w->poll_at = 0;
        return;
    }
    char *word = text_shell_quoted(w->account ? w->account : w->way->kind);
    char *command = xasprintf("crs account %s %s", w->account ? "login" : "add", word);
    free(word);
    dash_log_act(d, command, true, json_str(result, "name"), NULL);
    free(command);
    check(d, w, json_str(result, "name"));
}

/* Settings for the end of a sign-in: those of the form. NULL: a field is not good. */
static cJSON *settings(struct dash *d, struct wizard *w)
{
    cJSON *params = w->form.n ? form_params(d, &w->form) : xcheck(cJSON_CreateObject());
    if (!params)
        dash_say(d, LOOK_BAD, "%s", _("a field is not good yet; see the marked one"));
    return params;
}

static void finish_sign_in(struct dash *d, struct wizard *w, bool poll)
{
    cJSON *params = settings(d, w);
    if (!params)
        return;
    json_put_str(params, "login", json_str(w->login, "login"));
    if (w->account)
        json_put_str(params, "account", w->account);
    if (!poll)
        json_put_str(params, "code", w->code.text.data);
    w->busy = true;
    dash_call(d, poll ? "oauth.poll" : "oauth.finish", params, made, w);
}

static void finish_form(struct dash *d, struct wizard *w)
{
    cJSON *params = settings(d, w);
    if (!params)
        return;
    if (in_browser(w)) {
        cJSON_Delete(params);
        begin_sign_in(d, w, begun);
        return;
    }
    json_put_str(params, "mode", w->way->mode);
    json_put_str(params, w->account ? "name" : "kind", w->account ? w->account : w->way->kind);
    w->busy = true;
    dash_call(d, w->account ? "account.login" : "account.add", params, made, w);
}

/* The value of `name=` in an address, cut at & or #; heap. */
static char *query_value(const char *url, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = url; (p = strstr(p, name)); p += n)
        if (p > url && (p[-1] == '?' || p[-1] == '&') && p[n] == '=')
            return xstrndup(p + n + 1, strcspn(p + n + 1, "&#"));
    return NULL;
}

const char *wizard_code_note(const struct wizard *w, bool *good)
{
    const char *text = w->code.text.data, *hash = strchr(text, '#'),
               *url = json_str(w->login, "url");
    *good = false;
    if (!*text)
        return NULL;
    char *asked = query_value(url ? url : "", "state"), *given = strstr(text, "://")
                                                                     ? query_value(text, "state")
                                                                 : hash ? xstrdup(hash + 1)
                                                                        : NULL;
    bool differs = asked && given && *given && strcmp(asked, given) != 0;
    bool same = asked && given && strcmp(asked, given) == 0;
    free(asked);
    free(given);
    if (strchr(text, ' '))
        return _("there are blanks in it: was more than the code copied?");
    if (differs)
        return _("it belongs to another sign-in: its state differs");
    *good = true;
    return same ? _("state matches; Enter sends it to the relay")
                : _("Enter sends it to the relay");
}

/* --- steps ---------------------------------------------------------------------------------------
 */

void wizard_next(struct dash *d, struct wizard *w)
{
    if (w->busy) {
        dash_say(d, LOOK_TEXT, "%s", _("the relay is at work; a moment"));
        return;
    }
    trouble(w, NULL);
    switch (w->step) {
    case STEP_WAY:
        /* What was typed stays for who came back only to look. */
        if (w->form.n && w->way == wizard_way(w, w->at)) {
            w->step = STEP_FORM;
            break;
        }
        w->way = wizard_way(w, w->at);
        /* Signing in again with a browser asks nothing more. */
        if (w->account && in_browser(w))
            begin_sign_in(d, w, begun);
        else
            begin_form(d, w);
        break;
    case STEP_FORM:
        finish_form(d, w);
        break;
    case STEP_SIGN_IN:
        if (wizard_is_device(w))
            finish_sign_in(d, w, true);
        else if (w->code.text.len == 0)
            dash_say(d, LOOK_WARN, "%s", _("paste the code first"));
        else
            finish_sign_in(d, w, false);
        break;
    case STEP_CHECK: {
        char *name = xstrdup(w->made);
        layer_close(d, w);
        dash_show(d, SCREEN_ACCOUNTS, name);
        free(name);
        break;
    }
    }
}

void wizard_back(struct dash *d, struct wizard *w)
{
    dash_forget(d, w);
    w->busy = false;
    trouble(w, NULL);
    w->poll_at = 0;
    if (w->step == STEP_SIGN_IN && !w->account)
        w->step = STEP_FORM;
    else if (w->step == STEP_FORM || w->step == STEP_SIGN_IN)
        w->step = STEP_WAY;
    else
        layer_close(d, w);
}

void wizard_tick(struct dash *d, void *self)
{
    struct wizard *w = self;
    if (w->step != STEP_SIGN_IN || !w->poll_at || w->busy || clock_mono() < w->poll_at)
        return;
    w->poll_at = clock_mono() + interval(w);
    finish_sign_in(d, w, true);
}
