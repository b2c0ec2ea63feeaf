/* Model names against lists, families, and the names of services. */
#include "rule/rule.h"

#include <ctype.h>
#include <string.h>
#include "common/model.h"

static const char *const services[SERVICES] = {"claude", "openai", "gemini", "droid"};

const char *service_name(enum service s)
{
    return (unsigned)s < SERVICES ? services[s] : "claude";
}

int service_by_name(const char *name, enum service *out)
{
    for (int i = 0; i < SERVICES; i++) {
        if (strcmp(services[i], name) == 0) {
            *out = (enum service)i;
            return 0;
        }
    }
    return -1;
}

enum family model_family(const char *model)
{
    static const struct {
        const char *word;
        enum family family;
    } words[] = {{"haiku", FAMILY_HAIKU}, {"sonnet", FAMILY_SONNET}, {"opus", FAMILY_OPUS},
        {"fable", FAMILY_FABLE}, {"mythos", FAMILY_FABLE}, {"gemini", FAMILY_GEMINI},
        {"gpt", FAMILY_GPT}, {"codex", FAMILY_GPT}};
    char bare[MODEL_BARE_MAX];
    model_bare(model ? model : "", bare);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strstr(bare, words[i].word))
            return words[i].family;
    }
    /* o1, o3-mini, o4-mini-deep-research */
    bool o_series =
        bare[0] == 'o' && isdigit((unsigned char)bare[1]) && (bare[2] == 0 || bare[2] == '-');
    return o_series ? FAMILY_GPT : FAMILY_OTHER;
}

const char *family_name(enum family f)
{
    static const char *const names[FAMILIES] = {
        "other", "haiku", "sonnet", "opus", "fable", "gpt", "gemini"};
    return (unsigned)f < FAMILIES ? names[f] : names[FAMILY_OTHER];
}

bool model_is_opus_class(const char *model)
{
    enum family f = model_family(model);
    return f == FAMILY_OPUS || f == FAMILY_FABLE;
}

static bool matches(const char *pattern, const char *model, const char *bare)
{
    return text_glob(pattern, model) || text_glob(pattern, bare);
}

bool model_allowed(const char *model, const struct strlist *only, const struct strlist *not_these)
{
    char bare[MODEL_BARE_MAX], other[MODEL_BARE_MAX];
    model_bare(model, bare);
    for (size_t i = 0; not_these && i < not_these->n; i++) {
        const char *pattern = not_these->v[i];
        if (matches(pattern, model, bare))
            return false;
        /* A dated name forbids the undated one too, which may well be served by the same model. */
        model_bare(pattern, other);
        if (!strpbrk(pattern, "*?") && strcmp(other, bare) == 0)
            return false;
    }
    if (!only || only->n == 0)
        return true;
    for (size_t i = 0; i < only->n; i++) {
        if (matches(only->v[i], model, bare))
            return true;
    }
    return false;
}

/* Of a row "asked=served": whether asked is this model, and where served begins. */
static const char *mapped_by(const char *row, const char *model, const char *bare, bool glob)
{
    const char *eq = strchr(row, '=');
    char asked[2 * MODEL_BARE_MAX];
    if (!eq || eq == row || !eq[1] || (size_t)(eq - row) >= sizeof asked)
        return NULL;
    memcpy(asked, row, (size_t)(eq - row));
    asked[eq - row] = 0;
    bool hit = glob ? matches(asked, model, bare) : strcmp(asked, model) == 0;
    return hit ? eq + 1 : NULL;
}

const char *model_mapped(const char *model, const struct strlist *map)
{
    char bare[MODEL_BARE_MAX];
    const char *served = NULL;
    model_bare(model, bare);
    /* A row with the very name goes before any pattern. */
    for (size_t i = 0; map && i < map->n && !served; i++)
        served = mapped_by(map->v[i], model, bare, false);
    for (size_t i = 0; map && i < map->n && !served; i++)
        served = mapped_by(map->v[i], model, bare, true);
    return served && strcmp(served, model) != 0 ? served : NULL;
}
