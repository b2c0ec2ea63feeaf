/* crs-relay: the command line, and what the process itself is allowed. */
#include <event2/event.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/log.h"
#include "common/path.h"
#include "common/secret.h"
#include "daemon.h"

static const char usage_text[] =
    "usage: crs-relay [--config FILE] [--foreground]\n"
    "       crs-relay --check [--config FILE]\n"
    "       crs-relay --restore FILE [--config FILE]\n"
    "       crs-relay --version\n"
    "\n"
    "The relay stays in the foreground; a service manager or a terminal watches it.\n"
    "It is administered with crs and crs-tui. See crs-relay(8).\n";

/* Secrets live in this memory: no core files, no reading by other processes of the user. */
static void process_guard(void)
{
    const struct rlimit none = {0, 0};
    struct rlimit files;

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    /* Each client may cost two descriptors. */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static int complain(const struct err *err)
{
    fprintf(stderr, "crs-relay: %s\n", err->text);
    if (err->hint[0])
        fprintf(stderr, "  %s\n", err->hint);
    return err_row(err->code)->exit_status;
}

static int check(const struct daemon_options *o)
{
    struct err err;

    err_clear(&err);
    if (daemon_check(o, &err) < 0)
        return complain(&err);
    puts("settings and data files are good");
    return 0;
}

static int restore(const struct daemon_options *o, const char *file)
{
    struct err err;

    err_clear(&err);
    if (daemon_restore(o, file, &err) < 0)
        return complain(&err);
    printf("'%s' takes the place of the database when crs-relay starts\n", file);
    return 0;
}

static int serve(const struct daemon_options *o)
{
    struct daemon *d;
    struct err err;

    err_clear(&err);
    d = daemon_create(o, &err);
    if (!d)
        return complain(&err);
    daemon_run(d);
    daemon_free(d);
    log_stop();
    libevent_global_shutdown();
    return 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"check", no_argument, NULL, 't'},
        {"restore", required_argument, NULL, 'r'},
        {"foreground", no_argument, NULL, 'f'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct daemon_options o = {0};
    const char *backup = NULL;
    bool only_check = false;
    int c;

    while ((c = getopt_long(argc, argv, "c:tfVh", options, NULL)) != -1) {
        if (c == 'c') {
            o.config = optarg;
        } else if (c == 't') {
            only_check = true;
        } else if (c == 'r') {
            backup = optarg;
        } else if (c == 'V') {
            puts("crs-relay " CRS_VERSION);
            return 0;
        } else if (c == 'h') {
            fputs(usage_text, stdout);
            return 0;
        } else if (c != 'f') {
            fputs(usage_text, stderr);
            return err_row(ERR_USAGE)->exit_status;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "crs-relay: unexpected word '%s'\n", argv[optind]);
        return err_row(ERR_USAGE)->exit_status;
    }
    path_open_standard();
    process_guard();
    secret_start();
    if (backup)
        return restore(&o, backup);
    return only_check ? check(&o) : serve(&o);
}
