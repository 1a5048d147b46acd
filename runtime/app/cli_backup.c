/*
 * cli_backup - `perigee backup [FILE]`: whoever has the data makes the copy in
 * backups/ of the data folder (ops_backup.c); FILE is ours, so that a server
 * opens no path from outside. Nothing that is there is written over.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cli.h"
#include "app/folder.h"
#include "base/io.h"
#include "base/json.h"

enum { PIECE_BYTES = 1 << 16, ARENA_BYTES = 16 << 20 };

static enum rc exists(const char *path, struct err *err)
{
    return FAIL(err, RC_CONFLICT,
                "\"%s\" exists already. Give the copy another name.", path);
}

static enum rc cannot(const char *path, struct err *err)
{
    int why = errno;

    if (why == EEXIST)
        return exists(path, err);
    if (why == ENOSPC)
        return FAIL_CODE(err, RC_IO, "E_FULL",
                         "The disk is full; \"%s\" was not written.", path);
    return FAIL(err, why == ENOENT || why == EACCES ? RC_INVALID : RC_IO,
                "\"%s\" cannot be written: %s.", path, strerror(why));
}

/* To another file system; durable before the first one goes. */
static enum rc copy_bytes(const char *from, const char *to, struct err *err)
{
    char piece[PIECE_BYTES];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out =
        in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool made = out >= 0, ok = made;
    ssize_t n = 1;
    enum rc rc = RC_OK;

    while (ok && n > 0) {
        n = read(in, piece, sizeof piece);
        ok = n >= 0 ? io_write_all(out, str_of(piece, (size_t)n))
                    : errno == EINTR;
        n = n < 0 ? 1 : n;
    }
    ok = ok && fsync(out) == 0;
    if (!ok)
        rc = cannot(to, err);
    if (made && close(out) != 0 && ok)
        rc = cannot(to, err);
    if (in >= 0)
        (void)close(in);
    if (rc != RC_OK && made)
        (void)unlink(to);
    return rc;
}

/* Its name too is durable, not only its bytes. */
static bool sync_folder_of(const char *path)
{
    char folder[FOLDER_PATH_BYTES];
    const char *slash = strrchr(path, '/');
    int n = slash == NULL   ? snprintf(folder, sizeof folder, ".")
            : slash == path ? snprintf(folder, sizeof folder, "/")
                            : snprintf(folder, sizeof folder, "%.*s",
                                       (int)(slash - path), path);
    int fd = n > 0 && n < (int)sizeof folder
                 ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                 : -1;
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        (void)close(fd);
    return ok;
}

static enum rc move(const char *from, const char *to, struct err *err)
{
    enum rc rc = RC_OK;

    if (link(from, to) != 0) {
        if (errno != EXDEV && errno != EPERM && errno != ENOTSUP)
            return cannot(to, err);
        rc = copy_bytes(from, to, err);
    }
    /* where the folder cannot say so, both copies stay */
    if (rc == RC_OK && sync_folder_of(to))
        (void)unlink(from);
    return rc;
}

static int say(const struct config *c, const char *path, int64_t bytes)
{
    struct json_w w;
    struct buf b;

    if (!c->json) {
        printf("%s: %lld bytes.\n", path, (long long)bytes);
        return fflush(stdout) == 0 ? EXIT_DONE : EXIT_BROKEN;
    }
    buf_init(&b, FOLDER_PATH_BYTES * 8);
    json_w_init(&w, &b);
    json_obj_begin(&w);
    json_kv(&w, "file", str_c(path));
    json_kv_i64(&w, "bytes", bytes);
    json_obj_end(&w);
    if (json_w_finish(&w, NULL) == RC_OK)
        printf("%.*s\n", (int)b.n, b.p);
    buf_release(&b);
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_BROKEN;
}

/* The copy is made: `json` says where below the data folder. */
static int made(const struct config *c, struct str json)
{
    const char *to = c->n_args > 0 ? c->args[0] : NULL;
    char path[FOLDER_PATH_BYTES];
    const struct json *v = NULL;
    struct err err = ERR_INIT;
    struct str name;
    struct arena a;
    int64_t bytes;
    enum rc rc;
    int n;

    arena_init(&a, ARENA_BYTES);
    rc = json_parse(json, &a, &v, &err);
    if (rc != RC_OK) {
        arena_release(&a);
        return cli_fail(c, rc, &err);
    }
    name = json_str(json_at(v, "file"), STR(""));
    bytes = json_at(v, "bytes") ? json_at(v, "bytes")->u.i : 0;
    n = snprintf(path, sizeof path, "%s/%.*s", c->data, STR_ARG(name));
    arena_release(&a);
    if (n < 0 || n >= (int)sizeof path)
        rc = FAIL(&err, RC_LIMIT, "The path of the data folder is too long.");
    else if (to)
        rc = move(path, to, &err);
    if (rc == RC_OK)
        return say(c, to ? to : path, bytes);
    if (to && access(path, F_OK) == 0)
        fprintf(stderr, "perigee: The copy itself is \"%s\".\n", path);
    return cli_fail(c, rc, &err);
}

int cli_backup(const struct config *c)
{
    struct err err = ERR_INIT;
    struct arena a;
    int code;

    if (!cli_log_level(c, "warn"))
        return EXIT_USAGE;
    if (c->n_args > 0 && access(c->args[0], F_OK) == 0)
        return cli_fail(c, exists(c->args[0], &err), &err);
    arena_init(&a, OP_ARENA_BYTES);
    code = cli_run_told(c, "backup", STR("{}"), made, &a);
    arena_release(&a);
    return code;
}
