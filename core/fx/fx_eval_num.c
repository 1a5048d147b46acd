/*
 * fx_eval_num - arithmetic over numbers, money, durations, dates and instants.
 */
#include <math.h>

#include "base/time.h"
#include "fx/fx_num.h"
#include "fx/fx_run.h"

/* --- arithmetic ----------------------------------------------------------- */

static enum rc float_result(struct fx_run *r, const struct fx_node *n, double f,
                            struct value *out)
{
    if (isnan(f)) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    if (isinf(f))
        return fx_overflow(r, n);
    *out = (struct value){.kind = V_FLOAT, .u.f = f + 0.0};
    return RC_OK;
}

static enum rc run_float(struct fx_run *r, const struct fx_node *n,
                         const struct value *a, const struct value *b,
                         struct value *out)
{
    switch ((int)n->op) {
    case FX_OP_NEG:
        return float_result(r, n, 0.0 - a->u.f, out);
    case FX_OP_ADD:
        return float_result(r, n, a->u.f + b->u.f, out);
    case FX_OP_SUB:
        return float_result(r, n, a->u.f - b->u.f, out);
    case FX_OP_MUL:
        return float_result(r, n, a->u.f * b->u.f, out);
    default: /* DIV; x / 0 is null */
        if (!(b->u.f < 0.0) && !(b->u.f > 0.0)) {
            *out = VALUE_NULL;
            return RC_OK;
        }
        return float_result(r, n, a->u.f / b->u.f, out);
    }
}

static bool whole(const struct fx_node *n, int64_t a, int64_t b, int64_t *v,
                  bool *is_null)
{
    int sa = fx_scale(&n->args[0]->type);
    int sb = n->n > 1 ? fx_scale(&n->args[1]->type) : 0;
    int so = fx_scale(&n->type);

    switch ((int)n->op) {
    case FX_OP_NEG:
        return fx_sub(0, a, v);
    case FX_OP_ADD:
        return fx_add(a, b, v);
    case FX_OP_SUB:
        return fx_sub(a, b, v);
    case FX_OP_MUL:
        return fx_mul(a, b, v) && fx_rescale(*v, sa + sb, so, v);
    case FX_OP_DIV:
        *is_null = b == 0;
        return *is_null || fx_divide(a, sa, b, sb, so, v);
    default: /* MOD */
        *is_null = b == 0;
        *v = b == 0 || b == -1 ? 0 : a % b;
        return true;
    }
}

enum rc fx_run_arithmetic(struct fx_run *r, const struct fx_node *n,
                          struct value *out)
{
    struct value a = VALUE_NULL, b = {.kind = V_INT};
    bool is_null = false;
    int64_t v = 0;
    enum rc rc = fx_run_node(r, n->args[0], &a);

    if (rc == RC_OK && n->n > 1)
        rc = fx_run_node(r, n->args[1], &b);
    if (rc != RC_OK)
        return rc;
    if (a.kind == V_NULL || b.kind == V_NULL) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    if (n->type.kind == FX_FLOAT)
        return run_float(r, n, &a, &b, out);
    if (!whole(n, a.u.i, b.u.i, &v, &is_null))
        return fx_overflow(r, n);
    *out = is_null ? VALUE_NULL : fx_value_of(&n->type, v);
    return RC_OK;
}

enum rc fx_run_cast(struct fx_run *r, const struct fx_node *n,
                    struct value *out)
{
    int from = fx_scale(&n->args[0]->type), to = fx_scale(&n->type);
    struct value v = VALUE_NULL;
    int64_t i = 0;
    enum rc rc = fx_run_node(r, n->args[0], &v);

    if (rc != RC_OK || v.kind == V_NULL) {
        if (rc == RC_OK)
            *out = VALUE_NULL;
        return rc;
    }
    if (n->type.kind == FX_FLOAT)
        return float_result(r, n, (double)v.u.i / (double)fx_pow10(from), out);
    if (v.kind == V_FLOAT) {
        double f = round(v.u.f * (double)fx_pow10(to));

        if (!(f > -9.2e18 && f < 9.2e18))
            return fx_overflow(r, n);
        i = (int64_t)f;
    } else if (!fx_rescale(v.u.i, from, to, &i))
        return fx_overflow(r, n);
    *out = fx_value_of(&n->type, i);
    return RC_OK;
}

/* --- dates ---------------------------------------------------------------- */

static bool in_calendar(int64_t day)
{
    return day >= date_from_ymd(1, 1, 1) && day <= date_from_ymd(9999, 12, 31);
}

static bool add_months_to_instant(const struct fx_run *r, int64_t ms, int64_t n,
                                  int64_t *out)
{
    enum { DAY_MS = 86400000 };
    const struct tz *tz = fx_zone(r);
    int64_t day = tz_local_date(tz, ms), to, local;
    int64_t in_day = ms + tz_offset_ms(tz, ms) - day * DAY_MS;

    if (!date_add_months(day, n, &to) || !in_calendar(to))
        return false;
    local = to * DAY_MS + in_day;
    /* The clock reading is kept; the offset there is found from the one that
       an instant of the same reading in UTC has, and then once more. */
    *out = local - tz_offset_ms(tz, local);
    *out = local - tz_offset_ms(tz, *out);
    return true;
}

bool fx_date_add(const struct fx_run *r, const struct value *d, int64_t n,
                 enum fx_unit unit, struct value *out)
{
    int64_t v;

    if (d->kind == V_DATE) {
        bool ok = unit == FX_U_DAY ? fx_add(d->u.i, n, &v)
                                   : date_add_months(d->u.i, n, &v);

        if (!ok || !in_calendar(v))
            return false;
        *out = value_date(v);
        return true;
    }
    if (unit == FX_U_MONTH) {
        if (!add_months_to_instant(r, d->u.i, n, &v))
            return false;
    } else if ((unit == FX_U_DAY && !fx_mul(n, 86400000, &n)) ||
               !fx_add(d->u.i, n, &v))
        return false;
    *out = value_instant(v);
    return true;
}

enum rc fx_run_date_add(struct fx_run *r, const struct fx_node *n,
                        struct value *out)
{
    struct value d = VALUE_NULL, by = VALUE_NULL, v = VALUE_NULL;
    enum rc rc = fx_run_node(r, n->args[0], &d);

    if (rc == RC_OK)
        rc = fx_run_node(r, n->args[1], &by);
    if (rc != RC_OK)
        return rc;
    if (d.kind != V_NULL && by.kind != V_NULL &&
        !fx_date_add(r, &d, by.u.i, n->u.unit, &v)) {
        /* A date has an end, which is no mistake of a formula; milliseconds
           are numbers, and numbers overflow. */
        if (d.kind == V_INSTANT && n->u.unit != FX_U_MONTH)
            return fx_overflow(r, n);
        v = VALUE_NULL;
    }
    *out = v;
    return RC_OK;
}

enum rc fx_run_local_date(struct fx_run *r, const struct fx_node *n,
                          struct value *out)
{
    struct value v = VALUE_NULL;
    enum rc rc = fx_run_node(r, n->args[0], &v);
    int64_t day;

    if (rc != RC_OK)
        return rc;
    if (v.kind == V_INSTANT) {
        day = tz_local_date(fx_zone(r), v.u.i);
        v = in_calendar(day) ? value_date(day) : VALUE_NULL;
    }
    *out = v;
    return RC_OK;
}
