/* Sentences for people, in their language. The English sentence is the key; what has no translation
 * stays English. The catalogues are compiled in: nothing to find at run time, nothing that can be
 * missing, and no locale need exist on the machine (the smallest servers have none).
 *
 * _() looks a sentence up where it is used; N_() only marks it, for tables. err_set(), err_hint(),
 * err_prefix() and fault_set() look their formats up themselves. Logs are English, save for what
 * they quote of an answer; names and codes in JSON are the same in every language.
 */
#ifndef CRS_COMMON_I18N_H
#define CRS_COMMON_I18N_H

#include <stdbool.h>

/* In the order of the words of the setting `language`. */
enum lang {
    LANG_EN,
    LANG_ZH_CN,
    LANGS,
    LANG_PROCESS = LANGS, /* for i18n_speak: that of the process */
};

/* "en", "zh_CN" */
const char *lang_name(enum lang l);
/* The language for the name of a locale or language: zh_CN.UTF-8, zh-Hans, en_US. English for any
 * other, for NULL, and where a character set other than UTF-8 is named. */
enum lang lang_of(const char *name);
/* As the environment says (POSIX 8.2; LANGUAGE as GNU gettext has it). Reads the variables itself:
 * setlocale() knows only the locales that were generated on the machine. */
enum lang lang_of_environment(void);

/* The language of the process, English at first. Any thread. */
void i18n_set(enum lang l);
/* The language of the calling thread from here on; gives what it was, to put it back. */
enum lang i18n_speak(enum lang l);
/* Sentence in a language; s itself where there is no other. Never allocates; lives as long as s and
 * the program. */
const char *i18n_text(enum lang l, const char *s) __attribute__((format_arg(2)));
/* In the language of the thread. */
const char *i18n(const char *s) __attribute__((format_arg(1)));
/* The form for one, or for many. */
const char *i18n_count(const char *one, const char *many, bool single)
    __attribute__((format_arg(1), format_arg(2)));

/* As i18n(), for a sentence that begins with its context and '\004', as in .mo files. */
const char *i18n_context(const char *s);

#define _(s) i18n(s)
/* One English word that is several in another language: C_("command line", "Usage"). Literals. */
#define C_(context, s) i18n_context(context "\004" s)
#define P_(one, many, n) i18n_count(one, many, (n) == 1)
#define N_(s) s

#endif
