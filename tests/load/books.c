/* The ledger against the truth. */
#include "tests/load/books.h"

#include <stdlib.h>
#include <string.h>
#include "tests/flow/rig_int.h"

/* The number in an id that the upstream gave: "msg_fake00000042". */
static long serial_of(const char *id)
{
    const char *p = strstr(id, "_fake");

    return p ? strtol(p + 5, NULL, 10) : 0;
}

void seen_add(struct seen *s, const struct answer *a)
{
    long serial = serial_of(a->body);

    MUST(serial > 0, "no id: %s", a->body);
    if (serial >= s->n) {
        long room = 2 * serial + 1000;
        s->v = realloc(s->v, (size_t)room);
        MUST(s->v, "memory");
        memset(s->v + s->n, 0, (size_t)(room - s->n));
        s->n = room;
    }
    s->v[serial] = 1;
}

void seen_release(struct seen *s)
{
    free(s->v);
    memset(s, 0, sizeof *s);
}

void books_have_seen(struct rig *r, const struct seen *s)
{
    cJSON *rows = rig_rows(r, "select upstream_id as id, count(*) as n, max(final) as final from "
                              "attempt where upstream_id <> '' group by 1");
    unsigned char *booked = calloc((size_t)s->n + 1, 1);
    const cJSON *row;

    cJSON_ArrayForEach(row, rows)
    {
        long serial = serial_of(text_at(row, "id"));
        MUST(number_at(row, "n") == 1, "answer %ld is booked more than once", serial);
        if (serial < s->n)
            booked[serial] = number_at(row, "final") != 0;
    }
    for (long i = 0; i < s->n; i++)
        MUST(!s->v[i] || booked[i], "answer %ld ended at the client and is not in the ledger", i);
    free(booked);
    cJSON_Delete(rows);
}

struct sums {
    int64_t input, output;
};

static long highest(const cJSON *list)
{
    const cJSON *p;
    long max = 0;

    cJSON_ArrayForEach(p, list)
    {
        long serial = serial_of(text_at(p, "id"));
        max = serial > max ? serial : max;
    }
    return max;
}

static void compare(const cJSON *row, const struct sums *told)
{
    const char *id = text_at(row, "id");
    bool cut = number_at(row, "aborted") || number_at(row, "partial");
    int64_t in = number_at(row, "input"), out = number_at(row, "output");

    /* Anthropic tells the input at the start of an answer, the others all at its end. */
    bool early = strncmp(id, "msg_", 4) == 0;
    MUST(cut && !early ? in <= told->input : in == told->input, "%s: input %lld, told %lld", id,
        (long long)in, (long long)told->input);
    MUST(cut ? out <= told->output : out == told->output, "%s: output %lld, told %lld", id,
        (long long)out, (long long)told->output);
}

long books_are_told(struct rig *r)
{
    cJSON *reports = rig_fake(r, "reports", NULL);
    cJSON *rows = rig_rows(r, "select upstream_id as id, input, output, aborted, partial from "
                              "attempt where upstream_id <> ''");
    long reported = highest(reports), named = highest(rows), checked = cJSON_GetArraySize(rows);
    /* Of an answer that was left before its usage was told there is no report: it told nothing. */
    long n = named > reported ? named : reported;
    struct sums *told = calloc((size_t)n + 1, sizeof *told);
    const cJSON *p;

    cJSON_ArrayForEach(p, reports)
    {
        long serial = serial_of(text_at(p, "id"));
        told[serial].input += number_at(p, "input");
        told[serial].output += number_at(p, "output");
    }
    cJSON_ArrayForEach(p, rows) compare(p, &told[serial_of(text_at(p, "id"))]);
    free(told);
    cJSON_Delete(reports);
    cJSON_Delete(rows);
    return checked;
}

void books_tallies(struct rig *r)
{
    static const char *const columns[] = {
        "input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "cost"};

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        char sql[200];
        snprintf(sql, sizeof sql, "select sum(%s) from attempt", columns[i]);
        int64_t rows = rig_number(r, sql);
        snprintf(sql, sizeof sql, "select sum(%s) from tally", columns[i]);
        MUST(rig_number(r, sql) == rows, "%s", columns[i]);
    }
}
