/*
 * setup - the first administrator, by a link that works once.
 *
 * There is no account and no password before somebody chooses them. The user
 * comes into being through the pipeline, as the system; password, session and
 * the end of the link are rows of the same transaction, so two who use one
 * link at once are one who gets in.
 */
#include "auth/internal.h"

#include "base/json.h"
#include "base/log.h"

static const struct str SETUP_KEY = STR_INIT("setup");

static struct str digest(struct str token, struct arena *a)
{
    uint8_t hash[SHA256_BYTES];

    sha256(token, hash);
    return crypto_hex(a, hash, sizeof hash);
}

/* --- is there one already? ------------------------------------------------- */

static enum rc has_admin(struct db *db, const struct model *m, bool *out,
                         struct err *err)
{
    struct db_stmt *st = NULL;
    bool found = false;
    struct arena a;
    struct sqlb q;
    enum rc rc;

    arena_init(&a, AUTH_SCRATCH);
    sqlb_init(&q, db_dialect(db_store_of(db)), &a);
    sqlb_lit(&q, "SELECT t0.\"user\" FROM sys_password t0 JOIN ");
    sqlb_ident(&q, m->user->table);
    sqlb_lit(&q, " t1 ON t1.id = t0.\"user\" AND t1.deleted_at IS NULL AND ");
    sqlb_bool_is(&q, 1, entity_field(m->user, STR("admin"))->col.main, true);
    sqlb_lit(&q, " AND ");
    sqlb_bool_is(&q, 1, entity_field(m->user, STR("active"))->col.main, true);
    sqlb_lit(&q, " ORDER BY t0.\"user\"");
    sqlb_limit(&q, 1);
    rc = sqlb_prepare(&q, db, NULL, &st, err);
    if (rc == RC_OK)
        rc = db_step(st, &found, err);
    db_stmt_release(st);
    sqlb_release(&q);
    arena_release(&a);
    if (rc == RC_OK)
        *out = found;
    return rc;
}

static enum rc admin_is_there(const struct workspace *ws, bool *out,
                              struct err *err)
{
    const struct model *m = NULL;
    struct db *db = NULL;
    enum rc rc = workspace_read_begin(ws, &db, &m, err);

    if (rc != RC_OK)
        return rc;
    rc = has_admin(db, m, out, err);
    model_unref(m);
    db_read_end(db);
    return rc;
}

/* --- the link ---------------------------------------------------------------- */

struct setup_link {
    struct str digest;
    int64_t expires_at;
};

static enum rc link_tx(struct db *db, void *arg, struct arena *a,
                       struct err *err)
{
    const struct setup_link *in = arg;
    struct db_stmt *st = NULL;
    enum rc rc =
        db_prepare(db,
                   STR("INSERT INTO sys_kv(package, key, value, expires_at)"
                       " VALUES('sys', ?1, ?2, ?3) ON CONFLICT(package, key)"
                       " DO UPDATE SET value = ?2, expires_at = ?3"),
                   &st, err);

    (void)a;
    if (rc == RC_OK) {
        db_bind_str(st, 1, SETUP_KEY);
        db_bind_str(st, 2, in->digest);
        db_bind_i64(st, 3, in->expires_at);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

enum rc auth_setup_begin(const struct workspace *ws, struct arena *a,
                         struct str *token, struct err *err)
{
    struct setup_link in = {STR_NONE,
                            auth_now(ws) + AUTH_SETUP_HOURS * 3600000};
    struct str made = STR_NONE;
    bool there = false;
    enum rc rc = admin_is_there(ws, &there, err);

    if (rc != RC_OK)
        return rc;
    if (!there) {
        made = crypto_token(a);
        if (made.p)
            in.digest = digest(made, a);
        if (!in.digest.p)
            return FAIL(err, RC_NOMEM, "There is no memory for a link.");
        rc = auth_write(ws, link_tx, &in, a, err);
    }
    if (rc == RC_OK)
        *token = made;
    return rc;
}

static enum rc wrong_link(struct err *err)
{
    return FAIL(
        err, RC_DENIED,
        "This set-up link has been used or is too old. Start the server "
        "again: it prints a new one while there is no administrator.");
}

static enum rc link_is_good(struct db *db, struct str digest, int64_t now_ms,
                            struct err *err)
{
    struct db_stmt *st = NULL;
    bool good = false;
    enum rc rc = db_prepare(
        db,
        STR("SELECT value FROM sys_kv WHERE package = 'sys' AND key = ?1"
            " AND expires_at > ?2"),
        &st, err);

    if (rc == RC_OK) {
        db_bind_str(st, 1, SETUP_KEY);
        db_bind_i64(st, 2, now_ms);
        rc = db_step(st, &good, err);
    }
    if (rc == RC_OK && good) {
        struct str kept = db_col_str(st, 0);

        good = kept.n == digest.n && crypto_equal(kept.p, digest.p, kept.n);
    }
    db_stmt_release(st);
    if (rc == RC_OK && !good)
        return wrong_link(err);
    return rc;
}

/* --- the administrator ---------------------------------------------------------- */

struct admin {
    struct str name, email, hash;
    struct str digest;           /* of the link; empty: none is needed */
    struct auth_session session; /* token empty: none is wanted        */
    struct str agent;
    int64_t now_ms;
    const struct record_item *item;
};

static enum rc use_link(struct db *db, struct str digest, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc =
        db_prepare(db,
                   STR("DELETE FROM sys_kv WHERE package = 'sys' AND key = ?1"
                       " AND value = ?2"),
                   &st, err);

    if (rc == RC_OK) {
        db_bind_str(st, 1, SETUP_KEY);
        db_bind_str(st, 2, digest);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    if (rc == RC_OK && db_changes(db) != 1)
        return wrong_link(err);
    return rc;
}

static enum rc in_tx(void *arg, struct db *db, int64_t txn, struct err *err)
{
    struct admin *in = arg;
    int64_t user = in->item->id;
    enum rc rc = RC_OK;

    (void)txn;
    if (in->digest.n)
        rc = use_link(db, in->digest, err);
    if (rc == RC_OK)
        rc = auth_password_put(db, user, in->hash, in->now_ms, err);
    if (rc == RC_OK && in->session.token.n) {
        in->session.user = user;
        rc = auth_session_insert(db, &in->session, in->now_ms, in->agent, err);
    }
    if (rc == RC_OK)
        rc = auth_audit(db, user, in->now_ms, "admin.create", STR(""), err);
    return rc;
}

/* {"name","email","admin":true,"active":true} */
static enum rc admin_json(const struct admin *in, struct arena *a,
                          const struct json **out, struct err *err)
{
    struct str text = STR_NONE;
    struct json_w w;
    struct buf b;
    enum rc rc;

    buf_init(&b, 65536);
    json_w_init(&w, &b);
    json_obj_begin(&w);
    json_kv(&w, "name", in->name);
    json_kv(&w, "email", in->email);
    json_kv_bool(&w, "admin", true);
    json_kv_bool(&w, "active", true);
    json_obj_end(&w);
    rc = json_w_finish(&w, err);
    if (rc == RC_OK)
        rc = buf_finish(&b, a, &text, err);
    buf_release(&b);
    return rc == RC_OK ? json_parse(text, a, out, err) : rc;
}

static enum rc save_admin(const struct workspace *ws, struct admin *in,
                          struct arena *a, struct issues *issues, int64_t *user,
                          struct err *err)
{
    struct principal who = principal_system(SOURCE_CLI);
    struct record_ctx ctx = workspace_record_ctx(ws, &who);
    const struct model *m = model_slot_ref(ws->slot);
    const struct json *body = NULL;
    struct record_result result;
    struct record_batch batch;
    struct record_item *item;
    enum rc rc = admin_json(in, a, &body, err);

    if (rc == RC_OK && !m)
        rc = FAIL(err, RC_BUSY, "The workspace has no definitions yet.");
    if (rc != RC_OK)
        goto out;
    record_batch_init(&batch, a);
    item = record_add(&batch, m, RECORD_CREATE, m->user, 0);
    if (!item) {
        rc = FAIL(err, RC_NOMEM, "There is no memory for the administrator.");
        goto out;
    }
    rc = record_bind_json(&ctx, m, &batch, item, body, issues, err);
    if (rc != RC_OK)
        goto out;
    in->item = &batch.items[0];
    ctx.in_tx = in_tx;
    ctx.in_tx_arg = in;
    rc = record_save(&ctx, m, &batch, issues, &result, err);
    in->item = NULL;
    if (rc == RC_OK)
        *user = batch.items[0].id;
out:
    model_unref(m);
    return rc;
}

/* What is wrong with all three fields, at once. */
static enum rc check(const struct admin *in, struct str password,
                     struct issues *issues)
{
    enum rc rc;

    if (!str_trim(in->name).n)
        issues_add(issues, STR("name"), "required",
                   "Say what the administrator is called.");
    if (!str_trim(in->email).n)
        issues_add(issues, STR("email"), "required",
                   "The administrator needs an e-mail address to sign in.");
    rc = auth_password_check(password, in->email, in->name, issues);
    return rc == RC_OK && issues_any(issues) ? RC_INVALID : rc;
}

static enum rc invalid(struct err *err)
{
    return FAIL(err, RC_INVALID, "The administrator could not be created.");
}

enum rc auth_setup(const struct workspace *ws, struct str token,
                   struct str name, struct str email, struct str password,
                   struct str peer, struct str agent, struct arena *a,
                   struct issues *issues, struct auth_session *out,
                   struct err *err)
{
    struct admin in = {.name = name,
                       .email = email,
                       .agent = agent,
                       .now_ms = auth_now(ws),
                       .digest = digest(token, a)};
    const struct model *m = NULL;
    struct db *db = NULL;
    int64_t user = 0;
    enum rc rc;

    if (!in.digest.p)
        return FAIL(err, RC_NOMEM, "There is no memory for the set-up.");
    rc = workspace_read_begin(ws, &db, &m, err);
    if (rc != RC_OK)
        return rc;
    rc = link_is_good(db, in.digest, in.now_ms, err);
    model_unref(m);
    db_read_end(db);
    if (rc != RC_OK) {
        log_warn("auth.setup_refused", KV("peer", peer));
        return rc;
    }
    rc = check(&in, password, issues);
    if (rc == RC_INVALID)
        return invalid(err);
    if (rc == RC_OK)
        rc = password_hash(password, a, &in.hash, err);
    if (rc == RC_OK)
        rc = auth_session_make(0, in.now_ms, a, &in.session, err);
    if (rc == RC_OK)
        rc = save_admin(ws, &in, a, issues, &user, err);
    if (rc != RC_OK)
        return rc;
    log_info("auth.setup", KV("workspace", ws->name), KV_I64("user", user),
             KV("peer", peer));
    in.session.user = user;
    *out = in.session;
    return RC_OK;
}

enum rc auth_create_admin(const struct workspace *ws, struct str name,
                          struct str email, struct str password,
                          struct arena *a, struct issues *issues, int64_t *user,
                          struct err *err)
{
    struct admin in = {.name = name, .email = email, .now_ms = auth_now(ws)};
    enum rc rc = check(&in, password, issues);

    if (rc == RC_INVALID)
        return invalid(err);
    if (rc == RC_OK)
        rc = password_hash(password, a, &in.hash, err);
    if (rc == RC_OK)
        rc = save_admin(ws, &in, a, issues, user, err);
    return rc;
}
