/*
 * internal - what the files of auth share.
 */
#ifndef AUTH_INTERNAL_H
#define AUTH_INTERNAL_H

#include "auth/auth.h"

enum { AUTH_HASH_BYTES = SHA256_BYTES, AUTH_SCRATCH = 1 << 20 };

#define AUTH_DAY_MS INT64_C(86400000)

int64_t auth_now(const struct workspace *ws);

/* A write job of this module's own. */
enum rc auth_write(const struct workspace *ws,
                   enum rc (*run)(struct db *db, void *arg, struct arena *a,
                                  struct err *err),
                   void *arg, struct arena *a, struct err *err) MUST_CHECK;
/* A row of sys_audit: what happened, never a secret. */
enum rc auth_audit(struct db *db, int64_t user, int64_t now_ms,
                   const char *what, struct str detail,
                   struct err *err) MUST_CHECK;

/* --- sessions (session.c) ----------------------------------------------- */

/* Token, csrf and end of a session that is not stored yet. RC_NOMEM. */
enum rc auth_session_make(int64_t user, int64_t now_ms, struct arena *a,
                          struct auth_session *out, struct err *err) MUST_CHECK;
/* Inside a write job. */
enum rc auth_session_insert(struct db *db, const struct auth_session *s,
                            int64_t now_ms, struct str agent,
                            struct err *err) MUST_CHECK;

/* --- passwords ---------------------------------------------------------- */

/* Inside a write job: the user's only password is now this hash. */
enum rc auth_password_put(struct db *db, int64_t user, struct str hash,
                          int64_t now_ms, struct err *err) MUST_CHECK;

/* --- limiter (limiter.c) ------------------------------------------------ */

/* Keys of sys_login: keyed hashes, since people type passwords into the wrong
   field. peer: an address (IPv6: its /64); empty gives STR_NONE. */
struct auth_tries {
    struct str account, address;
};
enum rc auth_tries_init(const struct workspace *ws, struct str email,
                        struct str peer, struct arena *a,
                        struct auth_tries *out, struct err *err) MUST_CHECK;
/*
 * Count a try before it is made, so that a thousand at once do not slip past.
 * RC_LIMIT E_RATE: not now; *retry_after_s >= 1, nothing was counted.
 */
enum rc auth_tries_take(const struct workspace *ws,
                        const struct auth_tries *tries, int *retry_after_s,
                        struct err *err) MUST_CHECK;
/* Inside a write job: the try succeeded. */
enum rc auth_tries_forgive(struct db *db, const struct auth_tries *tries,
                           struct err *err) MUST_CHECK;

#endif
