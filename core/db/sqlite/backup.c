/*
 * backup.c - a copy of the whole file while others read and write.
 *
 * A connection of its own holds one snapshot for as long as the copy takes, so
 * the copy never starts over and is what the workspace was at one moment. The
 * price: the log cannot begin anew meanwhile and grows with what is written.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "db/sqlite/internal.h"

enum { PAGES_A_STEP = 2000 };

/* The new file, its owner's alone. */
static enum rc make_file(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd >= 0) {
        close(fd);
        return RC_OK;
    }
    if (errno == EEXIST)
        return FAIL(err, RC_CONFLICT,
                    "\"%s\" exists already. Give the copy another name.", path);
    return sq_no_file(path, errno, err);
}

static enum rc copy_pages(struct sq_conn *from, sqlite3 *to, struct err *err)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from->handle, "main");
    int code = SQLITE_OK;

    if (!b)
        return FAIL(err, RC_NOMEM, "The copy cannot begin: %s.",
                    sqlite3_errmsg(to));
    while (code == SQLITE_OK)
        code = sqlite3_backup_step(b, PAGES_A_STEP);
    sqlite3_backup_finish(b);
    if (code == SQLITE_DONE)
        return RC_OK;
    if ((code & 0xff) == SQLITE_FULL)
        return FAIL_CODE(err, RC_IO, "E_FULL",
                         "The disk is full; the copy was not made.");
    if (code == SQLITE_NOMEM)
        return FAIL(err, RC_NOMEM, "There is no memory for a copy.");
    return FAIL(err, RC_IO, "The copy could not be made: %s.",
                sqlite3_errstr(code));
}

static enum rc copy_to(struct sq_store *s, struct sq_conn *from,
                       const char *path, struct err *err)
{
    sqlite3 *to = NULL;
    int64_t tables = 0;
    int code;
    enum rc rc = sq_control(from, SQ_BEGIN, err);

    if (rc == RC_OK) // takes the snapshot
        rc = sq_get_i64(from, "SELECT count(*) FROM sqlite_master", &tables,
                        err);
    if (rc != RC_OK)
        return rc;
    code = sqlite3_open_v2(path, &to,
                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, s->vfs);
    if (code == SQLITE_OK)
        code = sqlite3_exec(to, "PRAGMA synchronous=EXTRA", NULL, NULL, NULL);
    rc = code == SQLITE_OK ? copy_pages(from, to, err)
                           : FAIL(err, RC_IO, "\"%s\" cannot be written: %s.",
                                  path, sqlite3_errstr(code));
    if (sqlite3_close(to) != SQLITE_OK && rc == RC_OK)
        rc = FAIL(err, RC_IO, "\"%s\" cannot be finished.", path);
    return rc;
}

enum rc sq_backup(struct db_store *store, const char *path, struct err *err)
{
    struct sq_store *s = sq_store_of(store);
    struct sq_conn *from = mem_alloc(sizeof *from);
    enum rc rc;

    if (!from)
        return FAIL(err, RC_NOMEM, "There is no memory for a copy.");
    pthread_mutex_lock(&s->lock);
    s->lent_readers++; // the store stays open until it is given back
    pthread_mutex_unlock(&s->lock);
    rc = sq_conn_open(from, s, false, err);
    if (rc == RC_OK)
        rc = make_file(path, err);
    if (rc == RC_OK) {
        rc = copy_to(s, from, path, err);
        if (rc == RC_OK)
            sq_sync_folder(path);
        else
            unlink(path);
    }
    sq_conn_close(from, false);
    mem_free(from);
    pthread_mutex_lock(&s->lock);
    s->lent_readers--;
    pthread_mutex_unlock(&s->lock);
    pthread_cond_signal(&s->reader_free);
    return rc;
}
