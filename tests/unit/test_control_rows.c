/* The method table as data: what every row must have, and that its examples are true. */
#include "control_kit.h"
#include "common/alloc.h"
#include "common/method.h"

static const struct method *row(int i)
{
    const struct method *m = method_by_id((enum method_id)i);
    assert_non_null(m);
    return m;
}

static void fields_sound(const struct method *m, const struct field *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!f[i].name || !f[i].help || !*f[i].help || f[i].help[strlen(f[i].help) - 1] == '.')
            fail_msg("%s: field %zu has no name or a bad help", m->wire, i);
        if (field_find(f, n, f[i].name) != &f[i])
            fail_msg("%s: '%s' is there twice", m->wire, f[i].name);
        if (f[i].kind == F_ENUM && !f[i].choices)
            fail_msg("%s: '%s' has no choices", m->wire, f[i].name);
        for (const char *c = f[i].name; *c; c++)
            if (!(*c == '_' || (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9')))
                fail_msg("%s: '%s' is not snake case", m->wire, f[i].name);
    }
}

static void test_rows_are_whole(void **state)
{
    (void)state;
    for (int i = 0; i < (int)METHOD_COUNT; i++) {
        const struct method *m = row(i);
        assert_int_equal(m->id, i);
        assert_true(m->level >= LEVEL_READ && m->level <= LEVEL_ADMIN);
        if (!m->wire || !m->summary || !m->example)
            fail_msg("row %d has no wire name, summary or example", i);
        if (m->summary[strlen(m->summary) - 1] == '.')
            fail_msg("%s: summary ends with a full stop", m->wire);
        if (m->flags & M_DESTROYS && !(m->flags & M_MUTATES))
            fail_msg("%s destroys and does not mutate", m->wire);
        fields_sound(m, m->params, m->n_params);
        fields_sound(m, m->result, m->n_result);
    }
}

static void test_words_are_unique(void **state)
{
    (void)state;
    for (int i = 0; i < (int)METHOD_COUNT; i++)
        for (int j = i + 1; j < (int)METHOD_COUNT; j++) {
            assert_string_not_equal(row(i)->wire, row(j)->wire);
            if (row(i)->words && row(j)->words)
                assert_string_not_equal(row(i)->words, row(j)->words);
        }
}

/* A result that is a secret says so, and so does a secret parameter. */
static void test_secrets_are_flagged(void **state)
{
    (void)state;
    for (int i = 0; i < (int)METHOD_COUNT; i++) {
        const struct method *m = row(i);
        bool secret = false;
        for (size_t f = 0; f < m->n_params; f++)
            secret |= m->params[f].kind == F_SECRET;
        for (size_t f = 0; f < m->n_result; f++)
            secret |= m->result[f].kind == F_SECRET;
        if (secret && !(m->flags & M_SECRET))
            fail_msg("%s handles a secret and is not flagged", m->wire);
    }
}

/* Positional parameters come first and only the last takes many; a required one is never an option
 * unless it is a secret or of a method without words. */
static void test_positions(void **state)
{
    (void)state;
    for (int i = 0; i < (int)METHOD_COUNT; i++) {
        const struct method *m = row(i);
        bool option = false, many = false;
        for (size_t f = 0; f < m->n_params; f++) {
            unsigned flags = m->params[f].flags;
            if (flags & FIELD_POSITIONAL) {
                if (option || many)
                    fail_msg("%s: positional '%s' comes late", m->wire, m->params[f].name);
                many = flags & FIELD_MANY;
            } else {
                option = true;
                if (flags & FIELD_REQUIRED && m->words && m->params[f].kind != F_SECRET)
                    fail_msg("%s: '%s' is a required option", m->wire, m->params[f].name);
            }
        }
    }
}

/* --- examples: read as crs would -------------------------------------------------------------- */

struct words {
    char *v[64];
    size_t n;
};

static void split(struct words *w, char *line)
{
    w->n = 0;
    for (char *p = line; *p && w->n < 64;) {
        while (*p == ' ')
            p++;
        char quote = *p == '\'' ? *p++ : ' ';
        w->v[w->n++] = p;
        while (*p && *p != quote)
            p++;
        if (*p)
            *p++ = 0;
    }
}

/* Options that crs has for every command, or for a special way of asking. */
static bool is_global(const char *name, bool *takes_value)
{
    static const struct {
        const char *name;
        bool value;
    } globals[] = {{"json", false}, {"fields", true}, {"dry_run", false}, {"begin", false},
        {"finish", true}, {"code_stdin", false}};
    for (size_t i = 0; i < sizeof globals / sizeof globals[0]; i++)
        if (strcmp(globals[i].name, name) == 0) {
            *takes_value = globals[i].value;
            return true;
        }
    return false;
}

static void put_value(
    const struct method *m, const struct field *f, cJSON *params, const char *text)
{
    struct err err = {0};
    struct field one = *f;
    one.flags &= ~(unsigned)FIELD_MANY;
    cJSON *v = field_value(&one, text, NULL, INT64_C(1772452800000), &err);
    if (!v)
        fail_msg("%s: example value '%s' for '%s': %s", m->wire, text, f->name, err.text);
    if (!(f->flags & FIELD_MANY)) {
        json_put(params, f->name, v);
        return;
    }
    cJSON *list = cJSON_GetObjectItemCaseSensitive(params, f->name);
    if (!list) {
        list = cJSON_CreateArray();
        json_put(params, f->name, list);
    }
    cJSON_AddItemToArray(list, v);
}

static const struct field *next_positional(const struct method *m, size_t *at)
{
    for (; *at < m->n_params; ++*at)
        if (m->params[*at].flags & FIELD_POSITIONAL)
            return m->params[*at].flags & FIELD_MANY ? &m->params[*at] : &m->params[(*at)++];
    return NULL;
}

static size_t option(const struct method *m, cJSON *params, const struct words *w, size_t i)
{
    char *name = xstrdup(w->v[i] + 2);
    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : *c;
    const struct field *f = field_find(m->params, m->n_params, name);
    bool value = false;
    size_t n = strlen(name);
    if (!f && n > 6 && strcmp(name + n - 6, "_stdin") == 0 && !is_global(name, &value)) {
        name[n - 6] = 0;
        f = field_find(m->params, m->n_params, name);
        assert_non_null(f);
        assert_int_equal(f->kind, F_SECRET);
        put_value(m, f, params, "secret-from-stdin");
    } else if (!f) {
        if (!is_global(name, &value))
            fail_msg("%s: example has the unknown option --%s", m->wire, name);
        i += value;
    } else if (f->kind == F_BOOL) {
        put_value(m, f, params, "yes");
    } else {
        assert_true(i + 1 < w->n);
        put_value(m, f, params, w->v[++i]);
    }
    free(name);
    return i + 1;
}

static void check_example(const struct method *m, char *line)
{
    struct words w;
    struct err err = {0};
    size_t used = 0, at = 0;
    char *redirect = strstr(line, " <");
    if (redirect)
        *redirect = 0;
    split(&w, line);
    assert_string_equal(w.v[0], "crs");
    const struct method *found = method_by_words(w.v + 1, w.n - 1, &used);
    if (!m->words)
        return; /* a command of crs itself: account add, call, describe */
    if (found != m)
        fail_msg("%s: its example is another command", m->wire);
    cJSON *params = cJSON_CreateObject();
    bool begin_or_finish = false;
    for (size_t i = 1 + used; i < w.n;) {
        if (strcmp(w.v[i], "-o") == 0) {
            i += 2;
        } else if (strncmp(w.v[i], "--", 2) == 0) {
            begin_or_finish |= strcmp(w.v[i], "--begin") == 0;
            i = option(m, params, &w, i);
        } else {
            const struct field *f = next_positional(m, &at);
            if (!f)
                fail_msg("%s: example has one word too many: %s", m->wire, w.v[i]);
            if (f->kind == F_LIST) {
                /* Words of their own make one list. */
                cJSON *list = cJSON_GetObjectItemCaseSensitive(params, f->name);
                if (!list)
                    json_put(params, f->name, list = cJSON_CreateArray());
                cJSON_AddItemToArray(list, cJSON_CreateString(w.v[i]));
                at = (size_t)(f - m->params);
            } else {
                put_value(m, f, params, w.v[i]);
            }
            i++;
        }
    }
    for (size_t f = 0; f < m->n_params; f++)
        if (m->params[f].kind == F_SECRET && m->params[f].flags & FIELD_REQUIRED &&
            !json_at(params, m->params[f].name))
            json_put_str(params, m->params[f].name, "asked-for");
    if (!begin_or_finish && method_check(m, params, &err) < 0)
        fail_msg("%s: example does not pass: %s", m->wire, err.text);
    cJSON_Delete(params);
}

static void test_examples_pass(void **state)
{
    (void)state;
    for (int i = 0; i < (int)METHOD_COUNT; i++) {
        char *text = xstrdup(row(i)->example), *rest = text, *line;
        while ((line = strsep(&rest, "\n")))
            check_example(row(i), line);
        free(text);
    }
}

static void test_help_topics(void **state)
{
    (void)state;
    size_t n;
    const struct help_topic *t = help_topics(&n);
    assert_true(n >= 7);
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(t[i].text);
        assert_true(len > 0 && t[i].text[len - 1] == '\n');
        for (const char *p = t[i].text; *p; p = strchr(p, '\n') + 1)
            if (strcspn(p, "\n") > 98)
                fail_msg("%s: a line is too long: %.40s", t[i].name, p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_whole),
        cmocka_unit_test(test_words_are_unique),
        cmocka_unit_test(test_secrets_are_flagged),
        cmocka_unit_test(test_positions),
        cmocka_unit_test(test_examples_pass),
        cmocka_unit_test(test_help_topics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
