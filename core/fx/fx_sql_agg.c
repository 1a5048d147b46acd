/*
 * fx_sql_agg - aggregates as correlated sub-selects, members of list fields as
 * EXISTS over the side table. Records in the bin and records that the
 * principal may not read are not there.
 */
#include "fx/fx_emit.h"
#include "fx/fx_num.h"

struct inside {
    struct fx_from from;
    struct fx_emit_scope scope;
    int owner; /* alias of the record with the collection */
};

static bool enter(struct fx_emit *e, const struct fx_agg *agg,
                  struct inside *in)
{
    struct fx_from *outer = NULL;

    in->owner = fx_emit_alias(e, &agg->owner, agg->owner.n, &outer);
    if (in->owner < 0)
        return false;
    /* The innermost source counts the aliases of all. */
    fx_from_init(&in->from, outer->schema, outer->tables, agg->child,
                 e->scope->from->next_alias, e->eval.arena);
    in->scope = (struct fx_emit_scope){.from = &in->from, .outer = e->scope};
    if (agg->arg)
        e->rc = fx_from_node(&in->from, agg->arg, e->err);
    if (e->rc == RC_OK && agg->where)
        e->rc = fx_from_node(&in->from, agg->where, e->err);
    if (e->rc != RC_OK)
        return false;
    e->scope = &in->scope;
    return true;
}

static void leave(struct fx_emit *e, const struct inside *in)
{
    e->scope = in->scope.outer;
    e->scope->from->next_alias = in->from.next_alias;
}

/* ` FROM child .. WHERE child.by = owner.id AND ..` */
static void emit_rows(struct fx_emit *e, const struct fx_agg *agg,
                      struct inside *in)
{
    const struct fx_tables *t = in->from.tables;
    struct fx_columns by = {.main = {STR_NONE}};
    int child = in->from.root_alias;

    if (e->rc == RC_OK)
        e->rc = fx_from_emit(&in->from, e->q, e->err);
    t->columns(t->ctx, agg->by, &by);
    sqlb_lit(e->q, " WHERE ");
    sqlb_col(e->q, child, by.main);
    sqlb_lit(e->q, " = ");
    sqlb_col(e->q, in->owner, IDENT("id"));
    if (by.ent.s.n && t->entity_number) {
        sqlb_lit(e->q, " AND ");
        sqlb_col(e->q, child, by.ent);
        sqlb_lit(e->q, " = ");
        sqlb_int(e->q, t->entity_number(t->ctx, agg->owner_entity));
    }
    sqlb_lit(e->q, " AND ");
    sqlb_col(e->q, child, IDENT("deleted_at"));
    sqlb_lit(e->q, " IS NULL");
    if (t->rows && e->rc == RC_OK)
        e->rc = t->rows(t->ctx, agg->child, child, e->q, e->err);
    if (agg->where) {
        sqlb_lit(e->q, " AND ");
        fx_emit_cond(e, agg->where);
    }
}

static void emit_average(struct fx_emit *e, const struct fx_node *n,
                         struct inside *in)
{
    const struct fx_agg *agg = &n->u.agg;
    int up = fx_scale(&n->type) - fx_scale(&agg->arg->type);

    sqlb_lit(e->q, "(SELECT f.a / f.b + CASE WHEN abs(f.a % f.b) >= abs(f.b) - "
                   "abs(f.a % f.b) THEN CASE WHEN f.a < 0 THEN -1 ELSE 1 END "
                   "ELSE 0 END FROM (SELECT CAST(sum(");
    fx_emit_value(e, agg->arg);
    sqlb_lit(e->q, ") AS bigint)");
    if (up > 0) {
        sqlb_lit(e->q, " * ");
        sqlb_int(e->q, fx_pow10(up));
    }
    sqlb_lit(e->q, " AS a, nullif(count(");
    fx_emit_value(e, agg->arg);
    sqlb_lit(e->q, ")");
    if (up < 0) {
        sqlb_lit(e->q, " * ");
        sqlb_int(e->q, fx_pow10(-up));
    }
    sqlb_lit(e->q, ", 0) AS b");
    emit_rows(e, agg, in);
    sqlb_lit(e->q, ") AS f)");
}

static void emit_total(struct fx_emit *e, const struct fx_node *n)
{
    const struct fx_agg *agg = &n->u.agg;

    switch (agg->kind) {
    case FX_AGG_COUNT:
        sqlb_lit(e->q, "count(");
        if (agg->arg)
            fx_emit_value(e, agg->arg);
        else
            sqlb_lit(e->q, "*");
        sqlb_lit(e->q, ")");
        return;
    case FX_AGG_SUM:
        sqlb_lit(e->q, "CAST(coalesce(sum(");
        fx_emit_value(e, agg->arg);
        sqlb_lit(e->q, "), 0) AS bigint)");
        return;
    case FX_AGG_MIN:
    case FX_AGG_MAX:
        if (agg->kind == FX_AGG_MIN)
            sqlb_lit(e->q, "min(");
        else
            sqlb_lit(e->q, "max(");
        fx_emit_value(e, agg->arg);
        sqlb_lit(e->q, ")");
        return;
    case FX_AGG_FIRST:
    case FX_AGG_LAST:
        fx_emit_value(e, agg->arg);
        return;
    case FX_AGG_EXISTS:
    case FX_AGG_AVG:
    case FX_AGG_LIST:
        fx_emit_fail(e, RC_BUG, "A list stands where one value is needed.");
        return;
    }
}

void fx_emit_agg(struct fx_emit *e, const struct fx_node *n)
{
    const struct fx_agg *agg = &n->u.agg;
    struct inside in;

    if (!enter(e, agg, &in))
        return;
    if (agg->kind == FX_AGG_AVG) {
        emit_average(e, n, &in);
        leave(e, &in);
        return;
    }
    sqlb_lit(e->q, "(SELECT ");
    emit_total(e, n);
    emit_rows(e, agg, &in);
    if (agg->kind == FX_AGG_FIRST || agg->kind == FX_AGG_LAST) {
        sqlb_lit(e->q, " ORDER BY ");
        sqlb_col(e->q, in.from.root_alias, IDENT("id"));
        if (agg->kind == FX_AGG_FIRST)
            sqlb_lit(e->q, " ASC LIMIT 1");
        else
            sqlb_lit(e->q, " DESC LIMIT 1");
    }
    sqlb_lit(e->q, ")");
    leave(e, &in);
}

void fx_emit_in_agg(struct fx_emit *e, const struct fx_node *left,
                    const struct fx_node *list)
{
    const struct fx_agg *agg = &list->u.agg;
    struct inside in;

    if (!enter(e, agg, &in))
        return;
    sqlb_lit(e->q, "EXISTS (SELECT 1");
    emit_rows(e, agg, &in);
    if (agg->arg) {
        sqlb_lit(e->q, " AND ");
        fx_emit_value(e, agg->arg);
        if (!left)
            sqlb_lit(e->q, " IS NOT NULL");
    }
    if (left) {
        sqlb_lit(e->q, " = ");
        e->scope = in.scope.outer; /* left was written outside */
        in.scope.outer->from->next_alias = in.from.next_alias;
        fx_emit_value(e, left);
        in.from.next_alias = in.scope.outer->from->next_alias;
    }
    sqlb_lit(e->q, ")");
    leave(e, &in);
}

/* --- list fields ----------------------------------------------------------------- */

static bool emit_members(struct fx_emit *e, const struct fx_node *list,
                         int *alias)
{
    struct fx_columns col = {.main = {STR_NONE}};
    const struct fx_path *p = &list->u.path;
    struct fx_from *from = NULL;
    int owner;

    if (list->op != FX_OP_PATH)
        return fx_emit_fail(e, RC_BUG, "Only a field has members to look up.");
    owner = fx_emit_alias(e, p, p->n - 1, &from);
    if (owner < 0)
        return false;
    from->tables->columns(from->tables->ctx, p->handles[p->n - 1], &col);
    *alias = e->scope->from->next_alias++;
    sqlb_lit(e->q, " FROM ");
    sqlb_ident(e->q, col.side);
    sqlb_lit(e->q, " ");
    sqlb_alias(e->q, *alias);
    sqlb_lit(e->q, " WHERE ");
    sqlb_col(e->q, *alias, IDENT("rec"));
    sqlb_lit(e->q, " = ");
    sqlb_col(e->q, owner, IDENT("id"));
    return true;
}

void fx_emit_side(struct fx_emit *e, const struct fx_node *list,
                  const struct fx_node *left)
{
    int alias = 0;

    sqlb_lit(e->q, "EXISTS (SELECT 1");
    if (!emit_members(e, list, &alias))
        return;
    if (left) {
        sqlb_lit(e->q, " AND ");
        sqlb_col(e->q, alias, IDENT("code"));
        sqlb_lit(e->q, " = ");
        fx_emit_value(e, left);
    }
    sqlb_lit(e->q, ")");
}

void fx_emit_member_count(struct fx_emit *e, const struct fx_node *list)
{
    int alias = 0;

    sqlb_lit(e->q, "(SELECT count(*)");
    if (emit_members(e, list, &alias))
        sqlb_lit(e->q, ")");
}
