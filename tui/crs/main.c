/* The program crs. */
#include <locale.h>
#include <signal.h>
#include "common/i18n.h"
#include "common/path.h"
#include "tui/crs/crs.h"

int main(int argc, char **argv)
{
    path_open_standard();
    /* For strerror() and the signs of the terminal. Not LC_NUMERIC: JSON and prices have a point in
     * every language. */
    setlocale(LC_MESSAGES, "");
    setlocale(LC_CTYPE, "");
    i18n_set(lang_of_environment());
    /* Whoever started us may have it ignored; a closed pipe shall end us silently. */
    signal(SIGPIPE, SIG_DFL);
    return crs_main(argc, argv);
}
