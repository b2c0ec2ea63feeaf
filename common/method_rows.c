/* The rows of the method table. What a method is called and who may use it stands in methods.def;
 * what is said about it stands in one method_*.def a noun, all brought together here, because C can
 * fill an array in one place only. */
#include "common/method_int.h"

/* One value: name, kind, flags, help, then any other member by designator. */
#define VALUE(name_, kind_, flags_, help_, ...)                                                    \
    {                                                                                              \
        .name = name_, .kind = kind_, .flags = flags_, .help = help_, .offset = FIELD_NO_MEMBER,   \
        __VA_ARGS__                                                                                \
    }
#define COUNTED(...)                                                                               \
    (const struct field[]){__VA_ARGS__},                                                           \
        sizeof((const struct field[]){__VA_ARGS__}) / sizeof(struct field)
#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* Wire names as members, so that a row can point at its own without saying it again. */
static const struct wires {
#define METHOD(id, wire, level, flags) char id[sizeof(wire)];
#include "common/methods.def"
#undef METHOD
} wires = {
#define METHOD(id, wire, level, flags) wire,
#include "common/methods.def"
#undef METHOD
};
enum {
#define METHOD(id, wire, level, flags) LEVEL_OF_##id = (level), FLAGS_OF_##id = (flags),
#include "common/methods.def"
#undef METHOD
};
#define HEAD_OF(id_)                                                                               \
    .id = M_##id_, .wire = wires.id_, .level = (enum level)LEVEL_OF_##id_,                         \
    .flags = (unsigned)FLAGS_OF_##id_

#define KINDS                                                                                      \
    "claude claude-console bedrock ccr codex openai-responses azure-openai gemini gemini-api "     \
    "antigravity droid vertex"
#define MODES "code setup-token device key import"
#define AREAS_WORDS "relay http flow account token upstream store control admin"
#define TOPIC_WORDS "account key request usage log config admin"

#define ONE (FIELD_REQUIRED | FIELD_POSITIONAL)
#define MANY (FIELD_REQUIRED | FIELD_POSITIONAL | FIELD_MANY)

/* What an act on several things answers, a row for each of them. */
#define ACT_ROWS                                                                                   \
    VALUE("name", F_TEXT, FIELD_COLUMN, "Name"), VALUE("id", F_ID, 0, "Id"),                       \
        VALUE("state", F_TEXT, FIELD_COLUMN, "State afterwards"),                                  \
        VALUE("change", F_OBJECT, 0, "What changed: {setting: {from, to}}"),                       \
        VALUE("effect", F_TEXT, FIELD_WIDE, "What follows from it"),                               \
        VALUE("ok", F_BOOL, 0, "Whether it was done (or would be)"),                               \
        VALUE("error", F_OBJECT, 0, "Why not: {code, message, hint}")

/* What can be told of a model's price. */
#define PRICE_PARTS                                                                                \
    VALUE(                                                                                         \
        "input", F_MONEY, 0, "A million tokens of input; none: as in the list", .max = PRICE_TOP), \
        VALUE("output", F_MONEY, 0, "A million tokens of output", .max = PRICE_TOP),               \
        VALUE("cache_write", F_MONEY, 0, "A million tokens written to the cache for 5 minutes",    \
            .max = PRICE_TOP),                                                                     \
        VALUE("cache_write_1h", F_MONEY, 0, "A million tokens written to the cache for an hour",   \
            .max = PRICE_TOP),                                                                     \
        VALUE("cache_read", F_MONEY, 0, "A million tokens read from the cache", .max = PRICE_TOP)
#define PRICE_TOP (10000 * NANO_PER_DOLLAR) /* as when a list is read */

/* For a new thing: with the default that holds when nothing is given. */
#define SET(member, kind_, choices_, dflt_, min_, max_, group_, help_)                             \
    VALUE(#member, kind_, 0, help_, .choices = choices_, .dflt = dflt_, .min = min_, .max = max_,  \
        .group = group_),

static const struct field key_create_params[] = {
    VALUE("name", F_TEXT, ONE, "Name, unique among keys", .max = 64),
    VALUE("template", F_NAME, 0, "Begin with the settings of this template", .of = "template"),
    VALUE("count", F_INT, 0, "Make so many, named NAME-1, NAME-2 and so on", .min = 1, .max = 1000),
    VALUE("keep_secret", F_BOOL, 0, "Keep the secret sealed, for key reveal", .dflt = "no"),
#include "common/key_settings.def"
};
static const struct field template_create_params[] = {
    VALUE("name", F_TEXT, ONE, "Name, unique among templates", .max = 64),
    VALUE("like", F_NAME, 0, "Begin with the settings of this key", .of = "key"),
#include "common/key_settings.def"
};
static const struct field account_add_params[] = {
    VALUE("kind", F_ENUM, ONE, "Kind of upstream", .choices = KINDS),
    VALUE("name", F_TEXT, 0, "Name, unique among accounts; empty: one is made up", .max = 64),
    VALUE("mode", F_ENUM, 0, "How it signs in; empty: the first one of its kind", .choices = MODES),
    VALUE("groups", F_LIST, 0, "Groups it belongs to", .of = "group"),
    VALUE("key", F_SECRET, 0, "API key or long-lived token"),
    VALUE("import", F_SECRET, 0, "Text of a credentials file that the client wrote"),
    VALUE("proxy_login", F_SECRET, 0, "user:password of the proxy"),
#include "common/account_settings.def"
};
static const struct field oauth_begin_params[] = {
    VALUE("kind", F_ENUM, 0, "Kind of the new account", .choices = KINDS),
    VALUE("account", F_NAME, 0, "Or the account to sign in again", .of = "account"),
    VALUE("mode", F_ENUM, 0, "How; empty: the first one of its kind",
        .choices = "code setup-token device"),
    VALUE("name", F_TEXT, 0, "Name of the new account; empty: one is made up", .max = 64),
    VALUE("groups", F_LIST, 0, "Groups it belongs to", .of = "group"),
    VALUE("proxy_login", F_SECRET, 0, "user:password of the proxy"),
#include "common/account_settings.def"
};
static const struct field oauth_finish_params[] = {
    VALUE("login", F_ID, FIELD_REQUIRED, "The sign-in, from oauth.begin"),
    VALUE("code", F_SECRET, FIELD_REQUIRED, "The pasted code, code#state, or whole address"),
    VALUE("account", F_NAME, 0, "Sign this account in again, keeping everything else",
        .of = "account"),
    VALUE("name", F_TEXT, 0, "Name of the new account; empty: one is made up", .max = 64),
    VALUE("groups", F_LIST, 0, "Groups it belongs to", .of = "group"),
    VALUE("proxy_login", F_SECRET, 0, "user:password of the proxy"),
#include "common/account_settings.def"
};
static const struct field oauth_poll_params[] = {
    VALUE("login", F_ID, FIELD_REQUIRED, "The sign-in, from oauth.begin"),
    VALUE("account", F_NAME, 0, "Sign this account in again, keeping everything else",
        .of = "account"),
    VALUE("name", F_TEXT, 0, "Name of the new account; empty: one is made up", .max = 64),
    VALUE("groups", F_LIST, 0, "Groups it belongs to", .of = "group"),
    VALUE("proxy_login", F_SECRET, 0, "user:password of the proxy"),
#include "common/account_settings.def"
};
#undef SET

/* For an edit: nothing given is nothing changed, so no defaults. */
#define SET(member, kind_, choices_, dflt_, min_, max_, group_, help_)                             \
    VALUE(#member, kind_, 0, help_, .choices = choices_, .min = min_, .max = max_, .group = group_),

static const struct field key_edit_params[] = {
    VALUE("names", F_NAME, FIELD_POSITIONAL | FIELD_MANY, "Keys", .of = "key"),
    VALUE("tagged", F_TEXT, 0, "Also every key with this tag", .max = 60),
    VALUE("rename", F_TEXT, 0, "New name (one key only)", .max = 64),
    VALUE("revision", F_TIME, 0, "Refuse when it was changed since this moment"),
#include "common/key_settings.def"
};
static const struct field template_edit_params[] = {
    VALUE("name", F_NAME, ONE, "Template", .of = "template"),
    VALUE("rename", F_TEXT, 0, "New name", .max = 64),
#include "common/key_settings.def"
};
static const struct field account_edit_params[] = {
    VALUE("names", F_NAME, MANY, "Accounts", .of = "account"),
    VALUE("rename", F_TEXT, 0, "New name (one account only)", .max = 64),
    VALUE("groups", F_LIST, 0, "Groups it belongs to", .of = "group"),
    VALUE("proxy_login", F_SECRET, 0, "user:password of the proxy; empty removes it"),
    VALUE("revision", F_TIME, 0, "Refuse when it was changed since this moment"),
#include "common/account_settings.def"
};

/* For a view: after what is told of the thing itself. */
static const struct field key_show_result[] = {
    VALUE("id", F_ID, 0, "Id"),
    VALUE("name", F_TEXT, FIELD_COLUMN, "Name"),
    VALUE("state", F_ENUM, FIELD_COLUMN, "State", .choices = "active paused expired removed"),
    VALUE("secret_tail", F_TEXT, 0, "Last characters of the secret"),
    VALUE("kept", F_BOOL, 0, "Whether key reveal can show the secret"),
    VALUE("made_by", F_TEXT, 0, "Who created it"),
    VALUE("created", F_TIME, 0, "Created"),
    VALUE("changed", F_TIME, 0, "Last edit; the revision for key edit"),
    VALUE("first_used", F_TIME, 0, "First request"),
    VALUE("last_used", F_TIME, 0, "Last request"),
    VALUE("expires_at", F_TIME, 0, "Stops working then, whichever rule says so"),
    VALUE("removed", F_TIME, 0, "Removed then"),
    VALUE("purged_at", F_TIME, 0, "Gone for good then"),
    VALUE("old_secret_until", F_TIME, 0, "The secret before rotate works until then"),
    VALUE("running", F_INT, 0, "Requests running now"),
    VALUE("waiting", F_INT, 0, "Requests in line now"),
    VALUE("oldest_wait", F_DURATION, 0, "Longest of these waits"),
    VALUE("addresses_now", F_INT, 0, "Client addresses at this time"),
    VALUE("cost_today", F_MONEY, 0, "Cost today"),
    VALUE("requests_today", F_COUNT, 0, "Requests today"),
    VALUE("limits", F_OBJECT, 0,
        "State of each limit that is set: [{name, used, reserved, limit, reset}], money in "
        "dollars"),
#include "common/key_settings.def"
};
static const struct field template_show_result[] = {
    VALUE("name", F_TEXT, FIELD_COLUMN, "Name"),
    VALUE("created", F_TIME, 0, "Created"),
    VALUE("changed", F_TIME, 0, "Last edit"),
#include "common/key_settings.def"
};
static const struct field account_show_result[] = {
    VALUE("id", F_ID, 0, "Id"),
    VALUE("name", F_TEXT, FIELD_COLUMN, "Name"),
    VALUE("kind", F_ENUM, FIELD_COLUMN, "Kind of upstream", .choices = KINDS),
    VALUE("service", F_TEXT, 0, "Service it belongs to"),
    VALUE("state", F_ENUM, FIELD_COLUMN, "State",
        .choices = "ready limited cooling blocked login off expired"),
    VALUE("since", F_TIME, 0, "In this state since"),
    VALUE("until", F_TIME, 0, "Until"),
    VALUE("reason", F_TEXT, 0, "Why"),
    VALUE("remedy", F_TEXT, 0, "The command that helps; null: it needs none"),
    VALUE("family_limits", F_OBJECT, 0, "Limits of one model family: [{family, until}]"),
    VALUE("groups", F_LIST, 0, "Groups it belongs to", .of = "group"),
    VALUE("login", F_TEXT, 0, "How it was added"),
    VALUE("profile", F_OBJECT, 0, "What the upstream says of it"),
    VALUE("proxy_login", F_BOOL, 0, "Whether credentials of the proxy are kept"),
    VALUE("token_expires", F_TIME, 0, "Its token runs until"),
    VALUE("spare_keys", F_INT, 0, "API keys behind the one in use; null: it has one only"),
    VALUE("created", F_TIME, 0, "Added"),
    VALUE("changed", F_TIME, 0, "Last edit; the revision for account edit"),
    VALUE("last_used", F_TIME, 0, "Last request"),
    VALUE("running", F_INT, 0, "Requests running now"),
    VALUE("sessions", F_INT, 0, "Sessions bound to it"),
    VALUE("cost_today", F_MONEY, 0, "Cost today"),
    VALUE("requests_today", F_COUNT, 0, "Requests today"),
    VALUE("errors_today", F_COUNT, 0, "Failed attempts today"),
    VALUE("empty_at", F_TIME, 0, "The 5-hour window is used up then, at this pace"),
    VALUE("windows", F_OBJECT, 0,
        "Quota as told by the upstream: [{name, used, reset, at, by}], used in percent"),
    VALUE("keys", F_LIST, 0, "Keys bound to it", .of = "key"),
#include "common/account_settings.def"
};
#undef SET

const struct method method_rows[METHOD_COUNT] = {
#include "common/method_system.def"
#include "common/method_account.def"
#include "common/method_group.def"
#include "common/method_key.def"
#include "common/method_traffic.def"
#include "common/method_watch.def"
};
