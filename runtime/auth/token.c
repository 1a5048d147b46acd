/* token - API tokens: made, listed, revoked; only their hash is kept. */
#include "auth/internal.h"

#include "base/json.h"
#include "base/log.h"
#include "base/time.h"
#include "base/utf8.h"

enum { TOKEN_NAME_POINTS = 120, TOKENS_LISTED = 200 };

struct create {
    int64_t id, user, now_ms, expires_at;
    struct str name, scopes;
    uint8_t hash[SHA256_BYTES];
};

static enum rc create_tx(struct db *db, void *arg, struct arena *a,
                         struct err *err)
{
    const struct create *in = arg;
    struct db_stmt *st = NULL;
    enum rc rc =
        db_prepare(db,
                   STR("INSERT INTO sys_token(id, hash, \"user\", name, "
                       "scopes, created_at,"
                       " expires_at, used_at, revoked)"
                       " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL, ?8)"),
                   &st, err);

    (void)a;
    if (rc == RC_OK) {
        db_bind_i64(st, 1, in->id);
        db_bind_blob(st, 2, in->hash, sizeof in->hash);
        db_bind_i64(st, 3, in->user);
        db_bind_str(st, 4, in->name);
        db_bind_str(st, 5, in->scopes);
        db_bind_i64(st, 6, in->now_ms);
        if (in->expires_at > 0)
            db_bind_i64(st, 7, in->expires_at);
        else
            db_bind_null(st, 7);
        db_bind_bool(st, 8, false);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    if (rc == RC_OK)
        rc =
            auth_audit(db, in->user, in->now_ms, "token.create", in->name, err);
    return rc;
}

enum rc auth_token_create(const struct workspace *ws, int64_t user,
                          struct str name, int64_t expires_at, bool may_write,
                          struct arena *a, struct auth_new_token *out,
                          struct err *err)
{
    struct create in = {.id = db_ids(ws->store, 1),
                        .user = user,
                        .now_ms = auth_now(ws),
                        .expires_at = expires_at,
                        .name = utf8_head(name, TOKEN_NAME_POINTS),
                        .scopes = may_write ? STR("read write") : STR("read")};
    struct str random = crypto_token(a);
    struct str token = STR_NONE;
    enum rc rc;

    if (expires_at > 0 && expires_at <= in.now_ms)
        return FAIL(err, RC_INVALID,
                    "The token would already have expired; give an end that "
                    "lies ahead.");
    if (random.p)
        token = str_fmt(a, "pgt_%.*s", STR_ARG(random));
    if (!token.p)
        return FAIL(err, RC_NOMEM, "There is no memory for a token.");
    sha256(token, in.hash);
    rc = auth_write(ws, create_tx, &in, a, err);
    if (rc != RC_OK)
        return rc;
    log_info("auth.token_create", KV("workspace", ws->name),
             KV_I64("user", user));
    *out = (struct auth_new_token){in.id, token, expires_at};
    return RC_OK;
}

struct revoke {
    int64_t id, user, now_ms;
    bool any;
};

static enum rc revoke_tx(struct db *db, void *arg, struct arena *a,
                         struct err *err)
{
    const struct revoke *in = arg;
    struct db_stmt *st = NULL;
    enum rc rc =
        db_prepare(db,
                   STR("UPDATE sys_token SET revoked = ?3 WHERE id = ?1"
                       " AND (\"user\" = ?2 OR ?4) AND NOT revoked"),
                   &st, err);

    (void)a;
    if (rc == RC_OK) {
        db_bind_i64(st, 1, in->id);
        db_bind_i64(st, 2, in->user);
        db_bind_bool(st, 3, true);
        db_bind_bool(st, 4, in->any);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    if (rc == RC_OK && db_changes(db) == 0)
        return FAIL(err, RC_NOTFOUND,
                    "There is no such token; it may be revoked already.");
    if (rc == RC_OK)
        rc = auth_audit(db, in->user, in->now_ms, "token.revoke", STR(""), err);
    return rc;
}

enum rc auth_token_revoke(const struct workspace *ws, int64_t id, int64_t user,
                          bool any, struct err *err)
{
    struct revoke in = {id, user, auth_now(ws), any};
    struct arena a;
    enum rc rc;

    arena_init(&a, AUTH_SCRATCH);
    rc = auth_write(ws, revoke_tx, &in, &a, err);
    arena_release(&a);
    return rc;
}

static void instant(struct json_w *w, const char *key, struct db_stmt *st,
                    int column)
{
    char text[25];

    json_key(w, str_c(key));
    if (db_col_null(st, column)) {
        json_w_null(w);
        return;
    }
    json_w_str(w, str_of(text, instant_format(db_col_i64(st, column), text)));
}

static void list_row(struct json_w *w, struct db_stmt *st)
{
    struct str scopes = db_col_str(st, 2), scope;

    json_obj_begin(w);
    json_kv_id(w, "id", db_col_i64(st, 0));
    json_kv(w, "name", db_col_str(st, 1));
    json_k(w, "scopes");
    json_arr_begin(w);
    while (str_word(&scopes, &scope))
        json_w_str(w, scope);
    json_arr_end(w);
    instant(w, "created_at", st, 3);
    instant(w, "expires_at", st, 4);
    instant(w, "used_at", st, 5);
    json_obj_end(w);
}

enum rc auth_token_list(struct db *db, int64_t user, struct json_w *w,
                        struct err *err)
{
    struct db_stmt *st = NULL;
    bool has_row = true;
    enum rc rc = db_prepare(
        db,
        STR("SELECT id, name, scopes, created_at, expires_at, used_at"
            " FROM sys_token WHERE \"user\" = ?1 AND NOT revoked"
            " ORDER BY id DESC LIMIT ?2"),
        &st, err);

    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, user);
    db_bind_i64(st, 2, TOKENS_LISTED);
    json_obj_begin(w);
    json_k(w, "items");
    json_arr_begin(w);
    while ((rc = db_step(st, &has_row, err)) == RC_OK && has_row)
        list_row(w, st);
    json_arr_end(w);
    json_obj_end(w);
    db_stmt_release(st);
    return rc;
}
