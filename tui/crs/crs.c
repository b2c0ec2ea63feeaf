/* One run of crs: the line is read, its general options are settled, the command runs. */
#include "tui/crs/crs.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "tui/crs/complete.h"
#include "tui/crs/view.h"

static void crs_init(struct crs *c)
{
    *c = (struct crs){0};
    command_table_init(&c->table);
    c->params = xcheck(cJSON_CreateObject());
    c->own = xcheck(cJSON_CreateObject());
    c->global = xcheck(cJSON_CreateObject());
    c->secret = xcheck(cJSON_CreateObject());
    c->zone = terminal_zone();
}

static void crs_release(struct crs *c)
{
    link_close(c->link);
    host_release(&c->host);
    zone_free(c->zone);
    free(c->noun);
    strlist_release(&c->fields);
    cJSON_Delete(c->params);
    cJSON_Delete(c->own);
    cJSON_Delete(c->global);
    cJSON_Delete(c->secret);
    command_table_release(&c->table);
}

static void choose_output(struct crs *c)
{
    static const char *const words[] = {"table", "wide", "json", "jsonl", "csv", "name"};
    const char *said = crs_text(c, "output");
    for (size_t i = 0; said && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(said, words[i]) == 0)
            c->output = (enum output)i;
    if (crs_flag(c, "json"))
        c->output = OUT_JSON;
    if (crs_text(c, "format"))
        c->output = OUT_FORMAT;
    bool list = c->cmd && c->cmd->m && c->cmd->m->flags & M_LIST &&
                !(c->cmd->m->flags & (M_MUTATES | M_STREAM));
    if (list && crs_flag(c, "quiet") && !said && c->output == OUT_TABLE)
        c->output = OUT_NAME;
    const cJSON *fields = json_at(c->global, "fields");
    for (const cJSON *e = fields ? fields->child : NULL; e; e = e->next)
        strlist_add(&c->fields, e->valuestring);
}

/* --fields help */
static int list_fields(struct crs *c, struct err *err)
{
    const struct method *m = c->cmd->m;
    struct buf out = BUF_INIT;
    for (size_t i = 0; m && i < m->n_result; i++)
        buf_addf(&out, "%-20s %s\n", m->result[i].name, _(m->result[i].help));
    int r = terminal_put(c, &out, err);
    buf_release(&out);
    return r;
}

static int crs_run(struct crs *c, struct err *err)
{
    if (crs_flag(c, "version"))
        return run_version(c, err);
    if (crs_flag(c, "help")) {
        if (c->noun)
            return help_noun(c, c->noun, err);
        return c->bare ? help_all(c, err) : help_command(c, c->cmd, err);
    }
    if (c->fields.n == 1 && strcmp(c->fields.v[0], "help") == 0)
        return list_fields(c, err);
    return c->cmd->run(c, err);
}

int crs_main(int argc, char **argv)
{
    struct crs c;
    struct err err = {0};
    crs_init(&c);
    if (argc > 1 && strcmp(argv[1], "__complete") == 0) {
        int r = crs_complete(&c, argc - 1, argv + 1);
        crs_release(&c);
        return r;
    }
    int r = parse_line(&c, argc, argv, &err);
    /* Also after a fault: how it is told depends on them. */
    terminal_init(&c);
    choose_output(&c);
    if (r == 0)
        r = crs_run(&c, &err);
    int status = r < 0 ? error_tell(&c, &err) : r;
    crs_release(&c);
    return status;
}
