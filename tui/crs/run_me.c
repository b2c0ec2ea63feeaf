/* me: what a key may still do, asked of the public door with the key itself. For those who use the
 * relay and have no business with its control socket. */
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/secret.h"
#include "common/units.h"
#include "common/width.h"
#include "tui/crs/command_rows.h"
#include "tui/crs/view.h"

#define ANSWER_MAX ((size_t)1 << 20)

/* libcurl brings thirty libraries along, which would cost every other command more time to start
 * than it takes to run. So it is loaded when it is needed: by this command alone. */
struct curl {
    void *library;
    CURL *(*init)(void);
    CURLcode (*setopt)(CURL *, CURLoption, ...);
    CURLcode (*perform)(CURL *);
    CURLcode (*getinfo)(CURL *, CURLINFO, ...);
    void (*cleanup)(CURL *);
    struct curl_slist *(*append)(struct curl_slist *, const char *);
    void (*free_all)(struct curl_slist *);
    const char *(*strerror)(CURLcode);
};

static int curl_load(struct curl *u, struct err *err)
{
    *u = (struct curl){.library = dlopen(CRS_LIBCURL, RTLD_NOW | RTLD_LOCAL)};
    struct {
        const char *name;
        void *to; /* address of the pointer: POSIX lets dlsym give functions this way */
    } symbols[] = {
        {"curl_easy_init", &u->init},
        {"curl_easy_setopt", &u->setopt},
        {"curl_easy_perform", &u->perform},
        {"curl_easy_getinfo", &u->getinfo},
        {"curl_easy_cleanup", &u->cleanup},
        {"curl_slist_append", &u->append},
        {"curl_slist_free_all", &u->free_all},
        {"curl_easy_strerror", &u->strerror},
    };
    bool all = u->library != NULL;
    for (size_t i = 0; all && i < sizeof symbols / sizeof symbols[0]; i++) {
        void *symbol = dlsym(u->library, symbols[i].name);
        memcpy(symbols[i].to, &symbol, sizeof symbol);
        all = symbol != NULL;
    }
    if (all)
        return 0;
    err_set(err, ERR_FAILED, _("cannot load %s"), CRS_LIBCURL);
    return err_hint(err, _("install libcurl"));
}

static size_t take_body(char *bytes, size_t one, size_t n, void *arg)
{
    struct buf *body = arg;
    if (body->len + one * n > ANSWER_MAX)
        return 0;
    buf_add(body, bytes, one * n);
    return one * n;
}

/* The address that clients are given ends in /api; so may the one written here. */
static char *address(struct crs *c)
{
    const char *said = own_text(c, "url"), *env = getenv("ANTHROPIC_BASE_URL");
    const char *base = said ? said : env && *env ? env : "http://127.0.0.1:3000";
    size_t n = strlen(base);
    while (n && base[n - 1] == '/')
        n--;
    bool api = n >= 4 && memcmp(base + n - 4, "/api", 4) == 0;
    return xasprintf("%.*s%s/v1/key-info", (int)n, base, api ? "" : "/api");
}

static int fetch(struct crs *c, const char *url, const char *key, struct buf *body, long *status,
    struct err *err)
{
    struct curl u;
    if (curl_load(&u, err) < 0)
        return -1;
    CURL *h = xcheck(u.init());
    char *credential = xasprintf("x-api-key: %s", key);
    struct curl_slist *headers = xcheck(u.append(NULL, credential));
    secret_free(credential);
    u.setopt(h, CURLOPT_URL, url);
    u.setopt(h, CURLOPT_HTTPHEADER, headers);
    u.setopt(h, CURLOPT_USERAGENT, "crs/" CRS_VERSION);
#if LIBCURL_VERSION_NUM >= 0x075500
    u.setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    u.setopt(h, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    u.setopt(h, CURLOPT_TIMEOUT_MS, (long)crs_timeout(c, NULL));
    u.setopt(h, CURLOPT_NOSIGNAL, 1L);
    u.setopt(h, CURLOPT_WRITEFUNCTION, take_body);
    u.setopt(h, CURLOPT_WRITEDATA, body);
    CURLcode rc = u.perform(h);
    u.getinfo(h, CURLINFO_RESPONSE_CODE, status);
    u.cleanup(h);
    u.free_all(headers);
    if (rc == CURLE_OK)
        return 0;
    err_set(err, rc == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_UNREACHABLE,
        _("cannot ask '%.200s': %s"), url, u.strerror(rc));
    return err_hint(err, _("another address: --url URL, or ANTHROPIC_BASE_URL"));
}

static void put_label(const char *name, struct buf *out)
{
    char *label = view_label(name);
    buf_adds(out, "  ");
    width_fit(out, label, 18, 0);
    free(label);
}

static void put_limit(struct crs *c, const cJSON *l, struct buf *out)
{
    bool money = text_ends(l->string, "cost");
    struct field f = {.name = "", .kind = money ? F_MONEY : F_COUNT};
    struct field until = {.name = "", .kind = F_TIME};
    struct buf text = BUF_INIT;
    put_label(l->string, out);
    field_print(&f, json_at(l, "used"), out);
    buf_adds(out, _(" of "));
    field_print(&f, json_at(l, "limit"), out);
    cell_text(c, &until, json_at(l, "reset"), STYLE_SHORT, &text);
    if (text.len)
        buf_addf(out, _(", begins anew %s"), text.data);
    buf_addc(out, '\n');
    buf_release(&text);
}

static void put_now(const cJSON *info, struct buf *out)
{
    int64_t waiting = json_int(info, "usage.waiting", 0);
    char running[UNITS_MAX], line[UNITS_MAX], longest[UNITS_MAX];
    put_label("now", out);
    buf_addf(out, _("%s running, %s in line"),
        units_count(running, json_int(info, "usage.running", 0)), units_count(line, waiting));
    if (waiting > 0)
        buf_addf(out, _(", the first for %s"),
            units_duration(longest, (int64_t)(json_num(info, "usage.longest_wait", 0) * 1000)));
    buf_addc(out, '\n');
}

/* Lists that allow all say so; those that only take away are shown when they do. */
static void put_may_use(struct crs *c, const cJSON *info, struct buf *out)
{
    static const struct field words = {.name = "", .kind = F_OBJECT};
    const cJSON *lists = json_at(info, "may_use");
    for (const cJSON *l = lists ? lists->child : NULL; l; l = l->next) {
        bool all = strcmp(l->string, "not_models") != 0 && strcmp(l->string, "from") != 0;
        if (!l->child && !all)
            continue;
        put_label(l->string, out);
        if (l->child)
            cell_text(c, &words, l, STYLE_SHORT, out);
        else
            buf_adds(out, _("all"));
        buf_addc(out, '\n');
    }
}

static void put_expiry(struct crs *c, const cJSON *info, struct buf *out)
{
    static const struct field moment = {.name = "", .kind = F_TIME};
    const cJSON *at = json_at(info, "expires");
    if (!at || cJSON_IsNull(at))
        return;
    put_label("expires", out);
    cell_text(c, &moment, at, STYLE_SHORT, out);
    buf_addc(out, '\n');
}

static void put_page(struct crs *c, const cJSON *info, struct buf *out)
{
    char cost[UNITS_MAX], requests[UNITS_MAX];
    const char *name = json_str(info, "name"), *id = json_str(info, "id");
    const cJSON *limits = json_at(info, "limits");
    width_clean(out, name ? name : "");
    buf_addf(out, " (%s)\n", id ? id : "");
    put_label("today", out);
    buf_addf(out, "%s, %s %s\n", units_money(cost, json_money(info, "usage.daily.cost", 0)),
        units_count(requests, json_int(info, "usage.daily.requests", 0)), _("requests"));
    put_now(info, out);
    for (const cJSON *l = limits ? limits->child : NULL; l; l = l->next)
        put_limit(c, l, out);
    if (!limits || !limits->child)
        buf_addf(out, "  %s\n", _("no limits"));
    put_may_use(c, info, out);
    put_expiry(c, info, out);
}

static int refused(long status, const cJSON *answer, struct err *err)
{
    const char *text = json_str(answer, "error.message");
    enum err_code code = status == 401 || status == 403 ? ERR_DENIED : ERR_FAILED;
    if (status == 404) {
        err_set(err, ERR_UNREACHABLE, _("no relay answers there (status 404)"));
        return err_hint(err, _("another address: --url URL, or ANTHROPIC_BASE_URL"));
    }
    return err_set(err, code, "%.300s (status %ld)", text ? text : _("refused"), status);
}

static int show(struct crs *c, const struct buf *body, long status, struct err *err)
{
    cJSON *answer = json_parse(body->data, body->len, NULL);
    const cJSON *info = json_at(answer, "keyInfo");
    struct buf out = BUF_INIT;
    int r;
    if (status != 200 || !info) {
        r = refused(status, answer, err);
    } else {
        if (crs_human(c))
            put_page(c, info, &out);
        else
            view_json(c, info, &out);
        r = terminal_put(c, &out, err);
    }
    buf_release(&out);
    cJSON_Delete(answer);
    return r;
}

int run_me(struct crs *c, struct err *err)
{
    if (crs_secrets(c, err) < 0)
        return -1;
    const char *given = json_str(c->params, "key");
    char *key = given ? xstrdup(given) : terminal_ask(c, _("Relay key (not shown):"), true, err);
    if (!key)
        return err->code == ERR_USAGE ? err_hint(err, _("give it with --key-stdin")) : -1;
    struct buf body = BUF_INIT;
    long status = 0;
    char *url = address(c);
    int r;
    if (key[strcspn(key, "\r\n")])
        r = err_set(err, ERR_USAGE, _("a key has one line"));
    else
        r = fetch(c, url, key, &body, &status, err);
    secret_free(key);
    free(url);
    if (r == 0)
        r = show(c, &body, status, err);
    buf_release(&body);
    return r;
}
