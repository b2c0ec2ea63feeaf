/* Any method of the relay by its words, as crs takes them: what has a screen or a form of its own
 * opens there, the rest gets a form made of its parameters. */
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"
#include "tui/dash/dash.h"

/* Edits that begin with the thing as it is. */
static const struct {
    enum method_id edit, show;
} edits[] = {{M_KEY_EDIT, M_KEY_SHOW}, {M_ACCOUNT_EDIT, M_ACCOUNT_SHOW},
    {M_GROUP_EDIT, M_GROUP_SHOW}, {M_TEMPLATE_EDIT, M_TEMPLATE_SHOW}};

static cJSON *words_of(const char *text)
{
    struct strlist words = {0};
    cJSON *list = xcheck(cJSON_CreateArray());
    strlist_split(&words, text ? text : "", ",");
    for (size_t i = 0; i < words.n; i++)
        cJSON_AddItemToArray(list, xcheck(cJSON_CreateString(words.v[i])));
    strlist_release(&words);
    return list;
}

/* The names are all that was said: the form begins with what is set now. */
static bool open_edit(struct dash *d, const struct method *m, const cJSON *texts)
{
    const char *first = m->n_params ? json_str(texts, m->params[0].name) : NULL;
    if (!first || !*first || texts->child->next)
        return false;
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++)
        if (edits[i].edit == m->id) {
            edit_form_open(d, m->id, edits[i].show, words_of(first));
            return true;
        }
    return false;
}

/* True: the method has a place of its own, and that is shown now. */
static bool open_place(struct dash *d, const struct method *m, const cJSON *texts)
{
    const char *name = m->n_params ? json_str(texts, m->params[0].name) : NULL;
    switch (m->id) {
    case M_ACCOUNT_ADD:
    case M_OAUTH_BEGIN:
    case M_OAUTH_FINISH:
    case M_OAUTH_POLL:
        wizard_open(d, NULL);
        return true;
    case M_ACCOUNT_LOGIN:
        if (name)
            wizard_open(d, name);
        return name != NULL;
    case M_LOG_TAIL:
        dash_go(d, SCREEN_LOGS);
        return true;
    case M_SYSTEM_STATUS:
    case M_EVENT_SUBSCRIBE:
        dash_go(d, SCREEN_DASHBOARD);
        return true;
    case M_REQUEST_SHOW:
    case M_REQUEST_WHY:
        if (name)
            request_open(d, name);
        return name != NULL;
    default:
        return open_edit(d, m, texts);
    }
}

/* Where the method wants a thing and none is named, the chosen or marked ones are meant. */
static void add_chosen(struct dash *d, const struct method *m, cJSON *texts)
{
    const char *kind = NULL, *name = NULL;
    const struct field *f = m->n_params ? &m->params[0] : NULL;
    struct list *l = dash_list(d);
    if (!f || !(f->flags & FIELD_POSITIONAL) || json_at(texts, f->name) || d->n_layers)
        return;
    const char *of = f->of ? f->of : f->kind == F_ID ? "request" : "";
    if (!*of || !d->ops[d->at]->subject ||
        !d->ops[d->at]->subject(d->screen[d->at], &kind, &name) || strcmp(kind, of) != 0)
        return;
    struct strlist names = {0};
    cJSON *list = l && f->flags & FIELD_MANY && f->kind == F_NAME ? list_names(l, "name") : NULL;
    for (const cJSON *n = list ? list->child : NULL; n; n = n->next)
        strlist_add(&names, n->valuestring);
    char *all = names.n ? strlist_join(&names, ", ") : xstrdup(name);
    json_put_str(texts, f->name, all);
    free(all);
    strlist_release(&names);
    cJSON_Delete(list);
}

void method_open(struct dash *d, const struct method *m, const cJSON *given)
{
    const char *refused = dash_refusal(d, m->level);
    if (refused) {
        dash_say(d, LOOK_WARN, "%s: %s", m->words ? m->words : m->wire, refused);
        return;
    }
    cJSON *texts = given ? xcheck(cJSON_Duplicate(given, true)) : xcheck(cJSON_CreateObject());
    add_chosen(d, m, texts);
    if (!open_place(d, m, texts))
        call_form_open(d, m->id, texts);
    cJSON_Delete(texts);
}

/* --- a typed line --------------------------------------------------------------------------------
 */

/* Words with blanks between them; quotes hold words together. */
static void split(const char *line, struct strlist *to)
{
    struct buf b = BUF_INIT;
    bool any = false;
    char quote = 0;
    for (const char *p = line;; p++) {
        bool ends = !*p || (!quote && (*p == ' ' || *p == '\t'));
        if (ends && any)
            strlist_add(to, b.data);
        if (ends) {
            buf_reset(&b);
            any = false;
        } else if (quote ? *p == quote : *p == '\'' || *p == '"') {
            quote = quote ? 0 : *p;
            any = true;
        } else {
            buf_addc(&b, *p);
            any = true;
        }
        if (!*p)
            break;
    }
    buf_release(&b);
}

static void put_text(cJSON *texts, const char *name, const char *text)
{
    const char *before = json_str(texts, name);
    char *all = before ? xasprintf("%s, %s", before, text) : xstrdup(text);
    cJSON_DeleteItemFromObjectCaseSensitive(texts, name);
    json_put_str(texts, name, all);
    free(all);
}

/* "--daily-cost 20", "--daily-cost=20", "--pool", "--no-pool": gives the words used; 0: there is no
 * such option, which is told. */
static size_t take_option(
    struct dash *d, const struct method *m, const struct strlist *w, size_t at, cJSON *texts)
{
    char *name = xstrdup(w->v[at] + 2), *value = strchr(name, '=');
    bool minus = false;
    size_t used = 1;
    if (value)
        *value++ = 0;
    for (char *p = name; *p; p++)
        *p = *p == '-' ? '_' : *p;
    const struct field *f = field_find(m->params, m->n_params, name);
    if (!f && strncmp(name, "no_", 3) == 0) {
        minus = true;
        f = field_find(m->params, m->n_params, name + 3);
    }
    if (!f) {
        dash_say(d, LOOK_WARN, _("%s has no option %s"), m->words ? m->words : m->wire, w->v[at]);
        used = 0;
    } else if (value) {
        put_text(texts, f->name, value);
    } else if (f->kind == F_BOOL) {
        put_text(texts, f->name, minus ? "no" : "yes");
    } else if (at + 1 < w->n && f->kind != F_SECRET) {
        put_text(texts, f->name, w->v[at + 1]);
        used = 2;
    }
    free(name);
    return used;
}

static bool take_words(
    struct dash *d, const struct method *m, const struct strlist *w, size_t at, cJSON *texts)
{
    size_t place = 0;
    while (at < w->n) {
        if (strncmp(w->v[at], "--", 2) == 0 && w->v[at][2]) {
            size_t used = take_option(d, m, w, at, texts);
            if (!used)
                return false;
            at += used;
            continue;
        }
        while (place < m->n_params && !(m->params[place].flags & FIELD_POSITIONAL))
            place++;
        if (place == m->n_params) {
            dash_say(d, LOOK_WARN, _("%s takes no further word: '%s'"),
                m->words ? m->words : m->wire, w->v[at]);
            return false;
        }
        put_text(texts, m->params[place].name, w->v[at++]);
        place += !(m->params[place].flags & FIELD_MANY);
    }
    return true;
}

bool method_type(struct dash *d, const char *line)
{
    struct strlist w = {0};
    size_t used = 0;
    split(line, &w);
    size_t from = w.n && strcmp(w.v[0], "crs") == 0;
    const struct method *m = w.n > from ? method_by_words(w.v + from, w.n - from, &used) : NULL;
    if (!m && w.n > from && (m = method_by_wire(w.v[from])))
        used = 1;
    cJSON *texts = xcheck(cJSON_CreateObject());
    if (m && take_words(d, m, &w, from + used, texts))
        method_open(d, m, texts);
    cJSON_Delete(texts);
    strlist_release(&w);
    return m != NULL;
}
