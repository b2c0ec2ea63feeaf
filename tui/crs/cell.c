/* One value as text. */
#include <stdlib.h>
#include <string.h>
#include "common/clock.h"
#include "common/units.h"
#include "common/width.h"
#include "tui/crs/view.h"

#define RELATIVE_MAX (60 * MS_DAY) /* beyond it a date says more */

/* One unit is enough for a glance. */
static int64_t rounded(int64_t away)
{
    int64_t unit = away >= MS_DAY      ? MS_DAY
                   : away >= MS_HOUR   ? MS_HOUR
                   : away >= MS_MINUTE ? MS_MINUTE
                                       : MS_SECOND;
    return away / unit * unit;
}

void cell_moment(int64_t ms, int64_t now, struct buf *out)
{
    char span[UNITS_MAX];
    int64_t away = ms > now ? ms - now : now - ms;
    if (away < MS_SECOND)
        buf_adds(out, _("now"));
    else if (ms > now)
        buf_addf(out, _("in %s"), units_duration(span, rounded(away)));
    else
        buf_addf(out, _("%s ago"), units_duration(span, rounded(away)));
}

static bool moment_of(const cJSON *v, int64_t *ms)
{
    return cJSON_IsString(v) && strlen(v->valuestring) >= 20 &&
           units_parse_time(v->valuestring, NULL, 0, 0, ms, NULL) == 0;
}

static bool put_moment(struct crs *c, const cJSON *v, enum style style, struct buf *out)
{
    char date[UNITS_MAX];
    int64_t ms, now = clock_now();
    if (!moment_of(v, &ms))
        return false;
    int64_t away = ms > now ? ms - now : now - ms;
    if (style == STYLE_SHORT && away <= RELATIVE_MAX) {
        cell_moment(ms, now, out);
        return true;
    }
    buf_adds(out, units_datetime(date, c->zone, ms));
    if (style == STYLE_LONG) {
        buf_adds(out, " (");
        cell_moment(ms, now, out);
        buf_addc(out, ')');
    }
    return true;
}

/* Exactly what is on the wire, without the quotes of strings. */
static void put_plain(const cJSON *v, struct buf *out)
{
    if (cJSON_IsString(v))
        buf_adds(out, v->valuestring);
    else
        json_print(v, out);
}

static void put_list(const cJSON *v, const char *between, struct buf *out)
{
    for (const cJSON *e = v->child; e; e = e->next) {
        if (cJSON_IsObject(v))
            buf_addf(out, "%s=", e->string);
        put_plain(e, out);
        if (e->next)
            buf_adds(out, between);
    }
}

static bool is_plain_list(const cJSON *v)
{
    for (const cJSON *e = v->child; e; e = e->next)
        if (cJSON_IsObject(e) || cJSON_IsArray(e))
            return false;
    return cJSON_IsArray(v);
}

static const char *find_unsafe(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7F)
            return s;
    return NULL;
}

void cell_text(
    struct crs *c, const struct field *f, const cJSON *v, enum style style, struct buf *out)
{
    struct buf raw = BUF_INIT;
    if (!v || cJSON_IsNull(v))
        return;
    bool map = f->kind == F_MAP && cJSON_IsObject(v);
    if (style == STYLE_PLAIN && (map || is_plain_list(v)))
        put_list(v, ",", out);
    else if (style == STYLE_PLAIN)
        put_plain(v, out);
    else if (f->kind == F_TIME && put_moment(c, v, style, out))
        ;
    else if (is_plain_list(v) && f->kind == F_OBJECT)
        put_list(v, ", ", &raw);
    else
        field_print(f, v, &raw);
    if (raw.len && find_unsafe(raw.data))
        width_clean(out, raw.data);
    else
        buf_add(out, raw.data, raw.len);
    buf_release(&raw);
}

/* --- states --------------------------------------------------------------------------------------
 */

enum mood { MOOD_NONE, MOOD_GOOD, MOOD_WARN, MOOD_BAD };

static enum mood mood_of(const struct field *f, const cJSON *v)
{
    static const struct {
        const char *word;
        enum mood mood;
    } moods[] = {
        {"ready", MOOD_GOOD},
        {"active", MOOD_GOOD},
        {"ok", MOOD_GOOD},
        {"limited", MOOD_WARN},
        {"cooling", MOOD_WARN},
        {"paused", MOOD_WARN},
        {"warn", MOOD_WARN},
        {"off", MOOD_WARN},
        {"expired", MOOD_WARN},
        {"blocked", MOOD_BAD},
        {"login", MOOD_BAD},
        {"fail", MOOD_BAD},
        {"failed", MOOD_BAD},
        {"error", MOOD_BAD},
    };
    if (!cJSON_IsString(v) || (strcmp(f->name, "state") != 0 && strcmp(f->name, "level") != 0))
        return MOOD_NONE;
    for (size_t i = 0; i < sizeof moods / sizeof moods[0]; i++)
        if (strcmp(v->valuestring, moods[i].word) == 0)
            return moods[i].mood;
    return MOOD_NONE;
}

const char *cell_colour(const struct field *f, const cJSON *v)
{
    static const char *const sgr[] = {"", "\033[32m", "\033[33m", "\033[31m"};
    return sgr[mood_of(f, v)];
}

bool cell_alarming(const struct field *f, const cJSON *v)
{
    return mood_of(f, v) >= MOOD_WARN && f->kind == F_ENUM;
}
