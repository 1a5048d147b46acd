/*
 * fx_sql_date - functions of dates and times as SQL. See fx_sql_fn.c.
 */
#include "fx/fx_emit.h"

#define LIT(text) sqlb_lit(e->q, text)

static void emit_daynum(struct fx_emit *e, const struct fx_node *date)
{
    struct value v = VALUE_NULL;

    if (fx_emit_known(e, date, &v)) {
        const struct fx_type whole = {.kind = FX_INT};

        if (v.kind == V_DATE)
            v = value_int(v.u.i);
        fx_emit_bind(e, &whole, &v);
        return;
    }
    sqlb_daynum_open(e->q);
    fx_emit_value(e, date);
    sqlb_daynum_close(e->q);
}

/* Day number f.a as text, null outside of the calendar; what follows is the
   sub-select that says f.a. */
static void day_open(struct fx_emit *e)
{
    LIT("(SELECT CASE WHEN f.a BETWEEN -719162 AND 2932896 THEN ");
    sqlb_isodate_open(e->q);
    LIT("f.a");
    sqlb_isodate_close(e->q);
    LIT(" END FROM (SELECT ");
}

static void day_close(struct fx_emit *e)
{
    LIT(" AS a) AS f)");
}

void fx_emit_local_date(struct fx_emit *e, const struct fx_node *n)
{
    day_open(e);
    LIT("f.a / 86400000 - CASE WHEN f.a % 86400000 < 0 THEN 1 ELSE 0 END AS a "
        "FROM (SELECT f.a + ");
    fx_sql_offset(e);
    LIT(" AS a FROM (SELECT ");
    fx_emit_value(e, n->args[0]);
    LIT(" AS a) AS f) AS f) AS f)");
}

void fx_emit_date_add(struct fx_emit *e, const struct fx_node *n)
{
    if (n->u.unit == FX_U_DAY) {
        day_open(e);
        emit_daynum(e, n->args[0]);
        LIT(" + ");
        fx_emit_value(e, n->args[1]);
        day_close(e);
        return;
    }
    if (sqlb_has_intervals(e->q)) {
        day_open(e);
        LIT("CAST(CAST(");
        fx_emit_value(e, n->args[0]);
        LIT(" AS date) + make_interval(months => ");
        fx_emit_count(e, n->args[1], -120000, 120000);
        LIT(") AS date) - DATE '1970-01-01'");
        day_close(e);
        return;
    }
    LIT("(SELECT CASE WHEN f.a >= '0001-01-01' THEN f.a END FROM (SELECT "
        "date(");
    fx_emit_value(e, n->args[0]);
    LIT(", ");
    fx_emit_value(e, n->args[1]);
    LIT(" || ' months', 'floor')");
    day_close(e);
}

static void emit_digits(struct fx_emit *e, const struct fx_node *date, int from,
                        int n)
{
    LIT("CAST(substr(");
    fx_emit_value(e, date);
    LIT(", ");
    sqlb_int(e->q, from);
    LIT(", ");
    sqlb_int(e->q, n);
    LIT(") AS bigint)");
}

static void emit_week(struct fx_emit *e, const struct fx_node *date)
{
    sqlb_week_open(e->q);
    fx_emit_value(e, date);
    sqlb_week_close(e->q);
}

static void emit_months_between(struct fx_emit *e, const struct fx_node *n)
{
    LIT("(SELECT f.a + CASE WHEN f.a > 0 AND f.b < 0 THEN -1 WHEN f.a < 0 AND "
        "f.b > 0 THEN 1 ELSE 0 END FROM (SELECT (");
    emit_digits(e, n->args[1], 1, 4);
    LIT(" - ");
    emit_digits(e, n->args[0], 1, 4);
    LIT(") * 12 + ");
    emit_digits(e, n->args[1], 6, 2);
    LIT(" - ");
    emit_digits(e, n->args[0], 6, 2);
    LIT(" AS a, ");
    emit_digits(e, n->args[1], 9, 2);
    LIT(" - ");
    emit_digits(e, n->args[0], 9, 2);
    LIT(" AS b) AS f)");
}

#define LEAP_YEAR                                                              \
    "(CAST(substr(f.a, 1, 4) AS bigint) % 4 = 0 AND (CAST(substr(f.a, 1, 4) "  \
    "AS bigint) % 100 <> 0 OR CAST(substr(f.a, 1, 4) AS bigint) % 400 = 0))"

static void emit_bounds(struct fx_emit *e, const struct fx_node *n)
{
    bool is_end = n->u.fn->id == FX_F_END_OF;

    switch ((enum fx_unit)n->args[1]->u.constant.u.i) {
    case FX_U_WEEK:
        day_open(e);
        LIT("f.a - ((f.a + 3) % 7 + 7) % 7");
        if (is_end)
            LIT(" + 6");
        LIT(" AS a FROM (SELECT ");
        emit_daynum(e, n->args[0]);
        LIT(" AS a) AS f) AS f)");
        return;
    case FX_U_MONTH:
        if (is_end)
            LIT("(SELECT substr(f.a, 1, 8) || CASE WHEN substr(f.a, 6, 2) IN "
                "('04', '06', '09', '11') THEN '30' WHEN substr(f.a, 6, 2) <> "
                "'02' THEN '31' WHEN " LEAP_YEAR " THEN '29' ELSE '28' END");
        else
            LIT("(SELECT substr(f.a, 1, 8) || '01'");
        break;
    case FX_U_QUARTER:
        if (is_end)
            LIT("(SELECT substr(f.a, 1, 4) || CASE WHEN substr(f.a, 6, 2) < "
                "'04' THEN '-03-31' WHEN substr(f.a, 6, 2) < '07' THEN "
                "'-06-30' WHEN substr(f.a, 6, 2) < '10' THEN '-09-30' ELSE "
                "'-12-31' END");
        else
            LIT("(SELECT substr(f.a, 1, 4) || CASE WHEN substr(f.a, 6, 2) < "
                "'04' THEN '-01-01' WHEN substr(f.a, 6, 2) < '07' THEN "
                "'-04-01' WHEN substr(f.a, 6, 2) < '10' THEN '-07-01' ELSE "
                "'-10-01' END");
        break;
    case FX_U_YEAR:
        if (is_end)
            LIT("(SELECT substr(f.a, 1, 4) || '-12-31'");
        else
            LIT("(SELECT substr(f.a, 1, 4) || '-01-01'");
        break;
    case FX_U_MS:
    case FX_U_DAY:
        LIT("(SELECT f.a");
        break;
    }
    fx_emit_named(e, n->args, 1);
}

static void emit_make_date(struct fx_emit *e, const struct fx_node *n)
{
    LIT("(SELECT CASE WHEN f.a BETWEEN 1 AND 9999 AND f.b BETWEEN 1 AND 12 AND "
        "f.c BETWEEN 1 AND CASE WHEN f.b IN (4, 6, 9, 11) THEN 30 WHEN f.b <> "
        "2 THEN 31 WHEN f.a % 4 = 0 AND (f.a % 100 <> 0 OR f.a % 400 = 0) THEN "
        "29 ELSE 28 END THEN substr(CAST(10000 + f.a AS text), 2) || '-' || "
        "substr(CAST(100 + f.b AS text), 2) || '-' || "
        "substr(CAST(100 + f.c AS text), 2) END");
    fx_emit_named(e, n->args, 3);
}

static void emit_clock(struct fx_emit *e, const struct fx_node *n)
{
    bool is_hour = n->u.fn->id == FX_F_HOUR;

    if (n->args[0]->type.kind == FX_TIME) {
        LIT("(");
        fx_emit_value(e, n->args[0]);
        if (is_hour)
            LIT(" / 60)");
        else
            LIT(" % 60)");
        return;
    }
    LIT("(SELECT (f.a % 86400000 + 86400000) % 86400000 / 60000");
    if (is_hour)
        LIT(" / 60");
    else
        LIT(" % 60");
    LIT(" FROM (SELECT f.a + ");
    fx_sql_offset(e);
    LIT(" AS a FROM (SELECT ");
    fx_emit_value(e, n->args[0]);
    LIT(" AS a) AS f) AS f)");
}

/* --- dispatch ---------------------------------------------------------------------- */

void fx_emit_date_call(struct fx_emit *e, const struct fx_node *n)
{
    const struct fx_node *const *a = n->args;

    switch ((int)n->u.fn->id) {
    case FX_F_DATE:
        emit_make_date(e, n);
        return;
    case FX_F_YEAR:
        emit_digits(e, a[0], 1, 4);
        return;
    case FX_F_MONTH:
        emit_digits(e, a[0], 6, 2);
        return;
    case FX_F_DAY:
        emit_digits(e, a[0], 9, 2);
        return;
    case FX_F_QUARTER:
        LIT("((");
        emit_digits(e, a[0], 6, 2);
        LIT(" + 2) / 3)");
        return;
    case FX_F_WEEKDAY:
        LIT("(((");
        emit_daynum(e, a[0]);
        LIT(" + 3) % 7 + 7) % 7 + 1)");
        return;
    case FX_F_ISO_WEEK:
        emit_week(e, a[0]);
        return;
    case FX_F_DAYS_BETWEEN:
        LIT("(");
        emit_daynum(e, a[1]);
        LIT(" - ");
        emit_daynum(e, a[0]);
        LIT(")");
        return;
    case FX_F_MONTHS_BETWEEN:
        emit_months_between(e, n);
        return;
    case FX_F_START_OF:
    case FX_F_END_OF:
        emit_bounds(e, n);
        return;
    case FX_F_HOUR:
    case FX_F_MINUTE:
        emit_clock(e, n);
        return;
    default:
        fx_emit_fail(e, RC_BUG, "A function has no form in the database.");
        return;
    }
}
