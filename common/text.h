/* Small text helpers without allocation unless said. */
#ifndef CRS_COMMON_TEXT_H
#define CRS_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A borrowed piece of bytes, not NUL-terminated. */
struct span {
    const char *p;
    size_t n;
};
struct span span_of(const char *s); /* NULL gives an empty span */
bool span_eq(struct span a, const char *b);
bool span_caseeq(struct span a, const char *b); /* ASCII case */
struct span span_trim(struct span s);           /* blanks and tabs at both ends */
char *span_dup(struct span s);                  /* heap, NUL-terminated */

/* Glob with * and ? over bytes, ASCII case ignored; linear in the worst case times stars. */
bool text_glob(const char *pattern, const char *s);
bool text_starts(const char *s, const char *prefix);
bool text_ends(const char *s, const char *suffix);
/* Equal, in time that depends on the lengths only. */
bool text_equal_ct(const char *a, const char *b);
/* Lower-case hex of n bytes into out[2n+1]; the reverse gives -1 on a bad digit or wrong length. */
void text_hex(const unsigned char *bytes, size_t n, char *out);
int text_unhex(const char *hex, unsigned char *out, size_t n);
/* base64url without padding, heap. */
char *text_base64url(const unsigned char *bytes, size_t n);
/* base64 with padding (RFC 4648 4), heap. */
char *text_base64(const void *bytes, size_t n);
struct buf;
/* Adds s as one word of a POSIX shell (2.2): as it is when it has only letters, digits and
 * _-./:@%+, else in single quotes. A word may still begin with '-'. */
void text_shell_word(struct buf *out, const char *s);
/* The same alone, heap. */
char *text_shell_quoted(const char *s);
/* Adds what makes a terminal put s into its clipboard (xterm's OSC 52). */
void text_osc52(struct buf *out, const char *s);
/* Percent-encodes everything but unreserved characters (RFC 3986 2.3), heap. */
char *text_urlencode(const char *s);
/* Edit distance (capped at 9) for "did you mean". */
int text_distance(const char *a, const char *b);
/* The nearest of the n words to `word`, or NULL when none is near. */
const char *text_nearest(const char *word, const char *const *words, size_t n);
/* "cr_8f3a…c41e": shows what a secret was without showing it. Heap. Under 12 characters: "…". */
char *text_redact(const char *secret);

/* A list of owned strings. */
struct strlist {
    char **v;
    size_t n;
};
void strlist_add(struct strlist *l, const char *s);
void strlist_addn(struct strlist *l, const char *s, size_t n);
bool strlist_has(const struct strlist *l, const char *s);
void strlist_remove(struct strlist *l, const char *s);
void strlist_copy(struct strlist *to, const struct strlist *from);
bool strlist_equal(const struct strlist *a, const struct strlist *b);
/* Splits at any of the separator characters, trims, drops empty parts; adds to l. */
void strlist_split(struct strlist *l, const char *s, const char *separators);
char *strlist_join(const struct strlist *l, const char *sep); /* heap */
void strlist_release(struct strlist *l);

#endif
