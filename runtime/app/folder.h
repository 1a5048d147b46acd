/*
 * folder - the data folder: its lock, its secret, its places.
 *
 *     data/ 0700   perigee.lock  perigee.sock  secret.key  tls/{cert,key}.pem
 *                  apps/  workspaces/main/workspace.db
 *
 * One process has a folder at a time. The lock is a file of its own: opening
 * and closing the database from outside its driver would drop SQLite's locks.
 */
#ifndef APP_FOLDER_H
#define APP_FOLDER_H

#include "base/arena.h"
#include "crypto/crypto.h"

enum { FOLDER_PATH_BYTES = 4096 };

struct folder {
    int fd, lock_fd; /* -1: none */
    char path[FOLDER_PATH_BYTES];
    uint8_t secret[CRYPTO_KEY_BYTES];
};

void folder_init(struct folder *f);
/*
 * Open, and lock for this process. create: make what is missing.
 * Errors: RC_NOTFOUND  no such folder (create is false)
 *         RC_BUSY      another perigee is using it; after wait_ms
 *         RC_INVALID   it lies on a network file system, where neither locks
 *                      nor shared memory can be trusted
 *         RC_IO, RC_LIMIT (the path is too long)
 */
enum rc folder_open(struct folder *f, const char *path, bool create,
                    int wait_ms, struct err *err) MUST_CHECK;
void folder_close(struct folder *f); /* safe twice, and on _init */

/* "data/tls/cert.pem"; false when it does not fit. */
bool folder_path(const struct folder *f, const char *below,
                 char out[FOLDER_PATH_BYTES]);
/* A folder below (0700), made if it is not there. */
enum rc folder_make(const struct folder *f, const char *below,
                    struct err *err) MUST_CHECK;
bool folder_has(const struct folder *f, const char *below);
/* A new file (0600) that is whole or not there. RC_CONFLICT: it is there. */
enum rc folder_write_new(const struct folder *f, const char *below,
                         struct str bytes, struct err *err) MUST_CHECK;

#endif
