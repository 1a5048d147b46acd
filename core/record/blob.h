/*
 * blob - bytes of files, kept once under their hash: sys_blob says how many
 * there are, sys_blob_chunk holds them in pieces. What they are, a record of
 * sys:file says.
 *
 * All of it inside the caller's bracket. A key is the SHA-256 of the bytes, or
 * a random one for an upload that is still coming.
 */
#ifndef RECORD_BLOB_H
#define RECORD_BLOB_H

#include "crypto/crypto.h"
#include "db/db.h"

enum { BLOB_CHUNK_BYTES = 256 << 10 };

/* The bytes of a hash in hex; false for what is none. */
bool blob_key(struct str hex, uint8_t out[SHA256_BYTES]);
enum rc blob_has(struct db *db, const uint8_t key[SHA256_BYTES], bool *out,
                 struct err *err) MUST_CHECK;
/* The row alone, and one piece alone. */
enum rc blob_put(struct db *db, const uint8_t key[SHA256_BYTES], int64_t size,
                 int64_t now_ms, struct err *err) MUST_CHECK;
enum rc blob_put_chunk(struct db *db, const uint8_t key[SHA256_BYTES],
                       int64_t n, struct str data, struct err *err) MUST_CHECK;
/* All of it at once, unless it is there. */
enum rc blob_put_all(struct db *db, const uint8_t key[SHA256_BYTES],
                     struct str bytes, int64_t now_ms,
                     struct err *err) MUST_CHECK;
/* All of it; RC_NOTFOUND, RC_LIMIT past `limit` bytes. */
enum rc blob_get(struct db *db, const uint8_t key[SHA256_BYTES], size_t limit,
                 struct arena *a, struct str *out, struct err *err) MUST_CHECK;
enum rc blob_rename_chunks(struct db *db, const uint8_t from[SHA256_BYTES],
                           const uint8_t to[SHA256_BYTES],
                           struct err *err) MUST_CHECK;
enum rc blob_drop_chunks(struct db *db, const uint8_t key[SHA256_BYTES],
                         struct err *err) MUST_CHECK;
enum rc blob_drop_row(struct db *db, const uint8_t key[SHA256_BYTES],
                      struct err *err) MUST_CHECK;
enum rc blob_drop(struct db *db, const uint8_t key[SHA256_BYTES],
                  struct err *err) MUST_CHECK;

#endif
