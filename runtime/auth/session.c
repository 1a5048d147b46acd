/*
 * session - signing in and out, and what keeps a session alive.
 *
 * A session slides: each use moves its end, written at most once a minute. A
 * wrong e-mail, a wrong password, an inactive user and a user without a
 * password take the same steps and give the same answer.
 */
#include "auth/internal.h"

#include "base/log.h"

enum { TOUCH_MS = 60000, AGENT_MAX_BYTES = 200 };

static struct str agent_cut(struct str agent)
{
    size_t n = agent.n < AGENT_MAX_BYTES ? agent.n : AGENT_MAX_BYTES;

    while (n > 0 && n < agent.n && ((unsigned char)agent.p[n] & 0xC0) == 0x80)
        n--;
    return str_of(agent.p, n);
}

static int64_t slide(int64_t now_ms, int64_t created_ms)
{
    int64_t end = now_ms + AUTH_SESSION_DAYS * AUTH_DAY_MS;
    int64_t last = created_ms + AUTH_SESSION_MAX_DAYS * AUTH_DAY_MS;

    return end < last ? end : last;
}

enum rc auth_session_make(int64_t user, int64_t now_ms, struct arena *a,
                          struct auth_session *out, struct err *err)
{
    struct auth_session s = {.token = crypto_token(a),
                             .csrf = crypto_token(a),
                             .user = user,
                             .expires_at = slide(now_ms, now_ms)};

    if (!s.token.p || !s.csrf.p)
        return FAIL(err, RC_NOMEM, "There is no memory for a session.");
    *out = s;
    return RC_OK;
}

enum rc auth_session_insert(struct db *db, const struct auth_session *s,
                            int64_t now_ms, struct str agent, struct err *err)
{
    uint8_t hash[SHA256_BYTES];
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(
        db,
        STR("INSERT INTO sys_session(hash, \"user\", csrf, created_at, seen_at,"
            " expires_at, agent) VALUES(?1, ?2, ?3, ?4, ?4, ?5, ?6)"),
        &st, err);

    if (rc == RC_OK) {
        sha256(s->token, hash);
        db_bind_blob(st, 1, hash, sizeof hash);
        db_bind_i64(st, 2, s->user);
        db_bind_str(st, 3, s->csrf);
        db_bind_i64(st, 4, now_ms);
        db_bind_i64(st, 5, s->expires_at);
        db_bind_str(st, 6, agent_cut(agent));
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

/* --- signing in ------------------------------------------------------------ */

struct account {
    int64_t user; /* 0: none that may sign in   */
    struct str hash, name;
};

/* The user's hash; a user who may not sign in is as none. */
static enum rc read_hash(struct db *db, const struct model *m, int64_t user,
                         struct arena *a, struct account *out, struct err *err)
{
    struct db_stmt *st = NULL;
    bool found = false;
    struct sqlb q;
    enum rc rc;

    sqlb_init(&q, db_dialect(db_store_of(db)), a);
    sqlb_lit(&q, "SELECT t0.hash FROM sys_password t0 JOIN ");
    sqlb_ident(&q, m->user->table);
    sqlb_lit(&q, " t1 ON t1.id = t0.\"user\" AND t1.deleted_at IS NULL AND ");
    sqlb_bool_is(&q, 1, entity_field(m->user, STR("active"))->col.main, true);
    sqlb_lit(&q, " WHERE t0.\"user\" = ");
    sqlb_bind_i64(&q, user);
    rc = sqlb_prepare(&q, db, NULL, &st, err);
    if (rc == RC_OK)
        rc = db_step(st, &found, err);
    if (rc == RC_OK && found) {
        out->hash = str_copy(a, db_col_str(st, 0));
        out->user = user;
        if (!out->hash.p)
            rc = FAIL(err, RC_NOMEM, "There is no memory to sign in.");
    }
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

static enum rc find_account(const struct workspace *ws, struct str email,
                            struct arena *a, struct account *out,
                            struct err *err)
{
    struct account found = {0, STR_NONE, STR_NONE};
    const struct model *m = NULL;
    struct err why = ERR_INIT;
    struct db *db = NULL;
    int64_t user = 0;
    enum rc rc = workspace_read_begin(ws, &db, &m, err);

    if (rc != RC_OK)
        return rc;
    rc = auth_find_user(db, m, email, &user, &why);
    if (rc == RC_NOTFOUND)
        rc = RC_OK; /* user 0: has no password */
    else if (rc != RC_OK && err)
        *err = why;
    if (rc == RC_OK)
        rc = read_hash(db, m, user, a, &found, err);
    model_unref(m);
    db_read_end(db);
    if (rc == RC_OK)
        *out = found;
    return rc;
}

struct sign_in {
    struct auth_session session;
    struct auth_tries tries;
    struct str agent, new_hash; /* new_hash: empty, or with today's cost */
    int64_t now_ms;
};

static enum rc sign_in_tx(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    const struct sign_in *in = arg;
    enum rc rc = auth_tries_forgive(db, &in->tries, err);

    (void)a;
    if (rc == RC_OK && in->new_hash.n)
        rc = auth_password_put(db, in->session.user, in->new_hash, in->now_ms,
                               err);
    if (rc == RC_OK)
        rc = auth_session_insert(db, &in->session, in->now_ms, in->agent, err);
    if (rc == RC_OK)
        rc = auth_audit(db, in->session.user, in->now_ms, "session.begin",
                        STR(""), err);
    return rc;
}

static enum rc denied(struct err *err)
{
    return FAIL_CODE(err, RC_DENIED, "E_AUTH",
                     "E-mail address or password is not right.");
}

enum rc auth_sign_in(const struct workspace *ws, struct str email,
                     struct str password, struct str peer, struct str agent,
                     struct arena *a, struct auth_session *out,
                     int *retry_after_s, struct err *err)
{
    struct sign_in in = {.agent = agent, .now_ms = auth_now(ws)};
    struct account account = {0, STR_NONE, STR_NONE};
    enum rc rc = auth_tries_init(ws, email, peer, a, &in.tries, err);

    if (rc == RC_OK)
        rc = auth_tries_take(ws, &in.tries, retry_after_s, err);
    if (rc == RC_OK)
        rc = find_account(ws, email, a, &account, err);
    if (rc != RC_OK)
        return rc;
    if (password.n > AUTH_PASSWORD_MAX * 4)
        password = STR(""); /* no such password exists; same time for all */
    rc = password_verify(password, account.hash, err);
    if (rc == RC_DENIED || (rc == RC_OK && account.user == 0)) {
        log_warn("auth.refused", KV("workspace", ws->name), KV("peer", peer));
        return denied(err);
    }
    if (rc == RC_OK && !password_is_current(account.hash))
        rc = password_hash(password, a, &in.new_hash, err);
    if (rc == RC_OK)
        rc = auth_session_make(account.user, in.now_ms, a, &in.session, err);
    if (rc == RC_OK)
        rc = auth_write(ws, sign_in_tx, &in, a, err);
    if (rc != RC_OK)
        return rc;
    log_info("auth.sign_in", KV("workspace", ws->name),
             KV_I64("user", account.user), KV("peer", peer));
    *out = in.session;
    return RC_OK;
}

/* --- signing out ------------------------------------------------------------ */

struct sign_out {
    struct str token; /* this one; or, of `user`, all but this one */
    int64_t user, now_ms;
};

static enum rc sign_out_tx(struct db *db, void *arg, struct arena *a,
                           struct err *err)
{
    const struct sign_out *in = arg;
    uint8_t hash[SHA256_BYTES];
    struct db_stmt *st = NULL;
    enum rc rc;

    (void)a;
    sha256(in->token, hash);
    if (in->user == 0) {
        rc = db_prepare(db, STR("DELETE FROM sys_session WHERE hash = ?1"), &st,
                        err);
    } else {
        rc = db_prepare(db,
                        STR("DELETE FROM sys_session WHERE hash <> ?1"
                            " AND \"user\" = ?2"),
                        &st, err);
    }
    if (rc == RC_OK) {
        db_bind_blob(st, 1, hash, sizeof hash);
        if (in->user != 0)
            db_bind_i64(st, 2, in->user);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    if (rc == RC_OK && in->user != 0)
        rc = auth_audit(db, in->user, in->now_ms, "session.end_all", STR(""),
                        err);
    return rc;
}

static enum rc sign_out(const struct workspace *ws, struct sign_out *in,
                        struct err *err)
{
    struct arena a;
    enum rc rc;

    arena_init(&a, AUTH_SCRATCH);
    rc = auth_write(ws, sign_out_tx, in, &a, err);
    arena_release(&a);
    return rc;
}

enum rc auth_sign_out(const struct workspace *ws, struct str token,
                      struct err *err)
{
    struct sign_out in = {token, 0, auth_now(ws)};

    return sign_out(ws, &in, err);
}

enum rc auth_sign_out_all(const struct workspace *ws, int64_t user,
                          struct str keep, struct err *err)
{
    struct sign_out in = {keep, user, auth_now(ws)};

    return user > 0 ? sign_out(ws, &in, err) : RC_OK;
}

/* --- keeping alive ----------------------------------------------------------- */

struct touch {
    struct str token;
    bool is_token;
    int64_t now_ms;
};

static enum rc touch_tx(struct db *db, void *arg, struct arena *a,
                        struct err *err)
{
    const struct touch *in = arg;
    uint8_t hash[SHA256_BYTES];
    struct db_stmt *st = NULL;
    enum rc rc;

    (void)a;
    if (in->is_token)
        rc = db_prepare(db,
                        STR("UPDATE sys_token SET used_at = ?2 WHERE hash = ?1"
                            " AND (used_at IS NULL OR used_at < ?3)"),
                        &st, err);
    else
        rc = db_prepare(
            db,
            STR("UPDATE sys_session SET seen_at = ?2, expires_at ="
                " CASE WHEN created_at + ?5 < ?4 THEN created_at + ?5"
                " ELSE ?4 END WHERE hash = ?1 AND seen_at < ?3"),
            &st, err);
    if (rc == RC_OK) {
        sha256(in->token, hash);
        db_bind_blob(st, 1, hash, sizeof hash);
        db_bind_i64(st, 2, in->now_ms);
        db_bind_i64(st, 3, in->now_ms - TOUCH_MS);
        if (!in->is_token) {
            db_bind_i64(st, 4, in->now_ms + AUTH_SESSION_DAYS * AUTH_DAY_MS);
            db_bind_i64(st, 5, AUTH_SESSION_MAX_DAYS * AUTH_DAY_MS);
        }
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

void auth_touch(const struct workspace *ws, const struct auth *who,
                struct str token)
{
    struct touch in = {token, who->kind == AUTH_TOKEN, auth_now(ws)};
    struct err err = ERR_INIT;
    struct arena a;

    if ((who->kind != AUTH_SESSION && who->kind != AUTH_TOKEN) ||
        in.now_ms - who->session_seen_at < TOUCH_MS)
        return;
    arena_init(&a, AUTH_SCRATCH);
    /* A full disk must not keep anybody from reading. */
    if (auth_write(ws, touch_tx, &in, &a, &err) != RC_OK)
        log_warn("auth.touch_failed", KV("workspace", ws->name),
                 KV_C("why", err.text));
    arena_release(&a);
}

/* --- the sweep ----------------------------------------------------------------- */

static enum rc sweep_one(struct db *db, struct str sql, int64_t before,
                         struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, sql, &st, err);

    if (rc == RC_OK) {
        db_bind_i64(st, 1, before);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

static enum rc sweep_tx(struct db *db, void *arg, struct arena *a,
                        struct err *err)
{
    const int64_t *now_ms = arg;
    enum rc rc =
        sweep_one(db, STR("DELETE FROM sys_session WHERE expires_at <= ?1"),
                  *now_ms, err);

    (void)a;
    if (rc == RC_OK)
        rc = sweep_one(db, STR("DELETE FROM sys_login WHERE next_at <= ?1"),
                       *now_ms - AUTH_DAY_MS, err);
    if (rc == RC_OK)
        rc = sweep_one(db,
                       STR("DELETE FROM sys_kv WHERE package = 'sys'"
                           " AND expires_at <= ?1"),
                       *now_ms, err);
    return rc;
}

enum rc auth_sweep(const struct workspace *ws, struct err *err)
{
    int64_t now_ms = auth_now(ws);
    struct arena a;
    enum rc rc;

    arena_init(&a, AUTH_SCRATCH);
    rc = auth_write(ws, sweep_tx, &now_ms, &a, err);
    arena_release(&a);
    return rc;
}
