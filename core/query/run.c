/* run - rows of a plan, leg by leg, page by page; counts. See query.h. */
#include "base/limits.h"
#include "query/plan.h"
#include "query/run.h"

static enum rc prepare_leg(struct query *q, size_t leg, int want,
                           struct db_stmt **out, bool *possible,
                           struct err *err)
{
    struct sqlb b;
    enum rc rc;

    sqlb_init(&b, db_dialect(db_store_of(q->ctx.db)), q->ctx.arena);
    rc = plan_select(q, &b, err);
    if (rc == RC_OK)
        rc = plan_where(q, &b, err);
    if (rc == RC_OK) {
        *possible = sort_leg(q, leg, &b);
        if (*possible) {
            sort_order(q, &b);
            sqlb_limit(&b, want);
            rc = sqlb_prepare(&b, q->ctx.db, q->grant, out, err);
        }
    }
    sqlb_release(&b);
    return rc;
}

/* The values of the sort terms of this row, kept for the cursor. */
static enum rc keep_terms(struct query *q, struct db_stmt *st,
                          struct value *terms, struct err *err)
{
    size_t i;

    for (i = 0; i < q->terms.n; i++) {
        int at = q->n_select + (int)i;
        const struct term *t = &q->terms.v[i];

        if (db_col_null(st, at)) {
            terms[i] = VALUE_NULL;
        } else if (t->is_text) {
            struct str s = str_copy(q->ctx.arena, db_col_str(st, at));

            if (s.p == NULL)
                return FAIL(err, RC_NOMEM, "There is no memory for a cursor.");
            terms[i] = value_text(s);
        } else {
            terms[i] = value_int(db_col_i64(st, at));
        }
    }
    return RC_OK;
}

enum rc plan_rows(struct query *q, row_fn *each, void *arg, struct err *err)
{
    struct value *terms =
        ARENA_ARRAY(q->ctx.arena, struct value, q->terms.n + 1);
    size_t legs = sort_legs(q), leg;
    int64_t last_id = 0;
    int seen = 0;
    enum rc rc = RC_OK;

    if (terms == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for a page.");
    q->next = STR_NONE;
    for (leg = 0; rc == RC_OK && leg < legs && seen <= q->limit; leg++) {
        struct db_stmt *st = NULL;
        bool possible = true, has_row = false;

        rc = prepare_leg(q, leg, q->limit + 1 - seen, &st, &possible, err);
        while (rc == RC_OK && possible) {
            rc = db_step(st, &has_row, err);
            if (rc != RC_OK || !has_row || ++seen > q->limit)
                break;
            last_id = db_col_i64(st, 0);
            if (seen == q->limit)
                rc = keep_terms(q, st, terms, err);
            if (rc == RC_OK)
                rc = each(arg, q, st, err);
        }
        db_stmt_release(st);
    }
    if (rc == RC_OK && seen > q->limit)
        rc = cursor_write(q, terms, last_id, &q->next, err);
    return rc;
}

/* --- rows as values -------------------------------------------------------------- */

struct row_of_values {
    enum rc (*each)(void *arg, const struct query_row *row, struct err *err);
    void *arg;
    struct value *v;
};

static enum rc give_values(void *arg, struct query *q, struct db_stmt *st,
                           struct err *err)
{
    struct row_of_values *r = arg;
    struct query_row row = {db_col_i64(st, 0), db_col_i64(st, 1), r->v};
    struct arena_mark mark = arena_mark(q->ctx.arena);
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < q->cols.n; i++) {
        const struct col *c = &q->cols.v[i];

        rc = c->pub.field->type->load(c->pub.field, st, c->first, q->ctx.arena,
                                      &r->v[i], err);
    }
    if (rc == RC_OK)
        rc = r->each(r->arg, &row, err);
    arena_rewind(q->ctx.arena, mark);
    return rc;
}

enum rc query_run(struct query *q,
                  enum rc (*each)(void *arg, const struct query_row *row,
                                  struct err *err),
                  void *arg, struct err *err)
{
    struct row_of_values r = {
        each, arg, ARENA_ARRAY(q->ctx.arena, struct value, q->cols.n + 1)};

    if (r.v == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for a page.");
    return plan_rows(q, give_values, &r, err);
}

struct str query_next(const struct query *q)
{
    return q->next;
}

enum rc query_each(const struct query_ctx *ctx, const struct query_spec *spec,
                   enum rc (*each)(void *arg, const struct query_row *row,
                                   struct err *err),
                   void *arg, struct err *err)
{
    struct query_spec page = *spec;
    struct query *q = NULL;
    enum rc rc;

    page.limit = LIMIT_PAGE;
    page.cursor = STR_NONE;
    do { /* plans and cursors of all pages stay in the arena: small beside rows */
        rc = query_plan(ctx, &page, &q, err);
        if (rc == RC_OK)
            rc = query_run(q, each, arg, err);
        page.cursor = rc == RC_OK ? query_next(q) : STR_NONE;
    } while (rc == RC_OK && page.cursor.n > 0);
    return rc;
}

/* --- counting ---------------------------------------------------------------------- */

enum rc query_count(struct query *q, struct query_count *out, struct err *err)
{
    struct sqlb b;
    struct db_stmt *st = NULL;
    int64_t n = 0;
    enum rc rc;

    sqlb_init(&b, db_dialect(db_store_of(q->ctx.db)), q->ctx.arena);
    past_with(q, &b);
    sqlb_lit(&b, "SELECT count(*) FROM (SELECT 1");
    rc = fx_from_emit(&q->from, &b, err);
    if (rc == RC_OK)
        rc = plan_where(q, &b, err);
    sqlb_limit(&b, LIMIT_COUNT_EXACT + 1);
    sqlb_lit(&b, ") AS found");
    if (rc == RC_OK)
        rc = sqlb_prepare(&b, q->ctx.db, q->grant, &st, err);
    if (rc == RC_OK)
        rc = db_step_row(st, err);
    if (rc == RC_OK)
        n = db_col_i64(st, 0);
    db_stmt_release(st);
    sqlb_release(&b);
    if (rc != RC_OK)
        return rc;
    out->exact = n <= LIMIT_COUNT_EXACT;
    out->value = out->exact ? n : LIMIT_COUNT_EXACT;
    return RC_OK;
}
