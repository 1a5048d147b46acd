/* dec - an exact decimal, a scaled 64-bit integer; scale 2 unless it says so. */
#include "base/decimal.h"
#include "model/field/common.h"

enum rc dec_parse_text(const struct field_in *in, const struct field *f,
                       struct str s, struct value *out)
{
    int64_t scaled = 0;

    s = str_trim(s);
    if (s.n == 0) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    switch (decimal_parse(s, f->scale, &scaled)) {
    case DECIMAL_OK:
        *out = value_dec(scaled, (uint8_t)f->scale);
        return RC_OK;
    case DECIMAL_OVERFLOW:
        return field_reject(in, f, "out_of_range",
                            "This number is too large to be kept exactly.");
    case DECIMAL_INEXACT:
        return field_reject(in, f, "too_many_decimals",
                            "This number has more than %d decimals; round it.",
                            f->scale);
    case DECIMAL_SYNTAX:
        break;
    }
    return field_reject(in, f, "invalid_number",
                        "This is no number; write it as 12.50.");
}

enum rc dec_parse_json(const struct field_in *in, const struct field *f,
                       const struct json *v, struct value *out)
{
    char digits[DECIMAL_TEXT_BYTES];

    switch (v->kind) {
    case JSON_NULL:
        *out = VALUE_NULL;
        return RC_OK;
    case JSON_INT:
        return dec_parse_text(
            in, f, str_of(digits, decimal_format(v->u.i, 0, digits)), out);
    case JSON_REAL:
        return dec_parse_text(in, f, v->u.real.text, out);
    case JSON_STR:
        return dec_parse_text(in, f, v->u.s, out);
    case JSON_BOOL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return field_reject(in, f, "wrong_type",
                        "\"%.*s\" is a number; write it as \"12.50\".",
                        STR_ARG(f->name));
}

enum rc dec_validate(const struct field_in *in, const struct field *f,
                     struct value *v)
{
    char bound[DECIMAL_TEXT_BYTES];

    if (f->has_min && v->u.i < f->min) {
        (void)decimal_format(f->min, f->scale, bound);
        return field_reject(in, f, "out_of_range",
                            "This number must be %s or more.", bound);
    }
    if (f->has_max && v->u.i > f->max) {
        (void)decimal_format(f->max, f->scale, bound);
        return field_reject(in, f, "out_of_range",
                            "This number must be %s or less.", bound);
    }
    return RC_OK;
}

void dec_write_json(const struct model *m, const struct field *f,
                    const struct value *v, struct json_w *w)
{
    (void)m;
    (void)f;
    json_w_dec(w, v->u.i, v->scale);
}

void dec_write_text(const struct model *m, const struct field *f,
                    const struct value *v, struct buf *b)
{
    char digits[DECIMAL_TEXT_BYTES];

    (void)m;
    (void)f;
    buf_add(b, str_of(digits, decimal_format(v->u.i, v->scale, digits)));
}

enum rc dec_load(const struct field *f, struct db_stmt *st, int first,
                 struct arena *a, struct value *out, struct err *err)
{
    (void)a;
    (void)err;
    *out = db_col_null(st, first)
               ? VALUE_NULL
               : value_dec(db_col_i64(st, first), (uint8_t)f->scale);
    return RC_OK;
}

struct fx_type dec_fx(const struct field *f)
{
    return (struct fx_type){.kind = FX_DEC, .scale = (uint8_t)f->scale};
}

static const char *const ATTRIBUTES[] = {"scale", "min", "max", NULL};
static const char *const OPERATORS[] = {"=",  "ne", "lt",    "le",
                                        "gt", "ge", "empty", NULL};

const struct field_type FIELD_TYPE_DEC = {
    .name = "dec",
    .summary = "An exact decimal number; scale says how many decimals, 0 to 9.",
    .traits = FIELD_SORTS | FIELD_GROUPS | FIELD_MEASURES | FIELD_UNIQUES,
    .attributes = ATTRIBUTES,
    .operators = OPERATORS,
    .fx = dec_fx,
    .columns = int_columns,
    .parse_json = dec_parse_json,
    .parse_text = dec_parse_text,
    .validate = dec_validate,
    .write_json = dec_write_json,
    .write_text = dec_write_text,
    .store = int_store,
    .load = dec_load,
};
