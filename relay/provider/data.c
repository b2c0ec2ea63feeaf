/* Provider data: endpoints, public client ids, model names, from providers.json. */
#include "provider/provider_int.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"
#include "common/path.h"

#define DATA_MAX (1u << 20)

struct provider_data {
    atomic_uint refs;
    cJSON *tree; /* never changed after load: read by all threads */
};

/* Lists are kept as one string with blanks between: readers want scopes and names that way. */
static int value_check(cJSON *kind, cJSON *v, struct err *err)
{
    if (cJSON_IsArray(v)) {
        struct buf joined = BUF_INIT;
        const cJSON *e;
        cJSON_ArrayForEach(e, v)
        {
            if (!cJSON_IsString(e)) {
                buf_release(&joined);
                return err_set(err, ERR_USAGE, "'%s.%s' has an element that is no string",
                    kind->string, v->string);
            }
            if (joined.len)
                buf_addc(&joined, ' ');
            buf_adds(&joined, e->valuestring);
        }
        cJSON *s = xcheck(cJSON_CreateString(joined.data));
        buf_release(&joined);
        char *name = xstrdup(v->string);
        cJSON_ReplaceItemInObjectCaseSensitive(kind, name, s);
        free(name);
        return 0;
    }
    if (!cJSON_IsString(v))
        return err_set(err, ERR_USAGE, "'%s.%s' is no string", kind->string, v->string);
    return 0;
}

static int tree_check(cJSON *tree, struct err *err)
{
    if (!cJSON_IsObject(tree))
        return err_set(err, ERR_USAGE, "no object");
    for (cJSON *kind = tree->child; kind; kind = kind->next) {
        if (!cJSON_IsObject(kind))
            return err_set(err, ERR_USAGE, "'%s' is no object", kind->string);
        for (cJSON *v = kind->child, *next; v; v = next) {
            next = v->next;
            if (value_check(kind, v, err))
                return -1;
        }
    }
    return 0;
}

struct provider_data *provider_data_load(const char *path, struct err *err)
{
    struct buf text = BUF_INIT;
    cJSON *tree = NULL;
    if (path_read(path, DATA_MAX, &text, err) == 0)
        tree = json_parse(text.data, text.len, err);
    buf_release(&text);
    if (!tree || tree_check(tree, err)) {
        err_prefix(err, "provider data '%s'", path);
        cJSON_Delete(tree);
        return NULL;
    }
    struct provider_data *d = xcalloc(1, sizeof *d);
    atomic_init(&d->refs, 1);
    d->tree = tree;
    return d;
}

struct provider_data *provider_data_ref(struct provider_data *d)
{
    if (d)
        atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
    return d;
}

void provider_data_unref(struct provider_data *d)
{
    if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1)
        return;
    cJSON_Delete(d->tree);
    free(d);
}

const char *provider_data_get(const struct provider_data *d, const char *kind, const char *name)
{
    if (!d)
        return NULL;
    const cJSON *o = cJSON_GetObjectItemCaseSensitive(d->tree, kind);
    return o ? cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name)) : NULL;
}

const char *data_need(
    const struct provider_data *d, const char *kind, const char *name, struct err *err)
{
    const char *v = provider_data_get(d, kind, name);
    if (!v || !*v) {
        err_set(err, ERR_FAILED, "provider data has no '%s.%s'", kind, name);
        err_hint(err, "the setting 'providers' of section [data] names the file");
        return NULL;
    }
    return v;
}
