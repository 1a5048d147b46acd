/* See blob.h. */
#include "record/blob.h"

#include "base/buf.h"

static const char SQL_CHUNK[] =
    "INSERT INTO \"sys_blob_chunk\"(\"sha256\", \"n\", \"data\")"
    " VALUES(?1, ?2, ?3)";
static const char SQL_BLOB[] =
    "INSERT INTO \"sys_blob\"(\"sha256\", \"size\", \"created_at\")"
    " VALUES(?1, ?2, ?3)";
static const char SQL_HAS[] =
    "SELECT 1 FROM \"sys_blob\" WHERE \"sha256\" = ?1";
static const char SQL_CHUNKS[] =
    "SELECT \"data\" FROM \"sys_blob_chunk\" WHERE \"sha256\" = ?1"
    " ORDER BY \"n\"";
static const char SQL_NAME_CHUNKS[] =
    "UPDATE \"sys_blob_chunk\" SET \"sha256\" = ?2 WHERE \"sha256\" = ?1";
static const char SQL_DROP_CHUNKS[] =
    "DELETE FROM \"sys_blob_chunk\" WHERE \"sha256\" = ?1";
static const char SQL_DROP_BLOB[] =
    "DELETE FROM \"sys_blob\" WHERE \"sha256\" = ?1";

bool blob_key(struct str hex, uint8_t out[SHA256_BYTES])
{
    static const char DIGITS[] = "0123456789abcdef";
    size_t i;

    if (hex.n != 2 * SHA256_BYTES)
        return false;
    for (i = 0; i < hex.n; i++) {
        const char *at = memchr(DIGITS, hex.p[i], sizeof DIGITS - 1);

        if (at == NULL)
            return false;
        out[i / 2] = (uint8_t)((out[i / 2] << 4) | (at - DIGITS));
    }
    return true;
}

static enum rc run_key(struct db *db, const char *sql, const uint8_t *key,
                       const uint8_t *second, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, str_c(sql), &st, err);

    if (rc == RC_OK) {
        db_bind_blob(st, 1, key, SHA256_BYTES);
        if (second != NULL)
            db_bind_blob(st, 2, second, SHA256_BYTES);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

enum rc blob_has(struct db *db, const uint8_t key[SHA256_BYTES], bool *out,
                 struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, STR(SQL_HAS), &st, err);

    if (rc == RC_OK) {
        db_bind_blob(st, 1, key, SHA256_BYTES);
        rc = db_step(st, out, err);
    }
    db_stmt_release(st);
    return rc;
}

enum rc blob_put(struct db *db, const uint8_t key[SHA256_BYTES], int64_t size,
                 int64_t now_ms, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, STR(SQL_BLOB), &st, err);

    if (rc == RC_OK) {
        db_bind_blob(st, 1, key, SHA256_BYTES);
        db_bind_i64(st, 2, size);
        db_bind_i64(st, 3, now_ms);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

enum rc blob_put_chunk(struct db *db, const uint8_t key[SHA256_BYTES],
                       int64_t n, struct str data, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, STR(SQL_CHUNK), &st, err);

    if (rc == RC_OK) {
        db_bind_blob(st, 1, key, SHA256_BYTES);
        db_bind_i64(st, 2, n);
        db_bind_blob(st, 3, data.p, data.n);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

enum rc blob_put_all(struct db *db, const uint8_t key[SHA256_BYTES],
                     struct str bytes, int64_t now_ms, struct err *err)
{
    bool has = false;
    int64_t n = 0;
    size_t at;
    enum rc rc = blob_has(db, key, &has, err);

    if (rc != RC_OK || has)
        return rc;
    for (at = 0; rc == RC_OK && at < bytes.n; at += BLOB_CHUNK_BYTES)
        rc = blob_put_chunk(db, key, n++, str_sub(bytes, at, BLOB_CHUNK_BYTES),
                            err);
    return rc == RC_OK ? blob_put(db, key, (int64_t)bytes.n, now_ms, err) : rc;
}

enum rc blob_get(struct db *db, const uint8_t key[SHA256_BYTES], size_t limit,
                 struct arena *a, struct str *out, struct err *err)
{
    struct db_stmt *st = NULL;
    struct buf b;
    bool has = false, more = true;
    enum rc rc = blob_has(db, key, &has, err);

    if (rc == RC_OK && !has)
        return FAIL(err, RC_NOTFOUND, "The bytes of this file are not there.");
    buf_init(&b, limit);
    if (rc == RC_OK)
        rc = db_prepare(db, STR(SQL_CHUNKS), &st, err);
    if (rc == RC_OK)
        db_bind_blob(st, 1, key, SHA256_BYTES);
    while (rc == RC_OK) {
        rc = db_step(st, &more, err);
        if (rc != RC_OK || !more)
            break;
        buf_add(&b, db_col_blob(st, 0));
    }
    db_stmt_release(st);
    if (rc == RC_OK)
        rc = buf_finish(&b, a, out, err);
    buf_release(&b);
    return rc;
}

enum rc blob_rename_chunks(struct db *db, const uint8_t from[SHA256_BYTES],
                           const uint8_t to[SHA256_BYTES], struct err *err)
{
    return run_key(db, SQL_NAME_CHUNKS, from, to, err);
}

enum rc blob_drop_chunks(struct db *db, const uint8_t key[SHA256_BYTES],
                         struct err *err)
{
    return run_key(db, SQL_DROP_CHUNKS, key, NULL, err);
}

enum rc blob_drop_row(struct db *db, const uint8_t key[SHA256_BYTES],
                      struct err *err)
{
    return run_key(db, SQL_DROP_BLOB, key, NULL, err);
}

enum rc blob_drop(struct db *db, const uint8_t key[SHA256_BYTES],
                  struct err *err)
{
    enum rc rc = blob_drop_chunks(db, key, err);

    return rc == RC_OK ? blob_drop_row(db, key, err) : rc;
}
