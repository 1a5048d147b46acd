/* See folder.h. */
#include "app/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"

enum { LOCK_PAUSE_MS = 20 };

void folder_init(struct folder *f)
{
    *f = (struct folder){.fd = -1, .lock_fd = -1};
}

static enum rc io_failed(const struct folder *f, const char *below,
                         const char *what, struct err *err)
{
    int e = errno;

    return FAIL_CODE(err, RC_IO, e == ENOSPC ? "E_FULL" : "",
                     "\"%s%s%s\" cannot be %s: %s.", f->path,
                     below[0] ? "/" : "", below, what, strerror(e));
}

bool folder_path(const struct folder *f, const char *below,
                 char out[FOLDER_PATH_BYTES])
{
    int n = snprintf(out, FOLDER_PATH_BYTES, "%s/%s", f->path, below);

    return n > 0 && n < FOLDER_PATH_BYTES;
}

/* --- where it lies ---------------------------------------------------------- */

static const char *network_name(int fd)
{
    struct statfs st;

    if (fstatfs(fd, &st) != 0)
        return NULL;
    switch ((uint32_t)st.f_type) {
    case 0x6969u:
        return "NFS";
    case 0x517Bu:
    case 0xFF534D42u:
    case 0xFE534D42u:
        return "SMB";
    case 0x5346414Fu:
        return "AFS";
    case 0x73757245u:
        return "Coda";
    case 0x00C36400u:
        return "Ceph";
    default:
        return NULL;
    }
}

static enum rc open_root(struct folder *f, bool create, struct err *err)
{
    const char *network;
    struct stat st;

    if (create && mkdir(f->path, 0700) != 0 && errno != EEXIST)
        return io_failed(f, "", "made", err);
    f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return FAIL(err, RC_NOTFOUND,
                    "There is no data folder \"%s\". Name it with --data, or "
                    "make one with \"perigee init\" or \"perigee serve\".",
                    f->path);
    if (f->fd < 0)
        return io_failed(f, "", "opened", err);
    network = network_name(f->fd);
    if (network)
        return FAIL(err, RC_INVALID,
                    "\"%s\" lies on a network file system (%s), where a "
                    "database can be damaged. Use a local disk.",
                    f->path, network);
    if (fstat(f->fd, &st) == 0 && (st.st_mode & 077) != 0 &&
        st.st_uid == geteuid() && fchmod(f->fd, 0700) == 0)
        log_warn("folder.closed_to_others", KV_C("data", f->path));
    return RC_OK;
}

/* --- the lock ------------------------------------------------------------------ */

static enum rc take_lock(struct folder *f, int wait_ms, struct err *err)
{
    const struct timespec pause = {0, LOCK_PAUSE_MS * 1000000L};

    f->lock_fd =
        openat(f->fd, "perigee.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (f->lock_fd < 0)
        return io_failed(f, "perigee.lock", "opened", err);
    for (;;) {
        if (flock(f->lock_fd, LOCK_EX | LOCK_NB) == 0)
            return RC_OK;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return io_failed(f, "perigee.lock", "locked", err);
        if (wait_ms <= 0)
            return FAIL(err, RC_BUSY,
                        "Another perigee is using \"%s\". Stop it first, or "
                        "name another folder with --data.",
                        f->path);
        nanosleep(&pause, NULL);
        wait_ms -= LOCK_PAUSE_MS;
    }
}

/* --- files --------------------------------------------------------------------- */

bool folder_has(const struct folder *f, const char *below)
{
    return faccessat(f->fd, below, F_OK, 0) == 0;
}

enum rc folder_make(const struct folder *f, const char *below, struct err *err)
{
    if (mkdirat(f->fd, below, 0700) != 0 && errno != EEXIST)
        return io_failed(f, below, "made", err);
    return RC_OK;
}

enum rc folder_write_new(const struct folder *f, const char *below,
                         struct str bytes, struct err *err)
{
    char part[256];
    int fd, n = snprintf(part, sizeof part, "%s.new", below);
    enum rc rc = RC_OK;
    bool ok;

    if (n < 0 || n >= (int)sizeof part)
        return FAIL(err, RC_LIMIT, "\"%s\" is too long a name.", below);
    unlinkat(f->fd, part, 0); /* left by a start that was cut short */
    fd = openat(f->fd, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return io_failed(f, below, "made", err);
    ok = io_write_all(fd, bytes) && fsync(fd) == 0;
    if (close(fd) != 0 || !ok)
        rc = io_failed(f, below, "written", err);
    /* A link, for a rename would silently replace. */
    if (rc == RC_OK && linkat(f->fd, part, f->fd, below, 0) != 0)
        rc = errno == EEXIST
                 ? FAIL(err, RC_CONFLICT, "\"%s/%s\" is there already.",
                        f->path, below)
                 : io_failed(f, below, "made", err);
    unlinkat(f->fd, part, 0);
    if (rc == RC_OK && fsync(f->fd) != 0)
        rc = io_failed(f, below, "written", err);
    return rc;
}

/* --- the secret ------------------------------------------------------------------ */

static enum rc read_secret(struct folder *f, int fd, struct err *err)
{
    struct stat st;
    ssize_t n = read(fd, f->secret, sizeof f->secret);

    if (n < 0)
        return io_failed(f, "secret.key", "read", err);
    if (fstat(fd, &st) != 0 || st.st_size != (off_t)sizeof f->secret ||
        n != (ssize_t)sizeof f->secret)
        return FAIL(
            err, RC_IO,
            "\"%s/secret.key\" is damaged: it must have %d bytes. Bring "
            "it back from a backup.",
            f->path, (int)sizeof f->secret);
    if ((st.st_mode & 077) != 0 && fchmod(fd, 0600) == 0)
        log_warn("folder.secret_closed_to_others", KV_C("data", f->path));
    return RC_OK;
}

static enum rc load_secret(struct folder *f, bool create, struct err *err)
{
    int fd = openat(f->fd, "secret.key", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    enum rc rc;

    if (fd >= 0) {
        rc = read_secret(f, fd, err);
        close(fd);
        return rc;
    }
    if (errno != ENOENT)
        return io_failed(f, "secret.key", "opened", err);
    if (folder_has(f, "workspaces/main/workspace.db"))
        return FAIL(err, RC_IO,
                    "\"%s/secret.key\" is missing, and what is sealed in the "
                    "workspace cannot be read without it. Bring it back from a "
                    "backup.",
                    f->path);
    if (!create)
        return FAIL(err, RC_NOTFOUND,
                    "\"%s\" is no data folder: it has no secret.key. Name "
                    "another with --data.",
                    f->path);
    random_bytes(f->secret, sizeof f->secret);
    return folder_write_new(f, "secret.key",
                            str_of((const char *)f->secret, sizeof f->secret),
                            err);
}

/* --- open, close ------------------------------------------------------------------- */

enum rc folder_open(struct folder *f, const char *path, bool create,
                    int wait_ms, struct err *err)
{
    size_t n = strlen(path);
    enum rc rc;

    while (n > 1 && path[n - 1] == '/')
        n--;
    if (n == 0 || n + 64 > sizeof f->path)
        return FAIL(err, RC_LIMIT, "The path of the data folder is %s.",
                    n == 0 ? "empty" : "too long");
    memcpy(f->path, path, n);
    f->path[n] = '\0';
    rc = open_root(f, create, err);
    if (rc == RC_OK && !create && !folder_has(f, "secret.key") &&
        !folder_has(f, "workspaces"))
        rc = FAIL(err, RC_NOTFOUND,
                  "\"%s\" is no data folder. Name another with --data, or make "
                  "one with \"perigee init\".",
                  f->path);
    if (rc == RC_OK)
        rc = take_lock(f, wait_ms, err);
    if (rc == RC_OK)
        rc = load_secret(f, create, err);
    if (rc == RC_OK && create)
        rc = folder_make(f, "workspaces", err);
    if (rc == RC_OK && create)
        rc = folder_make(f, "apps", err);
    if (rc != RC_OK)
        folder_close(f);
    return rc;
}

void folder_close(struct folder *f)
{
    if (f->lock_fd >= 0)
        close(f->lock_fd); /* drops the lock */
    if (f->fd >= 0)
        close(f->fd);
    f->fd = f->lock_fd = -1;
    explicit_bzero(f->secret, sizeof f->secret);
}
