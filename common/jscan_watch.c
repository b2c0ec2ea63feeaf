/* The JSON scanner: which values are watched, and what is kept of them. */
#include "common/jscan_int.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/width.h"

void jscan_watch_paths(struct jscan *s, const char *const *paths, size_t n)
{
    s->n_paths = n;
    for (size_t i = 0; i < n; i++) {
        int count = 1;
        for (const char *p = paths[i]; *p; p++)
            count += *p == '.';
        struct jscan_segment *seg = xcalloc((size_t)count, sizeof *seg);
        const char *p = paths[i];
        for (int k = 0; k < count; k++) {
            seg[k].name = p;
            seg[k].len = strcspn(p, ".");
            seg[k].element = seg[k].len == 2 && memcmp(p, "[]", 2) == 0;
            p += seg[k].len + 1;
        }
        s->segments[i] = seg;
        s->n_segments[i] = count;
    }
}

/* The lowest path of a set that is not empty, and the set without it. */
static size_t take(uint32_t *set)
{
    size_t i = (size_t)__builtin_ctz(*set);
    *set &= *set - 1;
    return i;
}

void jscan_watch_begin(struct jscan *s, enum jscan_kind kind, uint64_t at)
{
    for (uint32_t left = s->member; left;) {
        size_t i = take(&left);
        if (s->n_segments[i] != s->depth)
            continue;
        s->hits |= UINT32_C(1) << i;
        free(s->hit[i].text);
        s->hit[i] = (struct jscan_hit){.kind = kind, .begin = at};
    }
    if (s->hits && (kind == JSCAN_STRING || kind == JSCAN_NUMBER)) {
        s->capture = true;
        s->cut = false;
        buf_reset(&s->text);
    }
}

/* A cut may fall into a character. */
static void drop_partial(struct buf *text)
{
    for (size_t back = 1; back <= 3 && back <= text->len; back++) {
        unsigned char low, high, c = (unsigned char)text->data[text->len - back];
        if (c < 0x80 || c >= 0xC0) {
            if (utf8_sequence(c, &low, &high) > back)
                text->len -= back;
            break;
        }
    }
    text->data[text->len] = 0;
}

void jscan_watch_end(struct jscan *s, uint64_t end)
{
    if (s->cut && s->capture)
        drop_partial(&s->text);
    for (uint32_t left = s->hits; left;) {
        struct jscan_hit *hit = &s->hit[take(&left)];
        hit->end = end;
        if (!s->capture)
            continue;
        hit->text = xmemdup(s->text.data, s->text.len + 1);
        hit->text_len = s->text.len;
        hit->cut = s->cut;
    }
    s->hits = 0;
    s->capture = false;
}

void jscan_container_begin(struct jscan *s, bool object)
{
    struct jscan_level *level = &s->level[s->depth];
    *level = (struct jscan_level){
        .object = object,
        .target = s->hits,
        .alive = s->member & ~s->hits,
        .names = s->dup ? s->dup->n : 0,
    };
    for (uint32_t left = level->alive; left;) {
        size_t i = take(&left);
        if (!object && s->segments[i][s->depth].element)
            level->element |= UINT32_C(1) << i;
    }
    s->member = level->element;
    s->hits = 0;
    s->depth++;
}

void jscan_container_end(struct jscan *s, uint64_t end)
{
    struct jscan_level *level = &s->level[--s->depth];
    for (uint32_t left = level->target; left;) {
        struct jscan_hit *hit = &s->hit[take(&left)];
        hit->end = end;
        hit->count = level->count;
    }
}

int jscan_member(struct jscan *s)
{
    struct jscan_level *level = &s->level[s->depth - 1];
    if (s->dup)
        jscan_names_add(s->dup, s->text.data, s->text.len);
    s->member = 0;
    for (uint32_t left = s->cut ? 0 : level->alive; left;) {
        size_t i = take(&left);
        const struct jscan_segment *seg = &s->segments[i][s->depth - 1];
        if (!seg->element && seg->len == s->text.len &&
            memcmp(seg->name, s->text.data, seg->len) == 0)
            s->member |= UINT32_C(1) << i;
    }
    if (s->member & level->seen)
        return -1;
    level->seen |= s->member;
    return 0;
}
