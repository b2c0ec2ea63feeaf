/* What a commit costs on this disk: one writer at a time, then many at once. Run by hand:
 * bench_store [DIRECTORY] */
#include "store_kit.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SINGLE 500
#define MANY 64
#define EACH 400
#define NOON INT64_C(1773835200000)

static double now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_times(const char *what, double *ms, int n, double wall)
{
    qsort(ms, (size_t)n, sizeof *ms, by_size);
    printf("%-18s %8.0f rows/s   p50 %.2f ms   p99 %.2f ms   max %.2f ms\n", what, n / wall * 1e3,
        ms[n / 2], ms[n * 99 / 100], ms[n - 1]);
}

static void book(struct kit *k, int i, double *ms)
{
    char id[24];
    snprintf(id, sizeof id, "%08x%08x", (unsigned)i * 2654435761u, (unsigned)i);
    struct attempt a = kit_attempt(id, 1, NOON + i * 100);
    struct request_row r = kit_request(id, NOON + i * 100);
    double begin = now_ms();
    if (kit_book(k, &a, 1, &r, NULL) != 0)
        abort();
    *ms = now_ms() - begin;
}

static double times[MANY * EACH];
struct worker {
    struct kit *k;
    int first;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    for (int i = 0; i < EACH; i++)
        book(w->k, SINGLE + w->first + i, &times[w->first + i]);
    return NULL;
}

int main(int argc, char **argv)
{
    struct kit k;
    pthread_t threads[MANY];
    struct worker workers[MANY];
    if (argc > 1)
        setenv("TMPDIR", argv[1], 1);
    kit_init(&k, "UTC");
    kit_open(&k);
    double begin = now_ms();
    for (int i = 0; i < SINGLE; i++)
        book(&k, i, &times[i]);
    print_times("one at a time", times, SINGLE, now_ms() - begin);
    begin = now_ms();
    for (int i = 0; i < MANY; i++) {
        workers[i] = (struct worker){&k, i * EACH};
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    for (int i = 0; i < MANY; i++)
        pthread_join(threads[i], NULL);
    print_times("64 at once", times, MANY * EACH, now_ms() - begin);
    begin = now_ms();
    cJSON_Delete(kit_query(&k, "usage", "{'by':'key,day'}", NULL));
    printf("usage report       %.2f ms\n", now_ms() - begin);
    kit_release(&k);
    return 0;
}
