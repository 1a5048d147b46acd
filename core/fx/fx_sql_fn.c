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

static void named(struct fx_emit *e, const struct fx_node *const *args,
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
static void emit_count(struct fx_emit *e, const struct fx_node *n, int lo,
                       int hi)
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
        emit_count(e, n->args[1], 0, COUNT_MAX);
    } else {
        emit_count(e, n->args[1], 1, COUNT_MAX);
        LIT(", ");
        emit_count(e, n->args[2], 0, COUNT_MAX);
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
    emit_count(e, n->args[1], 0, COUNT_MAX);
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
    if (fx_is_sqlite(e))
        LIT("replace(hex(zeroblob(f.b)), '00', f.c)");
    else
        LIT("repeat(f.c, f.b)");
    if (pads)
        LIT(", 1, f.b - length(f.a)) || f.a");
    LIT(" END FROM (SELECT ");
    fx_emit_value(e, n->args[0]);
    LIT(" AS a, ");
    emit_count(e, n->args[1], 0, FX_REPEAT_MAX);
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
        fx_sql_lower_open(e);
    else
        LIT("upper(");
    fx_emit_value(e, n->args[0]);
    fx_sql_lower_close(e);
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

/* --- dates ---------------------------------------------------------------------- */

/* Day number f.a as text, null outside of the calendar; what follows is the
   sub-select that says f.a. */
static void day_open(struct fx_emit *e)
{
    LIT("(SELECT CASE WHEN f.a BETWEEN -719162 AND 2932896 THEN ");
    fx_sql_isodate_open(e);
    LIT("f.a");
    fx_sql_isodate_close(e);
    LIT(" END FROM (SELECT ");
}

static void day_close(struct fx_emit *e)
{
    LIT(" AS a) AS f)");
}

static void emit_local_date(struct fx_emit *e, const struct fx_node *n)
{
    day_open(e);
    LIT("f.a / 86400000 - CASE WHEN f.a % 86400000 < 0 THEN 1 ELSE 0 END AS a "
        "FROM (SELECT f.a + ");
    fx_sql_offset(e);
    LIT(" AS a FROM (SELECT ");
    fx_emit_value(e, n->args[0]);
    LIT(" AS a) AS f) AS f) AS f)");
}

static void emit_date_add(struct fx_emit *e, const struct fx_node *n)
{
    if (n->u.unit == FX_U_DAY) {
        day_open(e);
        fx_sql_daynum(e, n->args[0]);
        LIT(" + ");
        fx_emit_value(e, n->args[1]);
        day_close(e);
        return;
    }
    if (!fx_is_sqlite(e)) {
        day_open(e);
        LIT("CAST(CAST(");
        fx_emit_value(e, n->args[0]);
        LIT(" AS date) + make_interval(months => ");
        emit_count(e, n->args[1], -120000, 120000);
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
    if (fx_is_sqlite(e)) {
        LIT("CAST(strftime('%V', ");
        fx_emit_value(e, date);
        LIT(") AS bigint)");
    } else {
        LIT("CAST(extract(week FROM CAST(");
        fx_emit_value(e, date);
        LIT(" AS date)) AS bigint)");
    }
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
        fx_sql_daynum(e, n->args[0]);
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
    named(e, n->args, 1);
}

static void emit_make_date(struct fx_emit *e, const struct fx_node *n)
{
    LIT("(SELECT CASE WHEN f.a BETWEEN 1 AND 9999 AND f.b BETWEEN 1 AND 12 AND "
        "f.c BETWEEN 1 AND CASE WHEN f.b IN (4, 6, 9, 11) THEN 30 WHEN f.b <> "
        "2 THEN 31 WHEN f.a % 4 = 0 AND (f.a % 100 <> 0 OR f.a % 400 = 0) THEN "
        "29 ELSE 28 END THEN substr(CAST(10000 + f.a AS text), 2) || '-' || "
        "substr(CAST(100 + f.b AS text), 2) || '-' || "
        "substr(CAST(100 + f.c AS text), 2) END");
    named(e, n->args, 3);
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
        fx_sql_daynum(e, a[0]);
        LIT(" + 3) % 7 + 7) % 7 + 1)");
        return;
    case FX_F_ISO_WEEK:
        emit_week(e, a[0]);
        return;
    case FX_F_DAYS_BETWEEN:
        LIT("(");
        fx_sql_daynum(e, a[1]);
        LIT(" - ");
        fx_sql_daynum(e, a[0]);
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

void fx_emit_call(struct fx_emit *e, const struct fx_node *n)
{
    switch ((int)n->op) {
    case FX_OP_LOCAL_DATE:
        emit_local_date(e, n);
        return;
    case FX_OP_DATE_ADD:
        emit_date_add(e, n);
        return;
    default:
        emit_one(e, n);
        return;
    }
}
