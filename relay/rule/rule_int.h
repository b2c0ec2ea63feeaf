/* Inside the rules: client patterns as loaded. */
#ifndef CRS_RULE_INT_H
#define CRS_RULE_INT_H

#include <regex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include "rule/rule.h"

#define CLIENT_PATTERNS_MAX 16

struct header_pattern {
    char *name;
    regex_t re;
};

struct client {
    char *name, *help;
    struct strlist aliases; /* names of other programs' key files */
    struct strlist paths;   /* prefixes; empty: any */
    /* Whoever matches one of these is this client. */
    regex_t agents[CLIENT_PATTERNS_MAX];
    size_t n_agents;
    regex_t versions[CLIENT_PATTERNS_MAX]; /* group 1 is the version in the user agent */
    size_t n_versions;
    struct header_pattern marks[CLIENT_PATTERNS_MAX];
    size_t n_marks;
    /* Helper calls may come from another library of the same client. */
    regex_t helpers[CLIENT_PATTERNS_MAX];
    size_t n_helpers;
    /* What a full call has to bring along, on paths that contain one of full_paths. */
    struct strlist full_paths, full_headers;
    bool full_user_id;
    int final_status, final_from;
};

struct clients {
    atomic_int refs;
    struct client **v;
    size_t n;
};

struct clients *clients_parse(const char *text, size_t n, struct err *err);

/* A metadata.user_id as Claude Code makes it, in either form:
 *   user_<64 hex digits>_account_<anything>_session_<hex digits and hyphens>
 *   {"device_id":"…","session_id":"…"} with an optional text account_uuid */
bool user_id_valid(const char *user_id);

#endif
