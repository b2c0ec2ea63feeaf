/* Slots of a key and the waiting line for them: strict first in, first out.
 *
 * A ticket is in the line, or has a slot, or is refused; only the functions here move it. Whoever
 * frees a slot hands it to the head of the line in the same hold of the lock, so that a free slot
 * and a waiting ticket never exist together.
 */
#include "core/core_int.h"

#include <stdio.h>

bool slot_is_free(const struct key_state *ks)
{
    return ks->key->set.at_once <= 0 || ks->running < ks->key->set.at_once;
}

/* Also for one whose slot was taken back and that shows that it lives after all. */
static void slot_hold(struct core *c, struct ticket *t, int64_t now)
{
    t->slot = true;
    t->touched = now;
    link_append(&c->leases, &t->place);
    t->key->running++;
    c->running++;
    t->key->held = add_capped(t->key->held, t->held);
    t->key->held_tokens = add_capped(t->key->held_tokens, t->held_tokens);
    if (t->opus)
        t->key->held_opus = add_capped(t->key->held_opus, t->held);
}

void slot_take(struct core *c, struct ticket *t, int64_t now)
{
    core_assert_held(c);
    t->state = TICKET_RUNNING;
    t->held = t->expected;
    t->held_tokens = t->expected_tokens;
    slot_hold(c, t, now);
    window_add(&t->key->window, now, &(struct counts){.requests = 1});
    t->key->last_used = now;
    minute_add(&c->requests, now);
}

void slot_free(struct core *c, struct ticket *t)
{
    core_assert_held(c);
    if (!t->slot)
        return;
    t->slot = false;
    link_remove(&t->place);
    t->key->running--;
    c->running--;
    t->key->held -= t->held;
    t->key->held_tokens -= t->held_tokens;
    if (t->opus)
        t->key->held_opus -= t->held;
}

void line_join(struct core *c, struct ticket *t)
{
    core_assert_held(c);
    t->state = TICKET_WAITING;
    link_append(&t->key->line, &t->place);
    if (t->key->waiting++ == 0)
        link_append(&c->lines, &t->key->in_lines);
    c->waiting++;
}

static void line_quit(struct core *c, struct ticket *t)
{
    link_remove(&t->place);
    if (--t->key->waiting == 0)
        link_remove(&t->key->in_lines);
    c->waiting--;
}

static void ticket_wake(struct core *c, struct ticket *t)
{
    if (t->wake)
        link_append(&c->wakes, &t->to_wake);
}

static void line_refuse(struct core *c, struct ticket *t)
{
    line_quit(c, t);
    t->state = TICKET_REFUSED;
    address_let_go(c, t, false, 0);
    ticket_wake(c, t);
}

static struct ticket *line_head(const struct key_state *ks)
{
    return link_alone(&ks->line) ? NULL : container_of(ks->line.next, struct ticket, place);
}

void line_advance(struct core *c, struct key_state *ks, int64_t now)
{
    struct ticket *t;

    core_assert_held(c);
    while ((t = line_head(ks))) {
        /* A key that was switched off answers those who wait at once, slot or not. */
        bool may = key_usable(ks->key, now, &t->refusal) && admit_rules(ks, t, &t->refusal);

        if (may && !slot_is_free(ks))
            return;
        if (!may || !admit_limits(c, ks, t, now, &t->refusal)) {
            line_refuse(c, t);
            continue;
        }
        line_quit(c, t);
        slot_take(c, t, now);
        ticket_wake(c, t);
    }
}

void line_refuse_all(struct core *c, struct key_state *ks, enum refusal_code code)
{
    struct ticket *t;

    core_assert_held(c);
    while ((t = line_head(ks))) {
        refuse(&t->refusal, code, "key was removed");
        line_refuse(c, t);
    }
}

/* Steps of the clock: a ticket from the future has waited for nothing yet. */
static void line_expire(struct core *c, struct key_state *ks, int64_t now)
{
    char waited[UNITS_MAX];
    struct link *next;

    for (struct link *l = ks->line.next; l != &ks->line; l = next) {
        struct ticket *t = container_of(l, struct ticket, place);

        next = l->next;
        if (t->since > now)
            t->since = now;
        if (now - t->since < ks->key->set.wait)
            continue;
        refuse(&t->refusal, REFUSE_LINE_TIME, "waited %s in line",
            units_duration(waited, now - t->since));
        line_refuse(c, t);
    }
}

/* Longest untouched first, so the walk ends at the first that is fresh. */
static void leases_expire(struct core *c, int64_t now)
{
    struct link *next;

    for (struct link *l = c->leases.next; l != &c->leases; l = next) {
        struct ticket *t = container_of(l, struct ticket, place);

        next = l->next;
        if (t->touched > now)
            t->touched = now;
        if (now - t->touched < c->o.lease_ms)
            return;
        slot_free(c, t);
        line_advance(c, t->key, now);
    }
}

void line_tick(struct core *c, int64_t now)
{
    struct link *next;

    core_assert_held(c);
    for (struct link *l = c->lines.next; l != &c->lines; l = next) {
        next = l->next;
        line_expire(c, container_of(l, struct key_state, in_lines), now);
    }
    leases_expire(c, now);
}

void ticket_let_go(struct core *c, struct ticket *t, int64_t now)
{
    bool ran = t->state == TICKET_RUNNING;

    core_assert_held(c);
    if (t->state == TICKET_WAITING)
        line_quit(c, t);
    slot_free(c, t);
    address_let_go(c, t, ran, now);
}

int core_line_place(struct core *c, const struct ticket *t)
{
    int place = 0;

    core_lock(c, 0);
    if (t->state == TICKET_WAITING) {
        place = 1;
        for (const struct link *l = t->key->line.next; l != &t->place; l = l->next)
            place++;
    }
    core_unlock(c);
    return place;
}

void core_touch(struct core *c, struct ticket *t, int64_t now)
{
    core_lock(c, now);
    if (t->slot) {
        t->touched = now;
        link_remove(&t->place);
        link_append(&c->leases, &t->place);
    } else if (t->state == TICKET_RUNNING && !t->free) {
        slot_hold(c, t, now);
    }
    core_unlock(c);
}

void core_tick(struct core *c, int64_t now)
{
    core_lock(c, now);
    line_tick(c, now);
    address_tick(c, now);
    sticky_tick(c, now);
    for (size_t i = 0; i < c->n_accounts; i++)
        health_settle(c, c->accounts[i], now);
    core_unlock(c);
}
