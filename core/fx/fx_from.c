/*
 * fx_from - the sources of one SELECT: a root and what its paths join.
 */
#include "base/limits.h"
#include "base/vec.h"
#include "fx/fx_emit.h"

void fx_from_init(struct fx_from *from, const struct fx_schema *schema,
                  const struct fx_tables *tables, const void *root,
                  int root_alias, struct arena *a)
{
    *from = (struct fx_from){.tables = tables,
                             .schema = schema,
                             .arena = a,
                             .root = root,
                             .root_alias = root_alias,
                             .next_alias = root_alias + 1};
}

static int find(const struct fx_from *from, int parent, const void *ref)
{
    for (size_t i = 0; i < from->n; i++)
        if (from->joins[i].parent == parent && from->joins[i].ref == ref)
            return (int)i + 1;
    return -1;
}

static enum rc add(struct fx_from *from, int parent, const void *ref,
                   int *source, struct err *err)
{
    struct {
        struct fx_join *v;
        size_t n, cap;
    } joins = {from->joins, from->n, from->cap};
    struct fx_join j = {.parent = parent, .ref = ref};

    if (from->is_emitted)
        return FAIL(err, RC_BUG, "A path was not registered before FROM.");
    if (from->n >= LIMIT_FX_JOINS)
        return FAIL(err, RC_LIMIT,
                    "One query may look into %d other records by path; this "
                    "one names more.",
                    (int)LIMIT_FX_JOINS);
    j.entity = from->tables->target
                   ? from->tables->target(from->tables->ctx, ref)
                   : NULL;
    if (!j.entity)
        return FAIL(err, RC_BUG, "A path follows what is no reference.");
    j.alias = from->next_alias++;
    if (!VEC_PUSH(from->arena, &joins, j))
        return FAIL(err, RC_NOMEM, "There is not enough memory.");
    from->joins = joins.v;
    from->n = joins.n;
    from->cap = joins.cap;
    *source = (int)from->n;
    return RC_OK;
}

enum rc fx_from_path(struct fx_from *from, const void *const *refs, size_t n,
                     int *alias, struct err *err)
{
    int source = 0;

    for (size_t i = 0; i < n; i++) {
        int next = find(from, source, refs[i]);

        if (next < 0) {
            enum rc rc = add(from, source, refs[i], &next, err);

            if (rc != RC_OK)
                return rc;
        }
        source = next;
    }
    *alias = source ? from->joins[source - 1].alias : from->root_alias;
    return RC_OK;
}

/* Paths of the scope that `depth` levels of aggregates lie inside of. */
static enum rc walk(struct fx_from *from, const struct fx_node *n,
                    unsigned depth, struct err *err)
{
    const struct fx_path *p = n->op == FX_OP_PATH  ? &n->u.path
                              : n->op == FX_OP_AGG ? &n->u.agg.owner
                                                   : NULL;
    size_t n_refs = n->op == FX_OP_PATH ? n->u.path.n - 1 : p ? p->n : 0;
    enum rc rc = RC_OK;
    int alias;

    if (!(n->needs & FX_NEEDS_ROW))
        return RC_OK;
    if (p && p->root == FX_ROOT_ROW && p->up == depth)
        rc = fx_from_path(from, p->handles, n_refs, &alias, err);
    for (size_t i = 0; i < n->n && rc == RC_OK; i++)
        rc = walk(from, n->args[i], depth, err);
    if (n->op != FX_OP_AGG)
        return rc;
    if (rc == RC_OK && n->u.agg.arg)
        rc = walk(from, n->u.agg.arg, depth + 1, err);
    if (rc == RC_OK && n->u.agg.where)
        rc = walk(from, n->u.agg.where, depth + 1, err);
    return rc;
}

enum rc fx_from_node(struct fx_from *from, const struct fx_node *n,
                     struct err *err)
{
    return walk(from, n, 0, err);
}

enum rc fx_from_expr(struct fx_from *from, const struct fx_expr *x,
                     struct err *err)
{
    return walk(from, fx_root(x), 0, err);
}

static int alias_of(const struct fx_from *from, int source)
{
    return source ? from->joins[source - 1].alias : from->root_alias;
}

enum rc fx_from_emit(struct fx_from *from, struct sqlb *q, struct err *err)
{
    const struct fx_tables *t = from->tables;
    enum rc rc = RC_OK;

    from->is_emitted = true;
    sqlb_lit(q, " FROM ");
    sqlb_ident(q, t->table(t->ctx, from->root));
    sqlb_lit(q, " ");
    sqlb_alias(q, from->root_alias);
    for (size_t i = 0; i < from->n && rc == RC_OK; i++) {
        const struct fx_join *j = &from->joins[i];
        struct fx_columns col = {.main = {STR_NONE}};

        t->columns(t->ctx, j->ref, &col);
        sqlb_lit(q, " LEFT JOIN ");
        sqlb_ident(q, t->table(t->ctx, j->entity));
        sqlb_lit(q, " ");
        sqlb_alias(q, j->alias);
        sqlb_lit(q, " ON ");
        sqlb_col(q, j->alias, IDENT("id"));
        sqlb_lit(q, " = ");
        sqlb_col(q, alias_of(from, j->parent), col.main);
        sqlb_lit(q, " AND ");
        sqlb_col(q, j->alias, IDENT("deleted_at"));
        sqlb_lit(q, " IS NULL");
        if (t->rows)
            rc = t->rows(t->ctx, j->entity, j->alias, q, err);
    }
    return rc;
}
