/* JSON-RPC 2.0, one message a line. */
#include "common/rpc.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/json.h"

void rpc_reader_init(struct rpc_reader *r, size_t max)
{
    *r = (struct rpc_reader){.in = BUF_INIT, .max = max};
}

void rpc_reader_release(struct rpc_reader *r)
{
    /* Messages may carry secrets (an account's tokens, a new key). */
    buf_wipe(&r->in);
    rpc_reader_init(r, r->max);
}

int rpc_reader_feed(struct rpc_reader *r, const void *bytes, size_t n, struct err *err)
{
    buf_drop(&r->in, r->start);
    r->start = 0;
    buf_add(&r->in, bytes, n);
    const char *p = r->in.data + r->in.len - n, *end = r->in.data + r->in.len;
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        r->open += (size_t)((newline ? newline : end) - p);
        if (r->open > r->max)
            return err_set(err, ERR_PROTOCOL, "message over %zu bytes", r->max);
        if (!newline)
            break;
        r->open = 0;
        r->lines++;
        p = newline + 1;
    }
    return 0;
}

char *rpc_reader_line(struct rpc_reader *r, size_t *n)
{
    if (r->lines == 0)
        return NULL;
    char *line = r->in.data + r->start;
    char *newline = memchr(line, '\n', r->in.len - r->start);
    if (!newline)
        return NULL;
    r->lines--;
    *newline = 0;
    *n = (size_t)(newline - line);
    r->start += *n + 1;
    return line;
}

static int bad(struct err *err, const char *what)
{
    return err_set(err, ERR_PROTOCOL, "not a JSON-RPC 2.0 message: %s", what);
}

int rpc_parse(struct rpc_msg *m, const char *line, size_t n, struct err *err)
{
    *m = (struct rpc_msg){.tree = json_parse(line, n, err)};
    if (!m->tree)
        return -1;
    if (!cJSON_IsObject(m->tree))
        return bad(err, "no object");
    const cJSON *id = json_at(m->tree, "id"), *method = json_at(m->tree, "method");
    if (cJSON_IsString(id) || cJSON_IsNumber(id))
        m->id = id;
    else if (id && !cJSON_IsNull(id))
        return bad(err, "'id' is no string or number");
    const char *version = json_str(m->tree, "jsonrpc");
    if (!version || strcmp(version, "2.0") != 0)
        return bad(err, "'jsonrpc' is not \"2.0\"");
    const cJSON *params = json_at(m->tree, "params");
    if (method) {
        if (!cJSON_IsString(method))
            return bad(err, "'method' is no string");
        if (params && !cJSON_IsObject(params) && !cJSON_IsArray(params))
            return bad(err, "'params' is no object");
        if (id && !m->id)
            return bad(err, "'id' of a request is null");
        m->method = method->valuestring;
        m->params = params;
        return 0;
    }
    m->result = json_at(m->tree, "result");
    m->error = json_at(m->tree, "error");
    if (!m->result == !m->error)
        return bad(err, "needs one of 'method', 'result', 'error'");
    if (m->error && !cJSON_IsObject(m->error))
        return bad(err, "'error' is no object");
    return m->result && !m->id ? bad(err, "an answer without 'id'") : 0;
}

void rpc_msg_release(struct rpc_msg *m)
{
    cJSON_Delete(m->tree);
    *m = (struct rpc_msg){0};
}

void rpc_error_get(const cJSON *error, struct err *err)
{
    const char *text = json_str(error, "message"), *name = json_str(error, "data.code");
    const char *hint = json_str(error, "data.hint");
    enum err_code code = name ? err_row_by_name(name)->code : ERR_FAILED;
    /* An answer with an error is an error, whatever it calls itself. */
    err_set(err, code == ERR_NONE ? ERR_FAILED : code, "%s", text ? text : "unknown error");
    if (hint)
        err_hint(err, "%s", hint);
}

static void begin(struct buf *out)
{
    buf_adds(out, "{\"jsonrpc\":\"2.0\"");
}

static void put_call(struct buf *out, const char *method, const cJSON *params)
{
    buf_adds(out, ",\"method\":");
    json_quote(out, method, strlen(method));
    if (params) {
        buf_adds(out, ",\"params\":");
        json_print(params, out);
    }
    buf_adds(out, "}\n");
}

void rpc_put_request(struct buf *out, int64_t id, const char *method, const cJSON *params)
{
    begin(out);
    buf_addf(out, ",\"id\":%lld", (long long)id);
    put_call(out, method, params);
}

void rpc_put_notify(struct buf *out, const char *method, const cJSON *params)
{
    begin(out);
    put_call(out, method, params);
}

static void put_id(struct buf *out, const cJSON *id)
{
    buf_adds(out, ",\"id\":");
    if (id)
        json_print(id, out);
    else
        buf_adds(out, "null");
}

void rpc_put_result(struct buf *out, const cJSON *id, const cJSON *result)
{
    size_t from = out->len;
    begin(out);
    put_id(out, id);
    buf_adds(out, ",\"result\":");
    if (result)
        json_print(result, out);
    else
        buf_adds(out, "null");
    buf_addc(out, '}');
    /* The other side would refuse the line and know nothing; this it can show. */
    if (out->len - from > RPC_ANSWER_MAX) {
        out->len = from;
        out->data[from] = 0;
        struct err err;
        err_set(&err, ERR_FAILED, "answer over %u bytes", RPC_ANSWER_MAX);
        err_hint(&err, "ask for less, for example with a limit or a shorter time");
        rpc_put_error(out, id, &err);
        return;
    }
    buf_addc(out, '\n');
}

void rpc_put_error(struct buf *out, const cJSON *id, const struct err *err)
{
    const struct err_row *row = err_row(err->code);
    begin(out);
    put_id(out, id);
    buf_addf(out, ",\"error\":{\"code\":%d,\"message\":", row->rpc);
    json_quote(out, err->text, strlen(err->text));
    buf_adds(out, ",\"data\":{\"code\":");
    json_quote(out, row->name, strlen(row->name));
    if (err->hint[0]) {
        buf_adds(out, ",\"hint\":");
        json_quote(out, err->hint, strlen(err->hint));
    }
    buf_adds(out, "}}}\n");
}
