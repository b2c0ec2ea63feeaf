/* Cases as data (tests/flow/cases/): a file is one relay, a case is a list of commands. README
 * there has the words.
 */
#ifndef CRS_TESTS_CASE_H
#define CRS_TESTS_CASE_H

#include "tests/flow/ask.h"
#include "tests/flow/rig.h"

#define WORDS_MAX 48
#define HELD_MAX 32

struct line {
    int number; /* in the file */
    char *text; /* owned copy, cut into words */
    char *words[WORDS_MAX];
    int n;
};
struct held { /* a request under way */
    char name[24];
    int fd;
    struct answer answer;
    bool open;
};
struct story { /* a case while it runs */
    struct rig *rig;
    const char *file;
    const char *title;
    int line;
    int64_t rows_before; /* attempts in the ledger when it began */
    int64_t rows_seen;   /* of its own, by `row` */
    int64_t requests_before;
    char key[64]; /* key used last */
    struct {
        char name[64];
        char *secret;
    } keys[16];
    int n_keys;
    struct answer answer; /* the last one */
    struct held held[HELD_MAX];
};

struct command {
    const char *name;
    void (*run)(struct story *s, const struct line *l);
    int least; /* words behind the name */
};
extern const struct command setup_commands[], ask_commands[], look_commands[];

/* case_read.c: words, "name=value" and values as JSON */
void line_read(struct line *l, const char *text, int number);
void line_release(struct line *l);
const char *word_value(const struct line *l, const char *name); /* of name=value; NULL */
bool word_flag(const struct line *l, const char *name);         /* the bare word is there */
bool word_split(const char *word, char *name, size_t size, const char **value);
cJSON *value_json(const char *text);
/* {"name":value,…} of the words from `from` on. */
cJSON *words_json(const struct line *l, int from);
int64_t span_ms(const char *text); /* "90s" "5m" "2h" "1d" "250ms" */

/* Ends the case with its place. */
void story_fail(const struct story *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));
/* Milliseconds from the present moment of the relay to a time in its answer. */
int64_t story_ahead(struct story *s, const char *when);
const char *story_secret(struct story *s, const char *key);

#endif
