/* crs-fake-upstream: listens on 127.0.0.1, tells its port, serves until SIGTERM.
 *   --port N (0: any)  --port-file FILE  --demo */
#include <arpa/inet.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/upstream/answer.h"

char *request_query(const struct request *r, const char *name)
{
    struct evkeyvalq q;
    char *out = NULL;
    if (r->query && evhttp_parse_query_str(r->query, &q) == 0) {
        const char *v = evhttp_find_header(&q, name);
        out = v ? strdup(v) : NULL;
        evhttp_clear_headers(&q);
    }
    return out;
}

static void answer_taken(struct conn *c, cJSON *o)
{
    answer_json(c, 200, NULL, o);
    cJSON_Delete(o);
}

/* The test's own door: rules, knobs, counters. */
bool handle_fake(struct fake *f, struct conn *c, const struct request *r)
{
    if (strncmp(r->path, "/fake/", 6) != 0)
        return false;
    const char *what = r->path + 6;
    cJSON *b = r->body_len ? cJSON_Parse(r->body) : NULL;
    if (strcmp(what, "counters") == 0) {
        answer_taken(c, record_counters(f->record));
    } else if (strcmp(what, "requests") == 0) {
        answer_taken(c, record_requests(f->record));
    } else if (strcmp(what, "reports") == 0) {
        answer_taken(c, record_reports(f->record));
    } else if (strcmp(what, "reset") == 0) {
        record_reset(f->record);
        cJSON_Delete(f->rules);
        f->rules = cJSON_CreateObject();
        cJSON_Delete(f->config);
        f->config = cJSON_CreateObject();
        answer_text(c, 200, "application/json", NULL, "{}");
    } else if (strcmp(what, "rule") == 0 && b) {
        const char *who = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(b, "credential"));
        cJSON_DeleteItemFromObjectCaseSensitive(f->rules, who ? who : "*");
        cJSON_AddItemToObject(f->rules, who ? who : "*", b);
        b = NULL;
        answer_text(c, 200, "application/json", NULL, "{}");
    } else if (strcmp(what, "config") == 0 && b) {
        cJSON_Delete(f->config);
        f->config = b;
        b = NULL;
        answer_text(c, 200, "application/json", NULL, "{}");
    } else {
        answer_text(c, 404, "application/json", NULL, "{}");
    }
    cJSON_Delete(b);
    return true;
}

void fake_dispatch(struct fake *f, struct conn *c, const struct request *r)
{
    static bool (*const handlers[])(struct fake *, struct conn *, const struct request *) = {
        handle_device, handle_fake, handle_oauth, handle_anthropic, handle_openai, handle_gemini,
        handle_bedrock};
    if (strncmp(r->path, "/fake/", 6) != 0)
        record_request(f->record, r);
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++)
        if (handlers[i](f, c, r))
            return;
    answer_text(c, 404, "application/json", NULL,
        "{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\",\"message\":\"no such "
        "route\"}}");
}

static void on_signal(evutil_socket_t s, short what, void *arg)
{
    (void)s;
    (void)what;
    event_base_loopexit(arg, NULL);
}

static int write_port(const char *path, int port)
{
    char tmp[4096];
    snprintf(tmp, sizeof tmp, "%s.tmp", path);
    FILE *f = fopen(tmp, "w");
    if (!f)
        return -1;
    fprintf(f, "%d\n", port);
    fclose(f);
    return rename(tmp, path);
}

int main(int argc, char **argv)
{
    int port = 0;
    const char *port_file = NULL;
    struct fake f = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--port") == 0 && i + 1 < argc)
            port = atoi(argv[++i]);
        else if (strcmp(argv[i], "--port-file") == 0 && i + 1 < argc)
            port_file = argv[++i];
        else if (strcmp(argv[i], "--demo") == 0)
            f.demo = true;
        else {
            fprintf(stderr, "usage: %s [--port N] [--port-file FILE] [--demo]\n", argv[0]);
            return 2;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    f.base = event_base_new();
    f.record = record_create();
    f.oauth = oauth_create();
    f.rules = cJSON_CreateObject();
    f.config = cJSON_CreateObject();
    TAILQ_INIT(&f.working);
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct evconnlistener *l = evconnlistener_new_bind(f.base, conn_accept, &f,
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 1024, (struct sockaddr *)&sin, sizeof sin);
    if (!l) {
        fprintf(stderr, "cannot listen on port %d\n", port);
        return 1;
    }
    socklen_t len = sizeof sin;
    getsockname(evconnlistener_get_fd(l), (struct sockaddr *)&sin, &len);
    if (port_file && write_port(port_file, ntohs(sin.sin_port)) != 0) {
        fprintf(stderr, "cannot write '%s'\n", port_file);
        return 1;
    }
    printf("listening on 127.0.0.1:%d\n", ntohs(sin.sin_port));
    fflush(stdout);
    struct event *term = evsignal_new(f.base, SIGTERM, on_signal, f.base);
    struct event *intr = evsignal_new(f.base, SIGINT, on_signal, f.base);
    event_add(term, NULL);
    event_add(intr, NULL);
    event_base_dispatch(f.base);
    evconnlistener_free(l);
    event_free(term);
    event_free(intr);
    oauth_free(f.oauth);
    record_free(f.record);
    cJSON_Delete(f.rules);
    cJSON_Delete(f.config);
    event_base_free(f.base);
    return 0;
}
