/* Sentences for people, in their language. _() looks one up where it is used; N_() only marks it, for
 * tables. Without CRS_NLS (a system without gettext) everything is English. Messages that come from
 * the relay are English as well: they are for the log and the wire too. */
#ifndef CRS_COMMON_I18N_H
#define CRS_COMMON_I18N_H

#ifdef CRS_NLS
#include <libintl.h>
#define _(s) gettext(s)
#define P_(one, many, n) ngettext(one, many, n)
#else
#define _(s) (s)
#define P_(one, many, n) ((n) == 1 ? (one) : (many))
#endif
#define N_(s) (s)

#endif
