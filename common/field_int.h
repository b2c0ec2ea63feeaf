/* Inside of fields and records. */
#ifndef CRS_COMMON_FIELD_INT_H
#define CRS_COMMON_FIELD_INT_H

#include "common/field.h"

bool field_has_choices(const struct field *f);
int field_choice_index(const struct field *f, const char *word); /* -1: none of them */
/* The member value of a JSON number or amount, unchecked for the row's range. */
int field_number(const struct field *f, const cJSON *v, int64_t *out, struct err *err);
int field_time(const struct field *f, const cJSON *v, int64_t *ms, struct err *err);
/* A member value of a numeric kind, exactly, as people write it. */
char *field_number_text(enum field_kind kind, int64_t v, char out[UNITS_MAX]);

#endif
