/*
 * outbox - the rows: written, promoted, looked at. outbox_run.c works them off.
 *
 * Only the first live row of a key is ready; the others wait, and whoever takes
 * the first away promotes the next (outbox_promote). On an engine with several
 * nodes the key is guarded, for adding and taking away both look at the key.
 */
#include "flow/outbox_rows.h"

#include "base/id.h"
#include "base/time.h"

/* A dead row holds nobody up. */
#define LIVE                                                                   \
    "(\"state\" = 'ready' OR \"state\" = 'waiting'"                            \
    " OR \"state\" = 'running')"

static const char SQL_ADD[] =
    "INSERT INTO \"sys_outbox\" (\"id\", \"txn\", \"package\", \"kind\","
    " \"topic\", \"key\", \"payload\", \"state\", \"attempts\", \"next_at\","
    " \"lease_until\", \"fence\", \"cause_depth\", \"created_at\")"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, CASE WHEN EXISTS (SELECT 1 FROM"
    " \"sys_outbox\" WHERE \"key\" = ?6 AND " LIVE ") THEN 'waiting' ELSE"
    " 'ready' END, 0, ?8, 0, 0, ?9, ?10)";
static const char SQL_PROMOTE[] =
    "UPDATE \"sys_outbox\" SET \"state\" = 'ready' WHERE \"id\" ="
    " (SELECT min(\"id\") FROM \"sys_outbox\" WHERE \"key\" = ?1"
    " AND \"state\" = 'waiting')"
    " AND NOT EXISTS (SELECT 1 FROM \"sys_outbox\" WHERE \"key\" = ?1"
    " AND (\"state\" = 'ready' OR \"state\" = 'running'))";
static const char SQL_LIST[] =
    "SELECT \"id\", \"package\", \"kind\", \"topic\", \"key\", \"state\","
    " \"attempts\", \"next_at\", \"last_error\", \"created_at\", \"payload\""
    " FROM \"sys_outbox\" WHERE \"id\" > ?1 AND (\"state\" = ?2 OR ?2 = '')"
    " ORDER BY \"id\" LIMIT ?3";
static const char SQL_STATE[] =
    "SELECT \"state\", \"key\" FROM \"sys_outbox\" WHERE \"id\" = ?1";
/* It becomes ready by the promotion, if nobody stands in front. */
static const char SQL_RETRY[] =
    "UPDATE \"sys_outbox\" SET \"state\" = 'waiting', \"attempts\" = 0,"
    " \"next_at\" = ?1, \"payload\" = coalesce(?2, \"payload\")"
    " WHERE \"id\" = ?3";
static const char SQL_DROP[] = "DELETE FROM \"sys_outbox\" WHERE \"id\" = ?1";

/* --- adding ------------------------------------------------------------------- */

/* A text that is not given is empty, not NULL. */
static void bind(struct db_stmt *st, int i, struct str s)
{
    db_bind_str(st, i, s.p ? s : STR(""));
}

enum rc outbox_add(struct db *db, const struct outbox_entry *e, int64_t now_ms,
                   int64_t *id, struct err *err)
{
    int64_t new_id = db_ids(db_store_of(db), 1);
    struct db_stmt *st = NULL;
    enum rc rc;

    if (e->payload.n > OUTBOX_PAYLOAD_BYTES)
        return FAIL(err, RC_LIMIT,
                    "What is to be done after the save takes %zu bytes; at "
                    "most %d are possible.",
                    e->payload.n, OUTBOX_PAYLOAD_BYTES);
    if (e->kind.n == 0 || e->key.n == 0)
        return FAIL(err, RC_INVALID,
                    "What is to be done after a save needs a kind and a key.");
    rc = db_guard(db, e->key, err);
    if (rc == RC_OK)
        rc = db_prepare(db, STR(SQL_ADD), &st, err);
    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, new_id);
    db_bind_i64(st, 2, e->txn);
    bind(st, 3, e->package);
    bind(st, 4, e->kind);
    bind(st, 5, e->topic);
    bind(st, 6, e->key);
    bind(st, 7, e->payload);
    db_bind_i64(st, 8, e->not_before > now_ms ? e->not_before : now_ms);
    db_bind_i64(st, 9, e->depth);
    db_bind_i64(st, 10, now_ms);
    rc = db_step_done(st, err);
    db_stmt_release(st);
    if (rc == RC_OK)
        *id = new_id;
    return rc;
}

enum rc outbox_promote(struct db *db, struct str key, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_guard(db, key, err);

    if (rc == RC_OK)
        rc = db_prepare(db, STR(SQL_PROMOTE), &st, err);
    if (rc != RC_OK)
        return rc;
    db_bind_str(st, 1, key);
    rc = db_step_done(st, err);
    db_stmt_release(st);
    return rc;
}

/* --- looking -------------------------------------------------------------------- */

static void text_or_null(struct json_w *w, const char *key, struct db_stmt *st,
                         int i)
{
    if (!db_col_null(st, i)) {
        json_kv(w, key, db_col_str(st, i));
        return;
    }
    json_key(w, str_c(key));
    json_w_null(w);
}

static void instant(struct json_w *w, const char *key, int64_t ms)
{
    char text[25];

    json_kv(w, key, (struct str){text, instant_format(ms, text)});
}

static void write_row(struct db_stmt *st, struct json_w *w)
{
    json_obj_begin(w);
    json_kv_id(w, "id", db_col_i64(st, 0));
    json_kv(w, "package", db_col_str(st, 1));
    json_kv(w, "kind", db_col_str(st, 2));
    json_kv(w, "topic", db_col_str(st, 3));
    json_kv(w, "key", db_col_str(st, 4));
    json_kv(w, "state", db_col_str(st, 5));
    json_kv_i64(w, "attempts", db_col_i64(st, 6));
    instant(w, "next_at", db_col_i64(st, 7));
    text_or_null(w, "error", st, 8);
    instant(w, "created_at", db_col_i64(st, 9));
    json_k(w, "payload");
    json_w_raw(w, db_col_str(st, 10));
    json_obj_end(w);
}

enum rc outbox_list_json(struct db *db, struct str state, int64_t after,
                         struct json_w *w, struct err *err)
{
    struct db_stmt *st = NULL;
    bool has_row = true;
    enum rc rc = db_prepare(db, STR(SQL_LIST), &st, err);

    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, after);
    db_bind_str(st, 2, state);
    db_bind_i64(st, 3, OUTBOX_LIST);
    json_obj_begin(w);
    json_k(w, "items");
    json_arr_begin(w);
    while ((rc = db_step(st, &has_row, err)) == RC_OK && has_row)
        write_row(st, w);
    json_arr_end(w);
    json_obj_end(w);
    db_stmt_release(st);
    return rc;
}

/* --- what people decide ----------------------------------------------------------- */

struct decide {
    int64_t id, now_ms;
    struct str payload;
    bool retry; /* else drop */
};

static enum rc find_row(struct db *db, int64_t id, struct arena *a,
                        struct str *state, struct str *key, struct err *err)
{
    struct db_stmt *st = NULL;
    bool has_row = false;
    enum rc rc = db_prepare(db, STR(SQL_STATE), &st, err);

    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, id);
    rc = db_step(st, &has_row, err);
    if (rc == RC_OK && !has_row)
        rc = FAIL(err, RC_NOTFOUND,
                  "There is nothing of this id to be done. It may have been "
                  "done meanwhile.");
    if (rc == RC_OK) {
        *state = str_copy(a, db_col_str(st, 0));
        *key = str_copy(a, db_col_str(st, 1));
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    if (rc == RC_OK && arena_failed(a))
        rc = FAIL(err, RC_NOMEM, "There is no memory to look it up.");
    return rc;
}

static enum rc change_row(struct db *db, const struct decide *d,
                          struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = d->retry ? db_prepare(db, STR(SQL_RETRY), &st, err)
                          : db_prepare(db, STR(SQL_DROP), &st, err);

    if (rc != RC_OK)
        return rc;
    if (d->retry) {
        db_bind_i64(st, 1, d->now_ms);
        if (d->payload.n > 0)
            db_bind_str(st, 2, d->payload);
        else
            db_bind_null(st, 2);
    }
    db_bind_i64(st, d->retry ? 3 : 1, d->id);
    rc = db_step_done(st, err);
    db_stmt_release(st);
    return rc;
}

static enum rc decide_run(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    const struct decide *d = arg;
    struct str state, key;
    enum rc rc = find_row(db, d->id, a, &state, &key, err);

    if (rc == RC_OK && d->retry && !str_is(state, "dead"))
        rc = FAIL(err, RC_CONFLICT, "Only what was given up is tried again.");
    if (rc == RC_OK && str_is(state, "running"))
        rc = FAIL(err, RC_CONFLICT,
                  "This is being done right now. Look again in a minute.");
    if (rc == RC_OK)
        rc = change_row(db, d, err);
    return rc == RC_OK ? outbox_promote(db, key, err) : rc;
}

static enum rc decide(struct db_store *store, struct decide *d, struct err *err)
{
    struct db_job job = {.run = decide_run, .arg = d};
    struct arena scratch;
    enum rc rc;

    arena_init(&scratch, 1 << 20);
    rc = db_write(store, &job, &scratch, err);
    arena_release(&scratch);
    return rc;
}

enum rc outbox_retry(struct db_store *store, int64_t id, struct str payload,
                     int64_t now_ms, struct err *err)
{
    struct decide d = {id, now_ms, payload, true};

    if (payload.n > OUTBOX_PAYLOAD_BYTES)
        return FAIL(err, RC_LIMIT, "At most %d bytes are possible.",
                    OUTBOX_PAYLOAD_BYTES);
    return decide(store, &d, err);
}

enum rc outbox_drop(struct db_store *store, int64_t id, struct err *err)
{
    struct decide d = {.id = id};

    return decide(store, &d, err);
}
