/* key create, rotate and reveal: a secret that is shown, for people or alone. */
#include <string.h>
#include "common/width.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/view.h"

static void put_secret_line(struct crs *c, const cJSON *o, struct buf *out)
{
    const char *secret = json_str(o, "secret");
    if (!secret)
        return;
    bool once = c->term.out && strcmp(c->cmd->words, "key reveal") != 0;
    buf_addf(
        out, "\n  %s   %s%s\n", _("secret"), secret, once ? _("    shown once; store it now") : "");
}

static void put_head(struct crs *c, const cJSON *o, struct buf *out)
{
    struct field until = {.name = "expires_at", .kind = F_TIME};
    const char *name = json_str(o, "name"), *id = json_str(o, "id"), *state = json_str(o, "state");
    struct buf head = BUF_INIT, moment = BUF_INIT;
    buf_addf(&head, _("key %s (%s)"), name ? name : "", id ? id : "");
    if (state)
        buf_addf(&head, _(" is %s"), state);
    cell_text(c, &until, json_at(o, "expires_at"), STYLE_LONG, &moment);
    if (moment.len)
        buf_addf(&head, _(" until %s"), moment.data);
    buf_reset(&moment);
    cell_text(c, &until, json_at(o, "old_secret_until"), STYLE_LONG, &moment);
    if (moment.len)
        buf_addf(&head, _("; the old secret works until %s"), moment.data);
    width_clean(out, head.data);
    buf_addc(out, '\n');
    buf_release(&head);
    buf_release(&moment);
}

static void put_key(struct crs *c, const cJSON *o, struct buf *out)
{
    put_head(c, o, out);
    put_secret_line(c, o, out);
    const cJSON *env = json_at(o, "env");
    for (const cJSON *e = env ? env->child : NULL; e; e = e->next)
        buf_addf(
            out, "%s  %s\n", e == env->child ? "\n" : "", cJSON_IsString(e) ? e->valuestring : "");
}

/* The secret of each key, a line each. */
static void put_secrets(const cJSON *result, struct buf *out)
{
    const cJSON *items = json_at(result, "items");
    const cJSON *o = cJSON_IsArray(items) ? items->child : result;
    for (; o; o = o == result ? NULL : o->next) {
        const char *secret = json_str(o, "secret");
        if (secret)
            buf_addf(out, "%s\n", secret);
    }
}

static int show(struct crs *c, const cJSON *result, struct err *err)
{
    struct buf out = BUF_INIT;
    if (own_flag(c, "secret_only"))
        put_secrets(result, &out);
    else
        put_key(c, result, &out);
    int r = terminal_put(c, &out, err);
    buf_wipe(&out);
    return r;
}

int run_key_secret(struct crs *c, struct err *err)
{
    cJSON *result = crs_result(c, err);
    if (!result)
        return -1;
    bool batch = cJSON_IsArray(json_at(result, "items"));
    bool plain = crs_human(c) && !batch && !c->fields.n && !crs_flag(c, "dry_run");
    int status =
        own_flag(c, "secret_only") || plain ? show(c, result, err) : crs_show(c, result, err);
    /* The act is done all the same, and nothing can show the secret again. */
    if (status < 0 && !crs_flag(c, "dry_run"))
        err_hint(err, _("it was done, and its secret is lost: crs key rotate makes a new one"));
    const char *secret = json_str(result, "secret");
    if (status == 0 && secret && own_flag(c, "copy"))
        note(c, "%s",
            terminal_copy(c, secret) ? _("copied to your clipboard")
                                     : _("this terminal takes no clipboard"));
    if (status == 0 && plain && !own_flag(c, "secret_only"))
        undo_tell(c, json_str(result, "undo"));
    cJSON_Delete(result);
    return status;
}
