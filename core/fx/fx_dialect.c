/*
 * fx_dialect - what SQLite and PostgreSQL say differently (storage.md 2), as
 * far as expressions go. The only file of fx that asks which it is.
 */
#include "base/time.h"
#include "fx/fx_emit.h"

bool fx_is_sqlite(const struct fx_emit *e)
{
    return e->q->dialect == DB_SQLITE;
}

/* PostgreSQL does not guess the type of a parameter that stands alone. */
void fx_cast_open(struct fx_emit *e)
{
    if (!fx_is_sqlite(e))
        sqlb_lit(e->q, "CAST(");
}

void fx_cast_close(struct fx_emit *e, enum fx_kind kind)
{
    if (fx_is_sqlite(e))
        return;
    switch (kind) {
    case FX_TEXT:
    case FX_CHOICE:
    case FX_DATE:
    case FX_NULL:
        sqlb_lit(e->q, " AS text)");
        return;
    case FX_BOOL:
        sqlb_lit(e->q, " AS boolean)");
        return;
    case FX_FLOAT:
        sqlb_lit(e->q, " AS double precision)");
        return;
    case FX_INT:
    case FX_DEC:
    case FX_MONEY:
    case FX_INSTANT:
    case FX_TIME:
    case FX_DUR:
    case FX_REF:
    case FX_ANYREF:
    case FX_LIST:
    case FX_FILE:
        sqlb_lit(e->q, " AS bigint)");
        return;
    }
}

void fx_sql_lower_open(struct fx_emit *e)
{
    sqlb_lit(e->q, "lower(");
}

void fx_sql_lower_close(struct fx_emit *e)
{
    if (fx_is_sqlite(e))
        sqlb_lit(e->q, ")");
    else
        sqlb_lit(e->q, " COLLATE \"C\")");
}

void fx_sql_null(struct fx_emit *e, enum fx_kind kind)
{
    fx_cast_open(e);
    sqlb_lit(e->q, "NULL");
    fx_cast_close(e, kind);
}

void fx_sql_daynum(struct fx_emit *e, const struct fx_node *date)
{
    struct value v = VALUE_NULL;

    if (fx_emit_known(e, date, &v)) {
        const struct fx_type whole = {.kind = FX_INT};

        if (v.kind == V_DATE)
            v = value_int(v.u.i);
        fx_emit_bind(e, &whole, &v);
        return;
    }
    if (fx_is_sqlite(e)) {
        sqlb_lit(e->q, "(unixepoch(");
        fx_emit_value(e, date);
        sqlb_lit(e->q, ") / 86400)");
    } else {
        sqlb_lit(e->q, "perigee.daynum(");
        fx_emit_value(e, date);
        sqlb_lit(e->q, ")");
    }
}

void fx_sql_isodate_open(struct fx_emit *e)
{
    if (fx_is_sqlite(e))
        sqlb_lit(e->q, "date((");
    else
        sqlb_lit(e->q, "perigee.isodate(");
}

void fx_sql_isodate_close(struct fx_emit *e)
{
    if (fx_is_sqlite(e))
        sqlb_lit(e->q, ") * 86400, 'unixepoch')");
    else
        sqlb_lit(e->q, ")");
}

/* SQLite turns an overflow into a real without a word; the smallest integer
   has no abs(), so that raises. PostgreSQL raises by itself. */
void fx_sql_guard_open(struct fx_emit *e, bool is_float)
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

void fx_sql_guard_close(struct fx_emit *e)
{
    sqlb_lit(e->q, " AS a) AS f)");
}

/* --- zones ---------------------------------------------------------------- */

/* Instants outside get the offset of the nearer end. */
#define SPANS_FROM_MS INT64_C(0)
#define SPANS_TO_MS   INT64_C(4102444800000) /* 2100-01-01 */
enum { SPANS_MAX = 400 };

/* A search tree of CASEs: eight comparisons instead of a hundred. */
static void offset_tree(struct fx_emit *e, const struct tz_span *spans,
                        size_t lo, size_t hi)
{
    size_t mid = lo + (hi - lo) / 2;

    if (hi - lo == 1) {
        sqlb_int(e->q, spans[lo].offset_ms);
        return;
    }
    sqlb_lit(e->q, "CASE WHEN f.a < ");
    sqlb_int(e->q, spans[mid].since_ms);
    sqlb_lit(e->q, " THEN ");
    offset_tree(e, spans, lo, mid);
    sqlb_lit(e->q, " ELSE ");
    offset_tree(e, spans, mid, hi);
    sqlb_lit(e->q, " END");
}

void fx_sql_offset(struct fx_emit *e)
{
    const struct tz *tz = e->eval.tz ? e->eval.tz : tz_utc();
    struct tz_span *spans =
        ARENA_ARRAY(e->eval.arena, struct tz_span, SPANS_MAX);
    size_t n;

    if (!spans) {
        fx_emit_fail(e, RC_NOMEM, "There is not enough memory.");
        return;
    }
    n = tz_spans(tz, SPANS_FROM_MS, SPANS_TO_MS, spans, SPANS_MAX);
    if (n > SPANS_MAX)
        n = SPANS_MAX;
    if (n == 0)
        sqlb_lit(e->q, "0");
    else
        offset_tree(e, spans, 0, n);
}
