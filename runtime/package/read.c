/*
 * read - a package from a folder, an archive's file or inside the program.
 *
 * A folder may come from anybody: no link is followed, no name outside a plain
 * set is taken, and both the number of files and their bytes end. Files whose
 * names begin with a dot are an editor's, not the package's: skipped.
 */
#include "package/gather.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "package/archive.h"

static enum rc io_failed(struct gather *g, struct str path)
{
    return FAIL(g->err, RC_IO, "\"%.*s\" cannot be read: %s.", STR_ARG(path),
                strerror(errno));
}

/* The whole of an open file. Its size is asked once and may not grow. */
static enum rc read_bytes(struct gather *g, int fd, size_t size,
                          struct str path, struct str *out)
{
    char *p = arena_alloc(g->arena, size + 1);
    size_t n = 0;

    if (!p)
        return FAIL(g->err, RC_NOMEM, "There is no memory for \"%.*s\".",
                    STR_ARG(path));
    while (n < size) {
        ssize_t got = read(fd, p + n, size - n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return io_failed(g, path);
        if (got == 0)
            break;
        n += (size_t)got;
    }
    *out = str_of(p, n);
    return RC_OK;
}

static enum rc read_file(struct gather *g, int dir, const char *name,
                         struct str path)
{
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    struct str bytes = STR_NONE;
    struct stat st;
    enum rc rc;

    if (fd < 0)
        return io_failed(g, path);
    if (fstat(fd, &st) != 0) {
        rc = io_failed(g, path);
    } else if (!S_ISREG(st.st_mode)) {
        rc = FAIL(g->err, RC_INVALID,
                  "\"%.*s\" is neither a file nor a folder; a package holds "
                  "nothing else.",
                  STR_ARG(path));
    } else if (st.st_size > PACKAGE_MAX_FILE_BYTES) {
        rc =
            FAIL(g->err, RC_LIMIT,
                 "The file \"%.*s\" is larger than %d MB, the most one file of "
                 "a package may have.",
                 STR_ARG(path), PACKAGE_MAX_FILE_BYTES >> 20);
    } else {
        rc = read_bytes(g, fd, (size_t)st.st_size, path, &bytes);
        if (rc == RC_OK)
            rc = gather_add(g, path, bytes);
    }
    close(fd);
    return rc;
}

static enum rc read_dir(struct gather *g, int fd, struct str below, int depth);

static enum rc read_entry(struct gather *g, int dir, const char *name,
                          struct str below, int depth)
{
    struct str path = below.n
                          ? str_fmt(g->arena, "%.*s/%s", STR_ARG(below), name)
                          : str_copy(g->arena, str_c(name));
    struct stat st;
    enum rc rc;
    int fd;

    if (!path.p)
        return gather_nomem(g);
    rc = gather_path(g, path);
    if (rc != RC_OK)
        return rc;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return io_failed(g, path);
    if (S_ISLNK(st.st_mode))
        return FAIL(g->err, RC_INVALID,
                    "\"%.*s\" is a link; put the file itself into the package.",
                    STR_ARG(path));
    if (!S_ISDIR(st.st_mode))
        return read_file(g, dir, name, path);
    if (depth >= PACKAGE_MAX_DEPTH)
        return FAIL(g->err, RC_LIMIT, "\"%.*s\" lies deeper than %d folders.",
                    STR_ARG(path), PACKAGE_MAX_DEPTH);
    fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? io_failed(g, path) : read_dir(g, fd, path, depth + 1);
}

/* Takes fd. */
static enum rc read_dir(struct gather *g, int fd, struct str below, int depth)
{
    DIR *dir = fdopendir(fd);
    struct dirent *d;
    enum rc rc = RC_OK;

    if (!dir) {
        rc = io_failed(g, below);
        close(fd);
        return rc;
    }
    while (rc == RC_OK && (errno = 0, d = readdir(dir)) != NULL) {
        if (d->d_name[0] != '.')
            rc = read_entry(g, dirfd(dir), d->d_name, below, depth);
    }
    if (rc == RC_OK && errno != 0)
        rc = io_failed(g, below);
    closedir(dir);
    return rc;
}

/* --- doors ------------------------------------------------------------------ */

enum rc package_read_folder(const char *path, struct arena *a,
                            struct package_src **out, struct err *err)
{
    struct gather g = {.arena = a, .err = err};
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum rc rc;

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return FAIL(err, RC_NOTFOUND,
                    "There is no folder \"%s\". Name the folder that holds the "
                    "package's package.xml.",
                    path);
    if (fd < 0)
        return io_failed(&g, str_c(path));
    rc = read_dir(&g, fd, STR(""), 0);
    return rc == RC_OK ? gather_finish(&g, path, out) : rc;
}

/* The whole file, opened here and nowhere else: between a look at it and its
   reading nobody can put another in its place. */
enum rc package_read(const char *path, struct arena *a,
                     struct package_src **out, struct err *err)
{
    struct gather g = {.arena = a, .err = err};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct str bytes = STR_NONE;
    struct stat st;
    enum rc rc;

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return FAIL(err, RC_NOTFOUND,
                    "There is no package \"%s\". Name a folder that holds a "
                    "package.xml, or a .perigee file.",
                    path);
    if (fd < 0)
        return io_failed(&g, str_c(path));
    if (fstat(fd, &st) != 0) {
        rc = io_failed(&g, str_c(path));
    } else if (S_ISDIR(st.st_mode)) {
        rc = read_dir(&g, fd, STR(""), 0);
        return rc == RC_OK ? gather_finish(&g, path, out) : rc;
    } else if (!S_ISREG(st.st_mode)) {
        rc = FAIL(err, RC_INVALID,
                  "\"%s\" is neither a folder nor a .perigee file.", path);
    } else if (st.st_size > ARCHIVE_MAX_BYTES) {
        rc = FAIL(err, RC_LIMIT, "\"%s\" is larger than a package may be.",
                  path);
    } else {
        rc = read_bytes(&g, fd, (size_t)st.st_size, str_c(path), &bytes);
    }
    close(fd);
    return rc == RC_OK ? archive_read(bytes, path, a, out, err) : rc;
}

struct embedded {
    struct gather g;
    size_t prefix;
    enum rc rc;
};

static bool take_embedded(void *arg, const char *path, struct str bytes)
{
    struct embedded *e = arg;

    e->rc = gather_add(&e->g, str_c(path + e->prefix), bytes);
    return e->rc == RC_OK;
}

enum rc package_read_embedded(const struct package_source *source,
                              const char *prefix, struct arena *a,
                              struct package_src **out, struct err *err)
{
    struct embedded e = {.g = {.arena = a, .err = err}, .rc = RC_OK};
    struct str folder = str_fmt(a, "%s/", prefix);

    if (!folder.p)
        return FAIL(err, RC_NOMEM, "There is no memory for the package.");
    e.prefix = folder.n;
    source->each(source->ctx, folder.p, take_embedded, &e);
    if (e.rc != RC_OK)
        return e.rc;
    if (e.g.files.n == 0)
        return FAIL(err, RC_NOTFOUND, "This program holds no package \"%s\".",
                    prefix);
    return gather_finish(&e.g, prefix, out);
}
