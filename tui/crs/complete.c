/* __complete: what may stand at the end of a command line. Words and options are known here; names
 * of live things are asked of the relay, quickly or not at all. A line for each: the whole word, a
 * tab, what it is. ":files" alone: a file name. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/width.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/complete.h"
#include "tui/crs/walk.h"

struct completion {
    struct crs *c;
    const char *typed;  /* what the candidate has to begin with */
    const char *before; /* of the word, kept as it is: "--clients=a," */
    struct buf *out;
};

static void offer(struct completion *k, const char *word, const char *what)
{
    if (!text_starts(word, k->typed))
        return;
    width_clean(k->out, k->before);
    width_clean(k->out, word);
    buf_addc(k->out, '\t');
    width_clean(k->out, what ? what : "");
    buf_addc(k->out, '\n');
}

static void offer_name(void *arg, const char *word, const char *what)
{
    offer(arg, word, what);
}

static void offer_topics(struct completion *k)
{
    size_t n;
    const struct help_topic *t = help_topics(&n);
    for (size_t i = 0; i < n; i++)
        offer(k, t[i].name, _(t[i].summary));
}

static void offer_methods(struct completion *k)
{
    for (int i = 0; i < METHOD_COUNT; i++) {
        const struct method *m = method_by_id((enum method_id)i);
        offer(k, m->wire, _(m->summary));
    }
}

static void offer_hosts(struct completion *k)
{
    cJSON *items = xcheck(cJSON_CreateArray());
    host_aliases(items);
    for (const cJSON *h = items->child; h; h = h->next)
        offer(k, json_str(h, "name"), json_str(h, "url"));
    cJSON_Delete(items);
}

/* The values that a field can have. */
static void offer_values(struct completion *k, const struct field *f)
{
    const char *of = f->choices && f->choices[0] == '@' ? f->choices + 1 : f->of;
    char *word;
    if (f->kind == F_BOOL) {
        offer(k, "yes", NULL);
        offer(k, "no", NULL);
        return;
    }
    for (size_t i = 0; !(of && of == f->choices + 1) && (word = field_choice(f, i)); i++) {
        offer(k, word, NULL);
        free(word);
    }
    if (!of)
        return;
    if (strcmp(of, "file") == 0)
        buf_adds(k->out, ":files\n");
    else if (strcmp(of, "method") == 0)
        offer_methods(k);
    else if (strcmp(of, "host") == 0)
        offer_hosts(k);
    else
        complete_names(k->c, of, offer_name, k);
}

/* After the last comma of a list. */
static void offer_value(struct completion *k, const struct field *f, bool file, const char *typed)
{
    bool list = f->kind == F_LIST || f->kind == F_MAP;
    const char *comma = list ? strrchr(typed, ',') : NULL;
    char *before = xasprintf("%s%.*s", k->before, comma ? (int)(comma + 1 - typed) : 0, typed);
    struct completion inner = *k;
    inner.before = before;
    inner.typed = comma ? comma + 1 : typed;
    if (file)
        buf_adds(inner.out, ":files\n");
    else
        offer_values(&inner, f);
    free(before);
}

static void offer_options(struct completion *k, const struct options *o)
{
    bool negated = text_starts(k->typed, "--no");
    for (size_t i = 0; i < o->n; i++) {
        const struct option *x = &o->v[i];
        bool on = x->f->dflt && strcmp(x->f->dflt, "yes") == 0;
        if (x->f->flags & FIELD_HIDDEN || (x->form == OPTION_NOT && !negated && !on))
            continue;
        char *word = xasprintf("--%s", x->name);
        offer(k, word, _(x->f->help));
        free(word);
    }
}

/* The word of each command that goes on as these words do. */
static void offer_commands(struct completion *k, const struct strlist *words)
{
    const struct command_table *t = &k->c->table;
    struct strlist offered = {0};
    for (size_t i = 0; i < t->n; i++) {
        struct strlist w = {0};
        strlist_split(&w, t->v[i].words, " ");
        bool fits = !t->v[i].hidden && w.n > words->n;
        for (size_t j = 0; fits && j < words->n; j++)
            fits = strcmp(w.v[j], words->v[j]) == 0;
        if (fits && !strlist_has(&offered, w.v[words->n])) {
            bool last = w.n == words->n + 1;
            strlist_add(&offered, w.v[words->n]);
            offer(k, w.v[words->n], last ? _(t->v[i].summary) : NULL);
        }
        strlist_release(&w);
    }
    strlist_release(&offered);
}

static void offer_positional(struct completion *k, const struct command *cmd, size_t i)
{
    const struct field *f = NULL;
    /* All words from a repeated one on belong to it. */
    for (size_t n = 0; n <= i; n++) {
        const struct field *next = command_positional(cmd, n);
        f = next ? next : f && positional_many(f) ? f : NULL;
        if (f && positional_many(f))
            break;
    }
    if (f)
        offer_value(k, f, false, k->typed);
}

static void complete_word(struct completion *k, const char *last, struct walk *w,
    const struct command *cmd, size_t used, const struct options *o)
{
    const char *equals = strchr(last, '=');
    if (w->open) {
        offer_value(k, w->open->f, w->open->form == OPTION_FILE, last);
    } else if (!w->ended && text_starts(last, "--") && equals) {
        struct err ignored;
        const struct option *x = options_find(o, last + 2, (size_t)(equals - last) - 2, &ignored);
        char *before = xstrndup(last, (size_t)(equals + 1 - last));
        k->before = before;
        if (x)
            offer_value(k, x->f, x->form == OPTION_FILE, equals + 1);
        k->before = "";
        free(before);
    } else if (!w->ended && last[0] == '-') {
        offer_options(k, o);
    } else {
        offer_commands(k, &w->words);
        if (cmd && strcmp(cmd->words, "help") == 0) {
            struct strlist rest = {w->words.v + used, w->words.n - used};
            offer_commands(k, &rest);
            if (rest.n == 0)
                offer_topics(k);
        } else if (cmd) {
            offer_positional(k, cmd, w->words.n - used);
        }
    }
}

int crs_complete(struct crs *c, int argc, char **argv)
{
    struct buf out = BUF_INIT;
    struct completion k = {
        .c = c, .typed = argc > 1 ? argv[argc - 1] : "", .before = "", .out = &out};
    struct walk first = {.argc = argc - 1, .argv = argv}, w = first;
    struct options o;
    struct err err;
    const struct command *cmd;
    size_t used;
    walk_command(&first, &c->table, &cmd, &used);
    walk_release(&first);
    options_init(&o, cmd);
    w.options = &o;
    walk_line(&w, &err);
    complete_host(c, argc - 1, argv);
    complete_word(&k, k.typed, &w, cmd, used, &o);
    terminal_put(c, &out, &err);
    buf_release(&out);
    options_release(&o);
    walk_release(&w);
    return 0;
}
