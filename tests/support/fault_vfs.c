#include "support/fault_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test.h"

/* ---- what is remembered of a file -------------------------------------- */

enum { FILES = 16, SECTOR = 512 };

struct image {
    unsigned char *p;
    size_t n, cap;
};

struct memory {
    char path[512];
    struct image synced; /* when it was last synced   */
    struct image now;    /* as a reader would find it */
};

struct fault_file {
    sqlite3_file base;
    sqlite3_file *real;
    struct memory *memory; /* NULL: a temporary file */
    bool counted;
};

static struct {
    pthread_mutex_t lock;
    struct fault_plan plan;
    long seen;
    bool armed, fired, remembering, lying;
    struct memory files[FILES];
    size_t n_files;
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void grow(struct image *im, size_t n)
{
    if (n > im->cap) {
        size_t cap = n * 2;
        unsigned char *p = realloc(im->p, cap);

        CHECK(p != NULL);
        memset(p + im->cap, 0, cap - im->cap);
        im->p = p;
        im->cap = cap;
    }
    if (n > im->n)
        im->n = n;
}

static void image_write(struct image *im, const void *p, size_t n, size_t at)
{
    grow(im, at + n);
    memcpy(im->p + at, p, n);
}

static void image_cut(struct image *im, size_t n)
{
    if (n < im->n) {
        memset(im->p + n, 0, im->n - n);
        im->n = n;
    } else {
        grow(im, n);
    }
}

static void image_copy(struct image *to, const struct image *from)
{
    image_cut(to, 0);
    if (from->n > 0)
        image_write(to, from->p, from->n, 0);
}

/* Under the lock. */
static struct memory *memory_of(const char *path)
{
    struct memory *m;

    for (size_t i = 0; i < disk.n_files; i++)
        if (!strcmp(disk.files[i].path, path))
            return &disk.files[i];
    if (disk.n_files == FILES)
        return NULL;
    m = &disk.files[disk.n_files++];
    snprintf(m->path, sizeof m->path, "%s", path);
    return m;
}

/* ---- failing ----------------------------------------------------------- */

/* Under the lock: does this call fail? */
static bool fails(const struct fault_file *f, unsigned call)
{
    if (!disk.armed || !f->counted || !(disk.plan.calls & call))
        return false;
    disk.seen++;
    if (disk.seen < disk.plan.nth ||
        (disk.seen > disk.plan.nth && !disk.plan.sticky))
        return false;
    disk.fired = true;
    return true;
}

static struct fault_file *file_of(sqlite3_file *f)
{
    return (struct fault_file *)(void *)f;
}

static sqlite3_file *real_of(sqlite3_file *f)
{
    return file_of(f)->real;
}

static int f_write(sqlite3_file *file, const void *p, int n, sqlite3_int64 at)
{
    struct fault_file *f = file_of(file);
    int rc;

    pthread_mutex_lock(&disk.lock);
    if (fails(f, FAULT_WRITE)) {
        (void)f->real->pMethods->xWrite(f->real, p, n / 2, at);
        rc = disk.plan.full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
        n = n / 2;
    } else {
        rc = f->real->pMethods->xWrite(f->real, p, n, at);
    }
    if (disk.remembering && f->memory)
        image_write(&f->memory->now, p, (size_t)n, (size_t)at);
    pthread_mutex_unlock(&disk.lock);
    return rc;
}

static int f_truncate(sqlite3_file *file, sqlite3_int64 n)
{
    struct fault_file *f = file_of(file);
    int rc = SQLITE_IOERR_TRUNCATE;

    pthread_mutex_lock(&disk.lock);
    if (!fails(f, FAULT_TRUNCATE)) {
        rc = f->real->pMethods->xTruncate(f->real, n);
        if (disk.remembering && f->memory)
            image_cut(&f->memory->now, (size_t)n);
    }
    pthread_mutex_unlock(&disk.lock);
    return rc;
}

static int f_sync(sqlite3_file *file, int flags)
{
    struct fault_file *f = file_of(file);
    int rc = SQLITE_IOERR_FSYNC;

    pthread_mutex_lock(&disk.lock);
    if (!fails(f, FAULT_SYNC)) {
        // No power is cut here: what the kernel has is safe enough.
        rc = disk.remembering ? SQLITE_OK
                              : f->real->pMethods->xSync(f->real, flags);
        if (disk.remembering && f->memory && !disk.lying)
            image_copy(&f->memory->synced, &f->memory->now);
    }
    pthread_mutex_unlock(&disk.lock);
    return rc;
}

/* ---- passing on -------------------------------------------------------- */

static int f_close(sqlite3_file *file)
{
    return real_of(file)->pMethods
               ? real_of(file)->pMethods->xClose(real_of(file))
               : SQLITE_OK;
}
static int f_read(sqlite3_file *file, void *p, int n, sqlite3_int64 at)
{
    return real_of(file)->pMethods->xRead(real_of(file), p, n, at);
}
static int f_size(sqlite3_file *file, sqlite3_int64 *n)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), n);
}
static int f_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}
static int f_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}
static int f_reserved(sqlite3_file *file, int *out)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}
static int f_control(sqlite3_file *file, int op, void *arg)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}
static int f_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}
static int f_traits(sqlite3_file *file)
{
    int traits = real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));

    // Where the power is cut, the system's promise that a write leaves its
    // neighbours alone is not kept, and SQLite must not count on it.
    return disk.remembering ? traits & ~SQLITE_IOCAP_POWERSAFE_OVERWRITE
                            : traits;
}
static int f_shm_map(sqlite3_file *file, int page, int size, int extend,
                     void volatile **out)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend,
                                            out);
}
static int f_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), at, n, flags);
}
static void f_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}
static int f_shm_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static const sqlite3_io_methods METHODS = {.iVersion = 2,
                                           .xClose = f_close,
                                           .xRead = f_read,
                                           .xWrite = f_write,
                                           .xTruncate = f_truncate,
                                           .xSync = f_sync,
                                           .xFileSize = f_size,
                                           .xLock = f_lock,
                                           .xUnlock = f_unlock,
                                           .xCheckReservedLock = f_reserved,
                                           .xFileControl = f_control,
                                           .xSectorSize = f_sector,
                                           .xDeviceCharacteristics = f_traits,
                                           .xShmMap = f_shm_map,
                                           .xShmLock = f_shm_lock,
                                           .xShmBarrier = f_shm_barrier,
                                           .xShmUnmap = f_shm_unmap};

static int v_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file,
                  int flags, int *out_flags)
{
    struct fault_file *f = file_of(file);
    int rc;

    (void)vfs;
    memset(f, 0, sizeof *f);
    f->real = (sqlite3_file *)(void *)(f + 1);
    f->counted = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL |
                           SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    rc = disk.real->xOpen(disk.real, name, f->real, flags, out_flags);
    if (rc != SQLITE_OK)
        return rc;
    f->base.pMethods = &METHODS;
    pthread_mutex_lock(&disk.lock);
    if (f->counted && name)
        f->memory = memory_of(name);
    pthread_mutex_unlock(&disk.lock);
    return SQLITE_OK;
}

static int v_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
    (void)vfs;
    pthread_mutex_lock(&disk.lock);
    for (size_t i = 0; i < disk.n_files; i++) {
        if (!strcmp(disk.files[i].path, name)) {
            image_cut(&disk.files[i].now, 0);
            if (sync_dir && !disk.lying)
                image_cut(&disk.files[i].synced, 0);
        }
    }
    pthread_mutex_unlock(&disk.lock);
    return disk.real->xDelete(disk.real, name, sync_dir);
}

void fault_vfs_register(void)
{
    if (disk.real)
        return;
    disk.real = sqlite3_vfs_find(NULL);
    CHECK(disk.real != NULL);
    disk.vfs = *disk.real;
    disk.vfs.pNext = NULL;
    disk.vfs.zName = FAULT_VFS;
    disk.vfs.szOsFile = (int)sizeof(struct fault_file) + disk.real->szOsFile;
    disk.vfs.xOpen = v_open;
    disk.vfs.xDelete = v_delete;
    CHECK(sqlite3_vfs_register(&disk.vfs, 0) == SQLITE_OK);
}

/* ---- the controls ------------------------------------------------------ */

void fault_vfs_arm(const struct fault_plan *plan)
{
    pthread_mutex_lock(&disk.lock);
    disk.plan = *plan;
    disk.seen = 0;
    disk.fired = false;
    disk.armed = true;
    pthread_mutex_unlock(&disk.lock);
}

bool fault_vfs_fired(void)
{
    bool fired;

    pthread_mutex_lock(&disk.lock);
    fired = disk.fired;
    pthread_mutex_unlock(&disk.lock);
    return fired;
}

void fault_vfs_disarm(void)
{
    pthread_mutex_lock(&disk.lock);
    disk.armed = false;
    pthread_mutex_unlock(&disk.lock);
}

void fault_vfs_lie(bool lie)
{
    pthread_mutex_lock(&disk.lock);
    disk.lying = lie;
    pthread_mutex_unlock(&disk.lock);
}

void fault_vfs_forget(void)
{
    pthread_mutex_lock(&disk.lock);
    for (size_t i = 0; i < disk.n_files; i++) {
        free(disk.files[i].now.p);
        free(disk.files[i].synced.p);
    }
    memset(disk.files, 0, sizeof disk.files);
    disk.n_files = 0;
    disk.remembering = false;
    disk.lying = false;
    pthread_mutex_unlock(&disk.lock);
}

void fault_vfs_remember(void)
{
    fault_vfs_forget();
    pthread_mutex_lock(&disk.lock);
    disk.remembering = true;
    pthread_mutex_unlock(&disk.lock);
}

static uint64_t next(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    return *s ^= *s << 17;
}

/* What the disk may hold: of each sector changed since the sync the new, the
   old, or the first part new. */
static void write_cut(const struct memory *m, const char *path, uint64_t *seed)
{
    struct image im = {NULL, 0, 0};
    size_t n = m->now.n;
    FILE *file = fopen(path, "wb");

    CHECK(file != NULL);
    image_copy(&im, &m->synced);
    if (m->now.n < m->synced.n && next(seed) % 2)
        n = m->synced.n; // the truncation did not arrive
    image_cut(&im, n);
    for (size_t at = 0; at < m->now.n; at += SECTOR) {
        size_t k = m->now.n - at < SECTOR ? m->now.n - at : SECTOR;
        uint64_t fate = next(seed) % 4;

        if (fate == 3)
            k = k * (next(seed) % 8) / 8;
        if (fate >= 1 && k > 0)
            image_write(&im, m->now.p + at, k, at);
    }
    CHECK(fwrite(im.p ? (const char *)im.p : "", 1, im.n, file) == im.n);
    CHECK(fclose(file) == 0);
    free(im.p);
}

void fault_vfs_cut(const char *path, uint64_t seed)
{
    uint64_t s = seed * 0x9E3779B97F4A7C15u | 1;
    size_t base = strlen(path);

    for (int i = 0; i < 8; i++)
        (void)next(&s);
    pthread_mutex_lock(&disk.lock);
    for (size_t i = 0; i < disk.n_files; i++) {
        const struct memory *m = &disk.files[i];
        char out[600];

        if (strncmp(m->path, path, base) != 0)
            continue;
        snprintf(out, sizeof out, "%s.cut%s", path, m->path + base);
        write_cut(m, out, &s);
    }
    pthread_mutex_unlock(&disk.lock);
}
