/* Options: the command line wins over the environment, that over the configuration file. */
#include "tui/dash/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/conf.h"
#include "common/i18n.h"
#include "common/path.h"
#include "common/text.h"
#include "tui/dash/term.h"

struct option_row {
    int letter;
    const char *name, *argument, *help;
};
static const struct option_row rows[] = {
#define OPTION(letter, name, argument, help) {letter, name, argument, help},
#include "tui/dash/options.def"
#undef OPTION
};
#define ROWS (sizeof rows / sizeof rows[0])

static bool is_on(const char *value)
{
    return value && *value && strcmp(value, "0") != 0 && strcmp(value, "no") != 0 &&
           strcmp(value, "off") != 0;
}

static int pick(
    int *to, int found, const char *what, const char *value, const char *choices, struct err *err)
{
    if (found < 0) {
        err_set(err, ERR_USAGE, _("no such %s '%.60s'"), what, value);
        return err_hint(err, _("one of %s"), choices);
    }
    *to = found;
    return 0;
}

/* One setting, wherever it comes from. */
static int set(struct options *o, const char *name, const char *value, struct err *err)
{
    if (strcmp(name, "host") == 0) {
        free(o->host);
        o->host = xstrdup(value);
    } else if (strcmp(name, "read-only") == 0) {
        o->read_only = is_on(value);
    } else if (strcmp(name, "demo") == 0) {
        o->demo = is_on(value);
    } else if (strcmp(name, "ascii") == 0) {
        o->ascii = is_on(value);
    } else if (strcmp(name, "accessible") == 0) {
        o->accessible = is_on(value);
    } else if (strcmp(name, "mouse") == 0) {
        o->mouse = is_on(value);
    } else if (strcmp(name, "clipboard") == 0) {
        o->clipboard = is_on(value);
    } else if (strcmp(name, "help") == 0) {
        o->help = true;
    } else if (strcmp(name, "version") == 0) {
        o->version = true;
    } else if (strcmp(name, "theme") == 0) {
        free(o->theme_word);
        o->theme_word = xstrdup(value);
    } else if (strcmp(name, "charts") == 0) {
        return pick(&o->charts, chart_set_by_name(value), _("set of chart signs"), value,
            "ascii, block, braille", err);
    } else if (strcmp(name, "fps") == 0) {
        o->fps = atoi(value);
        if (o->fps < 1 || o->fps > 30)
            return err_set(err, ERR_USAGE, _("'fps' must be 1 to 30, not '%.40s'"), value);
    } else {
        return err_set(err, ERR_USAGE, _("no such setting '%.60s' in [tui]"), name);
    }
    return 0;
}

static int from_file(struct options *o, const struct conf *c, struct err *err)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->v[i].section, "tui") == 0 && set(o, c->v[i].name, c->v[i].value, err) < 0) {
            err_prefix(err, "%s:%d", c->path, c->v[i].line);
            return -1;
        }
    return custom_keys(o, c, err);
}

/* The word is known to be good or bad only when all sections were read. */
static int find_theme(struct options *o, const struct conf *c, struct err *err)
{
    const char *word = o->theme_word;
    int own = word && theme_by_name(word) < 0 ? custom_theme(o, c, word, err) : 0;
    if (own < 0 || !word)
        return own;
    return pick(&o->theme, own ? THEME_OWN : theme_by_name(word), _("theme"), word,
        _("terminal, dark, light, contrast, mono, or NAME of a section [theme.NAME]"), err);
}

static void from_environment(struct options *o)
{
    const char *a = getenv("CRS_ACCESSIBLE");
    a = a && *a ? a : getenv("ACCESSIBLE");
    if (a && *a)
        o->accessible = is_on(a);
    const char *none = getenv("NO_COLOR"), *colour = getenv("CRS_COLOR");
    if ((none && *none) || (colour && strcmp(colour, "never") == 0))
        set(o, "theme", "mono", NULL);
}

static int from_line(struct options *o, int argc, char **argv, struct err *err)
{
    struct option longs[ROWS + 1] = {0};
    char letters[2 * ROWS + 2] = ":";
    int index = 0, c;
    for (size_t i = 0; i < ROWS; i++) {
        longs[i] = (struct option){rows[i].name, rows[i].argument ? required_argument : no_argument,
            NULL, rows[i].letter ? rows[i].letter : 256 + (int)i};
        if (rows[i].letter)
            snprintf(
                letters + strlen(letters), 3, "%c%s", rows[i].letter, rows[i].argument ? ":" : "");
    }
    while ((c = getopt_long(argc, argv, letters, longs, &index)) != -1) {
        const struct option_row *row = NULL;
        for (size_t i = 0; i < ROWS; i++)
            if (longs[i].val == c)
                row = &rows[i];
        if (!row) {
            err_set(err, ERR_USAGE,
                c == ':' ? _("option '%.60s' needs a value") : _("no such option '%.60s'"),
                argv[optind - 1]);
            return err_hint(err, "crs-tui --help");
        }
        bool not = text_starts(row->name, "no-");
        if (set(o, row->name + (not ? 3 : 0), not ? "no" : optarg ? optarg : "yes", err) < 0)
            return -1;
    }
    if (optind < argc) {
        err_set(err, ERR_USAGE, _("crs-tui takes no words, only options: '%.60s'"), argv[optind]);
        return err_hint(err, "crs-tui --help");
    }
    return 0;
}

int options_read(struct options *o, int argc, char **argv, struct err *err)
{
    *o = (struct options){.mouse = true, .clipboard = true, .theme = -1, .charts = -1, .fps = 10};
    keymap_init(&o->keys);
    opterr = 0;
    char *path = path_user_config();
    struct conf c = {0};
    int r = conf_read(&c, path, err);
    r = r < 0 && err->code == ERR_NOT_FOUND ? 0 : r;
    r = r == 0 ? from_file(o, &c, err) : r;
    if (r == 0) {
        from_environment(o);
        r = from_line(o, argc, argv, err);
    }
    r = r == 0 ? find_theme(o, &c, err) : r;
    conf_release(&c);
    free(path);
    return r;
}

void options_release(struct options *o)
{
    free(o->host);
    free(o->theme_word);
    o->host = o->theme_word = NULL;
}

void options_help(void)
{
    puts(_("crs-tui - the dashboard of the relay\n\nusage: crs-tui [options]\n"));
    for (size_t i = 0; i < ROWS; i++) {
        char left[60];
        snprintf(left, sizeof left, "%c%c%s--%s%s%s", rows[i].letter ? '-' : ' ',
            rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? ", " : "  ", rows[i].name,
            rows[i].argument ? " " : "", rows[i].argument ? _(rows[i].argument) : "");
        printf("  %-24s  %s\n", left, _(rows[i].help));
    }
    puts(_("\nKeys are shown by ? inside. Everything here can also be done with crs."));
}
