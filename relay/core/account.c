/* The record of an upstream account: life and codec. */
#include "core/account.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"

const struct field account_setting_fields[] = {
#define SET(                                                                                       \
    member, field_kind, field_choices, field_dflt, field_min, field_max, field_group, text)        \
    {.name = #member,                                                                              \
        .help = text,                                                                              \
        .choices = field_choices,                                                                  \
        .dflt = field_dflt,                                                                        \
        .min = field_min,                                                                          \
        .max = field_max,                                                                          \
        .offset = offsetof(struct account_settings, member),                                       \
        .kind = field_kind,                                                                        \
        .group = field_group},
#include "common/account_settings.def"
#undef SET
};
const size_t account_setting_count =
    sizeof account_setting_fields / sizeof account_setting_fields[0];

struct account_box {
    struct account account;
    atomic_int refs;
};

struct account *account_create(void)
{
    struct account_box *box = xcalloc(1, sizeof *box);

    atomic_init(&box->refs, 1);
    record_init(&box->account.set, account_setting_fields, account_setting_count);
    return &box->account;
}

struct account *account_copy(const struct account *a)
{
    struct account_box *box = xcalloc(1, sizeof *box);
    struct account *to = &box->account;

    atomic_init(&box->refs, 1);
    *to = *a;
    to->name = xstrdup(a->name);
    to->kind = xstrdup(a->kind);
    to->login = xstrdup(a->login);
    to->groups = (struct strlist){0};
    strlist_copy(&to->groups, &a->groups);
    to->profile = a->profile ? xcheck(cJSON_Duplicate(a->profile, true)) : NULL;
    memset(&to->set, 0, sizeof to->set);
    record_copy(&to->set, &a->set, account_setting_fields, account_setting_count);
    return to;
}

static struct account_box *account_box(const struct account *a)
{
    return (struct account_box *)(void *)((char *)a - offsetof(struct account_box, account));
}

const struct account *account_ref(const struct account *a)
{
    atomic_fetch_add_explicit(&account_box(a)->refs, 1, memory_order_relaxed);
    return a;
}

void account_unref(const struct account *a)
{
    struct account_box *box;

    if (!a)
        return;
    box = account_box(a);
    if (atomic_fetch_sub_explicit(&box->refs, 1, memory_order_acq_rel) != 1)
        return;
    record_release(&box->account.set, account_setting_fields, account_setting_count);
    strlist_release(&box->account.groups);
    cJSON_Delete(box->account.profile);
    free(box->account.name);
    free(box->account.kind);
    free(box->account.login);
    free(box);
}

cJSON *account_to_json(const struct account *a)
{
    cJSON *o = xcheck(cJSON_CreateObject()), *set = xcheck(cJSON_CreateObject());
    cJSON *groups = xcheck(cJSON_CreateArray());

    json_put_str(o, "id", a->id);
    json_put_str(o, "name", a->name);
    json_put_str(o, "kind", a->kind);
    json_put_str(o, "service", service_name(a->service));
    json_put_int(o, "created", a->created);
    json_put_int(o, "changed", a->changed);
    json_put_bool(o, "off", a->off);
    for (size_t i = 0; i < a->groups.n; i++)
        cJSON_AddItemToArray(groups, xcheck(cJSON_CreateString(a->groups.v[i])));
    json_put(o, "groups", groups);
    json_put_str(o, "login", a->login);
    if (a->profile)
        json_put(o, "profile", xcheck(cJSON_Duplicate(a->profile, true)));
    record_json(&a->set, account_setting_fields, account_setting_count, set, false);
    json_put(o, "settings", set);
    return o;
}

static int account_read(struct account *a, const cJSON *doc, struct err *err)
{
    const char *id = json_str(doc, "id"), *service = json_str(doc, "service");
    const cJSON *set = json_at(doc, "settings"), *profile = json_at(doc, "profile"), *g;

    if (!id || !*id || strlen(id) >= sizeof a->id)
        return err_set(err, ERR_FAILED, "bad 'id' in an account record");
    memcpy(a->id, id, strlen(id) + 1);
    a->name = xstrdup(json_str(doc, "name"));
    a->kind = xstrdup(json_str(doc, "kind"));
    if (!a->name || !*a->name || !a->kind)
        return err_set(err, ERR_FAILED, "account record '%s' without name or kind", id);
    if (!service || service_by_name(service, &a->service) != 0)
        return err_set(err, ERR_FAILED, "account record '%s' of no known service", id);
    a->created = json_int(doc, "created", 0);
    a->changed = json_int(doc, "changed", 0);
    a->off = json_bool(doc, "off", false);
    a->login = xstrdup(json_str(doc, "login"));
    cJSON_ArrayForEach(g, json_at(doc, "groups"))
    {
        if (cJSON_IsString(g))
            strlist_add(&a->groups, g->valuestring);
    }
    if (cJSON_IsObject(profile))
        a->profile = xcheck(cJSON_Duplicate(profile, true));
    if (set && record_patch(&a->set, account_setting_fields, account_setting_count, set, err) != 0)
        return err_prefix(err, "account record '%s'", id);
    return 0;
}

struct account *account_from_json(const cJSON *doc, struct err *err)
{
    struct account *a = account_create();

    if (account_read(a, doc, err) != 0) {
        account_unref(a);
        return NULL;
    }
    return a;
}
