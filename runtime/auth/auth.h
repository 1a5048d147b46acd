/*
 * auth - who is asking: passwords, sessions, API tokens, the first set-up.
 *
 * Tokens are 256 random bits, kept as SHA-256 only. Every answer to a wrong
 * e-mail, a wrong password and a locked account is the same, in the same time.
 * Rights are read with each request: a change is effective at once.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "auth/workspace.h"

enum {
    AUTH_SESSION_DAYS = 14,     /* sliding: since last seen          */
    AUTH_SESSION_MAX_DAYS = 90, /* since sign-in                     */
    AUTH_PASSWORD_MIN = 15,     /* characters, single factor         */
    AUTH_PASSWORD_MAX = 256,
    AUTH_SETUP_HOURS = 24 /* the one-time link                 */
};

enum auth_kind { AUTH_NONE, AUTH_SESSION, AUTH_TOKEN, AUTH_CLI };

struct auth {
    enum auth_kind kind;
    struct principal who; /* strings live in the arena given     */
    struct str csrf;      /* of a session                        */
    struct str name, email, lang, tz, theme;
    int64_t session_seen_at;
};

/* --- with each request ---------------------------------------------------- */
/* `db` is the request's read bracket. RC_DENIED: unknown, expired, revoked or
   of an inactive user; *out says AUTH_NONE then. */
enum rc auth_by_session(struct db *db, const struct model *m, struct str token,
                        int64_t now_ms, struct arena *a, struct auth *out,
                        struct err *err) MUST_CHECK;
enum rc auth_by_token(struct db *db, const struct model *m, struct str token,
                      int64_t now_ms, struct arena *a, struct auth *out,
                      struct err *err) MUST_CHECK;
/* Keep seen_at and used_at roughly true: at most a write a minute each. */
void auth_touch(const struct workspace *ws, const struct auth *who,
                struct str token);

/* record_ctx.refresh: what this user may do by now; arg is the workspace. */
enum rc auth_refresh(void *ws, struct db *db, struct principal *out,
                     struct err *err) MUST_CHECK;

/* --- signing in and out ----------------------------------------------------- */
struct auth_session {
    struct str token, csrf; /* token: the cookie's value, shown once */
    int64_t user;
    int64_t expires_at;
};
/*
 * RC_DENIED (uniform); RC_LIMIT code E_RATE with *retry_after_s: ten failures
 * an account or thirty an address, then doubling waits, never a lock-out.
 */
enum rc auth_sign_in(const struct workspace *ws, struct str email,
                     struct str password, struct str peer, struct str agent,
                     struct arena *a, struct auth_session *out,
                     int *retry_after_s, struct err *err) MUST_CHECK;
enum rc auth_sign_out(const struct workspace *ws, struct str token,
                      struct err *err) MUST_CHECK;
/* Ends every session of a user but the one of `keep` (STR_NONE: all). */
enum rc auth_sign_out_all(const struct workspace *ws, int64_t user,
                          struct str keep, struct err *err) MUST_CHECK;

/* Forget sessions, counters of tries and set-up links that are over. Now and
   then; cheap. */
enum rc auth_sweep(const struct workspace *ws, struct err *err) MUST_CHECK;

/* --- passwords ---------------------------------------------------------------- */
/* Length and a list of common ones; issues at path "password". */
enum rc auth_password_check(struct str password, struct str email,
                            struct str name, struct issues *issues);
enum rc auth_password_set(const struct workspace *ws, int64_t user,
                          struct str password, struct err *err) MUST_CHECK;

/* --- API tokens ------------------------------------------------------------------ */
struct auth_new_token {
    int64_t id;
    struct str token;   /* "pgt_..."; shown once */
    int64_t expires_at; /* 0: never */
};
enum rc auth_token_create(const struct workspace *ws, int64_t user,
                          struct str name, int64_t expires_at, bool may_write,
                          struct arena *a, struct auth_new_token *out,
                          struct err *err) MUST_CHECK;
/* Of this user only, unless `any`. RC_NOTFOUND. */
enum rc auth_token_revoke(const struct workspace *ws, int64_t id, int64_t user,
                          bool any, struct err *err) MUST_CHECK;
/* {"items":[{"id","name","scopes","created_at","expires_at","used_at"}]} */
enum rc auth_token_list(struct db *db, int64_t user, struct json_w *w,
                        struct err *err) MUST_CHECK;

/* --- the first administrator -------------------------------------------------------- */
/* A new one-time token for /setup#TOKEN, unless there is an administrator with
   a password already: then STR_NONE. */
enum rc auth_setup_begin(const struct workspace *ws, struct arena *a,
                         struct str *token, struct err *err) MUST_CHECK;
/* RC_DENIED a wrong, used or old token; RC_INVALID issues (name, email,
   password). Creates the user through the pipeline and signs in. */
enum rc auth_setup(const struct workspace *ws, struct str token,
                   struct str name, struct str email, struct str password,
                   struct str peer, struct str agent, struct arena *a,
                   struct issues *issues, struct auth_session *out,
                   struct err *err) MUST_CHECK;
/* `perigee init`: the same without a token. */
enum rc auth_create_admin(const struct workspace *ws, struct str name,
                          struct str email, struct str password,
                          struct arena *a, struct issues *issues, int64_t *user,
                          struct err *err) MUST_CHECK;
/* User id of an e-mail (folded); RC_NOTFOUND. */
enum rc auth_find_user(struct db *db, const struct model *m, struct str email,
                       int64_t *user, struct err *err) MUST_CHECK;

#endif
