/* Private to the log: one line from an entry. */
#ifndef CRS_BASE_LOG_INT_H
#define CRS_BASE_LOG_INT_H

#include "base/log.h"
#include "common/buf.h"

/* Longest line with its newline: what a pipe takes in one piece (PIPE_BUF of Linux). */
#define LOG_LINE_MAX 4096

/* Adds one line with its newline. Control characters of the sentence come out escaped. */
void log_entry_print(const struct log_entry *e, bool json, struct buf *out);

#endif
