/*
 * read - a package from a folder or from inside the program.
 *
 * A folder may come from anybody: no link is followed, no name outside a plain
 * set is taken, and both the number of files and their bytes end. Files whose
 * names begin with a dot are an editor's, not the package's: skipped.
 */
#include "package/package.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "xml/xml.h"

enum { DEPTH_MAX = 8, PATH_MAX_BYTES = 255 };

struct reading {
    struct arena *arena;
    VEC(struct package_file) files;
    size_t bytes;
    struct err *err;
};

/* Letters, digits and _ - . and spaces; no dot first. */
static bool name_ok(const char *name)
{
    size_t n = strlen(name);

    if (n == 0 || n > 120 || name[0] == '.' || name[n - 1] == ' ')
        return false;
    for (; *name; name++) {
        char c = *name;

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
              c == ' '))
            return false;
    }
    return true;
}

static enum rc add_file(struct reading *r, struct str path, struct str bytes)
{
    struct package_file f = {path, bytes, NULL};

    if (r->files.n >= PACKAGE_MAX_FILES)
        return FAIL(r->err, RC_LIMIT, "A package may have at most %d files.",
                    PACKAGE_MAX_FILES);
    if (bytes.n > PACKAGE_MAX_FILE_BYTES)
        return FAIL(r->err, RC_LIMIT,
                    "The file \"%.*s\" is larger than %d MB, the most one file "
                    "of a package may have.",
                    STR_ARG(path), PACKAGE_MAX_FILE_BYTES >> 20);
    r->bytes += bytes.n;
    if (r->bytes > PACKAGE_MAX_BYTES)
        return FAIL(r->err, RC_LIMIT,
                    "The package is larger than %d MB, the most it may have.",
                    PACKAGE_MAX_BYTES >> 20);
    if (!VEC_PUSH(r->arena, &r->files, f))
        return FAIL(r->err, RC_NOMEM, "There is no memory for the package.");
    return RC_OK;
}

static enum rc io_failed(struct reading *r, struct str path)
{
    return FAIL(r->err, RC_IO, "\"%.*s\" cannot be read: %s.", STR_ARG(path),
                strerror(errno));
}

/* The whole of an open file. Its size is asked once and may not grow. */
static enum rc read_bytes(struct reading *r, int fd, size_t size,
                          struct str path, struct str *out)
{
    char *p = arena_alloc(r->arena, size + 1);
    size_t n = 0;

    if (!p)
        return FAIL(r->err, RC_NOMEM, "There is no memory for \"%.*s\".",
                    STR_ARG(path));
    while (n < size) {
        ssize_t got = read(fd, p + n, size - n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return io_failed(r, path);
        if (got == 0)
            break;
        n += (size_t)got;
    }
    *out = str_of(p, n);
    return RC_OK;
}

static enum rc read_file(struct reading *r, int dir, const char *name,
                         struct str path)
{
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    struct str bytes = STR_NONE;
    struct stat st;
    enum rc rc;

    if (fd < 0)
        return io_failed(r, path);
    if (fstat(fd, &st) != 0) {
        rc = io_failed(r, path);
    } else if (!S_ISREG(st.st_mode)) {
        rc = FAIL(r->err, RC_INVALID,
                  "\"%.*s\" is neither a file nor a folder; a package holds "
                  "nothing else.",
                  STR_ARG(path));
    } else if (st.st_size > PACKAGE_MAX_FILE_BYTES) {
        rc =
            FAIL(r->err, RC_LIMIT,
                 "The file \"%.*s\" is larger than %d MB, the most one file of "
                 "a package may have.",
                 STR_ARG(path), PACKAGE_MAX_FILE_BYTES >> 20);
    } else {
        rc = read_bytes(r, fd, (size_t)st.st_size, path, &bytes);
        if (rc == RC_OK)
            rc = add_file(r, path, bytes);
    }
    close(fd);
    return rc;
}

static enum rc read_dir(struct reading *r, int fd, struct str below, int depth);

static enum rc read_entry(struct reading *r, int dir, const char *name,
                          struct str below, int depth)
{
    struct str path = below.n
                          ? str_fmt(r->arena, "%.*s/%s", STR_ARG(below), name)
                          : str_copy(r->arena, str_c(name));
    struct stat st;
    int fd;

    if (!path.p)
        return FAIL(r->err, RC_NOMEM, "There is no memory for the package.");
    if (!name_ok(name) || path.n > PATH_MAX_BYTES)
        return FAIL(r->err, RC_INVALID,
                    "\"%.*s\" is no name for a file of a package: use letters, "
                    "digits, _ - . and at most 120 bytes.",
                    STR_ARG(path));
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return io_failed(r, path);
    if (S_ISLNK(st.st_mode))
        return FAIL(r->err, RC_INVALID,
                    "\"%.*s\" is a link; put the file itself into the package.",
                    STR_ARG(path));
    if (!S_ISDIR(st.st_mode))
        return read_file(r, dir, name, path);
    if (depth >= DEPTH_MAX)
        return FAIL(r->err, RC_LIMIT, "\"%.*s\" lies deeper than %d folders.",
                    STR_ARG(path), DEPTH_MAX);
    fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? io_failed(r, path) : read_dir(r, fd, path, depth + 1);
}

/* Takes fd. */
static enum rc read_dir(struct reading *r, int fd, struct str below, int depth)
{
    DIR *dir = fdopendir(fd);
    struct dirent *d;
    enum rc rc = RC_OK;

    if (!dir) {
        rc = io_failed(r, below);
        close(fd);
        return rc;
    }
    while (rc == RC_OK && (errno = 0, d = readdir(dir)) != NULL) {
        if (d->d_name[0] != '.')
            rc = read_entry(r, dirfd(dir), d->d_name, below, depth);
    }
    if (rc == RC_OK && errno != 0)
        rc = io_failed(r, below);
    closedir(dir);
    return rc;
}

/* --- the whole ------------------------------------------------------------- */

static int by_path(const void *x, const void *y)
{
    const struct package_file *a = x, *b = y;

    return str_cmp(a->path, b->path);
}

/* The id of the manifest. A manifest that does not parse leaves "" for the
   check, which says where the fault is. */
static enum rc find_id(struct reading *r, struct str *id)
{
    struct xml_doc *doc = NULL;
    struct arena a;
    enum rc rc = RC_OK;

    *id = STR("local");
    for (size_t i = 0; i < r->files.n; i++) {
        const struct package_file *f = &r->files.v[i];

        if (!str_is(f->path, "package.xml"))
            continue;
        arena_init(&a, 64 << 20);
        rc = xml_parse(f->path, f->text, &a, &doc, NULL);
        if (rc == RC_NOMEM) {
            rc = FAIL(r->err, RC_NOMEM, "There is no memory for the package.");
        } else {
            *id = rc == RC_OK ? xml_value(doc->root, STR("id"), STR(""))
                              : STR("");
            *id = str_copy(r->arena, *id);
            rc = id->p ? RC_OK
                       : FAIL(r->err, RC_NOMEM,
                              "There is no memory for the package.");
        }
        arena_release(&a);
    }
    return rc;
}

static enum rc finish(struct reading *r, const char *where,
                      struct package_src **out)
{
    struct package_src *src = ARENA_NEW(r->arena, struct package_src);
    struct str id = STR_NONE;
    enum rc rc;

    if (!src)
        return FAIL(r->err, RC_NOMEM, "There is no memory for the package.");
    if (r->files.n == 0)
        return FAIL(r->err, RC_INVALID, "\"%s\" holds no files.", where);
    qsort(r->files.v, r->files.n, sizeof *r->files.v, by_path);
    rc = find_id(r, &id);
    if (rc != RC_OK)
        return rc;
    *src = (struct package_src){.id = id, .files = r->files.v, .n = r->files.n};
    *out = src;
    return RC_OK;
}

enum rc package_read_folder(const char *path, struct arena *a,
                            struct package_src **out, struct err *err)
{
    struct reading r = {.arena = a, .err = err};
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum rc rc;

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return FAIL(err, RC_NOTFOUND,
                    "There is no folder \"%s\". Name the folder that holds the "
                    "package's package.xml.",
                    path);
    if (fd < 0)
        return io_failed(&r, str_c(path));
    rc = read_dir(&r, fd, STR(""), 0);
    return rc == RC_OK ? finish(&r, path, out) : rc;
}

struct embedded {
    struct reading r;
    size_t prefix;
    enum rc rc;
};

static bool take_embedded(void *arg, const char *path, struct str bytes)
{
    struct embedded *e = arg;

    e->rc = add_file(&e->r, str_c(path + e->prefix), bytes);
    return e->rc == RC_OK;
}

enum rc package_read_embedded(const struct package_source *source,
                              const char *prefix, struct arena *a,
                              struct package_src **out, struct err *err)
{
    struct embedded e = {.r = {.arena = a, .err = err}, .rc = RC_OK};
    struct str folder = str_fmt(a, "%s/", prefix);

    if (!folder.p)
        return FAIL(err, RC_NOMEM, "There is no memory for the package.");
    e.prefix = folder.n;
    source->each(source->ctx, folder.p, take_embedded, &e);
    if (e.rc != RC_OK)
        return e.rc;
    if (e.r.files.n == 0)
        return FAIL(err, RC_NOTFOUND, "This program holds no package \"%s\".",
                    prefix);
    return finish(&e.r, prefix, out);
}
