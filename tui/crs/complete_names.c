/* Names of live things for completion, from the relay or from what it said a moment ago. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/clock.h"
#include "common/path.h"
#include "tui/crs/complete.h"

#define PATIENCE_MS 300
#define FRESH_MS (5 * MS_SECOND)
#define CACHE_MAX ((size_t)4 << 20)

struct source {
    const char *of;
    enum method_id method;
    const char *name; /* member that is the word */
    const char *what[2];
    const char *param, *value;
};
static const struct source sources[] = {
    {"key", M_KEY_LIST, "name", {"state", "note"}, NULL, NULL},
    {"removed-key", M_KEY_LIST, "name", {"state", "note"}, "state", "removed"},
    {"account", M_ACCOUNT_LIST, "name", {"kind", "state"}, NULL, NULL},
    {"group", M_GROUP_LIST, "name", {"note", NULL}, NULL, NULL},
    {"template", M_TEMPLATE_LIST, "name", {"settings", NULL}, NULL, NULL},
    {"model", M_MODEL_LIST, "name", {"service", NULL}, NULL, NULL},
    {"client", M_CLIENT_LIST, "name", {"help", NULL}, NULL, NULL},
    {"request", M_REQUEST_LIST, "id", {"key", "state"}, NULL, NULL},
    {"session", M_SESSION_LIST, "id", {"key", "account"}, NULL, NULL},
    {"setting", M_CONFIG_LIST, "name", {"value", NULL}, NULL, NULL},
};

static const struct source *source_of(const char *of)
{
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (strcmp(sources[i].of, of) == 0)
            return &sources[i];
    return NULL;
}

struct answer {
    bool done;
    cJSON *tree;
};

static void on_answer(void *arg, const cJSON *result, const struct err *failure)
{
    struct answer *a = arg;
    a->done = true;
    if (!failure && result)
        a->tree = cJSON_Duplicate(result, 1);
}

/* The whole way, connection included, within the bound. */
static cJSON *ask(struct crs *c, const struct source *s)
{
    struct answer a = {0};
    int64_t end = clock_mono() + PATIENCE_MS;
    cJSON *params = xcheck(cJSON_CreateObject());
    json_put_str(params, s->param ? s->param : "", s->value);
    c->link = link_open(&c->host, "crs " CRS_VERSION, false);
    link_call(c->link, method_by_id(s->method)->wire, params, on_answer, &a);
    while (!a.done && clock_mono() < end && link_poll(c->link, end - clock_mono()) == 0)
        continue;
    cJSON_Delete(params);
    link_close(c->link);
    c->link = NULL;
    return a.tree;
}

/* "word\twhat" lines. */
static void list(const struct source *s, const cJSON *answer, struct buf *out)
{
    const cJSON *items = json_at(answer, "items");
    for (const cJSON *row = items ? items->child : NULL; row; row = row->next) {
        const char *name = json_str(row, s->name);
        if (!name || name[strcspn(name, "\t\n")])
            continue;
        buf_addf(out, "%s\t", name);
        for (size_t i = 0, said = 0; i < 2 && s->what[i]; i++) {
            const char *what = json_str(row, s->what[i]);
            if (what && *what && !what[strcspn(what, "\t\n")])
                buf_addf(out, "%s%.60s", said++ ? ", " : "", what);
        }
        buf_addc(out, '\n');
    }
}

static char *cache_path(const struct crs *c, const char *of)
{
    unsigned long sum = 5381;
    for (const char *p = c->host.spoken; *p; p++)
        sum = sum * 33 + (unsigned char)*p;
    char *dir = path_user_cache(), *name = xasprintf("complete-%lx-%s", sum & 0xFFFFFFFF, of);
    path_mkdirs(dir, 0700, NULL);
    char *path = path_join(dir, name);
    free(dir);
    free(name);
    return path;
}

static bool fresh(const char *path, struct buf *out)
{
    struct stat st;
    /* The file's clock, not ours: CRS_TEST_CLOCK does not turn it. */
    if (stat(path, &st) != 0 || st.st_uid != geteuid())
        return false;
    int64_t age = (int64_t)(time(NULL) - st.st_mtime) * MS_SECOND;
    return age >= 0 && age < FRESH_MS && path_read(path, CACHE_MAX, out, NULL) == 0;
}

void complete_names(struct crs *c, const char *of,
    void (*offer)(void *arg, const char *word, const char *what), void *arg)
{
    const struct source *s = source_of(of);
    struct buf lines = BUF_INIT;
    if (!s || (!c->host.spoken && host_find(NULL, &c->host, NULL) < 0))
        return;
    char *path = cache_path(c, of);
    if (!fresh(path, &lines)) {
        cJSON *answer = ask(c, s);
        buf_reset(&lines);
        list(s, answer, &lines);
        if (answer)
            path_write(path, lines.data, lines.len, 0600, NULL);
        cJSON_Delete(answer);
    }
    free(path);
    for (char *p = lines.data, *end; *p; p = end) {
        char *tab = p + strcspn(p, "\t\n");
        end = p + strcspn(p, "\n");
        bool more = *end == '\n';
        *end = 0;
        bool has_tab = *tab == '\t';
        *tab = 0;
        offer(arg, p, has_tab ? tab + 1 : NULL);
        end += more;
    }
    buf_release(&lines);
}

void complete_host(struct crs *c, int argc, char **argv)
{
    const char *said = NULL;
    for (int i = 1; i < argc; i++) {
        bool apart = strcmp(argv[i], "-H") == 0 || strcmp(argv[i], "--host") == 0;
        if (apart && i + 1 < argc)
            said = argv[i + 1];
        else if (text_starts(argv[i], "--host="))
            said = argv[i] + strlen("--host=");
    }
    if (said)
        host_find(said, &c->host, NULL);
}
