/* The program crs. */
#include <locale.h>
#include <signal.h>
#include "common/i18n.h"
#include "tui/crs/crs.h"

int main(int argc, char **argv)
{
    /* Not LC_NUMERIC: JSON and prices have a point in every language. */
    setlocale(LC_MESSAGES, "");
    setlocale(LC_CTYPE, "");
#ifdef CRS_NLS
    bindtextdomain("crs", CRS_LOCALEDIR);
    bind_textdomain_codeset("crs", "UTF-8");
    textdomain("crs");
#endif
    /* Whoever started us may have it ignored; a closed pipe shall end us silently. */
    signal(SIGPIPE, SIG_DFL);
    return crs_main(argc, argv);
}
