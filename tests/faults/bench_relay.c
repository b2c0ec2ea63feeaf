/* What the relay costs: memory at rest and for each held stream, processor time for a small request
 * and for an event. Figures for BENCH.md; run it with a release build, alone on the machine. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/faults/faults.h"
#include "tests/flow/rig_int.h"
#include "tests/load/load.h"

static void begin(struct rig *r)
{
    rig_start(r, NULL);
    rig_do(r, "account.add",
        "{\"kind\":\"claude-console\",\"name\":\"console\",\"key\":\"sk-ant-api03-bench\"}");
    rig_key(r, "ci", "");
}

static void rest(struct rig *r)
{
    begin(r);
    printf("   at rest: %ld KiB resident, %ld of them not of files; %ld descriptors\n",
        relay_rss_kib(r), relay_own_kib(r), relay_descriptors(r));
    rig_idle(r);
    rig_stop(r);
}

static void held_n(struct rig *r, int n)
{
    int *fds = calloc((size_t)n, sizeof *fds);
    struct answer a;

    MUST(fds, "memory");
    begin(r);
    messages(r, true, "words=2", &a);
    answer_release(&a);
    long before = relay_rss_kib(r);
    for (int i = 0; i < n; i++) {
        fds[i] = messages_begin(r, true, "words=9 hang=4");
        answer_init(&a);
        ask_read(fds[i], &a, 3);
        MUST(a.status == 200, "stream %d: %d %s", i, a.status, a.body);
        answer_release(&a);
    }
    long held = relay_rss_kib(r) - before;
    printf("   %d held streams: %ld KiB more, %.1f KiB each\n", n, held, (double)held / n);
    for (int i = 0; i < n; i++)
        close(fds[i]);
    rig_idle(r);
    /* What it gives back, it gives within two rounds of its second timer. */
    for (int64_t end = mono_ms() + 3000; relay_rss_kib(r) > before + held / 4 && mono_ms() < end;)
        poll(NULL, 0, 50);
    printf("   after them: %ld KiB resident\n", relay_rss_kib(r));
    rig_stop(r);
    free(fds);
}

static void held(struct rig *r)
{
    held_n(r, 1000);
    held_n(r, 5000);
}

struct crowd {
    struct rig *rig;
    long left, bad;
    bool stream;
    const char *directive;
};

static bool next(void *arg, struct shot *s)
{
    struct crowd *c = arg;

    if (c->left-- <= 0)
        return false;
    s->text =
        load_messages(c->rig->secret, "claude-haiku-4-5", c->stream, "", c->directive, c->left);
    return true;
}

static void landed(void *arg, const struct landing *l)
{
    struct crowd *c = arg;

    c->bad += l->lost || l->answer->status != 200;
}

/* CPU in us that n of them cost. */
static int64_t cost(struct rig *r, struct crowd *c, int clients)
{
    const struct load l = {
        .port = r->relay_port, .clients = clients, .arg = c, .next = next, .landed = landed};
    int64_t before = relay_cpu_us(r);

    load_run(&l, 300);
    MUST(c->bad == 0, "%ld failed", c->bad);
    return relay_cpu_us(r) - before;
}

/* Which thread it was: names are of the kernel. */
static void by_thread(struct rig *r, long n)
{
    char *command = text_of("for t in /proc/%d/task/*; do awk -v n=%ld -v hz=$(getconf CLK_TCK) "
                            "'{sub(/.*\\) /,\"\"); printf \"      %%.1f us in \", "
                            "($12+$13)*1e6/hz/n}' $t/stat; cat $t/comm; done",
        (int)r->relay, n);

    fflush(stdout);
    MUST(system(command) == 0, "awk");
    free(command);
}

static void small_requests(struct rig *r)
{
    enum { N = 30000 };

    begin(r);
    struct crowd warm = {.rig = r, .left = 1000, .directive = "words=1"};
    cost(r, &warm, 32);
    struct crowd c = {.rig = r, .left = N, .directive = "words=1"};
    int64_t began = mono_ms(), us = cost(r, &c, 32), ms = mono_ms() - began;
    printf("   small request: %.1f us of CPU, booked (%d of 32 clients in %lld ms)\n",
        (double)us / N, N, (long long)ms);
    by_thread(r, N + 1000);
    rig_idle(r);
    rig_stop(r);
}

/* Events that come one by one: what the streams cost less what empty ones cost. */
static void events(struct rig *r)
{
    enum { RUNS = 1000, WORDS = 100 };

    begin(r);
    struct crowd warm = {.rig = r, .left = 200, .stream = true, .directive = "words=1"};
    cost(r, &warm, 200);
    struct crowd few = {.rig = r, .left = RUNS, .stream = true, .directive = "words=0"};
    int64_t empty = cost(r, &few, 200);
    struct crowd many = {
        .rig = r, .left = RUNS, .stream = true, .directive = "words=100 event_delay=20"};
    int64_t us = cost(r, &many, 200);
    printf("   event: %.1f us of CPU (%d streams of %d, 200 at once, each event on its own)\n",
        (double)(us - empty) / RUNS / WORDS, RUNS, WORDS);
    rig_idle(r);
    rig_stop(r);
}

int main(int argc, char **argv)
{
    static const struct rig_test tests[] = {
        {"rest", rest},
        {"held", held},
        {"small-requests", small_requests},
        {"events", events},
    };
    return rig_main(argc, argv, tests, LEN(tests));
}
