/* Looking up sentences in the compiled-in catalogues, and which language is asked for. */
#include "common/i18n.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/i18n_int.h"

/* A sentence is asked for at a thousand places, none of which has a context at hand; what language
 * they get is a property of the process, or of the thread while it answers one person. */
static atomic_int process_lang = LANG_EN;
static _Thread_local enum lang thread_lang = LANG_PROCESS;

static const char *const names[LANGS] = {"en", "zh_CN"};

const char *lang_name(enum lang l)
{
    return (unsigned)l < LANGS ? names[l] : names[LANG_EN];
}

/* --- which language ------------------------------------------------------------------------------
 */

static bool is_utf8(const char *charset, size_t n)
{
    return n == 0 || (n == 5 && strncasecmp(charset, "utf-8", n) == 0) ||
           (n == 4 && strncasecmp(charset, "utf8", n) == 0);
}

/* language[_TERRITORY][.charset][@modifier], or the tags of the web, language[-Script][-REGION].
 * Those who write traditional characters (TW, HK, MO) are better served in English than by a guess.
 */
static enum lang lang_of_span(const char *s, size_t n)
{
    static const char *const simplified[] = {"zh", "zh_CN", "zh_SG", "zh_MY", "zh_Hans"};
    char name[24] = "";
    size_t len = 0;
    while (len < n && s[len] != '.' && s[len] != '@')
        len++;
    size_t end = len;
    while (end < n && s[end] != '@')
        end++;
    if (len >= sizeof name || (end > len && !is_utf8(s + len + 1, end - len - 1)))
        return LANG_EN;
    for (size_t i = 0; i < len; i++)
        name[i] = s[i] == '-' ? '_' : s[i];
    if (strncasecmp(name, "zh_Hans_", 8) == 0)
        return LANG_ZH_CN;
    for (size_t i = 0; i < sizeof simplified / sizeof simplified[0]; i++)
        if (strcasecmp(name, simplified[i]) == 0)
            return LANG_ZH_CN;
    return LANG_EN;
}

enum lang lang_of(const char *name)
{
    return name ? lang_of_span(name, strlen(name)) : LANG_EN;
}

/* The value that rules a category: LC_ALL, the category's own, LANG; the first that is not empty.
 */
static const char *locale_for(const char *category)
{
    const char *const order[] = {"LC_ALL", category, "LANG"};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        const char *v = getenv(order[i]);
        if (v && *v)
            return v;
    }
    return "C";
}

static bool is_plain(const char *locale)
{
    return strcmp(locale, "C") == 0 || strncmp(locale, "C.", 2) == 0 ||
           strcmp(locale, "POSIX") == 0;
}

enum lang lang_of_environment(void)
{
    const char *ctype = locale_for("LC_CTYPE"), *messages = locale_for("LC_MESSAGES");
    const char *charset = strchr(ctype, '.'), *list = getenv("LANGUAGE");
    if (is_plain(messages) || (charset && !is_utf8(charset + 1, strcspn(charset + 1, "@"))))
        return LANG_EN;
    if (!list || !*list)
        return lang_of(messages);
    /* The first of the list that there is; "en" is one, so it ends the search as well. */
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, ":");
        enum lang l = lang_of_span(p, n);
        if (l != LANG_EN || (n >= 2 && strncasecmp(p, "en", 2) == 0))
            return l;
        p += n + (p[n] == ':');
    }
    return LANG_EN;
}

void i18n_set(enum lang l)
{
    atomic_store_explicit(
        &process_lang, (unsigned)l < LANGS ? (int)l : LANG_EN, memory_order_relaxed);
}

enum lang i18n_speak(enum lang l)
{
    enum lang was = thread_lang;
    thread_lang = l;
    return was;
}

/* --- looking up ----------------------------------------------------------------------------------
 */

static uint32_t number(const unsigned char *mo, size_t at)
{
    return mo[at] | (uint32_t)mo[at + 1] << 8 | (uint32_t)mo[at + 2] << 16 |
           (uint32_t)mo[at + 3] << 24;
}

/* The format of .mo files (GNU gettext manual, "The Format of GNU MO Files"), little-endian as
 * msgfmt writes it: at 8 the number of sentences, at 12 and 16 where the sorted table of the
 * originals and that of the translations lie; an entry is length and place. It comes from our own
 * build, so it is taken at its word. */
static const char *find(const unsigned char *mo, const char *s)
{
    size_t low = 0, high = number(mo, 8), originals = number(mo, 12), others = number(mo, 16);
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = strcmp(s, (const char *)mo + number(mo, originals + 8 * mid + 4));
        if (c == 0)
            return (const char *)mo + number(mo, others + 8 * mid + 4);
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

const char *i18n_text(enum lang l, const char *s)
{
    /* The empty sentence is the head of the catalogue, with its date and its maker. */
    if (l != LANG_ZH_CN || !s || !*s || !i18n_zh_cn)
        return s;
    const char *found = find(i18n_zh_cn, s);
    return found && *found ? found : s;
}

const char *i18n(const char *s)
{
    enum lang l = thread_lang;
    if (l == LANG_PROCESS)
        l = (enum lang)atomic_load_explicit(&process_lang, memory_order_relaxed);
    return i18n_text(l, s);
}

const char *i18n_context(const char *s)
{
    const char *said = i18n(s);
    return said != s ? said : strchr(s, '\004') + 1;
}

/* Chinese has one form for all numbers; a language with more would bring its rule along. */
const char *i18n_count(const char *one, const char *many, bool single)
{
    const char *said = i18n(one);
    return said != one ? said : single ? one : many;
}
