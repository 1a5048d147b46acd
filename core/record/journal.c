/*
 * journal - step 9's second half: what was before, and that it happened.
 *
 * One row of sys_chg a record, with the old values of what changed; one of
 * sys_event for those who listen; one of sys_txn for the whole. They are
 * written in the transaction of the change, so there is exactly one for each
 * change that was committed (R20).
 */
#include "record/pipe.h"

static const char SQL_CHG[] =
    "INSERT INTO sys_chg(txn, n, ent, rec, op, rev, before)"
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)";
static const char SQL_SEQ[] = "SELECT coalesce(max(seq), 0) FROM sys_event";
static const char SQL_EVENT[] =
    "INSERT INTO sys_event(seq, txn, ent, rec, op, rev, fields, \"user\", at,"
    " last) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
/* The last of a transaction is marked, and a nested save comes after it. */
static const char SQL_NOT_LAST[] =
    "UPDATE sys_event SET last = ?1 WHERE seq = ?2 AND txn = ?3";
static const char SQL_MORE[] = "UPDATE sys_txn SET n = n + ?1 WHERE id = ?2";
static const char SQL_TXN[] =
    "INSERT INTO sys_txn(id, at, \"user\", source, cause, undoes, n)"
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)";
/* An undo that is undone itself leaves what it undid as done. */
static const char SQL_UNDONE[] =
    "UPDATE sys_txn SET undone_by = ?1 WHERE id = ?2";
static const char SQL_REDONE[] =
    "UPDATE sys_txn SET undone_by = NULL WHERE id ="
    " (SELECT undoes FROM sys_txn WHERE id = ?1)";

static const char SQL_RIGHTS[] =
    "UPDATE sys_meta SET value = ?1 WHERE key = 'rights'";

/* --- sys_chg -------------------------------------------------------------------- */

static enum rc before_image(struct save *s, const struct work *w, struct buf *b,
                            struct err *err)
{
    const struct record_item *item = w->item;
    const struct entity *e = item->entity;
    struct json_w json;
    size_t i;

    json_w_init(&json, b);
    json_obj_begin(&json);
    for (i = e->n_system; i < e->n_fields; i++) {
        if (!field_set_has(&item->changed, (int)i))
            continue;
        json_key(&json, field_stored_name(e->fields[i]));
        field_json(s->m, e->fields[i], &item->old->v[i], &json);
    }
    json_obj_end(&json);
    return json_w_finish(&json, err);
}

static bool is_empty(const struct field_set *set)
{
    static const struct field_set NONE = {{0}};

    return memcmp(set, &NONE, sizeof NONE) == 0;
}

enum rc journal_record(struct save *s, const struct work *w, struct err *err)
{
    const struct record_item *item = w->item;
    bool has_before = item->op != RECORD_CREATE && !is_empty(&item->changed);
    enum rc rc = RC_OK;

    buf_reset(&s->words);
    if (!s->chg)
        rc = db_prepare(s->db, STR(SQL_CHG), &s->chg, err);
    if (rc == RC_OK && has_before)
        rc = before_image(s, w, &s->words, err);
    if (rc == RC_OK) {
        db_bind_i64(s->chg, 1, s->txn);
        s->n_chg++;
        db_bind_i64(s->chg, 2, ++pipe_outermost(s)->n_tx);
        db_bind_i64(s->chg, 3, item->entity->number);
        db_bind_i64(s->chg, 4, item->id);
        db_bind_i64(s->chg, 5, (int64_t)item->op);
        db_bind_i64(s->chg, 6, item->rev);
        if (has_before)
            db_bind_str(s->chg, 7, buf_view(&s->words));
        else
            db_bind_null(s->chg, 7);
        rc = db_step_done(s->chg, err);
        db_stmt_reset(s->chg);
    }
    return rc;
}

/* --- sys_event -------------------------------------------------------------------- */

static void add_names(const struct record_item *item, struct buf *b)
{
    size_t i;

    for (i = item->entity->n_system; i < item->entity->n_fields; i++) {
        if (!field_set_has(&item->changed, (int)i))
            continue;
        if (b->n)
            buf_addc(b, ' ');
        buf_add(b, item->entity->fields[i]->name);
    }
}

static enum rc event(struct save *s, struct db_stmt *st, const struct work *w,
                     int64_t seq, bool last, struct err *err)
{
    const struct record_item *item = w->item;

    buf_reset(&s->plain);
    if (item->op == RECORD_UPDATE)
        add_names(item, &s->plain);
    if (s->plain.failed)
        return pipe_nomem(err);
    db_bind_i64(st, 1, seq);
    db_bind_i64(st, 2, s->txn);
    db_bind_i64(st, 3, item->entity->number);
    db_bind_i64(st, 4, item->id);
    db_bind_i64(st, 5, (int64_t)item->op);
    db_bind_i64(st, 6, item->rev);
    db_bind_str(st, 7, s->plain.n ? buf_view(&s->plain) : STR(""));
    db_bind_i64(st, 8, s->who->user);
    db_bind_i64(st, 9, s->now_ms);
    db_bind_bool(st, 10, last);
    return db_step_done(st, err);
}

/* The writer's order is the order of numbers: there is one writer. */
static enum rc last_seq(struct save *s, int64_t *out, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(s->db, STR(SQL_SEQ), &st, err);

    if (rc == RC_OK)
        rc = db_step_row(st, err);
    if (rc == RC_OK)
        *out = db_col_i64(st, 0);
    db_stmt_release(st);
    return rc;
}

static enum rc not_last(struct save *s, int64_t seq, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(s->db, STR(SQL_NOT_LAST), &st, err);

    if (rc == RC_OK) {
        db_bind_bool(st, 1, false);
        db_bind_i64(st, 2, seq);
        db_bind_i64(st, 3, s->txn);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

static enum rc events(struct save *s, struct err *err)
{
    struct db_stmt *st = NULL;
    int64_t seq = 0, left = s->n_chg;
    size_t i, n = s->b->n + s->effects.n;
    enum rc rc = last_seq(s, &seq, err);

    if (rc == RC_OK && s->outer)
        rc = not_last(s, seq, err);
    if (rc == RC_OK)
        rc = db_prepare(s->db, STR(SQL_EVENT), &st, err);
    for (i = 0; rc == RC_OK && i < n; i++) {
        const struct work *w =
            i < s->b->n ? &s->work[i] : s->effects.v[i - s->b->n];

        if (!w->is_written)
            continue;
        rc = event(s, st, w, ++seq, --left == 0, err);
        if (rc == RC_OK)
            db_stmt_reset(st);
    }
    db_stmt_release(st);
    return rc;
}

/* --- sys_txn -------------------------------------------------------------------------- */

static void bind_or_null(struct db_stmt *st, int i, int64_t v)
{
    if (v)
        db_bind_i64(st, i, v);
    else
        db_bind_null(st, i);
}

static enum rc txn_row(struct save *s, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(s->db, STR(SQL_TXN), &st, err);

    if (rc == RC_OK) {
        db_bind_i64(st, 1, s->txn);
        db_bind_i64(st, 2, s->now_ms);
        db_bind_i64(st, 3, s->who->user);
        db_bind_str(
            st, 4,
            str_c(source_name(s->b->undoes ? SOURCE_UNDO : s->who->source)));
        bind_or_null(st, 5, s->b->cause);
        bind_or_null(st, 6, s->b->undoes);
        db_bind_i64(st, 7, s->n_chg);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

enum rc record_txn(struct db *db, int64_t txn, int64_t at_ms,
                   const struct principal *who, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, STR(SQL_TXN), &st, err);

    if (rc == RC_OK) {
        db_bind_i64(st, 1, txn);
        db_bind_i64(st, 2, at_ms);
        db_bind_i64(st, 3, who->user);
        db_bind_str(st, 4, str_c(source_name(who->source)));
        db_bind_null(st, 5);
        db_bind_null(st, 6);
        db_bind_i64(st, 7, 0);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

/* --- rights ---------------------------------------------------------------------------- */

static bool changes_rights(const struct save *s, const struct work *w)
{
    static const char *const FIELDS[] = {"active", "admin"};
    const struct entity *e = w->item->entity;
    size_t i;

    if (!w->is_written || e != s->m->user || w->item->op == RECORD_CREATE)
        return false;
    for (i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        const struct field *f = entity_field(e, str_c(FIELDS[i]));

        if (f && field_set_has(&w->item->changed, f->index))
            return true;
    }
    return w->item->op != RECORD_UPDATE;
}

/* Whoever was admitted before is looked at again (pipe_state). */
static enum rc raise_rights(struct save *s, struct err *err)
{
    char digits[STR_I64_BYTES];
    struct db_stmt *st = NULL;
    bool any = false;
    size_t i;
    enum rc rc;

    for (i = 0; i < s->b->n && !any; i++)
        any = changes_rights(s, &s->work[i]);
    if (!any)
        return RC_OK;
    rc = db_prepare(s->db, STR(SQL_RIGHTS), &st, err);
    if (rc == RC_OK) {
        db_bind_str(st, 1,
                    str_of(digits, str_put_i64(digits, s->seen_rights + 1)));
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

/* --- all of it -------------------------------------------------------------------------- */

static enum rc run_ids(struct save *s, struct str sql, int64_t one, int64_t two,
                       struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(s->db, sql, &st, err);

    if (rc == RC_OK) {
        db_bind_i64(st, 1, one);
        if (two)
            db_bind_i64(st, 2, two);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

enum rc journal_end(struct save *s, struct err *err)
{
    enum rc rc = RC_OK;

    if (s->n_chg > 0)
        rc = events(s, err);
    if (rc == RC_OK)
        rc = s->outer ? run_ids(s, STR(SQL_MORE), s->n_chg, s->txn, err)
                      : txn_row(s, err);
    if (rc == RC_OK && s->b->undoes) {
        rc = run_ids(s, STR(SQL_UNDONE), s->txn, s->b->undoes, err);
        if (rc == RC_OK)
            rc = run_ids(s, STR(SQL_REDONE), s->b->undoes, 0, err);
    }
    if (rc == RC_OK)
        rc = raise_rights(s, err);
    s->wrote = rc == RC_OK;
    return rc;
}
