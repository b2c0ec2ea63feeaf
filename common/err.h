/* Errors as values: what is wrong in one sentence, what to do next in another.
 *
 * A function that can fail returns 0 / -1 (or a pointer / NULL) and takes `struct err *err` last.
 * err may be NULL where the caller does not want the reason. The sentence puts the fault first,
 * quotes the subject, has no capital and no full stop: "no such key 'ci-buld'". Formats are looked up
 * in the language of the thread (common/i18n.h): they are literals without _().
 */
#ifndef CRS_COMMON_ERR_H
#define CRS_COMMON_ERR_H

#include <stdarg.h>

/* The codes are the vocabulary between daemon and clients; err_row() says how each one looks as
 * a JSON-RPC code, a process exit status and an HTTP status of the admin door. */
enum err_code {
    ERR_NONE = 0,
    ERR_FAILED,      /* tried and failed: upstream said no, store error */
    ERR_USAGE,       /* wrong words or values */
    ERR_NOT_FOUND,   /* no such thing */
    ERR_DENIED,      /* not allowed */
    ERR_CONFLICT,    /* name taken, still bound, revision changed */
    ERR_CHECK,       /* a check did not pass */
    ERR_UNREACHABLE, /* no daemon, or another protocol */
    ERR_TIMEOUT,     /* took longer than asked; it may still happen */
    ERR_DECLINED,    /* the person said no */
    ERR_PROTOCOL,    /* a peer broke the format */
    ERR_BUSY,        /* a bound was reached, try later */
    ERR_CODES
};

struct err {
    enum err_code code;
    char text[384];
    char hint[384]; /* empty: none */
};

struct err_row {
    enum err_code code;
    const char *name; /* "not_found": stable, in JSON */
    int rpc;          /* JSON-RPC 2.0 error code */
    int exit_status;  /* of crs; see crs help exit-status */
    int http;         /* of the HTTP admin */
};

/* Sets code and sentence, clears the hint; always -1, for `return err_set(...)`. Cuts overlong text
 * at a character. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds what to do next; always -1. Keeps code and sentence. */
int err_hint(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Puts "fmt: " before the present sentence: the caller's knowledge of the subject. Always -1. */
int err_prefix(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void err_clear(struct err *err);

/* Never NULL: unknown codes give the row of ERR_FAILED. */
const struct err_row *err_row(enum err_code code);
const struct err_row *err_row_by_name(const char *name);

#endif
