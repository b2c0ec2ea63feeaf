/* The list with its detail: what the screens of accounts and keys share. */
#include "tui/dash/pane.h"

#include <stdlib.h>
#include "common/alloc.h"
#include "common/i18n.h"
#include "common/json.h"

struct pane *pane_create(const struct column *cols, size_t n, enum method_id show)
{
    struct pane *p = xcalloc(1, sizeof *p);
    list_init(&p->list, cols, n, "id", 0);
    p->detail.show = show;
    return p;
}

void pane_free(void *self)
{
    struct pane *p = self;
    if (!p)
        return;
    list_release(&p->list);
    detail_release(NULL, &p->detail);
    free(p);
}

struct list *pane_list(void *self)
{
    return &((struct pane *)self)->list;
}

void pane_fill(struct dash *d, const struct row_set *rows, struct list *l, bool hold)
{
    for (size_t i = 0; i < rows->n; i++)
        list_add(l, rows->v[i]);
    list_end(d, l, hold);
}

void pane_tick(struct dash *d, struct pane *p, unsigned rev)
{
    detail_want(d, &p->detail, json_str(list_row(&p->list), "name"), rev);
    detail_tick(d, &p->detail);
}

void pane_sum(struct dash *d, const struct list *l, struct area a, const char *head)
{
    if (d->message)
        return;
    putf(&d->tty, d->tty.h - 2, a.x + 1, a.w - 2, LOOK_DIM, _("%s, sorted by %s%s%s"), head,
        l->sort >= 0 ? _(l->cols[l->sort].head) : "-", l->filter ? _("   filter: ") : "",
        l->filter ? l->filter : "");
}

cJSON *pane_names(const struct list *l)
{
    cJSON *params = xcheck(cJSON_CreateObject());
    json_put(params, "names", list_names(l, "name"));
    return params;
}

void pane_requests(struct dash *d, const char *column, const char *name)
{
    char *filter = xasprintf("%s:%s", column, name);
    dash_go(d, SCREEN_REQUESTS);
    list_filter(dash_list(d), filter);
    dash_refill(d);
    free(filter);
}
