/* percent - an exact decimal that is shown with a percent sign: "12.50". */
#include "model/field/common.h"

/* "12.5 %" is what people and spreadsheets write. */
static enum rc parse_text(const struct field_in *in, const struct field *f,
                          struct str s, struct value *out)
{
    s = str_trim(s);
    if (s.n > 0 && s.p[s.n - 1] == '%')
        s = str_trim(str_sub(s, 0, s.n - 1));
    return dec_parse_text(in, f, s, out);
}

static const char *const ATTRIBUTES[] = {"scale", "min", "max", NULL};
static const char *const OPERATORS[] = {"=",  "ne", "lt",    "le",
                                        "gt", "ge", "empty", NULL};

const struct field_type FIELD_TYPE_PERCENT = {
    .name = "percent",
    .summary = "A percentage with two decimals unless scale says otherwise; "
               "12.50 is 12.5 %.",
    .traits = FIELD_SORTS | FIELD_GROUPS | FIELD_MEASURES,
    .attributes = ATTRIBUTES,
    .operators = OPERATORS,
    .fx = dec_fx,
    .columns = int_columns,
    .parse_json = dec_parse_json,
    .parse_text = parse_text,
    .validate = dec_validate,
    .write_json = dec_write_json,
    .write_text = dec_write_text,
    .store = int_store,
    .load = dec_load,
};
