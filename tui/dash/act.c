/* Methods by the hand of the person: the call, its command, what came of it. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "tui/dash/dash.h"

/* --- the command ---------------------------------------------------------------------------------
 */

static void value_words(const struct field *f, const cJSON *v, struct buf *out)
{
    if (f->flags & FIELD_MANY && cJSON_IsArray(v)) {
        struct field one = *f;
        one.flags &= ~(unsigned)FIELD_MANY;
        for (const cJSON *e = v->child; e; e = e->next) {
            if (e != v->child)
                buf_addc(out, ' ');
            value_words(&one, e, out);
        }
        return;
    }
    field_word(f, v, out);
}

static void option_words(const struct field *f, const cJSON *v, struct buf *out)
{
    char *name = xstrdup(f->name);
    for (char *p = name; *p; p++)
        *p = *p == '_' ? '-' : *p;
    if (f->kind == F_BOOL && cJSON_IsBool(v)) {
        buf_addf(out, " --%s%s", cJSON_IsTrue(v) ? "" : "no-", name);
    } else if (f->kind == F_SECRET) {
        buf_addf(out, " --%s-stdin", name);
    } else {
        buf_addf(out, " --%s ", name);
        value_words(f, v, out);
    }
    free(name);
}

char *act_command(const struct method *m, const cJSON *params)
{
    struct buf b = BUF_INIT;
    buf_addf(&b, "crs %s", m->words ? m->words : m->wire);
    for (size_t i = 0; i < m->n_params; i++) {
        const cJSON *v = json_at(params, m->params[i].name);
        if (v && m->params[i].flags & FIELD_POSITIONAL) {
            buf_addc(&b, ' ');
            value_words(&m->params[i], v, &b);
        }
    }
    for (size_t i = 0; i < m->n_params; i++) {
        const cJSON *v = json_at(params, m->params[i].name);
        /* The revision guards a form against edits of others; nobody types it. */
        if (v && !(m->params[i].flags & FIELD_POSITIONAL) &&
            strcmp(m->params[i].name, "revision") != 0)
            option_words(&m->params[i], v, &b);
    }
    return buf_steal(&b, NULL);
}

/* --- the call ------------------------------------------------------------------------------------
 */

struct deed {
    const struct method *m;
    cJSON *params;
};

/* What a row of an act says: state, effect, or what was answered. */
static void row_text(const cJSON *r, struct buf *out)
{
    const char *name = json_str(r, "name"), *state = json_str(r, "state"),
               *effect = json_str(r, "effect"), *text = json_str(r, "text");
    buf_adds(out, name ? name : "");
    if (state)
        buf_addf(out, ": %s", state);
    if (effect)
        buf_addf(out, ", %s", effect);
    if (text)
        buf_addf(out, ": %s", text);
    if (json_at(r, "status") && json_int(r, "status", 0))
        buf_addf(out, _(" (status %lld, %.1fs)"), (long long)json_int(r, "status", 0),
            json_num(r, "time", 0));
}

static bool tell_rows(struct dash *d, const char *command, const cJSON *result)
{
    const cJSON *items = json_at(result, "items");
    const char *undo = json_str(result, "undo");
    struct buf b = BUF_INIT;
    bool ok = true;
    int n = 0;
    for (const cJSON *r = cJSON_IsArray(items) ? items->child : result; r; r = r->next) {
        bool good = json_bool(r, "ok", true);
        const char *why = json_str(r, "error.message");
        buf_adds(&b, n++ ? "; " : "");
        row_text(r, &b);
        if (!good && why)
            buf_addf(&b, ": %s", why);
        ok = ok && good;
    }
    if (undo)
        buf_addf(&b, _("   undo: %s"), undo);
    dash_say(d, ok ? LOOK_GOOD : LOOK_BAD, "%s  %s", ok ? _("done") : _("FAILED"),
        b.len ? b.data : command);
    dash_log_act(d, command, ok, b.data, NULL);
    buf_release(&b);
    return ok;
}

/* The one member of the answer that is a secret, shown once; NULL: there is none. */
static const char *secret_of(const struct method *m, const cJSON *result)
{
    for (size_t i = 0; i < m->n_result; i++)
        if (m->result[i].flags & FIELD_ONCE)
            return json_str(result, m->result[i].name);
    return NULL;
}

void method_answered(
    struct dash *d, const struct method *m, const cJSON *params, const cJSON *result)
{
    const char *secret = secret_of(m, result);
    bool act = m->flags & M_MUTATES || m->id == M_ACCOUNT_TEST,
         names = json_at(result, "items") || json_str(result, "name") || json_str(result, "state");
    char *command = act_command(m, params);
    if (act && tell_rows(d, command, result) && m->flags & M_MUTATES)
        undo_note(d, m, params, result);
    if (secret)
        secret_open(d, &(struct secret_shown){.title = json_str(result, "name"),
                           .secret = secret,
                           .env = json_at(result, "env"),
                           .again = m->id == M_KEY_REVEAL});
    else if (!act || !names)
        answer_open(d, m, params, result);
    free(command);
}

static void done(struct dash *d, void *owner, const cJSON *result, const struct err *fault)
{
    struct deed *deed = owner;
    if (fault) {
        char *command = act_command(deed->m, deed->params);
        dash_fail(d, command, fault);
        dash_log_act(d, command, false, fault->text, fault->hint[0] ? fault->hint : NULL);
        free(command);
    } else {
        method_answered(d, deed->m, deed->params, result);
    }
    cJSON_Delete(deed->params);
    free(deed);
}

void act_call(struct dash *d, enum method_id m, cJSON *params)
{
    struct deed *deed = xcalloc(1, sizeof *deed);
    deed->m = method_by_id(m);
    deed->params = xcheck(cJSON_Duplicate(params, true));
    char *command = act_command(deed->m, params);
    dash_say(d, LOOK_DIM, "%s ...", command);
    free(command);
    dash_call(d, deed->m->wire, params, done, deed);
}
