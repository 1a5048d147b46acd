/*
 * fx_sql_zone - the offset of the workspace's zone at an instant, as SQL: no
 * engine is asked about zones.
 */
#include "base/time.h"
#include "fx/fx_emit.h"

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
