/* int - a whole number within 2^53-1, so that every JSON reader keeps it. */
#include "base/decimal.h"
#include "model/field/common.h"

static enum rc take(const struct field_in *in, const struct field *f, int64_t i,
                    struct value *out)
{
    if (i > FIELD_INT_MAX || i < -FIELD_INT_MAX)
        return field_reject(in, f, "out_of_range",
                            "This number is too large; whole numbers go to "
                            "9007199254740991.");
    *out = value_int(i);
    return RC_OK;
}

static enum rc parse_text(const struct field_in *in, const struct field *f,
                          struct str s, struct value *out)
{
    int64_t i = 0;

    s = str_trim(s);
    if (s.n == 0) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    switch (decimal_parse(s, 0, &i)) {
    case DECIMAL_OK:
        return take(in, f, i, out);
    case DECIMAL_OVERFLOW:
        return take(in, f, INT64_MAX, out);
    case DECIMAL_INEXACT:
        return field_reject(in, f, "not_whole",
                            "This must be a whole number, without decimals.");
    case DECIMAL_SYNTAX:
        break;
    }
    return field_reject(in, f, "invalid_number", "This is no whole number.");
}

static enum rc parse_json(const struct field_in *in, const struct field *f,
                          const struct json *v, struct value *out)
{
    switch (v->kind) {
    case JSON_NULL:
        *out = VALUE_NULL;
        return RC_OK;
    case JSON_INT:
        return take(in, f, v->u.i, out);
    case JSON_REAL:
        return parse_text(in, f, v->u.real.text, out);
    case JSON_STR:
        if (v->u.s.n == 0) {
            *out = VALUE_NULL;
            return RC_OK;
        }
        break;
    case JSON_BOOL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return field_reject(in, f, "wrong_type",
                        "\"%.*s\" is a whole number; write it without quotes.",
                        STR_ARG(f->name));
}

static enum rc validate(const struct field_in *in, const struct field *f,
                        struct value *v)
{
    if (f->has_min && v->u.i < f->min)
        return field_reject(in, f, "out_of_range",
                            "This number must be %lld or more.",
                            (long long)f->min);
    if (f->has_max && v->u.i > f->max)
        return field_reject(in, f, "out_of_range",
                            "This number must be %lld or less.",
                            (long long)f->max);
    return RC_OK;
}

static void write_json(const struct model *m, const struct field *f,
                       const struct value *v, struct json_w *w)
{
    (void)m;
    (void)f;
    json_w_i64(w, v->u.i);
}

static void write_text(const struct model *m, const struct field *f,
                       const struct value *v, struct buf *b)
{
    (void)m;
    (void)f;
    buf_add_i64(b, v->u.i);
}

static enum rc load(const struct field *f, struct db_stmt *st, int first,
                    struct arena *a, struct value *out, struct err *err)
{
    (void)f;
    (void)a;
    (void)err;
    *out =
        db_col_null(st, first) ? VALUE_NULL : value_int(db_col_i64(st, first));
    return RC_OK;
}

static struct fx_type fx(const struct field *f)
{
    (void)f;
    return (struct fx_type){.kind = FX_INT};
}

static const char *const ATTRIBUTES[] = {"min", "max", NULL};
static const char *const OPERATORS[] = {"=",  "ne", "lt",    "le",
                                        "gt", "ge", "empty", NULL};

const struct field_type FIELD_TYPE_INT = {
    .name = "int",
    .summary = "A whole number up to 9007199254740991.",
    .traits = FIELD_SORTS | FIELD_GROUPS | FIELD_MEASURES | FIELD_UNIQUES,
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
