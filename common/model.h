/* Names of models as vendors, clouds and people write them. */
#ifndef CRS_COMMON_MODEL_H
#define CRS_COMMON_MODEL_H

#define MODEL_BARE_MAX 128

/* The bare name, into out: lower case; without vendor path and region ("models/", "us.anthropic."),
 * date ("-20251101", "@20251101", "-2026-03-05"), version ("-v1:0"), "-latest" and "[1m]"; dots of
 * Claude versions as hyphens. "us.anthropic.claude-opus-4-5-20251101-v1:0" gives "claude-opus-4-5".
 * Longer names are cut. */
void model_bare(const char *model, char out[MODEL_BARE_MAX]);

#endif
