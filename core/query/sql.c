/* sql - a plan as one SELECT. See plan.h. */
#include "base/decimal.h"
#include "base/id.h"
#include "base/time.h"
#include "query/plan.h"

const char *const FILE_FACTS[3] = {"name", "size", "type"};

struct fx_sql_frame plan_frame(const struct query *q)
{
    return (struct fx_sql_frame){.now_ms = q->ctx.now_ms,
                                 .tz = q->ctx.model->tz,
                                 .user = q->ctx.who->user};
}

/* --- titles of joined records ----------------------------------------------------- */

/* Source number of `alias` in from: 0 the root, else join + 1. */
static int source_of(const struct fx_from *from, int alias)
{
    size_t i;

    for (i = 0; i < from->n; i++) {
        if (from->joins[i].alias == alias)
            return (int)i + 1;
    }
    return 0;
}

static enum rc append_join(struct query *q, struct fx_join j, struct err *err)
{
    struct {
        struct fx_join *v;
        size_t n, cap;
    } joins = {q->from.joins, q->from.n, q->from.cap};

    if (!VEC_PUSH(q->ctx.arena, &joins, j))
        return FAIL(err, RC_NOMEM, "There is no memory to plan this query.");
    q->from.joins = joins.v;
    q->from.n = joins.n;
    q->from.cap = joins.cap;
    return RC_OK;
}

/* Entities that an expression reads must be in the grant. */
static enum rc touch_reads(struct query *q, const struct fx_expr *x,
                           struct err *err)
{
    const void *const *handles = NULL;
    size_t n = fx_reads(x, &handles), i, k;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < n; i++) {
        const struct field *f = handles[i];

        rc = plan_touch(q, f->entity, err);
        for (k = 0; rc == RC_OK && k < f->n_targets; k++)
            rc = plan_touch(q, f->targets[k], err);
    }
    return rc;
}

/*
 * The expression's own joins hang below `alias`; they are put into the query's
 * FROM, so that one statement answers titles of titles too.
 */
enum rc plan_title(struct query *q, const struct entity *target, int alias,
                   const struct fx_expr *x, struct fx_from **out,
                   struct err *err)
{
    struct fx_from *sub = ARENA_NEW(q->ctx.arena, struct fx_from);
    int base = (int)q->from.n, root = source_of(&q->from, alias);
    size_t i;
    enum rc rc;

    if (sub == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory to plan this query.");
    fx_from_init(sub, &q->ctx.model->schema, &q->tables.tables, target, alias,
                 q->ctx.arena);
    sub->next_alias = q->from.next_alias;
    rc = touch_reads(q, x, err);
    if (rc == RC_OK)
        rc = fx_from_expr(sub, x, err);
    for (i = 0; rc == RC_OK && i < sub->n; i++) {
        struct fx_join j = sub->joins[i];

        j.parent = j.parent == 0 ? root : base + j.parent;
        rc = append_join(q, j, err);
    }
    if (rc != RC_OK)
        return rc;
    q->from.next_alias = sub->next_alias;
    *out = sub;
    return RC_OK;
}

/* --- the statement ------------------------------------------------------------------ */

static void select_field(const struct field *f, int alias, struct sqlb *b)
{
    struct ident names[FIELD_MAX_COLUMNS];
    enum db_type types[FIELD_MAX_COLUMNS];
    size_t n = field_columns(f, names, types), i;

    for (i = 0; i < n; i++) {
        struct field_column columns[FIELD_MAX_COLUMNS];

        (void)f->type->columns(f, columns);
        sqlb_lit(b, ", ");
        /* the folded key is for the engine: nobody reads it */
        if (columns[i].suffix[0] == 'k')
            sqlb_lit(b, "NULL");
        else
            sqlb_col(b, alias, names[i]);
    }
}

static void select_file(const struct query *q, const struct col *c,
                        struct sqlb *b)
{
    const struct entity *file = c->pub.field->targets[0];
    size_t i;

    (void)q;
    for (i = 0; i < 3; i++) {
        const struct field *f = entity_field(file, str_c(FILE_FACTS[i]));

        sqlb_lit(b, ", ");
        if (f == NULL)
            sqlb_lit(b, "NULL");
        else
            sqlb_col(b, c->file_alias, f->col.main);
    }
}

static enum rc select_expansion(const struct query *q, struct expansion *x,
                                struct sqlb *b, struct err *err)
{
    struct fx_sql_frame frame = plan_frame(q);

    sqlb_lit(b, ", ");
    if (x->target == NULL) { /* anyref: which entity, which record */
        sqlb_col(b, x->alias, x->ref->col.ent);
        sqlb_lit(b, ", ");
        sqlb_col(b, x->alias, x->ref->col.main);
        return RC_OK;
    }
    sqlb_col(b, x->alias, IDENT("id"));
    sqlb_lit(b, ", ");
    return fx_emit(x->title, x->from, &frame, b, err);
}

enum rc plan_select(struct query *q, struct sqlb *b, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    past_with(q, b);
    sqlb_lit(b, "SELECT ");
    sqlb_col(b, 0, IDENT("id"));
    sqlb_lit(b, ", ");
    sqlb_col(b, 0, IDENT("rev"));
    for (i = 0; i < q->cols.n; i++) {
        const struct col *c = &q->cols.v[i];

        select_field(c->pub.field, c->alias, b);
        if (c->file_first > 0)
            select_file(q, c, b);
    }
    for (i = 0; rc == RC_OK && i < q->expansions.n; i++)
        rc = select_expansion(q, &q->expansions.v[i], b, err);
    for (i = 0; rc == RC_OK && i < q->terms.n; i++) {
        sqlb_lit(b, ", ");
        sort_term(b, &q->terms.v[i]);
    }
    return rc == RC_OK ? fx_from_emit(&q->from, b, err) : rc;
}

enum rc plan_where(struct query *q, struct sqlb *b, struct err *err)
{
    struct fx_sql_frame frame = plan_frame(q);
    enum rc rc;

    switch (q->deleted) {
    case QUERY_LIVE:
        sqlb_lit(b, " WHERE ");
        sqlb_col(b, 0, IDENT("deleted_at"));
        sqlb_lit(b, " IS NULL");
        break;
    case QUERY_BIN:
        sqlb_lit(b, " WHERE ");
        sqlb_col(b, 0, IDENT("deleted_at"));
        sqlb_lit(b, " IS NOT NULL");
        break;
    case QUERY_BOTH:
        sqlb_lit(b, " WHERE 1=1");
        break;
    }
    if (q->ids != NULL && q->n_ids == 1) {
        sqlb_lit(b, " AND ");
        sqlb_col(b, 0, IDENT("id"));
        sqlb_lit(b, " = ");
        sqlb_bind_i64(b, q->ids[0]);
    } else if (q->ids != NULL) {
        sqlb_lit(b, " AND ");
        sqlb_col(b, 0, IDENT("id"));
        sqlb_bind_ids(b, q->ids, q->n_ids);
    }
    rc = access_rows(q->ctx.who, q->ctx.model, q->entity, 0, b, err);
    if (rc == RC_OK && q->filter != NULL) {
        sqlb_lit(b, " AND ");
        rc = fx_emit_where(q->filter, &q->from, &frame, b, err);
    }
    if (rc == RC_OK && q->also != NULL) {
        sqlb_lit(b, " AND ");
        rc = fx_emit_where(q->also, &q->from, &frame, b, err);
    }
    if (rc == RC_OK)
        rc = find_where(q, b, err);
    if (rc == RC_OK && q->fits.filter != NULL) {
        frame.data = q->fits.data;
        frame.outer = q->fits.draft;
        sqlb_lit(b, " AND ");
        rc = fx_emit_where(q->fits.filter, &q->from, &frame, b, err);
    }
    return rc;
}

/* --- values of expressions ------------------------------------------------------------ */

struct value value_of_column(struct db_stmt *st, int i, const struct fx_type *t)
{
    int64_t days = 0;

    if (db_col_null(st, i))
        return VALUE_NULL;
    switch (t->kind) {
    case FX_INT:
        return value_int(db_col_i64(st, i));
    case FX_DEC:
    case FX_MONEY:
        return value_dec(db_col_i64(st, i), t->scale);
    case FX_BOOL:
        return value_bool(db_col_bool(st, i));
    case FX_INSTANT:
        return value_instant(db_col_i64(st, i));
    case FX_REF:
        return value_ref(db_col_i64(st, i));
    case FX_DATE:
        return date_parse(db_col_str(st, i), &days) ? value_date(days)
                                                    : VALUE_NULL;
    case FX_FLOAT:
        return (struct value){.kind = V_FLOAT, .u.f = db_col_f64(st, i)};
    case FX_NULL:
    case FX_TEXT:
    case FX_TIME:
    case FX_DUR:
    case FX_CHOICE:
    case FX_ANYREF:
    case FX_LIST:
    case FX_FILE:
        break;
    }
    return value_text(db_col_str(st, i));
}

struct str value_plain(struct arena *a, const struct value *v)
{
    char text[40];

    switch (v->kind) {
    case V_TEXT:
        return v->u.s;
    case V_INT:
        return str_fmt(a, "%lld", (long long)v->u.i);
    case V_DEC:
        return str_copy(a,
                        str_of(text, decimal_format(v->u.i, v->scale, text)));
    case V_DATE:
        return str_copy(a, str_of(text, date_format(v->u.i, text)));
    case V_INSTANT:
        return str_copy(a, str_of(text, instant_format(v->u.i, text)));
    case V_REF:
        return id_text(a, v->u.i);
    case V_BOOL:
        return v->u.b ? STR("true") : STR("false");
    case V_FLOAT:
        return str_fmt(a, "%.15g", v->u.f);
    case V_NULL:
    case V_MONEY:
    case V_TIME:
    case V_DUR:
    case V_ANYREF:
    case V_LIST:
        break;
    }
    return STR_NONE;
}
