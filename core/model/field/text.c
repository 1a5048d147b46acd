/* text - one line of words. TEXT with a folded key; max 255 unless it says so. */
#include "base/utf8.h"
#include "model/field/common.h"

enum { TEXT_MAX = 255 };

static enum rc validate(const struct field_in *in, const struct field *f,
                        struct value *v)
{
    if (f->flags & FIELD_TRIM)
        v->u.s = str_trim(v->u.s);
    return text_limits(in, f, v, TEXT_MAX);
}

static const char *const ATTRIBUTES[] = {"max", "min", "trim", NULL};
static const char *const OPERATORS[] = {"contains", "=",     "ne", "starts",
                                        "in",       "empty", NULL};

const struct field_type FIELD_TYPE_TEXT = {
    .name = "text",
    .summary = "One line of text, 255 characters unless max says otherwise.",
    .traits = FIELD_SORTS | FIELD_GROUPS | FIELD_SEARCHES | FIELD_HAS_KEY |
              FIELD_UNIQUES,
    .attributes = ATTRIBUTES,
    .operators = OPERATORS,
    .fx = text_fx,
    .columns = text_key_columns,
    .parse_json = text_parse_json,
    .parse_text = text_parse_text,
    .validate = validate,
    .write_json = text_write_json,
    .write_text = text_write_text,
    .store = text_key_store,
    .load = text_load,
};
