/* What the readers of conversations share. */
#ifndef CRS_TESTS_TALK_INT_H
#define CRS_TESTS_TALK_INT_H

#include "tests/conversations/talk.h"

struct reading {
    struct talks *talks;
    struct talk *talk;   /* NULL before the first title */
    struct stage *base;  /* what new conversations begin with */
    struct stage *stage; /* of the present one */
    bool hears;          /* lines of answers are the client's */
    const char *file;
    int line;
    int64_t now;
};

_Noreturn void reading_refuse(const struct reading *r, const char *what);
/* The text as one side knows it: names and moments put in. */
void reading_expand(const struct reading *r, enum side side, const char *p, struct buf *out);
char *reading_expanded(const struct reading *r, enum side side, const char *text); /* heap */

/* Lines that may stand before and between conversations; inside of one they are its own. */
bool stage_line(struct reading *r, const char *word, const char *rest);
struct stage *stage_copy(struct talks *t, const struct stage *s);
void stage_free(struct stage *s);

#endif
