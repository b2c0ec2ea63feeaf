/* The command line: first the words, to know the command; then all of it by the command's rows. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "tui/crs/crs_int.h"
#include "tui/crs/walk.h"

/* --- values --------------------------------------------------------------------------------------
 */

/* "7d" for these is so long ago; for others (expires) so far ahead. */
static bool looks_back(const struct field *f)
{
    return strcmp(f->name, "since") == 0 || strcmp(f->name, "until") == 0;
}

static cJSON *time_back(
    const struct field *f, const char *text, const struct zone *z, struct err *err)
{
    char stamp[UNITS_MAX];
    int64_t ms;
    if (units_parse_time(text, z, clock_now(), 1, &ms, err) < 0) {
        err_prefix(err, "%s", f->name);
        return NULL;
    }
    return xcheck(cJSON_CreateString(units_rfc3339(stamp, ms)));
}

/* A list option given again goes on; anything else is said once. */
static int put(cJSON *into, const struct field *f, cJSON *v, bool many, struct err *err)
{
    cJSON *was = cJSON_GetObjectItemCaseSensitive(into, f->name);
    if (many) {
        if (!was)
            was = cJSON_AddArrayToObject(into, f->name);
        cJSON_AddItemToArray(was, v);
        return 0;
    }
    bool list = cJSON_IsArray(v) || cJSON_IsObject(v);
    if (was && list && (was->type & 0xFF) == (v->type & 0xFF)) {
        for (cJSON *e = v->child; e; e = v->child) {
            char *name = e->string ? xstrdup(e->string) : NULL;
            cJSON_DetachItemViaPointer(v, e);
            if (name)
                cJSON_AddItemToObject(was, name, e);
            else
                cJSON_AddItemToArray(was, e);
            free(name);
        }
        cJSON_Delete(v);
        return 0;
    }
    if (was) {
        cJSON_Delete(v);
        return err_set(err, ERR_USAGE, _("'%s' is given twice"), f->name);
    }
    json_put(into, f->name, v);
    return 0;
}

int parse_value(
    struct crs *c, cJSON *into, const struct field *f, const char *text, struct err *err)
{
    bool past = f->kind == F_TIME && looks_back(f) && *text && strcasecmp(text, "none") != 0;
    cJSON *v =
        past ? time_back(f, text, c->zone, err) : field_value(f, text, c->zone, clock_now(), err);
    return v ? put(into, f, v, f->flags & FIELD_MANY, err) : -1;
}

static cJSON *scope_of(struct crs *c, const struct option *o)
{
    return o->scope == SCOPE_PARAM ? c->params : o->scope == SCOPE_OWN ? c->own : c->global;
}

/* One option with its value; text NULL: without. */
static int take(void *arg, const struct option *o, const char *text, struct err *err)
{
    struct crs *c = arg;
    cJSON *into = scope_of(c, o);
    switch (o->form) {
    case OPTION_VALUE:
        if (parse_value(c, into, o->f, text, err) == 0)
            return 0;
        return err->hint[0] ? -1 : err_hint(err, "--%s: %s", o->name, _(o->f->help));
    case OPTION_FLAG:
    case OPTION_NOT:
        cJSON_DeleteItemFromObjectCaseSensitive(into, o->f->name);
        if (text)
            return parse_value(c, into, o->f, text, err);
        json_put_bool(into, o->f->name, o->form == OPTION_FLAG);
        return 0;
    case OPTION_MAYBE:
        cJSON_DeleteItemFromObjectCaseSensitive(into, o->f->name);
        json_put_str(into, o->f->name, text ? text : "");
        return 0;
    case OPTION_STDIN:
    case OPTION_FILE:
        cJSON_DeleteItemFromObjectCaseSensitive(c->secret, o->f->name);
        json_put_str(c->secret, o->f->name, o->form == OPTION_FILE ? text : "-");
        return 0;
    }
    return 0;
}

/* --- the command ---------------------------------------------------------------------------------
 */

static void first_words(const struct command_table *t, struct strlist *words, const char *noun)
{
    for (size_t i = 0; i < t->n; i++) {
        const char *w = t->v[i].words;
        size_t n = strcspn(w, " ");
        if (t->v[i].hidden || (noun && (strlen(noun) != n || memcmp(noun, w, n) != 0)))
            continue;
        if (noun) {
            w += n + strspn(w + n, " ");
            n = strlen(w);
        }
        char *word = xstrndup(w, n);
        if (n && !strlist_has(words, word))
            strlist_add(words, word);
        free(word);
    }
}

static int no_command(const struct command_table *t, const struct strlist *words, struct err *err)
{
    struct strlist known = {0};
    const char *noun = words->v[0], *typed = words->v[0];
    first_words(t, &known, noun);
    bool is_noun = known.n > 0;
    if (!is_noun)
        first_words(t, &known, NULL);
    char *list = strlist_join(&known, " ");
    if (is_noun && words->n > 1)
        err_set(err, ERR_USAGE, _("'%s %.60s' is not a command; after '%s' comes: %s"), noun,
            typed = words->v[1], noun, list);
    else if (is_noun)
        err_set(err, ERR_USAGE, _("'%s' needs another word: %s"), noun, list);
    else
        err_set(err, ERR_USAGE, _("'%.60s' is not a command; commands: %s"), typed, list);
    const char *near = text_nearest(typed, (const char *const *)known.v, known.n);
    if (near && !(is_noun && words->n == 1))
        err_hint(err, _("did you mean '%s%s%s'?"), is_noun ? noun : "", is_noun ? " " : "", near);
    else
        err_hint(err, "crs help%s%s", is_noun ? " " : "", is_noun ? noun : "");
    free(list);
    strlist_release(&known);
    return -1;
}

/* Without a word it is the front page. */
static void default_command(struct crs *c)
{
    char *status[] = {(char[]){"status"}};
    size_t used;
    c->cmd = command_find(&c->table, status, 1, &used);
    c->bare = true;
}

static int take_words(struct crs *c, const struct strlist *words, size_t used, struct err *err)
{
    struct buf usage = BUF_INIT;
    size_t position = 0;
    int r = 0;
    command_usage(c->cmd, &usage);
    for (size_t i = used; i < words->n && r == 0; i++) {
        const struct field *f = command_positional(c->cmd, position);
        if (!f) {
            err_set(err, ERR_USAGE, _("'%.60s' is one word too many"), words->v[i]);
            r = err_hint(err, "%.380s", usage.data);
            break;
        }
        bool own = f >= c->cmd->own && f < c->cmd->own + c->cmd->n_own;
        r = parse_value(c, own ? c->own : c->params, f, words->v[i], err);
        if (!positional_many(f))
            position++;
    }
    for (const struct field *f; r == 0 && (f = command_positional(c->cmd, position)); position++) {
        bool given = json_at(c->params, f->name) || json_at(c->own, f->name);
        struct buf word = BUF_INIT;
        field_placeholder(f, &word);
        if (f->flags & FIELD_REQUIRED && !given && !crs_flag(c, "help")) {
            err_set(err, ERR_USAGE, _("%.80s is missing"), word.data);
            r = err_hint(err, "%.380s", usage.data);
        }
        buf_release(&word);
    }
    buf_release(&usage);
    return r;
}

int parse_line(struct crs *c, int argc, char **argv, struct err *err)
{
    struct walk first = {.argc = argc, .argv = argv};
    struct walk w = {.argc = argc, .argv = argv, .take = take, .arg = c};
    struct options o;
    size_t used;
    walk_command(&first, &c->table, &c->cmd, &used);
    if (first.words.n == 0)
        default_command(c);
    walk_release(&first);
    options_init(&o, c->cmd);
    w.options = &o;
    int r = walk_line(&w, err);
    if (r == 0 && c->cmd)
        r = take_words(c, &w.words, used, err);
    else if (r == 0 && crs_flag(c, "help")) /* wanted also for half a command */
        c->noun = xstrdup(w.words.v[0]);
    else if (r == 0)
        r = no_command(&c->table, &w.words, err);
    options_release(&o);
    walk_release(&w);
    return r;
}
