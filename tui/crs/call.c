/* The way of nearly every command: secrets in, confirmation, the call. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "common/secret.h"
#include "tui/crs/crs_int.h"

#define STARTING_MS 2000 /* a relay that is just starting is waited for */
#define TIMEOUT_MS (10 * MS_SECOND)

int crs_connect(struct crs *c, struct err *err)
{
    if (c->link)
        return 0;
    if (!c->host.spoken && host_find(crs_text(c, "host"), &c->host, err) < 0)
        return -1;
    c->link = link_connect(&c->host, "crs " CRS_VERSION, crs_flag(c, "verbose"), STARTING_MS, err);
    return c->link ? 0 : -1;
}

int64_t crs_timeout(const struct crs *c, const struct method *m)
{
    const cJSON *said = json_at(c->global, "timeout");
    if (cJSON_IsNumber(said))
        return (int64_t)(said->valuedouble * 1000);
    return m && m->flags & (M_SLOW | M_STREAM) ? 0 : TIMEOUT_MS;
}

cJSON *crs_call(struct crs *c, const struct method *m, const cJSON *params, struct err *err)
{
    if (crs_connect(c, err) < 0)
        return NULL;
    return link_wait(c->link, m->wire, params, crs_timeout(c, m), err);
}

/* --- secrets -------------------------------------------------------------------------------------
 */

static int put_secret(struct crs *c, const char *name, char *text)
{
    cJSON_DeleteItemFromObjectCaseSensitive(c->params, name);
    json_put_str(c->params, name, text);
    secret_free(text);
    return 0;
}

static int read_secret(struct crs *c, const char *name, const char *from, struct err *err)
{
    char *text = strcmp(from, "-") == 0 ? secret_stdin(name, err) : secret_file(from, err);
    return text ? put_secret(c, name, text) : -1;
}

static int ask_secret(struct crs *c, const struct field *f, struct err *err)
{
    char *question = xasprintf("%s:", _(f->help));
    char *text = terminal_ask(c, question, true, err);
    free(question);
    if (!text)
        return err->code == ERR_USAGE
                   ? err_hint(err, _("give it with --%s-stdin or --%s-file FILE"), f->name, f->name)
                   : -1;
    return put_secret(c, f->name, text);
}

int crs_secrets(struct crs *c, struct err *err)
{
    const char *stdin_for = NULL;
    for (const cJSON *s = c->secret->child; s; s = s->next) {
        if (strcmp(s->valuestring, "-") == 0 && stdin_for)
            return err_set(err, ERR_USAGE, _("'%s' and '%s' cannot both come from standard input"),
                stdin_for, s->string);
        if (strcmp(s->valuestring, "-") == 0)
            stdin_for = s->string;
        if (read_secret(c, s->string, s->valuestring, err) < 0)
            return -1;
    }
    const struct method *m = c->cmd->m;
    for (size_t i = 0; m && i < m->n_params; i++) {
        const struct field *f = &m->params[i];
        if (f->kind == F_SECRET && f->flags & FIELD_REQUIRED && !json_at(c->params, f->name) &&
            ask_secret(c, f, err) < 0)
            return -1;
    }
    return 0;
}

/* --- confirmation --------------------------------------------------------------------------------
 */

/* The names that an act is about, with commas. */
static char *subjects(const struct crs *c)
{
    struct strlist names = {0};
    const struct field *f;
    for (size_t i = 0; (f = command_positional(c->cmd, i)); i++) {
        const cJSON *v = json_at(c->params, f->name);
        for (const cJSON *e = cJSON_IsArray(v) ? v->child : NULL; e; e = e->next)
            strlist_add(&names, cJSON_IsString(e) ? e->valuestring : "");
        if (cJSON_IsString(v))
            strlist_add(&names, v->valuestring);
    }
    char *joined = strlist_join(&names, ",");
    strlist_release(&names);
    return joined;
}

/* What would happen, in the relay's words; also finds names that do not exist before any question.
 */
static int tell_effect(struct crs *c, struct err *err)
{
    cJSON *params = xcheck(cJSON_Duplicate(c->params, 1));
    json_put_bool(params, "dry_run", true);
    cJSON *result = crs_call(c, c->cmd->m, params, err);
    cJSON_Delete(params);
    if (!result)
        return -1;
    const cJSON *items = json_at(result, "items");
    for (const cJSON *row = items ? items->child : NULL; row; row = row->next) {
        const char *name = json_str(row, "name"), *effect = json_str(row, "effect");
        if (effect)
            note(c, "%s: %s", name ? name : "", effect);
    }
    cJSON_Delete(result);
    return 0;
}

static int cannot_ask(const char *names, bool destroys, struct err *err)
{
    err_set(err, ERR_USAGE, _("this has to be confirmed, and standard input is no terminal"));
    if (destroys)
        return err_hint(err, _("it cannot be undone: give --yes=%.200s"), names);
    return err_hint(err, _("give --yes, or --dry-run to see what would happen"));
}

static int ask(struct crs *c, const char *names, bool destroys, struct err *err)
{
    char *question = destroys
                         ? xasprintf(_("%s. This cannot be undone. Type '%s' to go on:"),
                               _(c->cmd->summary), names)
                         : xasprintf(_("%s%s%s? [y/N]"), c->cmd->words, *names ? " " : "", names);
    char *answer = terminal_ask(c, question, false, err);
    free(question);
    if (!answer)
        return -1;
    bool yes = destroys ? strcmp(answer, names) == 0
                        : answer[0] == 'y' || answer[0] == 'Y' || strcmp(answer, _("yes")) == 0;
    free(answer);
    return yes ? 0 : err_set(err, ERR_DECLINED, _("nothing was changed"));
}

int crs_confirm(struct crs *c, struct err *err)
{
    const struct method *m = c->cmd->m;
    bool destroys = m->flags & M_DESTROYS;
    if (!(m->flags & (M_BREAKS | M_DESTROYS)) || crs_flag(c, "dry_run"))
        return 0;
    const char *yes = crs_text(c, "yes");
    char *names = subjects(c);
    int r = 0;
    if (yes && (destroys || *yes) && strcmp(yes, names) != 0) {
        if (*yes)
            err_set(err, ERR_USAGE, _("--yes names '%s', but this is about '%s'"), yes, names);
        else
            err_set(err, ERR_USAGE, _("what cannot be undone wants the name with --yes"));
        r = err_hint(err, "--yes=%.200s", names);
    } else if (!yes && !c->term.in) {
        r = cannot_ask(names, destroys, err);
    } else if (!yes) {
        r = tell_effect(c, err);
        r = r < 0 ? r : ask(c, names, destroys, err);
    }
    free(names);
    return r;
}

cJSON *crs_result(struct crs *c, struct err *err)
{
    const struct method *m = c->cmd->m;
    if (crs_secrets(c, err) < 0 || crs_confirm(c, err) < 0)
        return NULL;
    if (crs_flag(c, "dry_run")) {
        if (!(m->flags & M_MUTATES)) {
            err_set(
                err, ERR_USAGE, _("'%s' changes nothing: --dry-run has no meaning"), c->cmd->words);
            return NULL;
        }
        json_put_bool(c->params, "dry_run", true);
    }
    return crs_call(c, m, c->params, err);
}
