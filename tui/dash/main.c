/* The program crs-tui. */
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include "common/err.h"
#include "common/i18n.h"
#include "common/path.h"
#include "tui/dash/dash.h"

int main(int argc, char **argv)
{
    struct options opt;
    struct err err;
    path_open_standard();
    /* Not LC_NUMERIC: JSON and prices have a point in every language. */
    bool known = setlocale(LC_CTYPE, "") != NULL;
    setlocale(LC_MESSAGES, "");
    /* Small servers have no locale of the person's language; that of C has all of Unicode. */
    if (!known && lang_of_environment() != LANG_EN)
        setlocale(LC_CTYPE, "C.UTF-8");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
        i18n_set(lang_of_environment());
    int status = 0;
    bool bad = options_read(&opt, argc, argv, &err) < 0;
    if (opt.ascii)
        i18n_set(LANG_EN);
    if (bad) {
        fprintf(stderr, "crs-tui: %s\n", err.text);
        if (err.hint[0])
            fprintf(stderr, _("hint: %s\n"), err.hint);
        status = err_row(err.code)->exit_status;
    } else if (opt.help) {
        options_help();
    } else if (opt.version) {
        puts("crs-tui " CRS_VERSION);
    } else {
        status = dash_run(&opt);
    }
    options_release(&opt);
    return status;
}
