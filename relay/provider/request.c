/* Addresses, and the small whole requests for tokens, profiles and tests. */
#include "provider/provider_int.h"

#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/json.h"

static bool url_bytes_ok(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f || strchr("\\\"<>", *s))
            return false;
    return true;
}

/* Length of "scheme://authority", 0 when url has none that we take. */
static size_t origin_length(const char *url)
{
    size_t scheme = 0;
    if (strncasecmp(url, "https://", 8) == 0)
        scheme = 8;
    else if (strncasecmp(url, "http://", 7) == 0)
        scheme = 7;
    if (!scheme || !url_bytes_ok(url))
        return 0;
    size_t n = strcspn(url + scheme, "/?#");
    if (n == 0 || url[scheme] == ':' || memchr(url + scheme, '@', n))
        return 0;
    return scheme + n;
}

int url_split(const char *url, char **origin, char **path, struct err *err)
{
    size_t n = url ? origin_length(url) : 0;
    if (!n || strpbrk(url + n, "?#")) {
        err_set(err, ERR_USAGE, "'%s' is no base address", url ? url : "");
        return err_hint(err, "https://host or https://host:port/path, without user, query or '#'");
    }
    size_t end = strlen(url);
    while (end > n && url[end - 1] == '/')
        end--;
    *origin = xstrndup(url, n);
    *path = xstrndup(url + n, end - n);
    return 0;
}

int request_begin(struct token_request *out, const char *method, const char *url, struct err *err)
{
    memset(out, 0, sizeof *out);
    buf_init(&out->fields);
    buf_init(&out->body);
    size_t n = origin_length(url);
    if (!n || strchr(url, '#'))
        return err_set(err, ERR_USAGE, "'%s' is no address", url);
    out->method = method;
    out->origin = xstrndup(url, n);
    out->path = url[n] == '/' ? xstrdup(url + n) : xasprintf("/%s", url + n);
    request_field(out, "accept", "application/json");
    return 0;
}

void request_field(struct token_request *out, const char *name, const char *value)
{
    h1_add_fieldz(&out->fields, name, value);
}

void request_bearer(struct token_request *out, const char *token)
{
    char *v = xasprintf("Bearer %s", token ? token : "");
    h1_add_fieldz(&out->fields, "authorization", v);
    explicit_bzero(v, strlen(v));
    free(v);
}

void request_json_open(struct token_request *out)
{
    request_field(out, "content-type", "application/json");
    buf_addc(&out->body, '{');
}

static void member(struct token_request *out, const char *name)
{
    if (out->body.len > 1)
        buf_addc(&out->body, ',');
    json_quote(&out->body, name, strlen(name));
    buf_addc(&out->body, ':');
}

void request_json_str(struct token_request *out, const char *name, const char *value)
{
    if (!value)
        return;
    member(out, name);
    json_quote(&out->body, value, strlen(value));
}

void request_json_raw(struct token_request *out, const char *name, const char *json)
{
    member(out, name);
    buf_adds(&out->body, json);
}

void request_json_close(struct token_request *out)
{
    buf_addc(&out->body, '}');
}

void request_form(struct token_request *out, const char *name, const char *value)
{
    if (!value)
        return;
    if (out->body.len == 0)
        request_field(out, "content-type", "application/x-www-form-urlencoded");
    else
        buf_addc(&out->body, '&');
    char *v = text_urlencode(value);
    buf_adds(&out->body, name);
    buf_addc(&out->body, '=');
    buf_adds(&out->body, v);
    explicit_bzero(v, strlen(v));
    free(v);
}

void request_hello_anthropic(struct token_request *out, const char *model)
{
    request_field(out, "anthropic-version", "2023-06-01");
    request_json_open(out);
    request_json_str(out, "model", model);
    request_json_raw(out, "max_tokens", "1");
    request_json_raw(out, "messages", "[{\"role\":\"user\",\"content\":\"Hello\"}]");
    request_json_close(out);
}
