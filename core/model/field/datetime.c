/* datetime - an instant: UTC milliseconds inside, RFC 3339 outside. */
#include "base/time.h"
#include "model/field/common.h"

static const struct moment MOMENT = {instant_format, "a point in time",
                                     "2026-03-01T08:00:00Z", "This"};

static enum rc parse_text(const struct field_in *in, const struct field *f,
                          struct str s, struct value *out)
{
    int64_t ms = 0, days = 0;

    s = str_trim(s);
    if (s.n == 0) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    if (in->pattern.n > 0 && date_parse_pattern(s, in->pattern, &days)) {
        *out = value_instant(tz_day_start(in->model->tz, days));
        return RC_OK;
    }
    if (!instant_parse(s, &ms))
        return field_reject(in, f, "invalid_datetime",
                            "This is no point in time; write it as "
                            "2026-03-01T08:00:00Z.");
    *out = value_instant(ms);
    return RC_OK;
}

static enum rc parse_json(const struct field_in *in, const struct field *f,
                          const struct json *v, struct value *out)
{
    return moment_parse_json(&MOMENT, in, f, v, out);
}

static enum rc validate(const struct field_in *in, const struct field *f,
                        struct value *v)
{
    return moment_validate(&MOMENT, in, f, v);
}

static void write_json(const struct model *m, const struct field *f,
                       const struct value *v, struct json_w *w)
{
    (void)m;
    (void)f;
    moment_json(&MOMENT, v, w);
}

static void write_text(const struct model *m, const struct field *f,
                       const struct value *v, struct buf *b)
{
    (void)m;
    (void)f;
    moment_text(&MOMENT, v, b);
}

static enum rc load(const struct field *f, struct db_stmt *st, int first,
                    struct arena *a, struct value *out, struct err *err)
{
    (void)f;
    (void)a;
    (void)err;
    *out = db_col_null(st, first) ? VALUE_NULL
                                  : value_instant(db_col_i64(st, first));
    return RC_OK;
}

static struct fx_type fx(const struct field *f)
{
    (void)f;
    return (struct fx_type){.kind = FX_INSTANT};
}

static const char *const ATTRIBUTES[] = {"min", "max", NULL};
static const char *const OPERATORS[] = {"lt", "le", "gt", "ge", "empty", NULL};

const struct field_type FIELD_TYPE_DATETIME = {
    .name = "datetime",
    .summary = "A point in time; any offset is read, UTC is kept.",
    .traits = FIELD_SORTS | FIELD_UNIQUES,
    .attributes = ATTRIBUTES,
    .operators = OPERATORS,
    .fx = fx,
    .columns = int_columns,
    .parse_json = parse_json,
    .parse_text = parse_text,
    .validate = validate,
    .write_json = write_json,
    .write_text = write_text,
    .store = int_store,
    .load = load,
};
