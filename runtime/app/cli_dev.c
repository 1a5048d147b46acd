/*
 * cli_dev - `perigee dev DIR`: watch a package's folder and install it whenever
 * it has changed, into the server that runs (or, without one, into the data).
 *
 * An editor writes in several strokes, so a change waits for a moment of quiet.
 * What is wrong is printed with file, line and column, and the running model
 * stays as it was. The folder is read anew each time under the usual rules.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cli.h"
#include "base/json.h"
#include "package/market.h"

enum {
    QUIET_MS = 150,
    LONGEST_MS = 2000, /* of writing without a pause */
    EVENT_BYTES = 65536,
    WATCH = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR |
            IN_DONT_FOLLOW | IN_EXCL_UNLINK
};

struct dev {
    const struct config *c;
    int inotify, signals;
    struct arena arena;               /* of one round */
    char digest[MARKET_DIGEST_BYTES]; /* of what was read last */
    bool had_digest;
};

/* --- one round --------------------------------------------------------------------- */

static bool is_same(struct dev *d, const struct package_src *src)
{
    char now[MARKET_DIGEST_BYTES];
    bool same;

    if (!market_digest(src, &d->arena, now))
        return false;
    same = d->had_digest && memcmp(now, d->digest, sizeof now) == 0;
    memcpy(d->digest, now, sizeof now);
    d->had_digest = true;
    return same;
}

static struct str write_args(struct dev *d, struct buf *b)
{
    struct json_w w;

    json_w_init(&w, b);
    json_obj_begin(&w);
    json_kv_bool(&w, "allow_drop", config_flag(d->c, "--allow-drop") != NULL);
    json_kv_bool(&w, "accept", config_flag(d->c, "--accept") != NULL);
    json_obj_end(&w);
    return json_w_finish(&w, NULL) == RC_OK ? buf_view(b) : STR("{}");
}

static int install(struct dev *d, const struct package_src *src)
{
    struct op_file *files = ARENA_ARRAY(&d->arena, struct op_file, src->n + 1);
    struct err err = ERR_INIT;
    struct buf b;
    int code;

    if (!files) {
        (void)FAIL(&err, RC_NOMEM, "There is no memory for the package.");
        return cli_fail(d->c, RC_NOMEM, &err);
    }
    for (size_t i = 0; i < src->n; i++)
        files[i] = (struct op_file){src->files[i].path, src->files[i].text};
    buf_init(&b, 4096);
    code = cli_run(d->c, "install", write_args(d, &b), files, src->n, false,
                   &d->arena);
    buf_release(&b);
    return code;
}

/* EXIT_DONE also when nothing has changed. */
static int round_of(struct dev *d)
{
    struct package_src *src = NULL;
    struct err err = ERR_INIT;
    enum rc rc;
    int code;

    arena_init(&d->arena, OP_ARENA_BYTES);
    rc = package_read_folder(d->c->args[0], &d->arena, &src, &err);
    if (rc != RC_OK)
        code = cli_fail(d->c, rc, &err);
    else
        code = is_same(d, src) ? EXIT_DONE : install(d, src);
    arena_release(&d->arena);
    fflush(stdout);
    fflush(stderr);
    return rc == RC_NOTFOUND ? EXIT_NOT_NOW : code;
}

/* --- watching ------------------------------------------------------------------------- */

/* The folder and those below; a folder that came is watched from now on. */
static bool watch(struct dev *d, const char *path, int depth)
{
    bool ok = inotify_add_watch(d->inotify, path, WATCH) >= 0;
    const struct dirent *e;
    char below[4096];
    DIR *dir;

    if (!ok || depth >= 8)
        return ok || errno == ENOENT || errno == ENOTDIR;
    dir = opendir(path);
    while (ok && dir && (e = readdir(dir)) != NULL) {
        int n = snprintf(below, sizeof below, "%s/%s", path, e->d_name);
        struct stat st;

        if (e->d_name[0] != '.' && n > 0 && n < (int)sizeof below &&
            lstat(below, &st) == 0 && S_ISDIR(st.st_mode))
            ok = watch(d, below, depth + 1);
    }
    if (dir)
        closedir(dir);
    return ok;
}

/* Throw the events away: that there are some is all that counts. */
static void drain(const struct dev *d)
{
    char events[EVENT_BYTES];

    while (read(d->inotify, events, sizeof events) > 0)
        continue;
}

/* 1: a signal; 0: nothing in that time; -1: events. */
static int wait_for(const struct dev *d, int timeout_ms)
{
    struct pollfd p[2] = {{d->signals, POLLIN, 0}, {d->inotify, POLLIN, 0}};
    int n = poll(p, 2, timeout_ms);

    if (n < 0)
        return errno == EINTR ? 0 : 1;
    if (p[0].revents)
        return 1;
    if (!p[1].revents)
        return 0;
    drain(d);
    return -1;
}

/* False: a signal ended it. */
static bool wait_for_quiet(const struct dev *d)
{
    int got = wait_for(d, -1), waited = 0;

    while (got == 0)
        got = wait_for(d, -1);
    while (got < 0 && waited < LONGEST_MS) {
        got = wait_for(d, QUIET_MS);
        waited += QUIET_MS;
    }
    return got <= 0;
}

static int loop(struct dev *d)
{
    int code = round_of(d);

    if (code == EXIT_NOT_NOW)
        return code;
    fprintf(stderr, "perigee: watching \"%s\"; Ctrl-C ends it.\n",
            d->c->args[0]);
    while (wait_for_quiet(d)) {
        if (!watch(d, d->c->args[0], 0))
            return EXIT_BROKEN;
        (void)round_of(d); /* said; the next change may mend it */
    }
    return EXIT_DONE;
}

int cli_dev(const struct config *c)
{
    struct dev d = {.c = c, .inotify = -1, .signals = -1};
    struct err err = ERR_INIT;
    sigset_t set;
    int code;

    if (!cli_log_level(c, "warn"))
        return EXIT_USAGE;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    d.inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    d.signals = signalfd(-1, &set, SFD_CLOEXEC);
    if (d.inotify < 0 || d.signals < 0 ||
        sigprocmask(SIG_BLOCK, &set, NULL) != 0 || !watch(&d, c->args[0], 0)) {
        (void)FAIL(&err, RC_IO, "\"%s\" cannot be watched: %s.", c->args[0],
                   strerror(errno));
        code = cli_fail(c, RC_IO, &err);
    } else {
        code = loop(&d);
    }
    if (d.inotify >= 0)
        close(d.inotify);
    if (d.signals >= 0)
        close(d.signals);
    return code;
}
