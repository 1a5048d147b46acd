/* date - a day without a zone, TEXT "2026-03-01". */
#include "base/time.h"
#include "model/field/common.h"

static const struct moment MOMENT = {date_format, "a date", "2026-03-01",
                                     "This date"};

static enum rc parse_text(const struct field_in *in, const struct field *f,
                          struct str s, struct value *out)
{
    int64_t days = 0;
    bool fits;

    s = str_trim(s);
    if (s.n == 0) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    fits = in->pattern.n > 0 ? date_parse_pattern(s, in->pattern, &days)
                             : date_parse(s, &days);
    if (!fits)
        return field_reject(in, f, "invalid_date",
                            "This is no date; write it as %.*s.",
                            in->pattern.n > 0 ? (int)in->pattern.n : 10,
                            in->pattern.n > 0 ? in->pattern.p : "2026-03-01");
    *out = value_date(days);
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

static enum rc store(const struct field *f, const struct value *v,
                     struct arena *a, struct value *cols, struct err *err)
{
    char day[11];
    struct str s;

    (void)f;
    if (v->kind == V_NULL) {
        cols[0] = VALUE_NULL;
        return RC_OK;
    }
    s = str_copy(a, str_of(day, date_format(v->u.i, day)));
    if (s.p == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for a date.");
    cols[0] = value_text(s);
    return RC_OK;
}

static enum rc load(const struct field *f, struct db_stmt *st, int first,
                    struct arena *a, struct value *out, struct err *err)
{
    int64_t days = 0;

    (void)a;
    if (db_col_null(st, first)) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    if (!date_parse(db_col_str(st, first), &days))
        return FAIL(err, RC_IO,
                    "Column \"%.*s\" holds no date; run `perigee doctor`.",
                    STR_ARG(f->col.main.s));
    *out = value_date(days);
    return RC_OK;
}

static struct fx_type fx(const struct field *f)
{
    (void)f;
    return (struct fx_type){.kind = FX_DATE};
}

static const char *const ATTRIBUTES[] = {"min", "max", NULL};
static const char *const OPERATORS[] = {"=",  "ne", "lt",    "le",
                                        "gt", "ge", "empty", NULL};

const struct field_type FIELD_TYPE_DATE = {
    .name = "date",
    .summary = "A day, without a time and without a zone.",
    .traits = FIELD_SORTS | FIELD_GROUPS | FIELD_UNIQUES,
    .attributes = ATTRIBUTES,
    .operators = OPERATORS,
    .fx = fx,
    .columns = text_columns,
    .parse_json = parse_json,
    .parse_text = parse_text,
    .validate = validate,
    .write_json = write_json,
    .write_text = write_text,
    .store = store,
    .load = load,
};
