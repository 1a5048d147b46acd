/* longtext - paragraphs. TEXT, no key, never indexed; found by search. */
#include "base/limits.h"
#include "model/field/common.h"

static enum rc validate(const struct field_in *in, const struct field *f,
                        struct value *v)
{
    return text_limits(in, f, v, LIMIT_LONGTEXT_POINTS);
}

/* Without a key the database folds only A to Z, so fx does too. */
static struct fx_type longtext_fx(const struct field *f)
{
    (void)f;
    return (struct fx_type){.kind = FX_TEXT, .fold = FX_FOLD_ASCII};
}

static const char *const ATTRIBUTES[] = {"max", "rows", NULL};
static const char *const OPERATORS[] = {"contains", "empty", NULL};

const struct field_type FIELD_TYPE_LONGTEXT = {
    .name = "longtext",
    .summary = "Text of several lines, up to 1,000,000 characters.",
    .traits = FIELD_SEARCHES,
    .attributes = ATTRIBUTES,
    .operators = OPERATORS,
    .fx = longtext_fx,
    .columns = text_columns,
    .parse_json = text_parse_json,
    .parse_text = text_parse_text,
    .validate = validate,
    .write_json = text_write_json,
    .write_text = text_write_text,
    .store = text_store,
    .load = text_load,
};
