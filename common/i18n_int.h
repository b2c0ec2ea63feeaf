/* The compiled-in catalogues: whole .mo files, made from po/ by the build. NULL without msgfmt. */
#ifndef CRS_COMMON_I18N_INT_H
#define CRS_COMMON_I18N_INT_H

extern const unsigned char *const i18n_zh_cn;

#endif
