/* The command line: first the words, to know the command; then all of it by the command's rows. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "tui/crs/crs_int.h"

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
static int take(struct crs *c, const struct option *o, const char *text, struct err *err)
{
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

/* --- the walk ------------------------------------------------------------------------------------
 */

/* What a walk over the line meets: words and options, in order. */
struct walk {
    struct crs *c;
    int argc, at;
    char **argv;
    const struct options *options;
    struct strlist words;
    bool taking; /* false: only the words are wanted, and nothing is a fault */
};

static bool switch_word(const char *s)
{
    static const char *const words[] = {"yes", "no", "on", "off", "true", "false"};
    for (size_t i = 0; s && i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(s, words[i]) == 0)
            return true;
    return false;
}

/* The value that belongs to an option: after '=', or the next argument. */
static int value_of(struct walk *w, const struct option *o, const char *attached,
    const char **value, struct err *err)
{
    *value = attached;
    if (attached) {
        if (o->form == OPTION_STDIN || o->form == OPTION_NOT)
            return err_set(err, ERR_USAGE, _("--%s takes no value"), o->name);
        return 0;
    }
    const char *next = w->at + 1 < w->argc ? w->argv[w->at + 1] : NULL;
    /* "--pool no" must not set it and then look for an account named no. */
    bool answer = o->form == OPTION_FLAG && o->scope != SCOPE_GLOBAL && switch_word(next);
    if (!option_takes_value(o) && !answer)
        return 0;
    if (!next) {
        err_set(err, ERR_USAGE, _("--%s needs a value"), o->name);
        return err_hint(err, "%s", _(o->f->help));
    }
    w->at++;
    *value = next;
    return 0;
}

static int long_option(struct walk *w, const char *arg, struct err *err)
{
    size_t n = strcspn(arg, "=");
    const char *value, *attached = arg[n] ? arg + n + 1 : NULL;
    const struct option *o = options_find(w->options, arg, n, err);
    if (!o || value_of(w, o, attached, &value, err) < 0)
        return -1;
    return w->taking ? take(w->c, o, value, err) : 0;
}

static int short_options(struct walk *w, const char *arg, struct err *err)
{
    for (const char *p = arg; *p; p++) {
        const struct option *o = options_letter(w->options, *p);
        const char *value, *rest = p + 1;
        if (!o) {
            err_set(err, ERR_USAGE, _("'-%c' is not an option here"), *p);
            return err_hint(err, _("--help lists them"));
        }
        bool valued = option_takes_value(o) || (o->form == OPTION_MAYBE && *rest == '=');
        const char *attached = valued && *rest ? rest + (*rest == '=') : NULL;
        if (value_of(w, o, attached, &value, err) < 0)
            return -1;
        if (w->taking && take(w->c, o, value, err) < 0)
            return -1;
        if (valued)
            return 0;
    }
    return 0;
}

static int walk_line(struct walk *w, struct err *err)
{
    for (w->at = 1; w->at < w->argc; w->at++) {
        const char *arg = w->argv[w->at];
        int r = 0;
        if (strcmp(arg, "--") == 0) {
            while (++w->at < w->argc)
                strlist_add(&w->words, w->argv[w->at]);
            break;
        }
        if (arg[0] == '-' && arg[1] == '-')
            r = long_option(w, arg + 2, err);
        else if (arg[0] == '-' && arg[1])
            r = short_options(w, arg + 1, err);
        else
            strlist_add(&w->words, arg);
        if (r < 0 && w->taking)
            return -1;
    }
    return 0;
}

/* --- the command ---------------------------------------------------------------------------------
 */

/* Options of every command together: enough to tell words from values of options. */
static void all_options(struct options *all, const struct command_table *t)
{
    options_init(all, NULL);
    for (size_t i = 0; i < t->n; i++) {
        struct options o;
        options_init(&o, &t->v[i]);
        all->v = xreallocarray(all->v, all->n + o.n, sizeof *all->v);
        for (size_t j = 0; j < o.n; j++) {
            bool known = false;
            for (size_t k = 0; k < all->n && !known; k++)
                known = strcmp(all->v[k].name, o.v[j].name) == 0;
            if (known)
                free(o.v[j].name);
            else
                all->v[all->n++] = o.v[j];
        }
        free(o.v);
    }
}

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

static int find_command(struct walk *w, size_t *used, struct err *err)
{
    struct crs *c = w->c;
    struct options all;
    all_options(&all, &c->table);
    /* Unknown options are told in the second walk, by the command that does not have them. */
    w->options = &all;
    walk_line(w, err);
    options_release(&all);
    c->cmd = command_find(&c->table, w->words.v, w->words.n, used);
    if (c->cmd || w->words.n)
        return 0;
    char *status[] = {(char[]){"status"}};
    c->cmd = command_find(&c->table, status, 1, used);
    *used = 0;
    c->bare = true;
    return 0;
}

static int take_words(struct walk *w, size_t used, struct err *err)
{
    struct crs *c = w->c;
    struct buf usage = BUF_INIT;
    size_t position = 0;
    int r = 0;
    command_usage(c->cmd, &usage);
    for (size_t i = used; i < w->words.n && r == 0; i++) {
        const struct field *f = command_positional(c->cmd, position);
        if (!f) {
            err_set(err, ERR_USAGE, _("'%.60s' is one word too many"), w->words.v[i]);
            r = err_hint(err, "%.380s", usage.data);
            break;
        }
        bool own = f >= c->cmd->own && f < c->cmd->own + c->cmd->n_own;
        r = parse_value(c, own ? c->own : c->params, f, w->words.v[i], err);
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
    struct walk w = {.c = c, .argc = argc, .argv = argv};
    struct options o;
    size_t used = 0;
    int r = find_command(&w, &used, err);
    options_init(&o, c->cmd);
    strlist_release(&w.words);
    w.words = (struct strlist){0};
    w.options = &o;
    w.taking = true;
    if (r == 0)
        r = walk_line(&w, err);
    /* Help is wanted also for half a command. */
    bool help = crs_flag(c, "help") && w.words.n;
    if (r == 0 && !c->cmd && !help)
        r = no_command(&c->table, &w.words, err);
    if (r == 0 && c->cmd)
        r = take_words(&w, used, err);
    if (r == 0 && !c->cmd)
        c->noun = xstrdup(w.words.v[0]);
    options_release(&o);
    strlist_release(&w.words);
    return r;
}
