/* What all transforms share. */
#include "dialect/dialect.h"

void transform_free(struct transform *t)
{
    if (t)
        t->free(t);
}
