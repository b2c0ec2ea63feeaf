/* Those who follow events at the control socket, one of whom does not read: what it costs the
 * relay, what the others get, and how it finds its way back. */
#include <stdlib.h>
#include <string.h>
#include "tests/faults/faults.h"
#include "tests/flow/rig_int.h"

#define KEYS 100
#define READERS 2
#define OVERFULL (6L << 20) /* bytes: 4 MiB wait in the relay, the rest in socket and output */
#define TWICE (12L << 20)

/* A connection of its own, with what it was told. */
struct follower {
    struct rig way; /* only its connection is used */
    int64_t n;      /* of the last event */
    long bytes, events;
};

static void follower_close(struct follower *f)
{
    fclose(f->way.control);
}

/* The next message. */
static cJSON *heard(struct follower *f)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n = getline(&line, &size, f->way.control);

    MUST(n > 0, "nothing more after event %lld", (long long)f->n);
    f->bytes += n;
    cJSON *o = cJSON_Parse(line);
    MUST(o, "'%.80s' is no message", line);
    free(line);
    return o;
}

/* Follows from here on; the answer. What was under way to it before that is passed over. */
static cJSON *follow(struct follower *f)
{
    cJSON *o;

    f->n = 0;
    /* Past the stream, which cannot write while it holds what it has read. */
    dprintf(fileno(f->way.control),
        "{\"jsonrpc\":\"2.0\",\"id\":\"again\",\"method\":\"event.subscribe\","
        "\"params\":{\"topics\":[\"key\"],\"snapshot\":true}}\n");
    while (!at_path(o = heard(f), "id"))
        cJSON_Delete(o);
    return o;
}

static void follower_open(struct follower *f, const struct rig *r)
{
    *f = (struct follower){.way = *r};
    rig_connect(&f->way);
    cJSON_Delete(follow(f));
}

/* The next event, none of whose predecessors is missing; NULL: it is told that some are. */
static cJSON *next(struct follower *f)
{
    cJSON *e = heard(f);

    while (strcmp(text_at(e, "method"), "event.heartbeat") == 0) {
        cJSON_Delete(e);
        e = heard(f);
    }
    if (strcmp(text_at(e, "method"), "event.lost") == 0) {
        cJSON_Delete(e);
        return NULL;
    }
    MUST(number_at(e, "params.n") == ++f->n, "number %lld, not %lld",
        (long long)number_at(e, "params.n"), (long long)f->n);
    return e;
}

static bool has_note(const cJSON *row, const char *note)
{
    const cJSON *v = at_path(row, "note");
    return v && cJSON_IsString(v) && strcmp(v->valuestring, note) == 0;
}

/* Reads until it was told of this note once for each key. */
static void read_round(struct follower *f, const char *note)
{
    for (int seen = 0; seen < KEYS;) {
        cJSON *e = next(f);
        MUST(e, "one who reads lost events after number %lld", (long long)f->n);
        const cJSON *data = at_path(e, "params.data");
        seen += has_note(data, note) && strcmp(text_at(data, "what"), "changed") == 0;
        f->events++;
        cJSON_Delete(e);
    }
}

/* Each key gets another long note. */
static char *change_all(struct rig *r, int round)
{
    char *note = text_of("%0480d", round);

    rig_do(r, "key.edit", "{\"tagged\":\"many\",\"note\":\"%s\"}", note);
    return note;
}

/* Rounds until the readers had so many bytes; the note of the last. */
static char *change_until(struct rig *r, struct follower *readers, long bytes, int *round)
{
    char *note = NULL;

    while (readers[0].bytes < bytes) {
        free(note);
        note = change_all(r, ++*round);
        for (int i = 0; i < READERS; i++)
            read_round(&readers[i], note);
    }
    return note;
}

static void comes_back(struct follower *slow, const char *note)
{
    cJSON *e;
    int now = 0;

    while ((e = next(slow)) != NULL) {
        MUST(slow->bytes < 2L << 20, "%ld bytes were kept for one who does not read", slow->bytes);
        cJSON_Delete(e);
    }
    printf("   it had %lld events, %ld KiB, before it was told\n", (long long)slow->n,
        slow->bytes / 1024);
    cJSON *answer = follow(slow);
    const cJSON *keys = at_path(answer, "result.snapshot.keys");
    for (const cJSON *k = keys ? keys->child : NULL; k; k = k->next)
        now += has_note(k, note);
    MUST(now == KEYS, "%d keys of the snapshot are as they are now", now);
    cJSON_Delete(answer);
}

static void does_not_read(struct rig *r)
{
    struct follower slow, readers[READERS];
    int round = 0;

    rig_start(r, NULL);
    rig_do(r, "key.create", "{\"name\":\"k\",\"count\":%d,\"tags\":[\"many\"]}", KEYS);
    follower_open(&slow, r);
    for (int i = 0; i < READERS; i++)
        follower_open(&readers[i], r);
    free(change_until(r, readers, OVERFULL, &round));
    long before = relay_own_kib(r);
    char *note = change_until(r, readers, TWICE, &round);
    long grown = relay_own_kib(r) - before;
    printf("   %ld events to each reader; the relay grew by %ld KiB in the second half\n",
        readers[0].events, grown);
    MUST(!faults_exact() || grown < 2048, "%ld KiB", grown);

    comes_back(&slow, note);
    free(note);
    note = change_all(r, ++round);
    read_round(&slow, note);
    for (int i = 0; i < READERS; i++) {
        read_round(&readers[i], note);
        follower_close(&readers[i]);
    }
    free(note);
    follower_close(&slow);
    rig_stop(r);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {{"does-not-read", does_not_read}};
    return rig_main(argc, argv, tests, LEN(tests));
}
