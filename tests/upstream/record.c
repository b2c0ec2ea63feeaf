/* What reached the fake upstream, and what it reported: the truth that ledgers are compared with.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/upstream/fake.h"

#define KEEP_REQUESTS 20000
#define KEEP_REPORTS 1000000
#define KEEP_BODY_BYTES (64u << 20)

struct told { /* one report, kept small: there are hundreds of thousands of them */
    char id[40];
    struct tokens t;
    bool done;
};
struct record {
    struct told *told;
    size_t n_told, room_told;
    cJSON *flight; /* credential -> {now, max} */
    cJSON *tokens; /* credential -> model -> class -> number */
    cJSON *calls;  /* name -> number */
    cJSON *requests;
    int kept;
    size_t body_bytes;
    long in_flight, in_flight_max, total;
};

struct record *record_create(void)
{
    struct record *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->tokens = cJSON_CreateObject();
    r->calls = cJSON_CreateObject();
    r->requests = cJSON_CreateArray();
    r->flight = cJSON_CreateObject();
    return r;
}

void record_free(struct record *r)
{
    cJSON_Delete(r->tokens);
    cJSON_Delete(r->calls);
    cJSON_Delete(r->requests);
    cJSON_Delete(r->flight);
    free(r->told);
    free(r);
}

void record_reset(struct record *r)
{
    cJSON *flight = r->flight, *one;
    long in_flight = r->in_flight;
    cJSON_Delete(r->tokens);
    cJSON_Delete(r->calls);
    cJSON_Delete(r->requests);
    free(r->told);
    memset(r, 0, sizeof *r);
    r->in_flight = r->in_flight_max = in_flight;
    r->tokens = cJSON_CreateObject();
    r->calls = cJSON_CreateObject();
    r->requests = cJSON_CreateArray();
    r->flight = flight;
    cJSON_ArrayForEach(one, flight)
    {
        cJSON_SetNumberValue(cJSON_GetObjectItemCaseSensitive(one, "max"),
            cJSON_GetObjectItemCaseSensitive(one, "now")->valuedouble);
        cJSON_SetNumberValue(cJSON_GetObjectItemCaseSensitive(one, "total"), 0);
    }
}

void record_request(struct record *r, const struct request *q)
{
    r->total++;
    if (r->kept >= KEEP_REQUESTS || r->body_bytes > KEEP_BODY_BYTES)
        return;
    r->kept++;
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "method", q->method);
    cJSON_AddStringToObject(o, "target", q->target);
    cJSON *headers = cJSON_AddArrayToObject(o, "headers");
    for (int i = 0; i < q->n_headers; i++) {
        cJSON *h = cJSON_CreateArray();
        cJSON_AddItemToArray(h, cJSON_CreateString(q->headers[i].name));
        cJSON_AddItemToArray(h, cJSON_CreateString(q->headers[i].value));
        cJSON_AddItemToArray(headers, h);
    }
    cJSON_AddStringToObject(o, "body", q->body ? q->body : "");
    cJSON_AddNumberToObject(o, "body_len", (double)q->body_len);
    cJSON_AddItemToArray(r->requests, o);
    r->body_bytes += q->body_len;
}

static cJSON *member(cJSON *o, const char *name)
{
    cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);
    return m ? m : cJSON_AddObjectToObject(o, name);
}

static void add(cJSON *o, const char *name, int64_t n)
{
    cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);
    if (m)
        cJSON_SetNumberValue(m, m->valuedouble + (double)n);
    else
        cJSON_AddNumberToObject(o, name, (double)n);
}

void record_begin(struct record *r, const char *credential)
{
    cJSON *o = member(r->flight, credential);
    add(o, "now", 1);
    add(o, "total", 1);
    add(o, "max", 0);
    cJSON *now = cJSON_GetObjectItemCaseSensitive(o, "now"),
          *max = cJSON_GetObjectItemCaseSensitive(o, "max");
    if (now->valuedouble > max->valuedouble)
        cJSON_SetNumberValue(max, now->valuedouble);
    if (++r->in_flight > r->in_flight_max)
        r->in_flight_max = r->in_flight;
}

void record_end(struct record *r, const char *credential)
{
    add(member(r->flight, credential), "now", -1);
    r->in_flight--;
}

void record_tokens(struct record *r, const struct report *p)
{
    cJSON *o = member(member(r->tokens, p->credential), p->model);
    const struct tokens *t = &p->t;
    add(o, "input", t->input);
    add(o, "output", t->output);
    add(o, "cache_write_5m", t->cache5);
    add(o, "cache_write_1h", t->cache1);
    add(o, "cache_read", t->read);
    add(o, "web_searches", t->search);
    add(o, "requests", p->done ? 1 : 0);
    if (r->n_told >= KEEP_REPORTS)
        return;
    if (r->n_told == r->room_told) {
        r->room_told = r->room_told ? 2 * r->room_told : 256;
        r->told = realloc(r->told, r->room_told * sizeof *r->told);
        if (!r->told)
            abort();
    }
    struct told *told = &r->told[r->n_told++];
    snprintf(told->id, sizeof told->id, "%s", p->id);
    told->t = *t;
    told->done = p->done;
}

void record_call(struct record *r, const char *what)
{
    add(r->calls, what, 1);
}

cJSON *record_counters(const struct record *r)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddItemToObject(o, "tokens", cJSON_Duplicate(r->tokens, 1));
    cJSON_AddItemToObject(o, "calls", cJSON_Duplicate(r->calls, 1));
    cJSON_AddItemToObject(o, "flight", cJSON_Duplicate(r->flight, 1));
    cJSON_AddNumberToObject(o, "requests", (double)r->total);
    cJSON_AddNumberToObject(o, "in_flight", (double)r->in_flight);
    cJSON_AddNumberToObject(o, "in_flight_max", (double)r->in_flight_max);
    return o;
}

cJSON *record_requests(const struct record *r)
{
    return cJSON_Duplicate(r->requests, 1);
}

cJSON *record_reports(const struct record *r)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < r->n_told; i++) {
        const struct told *t = &r->told[i];
        cJSON *o = cJSON_CreateObject();
        cJSON_AddStringToObject(o, "id", t->id);
        cJSON_AddNumberToObject(o, "input", (double)t->t.input);
        cJSON_AddNumberToObject(o, "output", (double)t->t.output);
        cJSON_AddBoolToObject(o, "done", t->done);
        cJSON_AddItemToArray(list, o);
    }
    return list;
}
