/*
 * plan_data - what a plan asks of the rows that are there.
 */
#include "model/plan_change.h"

#include "base/id.h"

static void begin(struct planner *p, struct sqlb *q)
{
    sqlb_init(q, db_dialect(db_store_of(p->db)), p->a);
}

static enum rc one_number(struct planner *p, struct sqlb *q, int64_t *out,
                          struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = sqlb_prepare(q, p->db, NULL, &st, err);

    if (rc == RC_OK)
        rc = db_step_row(st, err);
    if (rc == RC_OK)
        *out = db_col_i64(st, 0);
    db_stmt_release(st);
    sqlb_release(q);
    return rc;
}

enum rc plan_count(struct planner *p, struct ident table,
                   const struct ident *column, int64_t *out, struct err *err)
{
    struct sqlb q;

    *out = -1;
    if (!p->db)
        return RC_OK;
    begin(p, &q);
    sqlb_lit(&q, "SELECT count(*) FROM ");
    sqlb_ident(&q, table);
    if (column) {
        sqlb_lit(&q, " WHERE ");
        sqlb_ident(&q, *column);
        sqlb_lit(&q, " IS NOT NULL");
    }
    return one_number(p, &q, out, err);
}

enum rc plan_count_values(struct planner *p, const struct field *f,
                          int64_t *out, struct err *err)
{
    if (f->col.main.s.n)
        return plan_count(p, f->entity->table, &f->col.main, out, err);
    if (f->col.side.s.n)
        return plan_count(p, f->col.side, NULL, out, err);
    *out = 0;
    return RC_OK;
}

enum rc plan_count_code(struct planner *p, const struct field *f,
                        struct str code, int64_t *out, struct err *err)
{
    bool aside = f->col.side.s.n > 0;
    struct sqlb q;

    *out = 0;
    if (!p->db)
        return RC_OK;
    begin(p, &q);
    sqlb_lit(&q, "SELECT count(*) FROM ");
    sqlb_ident(&q, aside ? f->col.side : f->entity->table);
    sqlb_lit(&q, " WHERE ");
    sqlb_ident(&q, aside ? IDENT("code") : f->col.main);
    sqlb_lit(&q, "=");
    sqlb_bind_str(&q, code);
    return one_number(p, &q, out, err);
}

enum rc plan_count_ent(struct planner *p, const struct field *f, int number,
                       int64_t *out, struct err *err)
{
    struct sqlb q;

    *out = 0;
    if (!p->db)
        return RC_OK;
    begin(p, &q);
    sqlb_lit(&q, "SELECT count(*) FROM ");
    sqlb_ident(&q, f->entity->table);
    sqlb_lit(&q, " WHERE ");
    sqlb_ident(&q, f->col.ent);
    sqlb_lit(&q, "=");
    sqlb_bind_i64(&q, number);
    return one_number(p, &q, out, err);
}

static void twice_sql(struct sqlb *q, const struct ddl_index *u)
{
    size_t i;

    sqlb_lit(q, "SELECT ");
    for (i = 0; i < u->n; i++) {
        if (i)
            sqlb_lit(q, " || ' / ' || ");
        sqlb_lit(q, "CAST(");
        sqlb_ident(q, u->keys[i].column);
        sqlb_lit(q, " AS TEXT)");
    }
    sqlb_lit(q, " FROM ");
    sqlb_ident(q, u->table);
    sqlb_lit(q, " WHERE deleted_at IS NULL");
    for (i = 0; i < u->n; i++) {
        sqlb_lit(q, " AND ");
        sqlb_ident(q, u->keys[i].column);
        sqlb_lit(q, " IS NOT NULL");
    }
    sqlb_lit(q, " GROUP BY ");
    for (i = 0; i < u->n; i++) {
        if (i)
            sqlb_lit(q, ", ");
        sqlb_ident(q, u->keys[i].column);
    }
    sqlb_lit(q, " HAVING count(*) > 1 LIMIT 1");
}

enum rc plan_find_twice(struct planner *p, const struct ddl_index *unique,
                        struct str *example, struct err *err)
{
    struct db_stmt *st = NULL;
    bool has_row = false;
    struct sqlb q;
    enum rc rc;

    *example = STR_NONE;
    if (!p->db)
        return RC_OK;
    begin(p, &q);
    twice_sql(&q, unique);
    rc = sqlb_prepare(&q, p->db, NULL, &st, err);
    if (rc == RC_OK)
        rc = db_step(st, &has_row, err);
    if (rc == RC_OK && has_row) {
        *example = str_copy(p->a, db_col_str(st, 0));
        p->nomem |= !example->p;
    }
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

static void values_sql(struct sqlb *q, const struct field *f)
{
    struct ident names[FIELD_MAX_COLUMNS];
    enum db_type types[FIELD_MAX_COLUMNS];
    size_t n = field_columns(f, names, types), i;

    sqlb_lit(q, "SELECT ");
    for (i = 0; i < n; i++) {
        sqlb_ident(q, names[i]);
        sqlb_lit(q, ", ");
    }
    sqlb_lit(q, "id FROM ");
    sqlb_ident(q, f->entity->table);
    sqlb_lit(q, " WHERE ");
    sqlb_ident(q, f->col.main);
    sqlb_lit(q, " IS NOT NULL");
}

/* In scratch, rewound after each row: there may be millions. */
static enum rc try_row(struct planner *p, struct db_stmt *st,
                       const struct field *from, const struct field *to,
                       struct str *example, struct str *why, struct err *err)
{
    struct arena scratch;
    struct issues issues;
    struct value v = VALUE_NULL, as = VALUE_NULL;
    struct buf text;
    enum rc rc;

    arena_init(&scratch, 16 << 20);
    issues_init(&issues, &scratch);
    rc = from->type->load(from, st, 0, &scratch, &v, err);
    if (rc == RC_OK && v.kind != V_NULL)
        rc = plan_convert(p->new_model, from, to, &v, &issues, &scratch, &as,
                          err);
    if (rc == RC_INVALID) {
        buf_init(&text, 4096);
        from->type->write_text(p->old, from, &v, &text);
        *example = str_copy(p->a, str_sub(buf_view(&text), 0, 80));
        *why = str_copy(p->a, issues.n ? issues.v[0].message : STR(""));
        buf_release(&text);
    }
    arena_release(&scratch);
    return rc;
}

enum rc plan_find_unfit(struct planner *p, const struct field *from,
                        const struct field *to, struct str *example,
                        struct str *why, struct err *err)
{
    struct db_stmt *st = NULL;
    bool has_row = true;
    struct sqlb q;
    enum rc rc;

    *example = STR_NONE;
    if (!p->db)
        return RC_OK;
    begin(p, &q);
    values_sql(&q, from);
    rc = sqlb_prepare(&q, p->db, NULL, &st, err);
    while (rc == RC_OK) {
        rc = db_step(st, &has_row, err);
        if (rc != RC_OK || !has_row)
            break;
        rc = try_row(p, st, from, to, example, why, err);
    }
    db_stmt_release(st);
    sqlb_release(&q);
    return rc == RC_INVALID ? RC_OK : rc;
}
