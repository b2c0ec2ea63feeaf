/* The rows of the settings, and who holds which version of them. */
#include "base/settings.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/path.h"
#include "common/json.h"

static const struct setting_row rows[SETTINGS] = {
#define SET(member, kind_, choices_, dflt_, min_, max_, section, live_, help_)                     \
    {.field = {.name = #member,                                                                    \
         .help = help_,                                                                            \
         .choices = choices_,                                                                      \
         .dflt = dflt_,                                                                            \
         .min = min_,                                                                              \
         .max = max_,                                                                              \
         .offset = offsetof(struct settings_values, member),                                       \
         .kind = kind_,                                                                            \
         .group = section},                                                                        \
        .live = live_},
#include "base/settings.def"
#undef SET
};

const struct setting_row *setting_rows(size_t *n)
{
    *n = SETTINGS;
    return rows;
}

const struct settings *settings_ref(const struct settings *s)
{
    struct settings *own = (struct settings *)(uintptr_t)s;

    atomic_fetch_add_explicit(&own->refs, 1, memory_order_relaxed);
    return s;
}

void settings_unref(const struct settings *s)
{
    struct settings *own = (struct settings *)(uintptr_t)s;

    if (!s || atomic_fetch_sub_explicit(&own->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < SETTINGS; i++)
        record_release(&own->v, &rows[i].field, 1);
    free(own->path);
    free(own);
}

static int setting_find(const char *member)
{
    for (int i = 0; i < SETTINGS; i++)
        if (!strcmp(rows[i].field.name, member))
            return i;
    return -1;
}

enum setting_origin settings_origin(const struct settings *s, const char *member, int *line)
{
    int i = setting_find(member);

    if (line)
        *line = i < 0 ? 0 : s->origins[i].line;
    return i < 0 ? ORIGIN_DEFAULT : s->origins[i].from;
}

void settings_need_restart(
    const struct settings *was, const struct settings *is, struct strlist *out)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        cJSON *diff;
        if (rows[i].live)
            continue;
        diff = record_diff(&was->v, &is->v, &rows[i].field, 1);
        if (diff && diff->child)
            strlist_add(out, rows[i].field.name);
        cJSON_Delete(diff);
    }
}

struct settings_holder {
    pthread_mutex_t lock;
    const struct settings *now;
};

struct settings_holder *settings_holder_create(struct settings *first)
{
    struct settings_holder *h = xcalloc(1, sizeof *h);

    pthread_mutex_init(&h->lock, NULL);
    h->now = first;
    return h;
}

void settings_holder_free(struct settings_holder *h)
{
    if (!h)
        return;
    settings_unref(h->now);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

const struct settings *settings_get(struct settings_holder *h)
{
    pthread_mutex_lock(&h->lock);
    const struct settings *s = settings_ref(h->now);
    pthread_mutex_unlock(&h->lock);
    return s;
}

void settings_swap(struct settings_holder *h, struct settings *s)
{
    pthread_mutex_lock(&h->lock);
    const struct settings *was = h->now;
    h->now = s;
    pthread_mutex_unlock(&h->lock);
    settings_unref(was);
}

char *settings_state_file(const struct settings *s, const char *name)
{
    bool given = s->v.state_dir && *s->v.state_dir;
    char *dir = given ? xstrdup(s->v.state_dir) : path_state(), *path = path_join(dir, name);

    free(dir);
    return path;
}
