/* See care_kit.h. */
#include "care_kit.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"

#define SITE_MAX 256

struct site_conn {
    struct site_conn *next;
    struct house *house;
    struct bufferevent *bev;
    bool held;
    struct site_reply reply;
};
struct site {
    struct evconnlistener *listener;
    int port;
    struct site_conn *conns;
    char *paths[SITE_MAX];
    int n;
};

static int count(const struct site *s, const char *path)
{
    int n = 0;
    for (int i = 0; i < s->n; i++)
        n += !path || strcmp(s->paths[i], path) == 0;
    return n;
}

static void conn_end(struct site_conn *c)
{
    struct site *s = c->house->site;
    for (struct site_conn **at = &s->conns; *at; at = &(*at)->next)
        if (*at == c) {
            *at = c->next;
            break;
        }
    bufferevent_free(c->bev);
    free(c);
}

static void reply(struct site_conn *c)
{
    if (c->reply.status == 0) {
        conn_end(c);
        return;
    }
    char *body = xstrdup(c->reply.body ? c->reply.body : "");
    for (char *p = body; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    evbuffer_add_printf(bufferevent_get_output(c->bev),
        "HTTP/1.1 %d x\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n%s",
        c->reply.status, strlen(body), body);
    free(body);
}

/* One whole request, when it is there: its bytes; 0 when not. */
static size_t whole(struct evbuffer *in, char **text, size_t *head)
{
    size_t n = evbuffer_get_length(in);
    *text = xmalloc(n + 1);
    evbuffer_copyout(in, *text, n);
    (*text)[n] = 0;
    const char *end = strstr(*text, "\r\n\r\n"), *length = strcasestr(*text, "content-length:");
    if (!end)
        return 0;
    *head = (size_t)(end - *text) + 4;
    size_t all = *head;
    if (length && length < end)
        all += (size_t)atol(length + 15);
    return n >= all ? all : 0;
}

static void on_read(struct bufferevent *bev, void *arg)
{
    struct site_conn *c = arg;
    struct house *h = c->house;
    char *text;
    size_t head, n = whole(bufferevent_get_input(bev), &text, &head);
    if (n) {
        evbuffer_drain(bufferevent_get_input(bev), n);
        text[n] = 0;
        char *body = xstrdup(text + head);
        text[head] = 0;
        char method[16] = "", path[512] = "";
        assert_int_equal(sscanf(text, "%15s %511s", method, path), 2);
        assert_true(h->site->n < SITE_MAX);
        h->site->paths[h->site->n++] = xstrdup(path);
        struct site_request r = {.method = method,
            .path = path,
            .head = text,
            .body = body,
            .number = count(h->site, path)};
        c->reply = h->answer(h, &r);
        c->held = c->reply.hold;
        if (!c->held)
            reply(c);
        free(body);
    }
    free(text);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    (void)bev;
    (void)what;
    conn_end(arg);
}

static void on_accept(
    struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *a, int n, void *arg)
{
    (void)a;
    (void)n;
    struct house *h = arg;
    struct site_conn *c = xcalloc(1, sizeof *c);
    c->house = h;
    c->bev = bufferevent_socket_new(evconnlistener_get_base(l), fd, BEV_OPT_CLOSE_ON_FREE);
    c->next = h->site->conns;
    h->site->conns = c;
    bufferevent_setcb(c->bev, on_read, NULL, on_event, c);
    bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

static void site_open(struct house *h)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof in;
    h->site = xcalloc(1, sizeof *h->site);
    h->site->listener = evconnlistener_new_bind(h->base, on_accept, h,
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 16, (struct sockaddr *)&in, sizeof in);
    assert_non_null(h->site->listener);
    getsockname(evconnlistener_get_fd(h->site->listener), (struct sockaddr *)&in, &n);
    h->site->port = ntohs(in.sin_port);
}

/* The shipped file, with every address led to the site. */
static struct provider_data *data_to_site(struct house *h)
{
    FILE *f = fopen(CRS_SOURCE_DIR "/relay/data/providers.json", "r");
    assert_non_null(f);
    char text[32768], path[128];
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    snprintf(path, sizeof path, "%s/providers.json", h->kit.dir);
    f = fopen(path, "w");
    static const char *const marks[] = {"client_id\": \"\"", "client_secret\": \"\""};
    for (const char *p = text; *p;) {
        if (strncmp(p, "\"https://", 9) == 0) {
            fprintf(f, "\"http://127.0.0.1:%d", h->site->port);
            p += 9;
            p += strcspn(p, "/\"");
        } else if (strncmp(p, marks[0], strlen(marks[0])) == 0) {
            fputs("client_id\": \"test-client\"", f);
            p += strlen(marks[0]);
        } else {
            fputc(*p++, f);
        }
    }
    fclose(f);
    struct provider_data *d = provider_data_load(path, &h->err);
    if (!d)
        fail_msg("%s", h->err.text);
    return d;
}

static void expired(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    *(bool *)arg = true;
}

void house_run_until(struct house *h, bool (*holds)(struct house *h))
{
    bool late = false;
    struct event *guard = evtimer_new(h->base, expired, &late);
    struct timeval tv = {.tv_sec = 10};
    evtimer_add(guard, &tv);
    while (!holds(h) && !late)
        event_base_loop(h->base, EVLOOP_ONCE);
    event_free(guard);
    if (late)
        fail_msg("ten seconds have passed; %d callbacks are due", h->due);
}

static bool none_due(struct house *h)
{
    return h->due <= 0;
}

void house_wait(struct house *h)
{
    house_run_until(h, none_due);
    assert_int_equal(h->due, 0);
}

static void no_key(void *self, const struct key *k)
{
    (void)self;
    (void)k;
}

static void no_health(void *self, const struct account *a)
{
    (void)self;
    (void)a;
}

void house_open(struct house *h)
{
    const char *vfs = h->more;
    memset(h, 0, sizeof *h);
    evthread_use_pthreads();
    kit_init(&h->kit, "UTC");
    h->kit.tuning.vfs = vfs;
    if (vfs)
        h->kit.tuning.spill_bytes = 128; /* nor any other place to write */
    kit_open(&h->kit);
    h->base = event_base_new();
    h->mailbox = mailbox_create(h->base);
    struct core_options co = {.zone = h->kit.zone};
    struct core_sink sink = {.self = h, .key_changed = no_key, .health_changed = no_health};
    h->core = core_create(&co, &sink);
    h->bus = bus_create();
    site_open(h);
    struct care_options o = {.base = h->base,
        .mailbox = h->mailbox,
        .core = h->core,
        .store = h->kit.store,
        .bus = h->bus,
        .retry_ms = 10};
    h->care = care_create(&o);
    h->data = data_to_site(h);
    care_set_data(h->care, h->data);
}

void house_close(struct house *h)
{
    care_free(h->care);
    kit_close(&h->kit);
    mailbox_free(h->mailbox);
    core_free(h->core);
    bus_free(h->bus);
    provider_data_unref(h->data);
    while (h->site->conns)
        conn_end(h->site->conns);
    evconnlistener_free(h->site->listener);
    for (int i = 0; i < h->site->n; i++)
        free(h->site->paths[i]);
    free(h->site);
    account_unref(h->account);
    event_base_free(h->base);
    kit_release(&h->kit);
}

int house_requests(const struct house *h, const char *path)
{
    return count(h->site, path);
}

void house_let_go(struct house *h)
{
    for (struct site_conn *c = h->site->conns, *next; c; c = next) {
        next = c->next;
        if (c->held) {
            c->held = false;
            reply(c);
        }
    }
}

static void told(struct house *h, const struct err *failure)
{
    h->due--;
    h->failed = failure != NULL;
    h->err = failure ? *failure : (struct err){0};
}

void on_care_done(void *arg, const struct err *failure)
{
    told(arg, failure);
}

void on_care_added(void *arg, const struct account *a, const struct err *failure)
{
    struct house *h = arg;
    told(h, failure);
    account_unref(h->account);
    h->account = a ? account_copy(a) : NULL;
}

void on_care_begun(void *arg, const struct login *l, const struct err *failure)
{
    struct house *h = arg;
    told(h, failure);
    if (!l)
        return;
    snprintf(h->login, sizeof h->login, "%s", l->id);
    snprintf(h->url, sizeof h->url, "%s", l->url ? l->url : "");
    snprintf(h->user_code, sizeof h->user_code, "%s", l->user_code ? l->user_code : "");
}

void on_care_tested(void *arg, const struct care_tested *t)
{
    struct house *h = arg;
    told(h, NULL);
    h->tested = *t;
}

void house_account(
    struct house *h, const char *id, const char *kind, const char *refresh, int64_t expires)
{
    struct account *a = account_create();
    struct credential *cr = credential_create();
    snprintf(a->id, sizeof a->id, "%s", id);
    a->name = xasprintf("name-%s", id);
    a->kind = xstrdup(kind);
    a->login = xstrdup("oauth");
    cr->access = xstrdup("access-0");
    cr->refresh = xstrdup(refresh);
    cr->expires = clock_now() + expires;
    struct buf secret = BUF_INIT, doc = BUF_INIT;
    cJSON *o = account_to_json(a);
    json_print(o, &doc);
    cJSON_Delete(o);
    credential_write(cr, &secret);
    assert_int_equal(kit_put(&h->kit, "account", id, doc.data, secret.data, NULL), 0);
    buf_wipe(&secret);
    buf_release(&doc);
    assert_int_equal(core_account_put(h->core, a, cr, &h->err), 0);
}

struct looked {
    const char *id;
    char *doc, *secret;
};

static bool look(void *arg, const char *id, const cJSON *doc, const char *secret, size_t n)
{
    struct looked *l = arg;
    if (strcmp(id, l->id) != 0)
        return true;
    l->doc = cJSON_PrintUnformatted(doc);
    l->secret = secret ? xstrndup(secret, n) : NULL;
    return false;
}

static struct looked stored(struct house *h, const char *id)
{
    struct looked l = {.id = id};
    assert_int_equal(store_load(h->kit.store, "account", look, &l, &h->err), 0);
    return l;
}

char *house_stored_secret(struct house *h, const char *id)
{
    struct looked l = stored(h, id);
    free(l.doc);
    return l.secret;
}

char *house_stored_doc(struct house *h, const char *id)
{
    struct looked l = stored(h, id);
    free(l.secret);
    return l.doc;
}

enum health house_health(struct house *h, const char *id)
{
    struct account_live live;
    core_account_live(h->core, id, clock_now(), &live);
    return live.health;
}
