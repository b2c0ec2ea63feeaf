/* price.set, price.reset: own prices, in a file of the state directory that is laid over the price
 * list. What would not load is not written. */
#include "control/act_int.h"
#include "control/view_int.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/path.h"

struct pricing {
    struct order *o;
    char *list, *path; /* the price list; the file of own prices */
    cJSON *was, *own;  /* what the file says, and what it is to say */
    struct prices *before, *after;
};

static int pricing_begin(struct pricing *p, struct order *o, struct err *err)
{
    const struct settings *s = settings_get(o->c->p.settings);
    *p = (struct pricing){.o = o};
    p->list = dataset_file(s->v.prices, "prices.json");
    p->path = settings_state_file(s, PRICES_OWN_FILE);
    settings_unref(s);
    p->was = prices_own_read(p->path, err);
    if (!p->was)
        return -1;
    p->own = xcheck(cJSON_Duplicate(p->was, true));
    const struct dataset *d = dataset_get(o->c->p.data);
    p->before = prices_ref(d->prices);
    dataset_unref(d);
    return 0;
}

static void pricing_end(struct pricing *p)
{
    free(p->list);
    free(p->path);
    cJSON_Delete(p->was);
    cJSON_Delete(p->own);
    prices_unref(p->before);
    prices_unref(p->after);
}

static int own_write(const struct pricing *p, const cJSON *own, struct err *err)
{
    struct buf text = BUF_INIT;
    json_print_pretty(own, &text);
    buf_addc(&text, '\n');
    int r = path_write(p->path, text.data, text.len, 0600, err);
    buf_release(&text);
    return r;
}

/* Checked against the list as it is on disk, since that is what the reload reads. */
static int pricing_check(struct pricing *p, struct err *err)
{
    p->after = prices_load(p->list, p->own, err);
    return p->after ? 0 : -1;
}

static int pricing_apply(struct pricing *p, struct err *err)
{
    struct strlist need = {0};
    if (p->o->dry_run)
        return 0;
    if (own_write(p, p->own, err) < 0)
        return -1;
    int r = p->o->c->p.reload(p->o->c->p.daemon, &need, err);
    strlist_release(&need);
    /* Another data file is bad meanwhile: nothing was taken in, so nothing shall be written. */
    if (r < 0)
        own_write(p, p->was, NULL);
    return r;
}

static void put_side(cJSON *sides, const char *name, bool there, nano v)
{
    if (there)
        json_put_money(sides, name, v);
    else
        json_put_null(sides, name);
}

/* What a million tokens cost before and after, and where that comes from now. */
static void end_row(struct act *a, const struct pricing *p, const char *model)
{
    struct price_row was, is;
    size_t n;
    const struct price_part *parts = price_parts(&n);
    bool had = prices_row(p->before, model, &was), has = prices_row(p->after, model, &is);
    cJSON *row = act_row(a, model, NULL), *change = xcheck(cJSON_CreateObject());
    for (size_t i = 0; i < n; i++) {
        nano from = had ? price_part_of(&was, &parts[i]) : -1,
             to = has ? price_part_of(&is, &parts[i]) : -1;
        if (from == to)
            continue;
        cJSON *sides = xcheck(cJSON_CreateObject());
        put_side(sides, "from", had, from);
        put_side(sides, "to", has, to);
        json_put(change, parts[i].name, sides);
    }
    json_put_str(row, "state",
        !has                     ? _("priced like its family")
        : is.origin == PRICE_OWN ? _("own price")
                                 : _("as in the price list"));
    act_row_change(row, change);
    act_row_done(a, row);
}

/* The command that brings the file back to what it says of this model; NULL: none can. */
static char *undo_of(const struct pricing *p, const char *model)
{
    struct buf b = BUF_INIT;
    size_t n, told = 0;
    const struct price_part *parts = price_parts(&n);
    const cJSON *was = cJSON_GetObjectItemCaseSensitive(p->was, model);
    buf_addf(&b, "crs price %s ", was ? "set" : "reset");
    text_shell_word(&b, model);
    for (size_t i = 0; was && i < n; i++) {
        nano v = prices_own_get(p->was, model, &parts[i]);
        bool same = v == prices_own_get(p->own, model, &parts[i]);
        char amount[UNITS_MAX];
        told += v >= 0;
        if (same)
            continue;
        buf_adds(&b, " --");
        for (const char *c = parts[i].name; *c; c++)
            buf_addc(&b, *c == '_' ? '-' : *c);
        buf_addf(&b, " %s", v < 0 ? "none" : units_money_exact(amount, v));
    }
    /* A row that was edited by hand can say more than the command. */
    if (was && told != (size_t)cJSON_GetArraySize(was))
        buf_release(&b);
    return b.len ? buf_steal(&b, NULL) : NULL;
}

static int model_check(const char *model, struct err *err)
{
    for (const char *p = model; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            return err_set(err, ERR_USAGE, "the model's name has a control character");
    if (strpbrk(model, "*?"))
        return err_set(err, ERR_USAGE, "'%s' is a pattern, not a model", model);
    if (!*model || strcmp(model, "sample_spec") == 0 || *model == '-')
        return err_set(err, ERR_USAGE, "'%s' cannot be a model", model);
    return 0;
}

/* null, which people write as none: the price list holds again. */
static int set_parts(struct pricing *p, const char *model, struct err *err)
{
    size_t n, given = 0;
    const struct price_part *parts = price_parts(&n);
    for (size_t i = 0; i < n; i++) {
        const cJSON *v = cJSON_GetObjectItemCaseSensitive(p->o->params, parts[i].name);
        if (!v)
            continue;
        prices_own_put(p->own, model, &parts[i], json_money_of(v, -1));
        given++;
    }
    if (given)
        return 0;
    err_set(err, ERR_USAGE, "no price is given");
    return err_hint(err, "dollars for a million tokens: --input 3 --output 15");
}

static int set_check(struct pricing *p, const char *model, struct err *err)
{
    struct price_row row;
    if (set_parts(p, model, err) < 0 || pricing_check(p, err) < 0)
        return -1;
    if (!cJSON_GetObjectItemCaseSensitive(p->own, model) || prices_row(p->after, model, &row))
        return 0;
    err_set(err, ERR_USAGE, "model '%s' is not in the price list", model);
    return err_hint(err, "a model that is not there needs both --input and --output");
}

void on_PRICE_SET(struct order *o)
{
    struct err err;
    struct pricing p = {.o = o};
    const char *model = order_text(o, "name");
    model = model ? model : "";
    order_subject(o, "price %s", model);
    if (model_check(model, &err) < 0 || pricing_begin(&p, o, &err) < 0 ||
        set_check(&p, model, &err) < 0 || pricing_apply(&p, &err) < 0) {
        order_fail(o, &err);
    } else {
        struct act *a = act_begin(o);
        a->undo = undo_of(&p, model);
        a->undo_whole = true;
        end_row(a, &p, model);
        act_end(a);
    }
    pricing_end(&p);
}

static int reset_check(struct pricing *p, const char *model, struct err *err)
{
    if (model && !cJSON_GetObjectItemCaseSensitive(p->own, model)) {
        err_set(err, ERR_NOT_FOUND, "model '%s' has no own price", model);
        return err_hint(err, "crs price list --own");
    }
    for (cJSON *v = p->own->child, *next; v; v = next) {
        next = v->next;
        if (!model || strcmp(v->string, model) == 0)
            cJSON_Delete(cJSON_DetachItemViaPointer(p->own, v));
    }
    return pricing_check(p, err);
}

void on_PRICE_RESET(struct order *o)
{
    struct err err;
    struct pricing p = {.o = o};
    const char *model = order_text(o, "name");
    order_subject(o, "price %s", model ? model : "");
    if (pricing_begin(&p, o, &err) < 0 || reset_check(&p, model, &err) < 0 ||
        pricing_apply(&p, &err) < 0) {
        order_fail(o, &err);
    } else {
        struct act *a = act_begin(o);
        size_t n = 0;
        for (const cJSON *v = p.was->child; v; v = v->next) {
            if (model && strcmp(v->string, model) != 0)
                continue;
            end_row(a, &p, v->string);
            free(a->undo);
            a->undo = n++ ? NULL : undo_of(&p, v->string);
        }
        a->undo_whole = true;
        act_end(a);
    }
    pricing_end(&p);
}
