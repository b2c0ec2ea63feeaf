/* The program crs-tui. */
#include <locale.h>
#include <stdio.h>
#include "common/err.h"
#include "common/i18n.h"
#include "tui/dash/dash.h"

int main(int argc, char **argv)
{
    struct options opt;
    struct err err;
    /* Not LC_NUMERIC: JSON and prices have a point in every language. */
    setlocale(LC_CTYPE, "");
    setlocale(LC_MESSAGES, "");
#ifdef CRS_NLS
    bindtextdomain("crs", CRS_LOCALEDIR);
    bind_textdomain_codeset("crs", "UTF-8");
    textdomain("crs");
#endif
    int status = 0;
    if (options_read(&opt, argc, argv, &err) < 0) {
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
