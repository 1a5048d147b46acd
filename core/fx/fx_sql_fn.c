/*
 * fx_sql_fn - functions as SQL, with built-in functions only.
 *
 * `f` names what a function has to write twice: (SELECT .. f.a .. FROM (SELECT
 * x AS a) AS f). fx_eval_fn.c gives the same, null for null.
 */
#include "fx/fx_emit.h"
#include "fx/fx_num.h"
#include "fx/fx_text.h"

#define LIT(text) sqlb_lit(e->q, text)

void fx_emit_named(struct fx_emit *e, const struct fx_node *const *args,
                   size_t n)
{
    LIT(" FROM (SELECT ");
    for (size_t i = 0; i < n; i++) {
        fx_emit_value(e, args[i]);
        if (i == 0)
            LIT(" AS a");
        else if (i == 1)
            LIT(" AS b");
        else
            LIT(" AS c");
        if (i + 1 < n)
            LIT(", ");
    }
    LIT(") AS f)");
}

/* --- numbers -------------------------------------------------------------------- */

static void emit_cut(struct fx_emit *e, const struct fx_node *n)
{
    int from = fx_scale(&n->args[0]->type);
    int places = (int)n->args[1]->u.constant.u.i;
    int64_t d = fx_pow10(from - places);
    bool is_money = n->type.kind == FX_MONEY;

    if (is_money)
        LIT("(");
    if (n->u.fn->id == FX_F_ROUND)
        fx_emit_div_pow10(e, n->args[0], from - places);
    else {
        LIT("(SELECT f.a / ");
        sqlb_int(e->q, d);
        if (n->u.fn->id == FX_F_FLOOR) {
            LIT(" - CASE WHEN f.a % ");
            sqlb_int(e->q, d);
            LIT(" < 0 THEN 1 ELSE 0 END");
        } else if (n->u.fn->id == FX_F_CEIL) {
            LIT(" + CASE WHEN f.a % ");
            sqlb_int(e->q, d);
            LIT(" > 0 THEN 1 ELSE 0 END");
        }
        LIT(" FROM (SELECT ");
        fx_emit_raw(e, n->args[0]);
        LIT(" AS a) AS f)");
    }
    if (is_money) {
        LIT(" * ");
        sqlb_int(e->q, d);
        LIT(")");
    }
}

/* --- text ----------------------------------------------------------------------- */

/* A count that comes from outside, between lo and a million. */
void fx_emit_count(struct fx_emit *e, const struct fx_node *n, int lo, int hi)
{
    struct value v = VALUE_NULL;

    LIT("CAST(");
    if (fx_emit_known(e, n, &v)) {
        if (v.kind == V_INT)
            v.u.i = v.u.i < lo ? lo : v.u.i > hi ? hi : v.u.i;
        fx_emit_bind(e, &n->type, &v);
    } else {
        LIT("(SELECT CASE WHEN g.a < ");
        sqlb_int(e->q, lo);
        LIT(" THEN ");
        sqlb_int(e->q, lo);
        LIT(" WHEN g.a > ");
        sqlb_int(e->q, hi);
        LIT(" THEN ");
        sqlb_int(e->q, hi);
        LIT(" ELSE g.a END FROM (SELECT ");
        fx_emit_value(e, n);
        LIT(" AS a) AS g)");
    }
    LIT(" AS int)");
}

enum { COUNT_MAX = 1000000000 };

static void emit_part(struct fx_emit *e, const struct fx_node *n)
{
    LIT("substr(");
    fx_emit_value(e, n->args[0]);
    LIT(", ");
    if (n->u.fn->id == FX_F_LEFT) {
        LIT("1, ");
        fx_emit_count(e, n->args[1], 0, COUNT_MAX);
    } else {
        fx_emit_count(e, n->args[1], 1, COUNT_MAX);
        LIT(", ");
        fx_emit_count(e, n->args[2], 0, COUNT_MAX);
    }
    LIT(")");
}

static void emit_right(struct fx_emit *e, const struct fx_node *n)
{
    LIT("(SELECT substr(f.a, CASE WHEN f.b >= length(f.a) THEN 1 ELSE "
        "length(f.a) - f.b + 1 END, CASE WHEN f.b IS NULL THEN NULL ELSE "
        "length(f.a) END) FROM (SELECT ");
    fx_emit_value(e, n->args[0]);
    LIT(" AS a, ");
    fx_emit_count(e, n->args[1], 0, COUNT_MAX);
    LIT(" AS b) AS f)");
}

static void emit_fill(struct fx_emit *e, const struct fx_node *n)
{
    bool pads = n->u.fn->id == FX_F_PAD_LEFT;

    LIT("(SELECT CASE WHEN f.a IS NULL OR f.b IS NULL OR f.c IS NULL THEN NULL "
        "WHEN ");
    if (pads)
        LIT("length(f.a) >= f.b OR f.c = '' THEN f.a ELSE substr(");
    else
        LIT("f.b = 0 THEN '' ELSE ");
    sqlb_repeat(e->q, "f.c", "f.b");
    if (pads)
        LIT(", 1, f.b - length(f.a)) || f.a");
    LIT(" END FROM (SELECT ");
    fx_emit_value(e, n->args[0]);
    LIT(" AS a, ");
    fx_emit_count(e, n->args[1], 0, FX_REPEAT_MAX);
    LIT(" AS b, ");
    if (!pads)
        fx_emit_value(e, n->args[0]);
    else if (n->n > 2)
        fx_emit_value(e, n->args[2]);
    else
        LIT("' '");
    LIT(" AS c) AS f)");
}

static void emit_case(struct fx_emit *e, const struct fx_node *n)
{
    if (n->u.fn->id == FX_F_LOWER)
        sqlb_lower_open(e->q);
    else
        LIT("upper(");
    fx_emit_value(e, n->args[0]);
    sqlb_lower_close(e->q);
}

static void emit_replace(struct fx_emit *e, const struct fx_node *n)
{
    LIT("replace(");
    for (size_t i = 0; i < 3; i++) {
        if (i)
            LIT(", ");
        fx_emit_value(e, n->args[i]);
    }
    LIT(")");
}

/* --- dispatch ---------------------------------------------------------------------- */

static void emit_one(struct fx_emit *e, const struct fx_node *n)
{
    const struct fx_node *const *a = n->args;

    switch ((int)n->u.fn->id) {
    case FX_F_ABS:
        LIT("abs(");
        fx_emit_raw(e, a[0]);
        LIT(")");
        return;
    case FX_F_ROUND:
    case FX_F_FLOOR:
    case FX_F_CEIL:
    case FX_F_TRUNC:
        emit_cut(e, n);
        return;
    case FX_F_LEN:
        if (a[0]->type.kind == FX_LIST) {
            fx_emit_member_count(e, a[0]);
            return;
        }
        LIT("length(");
        fx_emit_value(e, a[0]);
        LIT(")");
        return;
    case FX_F_LOWER:
    case FX_F_UPPER:
        emit_case(e, n);
        return;
    case FX_F_TRIM:
        LIT("trim(");
        fx_emit_value(e, a[0]);
        LIT(")");
        return;
    case FX_F_LEFT:
    case FX_F_MID:
        emit_part(e, n);
        return;
    case FX_F_RIGHT:
        emit_right(e, n);
        return;
    case FX_F_REPLACE:
        emit_replace(e, n);
        return;
    case FX_F_REPEAT:
    case FX_F_PAD_LEFT:
        emit_fill(e, n);
        return;
    default:
        fx_emit_date_call(e, n);
        return;
    }
}

void fx_emit_call(struct fx_emit *e, const struct fx_node *n)
{
    switch ((int)n->op) {
    case FX_OP_LOCAL_DATE:
        fx_emit_local_date(e, n);
        return;
    case FX_OP_DATE_ADD:
        fx_emit_date_add(e, n);
        return;
    default:
        emit_one(e, n);
        return;
    }
}
