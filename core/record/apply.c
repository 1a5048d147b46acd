/*
 * apply - steps 5-13, in the writer: one job in a savepoint of its group.
 *
 * First it compares what prepare saw with what is there now; if it moved, the
 * job ends and the save is prepared again. A job may run several times, so each
 * run begins from what prepare left.
 *
 * Partial: what fails a check is not written. A write that fails (a duplicate)
 * ends the job, which is run again with the writes in a savepoint; should one
 * fail there, they are taken back and done again, each record in a savepoint of
 * its own. So only those pay for savepoints who need them: SQLite copies each
 * page that it changes inside of one, a tenth of an import.
 */
#include "record/pipe.h"

/* --- before the writing ------------------------------------------------------------ */

/* A copy, for what an attempt puts into it is gone with its arena. */
static bool take_prepared(struct save *s, struct work *w)
{
    struct record_item *item = w->item;

    item->failed = w->failed;
    if (!item->failed)
        item->code = "";
    item->changed = w->prepared_changed;
    item->v = arena_dup(s->arena, w->prepared,
                        (item->entity->n_fields + 1) * sizeof *item->v);
    return item->v != NULL;
}

static enum rc begin(struct save *s, struct err *err)
{
    size_t i;

    s->is_stale = s->is_new_model = s->is_dry_end = s->wrote = false;
    s->careful = false;
    s->effects.n = s->effects.cap = 0;
    s->shapes.n = s->shapes.cap = 0;
    s->late.n = s->late.cap = 0;
    s->nested.n = s->nested.cap = 0;
    s->chg = NULL;
    if (s->prepare_inside) {
        pipe_rewind(s);
        return pipe_prepare(s, err);
    }
    *s->issues = s->kept;
    for (i = 0; i < s->b->n; i++)
        if (!take_prepared(s, &s->work[i]))
            return pipe_nomem(err);
    return RC_OK;
}

/* The revision each old row has now. */
static enum rc fresh_row(struct save *s, const struct work *w, struct err *err)
{
    const struct record_item *item = w->item;
    struct db_stmt *st = NULL;
    struct sqlb q;
    bool has_row = false;
    enum rc rc;

    sqlb_init(&q, db_dialect(s->ctx->store), s->arena);
    sqlb_lit(&q, "SELECT ");
    sqlb_ident(&q, IDENT("rev"));
    sqlb_lit(&q, " FROM ");
    sqlb_ident(&q, item->entity->table);
    sqlb_lit(&q, " WHERE ");
    sqlb_ident(&q, IDENT("id"));
    sqlb_lit(&q, " = ");
    sqlb_bind_i64(&q, item->id);
    rc = sqlb_prepare(&q, s->db, NULL, &st, err);
    if (rc == RC_OK)
        rc = db_step(st, &has_row, err);
    if (rc == RC_OK && (!has_row || db_col_i64(st, 0) != item->old->rev)) {
        s->is_stale = true;
        rc = FAIL(err, RC_CONFLICT, "The record was changed meanwhile.");
    }
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

static enum rc fresh(struct save *s, struct err *err)
{
    size_t i;
    enum rc rc = pipe_state(s, s->db, err);

    for (i = 0; rc == RC_OK && !s->prepare_inside && i < s->b->n; i++)
        if (s->work[i].item->old && !s->work[i].item->failed)
            rc = fresh_row(s, &s->work[i], err);
    return rc;
}

/* --- the writing -------------------------------------------------------------------- */

static size_t count_failed(const struct save *s)
{
    size_t n = 0, i;

    for (i = 0; i < s->b->n; i++)
        n += s->b->items[i].failed;
    return n;
}

static bool anything_left(const struct save *s)
{
    size_t i;

    for (i = 0; i < s->b->n; i++)
        if (!s->work[i].item->failed && !s->work[i].is_idle)
            return true;
    return false;
}

static enum rc write_carefully(struct save *s, struct work *w, struct err *err)
{
    int64_t n_chg = s->n_chg, n_tx = pipe_outermost(s)->n_tx;
    size_t late = s->late.n;
    enum rc rc = db_savepoint(s->db, err);

    if (rc != RC_OK)
        return rc;
    rc = write_record(s, w, err);
    if (rc == RC_OK)
        return db_release(s->db, err);
    if (rc != RC_CONFLICT || s->is_stale || !w->item->failed)
        return rc;
    s->n_chg = n_chg;
    pipe_outermost(s)->n_tx = n_tx;
    s->late.n = late;
    while (pipe_lose_dependents(s))
        ;
    return db_rollback_to(s->db, err);
}

static enum rc write_one(struct save *s, struct work *w, struct err *err)
{
    if (w->item->failed || w->is_idle)
        return RC_OK;
    return s->careful && !w->is_effect ? write_carefully(s, w, err)
                                       : write_record(s, w, err);
}

/* Creates before what may point to them, deletes and what follows last. */
static enum rc write_all(struct save *s, struct err *err)
{
    static const enum record_op ORDER[] = {RECORD_CREATE, RECORD_RESTORE,
                                           RECORD_UPDATE, RECORD_DELETE};
    size_t i, k;
    enum rc rc = RC_OK;

    s->n_chg = 0;
    s->late.n = 0;
    for (i = 0; i < s->b->n; i++)
        s->work[i].is_written = s->work[i].is_gone = false;
    for (k = 0; rc == RC_OK && k < sizeof ORDER / sizeof ORDER[0]; k++) {
        for (i = 0; rc == RC_OK && i < s->b->n; i++)
            if (s->work[i].item->op == ORDER[k])
                rc = write_one(s, &s->work[i], err);
        if (rc == RC_OK && k == 0)
            rc = write_late_refs(s, err);
    }
    for (i = 0; rc == RC_OK && i < s->effects.n; i++)
        rc = write_one(s, s->effects.v[i], err);
    return rc;
}

/* --- steps 11-13 ------------------------------------------------------------------------ */

static size_t group_of(struct save *s, size_t i, struct record_item **v)
{
    size_t n_items = s->b->n, n_all = n_items + s->effects.n, n = 0, k;
    const struct entity *e = NULL;

    for (k = 0; k < n_all; k++) {
        const struct work *w =
            k < n_items ? &s->work[k] : s->effects.v[k - n_items];

        if (k == i)
            e = w->is_written ? w->item->entity : NULL;
    }
    for (k = 0; e && k < n_all; k++) {
        const struct work *w =
            k < n_items ? &s->work[k] : s->effects.v[k - n_items];

        if (!w->is_written || w->item->entity != e)
            continue;
        if (k < i)
            return 0;
        v[n++] = w->item;
    }
    return n;
}

static enum rc after_group(struct save *s, struct record_item **v, size_t n,
                           struct err *err)
{
    const struct record_hooks *h = s->ctx->hooks;
    struct query_ctx q = pipe_query(s, s->db);
    struct record_tx tx = {s};
    size_t said = s->issues->n;
    enum rc rc;

    rc = db_savepoint(s->db, err);
    if (rc == RC_OK)
        rc = h->after(h->ctx, &tx, &q, v, n, s->issues, err);
    if (rc != RC_OK)
        return rc;
    pipe_blame(s, said, v, n);
    return db_release(s->db, err);
}

/* Step 11. */
static enum rc run_after(struct save *s, struct record_item **v,
                         struct err *err)
{
    const struct record_hooks *h = s->ctx->hooks;
    size_t n_all = s->b->n + s->effects.n, i, n;
    enum rc rc = RC_OK;

    for (i = 0; h->after && rc == RC_OK && i < n_all; i++) {
        n = group_of(s, i, v);
        if (n && (!h->wants || h->wants(h->ctx, v[0]->entity)))
            rc = after_group(s, v, n, err);
    }
    return rc;
}

/* Step 13. */
static enum rc run_outbox(struct save *s, struct record_item **v,
                          struct err *err)
{
    const struct record_hooks *h = s->ctx->hooks;
    size_t n_all = s->b->n + s->effects.n, i, n;
    enum rc rc = RC_OK;

    for (i = 0; h->outbox && rc == RC_OK && i < n_all; i++) {
        n = group_of(s, i, v);
        if (n && (!h->wants || h->wants(h->ctx, v[0]->entity)))
            rc = h->outbox(h->ctx, s->db, v, n, s->txn, err);
    }
    return rc;
}

/* Steps 11-13; items may have failed, though rc is RC_OK. */
static enum rc run_handlers(struct save *s, struct err *err)
{
    const struct record_hooks *h = s->ctx->hooks;
    size_t before = count_failed(s);
    struct record_item **v = NULL;
    enum rc rc = RC_OK;

    if (h) {
        v = ARENA_ARRAY(s->arena, struct record_item *,
                        s->b->n + s->effects.n + 1);
        if (!v)
            return pipe_nomem(err);
        rc = run_after(s, v, err);
    }
    if (rc == RC_OK && !s->outer) {
        rc = pipe_check_late(s, err);
        if (rc == RC_OK)
            rc = nested_check_late(s, err);
    }
    if (rc == RC_OK && h && count_failed(s) == before)
        rc = run_outbox(s, v, err);
    return rc;
}

/* It pointed to a record after it, which failed. */
static bool lost_a_written_one(const struct save *s)
{
    size_t i;

    for (i = 0; i < s->b->n; i++)
        if (s->work[i].is_written && s->work[i].item->failed)
            return true;
    return false;
}

/* Steps 9-13 once; *redo: somebody failed who was written already. */
static enum rc run_once(struct save *s, bool *redo, struct err *err)
{
    size_t before = count_failed(s);
    enum rc rc;

    pipe_forget_tries(s);
    rc = write_all(s, err);

    *redo = rc == RC_CONFLICT && !s->is_stale && count_failed(s) > before;
    if (rc != RC_OK || s->n_chg == 0)
        return *redo ? RC_OK : rc;
    *redo = lost_a_written_one(s);
    if (*redo)
        return RC_OK;
    before = count_failed(s);
    rc = journal_end(s, err);
    if (rc == RC_OK)
        rc = run_handlers(s, err);
    *redo = count_failed(s) > before;
    return rc;
}

/* The first failure ends the job, and the driver takes all back. */
static enum rc run_atomic(struct save *s, struct err *err)
{
    bool redo = false;
    enum rc rc = run_once(s, &redo, err);

    return rc == RC_OK && redo ? pipe_answer(s, err) : rc;
}

/* Handlers of this batch, which are not to run more often than need be. */
bool pipe_has_handlers(const struct save *s)
{
    const struct record_hooks *h = s->ctx->hooks;
    size_t i;

    if (!h || !h->after)
        return false;
    for (i = 0; h->wants && i < s->b->n; i++)
        if (h->wants(h->ctx, s->b->items[i].entity))
            return true;
    return !h->wants;
}

static enum rc run_partial(struct save *s, struct err *err)
{
    bool redo = true;
    enum rc rc = RC_OK;

    if (!s->needs_marks && !pipe_has_handlers(s)) {
        rc = run_once(s, &redo, err);
        s->needs_marks = rc == RC_OK && redo;
        return s->needs_marks ? FAIL(err, RC_CONFLICT,
                                     "A record of the batch failed while it "
                                     "was written.")
                              : rc;
    }
    while (rc == RC_OK && redo && anything_left(s)) {
        rc = db_savepoint(s->db, err);
        if (rc == RC_OK)
            rc = run_once(s, &redo, err);
        if (rc != RC_OK)
            break;
        if (!redo)
            return db_release(s->db, err);
        rc = db_rollback_to(s->db, err);
        s->careful = true;
        s->wrote = false;
        while (pipe_lose_dependents(s))
            ;
        if (rc == RC_OK)
            rc = check_removals(s, err);
    }
    return rc;
}

/* --- the job ------------------------------------------------------------------------------ */

enum rc pipe_run(struct save *s, struct err *err)
{
    enum rc rc = begin(s, err);

    if (rc == RC_OK)
        rc = fresh(s, err);
    if (rc == RC_OK)
        rc = rows_begin(s, err);
    if (rc == RC_OK)
        rc = pipe_check(s, err);
    if (rc == RC_OK && !s->b->partial)
        rc = pipe_answer(s, err);
    if (rc == RC_OK && anything_left(s))
        rc = s->b->partial ? run_partial(s, err) : run_atomic(s, err);
    if (rc == RC_OK && s->ctx->in_tx)
        rc =
            s->ctx->in_tx(s->ctx->in_tx_arg, s->db, s->wrote ? s->txn : 0, err);
    return rc;
}

enum rc pipe_apply(struct db *db, void *arg, struct arena *a, struct err *err)
{
    struct save *s = arg;
    enum rc rc;

    (void)a; /* the batch's, which is s->arena */
    s->db = db;
    rc = pipe_run(s, err);
    write_end(s);
    s->db = NULL;
    if (rc == RC_OK && s->b->dry_run) {
        s->is_dry_end = true;
        rc = FAIL(err, RC_CONFLICT, "A dry run ends here.");
    }
    return rc;
}
