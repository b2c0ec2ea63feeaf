/* The rows themselves, for the files of the method table only. */
#ifndef CRS_COMMON_METHOD_INT_H
#define CRS_COMMON_METHOD_INT_H

#include "common/method.h"

/* In the order of methods.def: row i has id i. */
extern const struct method method_rows[METHOD_COUNT];

#endif
