/*
 * date_host - on the server: what `date` asks about zones. Public facts: no
 * right is needed.
 */
#include "base/time.h"
#include "script/date.h"

enum { AROUND_DAYS = 370, SPANS = 16, ZONE_BYTES = 64 };

/* date.zone_(zone, ms) -> {from, to, since, offset, since, offset ...} */
enum rc date_zone_host(struct script_call *call, struct err *err)
{
    const struct script_value *ms = script_arg(call, 1);
    int64_t around = INT64_C(86400000) * AROUND_DAYS;
    struct tz_span spans[SPANS];
    struct script_value *v;
    const struct tz *tz;
    struct str zone;
    size_t n;
    enum rc rc = script_arg_text(call, 0, &zone, err);

    if (rc != RC_OK)
        return rc;
    if (ms->kind != SCRIPT_INT || ms->u.i < INSTANT_MIN - around ||
        ms->u.i > INSTANT_MAX + around || zone.n > ZONE_BYTES)
        return FAIL_CODE(err, RC_INVALID, "E_TYPE", "There is no such moment.");
    rc = tz_load(zone, call->arena, &tz, err);
    if (rc != RC_OK)
        return rc;
    n = tz_spans(tz, ms->u.i - around, ms->u.i + around, spans, SPANS);
    if (n > SPANS)
        n = SPANS;
    v = ARENA_ARRAY(call->arena, struct script_value, 2 * n + 2);
    if (!v)
        return FAIL(err, RC_NOMEM, "Memory is gone.");
    v[0] = script_int(ms->u.i - around);
    v[1] = script_int(ms->u.i + around);
    for (size_t i = 0; i < n; i++) {
        v[2 * i + 2] = script_int(spans[i].since_ms);
        v[2 * i + 3] = script_int(spans[i].offset_ms);
    }
    call->out =
        (struct script_value){.kind = SCRIPT_LIST, .u.list = {v, 2 * n + 2}};
    return RC_OK;
}
