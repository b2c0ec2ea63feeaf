/* The looks of the five themes. Colour never says anything that a word does not say too. */
#include <string.h>
#include "tui/dash/term_int.h"

#define PLAIN(attrs)                                                                               \
    {                                                                                              \
        NO_COLOUR, NO_COLOUR, NO_COLOUR, NO_COLOUR, attrs                                          \
    }
#define INK(ink, rich, attrs)                                                                      \
    {                                                                                              \
        ink, NO_COLOUR, rich, NO_COLOUR, attrs                                                     \
    }
#define ON(ink, paper, rich_ink, rich_paper, attrs)                                                \
    {                                                                                              \
        ink, paper, rich_ink, rich_paper, attrs                                                    \
    }
enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE };

const struct look_row look_rows[THEMES][LOOKS] =
    {
        /* What any 16 colours show well: three of them, bold, dim and reverse. */
        [THEME_TERMINAL] =
            {
                [LOOK_TEXT] = PLAIN(0),
                [LOOK_DIM] = PLAIN(ATTR_DIM),
                [LOOK_BOLD] = PLAIN(ATTR_BOLD),
                [LOOK_TITLE] = PLAIN(ATTR_BOLD),
                [LOOK_TAB] = PLAIN(ATTR_REVERSE),
                [LOOK_RULE] = PLAIN(ATTR_DIM),
                [LOOK_HEAD] = PLAIN(ATTR_BOLD),
                [LOOK_CURSOR] = PLAIN(ATTR_REVERSE),
                [LOOK_GOOD] = INK(GREEN, GREEN, 0),
                [LOOK_WARN] = INK(YELLOW, YELLOW, 0),
                [LOOK_BAD] = INK(RED, RED, ATTR_BOLD),
                [LOOK_KEY] = PLAIN(ATTR_BOLD),
                [LOOK_FIELD] = PLAIN(ATTR_UNDERLINE),
                [LOOK_CHART] = INK(CYAN, CYAN, 0),
                [LOOK_CHART_2] = INK(GREEN, GREEN, 0),
                [LOOK_CHART_3] = INK(YELLOW, YELLOW, 0),
            },
        [THEME_DARK] =
            {
                [LOOK_TEXT] = ON(WHITE, BLACK, 252, 234, 0),
                [LOOK_DIM] = ON(WHITE, BLACK, 245, 234, 0),
                [LOOK_BOLD] = ON(WHITE, BLACK, 231, 234, ATTR_BOLD),
                [LOOK_TITLE] = ON(WHITE, BLUE, 231, 24, ATTR_BOLD),
                [LOOK_TAB] = ON(BLACK, CYAN, 16, 116, 0),
                [LOOK_RULE] = ON(CYAN, BLACK, 66, 234, 0),
                [LOOK_HEAD] = ON(CYAN, BLACK, 116, 234, ATTR_BOLD),
                [LOOK_CURSOR] = ON(WHITE, BLUE, 231, 24, 0),
                [LOOK_GOOD] = ON(GREEN, BLACK, 114, 234, 0),
                [LOOK_WARN] = ON(YELLOW, BLACK, 221, 234, 0),
                [LOOK_BAD] = ON(RED, BLACK, 210, 234, ATTR_BOLD),
                [LOOK_KEY] = ON(CYAN, BLACK, 116, 234, ATTR_BOLD),
                [LOOK_FIELD] = ON(WHITE, BLUE, 231, 237, 0),
                [LOOK_CHART] = ON(CYAN, BLACK, 74, 234, 0),
                [LOOK_CHART_2] = ON(GREEN, BLACK, 114, 234, 0),
                [LOOK_CHART_3] = ON(YELLOW, BLACK, 179, 234, 0),
            },
        [THEME_LIGHT] =
            {
                [LOOK_TEXT] = ON(BLACK, WHITE, 235, 255, 0),
                [LOOK_DIM] = ON(BLACK, WHITE, 242, 255, 0),
                [LOOK_BOLD] = ON(BLACK, WHITE, 16, 255, ATTR_BOLD),
                [LOOK_TITLE] = ON(WHITE, BLUE, 231, 25, ATTR_BOLD),
                [LOOK_TAB] = ON(WHITE, BLUE, 231, 31, 0),
                [LOOK_RULE] = ON(BLUE, WHITE, 245, 255, 0),
                [LOOK_HEAD] = ON(BLUE, WHITE, 25, 255, ATTR_BOLD),
                [LOOK_CURSOR] = ON(WHITE, BLUE, 231, 25, 0),
                [LOOK_GOOD] = ON(GREEN, WHITE, 28, 255, 0),
                [LOOK_WARN] = ON(MAGENTA, WHITE, 130, 255, 0),
                [LOOK_BAD] = ON(RED, WHITE, 124, 255, ATTR_BOLD),
                [LOOK_KEY] = ON(BLUE, WHITE, 25, 255, ATTR_BOLD),
                [LOOK_FIELD] = ON(BLACK, CYAN, 16, 253, 0),
                [LOOK_CHART] = ON(BLUE, WHITE, 31, 255, 0),
                [LOOK_CHART_2] = ON(GREEN, WHITE, 28, 255, 0),
                [LOOK_CHART_3] = ON(RED, WHITE, 166, 255, 0),
            },
        /* Only full colours on black, nothing dim. */
        [THEME_CONTRAST] =
            {
                [LOOK_TEXT] = ON(WHITE, BLACK, 231, 16, ATTR_BOLD),
                [LOOK_DIM] = ON(WHITE, BLACK, 231, 16, 0),
                [LOOK_BOLD] = ON(WHITE, BLACK, 231, 16, ATTR_BOLD),
                [LOOK_TITLE] = ON(BLACK, WHITE, 16, 231, ATTR_BOLD),
                [LOOK_TAB] = ON(BLACK, YELLOW, 16, 226, ATTR_BOLD),
                [LOOK_RULE] = ON(WHITE, BLACK, 231, 16, 0),
                [LOOK_HEAD] = ON(WHITE, BLACK, 231, 16, ATTR_BOLD | ATTR_UNDERLINE),
                [LOOK_CURSOR] = ON(BLACK, YELLOW, 16, 226, ATTR_BOLD),
                [LOOK_GOOD] = ON(GREEN, BLACK, 46, 16, ATTR_BOLD),
                [LOOK_WARN] = ON(YELLOW, BLACK, 226, 16, ATTR_BOLD),
                [LOOK_BAD] = ON(WHITE, RED, 231, 160, ATTR_BOLD),
                [LOOK_KEY] = ON(YELLOW, BLACK, 226, 16, ATTR_BOLD),
                [LOOK_FIELD] = ON(BLACK, WHITE, 16, 231, 0),
                [LOOK_CHART] = ON(WHITE, BLACK, 231, 16, ATTR_BOLD),
                [LOOK_CHART_2] = ON(GREEN, BLACK, 46, 16, ATTR_BOLD),
                [LOOK_CHART_3] = ON(YELLOW, BLACK, 226, 16, ATTR_BOLD),
            },
        [THEME_MONO] =
            {
                [LOOK_TEXT] = PLAIN(0),
                [LOOK_DIM] = PLAIN(ATTR_DIM),
                [LOOK_BOLD] = PLAIN(ATTR_BOLD),
                [LOOK_TITLE] = PLAIN(ATTR_BOLD),
                [LOOK_TAB] = PLAIN(ATTR_REVERSE),
                [LOOK_RULE] = PLAIN(ATTR_DIM),
                [LOOK_HEAD] = PLAIN(ATTR_BOLD),
                [LOOK_CURSOR] = PLAIN(ATTR_REVERSE),
                [LOOK_GOOD] = PLAIN(0),
                [LOOK_WARN] = PLAIN(ATTR_BOLD),
                [LOOK_BAD] = PLAIN(ATTR_BOLD),
                [LOOK_KEY] = PLAIN(ATTR_BOLD),
                [LOOK_FIELD] = PLAIN(ATTR_UNDERLINE),
                [LOOK_CHART] = PLAIN(0),
                [LOOK_CHART_2] = PLAIN(ATTR_BOLD),
                [LOOK_CHART_3] = PLAIN(ATTR_DIM),
            },
};

static const char *const theme_names[THEMES] = {"terminal", "dark", "light", "contrast", "mono"};
static const char *const chart_names[CHART_SETS] = {"ascii", "block", "braille"};

static int by_name(const char *const *names, int n, const char *name)
{
    for (int i = 0; name && i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

const char *theme_name(enum theme t)
{
    return theme_names[t];
}

int theme_by_name(const char *name)
{
    return by_name(theme_names, THEMES, name);
}

const char *chart_set_name(enum chart_set c)
{
    return chart_names[c];
}

int chart_set_by_name(const char *name)
{
    return by_name(chart_names, CHART_SETS, name);
}
