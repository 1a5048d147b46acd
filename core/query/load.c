/* load - whole records for the pipeline, titles, records by their key. */
#include "base/id.h"
#include "base/utf8.h"
#include "query/plan.h"

/* --- all fields of some records --------------------------------------------------- */

static void load_sql(const struct entity *e, const int64_t *ids, size_t n,
                     struct sqlb *b)
{
    size_t i, k;

    sqlb_lit(b, "SELECT ");
    sqlb_col(b, 0, IDENT("id"));
    sqlb_lit(b, ", ");
    sqlb_col(b, 0, IDENT("rev"));
    sqlb_lit(b, ", ");
    sqlb_col(b, 0, IDENT("deleted_at"));
    sqlb_lit(b, ", ");
    sqlb_col(b, 0, IDENT("_search"));
    for (i = 0; i < e->n_fields; i++) {
        struct ident names[FIELD_MAX_COLUMNS];
        enum db_type types[FIELD_MAX_COLUMNS];
        size_t columns = field_columns(e->fields[i], names, types);

        for (k = 0; k < columns; k++) {
            sqlb_lit(b, ", ");
            sqlb_col(b, 0, names[k]);
        }
    }
    sqlb_lit(b, " FROM ");
    sqlb_ident(b, e->table);
    sqlb_lit(b, " t0 WHERE ");
    sqlb_col(b, 0, IDENT("id"));
    if (n == 1) {
        sqlb_lit(b, " = ");
        sqlb_bind_i64(b, ids[0]);
    } else {
        sqlb_bind_ids(b, ids, n);
    }
    sqlb_lit(b, " ORDER BY ");
    sqlb_col(b, 0, IDENT("id"));
    sqlb_lit(b, " ASC");
}

static enum rc load_row(const struct entity *e, struct db_stmt *st,
                        struct arena *a, struct query_record *r,
                        struct err *err)
{
    int at = 4;
    size_t i;
    enum rc rc = RC_OK;

    r->id = db_col_i64(st, 0);
    r->rev = db_col_i64(st, 1);
    r->is_deleted = !db_col_null(st, 2);
    r->search = str_copy(a, db_col_str(st, 3));
    r->v = ARENA_ARRAY(a, struct value, e->n_fields + 1);
    if (r->v == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory to read a record.");
    for (i = 0; rc == RC_OK && i < e->n_fields; i++) {
        const struct field *f = e->fields[i];
        struct field_column columns[FIELD_MAX_COLUMNS];
        struct value v = VALUE_NULL;

        rc = f->type->load(f, st, at, a, &v, err);
        at += (int)f->type->columns(f, columns);
        if (rc == RC_OK && !value_copy(a, &v, &r->v[i]))
            rc = FAIL(err, RC_NOMEM, "There is no memory to read a record.");
    }
    return rc;
}

enum rc query_load(struct db *db, const struct model *m, const struct entity *e,
                   const int64_t *ids, size_t n, struct arena *a,
                   struct query_record **out, size_t *n_out, struct err *err)
{
    VEC(struct query_record) rows = {0};
    struct db_stmt *st = NULL;
    struct sqlb b;
    bool has_row = false;
    enum rc rc = RC_OK;

    (void)m;
    if (n == 0) {
        *out = NULL;
        *n_out = 0;
        return RC_OK;
    }
    sqlb_init(&b, db_dialect(db_store_of(db)), a);
    load_sql(e, ids, n, &b);
    rc = sqlb_prepare(&b, db, NULL, &st, err);
    while (rc == RC_OK) {
        struct query_record r = {0};

        rc = db_step(st, &has_row, err);
        if (rc != RC_OK || !has_row)
            break;
        rc = load_row(e, st, a, &r, err);
        if (rc == RC_OK && !VEC_PUSH(a, &rows, r))
            rc = FAIL(err, RC_NOMEM, "There is no memory to read records.");
    }
    db_stmt_release(st);
    sqlb_release(&b);
    if (rc != RC_OK)
        return rc;
    *out = rows.v;
    *n_out = rows.n;
    return RC_OK;
}

/* --- titles --------------------------------------------------------------------------- */

enum rc query_title(const struct query_ctx *ctx, const struct entity *e,
                    int64_t id, struct str *out, struct err *err)
{
    struct query *q = NULL;
    struct fx_from *from = NULL;
    struct db_stmt *st = NULL;
    struct fx_sql_frame frame;
    struct fx_type type = fx_result(e->title);
    struct sqlb b;
    struct str title = STR_NONE;
    bool has_row = false;
    enum rc rc;

    if (!access_sees(ctx->who, e)) {
        *out = STR_NONE;
        return RC_OK;
    }
    rc = plan_begin(ctx, e, &q, err);
    if (rc != RC_OK)
        return rc;
    q->ids = &id;
    q->n_ids = 1;
    q->filter = NULL;
    frame = plan_frame(q);
    sqlb_init(&b, db_dialect(db_store_of(ctx->db)), ctx->arena);
    rc = plan_title(q, e, 0, e->title, &from, err);
    if (rc == RC_OK)
        rc = plan_end(q, err);
    past_with(q, &b);
    sqlb_lit(&b, "SELECT ");
    if (rc == RC_OK)
        rc = fx_emit(e->title, from, &frame, &b, err);
    if (rc == RC_OK)
        rc = fx_from_emit(&q->from, &b, err);
    if (rc == RC_OK)
        rc = plan_where(q, &b, err);
    if (rc == RC_OK)
        rc = sqlb_prepare(&b, ctx->db, q->grant, &st, err);
    if (rc == RC_OK)
        rc = db_step(st, &has_row, err);
    if (rc == RC_OK && has_row) {
        struct value v = value_of_column(st, 0, &type);

        title = str_copy(ctx->arena, value_plain(ctx->arena, &v));
    }
    db_stmt_release(st);
    sqlb_release(&b);
    if (rc == RC_OK)
        *out = title;
    return rc;
}

/* --- by key ----------------------------------------------------------------------------- */

static enum rc bind_key(const struct query_ctx *ctx, const struct field *field,
                        const struct value *v, bool folded, struct sqlb *b,
                        struct err *err)
{
    struct value cols[FIELD_MAX_COLUMNS];
    bool by_key = folded && v->kind == V_TEXT && field->col.key.s.n > 0;
    struct str key = STR_NONE;
    enum rc rc;

    sqlb_col(b, 0, by_key ? field->col.key : field->col.main);
    sqlb_lit(b, " = ");
    if (by_key) {
        rc = utf8_fold(v->u.s, FOLD_POINTS, ctx->arena, &key, err);
        sqlb_bind_str(b, key);
        return rc;
    }
    rc = field->type->store(field, v, ctx->arena, cols, err);
    if (rc != RC_OK)
        return rc;
    if (cols[0].kind == V_TEXT)
        sqlb_bind_str(b, cols[0].u.s);
    else if (cols[0].kind == V_BOOL)
        sqlb_bind_bool(b, cols[0].u.b);
    else
        sqlb_bind_i64(b, cols[0].u.i);
    return RC_OK;
}

enum rc query_find_by(const struct query_ctx *ctx, const struct entity *e,
                      const struct field *field, const struct value *v,
                      bool folded, int64_t *id, struct err *err)
{
    const struct entity *only[1] = {e};
    const struct db_grant *grant = NULL;
    struct db_stmt *st = NULL;
    struct sqlb b;
    bool has_row = false, second = false;
    int64_t found = 0;
    enum rc rc;

    if (v->kind == V_NULL || !access_may(ctx->who, ACCESS_READ, e) ||
        !access_reads_field(ctx->who, field)) {
        *id = 0;
        return RC_OK;
    }
    rc = access_grant(ctx->who, ctx->model, only, 1, ctx->arena, &grant, err);
    if (rc != RC_OK)
        return rc;
    sqlb_init(&b, db_dialect(db_store_of(ctx->db)), ctx->arena);
    sqlb_lit(&b, "SELECT ");
    sqlb_col(&b, 0, IDENT("id"));
    sqlb_lit(&b, " FROM ");
    sqlb_ident(&b, e->table);
    sqlb_lit(&b, " t0 WHERE ");
    rc = bind_key(ctx, field, v, folded, &b, err);
    sqlb_lit(&b, " AND ");
    sqlb_col(&b, 0, IDENT("deleted_at"));
    sqlb_lit(&b, " IS NULL");
    if (rc == RC_OK)
        rc = access_rows(ctx->who, ctx->model, e, 0, &b, err);
    sqlb_lit(&b, " ORDER BY ");
    sqlb_col(&b, 0, IDENT("id"));
    sqlb_lit(&b, " ASC");
    sqlb_limit(&b, 2);
    if (rc == RC_OK)
        rc = sqlb_prepare(&b, ctx->db, grant, &st, err);
    if (rc == RC_OK)
        rc = db_step(st, &has_row, err);
    if (rc == RC_OK && has_row) {
        found = db_col_i64(st, 0);
        rc = db_step(st, &second, err);
    }
    db_stmt_release(st);
    sqlb_release(&b);
    if (rc == RC_OK && second)
        rc = FAIL(err, RC_CONFLICT,
                  "More than one record of %.*s has this %.*s.",
                  STR_ARG(e->qname), STR_ARG(field->name));
    if (rc == RC_OK)
        *id = found;
    return rc;
}
