/*
 * fx_height - how high the SQL expression of a node gets, at most.
 *
 * The database refuses expressions that nest too high (db/sqlite sets 100), and
 * at the time of a query nobody could explain that. So it is counted here, with
 * something to spare, and the compiler says it where the author can see it. The
 * fuzzer prepares what compiles and so keeps this honest.
 */
#include "fx/fx_check.h"
#include "fx/fx_emit.h"

enum { LEAF = 3, GUARD = 3, HIGHEST = 80 };

static unsigned as_operand(const struct fx_node *n)
{
    if (fx_node_is_fixed(n))
        return 1;
    return n->height + (fx_emit_is_sum(n) ? GUARD : 0u);
}

static unsigned highest(const struct fx_node *const *args, size_t n)
{
    unsigned h = LEAF;

    for (size_t i = 0; i < n; i++)
        if (as_operand(args[i]) > h)
            h = as_operand(args[i]);
    return h;
}

/* Sums pass their operands on without a guard. */
static unsigned highest_raw(const struct fx_node *n)
{
    unsigned h = LEAF;

    for (size_t i = 0; i < n->n; i++)
        if (!fx_node_is_fixed(n->args[i]) && n->args[i]->height > h)
            h = n->args[i]->height;
    return h;
}

static unsigned log2_of(size_t n)
{
    unsigned k = 0;

    while (n > 1) {
        n = (n + 1) / 2;
        k++;
    }
    return k;
}

static unsigned not_fixed(const struct fx_node *n)
{
    unsigned k = 0;

    for (size_t i = 0; i < n->n; i++)
        k += !fx_node_is_fixed(n->args[i]);
    return k;
}

static unsigned own(const struct fx_node *n)
{
    switch (n->op) {
    case FX_OP_CONST:
    case FX_OP_PARAM:
    case FX_OP_PATH:
        return 0;
    case FX_OP_NEG:
    case FX_OP_ADD:
    case FX_OP_SUB:
        return 1;
    case FX_OP_MUL:
    case FX_OP_CAST:
        return 5; /* with a rounding around it */
    case FX_OP_MOD:
    case FX_OP_EQ:
    case FX_OP_NE:
    case FX_OP_LT:
    case FX_OP_LE:
    case FX_OP_GT:
    case FX_OP_GE:
    case FX_OP_NOT:
        return 2;
    case FX_OP_AND:
    case FX_OP_OR:
    case FX_OP_CAT:
        /* eight in a row, halves above that */
        return (n->n > 8 ? 8 : (unsigned)n->n) + log2_of(n->n);
    case FX_OP_IN: /* those that are not bound stand in a row of ORs */
        return 4 + not_fixed(n);
    case FX_OP_IF:
        return n->args[2]->op == FX_OP_IF ? 0 : 3;
    case FX_OP_DIV:
    case FX_OP_LOCAL_DATE:
    case FX_OP_DATE_ADD:
    case FX_OP_IN_LIST:
    case FX_OP_EMPTY:
    case FX_OP_COALESCE:
    case FX_OP_MIN:
    case FX_OP_MAX:
    case FX_OP_CALL:
    case FX_OP_AGG:
        return 6;
    }
    return 6;
}

void fx_set_height(struct fx_node *n)
{
    const struct fx_node *parts[2] = {n->u.agg.arg, n->u.agg.where};
    unsigned h;

    if (n->op == FX_OP_AGG)
        h = highest(parts + !parts[0],
                    (parts[0] != NULL) + (size_t)(parts[1] != NULL));
    else if (fx_emit_is_sum(n) || n->op == FX_OP_DIV)
        h = highest_raw(n);
    else
        h = highest(n->args, n->n);
    h += own(n);
    n->height = (uint16_t)h;
    if (h > HIGHEST)
        fx_no_sql(n, "it is nested too high for the database");
}
