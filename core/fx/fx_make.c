/*
 * fx_make - the only maker of typed nodes: what they need, whether SQL can say
 * them, and the folding of constants.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/vec.h"
#include "fx/fx_check.h"
#include "fx/fx_eval.h"

/* Desugaring shares nodes, but unit arithmetic and casts add some. */
enum { TYPED_PER_WRITTEN = 16 };

void *fx_refuse(struct fx_check *c, const char *code, uint32_t at,
                uint32_t length, const char *fmt, ...)
{
    char text[sizeof c->fault->text];
    va_list ap;

    if (c->rc != RC_OK)
        return NULL;
    va_start(ap, fmt);
    if (vsnprintf(text, sizeof text, fmt, ap) < 0)
        text[0] = '\0';
    va_end(ap);
    c->rc = fx_fault_set(c->fault, RC_INVALID, code, at, length, "%s", text);
    return NULL;
}

void *fx_check_nomem(struct fx_check *c)
{
    if (c->rc == RC_OK)
        c->rc = RC_NOMEM;
    return NULL;
}

struct str fx_words(const struct fx_check *c, const struct fx_node *n)
{
    struct str s = str_sub(c->x->source, n->at, n->length);

    if (s.n > 0 && (s.p[0] == '\'' || s.p[0] == '"'))
        return s.n > 40 ? STR("the text") : s;
    s = str_fmt(c->arena, "\"%.*s%s\"", (int)(s.n > 40 ? 40 : s.n), s.p,
                s.n > 40 ? "..." : "");
    return s.p ? s : STR("it");
}

bool fx_node_is_fixed(const struct fx_node *n)
{
    return (n->needs & (FX_NEEDS_ROW | FX_NEEDS_OUTER | FX_NEEDS_USER_ROW)) ==
           0;
}

const struct fx_node *fx_no_sql(const struct fx_node *n, const char *why)
{
    struct fx_node *new;

    if (!n || n->no_sql || fx_node_is_fixed(n))
        return n;
    /* Nodes are handed out const; the maker may still finish its own. */
    memcpy(&new, &n, sizeof new);
    new->no_sql = why;
    new->no_sql_at = n;
    return n;
}

static struct fx_node *blank(struct fx_check *c, enum fx_op op,
                             struct fx_type type, const struct fx_syn *s)
{
    struct fx_node *n;

    if (c->rc != RC_OK)
        return NULL;
    if (++c->nodes > (size_t)LIMIT_FX_NODES * TYPED_PER_WRITTEN) {
        c->rc = fx_fault_set(c->fault, RC_LIMIT, "F204", s->at, 0,
                             "This expression is too large; split it into "
                             "several.");
        return NULL;
    }
    n = ARENA_NEW(c->arena, struct fx_node);
    if (!n)
        return fx_check_nomem(c);
    n->op = op;
    n->type = type;
    n->at = s->at;
    n->length = s->length;
    return n;
}

const struct fx_node *fx_make_const(struct fx_check *c, struct fx_type type,
                                    const struct fx_syn *s, struct value v)
{
    struct fx_node *n = blank(c, FX_OP_CONST, type, s);

    if (!n)
        return NULL;
    n->u.constant = v;
    n->is_never_null = v.kind != V_NULL;
    return n;
}

static bool never_null(enum fx_op op, const struct fx_node *n)
{
    switch (op) {
    case FX_OP_CAT:
    case FX_OP_EQ:
    case FX_OP_NE:
    case FX_OP_LT:
    case FX_OP_LE:
    case FX_OP_GT:
    case FX_OP_GE:
    case FX_OP_AND:
    case FX_OP_OR:
    case FX_OP_NOT:
    case FX_OP_IN:
    case FX_OP_IN_LIST:
    case FX_OP_EMPTY:
        return true;
    case FX_OP_NEG:
    case FX_OP_ADD:
    case FX_OP_SUB:
    case FX_OP_MUL:
    case FX_OP_CAST:
        for (size_t i = 0; i < n->n; i++)
            if (!n->args[i]->is_never_null)
                return false;
        return n->type.kind != FX_FLOAT;
    case FX_OP_IF:
        return n->args[1]->is_never_null && n->args[2]->is_never_null;
    case FX_OP_COALESCE:
    case FX_OP_MIN:
    case FX_OP_MAX:
        for (size_t i = 0; i < n->n; i++)
            if (n->args[i]->is_never_null)
                return true;
        return false;
    case FX_OP_CONST:
    case FX_OP_PARAM:
    case FX_OP_PATH:
    case FX_OP_DIV:
    case FX_OP_MOD:
    case FX_OP_LOCAL_DATE:
    case FX_OP_DATE_ADD:
    case FX_OP_CALL:
    case FX_OP_AGG:
        return false;
    }
    return false;
}

static struct fx_node *assemble(struct fx_check *c, enum fx_op op,
                                struct fx_type type, const struct fx_syn *s,
                                const struct fx_node *const *args, size_t n)
{
    struct fx_node *node = blank(c, op, type, s);
    const struct fx_node **copy;

    if (!node)
        return NULL;
    if (n) {
        copy = ARENA_ARRAY(c->arena, const struct fx_node *, n);
        if (!copy)
            return fx_check_nomem(c);
        for (size_t i = 0; i < n; i++) {
            copy[i] = args[i];
            node->needs |= args[i]->needs;
            if (!node->no_sql && args[i]->no_sql) {
                node->no_sql = args[i]->no_sql;
                node->no_sql_at = args[i]->no_sql_at;
            }
        }
        node->args = copy;
        node->n = n;
    }
    if (op == FX_OP_LOCAL_DATE)
        node->needs |= FX_NEEDS_CLOCK;
    node->is_never_null = never_null(op, node);
    return node;
}

/* Constants all the way: compute it now. What overflows is the author's
   mistake, and better said here than on every record. */
static const struct fx_node *folded(struct fx_check *c, const struct fx_node *n)
{
    const struct fx_frame frame = {.arena = c->arena, .tz = NULL};
    const struct fx_syn s = {.at = n->at, .length = n->length};
    struct value v = VALUE_NULL;
    enum rc rc;

    for (size_t i = 0; i < n->n; i++)
        if (n->args[i]->op != FX_OP_CONST)
            return n;
    rc = fx_eval_node(c->x, n, &frame, &v, NULL);
    if (rc == RC_NOMEM)
        return fx_check_nomem(c);
    if (rc != RC_OK)
        return fx_refuse(c, "F206", n->at, n->length,
                         "%.*s is too large a number.",
                         STR_ARG(fx_words(c, n)));
    if (v.kind == V_LIST)
        return n;
    return fx_make_const(c, n->type, &s, v);
}

const struct fx_node *fx_make(struct fx_check *c, enum fx_op op,
                              struct fx_type type, const struct fx_syn *s,
                              const struct fx_node *const *args, size_t n)
{
    struct fx_node *node = assemble(c, op, type, s, args, n);

    if (!node)
        return NULL;
    if (op == FX_OP_CAST && type.kind != FX_FLOAT &&
        args[0]->type.kind == FX_FLOAT)
        fx_no_sql(node, "a float becomes an exact number");
    fx_set_height(node);
    return n && node->needs == 0 ? folded(c, node) : node;
}

const struct fx_node *fx_make_call(struct fx_check *c, enum fx_fn_id fn,
                                   struct fx_type type, const struct fx_syn *s,
                                   const struct fx_node *const *args, size_t n)
{
    struct fx_node *node = assemble(c, FX_OP_CALL, type, s, args, n);

    if (!node)
        return NULL;
    node->u.fn = &fx_fn_all()[fn];
    switch ((int)fn) {
    case FX_F_TODAY:
    case FX_F_NOW:
        node->needs |= FX_NEEDS_CLOCK;
        node->is_never_null = true;
        break;
    case FX_F_HOUR:
    case FX_F_MINUTE:
        if (args[0]->type.kind == FX_INSTANT)
            node->needs |= FX_NEEDS_CLOCK;
        break;
    case FX_F_FORMAT:
        if (args[0]->type.kind == FX_INSTANT)
            node->needs |= FX_NEEDS_CLOCK;
        break;
    case FX_F_CHANGED:
    case FX_F_CHANGED_TO:
    case FX_F_CHANGED_FROM:
    case FX_F_IS_NEW:
        node->needs |= FX_NEEDS_ROW;
        node->is_never_null = true;
        break;
    case FX_F_PICK:
    case FX_F_RANDOM:
        node->needs |= FX_NEEDS_SEED;
        break;
    default: /* of the others nothing is special here */
        if (type.kind == FX_BOOL)
            node->is_never_null = true;
        break;
    }
    if (!(node->u.fn->where & FX_W_SQL))
        fx_no_sql(node, "the function has no form in the database");
    fx_set_height(node);
    return n && node->needs == 0 ? folded(c, node) : node;
}

const struct fx_node *fx_make_date_add(struct fx_check *c,
                                       const struct fx_syn *s,
                                       const struct fx_node *date,
                                       const struct fx_node *n,
                                       enum fx_unit unit)
{
    const struct fx_node *args[2] = {date, n};
    struct fx_node *node;

    if (!date || !n)
        return NULL;
    node = assemble(c, FX_OP_DATE_ADD, date->type, s, args, 2);
    if (!node)
        return NULL;
    node->u.unit = unit;
    if (date->type.kind == FX_INSTANT && unit == FX_U_MONTH) {
        node->needs |= FX_NEEDS_CLOCK;
        fx_no_sql(node, "months are added to a point in time");
    }
    fx_set_height(node);
    return node->needs == 0 ? folded(c, node) : node;
}
