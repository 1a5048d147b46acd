/*
 * auth - what each request asks: whose cookie, whose token.
 *
 * One statement, prepared once a connection, joins the session or token with
 * its user and the number of the rights, by primary key each: the price of a
 * request is three look-ups.
 */
#include "auth/internal.h"

#include "base/clock.h"
#include "base/utf8.h"

int64_t auth_now(const struct workspace *ws)
{
    return ws->clock->now_ms(ws->clock->arg);
}

enum rc auth_write(const struct workspace *ws,
                   enum rc (*run)(struct db *db, void *arg, struct arena *a,
                                  struct err *err),
                   void *arg, struct arena *a, struct err *err)
{
    struct db_job job = {.run = run, .arg = arg};

    return db_write(ws->store, &job, a, err);
}

enum rc auth_audit(struct db *db, int64_t user, int64_t now_ms,
                   const char *what, struct str detail, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc =
        db_prepare(db,
                   STR("INSERT INTO sys_audit(id, at, \"user\", what, detail)"
                       " VALUES(?1, ?2, ?3, ?4, ?5)"),
                   &st, err);

    if (rc == RC_OK) {
        db_bind_i64(st, 1, db_ids(db_store_of(db), 1));
        db_bind_i64(st, 2, now_ms);
        db_bind_i64(st, 3, user);
        db_bind_str(st, 4, str_c(what));
        db_bind_str(st, 5, detail);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

/* --- the statement ------------------------------------------------------- */

enum column {
    C_USER,
    C_EXTRA, /* csrf | scopes */
    C_SEEN,
    C_CREATED,
    C_EXPIRES,
    C_REVOKED,
    C_RIGHTS,
    C_ACTIVE,
    C_ADMIN,
    C_NAME,
    C_EMAIL,
    C_LANG,
    C_TZ,
    C_THEME
};

static const char *const USER_FIELDS[] = {"active", "admin", "name", "email",
                                          "lang",   "tz",    "theme"};

/* Columns of sys:user by their physical names, from the model. */
static bool add_user_columns(struct sqlb *q, const struct entity *user)
{
    for (size_t i = 0; i < sizeof USER_FIELDS / sizeof *USER_FIELDS; i++) {
        const struct field *f = entity_field(user, str_c(USER_FIELDS[i]));

        if (!f)
            return false;
        sqlb_lit(q, ", ");
        sqlb_col(q, 1, f->col.main);
    }
    return true;
}

static bool build(struct sqlb *q, const struct entity *user, bool of_token)
{
    if (of_token)
        sqlb_lit(q, "SELECT t0.\"user\", t0.scopes, t0.used_at, t0.created_at,"
                    " t0.expires_at, t0.revoked");
    else
        sqlb_lit(q, "SELECT t0.\"user\", t0.csrf, t0.seen_at, t0.created_at,"
                    " t0.expires_at, NULL");
    sqlb_lit(q, ", (SELECT value FROM sys_meta WHERE key='rights')");
    if (!add_user_columns(q, user))
        return false;
    if (of_token)
        sqlb_lit(q, " FROM sys_token t0 JOIN ");
    else
        sqlb_lit(q, " FROM sys_session t0 JOIN ");
    sqlb_ident(q, user->table);
    sqlb_lit(q, " t1 ON t1.id = t0.\"user\" AND t1.deleted_at IS NULL"
                " WHERE t0.hash = ?1");
    return true;
}

static enum rc find(struct db *db, const struct model *m, bool of_token,
                    struct str token, struct arena *a, struct db_stmt **out,
                    bool *found, struct err *err)
{
    uint8_t hash[SHA256_BYTES];
    struct db_stmt *st = NULL;
    struct str sql = STR_NONE;
    struct sqlb q;
    enum rc rc;

    sqlb_init(&q, db_dialect(db_store_of(db)), a);
    if (!m->user || !build(&q, m->user, of_token))
        rc = FAIL(err, RC_BUG, "The model has no usable entity sys:user.");
    else
        rc = sqlb_text(&q, &sql, err);
    if (rc == RC_OK)
        rc = db_prepare(db, sql, &st, err);
    sqlb_release(&q);
    if (rc != RC_OK)
        return rc;
    sha256(token, hash);
    db_bind_blob(st, 1, hash, sizeof hash);
    rc = db_step(st, found, err);
    if (rc != RC_OK) {
        db_stmt_release(st);
        return rc;
    }
    *out = st;
    return RC_OK;
}

/* --- the row -------------------------------------------------------------- */

static bool take(struct arena *a, struct db_stmt *st, int column,
                 struct str *out)
{
    *out = str_copy(a, db_col_str(st, column));
    return out->p != NULL;
}

static enum rc read_who(struct db_stmt *st, const struct model *m,
                        struct arena *a, struct auth *out, struct err *err)
{
    int64_t rights = 0;

    out->who.kind = PRINCIPAL_USER;
    out->who.user = db_col_i64(st, C_USER);
    out->who.is_admin = db_col_bool(st, C_ADMIN);
    if (!str_to_i64(db_col_str(st, C_RIGHTS), &rights))
        rights = 0;
    out->who.rights = (uint64_t)rights;
    out->session_seen_at = db_col_i64(st, C_SEEN);
    if (!take(a, st, C_NAME, &out->name) ||
        !take(a, st, C_EMAIL, &out->email) ||
        !take(a, st, C_LANG, &out->lang) || !take(a, st, C_TZ, &out->tz) ||
        !take(a, st, C_THEME, &out->theme))
        return FAIL(err, RC_NOMEM, "There is no memory to say who asks.");
    out->who.lang = out->lang.n ? out->lang : m->lang;
    return RC_OK;
}

static enum rc refuse(struct err *err)
{
    return FAIL_CODE(err, RC_DENIED, "E_AUTH",
                     "Sign in: the session or token is not valid any more.");
}

static bool scope_has(struct str scopes, struct str wanted)
{
    struct str word;

    while (str_word(&scopes, &word)) {
        if (str_eq(word, wanted))
            return true;
    }
    return false;
}

static bool session_is_good(struct db_stmt *st, int64_t now_ms)
{
    int64_t end =
        db_col_i64(st, C_CREATED) + AUTH_SESSION_MAX_DAYS * AUTH_DAY_MS;

    return now_ms < db_col_i64(st, C_EXPIRES) && now_ms < end;
}

static bool token_is_good(struct db_stmt *st, int64_t now_ms)
{
    return !db_col_bool(st, C_REVOKED) &&
           (db_col_null(st, C_EXPIRES) || db_col_i64(st, C_EXPIRES) > now_ms);
}

static enum rc by(struct db *db, const struct model *m, bool of_token,
                  struct str token, int64_t now_ms, struct arena *a,
                  struct auth *out, struct err *err)
{
    struct auth who = {.kind = of_token ? AUTH_TOKEN : AUTH_SESSION};
    struct db_stmt *st = NULL;
    bool found = false, good;
    enum rc rc;

    *out = (struct auth){.kind = AUTH_NONE};
    rc = find(db, m, of_token, token, a, &st, &found, err);
    if (rc != RC_OK)
        return rc;
    good = found && db_col_bool(st, C_ACTIVE) &&
           (of_token ? token_is_good(st, now_ms) : session_is_good(st, now_ms));
    rc = good ? read_who(st, m, a, &who, err) : refuse(err);
    if (rc == RC_OK && of_token) {
        struct str scopes = db_col_str(st, C_EXTRA);

        who.who.may_write = scope_has(scopes, STR("write"));
        who.who.source = SOURCE_API;
        if (!scope_has(scopes, STR("read")) && !who.who.may_write)
            rc = refuse(err);
    } else if (rc == RC_OK) {
        who.who.may_write = true;
        who.who.source = SOURCE_UI;
        if (!take(a, st, C_EXTRA, &who.csrf))
            rc = FAIL(err, RC_NOMEM, "There is no memory to say who asks.");
    }
    db_stmt_release(st);
    if (rc == RC_OK)
        *out = who;
    return rc;
}

enum rc auth_by_session(struct db *db, const struct model *m, struct str token,
                        int64_t now_ms, struct arena *a, struct auth *out,
                        struct err *err)
{
    return by(db, m, false, token, now_ms, a, out, err);
}

enum rc auth_by_token(struct db *db, const struct model *m, struct str token,
                      int64_t now_ms, struct arena *a, struct auth *out,
                      struct err *err)
{
    return by(db, m, true, token, now_ms, a, out, err);
}

/* --- rights that moved during a save ---------------------------------------- */

enum rc auth_refresh(void *ws, struct db *db, struct principal *out,
                     struct err *err)
{
    const struct workspace *in = ws;
    const struct model *m = model_slot_ref(in->slot);
    struct db_stmt *st = NULL;
    bool found = false;
    struct arena a;
    struct sqlb q;
    enum rc rc;

    if (!m || out->kind != PRINCIPAL_USER) {
        model_unref(m);
        return m ? RC_OK : FAIL(err, RC_BUSY, "The workspace is not ready.");
    }
    arena_init(&a, AUTH_SCRATCH);
    sqlb_init(&q, db_dialect(db_store_of(db)), &a);
    sqlb_lit(&q, "SELECT ");
    sqlb_col(&q, 0, entity_field(m->user, STR("active"))->col.main);
    sqlb_lit(&q, ", ");
    sqlb_col(&q, 0, entity_field(m->user, STR("admin"))->col.main);
    sqlb_lit(&q, " FROM ");
    sqlb_ident(&q, m->user->table);
    sqlb_lit(&q, " t0 WHERE t0.deleted_at IS NULL AND t0.id = ");
    sqlb_bind_i64(&q, out->user);
    rc = sqlb_prepare(&q, db, NULL, &st, err);
    if (rc == RC_OK)
        rc = db_step(st, &found, err);
    if (rc == RC_OK && (!found || !db_col_bool(st, 0)))
        rc = refuse(err);
    else if (rc == RC_OK)
        out->is_admin = db_col_bool(st, 1);
    db_stmt_release(st);
    sqlb_release(&q);
    arena_release(&a);
    model_unref(m);
    return rc;
}

/* --- finding people -------------------------------------------------------- */

enum rc auth_find_user(struct db *db, const struct model *m, struct str email,
                       int64_t *user, struct err *err)
{
    const struct field *f =
        m->user ? entity_field(m->user, STR("email")) : NULL;
    struct str lower, key = STR_NONE;
    struct db_stmt *st = NULL;
    bool found = false;
    struct arena a;
    struct sqlb q;
    int64_t id = 0;
    enum rc rc;

    if (!f)
        return FAIL(err, RC_BUG, "The model has no usable entity sys:user.");
    if (utf8_invalid(email) >= 0)
        email = STR("");
    arena_init(&a, AUTH_SCRATCH);
    sqlb_init(&q, db_dialect(db_store_of(db)), &a);
    /* As it is stored, in lower case: two addresses that differ in an accent
       are two people. The folded key beside it is what an index may hold. */
    lower = str_lower_ascii(&a, str_trim(email));
    rc = utf8_fold(lower, FOLD_POINTS, &a, &key, err);
    if (rc == RC_OK) {
        sqlb_lit(&q, "SELECT t0.id FROM ");
        sqlb_ident(&q, m->user->table);
        sqlb_lit(&q, " t0 WHERE t0.deleted_at IS NULL AND ");
        sqlb_col(&q, 0, f->col.main);
        sqlb_lit(&q, " = ");
        sqlb_bind_str(&q, lower);
        sqlb_lit(&q, " AND ");
        sqlb_col(&q, 0, f->col.key);
        sqlb_lit(&q, " = ");
        sqlb_bind_str(&q, key);
        rc = sqlb_prepare(&q, db, NULL, &st, err);
    }
    if (rc == RC_OK)
        rc = db_step(st, &found, err);
    if (rc == RC_OK && found)
        id = db_col_i64(st, 0);
    db_stmt_release(st);
    sqlb_release(&q);
    arena_release(&a);
    if (rc == RC_OK && !found)
        return FAIL(err, RC_NOTFOUND, "No user has the e-mail address %.*s.",
                    STR_ARG(email));
    if (rc == RC_OK)
        *user = id;
    return rc;
}
