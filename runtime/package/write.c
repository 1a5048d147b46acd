/*
 * write - a package as a folder, the other way round from read.c.
 *
 * A folder that is not there is made beside its place and moved there when it
 * is whole. In one that is there each file is moved over its old self, so a
 * reader finds the old or the new one; then what an earlier export left goes.
 * Names are held to what a package may have (gather.h) and no link is followed, so nothing is
 * written outside the folder, whoever sent the names.
 */
#include "package/package.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "package/gather.h"

enum { PLACE_BYTES = 4096 };

struct writer {
    const char *place; /* for messages */
    const struct package_src *src;
    struct err *err;
};

static enum rc io_failed(struct writer *w, const char *what, struct str path)
{
    return FAIL(w->err, RC_IO, "\"%s/%.*s\" cannot be %s: %s.", w->place,
                STR_ARG(path), what, strerror(errno));
}

/* --- one file ---------------------------------------------------------------- */

/* A name with a dot first is no file of a package, should this be cut short. */
static enum rc put_file(struct writer *w, int dir, const char *name,
                        const struct package_file *f)
{
    char part[NAME_MAX + 1];
    int fd, n = snprintf(part, sizeof part, ".%s.new", name);
    enum rc rc = RC_OK;
    bool ok;

    if (n < 0 || n >= (int)sizeof part)
        return FAIL(w->err, RC_LIMIT, "\"%s\" is too long a name.", name);
    unlinkat(dir, part, 0);
    fd = openat(dir, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                0666);
    if (fd < 0)
        return io_failed(w, "made", f->path);
    ok = io_write_all(fd, f->text) && fsync(fd) == 0;
    if (close(fd) != 0 || !ok)
        rc = io_failed(w, "written", f->path);
    if (rc == RC_OK && renameat(dir, part, dir, name) != 0)
        rc = io_failed(w, "written", f->path);
    if (rc != RC_OK)
        unlinkat(dir, part, 0);
    return rc;
}

/* The folder `name` in `dir`, made if need be; takes `dir`, *out is another. */
static enum rc step_down(struct writer *w, int dir, const char *name,
                         struct str path, int *out)
{
    enum rc rc = RC_OK;

    if (mkdirat(dir, name, 0777) != 0 && errno != EEXIST)
        rc = io_failed(w, "made", path);
    if (rc == RC_OK) {
        *out =
            openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (*out < 0)
            rc = io_failed(w, "opened", path);
    }
    close(dir);
    return rc;
}

static enum rc put(struct writer *w, int root, const struct package_file *f)
{
    char name[PACKAGE_MAX_PATH + 1];
    struct str rest = f->path, part;
    int dir = dup(root);
    enum rc rc = RC_OK;

    if (dir < 0)
        return io_failed(w, "opened", STR(""));
    for (;;) {
        (void)str_split(&rest, '/', &part);
        memcpy(name, part.p, part.n);
        name[part.n] = '\0';
        if (rest.n == 0)
            break;
        rc = step_down(w, dir, name, f->path, &dir);
        if (rc != RC_OK)
            return rc;
    }
    rc = put_file(w, dir, name, f);
    close(dir);
    return rc;
}

static enum rc put_all(struct writer *w, int root)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < w->src->n; i++)
        rc = put(w, root, &w->src->files[i]);
    if (rc == RC_OK && fsync(root) != 0)
        rc = io_failed(w, "written", STR(""));
    return rc;
}

/* --- what an earlier export left ------------------------------------------------ */

static bool is_ours(struct str path)
{
    return str_ends(path, STR(".xml")) || str_is(path, "local.lock") ||
           str_starts(path, STR("seed/")) || str_starts(path, STR("files/"));
}

static bool is_kept(const struct writer *w, struct str path)
{
    for (size_t i = 0; i < w->src->n; i++) {
        if (str_eq(w->src->files[i].path, path))
            return true;
    }
    return false;
}

static enum rc prune(struct writer *w, int fd, const char *below, int depth);

static enum rc prune_one(struct writer *w, int dir, const char *name,
                         const char *below, int depth)
{
    char path[PACKAGE_MAX_PATH + 1];
    int n = snprintf(path, sizeof path, "%s%s", below, name);
    struct stat st;
    int fd;

    if (n < 0 || n >= (int)sizeof path ||
        fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return RC_OK; /* no name of ours */
    if (S_ISDIR(st.st_mode) && depth < PACKAGE_MAX_DEPTH) {
        enum rc rc;

        fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
            return io_failed(w, "opened", str_c(path));
        if (n + 1 >= (int)sizeof path) {
            close(fd);
            return RC_OK;
        }
        path[n] = '/';
        path[n + 1] = '\0';
        rc = prune(w, fd, path, depth + 1);
        unlinkat(dir, name, AT_REMOVEDIR); /* when nothing is left in it */
        return rc;
    }
    if (!S_ISREG(st.st_mode) || !is_ours(str_c(path)) ||
        is_kept(w, str_c(path)))
        return RC_OK;
    return unlinkat(dir, name, 0) == 0 ? RC_OK
                                       : io_failed(w, "removed", str_c(path));
}

/* Takes fd. */
static enum rc prune(struct writer *w, int fd, const char *below, int depth)
{
    DIR *dir = fdopendir(fd);
    struct dirent *d;
    enum rc rc = RC_OK;

    if (!dir) {
        close(fd);
        return io_failed(w, "read", str_c(below));
    }
    while (rc == RC_OK && (d = readdir(dir)) != NULL) {
        if (d->d_name[0] != '.')
            rc = prune_one(w, dirfd(dir), d->d_name, below, depth);
    }
    closedir(dir);
    return rc;
}

/* --- the folder ------------------------------------------------------------------- */

/* All below it and itself: a folder we made, that did not become whole. */
static void discard(int parent, const char *name)
{
    int fd =
        openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *d;

    if (!dir) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((d = readdir(dir)) != NULL) {
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
            continue;
        if (unlinkat(fd, d->d_name, 0) != 0)
            discard(fd, d->d_name);
    }
    closedir(dir);
    unlinkat(parent, name, AT_REMOVEDIR);
}

static enum rc write_new(struct writer *w)
{
    char part[PLACE_BYTES];
    uint32_t word;
    int fd, n;
    enum rc rc = RC_OK;

    random_bytes(&word, sizeof word);
    n = snprintf(part, sizeof part, "%s.new-%08x", w->place, (unsigned)word);
    if (n < 0 || n >= (int)sizeof part)
        return FAIL(w->err, RC_LIMIT, "\"%s\" is too long a path.", w->place);
    if (mkdir(part, 0777) != 0)
        return FAIL(w->err, errno == ENOENT ? RC_NOTFOUND : RC_IO,
                    "The folder \"%s\" cannot be made: %s.", w->place,
                    strerror(errno));
    fd = open(part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        rc = io_failed(w, "opened", STR(""));
    if (rc == RC_OK)
        rc = put_all(w, fd);
    if (fd >= 0)
        close(fd);
    if (rc == RC_OK && rename(part, w->place) != 0)
        rc = FAIL(w->err, RC_IO, "The folder \"%s\" cannot be made: %s.",
                  w->place, strerror(errno));
    if (rc != RC_OK)
        discard(AT_FDCWD, part);
    return rc;
}

static bool holds_something(int fd)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    struct dirent *d;
    bool any = false;

    if (!dir) {
        if (copy >= 0)
            close(copy);
        return true; /* let nothing be written over */
    }
    while (!any && (d = readdir(dir)) != NULL)
        any = strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
    closedir(dir);
    return any;
}

static enum rc write_into(struct writer *w, int fd, bool force)
{
    bool holds = holds_something(fd);
    int again;
    enum rc rc;

    if (holds && !force)
        return FAIL(w->err, RC_CONFLICT,
                    "The folder \"%s\" holds something already. Name another, "
                    "or write over an export in it with --force.",
                    w->place);
    rc = put_all(w, fd);
    if (rc != RC_OK || !holds)
        return rc;
    again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return again < 0 ? io_failed(w, "opened", STR("")) : prune(w, again, "", 0);
}

enum rc package_write_folder(const char *path, const struct package_src *src,
                             bool force, struct err *err)
{
    char place[PLACE_BYTES];
    struct writer w = {place, src, err};
    const struct gather names = {.err = err};
    size_t n = strlen(path);
    int fd;
    enum rc rc;

    while (n > 1 && path[n - 1] == '/')
        n--;
    if (n == 0 || n + 32 > sizeof place)
        return FAIL(err, RC_LIMIT, "The path of the folder is %s.",
                    n == 0 ? "empty" : "too long");
    memcpy(place, path, n);
    place[n] = '\0';
    for (size_t i = 0; i < src->n; i++) {
        rc = gather_path(&names, src->files[i].path);
        if (rc != RC_OK)
            return rc;
    }
    fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return write_new(&w);
    if (fd < 0)
        return FAIL(err, errno == ENOTDIR ? RC_CONFLICT : RC_IO,
                    "\"%s\" is no folder that can be written to: %s.", place,
                    strerror(errno));
    rc = write_into(&w, fd, force);
    close(fd);
    return rc;
}
