/* Commands that are more, or other, than a call of one method. A row whose words a method has is
 * laid over it: what it leaves out comes from the method. */
#include "tui/crs/command_rows.h"

#include "common/i18n.h"

#define OWN(name_, kind_, flags_, help_, ...)                                                      \
    {                                                                                              \
        .name = name_, .kind = kind_, .flags = flags_, .help = help_, .offset = FIELD_NO_MEMBER,   \
        __VA_ARGS__                                                                                \
    }
#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define OWNS(array) .own = array, .n_own = LENGTH(array)
#define ONE (FIELD_REQUIRED | FIELD_POSITIONAL)

static const struct field status_own[] = {
    OWN("check", F_BOOL, 0, N_("Exit with 6 when anything needs attention"), .dflt = "no"),
};
static const struct field doctor_own[] = {
    OWN("report", F_TEXT, 0, N_("Also write it to this file, with the versions, as JSON"),
        .of = "file"),
};
static const struct field sign_in_own[] = {
    OWN("import", F_TEXT, 0, N_("Credentials file that the client wrote"), .of = "file"),
    OWN("profile", F_TEXT, 0, N_("Of an imported ~/.aws/credentials only this profile")),
    OWN("token", F_SECRET, 0, N_("Long-lived token")),
    OWN("setup_token", F_BOOL, 0, N_("Sign in for a token that lasts a year"), .dflt = "no"),
    OWN("device", F_BOOL, 0,
        N_("Sign in with a code that is confirmed in any browser; waits until it is"),
        .dflt = "no"),
    OWN("begin", F_BOOL, 0, N_("Only begin a sign-in: prints its session and address as JSON"),
        .dflt = "no"),
    OWN("finish", F_ID, 0, N_("End this sign-in"), .of = "session"),
    OWN("code", F_SECRET, 0, N_("What the sign-in ended with: code, code#state or address")),
};
static const struct field key_own[] = {
    OWN("secret_only", F_BOOL, 0, N_("Print the secret and nothing else"), .dflt = "no"),
    OWN("copy", F_BOOL, 0, N_("Also put it into the terminal's clipboard"), .dflt = "no"),
};
static const struct field usage_own[] = {
    OWN("show", F_ENUM, 0, N_("Which sums"), .choices = "cost tokens requests all"),
    OWN("chart", F_BOOL, 0, N_("Bars of the cost"), .dflt = "no"),
    OWN("limit", F_INT, 0, N_("At most so many rows; the others come in one"), .min = 1,
        .max = 1000000),
};
static const struct field request_watch_own[] = {
    OWN("key", F_TEXT, 0, N_("Only of keys that match this glob"), .of = "key"),
    OWN("account", F_TEXT, 0, N_("Only on accounts that match this glob"), .of = "account"),
    OWN("model", F_TEXT, 0, N_("Only for models that match this glob"), .of = "model"),
    OWN("status", F_INT, 0, N_("Only those that ended with this status"), .min = 100, .max = 599),
};
static const struct field wait_own[] = {
    OWN("condition", F_ENUM, ONE, N_("What is waited for"),
        .choices = "account-ready key-idle drained healthy"),
    OWN("name", F_TEXT, FIELD_POSITIONAL, N_("Account or key that it is about")),
};
static const struct field host_add_own[] = {
    OWN("name", F_TEXT, ONE, N_("Alias")),
    OWN("url", F_TEXT, ONE, N_("unix:///path or ssh://[user@]host[:port][/path]")),
};
static const struct field host_own[] = {
    OWN("name", F_TEXT, ONE, N_("Alias"), .of = "host"),
};
static const struct field call_own[] = {
    OWN("method", F_TEXT, ONE, N_("Name of the method"), .of = "method"),
    OWN("args", F_TEXT, FIELD_POSITIONAL | FIELD_MANY, N_("name=text, or name:=json")),
    OWN("params", F_SECRET, 0, N_("All parameters as one JSON object")),
    OWN("curl", F_BOOL, 0, N_("Only print how to call it over the HTTP admin"), .dflt = "no"),
};
static const struct field describe_own[] = {
    OWN("method", F_TEXT, FIELD_POSITIONAL, N_("Only this method"), .of = "method"),
};
static const struct field me_own[] = {
    OWN("url", F_TEXT, 0, N_("Address of the relay [ANTHROPIC_BASE_URL]")),
    OWN("key", F_SECRET, 0, N_("The relay key")),
};
static const struct field setup_own[] = {
    OWN("client", F_ENUM, ONE, N_("Client to point at the relay"),
        .choices = "claude-code codex gemini-cli droid cherry-studio"),
    OWN("key", F_NAME, 0, N_("Relay key, whose secret the relay keeps"), .of = "key"),
    OWN("secret", F_SECRET, 0, N_("The secret of the relay key")),
    OWN("url", F_TEXT, 0, N_("Address of the relay, as the client reaches it")),
    OWN("mode", F_ENUM, 0, N_("Gemini CLI: with an API key, or as if signed in with Google"),
        .choices = "key google"),
    OWN("model", F_LIST, 0, N_("Model that the client shall use; Droid takes several"),
        .of = "model"),
    OWN("shell", F_ENUM, 0, N_("Print the environment alone, for this shell"),
        .choices = "bash zsh fish"),
    OWN("write", F_BOOL, 0, N_("Merge the settings into the client's files"), .dflt = "no"),
};
static const struct field completion_own[] = {
    OWN("shell", F_ENUM, ONE, N_("Shell"), .choices = "bash zsh fish"),
};
static const struct field dial_own[] = {
    OWN("path", F_TEXT, FIELD_POSITIONAL, N_("Socket of the relay"), .of = "file"),
};
static const struct field help_own[] = {
    OWN("words", F_TEXT, FIELD_POSITIONAL | FIELD_MANY, N_("Command or topic")),
};

static const struct command rows[] = {
    {.words = "status",
        OWNS(status_own),
        .run = run_status,
        .example =
            "crs\ncrs status --check && echo fine\ncrs status --json --fields accounts,today"},
    {.words = "doctor",
        OWNS(doctor_own),
        .run = run_doctor,
        .example = "crs doctor\ncrs doctor --report crs-report.json"},
    {.words = "top", .summary = N_("Open the dashboard"), .run = run_top, .example = "crs top"},
    {.words = "account add",
        OWNS(sign_in_own),
        .run = run_account_sign_in,
        .example = "crs account add claude --name alice-max --groups team\n"
                   "crs account add claude-console --name console --key-stdin < key.txt\n"
                   "crs account add codex --import ~/.codex/auth.json\n"
                   "crs account add droid --device\n"
                   "crs account add claude --begin"},
    {.words = "account login", OWNS(sign_in_own), .run = run_account_sign_in},
    {.words = "key create", OWNS(key_own), .run = run_key_secret},
    {.words = "key rotate", OWNS(key_own), .run = run_key_secret},
    {.words = "key reveal", OWNS(key_own), .run = run_key_secret},
    {.words = "usage", OWNS(usage_own), .run = run_usage},
    {.words = "request watch",
        OWNS(request_watch_own),
        .run = run_request_watch,
        .summary = N_("Follow requests: a line when one begins, a line when it ends"),
        .example = "crs request watch --key ci\n"
                   "crs request watch -o jsonl --fields id,at,key,account,status,cost"},
    {.words = "why", .run = run_why},
    {.words = "log", .letters = "f:follow n:lines", .run = run_log},
    {.words = "event watch", .run = run_event_watch},
    {.words = "wait",
        OWNS(wait_own),
        .run = run_wait,
        .summary = N_("Wait until something is so"),
        .detail = N_("account-ready NAME: the account can be chosen. key-idle NAME: no request of "
                     "the key runs or waits. drained: the relay turns requests away and none "
                     "runs. healthy: it can serve. Without --timeout it waits for good."),
        .example = "crs wait account-ready team-max-2 --timeout 30m\n"
                   "crs relay drain && crs wait drained && crs relay stop"},
    {.words = "host list",
        .summary = N_("List the aliases of relays"),
        .run = run_host_list,
        .example = "crs host list"},
    {.words = "host add",
        OWNS(host_add_own),
        .run = run_host_edit,
        .summary = N_("Give a relay an alias"),
        .example = "crs host add prod ssh://ops@relay-1"},
    {.words = "host use",
        OWNS(host_own),
        .run = run_host_edit,
        .summary = N_("Talk to this relay when none is named"),
        .example = "crs host use prod"},
    {.words = "host remove",
        OWNS(host_own),
        .run = run_host_edit,
        .summary = N_("Forget an alias"),
        .example = "crs host remove prod"},
    {.words = "me",
        OWNS(me_own),
        .run = run_me,
        .summary = N_("Show what a relay key has used and may still use, with the key itself"),
        .detail = N_("Use and limits, for which services, clients and models the key is, and until "
                     "when. This asks the relay's public door (GET /api/v1/key-info), not its "
                     "control socket: it is for the people who use the relay."),
        .example = "crs me --url http://relay-1:3000 --key-file ~/.crs-key"},
    {.words = "setup",
        OWNS(setup_own),
        .run = run_setup,
        .summary = N_("Show what a client must be told to use this relay, or write it"),
        .detail = N_("Prints the files and the environment that the client reads. With write they "
                     "are merged into what is there: all else stays as it is, what was before is "
                     "kept in a .bak file, and a second time changes nothing. With dry-run only "
                     "the changes are shown. Address and secret come from the relay; on a machine "
                     "without one give both."),
        .example = "crs setup claude-code --key alice\n"
                   "crs setup codex --key alice --write\n"
                   "crs setup gemini-cli --url https://relay.example.org --secret-stdin --write\n"
                   "eval \"$(crs setup claude-code --key alice --shell bash)\""},
    {.words = "call",
        OWNS(call_own),
        .run = run_call,
        .summary = N_("Call one method as it is, and print its result as JSON"),
        .example = "crs call key.list state=active\n"
                   "crs call usage.query by=day since=30d\ncrs call key.list --curl"},
    {.words = "describe",
        OWNS(describe_own),
        .run = run_describe,
        .summary = N_("Show what the relay offers: its methods, parameters and results"),
        .example = "crs describe\ncrs describe key.create"},
    {.words = "completion",
        OWNS(completion_own),
        .run = run_completion,
        .summary = N_("Print the completion script of a shell"),
        .example = "crs completion bash > /etc/bash_completion.d/crs\n"
                   "crs completion zsh > ~/.zfunc/_crs\n"
                   "crs completion fish > ~/.config/fish/completions/crs.fish"},
    {.words = "dial-stdio",
        OWNS(dial_own),
        .run = run_dial_stdio,
        .summary = N_("Join standard input and output with the control socket, for ssh"),
        .example = "ssh relay-1 crs dial-stdio"},
    {.words = "help",
        .summary = N_("Show help for a command or a topic"),
        OWNS(help_own),
        .run = run_help,
        .example = "crs help key create\ncrs help formats"},
    {.words = "version",
        .summary = N_("Show the version of this program"),
        .run = run_version,
        .example = "crs version"},
};

const struct command *command_rows(size_t *n)
{
    *n = LENGTH(rows);
    return rows;
}
