/* Headroom and forecast out of what upstreams tell of their windows. */
#include "core/quota_int.h"

#include <math.h>
#include <stdlib.h>

#define FIVE_HOURS (5 * MS_HOUR)
#define SEVEN_DAYS (7 * MS_DAY)
#define RATE_WINDOW MS_MINUTE /* x-ratelimit windows are per minute where no reset is told */
#define PACE_NEEDS (5 * MS_MINUTE)
#define HEADROOM_STEPS 4 /* to a doubling */
#define HEADROOM_MAX 40

static int percent(const struct window_use *u)
{
    double p = u->known ? floor(u->used * 100) : -1;

    return p < 1000 ? (int)p : 1000;
}

static bool use_merge(struct window_use *to, const struct window_use *told, int64_t now)
{
    struct window_use was = *to;

    if (!told->known)
        return false;
    *to = *told;
    if (!(to->used >= 0)) /* also what is not a number */
        to->used = 0;
    if (!to->at)
        to->at = now;
    /* Resets are told as a time ahead, too, and then tremble. */
    return percent(to) != percent(&was) || llabs(to->reset - was.reset) > MS_MINUTE;
}

bool quota_merge(struct quota *to, const struct quota *told, int64_t now)
{
    bool moved = use_merge(&to->five_hour, &told->five_hour, now);

    moved |= use_merge(&to->seven_day, &told->seven_day, now);
    moved |= use_merge(&to->seven_day_opus, &told->seven_day_opus, now);
    moved |= use_merge(&to->seven_day_sonnet, &told->seven_day_sonnet, now);
    use_merge(&to->requests, &told->requests, now);
    use_merge(&to->tokens, &told->tokens, now);
    return moved;
}

static void use_settle(struct window_use *u, int64_t length, int64_t now)
{
    int64_t end = u->reset ? u->reset : u->at + length;

    if (u->known && now >= end)
        *u = (struct window_use){0};
}

void quota_settle(struct quota *q, int64_t now)
{
    use_settle(&q->five_hour, FIVE_HOURS, now);
    use_settle(&q->seven_day, SEVEN_DAYS, now);
    use_settle(&q->seven_day_opus, SEVEN_DAYS, now);
    use_settle(&q->seven_day_sonnet, SEVEN_DAYS, now);
    use_settle(&q->requests, RATE_WINDOW, now);
    use_settle(&q->tokens, RATE_WINDOW, now);
}

/* length 0: a window whose length is not told counts by its unused share alone. */
static double use_pace(const struct window_use *u, int64_t length, int64_t now)
{
    double unused = u->used < 1 ? 1 - u->used : 0, left;

    if (!u->known)
        return 1;
    if (!length || !u->reset)
        return unused;
    left = (double)(u->reset - now) / (double)length;
    if (left < 0.001) /* what lapses within the next moments is not better than soon */
        left = 0.001;
    return unused / (left < 1 ? left : 1);
}

static const struct window_use *quota_family(const struct quota *q, enum family family)
{
    if (family == FAMILY_OPUS)
        return &q->seven_day_opus;
    return family == FAMILY_SONNET ? &q->seven_day_sonnet : NULL;
}

static double least(double pace, bool *any, const struct window_use *u, int64_t length, int64_t now)
{
    double p = use_pace(u, length, now);

    if (!u->known || (*any && p > pace))
        return pace;
    *any = true;
    return p;
}

int quota_headroom(const struct quota *q, enum family family, int64_t now)
{
    const struct window_use *own = quota_family(q, family);
    bool any = false;
    double pace = 1, step;

    pace = least(pace, &any, &q->five_hour, FIVE_HOURS, now);
    pace = least(pace, &any, &q->seven_day, SEVEN_DAYS, now);
    if (own)
        pace = least(pace, &any, own, SEVEN_DAYS, now);
    pace = least(pace, &any, &q->requests, 0, now);
    pace = least(pace, &any, &q->tokens, 0, now);
    if (pace <= 0)
        return -HEADROOM_MAX;
    step = round(HEADROOM_STEPS * log2(pace));
    if (step < -HEADROOM_MAX)
        return -HEADROOM_MAX;
    return step > HEADROOM_MAX ? HEADROOM_MAX : (int)step;
}

bool quota_family_spent(const struct quota *q, enum family family, int64_t now, int64_t *until)
{
    const struct window_use *own = quota_family(q, family);

    if (!own || !own->known || own->used < 1 || !own->reset || now >= own->reset)
        return false;
    *until = own->reset;
    return true;
}

int64_t quota_empty_at(const struct quota *q, int64_t now)
{
    const struct window_use *u = &q->five_hour;
    int64_t start = u->reset - FIVE_HOURS, empty;

    if (!u->known || !u->reset || now >= u->reset)
        return 0;
    if (u->used >= 1)
        return u->at;
    if (u->at - start < PACE_NEEDS || u->used <= 0)
        return 0;
    empty = u->at + (int64_t)((1 - u->used) / u->used * (double)(u->at - start));
    return empty < u->reset ? empty : 0;
}

double quota_elapsed(const struct quota *q, int64_t now)
{
    double left;

    if (!q->five_hour.known || !q->five_hour.reset)
        return -1;
    left = (double)(q->five_hour.reset - now) / (double)FIVE_HOURS;
    if (left < 0)
        left = 0;
    return left < 1 ? 1 - left : 0;
}
