/*
 * fx_sql_isolate - comparisons turned until a field stands alone, so that an
 * index helps: opened_at = '2026-03-29' becomes the two ends of that day,
 * days_between(closed_on, today()) gt 30 becomes closed_on < a date.
 *
 * Exact, not approximate: where date arithmetic would leave the calendar and
 * give null, the turned form leaves the row out as well.
 */
#include "base/time.h"
#include "fx/fx_emit.h"
#include "fx/fx_num.h"

static const int64_t FIRST_DAY = -719162; /* 0001-01-01 */
static const int64_t LAST_DAY = 2932896;  /* 9999-12-31 */

void fx_emit_truth(struct fx_emit *e, bool v)
{
    if (v)
        sqlb_lit(e->q, "(1 = 1)");
    else
        sqlb_lit(e->q, "(1 = 0)");
}

static enum fx_op turned(enum fx_op op)
{
    return op == FX_OP_LT   ? FX_OP_GT
           : op == FX_OP_LE ? FX_OP_GE
           : op == FX_OP_GT ? FX_OP_LT
           : op == FX_OP_GE ? FX_OP_LE
                            : op;
}

/* `x op v` without parentheses; v has the type of x. */
static void emit_simple(struct fx_emit *e, const struct fx_node *x,
                        enum fx_op op, const struct value *v)
{
    fx_emit_value(e, x);
    switch ((int)op) {
    case FX_OP_EQ:
        sqlb_lit(e->q, " = ");
        break;
    case FX_OP_NE:
        sqlb_lit(e->q, " IS DISTINCT FROM ");
        break;
    case FX_OP_LT:
        sqlb_lit(e->q, " < ");
        break;
    case FX_OP_LE:
        sqlb_lit(e->q, " <= ");
        break;
    case FX_OP_GT:
        sqlb_lit(e->q, " > ");
        break;
    default:
        sqlb_lit(e->q, " >= ");
        break;
    }
    fx_emit_bind(e, &x->type, v);
}

/* --- an instant beside a day ------------------------------------------------- */

static void emit_start_of(struct fx_emit *e, const struct fx_node *instant,
                          enum fx_op op, int64_t day)
{
    const struct tz *tz = e->eval.tz ? e->eval.tz : tz_utc();
    struct value v = value_instant(tz_day_start(tz, day));

    emit_simple(e, instant, op, &v);
}

static void emit_day(struct fx_emit *e, enum fx_op op,
                     const struct fx_node *instant, const struct value *v)
{
    int64_t day = v->u.i;

    if (v->kind == V_NULL) {
        if (op == FX_OP_EQ || op == FX_OP_NE)
            fx_emit_is_null(e, instant, op == FX_OP_EQ);
        else
            fx_emit_truth(e, false);
        return;
    }
    sqlb_lit(e->q, "(");
    switch ((int)op) {
    case FX_OP_LT:
    case FX_OP_LE:
        emit_start_of(e, instant, FX_OP_LT, op == FX_OP_LT ? day : day + 1);
        break;
    case FX_OP_GT:
    case FX_OP_GE:
        emit_start_of(e, instant, FX_OP_GE, op == FX_OP_GT ? day + 1 : day);
        break;
    case FX_OP_EQ:
        emit_start_of(e, instant, FX_OP_GE, day);
        sqlb_lit(e->q, " AND ");
        emit_start_of(e, instant, FX_OP_LT, day + 1);
        break;
    default: /* NE: null differs from every day */
        fx_emit_is_null(e, instant, true);
        sqlb_lit(e->q, " OR ");
        emit_start_of(e, instant, FX_OP_LT, day);
        sqlb_lit(e->q, " OR ");
        emit_start_of(e, instant, FX_OP_GE, day + 1);
        break;
    }
    sqlb_lit(e->q, ")");
}

/* --- dates -------------------------------------------------------------------- */

/* x between two days, both of which count. */
static void emit_between(struct fx_emit *e, const struct fx_node *x, int64_t lo,
                         int64_t hi)
{
    struct value first = value_date(lo), last = value_date(hi);

    if (lo > hi) {
        fx_emit_truth(e, false);
        return;
    }
    if (lo == FIRST_DAY && hi == LAST_DAY) {
        fx_emit_is_null(e, x, false);
        return;
    }
    sqlb_lit(e->q, "(");
    if (lo > FIRST_DAY)
        emit_simple(e, x, FX_OP_GE, &first);
    if (lo > FIRST_DAY && hi < LAST_DAY)
        sqlb_lit(e->q, " AND ");
    if (hi < LAST_DAY)
        emit_simple(e, x, FX_OP_LE, &last);
    sqlb_lit(e->q, ")");
}

static int64_t clamped(int64_t v, int64_t lo, int64_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* `x op day`, where only x from `lo` to `hi` can be meant; day may lie outside
   of the calendar. */
static void emit_date(struct fx_emit *e, const struct fx_node *x, enum fx_op op,
                      int64_t day, int64_t lo, int64_t hi)
{
    bool exists = day >= FIRST_DAY && day <= LAST_DAY;
    struct value v = value_date(day);

    /* One step outside keeps every comparison and cannot overflow. */
    day = clamped(day, FIRST_DAY - 1, LAST_DAY + 1);
    switch ((int)op) {
    case FX_OP_EQ:
    case FX_OP_NE:
        if (!exists) {
            fx_emit_truth(e, op == FX_OP_NE);
            return;
        }
        sqlb_lit(e->q, "(");
        emit_simple(e, x, op, &v);
        sqlb_lit(e->q, ")");
        return;
    case FX_OP_LT:
        hi = day - 1 < hi ? day - 1 : hi;
        break;
    case FX_OP_LE:
        hi = day < hi ? day : hi;
        break;
    case FX_OP_GT:
        lo = day + 1 > lo ? day + 1 : lo;
        break;
    default:
        lo = day > lo ? day : lo;
        break;
    }
    emit_between(e, x, lo, hi);
}

enum { FAR = 10000000 }; /* days: wider than the calendar */

/* x + n days op v */
static bool isolate_days(struct fx_emit *e, enum fx_op op,
                         const struct fx_node *a, const struct value *v)
{
    struct value by = VALUE_NULL;
    int64_t n, lo, hi;

    if (a->u.unit != FX_U_DAY || v->kind != V_DATE ||
        !fx_emit_known(e, a->args[1], &by) || by.kind != V_INT)
        return false;
    n = clamped(by.u.i, -FAR, FAR);
    lo = n < 0 ? FIRST_DAY - n : FIRST_DAY;
    hi = n > 0 ? LAST_DAY - n : LAST_DAY;
    emit_date(e, a->args[0], op, v->u.i - n, lo, hi);
    return true;
}

/* days_between(known, x) op v, days_between(x, known) op v */
static bool isolate_between(struct fx_emit *e, enum fx_op op,
                            const struct fx_node *a, const struct value *v)
{
    struct value known = VALUE_NULL;
    int64_t n = v->kind == V_INT ? clamped(v->u.i, -FAR, FAR) : 0;

    if (v->kind != V_INT)
        return false;
    if (fx_emit_known(e, a->args[0], &known) && known.kind == V_DATE)
        emit_date(e, a->args[1], op, known.u.i + n, FIRST_DAY, LAST_DAY);
    else if (fx_emit_known(e, a->args[1], &known) && known.kind == V_DATE)
        emit_date(e, a->args[0], turned(op), known.u.i - n, FIRST_DAY,
                  LAST_DAY);
    else
        return false;
    return true;
}

/* --- instants ------------------------------------------------------------------ */

static bool isolate_instant(struct fx_emit *e, const struct fx_node *x,
                            enum fx_op op, int64_t ms)
{
    const struct value v = value_instant(ms);

    sqlb_lit(e->q, "(");
    emit_simple(e, x, op, &v);
    sqlb_lit(e->q, ")");
    return true;
}

/* x + n hours op v */
static bool isolate_time(struct fx_emit *e, enum fx_op op,
                         const struct fx_node *a, const struct value *v)
{
    struct value by = VALUE_NULL;
    int64_t n, ms;

    if (a->u.unit == FX_U_MONTH || v->kind != V_INSTANT ||
        !fx_emit_known(e, a->args[1], &by) || by.kind != V_INT ||
        !fx_mul(by.u.i, a->u.unit == FX_U_DAY ? 86400000 : 1, &n) ||
        !fx_sub(v->u.i, n, &ms))
        return false;
    return isolate_instant(e, a->args[0], op, ms);
}

/* now() - x op v, x - now() op v */
static bool isolate_age(struct fx_emit *e, enum fx_op op,
                        const struct fx_node *a, const struct value *v)
{
    struct value known = VALUE_NULL;
    int64_t ms;

    if (v->kind != V_DUR || a->args[0]->type.kind != FX_INSTANT ||
        a->args[1]->type.kind != FX_INSTANT)
        return false;
    if (fx_emit_known(e, a->args[0], &known) && known.kind == V_INSTANT &&
        fx_sub(known.u.i, v->u.i, &ms))
        return isolate_instant(e, a->args[1], turned(op), ms);
    if (fx_emit_known(e, a->args[1], &known) && known.kind == V_INSTANT &&
        fx_add(known.u.i, v->u.i, &ms))
        return isolate_instant(e, a->args[0], op, ms);
    return false;
}

/* --- dispatch ------------------------------------------------------------------- */

static bool isolate(struct fx_emit *e, enum fx_op op, const struct fx_node *a,
                    const struct value *v)
{
    switch ((int)a->op) {
    case FX_OP_LOCAL_DATE:
        emit_day(e, op, a->args[0], v);
        return true;
    case FX_OP_DATE_ADD:
        return a->type.kind == FX_DATE ? isolate_days(e, op, a, v)
                                       : isolate_time(e, op, a, v);
    case FX_OP_SUB:
        return isolate_age(e, op, a, v);
    case FX_OP_CALL:
        return a->u.fn->id == FX_F_DAYS_BETWEEN && isolate_between(e, op, a, v);
    default:
        return false;
    }
}

bool fx_emit_isolated(struct fx_emit *e, const struct fx_node *n)
{
    for (size_t i = 0; i < 2; i++) {
        const struct fx_node *a = n->args[i], *b = n->args[1 - i];
        struct value v = VALUE_NULL, unused;

        if (!(a->needs & FX_NEEDS_ROW) || fx_emit_known(e, a, &unused) ||
            !fx_emit_known(e, b, &v))
            continue;
        if (isolate(e, i == 0 ? n->op : turned(n->op), a, &v))
            return true;
    }
    return e->rc != RC_OK;
}
