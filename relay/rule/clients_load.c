/* Reading client patterns. The file is an array of clients, or of {"include": "shipped"}; an entry
 * with the name of an earlier one adds to it. */
#include "rule/rule_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "common/path.h"

#define CLIENTS_FILE_MAX (1u << 20)

static int load_regex(regex_t *re, const char *pattern, const struct client *c, struct err *err)
{
    int code = regcomp(re, pattern, REG_EXTENDED | REG_ICASE);
    if (code == 0)
        return 0;
    char why[128];
    regerror(code, re, why, sizeof why);
    return err_set(err, ERR_USAGE, "pattern '%s' of client '%s': %s", pattern, c->name, why);
}

/* A list of texts, or one. */
static int load_list(struct strlist *to, const cJSON *row, const char *member,
    const struct client *c, struct err *err)
{
    const cJSON *v = json_at(row, member), *item;
    if (!v)
        return 0;
    if (cJSON_IsString(v)) {
        strlist_add(to, v->valuestring);
        return 0;
    }
    if (!cJSON_IsArray(v))
        return err_set(err, ERR_USAGE, "'%s' of client '%s' is no list", member, c->name);
    cJSON_ArrayForEach(item, v)
    {
        if (!cJSON_IsString(item))
            return err_set(
                err, ERR_USAGE, "'%s' of client '%s' has more than texts in it", member, c->name);
        strlist_add(to, item->valuestring);
    }
    return 0;
}

static int load_patterns(regex_t *to, size_t *n, const cJSON *row, const char *member,
    const struct client *c, struct err *err)
{
    struct strlist patterns = {0};
    int failed = load_list(&patterns, row, member, c, err);
    for (size_t i = 0; i < patterns.n && !failed; i++) {
        if (*n == CLIENT_PATTERNS_MAX)
            failed = err_set(err, ERR_USAGE, "more than %d patterns in '%s' of client '%s'",
                CLIENT_PATTERNS_MAX, member, c->name);
        else if (!(failed = load_regex(&to[*n], patterns.v[i], c, err)))
            ++*n;
    }
    strlist_release(&patterns);
    return failed;
}

static int load_marks(struct client *c, const cJSON *row, struct err *err)
{
    const cJSON *v;
    cJSON_ArrayForEach(v, json_at(row, "marks"))
    {
        struct header_pattern *m = &c->marks[c->n_marks];
        if (!v->string || !cJSON_IsString(v) || c->n_marks == CLIENT_PATTERNS_MAX)
            return err_set(err, ERR_USAGE,
                "'marks' of client '%s' has to map at most %d headers to patterns", c->name,
                CLIENT_PATTERNS_MAX);
        if (load_regex(&m->re, v->valuestring, c, err))
            return -1;
        m->name = xstrdup(v->string);
        c->n_marks++;
    }
    return 0;
}

static struct client *client_of(struct clients *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->v[i]->name, name) == 0)
            return list->v[i];
    }
    struct client *c = xcalloc(1, sizeof *c);
    c->name = xstrdup(name);
    c->final_from = 429;
    list->v = xreallocarray(list->v, list->n + 1, sizeof *list->v);
    list->v[list->n++] = c;
    return c;
}

static int load_client(struct clients *list, const cJSON *row, struct err *err)
{
    const char *name = json_str(row, "name"), *help = json_str(row, "help");
    if (!name || !*name || strlen(name) >= sizeof((struct client_match *)0)->name)
        return err_set(err, ERR_USAGE, "a client without a name of 1 to 31 characters");
    struct client *c = client_of(list, name);
    if (help) {
        free(c->help);
        c->help = xstrdup(help);
    }
    c->full_user_id = json_bool(row, "full.user_id", c->full_user_id);
    c->final_status = (int)json_int(row, "final_status", c->final_status);
    if (c->final_status && (c->final_status < 400 || c->final_status > 599))
        return err_set(err, ERR_USAGE, "'final_status' of client '%s' is no error status", name);
    c->final_from = (int)json_int(row, "final_from", c->final_from);
    if (c->final_from < 400 || c->final_from > 599)
        return err_set(err, ERR_USAGE, "'final_from' of client '%s' is no error status", name);
    if (load_list(&c->aliases, row, "aliases", c, err) ||
        load_list(&c->paths, row, "paths", c, err) ||
        load_list(&c->full_paths, row, "full.paths", c, err) ||
        load_list(&c->full_headers, row, "full.headers", c, err) ||
        load_patterns(c->agents, &c->n_agents, row, "user_agent", c, err) ||
        load_patterns(c->versions, &c->n_versions, row, "version", c, err) ||
        load_patterns(c->helpers, &c->n_helpers, row, "helper_user_agent", c, err) ||
        load_marks(c, row, err))
        return -1;
    if (c->n_agents + c->n_marks == 0)
        return err_set(err, ERR_USAGE, "client '%s' has no pattern to know it by", name);
    return 0;
}

static int load_array(
    struct clients *list, const char *text, size_t n, bool nested, struct err *err);

static int load_include(struct clients *list, const char *what, bool nested, struct err *err)
{
    if (nested || strcmp(what, "shipped") != 0)
        return err_set(err, ERR_USAGE, "'include' can only be \"shipped\"");
    struct buf text = BUF_INIT;
    char *path = path_data("clients.json");
    int failed = path_read(path, CLIENTS_FILE_MAX, &text, err) ||
                 load_array(list, text.data, text.len, true, err);
    if (failed)
        err_prefix(err, "%s", path);
    free(path);
    buf_release(&text);
    return failed;
}

static int load_array(
    struct clients *list, const char *text, size_t n, bool nested, struct err *err)
{
    cJSON *tree = json_parse(text, n, err);
    const cJSON *row;
    int failed = 0;
    if (!tree)
        return -1;
    if (!cJSON_IsArray(tree))
        failed = err_set(err, ERR_USAGE, "client patterns have to be an array");
    cJSON_ArrayForEach(row, tree)
    {
        const char *include = json_str(row, "include");
        if (!failed)
            failed =
                include ? load_include(list, include, nested, err) : load_client(list, row, err);
    }
    cJSON_Delete(tree);
    return failed ? -1 : 0;
}

static void client_free(struct client *c)
{
    for (size_t i = 0; i < c->n_agents; i++)
        regfree(&c->agents[i]);
    for (size_t i = 0; i < c->n_versions; i++)
        regfree(&c->versions[i]);
    for (size_t i = 0; i < c->n_helpers; i++)
        regfree(&c->helpers[i]);
    for (size_t i = 0; i < c->n_marks; i++) {
        regfree(&c->marks[i].re);
        free(c->marks[i].name);
    }
    strlist_release(&c->aliases);
    strlist_release(&c->paths);
    strlist_release(&c->full_paths);
    strlist_release(&c->full_headers);
    free(c->name);
    free(c->help);
    free(c);
}

static void clients_destroy(struct clients *list)
{
    for (size_t i = 0; i < list->n; i++)
        client_free(list->v[i]);
    free(list->v);
    free(list);
}

struct clients *clients_parse(const char *text, size_t n, struct err *err)
{
    struct clients *list = xcalloc(1, sizeof *list);
    atomic_init(&list->refs, 1);
    if (load_array(list, text, n, false, err)) {
        clients_destroy(list);
        return NULL;
    }
    return list;
}

struct clients *clients_load(const char *path, struct err *err)
{
    struct buf text = BUF_INIT;
    struct clients *list = NULL;
    if (path_read(path, CLIENTS_FILE_MAX, &text, err) == 0) {
        list = clients_parse(text.data, text.len, err);
        if (!list)
            err_prefix(err, "%s", path);
    }
    buf_release(&text);
    return list;
}

struct clients *clients_ref(struct clients *list)
{
    atomic_fetch_add_explicit(&list->refs, 1, memory_order_relaxed);
    return list;
}

void clients_unref(struct clients *list)
{
    if (list && atomic_fetch_sub_explicit(&list->refs, 1, memory_order_acq_rel) == 1)
        clients_destroy(list);
}
