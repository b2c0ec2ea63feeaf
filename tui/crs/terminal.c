/* What the standard streams are, questions to the person, and output through a pager. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "common/alloc.h"
#include "common/path.h"
#include "common/secret.h"
#include "tui/crs/crs_int.h"

#define SECRET_MAX ((size_t)64 << 10) /* a credentials file is the largest of them */

static const char *env(const char *name)
{
    const char *v = getenv(name);
    return v && *v ? v : NULL;
}

/* --color, NO_COLOR, CRS_COLOR, CLICOLOR_FORCE, then whether it is a terminal that can. */
static bool colour_wanted(const struct crs *c, bool tty)
{
    const char *said = crs_text(c, "color"), *term = env("TERM");
    if (!said && env("NO_COLOR"))
        return false;
    said = said ? said : env("CRS_COLOR");
    if (said && strcmp(said, "auto") != 0)
        return strcmp(said, "always") == 0;
    if (env("CLICOLOR_FORCE") && strcmp(env("CLICOLOR_FORCE"), "0") != 0)
        return true;
    return tty && term && strcmp(term, "dumb") != 0;
}

static bool accessible_wanted(const struct crs *c)
{
    const char *v = env("CRS_ACCESSIBLE") ? env("CRS_ACCESSIBLE") : env("ACCESSIBLE");
    if (json_at(c->global, "accessible"))
        return crs_flag(c, "accessible");
    return v && strcmp(v, "0") != 0;
}

static int cells(const char *variable, int of_terminal, int otherwise)
{
    const char *v = env(variable);
    int n = v ? atoi(v) : 0;
    if (n > 0 && n < 10000)
        return n;
    return of_terminal > 0 ? of_terminal : otherwise;
}

void terminal_init(struct crs *c)
{
    struct terminal *t = &c->term;
    struct winsize w = {0};
    t->in = isatty(STDIN_FILENO);
    t->out = isatty(STDOUT_FILENO);
    t->err = isatty(STDERR_FILENO);
    if (t->out)
        ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
    t->width = cells("COLUMNS", w.ws_col, 80);
    t->height = cells("LINES", w.ws_row, 24);
    t->colour = colour_wanted(c, t->out);
    t->err_colour = colour_wanted(c, t->err);
    t->accessible = accessible_wanted(c);
}

static char *system_zone(void)
{
    char target[512];
    const char *tz = env("TZ"), *mark = "/zoneinfo/";
    if (tz)
        return xstrdup(tz[0] == ':' ? tz + 1 : tz);
    ssize_t n = readlink("/etc/localtime", target, sizeof target - 1);
    target[n > 0 ? n : 0] = 0;
    const char *at = strstr(target, mark);
    return xstrdup(at ? at + strlen(mark) : "UTC");
}

struct zone *terminal_zone(void)
{
    char *name = system_zone();
    struct zone *z = zone_open(name, NULL);
    free(name);
    /* UTC is built in: a TZ that names no zone file shall not stop anyone. */
    return z ? z : zone_open("UTC", NULL);
}

/* --- questions -----------------------------------------------------------------------------------
 */

/* The line up to its end; NULL at end of file. Byte by byte: what follows is for the next reader.
 */
static char *read_line(int fd, size_t max)
{
    struct buf b = BUF_INIT;
    char ch;
    ssize_t n;
    while ((n = read(fd, &ch, 1)) == 1 && ch != '\n' && b.len < max)
        buf_addc(&b, ch);
    if (n <= 0 && b.len == 0)
        return NULL;
    if (b.len && b.data[b.len - 1] == '\r')
        b.data[--b.len] = 0;
    char *line = xstrdup(b.data);
    buf_wipe(&b);
    return line;
}

/* The echo comes back also when the person gives up: the signals wait until it has. */
static char *read_hidden(size_t max)
{
    struct termios was, quiet;
    sigset_t block, before;
    char *line = NULL;
    sigemptyset(&block);
    sigaddset(&block, SIGTERM);
    sigaddset(&block, SIGTSTP);
    if (tcgetattr(STDIN_FILENO, &was) != 0)
        return read_line(STDIN_FILENO, max);
    sigprocmask(SIG_BLOCK, &block, &before);
    quiet = was;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    quiet.c_cc[VEOL] = quiet.c_cc[VINTR]; /* Ctrl-C ends the line, and is seen below */
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    line = read_line(STDIN_FILENO, max);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
    sigprocmask(SIG_SETMASK, &before, NULL);
    fputc('\n', stderr);
    if (line && strchr(line, was.c_cc[VINTR]) && was.c_cc[VINTR]) {
        secret_free(line);
        raise(SIGINT);
        return NULL;
    }
    return line;
}

char *terminal_ask(struct crs *c, const char *question, bool hidden, struct err *err)
{
    if (!c->term.in) {
        err_set(
            err, ERR_USAGE, _("'%.200s' cannot be asked: standard input is no terminal"), question);
        return NULL;
    }
    fprintf(stderr, "%s ", question);
    fflush(stderr);
    char *line = hidden ? read_hidden(SECRET_MAX) : read_line(STDIN_FILENO, SECRET_MAX);
    if (!line)
        err_set(err, ERR_DECLINED, _("no answer was given"));
    return line;
}

char *secret_stdin(const char *what, struct err *err)
{
    char *line = read_line(STDIN_FILENO, SECRET_MAX);
    if (line && *line)
        return line;
    free(line);
    err_set(err, ERR_USAGE, _("standard input has no '%s'"), what);
    return NULL;
}

char *secret_file(const char *path, struct err *err)
{
    struct buf b = BUF_INIT;
    if (path_read(path, SECRET_MAX, &b, err) < 0)
        return NULL;
    while (b.len && (b.data[b.len - 1] == '\n' || b.data[b.len - 1] == '\r'))
        b.data[--b.len] = 0;
    if (b.len == 0 || strlen(b.data) != b.len) {
        err_set(err, ERR_USAGE, _("'%.200s' holds no secret"), path);
        buf_wipe(&b);
        return NULL;
    }
    char *text = xstrdup(b.data);
    buf_wipe(&b);
    return text;
}

bool terminal_copy(struct crs *c, const char *text)
{
    const char *term = env("TERM");
    /* The Linux console and dumb terminals print what they do not know. */
    if (!c->term.err || !term || strcmp(term, "dumb") == 0 || strcmp(term, "linux") == 0)
        return false;
    struct buf b = BUF_INIT;
    text_osc52(&b, text);
    bool sent = fwrite(b.data, 1, b.len, stderr) == b.len && fflush(stderr) == 0;
    buf_wipe(&b);
    return sent;
}

/* --- output --------------------------------------------------------------------------------------
 */

static bool pager_wanted(const struct crs *c, const struct buf *out)
{
    int lines = 0;
    if (!c->term.out || c->term.accessible || !json_bool(c->global, "pager", true))
        return false;
    for (size_t i = 0; i < out->len; i++)
        lines += out->data[i] == '\n';
    return lines >= c->term.height;
}

static void pager_exec(int fd)
{
    const char *pager = env("PAGER");
    dup2(fd, STDIN_FILENO);
    setenv("LESS", "FRX", 0);
    if (pager)
        execl("/bin/sh", "sh", "-c", pager, (char *)NULL);
    execlp("less", "less", (char *)NULL);
    execlp("more", "more", (char *)NULL);
    execlp("cat", "cat", (char *)NULL);
    _exit(127);
}

static int write_all(int fd, const struct buf *out)
{
    for (size_t at = 0; at < out->len;) {
        ssize_t n = write(fd, out->data + at, out->len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        at += (size_t)n;
    }
    return 0;
}

static int page(const struct buf *out)
{
    int pipe_fds[2];
    if (pipe(pipe_fds) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        close(pipe_fds[1]);
        pager_exec(pipe_fds[0]);
    }
    close(pipe_fds[0]);
    if (child < 0) {
        close(pipe_fds[1]);
        return -1;
    }
    /* The pager may end first, and a Ctrl-C is for it. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    write_all(pipe_fds[1], out);
    close(pipe_fds[1]);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    return 0;
}

int terminal_put(struct crs *c, const struct buf *out, struct err *err)
{
    fflush(stdout);
    if (pager_wanted(c, out) && page(out) == 0)
        return 0;
    if (write_all(STDOUT_FILENO, out) == 0)
        return 0;
    return err_set(err, ERR_FAILED, _("cannot write the result: %s"), _(strerror(errno)));
}
