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

static const struct field secret_only[] = {
    OWN("secret_only", F_BOOL, 0, N_("Print the secret and nothing else"), .dflt = "no"),
    OWN("copy", F_BOOL, 0, N_("Also put it into the terminal's clipboard"), .dflt = "no"),
};
static const struct field usage_own[] = {
    OWN("show", F_ENUM, 0, N_("Which sums"), .choices = "cost tokens requests all"),
};
static const struct field help_own[] = {
    OWN("words", F_TEXT, FIELD_POSITIONAL | FIELD_MANY, N_("Command or topic")),
};

static const struct command rows[] = {
    {.words = "key create", OWNS(secret_only), .run = run_key_secret},
    {.words = "key rotate", OWNS(secret_only), .run = run_key_secret},
    {.words = "key reveal", OWNS(secret_only), .run = run_key_secret},
    {.words = "usage", OWNS(usage_own), .run = run_usage},
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
