/* Telling clients apart by what they show of themselves. It is policy, not security: whoever wants
 * can write any user agent. Prompts are not read. */
#include "rule/rule_int.h"

#include <stdio.h>
#include <string.h>

#define AGENT_MAX 512 /* bytes of a user agent that are looked at */

/* The first bytes of a header as a string; "" when it is absent. */
static void header_text(const struct h1_head *head, const char *name, char out[AGENT_MAX])
{
    struct span v = head ? h1_get(head, name) : (struct span){0};
    size_t n = v.p && v.n < AGENT_MAX ? v.n : v.p ? AGENT_MAX - 1 : 0;
    if (n)
        memcpy(out, v.p, n);
    out[n] = 0;
}

static bool any_matches(const regex_t *re, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++) {
        if (regexec(&re[i], text, 0, NULL, 0) == 0)
            return true;
    }
    return false;
}

/* By its user agent or another mark. */
static bool client_known(const struct client *c, const struct client_facts *f, const char *agent)
{
    char text[AGENT_MAX];
    if (any_matches(c->agents, c->n_agents, agent))
        return true;
    if (f->helper && any_matches(c->helpers, c->n_helpers, agent))
        return true;
    for (size_t i = 0; i < c->n_marks; i++) {
        header_text(f->head, c->marks[i].name, text);
        if (text[0] && any_matches(&c->marks[i].re, 1, text))
            return true;
    }
    return false;
}

/* A stranger's text for a sentence or a column: cut, and nothing but plain ASCII. */
static void copy_plain(char *to, size_t size, const char *from, size_t n)
{
    size_t i = 0;
    for (; i < n && i < size - 1; i++)
        to[i] = (unsigned char)from[i] > 0x1f && (unsigned char)from[i] < 0x7f ? from[i] : '?';
    to[i] = 0;
}

static void client_version(const struct client *c, const char *agent, char *out, size_t size)
{
    regmatch_t m[2];
    for (size_t i = 0; i < c->n_versions; i++) {
        if (regexec(&c->versions[i], agent, 2, m, 0) == 0 && m[1].rm_so >= 0) {
            copy_plain(out, size, agent + m[1].rm_so, (size_t)(m[1].rm_eo - m[1].rm_so));
            return;
        }
    }
}

void clients_recognise(
    const struct clients *list, const struct client_facts *f, struct client_match *out)
{
    char agent[AGENT_MAX];
    memset(out, 0, sizeof *out);
    header_text(f->head, "user-agent", agent);
    for (size_t i = 0; i < list->n; i++) {
        if (client_known(list->v[i], f, agent)) {
            client_version(list->v[i], agent, out->version, sizeof out->version);
            snprintf(out->name, sizeof out->name, "%s", list->v[i]->name);
            out->final_status = list->v[i]->final_status;
            out->final_from = list->v[i]->final_from;
            return;
        }
    }
    snprintf(out->name, sizeof out->name, "other");
}

/* How far a request came through the rules of a client. */
enum step { STEP_AGENT, STEP_PATH, STEP_HEADERS, STEP_USER_ID, STEP_PASSED };

static bool starts_with_any(const char *s, const struct strlist *prefixes)
{
    for (size_t i = 0; i < prefixes->n; i++) {
        if (text_starts(s, prefixes->v[i]))
            return true;
    }
    return prefixes->n == 0;
}

static bool contains_any(const char *s, const struct strlist *parts)
{
    for (size_t i = 0; i < parts->n; i++) {
        if (strstr(s, parts->v[i]))
            return true;
    }
    return false;
}

static const char *missing_header(const struct client *c, const struct client_facts *f)
{
    for (size_t i = 0; i < c->full_headers.n; i++) {
        struct span v = f->head ? h1_get(f->head, c->full_headers.v[i]) : (struct span){0};
        if (!v.p || v.n == 0)
            return c->full_headers.v[i];
    }
    return NULL;
}

static enum step client_try(
    const struct client *c, const struct client_facts *f, const char *agent, const char **missing)
{
    const char *path = f->path ? f->path : "";
    if (!client_known(c, f, agent))
        return STEP_AGENT;
    if (!starts_with_any(path, &c->paths))
        return STEP_PATH;
    if (f->helper || !contains_any(path, &c->full_paths))
        return STEP_PASSED;
    *missing = missing_header(c, f);
    if (*missing)
        return STEP_HEADERS;
    return c->full_user_id && !user_id_valid(f->user_id) ? STEP_USER_ID : STEP_PASSED;
}

static bool client_is(const struct client *c, const char *name)
{
    return strcmp(c->name, name) == 0 || strlist_has(&c->aliases, name);
}

static void explain(
    char why[160], enum step step, const char *name, const char *agent, const char *missing)
{
    char short_agent[48];
    copy_plain(short_agent, sizeof short_agent, agent, strlen(agent));
    switch (step) {
    case STEP_AGENT:
        if (agent[0])
            snprintf(why, 160, "user agent '%s' is not %s", short_agent, name);
        else
            snprintf(why, 160, "no user agent, so not %s", name);
        break;
    case STEP_PATH:
        snprintf(why, 160, "client %s has no business on this path", name);
        break;
    case STEP_HEADERS:
        snprintf(why, 160, "no header '%s', which %s always sends", missing, name);
        break;
    case STEP_USER_ID:
        snprintf(why, 160, "metadata.user_id does not have the form of %s", name);
        break;
    case STEP_PASSED:
        why[0] = 0;
        break;
    }
}

bool clients_allowed(const struct clients *list, const struct strlist *allowed,
    const struct client_facts *f, char why[160])
{
    char agent[AGENT_MAX];
    enum step best = STEP_AGENT;
    why[0] = 0;
    if (!allowed || allowed->n == 0)
        return true;
    header_text(f->head, "user-agent", agent);
    /* Of several the one that came nearest is explained. */
    for (size_t i = 0; i < allowed->n; i++) {
        for (size_t j = 0; j < list->n; j++) {
            const char *missing = "";
            if (!client_is(list->v[j], allowed->v[i]))
                continue;
            enum step step = client_try(list->v[j], f, agent, &missing);
            if (!why[0] || step > best)
                explain(why, step, list->v[j]->name, agent, missing);
            if (step == STEP_PASSED)
                return true;
            best = step > best ? step : best;
        }
    }
    if (!why[0])
        snprintf(why, 160, "no client is known as '%.64s'", allowed->v[0]);
    return false;
}

void clients_each(
    const struct clients *list, void (*f)(void *, const char *name, const char *help), void *arg)
{
    for (size_t i = 0; i < list->n; i++)
        f(arg, list->v[i]->name, list->v[i]->help ? list->v[i]->help : "");
}
