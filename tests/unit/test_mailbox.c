/* Letter boxes: all arrive, in the order of each sender, also those posted at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <pthread.h>

#include <cmocka.h>

#include "common/mailbox.h"

#define SENDERS 4
#define LETTERS 20000

struct got {
    struct event_base *base;
    int count, last[SENDERS];
};
struct sent {
    struct got *got;
    int sender, number;
};
struct sender {
    struct mailbox *box;
    struct got *got;
    int number;
};

static void arrive(void *arg)
{
    struct sent *s = arg;
    assert_int_equal(s->got->last[s->sender] + 1, s->number);
    s->got->last[s->sender] = s->number;
    if (++s->got->count == SENDERS * LETTERS)
        event_base_loopbreak(s->got->base);
    free(s);
}

static void *post_all(void *arg)
{
    struct sender *s = arg;
    for (int i = 1; i <= LETTERS; i++) {
        struct sent *l = malloc(sizeof *l);
        *l = (struct sent){s->got, s->number, i};
        mailbox_post(s->box, arrive, l);
    }
    return NULL;
}

static void letters_of_many_threads_arrive_in_order(void **state)
{
    (void)state;
    struct got got = {.base = event_base_new()};
    struct mailbox *box = mailbox_create(got.base);
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){box, &got, i};
        assert_int_equal(pthread_create(&threads[i], NULL, post_all, &senders[i]), 0);
    }
    event_base_dispatch(got.base);
    for (int i = 0; i < SENDERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(got.count, SENDERS * LETTERS);
    mailbox_free(box);
    event_base_free(got.base);
}

static void count_one(void *arg)
{
    ++*(int *)arg;
}

struct chain {
    struct mailbox *box;
    int left, ran;
};

static void post_next(void *arg)
{
    struct chain *c = arg;
    c->ran++;
    if (c->left-- > 0)
        mailbox_post(c->box, post_next, c);
}

static void what_is_left_runs_at_the_end(void **state)
{
    (void)state;
    struct event_base *base = event_base_new();
    struct mailbox *box = mailbox_create(base);
    struct chain chain = {.box = box, .left = 5};
    int count = 0;
    mailbox_post(box, count_one, &count);
    mailbox_post(box, post_next, &chain);
    assert_int_equal(count, 0);
    mailbox_free(box);
    assert_int_equal(count, 1);
    assert_int_equal(chain.ran, 6);
    event_base_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_of_many_threads_arrive_in_order),
        cmocka_unit_test(what_is_left_runs_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
