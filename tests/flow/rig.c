/* Starting and ending what is tested, and the files that it needs. */
#include "tests/flow/rig_int.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS 60000
#define END_MS 60000

struct programs programs;

static pid_t spawn(char *const argv[], char *const env[], int out, int err)
{
    pid_t parent = getpid(), pid = fork();

    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that dies leaves nothing behind */
    if (getppid() != parent)
        _exit(127);
    dup2(out, 1);
    dup2(err, 2);
    for (char *const *e = env; *e; e++)
        putenv(*e);
    execv(argv[0], argv);
    _exit(127);
}

static int log_open(const struct rig *r, const char *name)
{
    char *path = text_of("%s/%s", r->dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    free(path);
    MUST(fd >= 0, "%s", name);
    return fd;
}

static void fake_start(struct rig *r)
{
    char *argv[] = {(char *)programs.fake, "--port", "0", NULL}, *env[] = {NULL}, line[128] = "";
    int out[2], log = log_open(r, "fake.log");

    MUST(pipe2(out, O_CLOEXEC) == 0, "pipe");
    r->fake = spawn(argv, env, out[1], log);
    close(out[1]);
    close(log);
    FILE *f = fdopen(out[0], "r");
    MUST(f && fgets(line, sizeof line, f) &&
             sscanf(line, "listening on 127.0.0.1:%d", &r->fake_port) == 1,
        "the fake upstream does not start: '%s'", line);
    fclose(f);
}

/* Every address of the shipped file, with the fake upstream for its host. */
static void turn_to_fake(cJSON *o, int port)
{
    for (cJSON *v = o->child; v; v = v->next) {
        const char *s = cJSON_GetStringValue(v);
        if (s && strncmp(s, "https://", 8) == 0) {
            const char *path = strchr(s + 8, '/');
            char *turned = text_of("http://127.0.0.1:%d%s", port, path ? path : "");
            cJSON_SetValuestring(v, turned);
            free(turned);
        } else if (cJSON_IsObject(v) || cJSON_IsArray(v)) {
            turn_to_fake(v, port);
        }
    }
}

static void providers_write(struct rig *r)
{
    char *text = read_whole(CRS_SOURCE_DIR "/relay/data/providers.json", NULL);
    cJSON *o = text ? cJSON_Parse(text) : NULL;
    char *path = text_of("%s/providers.json", r->dir);

    MUST(o, "no shipped providers.json");
    turn_to_fake(o, r->fake_port);
    free(text);
    text = cJSON_Print(o);
    write_whole(path, text);
    free(text);
    free(path);
    cJSON_Delete(o);
}

void rig_settings(struct rig *r, const char *settings)
{
    char *path = text_of("%s/crs-relay.conf", r->dir);
    char *text = text_of("[relay]\nlisten = 127.0.0.1:0\nsocket = %s/control.sock\nsocket_group =\n"
                         "state_dir = %s/state\n%s\n[data]\nproviders = %s/providers.json\n",
        r->dir, r->dir, settings ? settings : "", r->dir);
    char *keep = settings ? strdup(settings) : NULL;

    write_whole(path, text);
    free(r->settings);
    r->settings = keep;
    free(text);
    free(path);
}

static void clock_make(struct rig *r)
{
    char *path = text_of("%s/clock", r->dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    MUST(fd >= 0 && ftruncate(fd, 8) == 0, "clock");
    r->clock = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    MUST(r->clock != MAP_FAILED, "clock");
    close(fd);
    free(path);
}

static void notify_listen(struct rig *r)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    snprintf(a.sun_path, sizeof a.sun_path, "%s/notify.sock", r->dir);
    r->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    MUST(r->notify >= 0 && bind(r->notify, (struct sockaddr *)&a, sizeof a) == 0, "notify socket");
}

static void wait_ready(struct rig *r)
{
    int64_t end = mono_ms() + START_MS;
    char word[128] = "";

    while (strcmp(word, "READY=1") != 0) {
        struct pollfd p = {.fd = r->notify, .events = POLLIN};
        if (poll(&p, 1, 100) > 0) {
            ssize_t n = recv(r->notify, word, sizeof word - 1, 0);
            word[n > 0 ? n : 0] = 0;
        } else if (waitpid(r->relay, NULL, WNOHANG) == r->relay) {
            r->relay = 0;
            die("the relay ended at its start; see %s/relay.log", r->dir);
        }
        MUST(mono_ms() < end, "the relay does not get ready; see %s/relay.log", r->dir);
    }
}

void rig_relay_start(struct rig *r)
{
    char *config = text_of("%s/crs-relay.conf", r->dir);
    char *argv[] = {(char *)programs.relay, "--config", config, NULL};
    /* The language is set: tests read sentences. */
    char *env[] = {strdup("LC_ALL=C.UTF-8"), text_of("CRS_TEST_CLOCK=%s/clock", r->dir),
        text_of("NOTIFY_SOCKET=%s/notify.sock", r->dir),
        text_of("CRS_DATADIR=%s", CRS_SOURCE_DIR "/relay/data"), NULL};
    int log = log_open(r, "relay.log");

    r->relay = spawn(argv, env, log, log);
    close(log);
    for (char **e = env; *e; e++)
        free(*e);
    free(config);
    wait_ready(r);
    rig_connect(r);
    cJSON *status = rig_call(r, "system.status", "{}");
    const char *where = text_at(status, "daemon.listen.0"), *colon = strrchr(where, ':');
    MUST(colon, "%s", where);
    r->relay_port = atoi(colon + 1);
    cJSON_Delete(status);
}

/* Waits at most END_MS: a relay that does not end is a fault, and ends the test. */
static int ended(struct rig *r)
{
    int64_t end = mono_ms() + END_MS;
    int status = 0;

    while (waitpid(r->relay, &status, WNOHANG) != r->relay) {
        MUST(mono_ms() < end, "the relay does not end");
        poll(NULL, 0, 5);
    }
    r->relay = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int rig_relay_end(struct rig *r, int signal)
{
    if (r->control)
        fclose(r->control);
    r->control = NULL;
    kill(r->relay, signal);
    return ended(r);
}

void rig_start(struct rig *r, const char *settings)
{
    memset(r, 0, sizeof *r);
    snprintf(r->dir, sizeof r->dir, "/tmp/crs-test-XXXXXX");
    MUST(mkdtemp(r->dir), "no directory");
    programs.running = r;
    fake_start(r);
    providers_write(r);
    rig_settings(r, settings);
    clock_make(r);
    notify_listen(r);
    rig_relay_start(r);
}

static int remove_one(const char *path, const struct stat *st, int what, struct FTW *f)
{
    (void)st;
    (void)what;
    (void)f;
    return remove(path);
}

void rig_stop(struct rig *r)
{
    if (r->relay) {
        int status = rig_relay_end(r, SIGTERM);
        MUST(status == 0, "the relay ended with %d; see %s/relay.log", status, r->dir);
    }
    kill(r->fake, SIGTERM);
    int status;
    waitpid(r->fake, &status, 0);
    MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the fake upstream ended badly");
    close(r->notify);
    munmap(r->clock, 8);
    free(r->settings);
    free(r->secret);
    nftw(r->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    programs.running = NULL;
}
