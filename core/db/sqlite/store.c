/*
 * store.c - opening and closing a workspace's file.
 *
 * The file is made with mode 0600 before SQLite sees it; the log and the
 * shared memory beside it inherit that. It is never opened by anybody else
 * here: closing any descriptor of it would drop SQLite's locks. A clean close
 * moves the log into the file; after a failed disk the log stays as it is, for
 * the next open to recover from.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "db/sqlite/internal.h"

static enum rc sq_guard(struct db *db, struct str key, struct err *err)
{
    (void)db; // there is one writer: nothing runs beside
    (void)key;
    (void)err;
    return RC_OK;
}

static int64_t sq_changes(struct db *db)
{
    return sqlite3_changes64(sq_conn_of(db)->handle);
}

static void sq_close(struct db_store *store);

static const struct db_driver DRIVER = {
    .dialect = DB_SQLITE,
    .caps = DB_CAP_TX_DDL,
    .close = sq_close,
    .read_begin = sq_read_begin,
    .read_end = sq_read_end,
    .write = sq_write,
    .mark = sq_mark,
    .guard = sq_guard,
    .prepare = sq_prepare,
    .release = sq_release,
    .reset = sq_reset,
    .bind_i64 = sq_bind_i64,
    .bind_f64 = sq_bind_f64,
    .bind_bool = sq_bind_bool,
    .bind_str = sq_bind_str,
    .bind_blob = sq_bind_blob,
    .bind_null = sq_bind_null,
    .bind_ids = sq_bind_ids,
    .step = sq_step,
    .col_null = sq_col_null,
    .col_i64 = sq_col_i64,
    .col_f64 = sq_col_f64,
    .col_bool = sq_col_bool,
    .col_str = sq_col_str,
    .col_blob = sq_col_blob,
    .changes = sq_changes,
    .exec = sq_exec,
    .cancel = sq_cancel,
    .explain = sq_explain,
    .stats = sq_stats,
    .verify = sq_verify,
    .backup = sq_backup,
};

/* ---- the file ---------------------------------------------------------- */

enum rc sq_no_file(const char *path, int e, struct err *err)
{
    if (e == ENOENT || e == ENOTDIR)
        return FAIL(err, RC_NOTFOUND, "There is no workspace at \"%s\".", path);
    if (e == ENOSPC || e == EDQUOT)
        return FAIL_CODE(err, RC_IO, "E_FULL",
                         "The disk is full; \"%s\" cannot be made.", path);
    return FAIL(err, RC_IO, "\"%s\" cannot be opened: %s.", path, strerror(e));
}

/* A new name is durable when its folder is. */
void sq_sync_folder(const char *path)
{
    char folder[PATH_MAX];
    char *slash;
    int fd;

    snprintf(folder, sizeof folder, "%s", path);
    slash = strrchr(folder, '/');
    if (slash)
        *(slash == folder ? slash + 1 : slash) = 0;
    fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fsync(fd) != 0)
        log_warn("db.folder_sync", KV_C("path", path));
    close(fd);
}

/* SQLite's log is shared memory: on a file system of the network another
   machine would see neither it nor our locks. */
static bool is_remote(const char *path)
{
    enum { NFS = 0x6969, AFS = 0x5346414F, SMB = 0x517B };
    static const uint32_t CIFS = 0xFF534D42, SMB2 = 0xFE534D42;
    struct statfs fs;
    uint32_t kind;

    if (statfs(path, &fs) != 0)
        return false;
    kind = (uint32_t)fs.f_type;
    return kind == NFS || kind == AFS || kind == SMB || kind == CIFS ||
           kind == SMB2;
}

/* Make the file if asked to, keep others out of it, and find its full name. */
static enum rc settle_file(const char *path, bool create, char full[PATH_MAX],
                           struct err *err)
{
    struct stat st;
    int fd;

    if (create) {
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0) {
            close(fd); // it has no locks yet
            sq_sync_folder(path);
        } else if (errno != EEXIST) {
            return sq_no_file(path, errno, err);
        }
    }
    if (!realpath(path, full) || stat(full, &st) != 0)
        return sq_no_file(path, errno, err);
    if (!S_ISREG(st.st_mode))
        return FAIL(err, RC_IO, "\"%s\" is not a file.", path);
    if (is_remote(full))
        return FAIL(err, RC_IO,
                    "\"%s\" lies on a network file system, where a workspace "
                    "is not safe. Move it to a disk of this machine.",
                    path);
    if ((st.st_mode & 077) != 0) {
        log_warn("db.file_mode", KV_C("path", full));
        if (chmod(full, 0600) != 0)
            return sq_no_file(path, errno, err);
    }
    return RC_OK;
}

/* ---- making and unmaking the store ------------------------------------- */

static char *copy(const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = mem_alloc(n);

    if (p)
        memcpy(p, s, n);
    return p;
}

static enum rc make(const struct db_config *config, const char *path,
                    struct sq_store **out, struct err *err)
{
    struct sq_store *s = mem_alloc(sizeof *s);
    pthread_condattr_t monotonic;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (!s)
        return FAIL(err, RC_NOMEM, "There is no memory to open a workspace.");
    s->base.driver = &DRIVER;
    s->base.clock = config->clock ? config->clock : clock_system();
    s->hostile = config->hostile;
    s->max_queued = config->queue > 0 ? (size_t)config->queue : SQ_QUEUE;
    s->quiet_ms = config->quiet_ms > 0 ? config->quiet_ms : SQ_MERGE_MS;
    s->may_merge = true; // who wrote last may have gone before merging
    s->max_readers = config->readers;
    if (s->max_readers <= 0)
        s->max_readers = cores > 1 ? (int)cores * 2 : 4;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->reader_free, &monotonic);
    pthread_cond_init(&s->work, &monotonic);
    pthread_condattr_destroy(&monotonic);
    s->readers = mem_alloc((size_t)s->max_readers * sizeof *s->readers);
    s->path = copy(path);
    s->vfs = config->vfs ? copy(config->vfs) : NULL;
    *out = s;
    if (!s->readers || !s->path || (config->vfs && !s->vfs))
        return FAIL(err, RC_NOMEM, "There is no memory to open a workspace.");
    return RC_OK;
}

/* After the writer has gone and no reader is lent. */
static void unmake(struct sq_store *s)
{
    if (!s)
        return;
    for (int i = 0; i < s->n_readers; i++)
        sq_conn_close(&s->readers[i], false);
    sq_conn_close(&s->writer, !s->broken && !s->memory);
    if (s->folder) {
        char name[PATH_MAX];

        unlink(s->path);
        snprintf(name, sizeof name, "%s-wal", s->path);
        unlink(name);
        snprintf(name, sizeof name, "%s-shm", s->path);
        unlink(name);
        rmdir(s->folder);
    }
    idgen_free(s->base.ids);
    pthread_cond_destroy(&s->work);
    pthread_cond_destroy(&s->reader_free);
    pthread_mutex_destroy(&s->lock);
    mem_free(s->folder);
    mem_free(s->readers);
    mem_free(s->vfs);
    mem_free(s->path);
    mem_free(s);
}

static enum rc usable_library(struct err *err)
{
    int v = sqlite3_libversion_number();
    // Without the fix of the WAL-reset bug a file may be damaged.
    bool fixed = v >= 3051003 || (v >= 3050007 && v < 3051000);

    if (!fixed || !sqlite3_threadsafe() ||
        !sqlite3_compileoption_used("ENABLE_FTS5"))
        return FAIL(err, RC_BUG,
                    "SQLite %s cannot be used: 3.51.3 or newer with threads "
                    "and FTS5 is needed.",
                    sqlite3_libversion());
    return RC_OK;
}

static enum rc start(struct sq_store *s, int node, struct err *err)
{
    int64_t above = 0;
    enum rc rc = sq_conn_open(&s->writer, s, true, err);

    if (rc == RC_OK)
        rc = sq_inspect(&s->writer, err);
    if (rc == RC_OK)
        rc = sq_largest_id(&s->writer, &above, err);
    if (rc != RC_OK)
        return rc;
    s->base.ids = idgen_new(s->base.clock, node, above);
    if (!s->base.ids)
        return FAIL(err, RC_NOMEM, "There is no memory to open a workspace.");
    if (pthread_create(&s->thread, NULL, sq_writer_main, s) != 0)
        return FAIL(err, RC_NOMEM, "The writer's thread cannot be started.");
    return RC_OK;
}

enum rc db_open(const struct db_config *config, struct db_store **out,
                struct err *err)
{
    char full[PATH_MAX];
    struct sq_store *s = NULL;
    enum rc rc = usable_library(err);

    if (rc == RC_OK)
        rc = settle_file(config->path, config->create, full, err);
    if (rc == RC_OK)
        rc = make(config, full, &s, err);
    if (rc == RC_OK)
        rc = start(s, config->node, err);
    if (rc != RC_OK) {
        unmake(s);
        return rc;
    }
    *out = &s->base;
    return RC_OK;
}

/* Real files in memory: an in-memory database of SQLite's own has no log, so
   its readers would wait for its writer and see no snapshots. */
enum rc db_open_memory(const struct clock *clock, struct db_store **out,
                       struct err *err)
{
    const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : P_tmpdir;
    char folder[64], path[96], full[PATH_MAX];
    struct db_config config = {.clock = clock};
    struct sq_store *s = NULL;
    enum rc rc = usable_library(err);

    if (rc != RC_OK)
        return rc;
    snprintf(folder, sizeof folder, "%s/perigee-XXXXXX", tmp);
    if (!mkdtemp(folder))
        return sq_no_file(folder, errno, err);
    snprintf(path, sizeof path, "%s/memory.db", folder);
    rc = settle_file(path, true, full, err);
    if (rc == RC_OK)
        rc = make(&config, full, &s, err);
    if (rc == RC_OK) {
        s->memory = true;
        s->folder = copy(folder);
        rc = s->folder ? start(s, 0, err)
                       : FAIL(err, RC_NOMEM,
                              "There is no memory to open a "
                              "workspace.");
    }
    if (rc != RC_OK) {
        unmake(s);
        unlink(path);
        rmdir(folder);
        return rc;
    }
    *out = &s->base;
    return RC_OK;
}

static void sq_close(struct db_store *store)
{
    struct sq_store *s = sq_store_of(store);

    pthread_mutex_lock(&s->lock);
    s->closing = true;
    while (s->lent_readers > 0)
        pthread_cond_wait(&s->reader_free, &s->lock);
    pthread_mutex_unlock(&s->lock);
    pthread_cond_signal(&s->work);
    pthread_join(s->thread, NULL);
    unmake(s);
}

const char *db_version(void)
{
    return sqlite3_libversion();
}
