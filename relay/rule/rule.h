/* Pure rules: which client is this, which models may it use. The patterns are data (clients.json),
 * loaded once, refcounted. */
#ifndef CRS_RULE_H
#define CRS_RULE_H

#include "common/err.h"
#include "common/text.h"
#include "http1/head.h"

enum service { SERVICE_CLAUDE, SERVICE_OPENAI, SERVICE_GEMINI, SERVICE_DROID, SERVICES };
const char *service_name(enum service s);
int service_by_name(const char *name, enum service *out);

/* The file is an array of clients; {"include": "shipped"} stands for those that come with the
 * program, and an entry with the name of an earlier one adds to it. Members (lists may be one
 * text): name, help, aliases      what it is called, here and in other programs' key files
 *   user_agent               extended regular expressions, any case; one has to match
 *   version                  same; group 1 is the version
 *   marks                    {"header": pattern}: as good as a user agent
 *   helper_user_agent        besides user_agent, for helper calls
 *   paths                    prefixes on which it may be met; none: any
 *   final_status             how a refusal is told that waiting does not heal, where the client
 *                            would try the usual 429 or 503 again for minutes before it says a word
 *   final_from               the lowest usual status that is told so (429); 500: a 429 stays
 *   full                     {"paths", "headers", "user_id"}: what all but helper calls have to
 *                            bring on paths that contain one of these */
struct clients;
struct clients *clients_load(const char *path, struct err *err);
struct clients *clients_ref(struct clients *c);
void clients_unref(struct clients *c);

/* What the request shows of its client. Body facts come from the scanner. */
struct client_facts {
    const struct h1_head *head;
    const char *path;    /* normalised */
    const char *user_id; /* metadata.user_id, NULL */
    bool has_system;     /* body has a system prompt */
    bool helper;         /* small helper call (count_tokens, models): headers alone decide */
};
struct client_match {
    char name[32];    /* "claude-code"; "other" when none matched */
    char version[24]; /* from the user agent, "" unknown */
    int final_status; /* of the pattern file; 0: none */
    int final_from;   /* same */
};
/* Which client this is. */
void clients_recognise(
    const struct clients *c, const struct client_facts *f, struct client_match *out);
/* Whether this is one of the allowed; otherwise why says which rule of which client failed. */
bool clients_allowed(const struct clients *c, const struct strlist *allowed,
    const struct client_facts *f, char why[160]);
void clients_each(
    const struct clients *c, void (*f)(void *, const char *name, const char *help), void *arg);

/* Model names: the family by which limits and fall-back prices go. */
enum family {
    FAMILY_OTHER,
    FAMILY_HAIKU,
    FAMILY_SONNET,
    FAMILY_OPUS,
    FAMILY_FABLE,
    FAMILY_GPT,
    FAMILY_GEMINI,
    FAMILIES
};
enum family model_family(const char *model);
const char *family_name(enum family f);
/* Opus and whatever is dearer: the class of weekly_opus_cost. */
bool model_is_opus_class(const char *model);
/* Allowed by only/not lists of globs (an empty `only` allows all). A glob also matches the name
 * without its date, "-latest" or "[1m]" ending and without a vendor prefix. */
bool model_allowed(const char *model, const struct strlist *only, const struct strlist *not_these);
/* The mapped name from "asked=served" rows (asked may be a glob), or NULL for no change. */
const char *model_mapped(const char *model, const struct strlist *map);

/* Address in a CIDR list; bad entries never match. */
bool address_in(const char *address, const struct strlist *ranges);
int cidr_check(const char *range, struct err *err);

#endif
