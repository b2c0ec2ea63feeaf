/* crs-docgen man PAGE DIRECTORY: writes a manual page from DIRECTORY/PAGE.in and the tables of the
 * programs. crs-docgen completion SHELL: writes a completion script. Runs at build time only. */
#include "scripts/docgen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/alloc.h"
#include "common/path.h"
#include "common/text.h"
#include "tui/crs/complete.h"

static const struct part {
    const char *name;
    int (*write)(struct buf *out, const char *argument);
} parts[] = {
    {"commands", part_commands},
    {"globals", part_globals},
    {"topic", part_topic},
    {"settings", part_settings},
    {"methods", part_methods},
    {"keys", part_keys},
    {"tui-options", part_tui_options},
};

/* "commands key" */
static int put_part(struct buf *out, const char *text)
{
    size_t n = strcspn(text, " ");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strlen(parts[i].name) == n && memcmp(parts[i].name, text, n) == 0)
            return parts[i].write(out, text + n + strspn(text + n, " "));
    return -1;
}

static int put_page(struct buf *out, const char *text, const char *name)
{
    int number = 0;
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        number++;
        if (n > 2 && p[0] == '@' && p[n - 1] == '@') {
            char *part = xstrndup(p + 1, n - 2);
            if (put_part(out, part) < 0) {
                fprintf(stderr, "%s:%d: no part '%s'\n", name, number, part);
                free(part);
                return -1;
            }
            free(part);
        } else {
            buf_add(out, p, n);
            buf_addc(out, '\n');
        }
        p += n + (p[n] == '\n');
    }
    return 0;
}

static int write_page(const char *name, const char *directory)
{
    struct buf text = BUF_INIT, out = BUF_INIT;
    struct err err;
    char *path = xasprintf("%s/%s.in", directory, name);
    int r = path_read(path, (size_t)1 << 20, &text, &err);
    if (r < 0)
        fprintf(stderr, "crs-docgen: %s\n", err.text);
    else
        r = put_page(&out, text.data, path);
    if (r == 0 && fwrite(out.data, 1, out.len, stdout) != out.len)
        r = -1;
    free(path);
    buf_release(&text);
    buf_release(&out);
    return r;
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "", *script;
    int r = -1;
    if (argc == 4 && strcmp(what, "man") == 0)
        r = write_page(argv[2], argv[3]);
    else if (argc == 3 && strcmp(what, "completion") == 0 && (script = completion_script(argv[2])))
        r = fputs(script, stdout) < 0 ? -1 : 0;
    else
        fputs("usage: crs-docgen man PAGE DIRECTORY | completion bash|zsh|fish\n", stderr);
    return r < 0 || fflush(stdout) != 0;
}
