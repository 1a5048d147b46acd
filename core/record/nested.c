/*
 * nested - a save that a handler of step 11 makes, in the transaction it is in.
 *
 * It runs whole in the writer, so nothing can overtake it, and in a savepoint,
 * so a handler may live with its failure. Its journal rows and events go on
 * where those of the saves around it ended: outside it is one transaction, with
 * one undo. What the saves around it know of records that it changed is read
 * again before they go on.
 */
#include <stdio.h>

#include "base/limits.h"
#include "record/pipe.h"

int record_tx_depth(const struct record_tx *tx)
{
    return tx->save->depth;
}

int64_t record_tx_txn(const struct record_tx *tx)
{
    return tx->save->txn;
}

/* --- what the saves around it see afterwards ------------------------------------- */

/* The record as it is by now; one that was deleted is not checked any more. */
static enum rc reload(struct save *s, struct work *w, struct err *err)
{
    struct record_item *item = w->item;
    struct query_record *found = NULL;
    size_t n = 0;
    enum rc rc = query_load(s->db, s->m, item->entity, &item->id, 1, s->arena,
                            &found, &n, err);

    if (rc != RC_OK)
        return rc;
    w->is_gone = n == 0 || found->is_deleted;
    if (n > 0) {
        item->v = found->v;
        item->rev = found->rev;
    }
    return RC_OK;
}

/* The work of `s` on records that `by` has written. */
static enum rc catch_up(struct save *s, const struct save *by, struct err *err)
{
    size_t n = by->b->n + by->effects.n, i, k;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < n; i++) {
        const struct work *theirs =
            i < by->b->n ? &by->work[i] : by->effects.v[i - by->b->n];
        struct work *ours;

        if (!theirs->is_written)
            continue;
        ours = rows_work(s, theirs->item->entity, theirs->item->id);
        if (!ours || ours->item->failed)
            continue;
        for (k = 0;
             k < sizeof ours->item->changed.w / sizeof *ours->item->changed.w;
             k++)
            ours->item->changed.w[k] |= theirs->item->changed.w[k];
        rc = reload(s, ours, err);
    }
    return rc == RC_OK ? rows_begin(s, err) : rc;
}

static enum rc tell_outer(struct save *s, struct err *err)
{
    struct save *around;
    enum rc rc = RC_OK;

    for (around = s->outer; rc == RC_OK && around; around = around->outer)
        rc = catch_up(around, s, err);
    return rc;
}

/* --- the save ------------------------------------------------------------------------ */

static enum rc run(struct save *s, struct err *err)
{
    enum rc rc = pipe_open(s, err);

    if (rc == RC_OK)
        rc = pipe_run(s, err);
    write_end(s);
    pipe_close(s);
    return rc;
}

static enum rc may_nest(const struct save *outer, const struct record_batch *b,
                        struct err *err)
{
    if (b->arena != outer->arena)
        return FAIL(err, RC_BUG,
                    "A nested save must use the arena of its handler.");
    if (outer->depth + 1 > LIMIT_NESTED_SAVES)
        return FAIL_CODE(err, RC_SCRIPT, "E_CYCLE",
                         "Handlers save records whose handlers save records, "
                         "%d deep. Make one of them run only when the fields "
                         "it looks at have changed.",
                         LIMIT_NESTED_SAVES);
    return RC_OK;
}

/* Kept in the arena of the outermost: step 12 comes back to it. */
static struct save *make(struct record_tx *tx, const struct principal *who,
                         struct record_batch *b, struct issues *issues)
{
    struct save *outer = tx->save;
    struct save *s = ARENA_NEW(outer->arena, struct save);
    struct record_ctx *ctx = ARENA_NEW(outer->arena, struct record_ctx);
    struct record_batch *kept = arena_dup(outer->arena, b, sizeof *b);

    if (!s || !ctx || !kept)
        return NULL;
    *ctx = *outer->ctx;
    ctx->committed = NULL;
    ctx->in_tx = NULL;
    ctx->refresh = NULL;
    *s = (struct save){.outer = outer,
                       .depth = outer->depth + 1,
                       .ctx = ctx,
                       .who = who,
                       .m = outer->m,
                       .b = kept,
                       .issues = issues,
                       .arena = outer->arena,
                       .db = outer->db,
                       .now_ms = outer->now_ms,
                       .prepare_inside = true};
    s->nested_before = pipe_outermost(outer)->nested.n;
    s->n_tx_before = pipe_outermost(outer)->n_tx;
    /* rights cannot move inside of a transaction but by itself */
    s->refreshed = *who;
    s->refreshed.rights = 0;
    s->who = ctx->who = &s->refreshed;
    return s;
}

enum rc record_save_nested(struct record_tx *tx, const struct principal *who,
                           struct record_batch *b, struct issues *issues,
                           struct record_result *out, struct err *err)
{
    struct save *outer = tx->save, *root = pipe_outermost(outer), *s;
    enum rc rc = may_nest(outer, b, err);

    if (rc != RC_OK)
        return rc;
    s = make(tx, who, b, issues);
    if (!s)
        return pipe_nomem(err);
    rc = db_savepoint(outer->db, err);
    if (rc != RC_OK)
        return rc;
    rc = run(s, err);
    if (rc == RC_OK && !b->dry_run)
        rc = tell_outer(s, err);
    if (rc == RC_OK && s->wrote && !VEC_PUSH(root->arena, &root->nested, s))
        rc = pipe_nomem(err);
    if (rc != RC_OK || b->dry_run) {
        enum rc back = db_rollback_to(outer->db, rc == RC_OK ? err : NULL);

        pipe_forget_tries(s);
        if (rc == RC_OK)
            rc = back;
    } else {
        rc = db_release(outer->db, err);
    }
    if (rc == RC_OK) {
        out->txn = s->wrote && !b->dry_run ? s->txn : 0;
        out->generation = s->m->generation;
    }
    return rc;
}

/* --- step 12 ---------------------------------------------------------------------------- */

static enum rc read_again(struct save *s, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < s->b->n; i++)
        if (!s->work[i].item->failed && !s->work[i].is_idle)
            rc = reload(s, &s->work[i], err);
    return rc;
}

/* Said where somebody looks: at the record the outermost save began with. */
static void blame_root(struct save *root, const struct issues *said)
{
    char code[64];
    size_t i;

    for (i = 0; i < said->n; i++) {
        if (said->v[i].is_warning)
            continue;
        (void)snprintf(code, sizeof code, "%.*s", STR_ARG(said->v[i].code));
        item_fail(root, &root->work[0], RC_INVALID, "", NULL, code, "%.*s",
                  STR_ARG(said->v[i].message));
    }
}

enum rc nested_check_late(struct save *root, struct err *err)
{
    struct issues said;
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < root->nested.n; i++) {
        struct save *s = root->nested.v[i];

        if (!pipe_has_late_checks(s))
            continue;
        issues_init(&said, root->arena);
        s->issues = &said;
        rc = read_again(s, err);
        if (rc == RC_OK)
            rc = pipe_check_late(s, err);
        if (rc == RC_OK)
            blame_root(root, &said);
    }
    return rc;
}
