/*
 * fx_sql_sum - arithmetic as SQL, in the steps of fx_num.h.
 *
 * SQLite turns a sum that overflows into a real; + - * / pass that on and
 * fx_emit_guarded, at the top of the sum, makes it an error.
 */
#include "fx/fx_emit.h"
#include "fx/fx_num.h"

static bool small(const struct fx_node *n, int *budget)
{
    if (--*budget < 0 || n->op == FX_OP_AGG || n->op == FX_OP_CALL ||
        (n->op == FX_OP_PATH && n->u.path.root == FX_ROOT_USER))
        return false;
    for (size_t i = 0; i < n->n; i++)
        if (!small(n->args[i], budget))
            return false;
    return true;
}

bool fx_emit_is_small(const struct fx_node *n)
{
    int budget = 4;

    return small(n, &budget);
}

bool fx_emit_is_sum(const struct fx_node *n)
{
    switch ((int)n->op) {
    case FX_OP_NEG:
    case FX_OP_ADD:
    case FX_OP_SUB:
    case FX_OP_MUL:
    case FX_OP_DIV:
    case FX_OP_MOD:
    case FX_OP_CAST:
        return true;
    case FX_OP_DATE_ADD:
        return n->type.kind == FX_INSTANT;
    case FX_OP_PATH:
        return n->type.kind == FX_DUR;
    case FX_OP_AGG:
        return n->u.agg.kind == FX_AGG_AVG;
    case FX_OP_CALL:
        switch ((int)n->u.fn->id) {
        case FX_F_ABS:
        case FX_F_ROUND:
        case FX_F_FLOOR:
        case FX_F_CEIL:
        case FX_F_TRUNC:
            return true;
        default:
            return false;
        }
    default:
        return false;
    }
}

static void emit_infix(struct fx_emit *e, const struct fx_node *n)
{
    sqlb_lit(e->q, "(");
    fx_emit_raw(e, n->args[0]);
    switch ((int)n->op) {
    case FX_OP_ADD:
        sqlb_lit(e->q, " + ");
        break;
    case FX_OP_SUB:
        sqlb_lit(e->q, " - ");
        break;
    default:
        sqlb_lit(e->q, " * ");
        break;
    }
    fx_emit_raw(e, n->args[1]);
    sqlb_lit(e->q, ")");
}

/* `n * 10^up`, in parentheses. */
static void emit_scaled(struct fx_emit *e, const struct fx_node *n, int up)
{
    if (up <= 0) {
        fx_emit_raw(e, n);
        return;
    }
    sqlb_lit(e->q, "(");
    fx_emit_raw(e, n);
    sqlb_lit(e->q, " * ");
    sqlb_int(e->q, fx_pow10(up));
    sqlb_lit(e->q, ")");
}

/* n / 10^k, rounded; `part` writes n. */
static void emit_div_pow10(struct fx_emit *e, const struct fx_node *n, int k,
                           void (*part)(struct fx_emit *,
                                        const struct fx_node *))
{
    int64_t d = fx_pow10(k);

    if (!fx_emit_is_small(n)) {
        sqlb_lit(e->q, "(SELECT f.a / ");
        sqlb_int(e->q, d);
        sqlb_lit(e->q, " + CASE WHEN abs(f.a % ");
        sqlb_int(e->q, d);
        sqlb_lit(e->q, ") * 2 >= ");
        sqlb_int(e->q, d);
        sqlb_lit(e->q, " THEN CASE WHEN f.a < 0 THEN -1 ELSE 1 END ELSE 0 END "
                       "FROM (SELECT ");
        part(e, n);
        sqlb_lit(e->q, " AS a) AS f)");
        return;
    }
    sqlb_lit(e->q, "(");
    part(e, n);
    sqlb_lit(e->q, " / ");
    sqlb_int(e->q, d);
    sqlb_lit(e->q, " + CASE WHEN abs(");
    part(e, n);
    sqlb_lit(e->q, " % ");
    sqlb_int(e->q, d);
    sqlb_lit(e->q, ") * 2 >= ");
    sqlb_int(e->q, d);
    sqlb_lit(e->q, " THEN CASE WHEN ");
    part(e, n);
    sqlb_lit(e->q, " < 0 THEN -1 ELSE 1 END ELSE 0 END)");
}

void fx_emit_div_pow10(struct fx_emit *e, const struct fx_node *n, int k)
{
    emit_div_pow10(e, n, k, fx_emit_raw);
}

static void emit_division(struct fx_emit *e, const struct fx_node *n)
{
    int sa = fx_scale(&n->args[0]->type), sb = fx_scale(&n->args[1]->type);
    int up = fx_scale(&n->type) - sa + sb;

    if (n->type.kind == FX_FLOAT) {
        sqlb_lit(e->q, "(");
        fx_emit_raw(e, n->args[0]);
        sqlb_lit(e->q, " / nullif(");
        fx_emit_raw(e, n->args[1]);
        sqlb_lit(e->q, ", 0.0))");
        return;
    }
    sqlb_lit(e->q, "(SELECT f.a / f.b + CASE WHEN abs(f.a % f.b) >= abs(f.b) - "
                   "abs(f.a % f.b) THEN CASE WHEN (f.a < 0) = (f.b < 0) THEN 1 "
                   "ELSE -1 END ELSE 0 END FROM (SELECT ");
    emit_scaled(e, n->args[0], up);
    sqlb_lit(e->q, " AS a, nullif(");
    emit_scaled(e, n->args[1], -up);
    sqlb_lit(e->q, ", 0) AS b) AS f)");
}

static void emit_cast(struct fx_emit *e, const struct fx_node *n)
{
    int from = fx_scale(&n->args[0]->type), to = fx_scale(&n->type);

    if (n->type.kind == FX_FLOAT) {
        sqlb_lit(e->q, "(CAST(");
        fx_emit_value(e, n->args[0]);
        sqlb_lit(e->q, " AS double precision) / ");
        sqlb_int(e->q, fx_pow10(from));
        sqlb_lit(e->q, ".0)");
    } else if (from > to) {
        fx_emit_div_pow10(e, n->args[0], from - to);
    } else
        emit_scaled(e, n->args[0], to - from);
}

static void emit_add_time(struct fx_emit *e, const struct fx_node *n)
{
    sqlb_lit(e->q, "(");
    fx_emit_raw(e, n->args[0]);
    sqlb_lit(e->q, " + ");
    fx_emit_raw(e, n->args[1]);
    if (n->u.unit == FX_U_DAY)
        sqlb_lit(e->q, " * 86400000");
    sqlb_lit(e->q, ")");
}

void fx_emit_raw(struct fx_emit *e, const struct fx_node *n)
{
    struct value v = VALUE_NULL;
    int extra;

    if (fx_emit_known(e, n, &v)) {
        fx_emit_bind(e, &n->type, &v);
        return;
    }
    if (e->rc != RC_OK)
        return;
    switch ((int)n->op) {
    case FX_OP_NEG:
        sqlb_lit(e->q, "(0 - ");
        fx_emit_raw(e, n->args[0]);
        sqlb_lit(e->q, ")");
        return;
    case FX_OP_ADD:
    case FX_OP_SUB:
        emit_infix(e, n);
        return;
    case FX_OP_MUL:
        extra = fx_scale(&n->args[0]->type) + fx_scale(&n->args[1]->type) -
                fx_scale(&n->type);
        if (extra > 0 && n->type.kind != FX_FLOAT)
            emit_div_pow10(e, n, extra, emit_infix);
        else
            emit_infix(e, n);
        return;
    case FX_OP_DIV:
        emit_division(e, n);
        return;
    case FX_OP_MOD:
        sqlb_lit(e->q, "(");
        fx_emit_raw(e, n->args[0]);
        sqlb_lit(e->q, " % nullif(");
        fx_emit_raw(e, n->args[1]);
        sqlb_lit(e->q, ", 0))");
        return;
    case FX_OP_CAST:
        emit_cast(e, n);
        return;
    case FX_OP_DATE_ADD:
        if (n->type.kind == FX_INSTANT)
            emit_add_time(e, n);
        else
            fx_emit_call(e, n);
        return;
    case FX_OP_PATH:
        fx_emit_path(e, n);
        return;
    case FX_OP_CALL:
        fx_emit_call(e, n);
        return;
    case FX_OP_AGG:
        fx_emit_agg(e, n);
        return;
    default:
        fx_emit_value(e, n);
        return;
    }
}

/* A real has come of it when it overflowed; the smallest integer has no abs(),
   so that raises. */
static void guard_open(struct fx_emit *e, bool is_float)
{
    if (is_float)
        sqlb_lit(e->q, "(SELECT CASE WHEN abs(f.a) > 1.7976931348623157e308 "
                       "THEN abs(-9223372036854775807 - 1) ELSE f.a END "
                       "FROM (SELECT ");
    else
        sqlb_lit(e->q, "(SELECT CASE typeof(f.a) WHEN 'real' THEN "
                       "abs(-9223372036854775807 - 1) ELSE f.a END "
                       "FROM (SELECT ");
}

/* A sum as an operand of something else: what overflowed must not pass. */
void fx_emit_guarded(struct fx_emit *e, const struct fx_node *n)
{
    bool is_float = n->type.kind == FX_FLOAT;

    if (sqlb_overflow_fails(e->q)) {
        fx_emit_raw(e, n);
        return;
    }
    if (!is_float && fx_emit_is_small(n)) {
        sqlb_lit(e->q, "CASE typeof(");
        fx_emit_raw(e, n);
        sqlb_lit(e->q, ") WHEN 'real' THEN abs(-9223372036854775807 - 1) "
                       "ELSE ");
        fx_emit_raw(e, n);
        sqlb_lit(e->q, " END");
        return;
    }
    guard_open(e, is_float);
    fx_emit_raw(e, n);
    sqlb_lit(e->q, " AS a) AS f)");
}
