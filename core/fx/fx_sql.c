/*
 * fx_sql - values as SQL; sums are in fx_sql_sum.c, functions in fx_sql_fn.c,
 * aggregates in fx_sql_agg.c, comparisons in fx_sql_cond.c, dialects in
 * core/db.
 *
 * Whatever needs no row is computed here, by the evaluator, and bound: an index
 * sees a constant, and both targets agree by construction.
 *
 * A value that has to be written twice is named in a sub-select instead, unless
 * it is small: nested divisions would otherwise double the text at each level.
 */
#include "fx/fx_sql.h"

#include "base/time.h"
#include "base/utf8.h"
#include "fx/fx_emit.h"
#include "fx/fx_num.h"

bool fx_emit_fail(struct fx_emit *e, enum rc rc, const char *why)
{
    if (e->rc == RC_OK)
        e->rc = FAIL(e->err, rc, "%s", why);
    return false;
}

/* --- types ------------------------------------------------------------------ */

static enum db_type type_of(enum fx_kind kind)
{
    switch (kind) {
    case FX_TEXT:
    case FX_CHOICE:
    case FX_DATE:
    case FX_NULL:
        return DB_T_TEXT;
    case FX_BOOL:
        return DB_T_BOOL;
    case FX_FLOAT:
        return DB_T_FLOAT;
    case FX_INT:
    case FX_DEC:
    case FX_MONEY:
    case FX_INSTANT:
    case FX_TIME:
    case FX_DUR:
    case FX_REF:
    case FX_ANYREF:
    case FX_LIST:
    case FX_FILE:
        break;
    }
    return DB_T_INT;
}

static void emit_null(struct fx_emit *e, enum fx_kind kind)
{
    sqlb_typed_open(e->q);
    sqlb_lit(e->q, "NULL");
    sqlb_typed_close(e->q, type_of(kind));
}

/* --- what is known before -------------------------------------------------- */

static bool is_bound(const struct fx_emit *e, const struct fx_node *n)
{
    if (n->needs & FX_NEEDS_ROW)
        return false;
    return !(n->needs & (FX_NEEDS_OUTER | FX_NEEDS_USER_ROW)) || e->frame->data;
}

bool fx_emit_known(struct fx_emit *e, const struct fx_node *n,
                   struct value *out)
{
    enum rc rc;

    if (e->rc != RC_OK || !is_bound(e, n))
        return false;
    rc = fx_eval_node(e->x, n, &e->eval, out, e->err);
    if (rc != RC_OK)
        e->rc = rc;
    return rc == RC_OK;
}

static void bind_date(struct fx_emit *e, int64_t day)
{
    char text[11];
    struct str s =
        str_copy(e->eval.arena, str_of(text, date_format(day, text)));

    if (!s.p)
        fx_emit_fail(e, RC_NOMEM, "There is not enough memory.");
    else
        sqlb_bind_str(e->q, s);
}

void fx_emit_bind(struct fx_emit *e, const struct fx_type *t,
                  const struct value *v)
{
    if (e->rc != RC_OK)
        return;
    if (v->kind == V_NULL) {
        emit_null(e, t->kind);
        return;
    }
    sqlb_typed_open(e->q);
    switch (v->kind) {
    case V_BOOL:
        sqlb_bind_bool(e->q, v->u.b);
        break;
    case V_FLOAT:
        sqlb_bind_f64(e->q, v->u.f);
        break;
    case V_TEXT:
        sqlb_bind_str(e->q, v->u.s);
        break;
    case V_DATE:
        bind_date(e, v->u.i);
        break;
    case V_MONEY:
        sqlb_bind_i64(e->q, v->cur[0] ? v->base : v->u.i);
        break;
    case V_INT:
    case V_DEC:
    case V_INSTANT:
    case V_TIME:
    case V_DUR:
    case V_REF:
    case V_ANYREF:
        sqlb_bind_i64(e->q, v->u.i);
        break;
    case V_NULL:
    case V_LIST:
        fx_emit_fail(e, RC_BUG, "A list stands where one value is needed.");
        break;
    }
    sqlb_typed_close(e->q, type_of(t->kind));
}

/* --- paths ---------------------------------------------------------------- */

int fx_emit_alias(struct fx_emit *e, const struct fx_path *p, size_t n_refs,
                  struct fx_from **from)
{
    const struct fx_emit_scope *s = e->scope;
    int alias = -1;
    enum rc rc;

    for (unsigned i = 0; s && i < p->up; i++)
        s = s->outer;
    if (e->rc != RC_OK || p->root != FX_ROOT_ROW || !s) {
        fx_emit_fail(e, RC_BUG, "A path has no row in the database.");
        return -1;
    }
    rc = fx_from_path(s->from, p->handles, n_refs, &alias, e->err);
    if (rc != RC_OK) {
        e->rc = rc;
        return -1;
    }
    *from = s->from;
    return alias;
}

static struct ident column_of(const struct fx_type *t,
                              const struct fx_columns *col)
{
    return t->kind == FX_MONEY && col->base.s.n ? col->base : col->main;
}

/* Seconds in the column, milliseconds in a duration. */
static void emit_column(struct fx_emit *e, const struct fx_node *n, int alias,
                        const struct fx_tables *t)
{
    struct fx_columns col = {.main = {STR_NONE}};

    t->columns(t->ctx, n->u.path.handles[n->u.path.n - 1], &col);
    if (n->type.kind == FX_DUR)
        sqlb_lit(e->q, "(");
    sqlb_col(e->q, alias, column_of(&n->type, &col));
    if (n->type.kind == FX_DUR)
        sqlb_lit(e->q, " * 1000)");
}

/* user.manager.name, when no row of the user is at hand. */
static void emit_user(struct fx_emit *e, const struct fx_node *n)
{
    const struct fx_path *p = &n->u.path;
    const struct fx_from *near = e->scope->from;
    struct fx_from from;
    int alias = 0;

    fx_from_init(&from, near->schema, near->tables, p->entity,
                 e->scope->from->next_alias, e->eval.arena);
    e->rc = fx_from_path(&from, p->handles, p->n - 1, &alias, e->err);
    if (e->rc != RC_OK)
        return;
    sqlb_lit(e->q, "(SELECT ");
    emit_column(e, n, alias, from.tables);
    e->rc = fx_from_emit(&from, e->q, e->err);
    sqlb_lit(e->q, " WHERE ");
    sqlb_col(e->q, from.root_alias, IDENT("id"));
    sqlb_lit(e->q, " = ");
    sqlb_typed_open(e->q);
    sqlb_bind_i64(e->q, e->frame->user);
    sqlb_typed_close(e->q, DB_T_INT);
    sqlb_lit(e->q, ")");
    e->scope->from->next_alias = from.next_alias;
}

void fx_emit_path(struct fx_emit *e, const struct fx_node *n)
{
    struct fx_from *from = NULL;
    int alias;

    if (e->rc != RC_OK)
        return;
    if (n->u.path.root == FX_ROOT_USER) {
        emit_user(e, n);
        return;
    }
    alias = fx_emit_alias(e, &n->u.path, n->u.path.n - 1, &from);
    if (alias >= 0)
        emit_column(e, n, alias, from->tables);
}

void fx_emit_key(struct fx_emit *e, const struct fx_node *n, bool ascii)
{
    struct fx_columns col = {.main = {STR_NONE}};
    struct fx_from *from = NULL;
    struct value v = VALUE_NULL;
    struct str key;
    int alias;

    if (fx_emit_known(e, n, &v)) {
        if (v.kind == V_TEXT) {
            e->rc = fx_fold(n, v.u.s, ascii, e->eval.arena, &key, e->err);
            v.u.s = key;
        }
        fx_emit_bind(e, &n->type, &v);
        return;
    }
    if (n->op != FX_OP_PATH || n->u.path.root != FX_ROOT_ROW) {
        fx_emit_fail(e, RC_BUG, "Only text that is a field has a key.");
        return;
    }
    alias = fx_emit_alias(e, &n->u.path, n->u.path.n - 1, &from);
    if (alias < 0)
        return;
    from->tables->columns(from->tables->ctx, n->u.path.handles[n->u.path.n - 1],
                          &col);
    if (!ascii) {
        sqlb_col(e->q, alias, col.key.s.n ? col.key : col.main);
        return;
    }
    sqlb_lower_open(e->q);
    sqlb_col(e->q, alias, col.main);
    sqlb_lower_close(e->q);
}

/* --- the rest --------------------------------------------------------------- */

static void emit_list(struct fx_emit *e, const struct fx_node *n)
{
    for (size_t i = 0; i < n->n; i++) {
        if (i)
            sqlb_lit(e->q, ", ");
        fx_emit_value(e, n->args[i]);
    }
}

/* An aggregate skips nulls, a scalar min() does not. A compound has few terms
   (db/sqlite allows ten), so many are taken in groups. */
enum { IN_A_COMPOUND = 8 };

static void emit_extreme_of(struct fx_emit *e, const struct fx_node *n,
                            size_t lo, size_t hi)
{
    size_t step = hi - lo > IN_A_COMPOUND
                      ? (hi - lo + IN_A_COMPOUND - 1) / IN_A_COMPOUND
                      : 1;

    if (n->op == FX_OP_MIN)
        sqlb_lit(e->q, "(SELECT min(f.a) FROM (SELECT ");
    else
        sqlb_lit(e->q, "(SELECT max(f.a) FROM (SELECT ");
    for (size_t i = lo; i < hi; i += step) {
        if (i > lo)
            sqlb_lit(e->q, " UNION ALL SELECT ");
        if (step == 1)
            fx_emit_value(e, n->args[i]);
        else
            emit_extreme_of(e, n, i, i + step < hi ? i + step : hi);
        if (i == lo)
            sqlb_lit(e->q, " AS a");
    }
    sqlb_lit(e->q, ") AS f)");
}

static void emit_extreme(struct fx_emit *e, const struct fx_node *n)
{
    bool is_min = n->op == FX_OP_MIN;

    if (sqlb_has_least(e->q)) {
        if (is_min)
            sqlb_lit(e->q, "least(");
        else
            sqlb_lit(e->q, "greatest(");
        emit_list(e, n);
        sqlb_lit(e->q, ")");
        return;
    }
    if (n->n == 2 && fx_emit_is_small(n)) {
        if (is_min)
            sqlb_lit(e->q, "min(coalesce(");
        else
            sqlb_lit(e->q, "max(coalesce(");
        emit_list(e, n);
        sqlb_lit(e->q, "), coalesce(");
        fx_emit_value(e, n->args[1]);
        sqlb_lit(e->q, ", ");
        fx_emit_value(e, n->args[0]);
        sqlb_lit(e->q, "))");
        return;
    }
    emit_extreme_of(e, n, 0, n->n);
}

/* Long rows are halved, so that they do not count as deep. */
enum { IN_A_ROW = 8 };

static void emit_texts(struct fx_emit *e, const struct fx_node *n, size_t lo,
                       size_t hi)
{
    size_t step = hi - lo > IN_A_ROW ? (hi - lo + 1) / 2 : 1;

    sqlb_lit(e->q, "(");
    for (size_t i = lo; i < hi; i += step) {
        if (i > lo)
            sqlb_lit(e->q, " || ");
        if (step > 1) {
            emit_texts(e, n, i, i + step < hi ? i + step : hi);
            continue;
        }
        if (n->args[i]->is_never_null) {
            fx_emit_value(e, n->args[i]);
            continue;
        }
        sqlb_lit(e->q, "coalesce(");
        fx_emit_value(e, n->args[i]);
        sqlb_lit(e->q, ", '')");
    }
    sqlb_lit(e->q, ")");
}

static void emit_cat(struct fx_emit *e, const struct fx_node *n)
{
    emit_texts(e, n, 0, n->n);
}

/* Ifs in the else of ifs, which switch makes, stay one CASE. */
static void emit_if(struct fx_emit *e, const struct fx_node *n)
{
    struct value v;

    sqlb_lit(e->q, "CASE");
    while (n->op == FX_OP_IF && !fx_emit_known(e, n, &v) && e->rc == RC_OK) {
        sqlb_lit(e->q, " WHEN ");
        fx_emit_cond(e, n->args[0]);
        sqlb_lit(e->q, " THEN ");
        fx_emit_value(e, n->args[1]);
        n = n->args[2];
    }
    sqlb_lit(e->q, " ELSE ");
    fx_emit_value(e, n);
    sqlb_lit(e->q, " END");
}

void fx_emit_value(struct fx_emit *e, const struct fx_node *n)
{
    struct value v = VALUE_NULL;

    if (fx_emit_known(e, n, &v)) {
        fx_emit_bind(e, &n->type, &v);
        return;
    }
    if (e->rc != RC_OK)
        return;
    if (fx_emit_is_sum(n)) {
        fx_emit_guarded(e, n);
        return;
    }
    switch ((int)n->op) {
    case FX_OP_PATH:
        fx_emit_path(e, n);
        return;
    case FX_OP_CAT:
        emit_cat(e, n);
        return;
    case FX_OP_IF:
        emit_if(e, n);
        return;
    case FX_OP_COALESCE:
        if (n->n == 1) {
            fx_emit_value(e, n->args[0]);
            return;
        }
        sqlb_lit(e->q, "coalesce(");
        emit_list(e, n);
        sqlb_lit(e->q, ")");
        return;
    case FX_OP_MIN:
    case FX_OP_MAX:
        emit_extreme(e, n);
        return;
    case FX_OP_LOCAL_DATE:
    case FX_OP_DATE_ADD:
        fx_emit_call(e, n);
        return;
    case FX_OP_CALL:
        if (n->type.kind != FX_BOOL) {
            fx_emit_call(e, n);
            return;
        }
        break;
    case FX_OP_AGG:
        if (n->u.agg.kind != FX_AGG_EXISTS) {
            fx_emit_agg(e, n);
            return;
        }
        break;
    default:
        break;
    }
    sqlb_lit(e->q, "((");
    fx_emit_cond(e, n);
    sqlb_lit(e->q, ") IS TRUE)");
}

/* --- outside ----------------------------------------------------------------- */

static enum rc only_the_id(void *ctx, const void *row, const void *field,
                           struct value *out, struct err *err)
{
    const int64_t *id = row;

    (void)ctx;
    (void)field;
    (void)err;
    *out = value_ref(*id);
    return RC_OK;
}

static void start(struct fx_emit *e, const struct fx_expr *x,
                  struct fx_from *from, const struct fx_sql_frame *frame,
                  struct sqlb *q, struct err *err)
{
    *e = (struct fx_emit){.x = x,
                          .frame = frame,
                          .q = q,
                          .err = err,
                          .rc = RC_OK,
                          .user_id = frame->user,
                          .user = {.field = only_the_id}};
    e->user.user = frame->user ? &e->user_id : NULL;
    e->eval = (struct fx_frame){.data = frame->data ? frame->data : &e->user,
                                .params = frame->params,
                                .now_ms = frame->now_ms,
                                .tz = frame->tz,
                                .arena = from->arena,
                                .outer = frame->outer};
}

static enum rc run(const struct fx_expr *x, struct fx_from *from,
                   const struct fx_sql_frame *frame, struct sqlb *q,
                   void (*emit)(struct fx_emit *, const struct fx_node *),
                   struct err *err)
{
    struct fx_emit e;
    const struct fx_emit_scope scope = {.from = from};

    if (fx_root(x)->no_sql)
        return FAIL(err, RC_BUG, "\"%.*s\" has no form in the database.",
                    STR_ARG(str_sub(x->source, 0, 60)));
    start(&e, x, from, frame, q, err);
    e.scope = &scope;
    emit(&e, fx_root(x));
    return e.rc;
}

enum rc fx_emit(const struct fx_expr *x, struct fx_from *from,
                const struct fx_sql_frame *frame, struct sqlb *q,
                struct err *err)
{
    return run(x, from, frame, q, fx_emit_value, err);
}

static void emit_where(struct fx_emit *e, const struct fx_node *n)
{
    sqlb_lit(e->q, "(");
    fx_emit_cond(e, n);
    sqlb_lit(e->q, ")");
}

enum rc fx_emit_where(const struct fx_expr *x, struct fx_from *from,
                      const struct fx_sql_frame *frame, struct sqlb *q,
                      struct err *err)
{
    struct fx_type t = fx_result(x);

    if (t.kind != FX_BOOL && t.kind != FX_NULL)
        return FAIL(err, RC_BUG, "An expression is no condition.");
    return run(x, from, frame, q, emit_where, err);
}
