/* crs setup: what a client must be told so that it uses this relay. One row a client says where it
 * reads its settings and which; the rest works on rows. Facts about the clients are of November
 * 2026: Claude Code 2.1, Codex 0.169, Gemini CLI 0.61, Droid 0.215, Cherry Studio 1.7. */
#ifndef CRS_TUI_CRS_SETUP_H
#define CRS_TUI_CRS_SETUP_H

#include "tui/crs/crs_int.h"
#include "tui/crs/setup_edit.h"

#define SETUP_FILES_MAX 2
#define SETUP_SECRET_UNKNOWN "cr_YOUR_KEY" /* stands where the secret is not known */

/* In path and value {url}, {secret}, {model}, {provider}, {base} stand for what the person says; a
 * setting with {model} is left out when no model is named. Steps of a path are parted by '/'. */
struct setup_setting {
    const char *path, *value;
};
struct setup_file_row {
    const char *variable; /* environment variable that names the directory */
    const char *dir;      /* below the variable's directory with below, else below home */
    const char *below;    /* what comes after the variable's directory; NULL: nothing */
    const char *name;
    const char *format; /* "json", "toml", "env": for people */
    edit_put *put;
    const struct setup_setting *v;
    size_t n;
};
/* An import link, for a client that keeps its settings to itself. */
struct setup_link {
    const char *title, *type, *base;
};
struct setup_client {
    const char *name, *mode; /* mode NULL: there is one only; the first of a name is the default */
    const char *title;
    const char *client;   /* as client patterns have it; NULL: none */
    const char *services; /* of the key, one of which it needs */
    const char *models;   /* used when none is named; NULL: the client's own */
    bool many_models;
    const struct setup_setting
        *shell; /* environment instead of files; may be not all that it needs */
    size_t n_shell;
    bool shell_whole; /* the environment alone does */
    struct setup_file_row file[SETUP_FILES_MAX];
    size_t n_files;
    const struct setup_link *link;
    size_t n_links;
    const char *start; /* the command to type then; NULL: none */
    const char *note;  /* a sentence that people need; may be NULL */
};
const struct setup_client *setup_clients(size_t *n);
/* mode NULL: the default. ERR_USAGE for a mode that the client does not have. */
const struct setup_client *setup_client_find(const char *name, const char *mode, struct err *err);

/* What the person says, or the relay. */
struct setup_facts {
    const char *url; /* without a slash at its end */
    const char *secret;
    const struct strlist *models;
};

struct setup_change {
    char *path; /* for people: env.ANTHROPIC_BASE_URL */
    char *from; /* NULL: was not there */
    char *to;
    bool secret;
};
/* A settings file as it is and as it shall be. */
struct setup_file {
    const struct setup_file_row *row;
    char *path;   /* as people know it */
    char *real;   /* with links followed; NULL: there is none yet */
    bool new;     /* there was none */
    char *backup; /* after setup_write */
    unsigned mode;
    unsigned uid, gid;
    struct buf was, text;
    struct setup_change *change;
    size_t n_changes;
};
void setup_file_release(struct setup_file *f);
/* Where the client has it, for this person; heap. */
char *setup_path(const struct setup_file_row *row);
/* ~/x for what lies below home, as people write it; heap. */
char *setup_path_short(const char *path);
/* Into f->was and f->text; a file that is not there is empty. f->path is set, the rest zeroed. */
int setup_read(struct setup_file *f, struct err *err);
/* Reads the file, unless `empty`, and merges the settings into f->text. ERR_USAGE names file and
 * line. */
int setup_merge(struct setup_file *f, const struct setup_client *cl, const struct setup_facts *x,
    bool empty, struct err *err);
bool setup_changed(const struct setup_file *f);
/* Keeps what was beside it under a new name, then replaces it at once; a new file has mode 0600, in
 * a new directory 0700. An unchanged file is left alone. */
int setup_write(struct setup_file *f, struct err *err);

/* Replaces the words in braces; model: index in x->models. Heap; NULL: needs a model, none is
 * named. */
char *setup_fill(const char *text, const struct setup_facts *x, size_t model);
/* cherrystudio://... that imports a provider; heap, secret_free(). */
char *setup_link_url(const struct setup_link *l, const struct setup_facts *x);

/* --- setup_show.c */
/* "export A=b" or "set -gx A b" for each variable. */
void setup_put_shell(
    const struct setup_client *cl, const struct setup_facts *x, const char *shell, struct buf *out);
/* All that a person has to put somewhere. */
void setup_put_page(const struct setup_client *cl, const struct setup_facts *x,
    const struct setup_file *files, const char *shell, struct buf *out);
/* What changes in a file; secrets redacted. */
void setup_put_changes(const struct setup_file *f, struct buf *out);
/* {client, url, environment, files, links}; with secrets only where nothing is changed. */
cJSON *setup_json(const struct setup_client *cl, const struct setup_facts *x,
    const struct setup_file *files, bool write);

#endif
