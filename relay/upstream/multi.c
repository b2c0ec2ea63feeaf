/* libcurl's multi interface on an event_base, and the options that every handle of it must have. */
#include "upstream/upstream_int.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "common/alloc.h"

/* A name that was found stays good this long: APIs move rarely, name servers fail. */
#define DNS_KEPT_S 300L
/* More than this in the kernel for one upstream is not back pressure any more. */
#define RECEIVE_BUFFER (256 << 10)

struct watch { /* one socket of curl's */
    struct chain chain;
    struct event event;
    struct upstream *u;
    CURL *easy; /* that asked for it last */
    curl_socket_t fd;
};

static void finish_transfers(struct upstream *u)
{
    for (;;) {
        int left;
        CURLMsg *m = curl_multi_info_read(u->multi, &left);
        if (!m)
            return;
        struct transfer *t = NULL;
        CURLcode rc = m->data.result;
        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
        t->done(t, rc);
    }
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
    struct watch *w = arg;
    struct upstream *u = w->u; /* w may go in the action */
    int flags = (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
    int running;
    curl_multi_socket_action(u->multi, fd, flags, &running);
    finish_transfers(u);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct upstream *u = arg;
    int running;
    (void)fd;
    (void)what;
    curl_multi_socket_action(u->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_transfers(u);
}

static int set_timer(CURLM *multi, long ms, void *arg)
{
    struct upstream *u = arg;
    (void)multi;
    if (ms < 0)
        return event_del(&u->timer);
    struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    return event_add(&u->timer, &tv);
}

static void drop_watch(struct watch *w)
{
    event_del(&w->event);
    chain_remove(&w->chain);
    free(w);
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket)
{
    struct upstream *u = arg;
    struct watch *w = socket;
    if (what == CURL_POLL_REMOVE) {
        /* First of all: the number may be another socket's in a moment. */
        if (w)
            drop_watch(w);
        curl_multi_assign(u->multi, fd, NULL);
        return 0;
    }
    if (w) {
        event_del(&w->event);
    } else {
        w = xcalloc(1, sizeof *w);
        w->u = u;
        w->fd = fd;
        chain_add(&u->watches, &w->chain);
        curl_multi_assign(u->multi, fd, w);
    }
    w->easy = easy;
    short events = (short)((what & CURL_POLL_IN ? EV_READ : 0) |
                           (what & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST);
    event_assign(&w->event, u->base, fd, events, on_socket, w);
    event_add(&w->event, NULL);
    return 0;
}

int multi_open(struct upstream *u)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return -1;
    u->multi = curl_multi_init();
    if (!u->multi) {
        curl_global_cleanup();
        return -1;
    }
    event_assign(&u->timer, u->base, -1, 0, on_timer, u);
    curl_multi_setopt(u->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
    curl_multi_setopt(u->multi, CURLMOPT_SOCKETDATA, u);
    curl_multi_setopt(u->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(u->multi, CURLMOPT_TIMERDATA, u);
    /* Connections that we made here are ours to close: the cache must not push one out. */
    curl_multi_setopt(u->multi, CURLMOPT_MAXCONNECTS, 1L << 24);
    return 0;
}

void multi_close(struct upstream *u)
{
    curl_multi_cleanup(u->multi);
    event_del(&u->timer);
    while (u->watches.next != &u->watches)
        drop_watch((struct watch *)u->watches.next);
    curl_global_cleanup();
}

/* Before connect: the window is agreed on in the handshake. */
static int prepare_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
    int size = RECEIVE_BUFFER;
    (void)arg;
    (void)purpose;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    return CURL_SOCKOPT_OK;
}

static void set_protocols(CURL *e)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(e, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/* Always set, "" when there is none: else the environment decides. A name is resolved by the SOCKS
 * proxy, never here: a lookup beside the proxy tells who is asked. */
static void set_proxy(CURL *e, const struct target *t)
{
    char *proxy = t->proxy && text_starts(t->proxy, "socks5://")
                      ? xasprintf("socks5h://%s", t->proxy + strlen("socks5://"))
                      : xstrdup(t->proxy ? t->proxy : "");
    curl_easy_setopt(e, CURLOPT_PROXY, proxy);
    curl_easy_setopt(e, CURLOPT_NOPROXY, "");
    free(proxy);
    curl_easy_setopt(e, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(e, CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(e, CURLOPT_SOCKS5_AUTH, (long)CURLAUTH_BASIC);
    if (t->proxy && t->proxy_user) {
        curl_easy_setopt(e, CURLOPT_PROXYUSERNAME, t->proxy_user);
        curl_easy_setopt(e, CURLOPT_PROXYPASSWORD, t->proxy_password ? t->proxy_password : "");
    }
}

void transfer_init(struct transfer *t, struct upstream *u, const struct target *target,
    const char *url, int timeout_ms)
{
    CURL *e = curl_easy_init();
    if (!e)
        abort(); /* only when memory is out */
    t->easy = e;
    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->text);
    curl_easy_setopt(e, CURLOPT_URL, url);
    curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
    set_protocols(e);
    set_proxy(e, target);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    /* Else a name server that is silent holds up the whole loop at the end of the handle. */
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
#endif
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_SSL_SESSIONID_CACHE, 0L); /* a ticket would tie accounts together */
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, DNS_KEPT_S);
    curl_easy_setopt(e, CURLOPT_SOCKOPTFUNCTION, prepare_socket);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)u->connect_ms);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    if (u->ca_file) {
        curl_easy_setopt(e, CURLOPT_CAINFO, u->ca_file);
        curl_easy_setopt(e, CURLOPT_PROXY_CAINFO, u->ca_file);
    }
}

void transfer_start(struct transfer *t, struct upstream *u)
{
    if (curl_multi_add_handle(u->multi, t->easy) != CURLM_OK)
        abort(); /* only when memory is out */
}

/* A connection that is still being made libcurl (7.88) closes first and tells us afterwards; by
 * then the number may belong to another thread's socket. */
static void unwatch(struct upstream *u, const CURL *easy)
{
    for (struct chain *p = u->watches.next; p != &u->watches; p = p->next) {
        struct watch *w = (struct watch *)p;
        if (w->easy == easy)
            event_del(&w->event);
    }
}

void transfer_release(struct transfer *t, struct upstream *u)
{
    unwatch(u, t->easy);
    curl_multi_remove_handle(u->multi, t->easy);
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
}

const char *transfer_text(const struct transfer *t, CURLcode rc)
{
    return t->text[0] ? t->text : curl_easy_strerror(rc);
}

/* With a proxy, the connection that fails is the one to the proxy, unless the proxy itself says
 * that it could not reach the target. */
static enum call_fault proxy_fault(const struct transfer *t, CURLcode rc)
{
    long why = CURLPX_OK;
    if (rc == CURLE_PROXY)
        curl_easy_getinfo(t->easy, CURLINFO_PROXY_ERROR, &why);
    bool target = why == CURLPX_REPLY_HOST_UNREACHABLE || why == CURLPX_REPLY_NETWORK_UNREACHABLE ||
                  why == CURLPX_REPLY_CONNECTION_REFUSED || why == CURLPX_REPLY_TTL_EXPIRED;
    return target ? CALL_CONNECT : CALL_PROXY;
}

enum call_fault transfer_fault(const struct transfer *t, CURLcode rc, bool proxied)
{
    curl_off_t found = 0;
    switch (rc) {
    case CURLE_OK:
        return CALL_OK;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ENGINE_INITFAILED:
        return CALL_TLS;
    default:
        break;
    }
    if (proxied)
        return proxy_fault(t, rc);
    if (rc == CURLE_COULDNT_RESOLVE_HOST)
        return CALL_DNS;
    curl_easy_getinfo(t->easy, CURLINFO_NAMELOOKUP_TIME_T, &found);
    return rc == CURLE_OPERATION_TIMEDOUT && found == 0 ? CALL_DNS : CALL_CONNECT;
}
