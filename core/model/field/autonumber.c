/*
 * autonumber - "R-2026-00042": text that the pipeline writes at step 9 from
 * the sequence of the field (record/sequence.h). pattern: {year} and zeros in
 * braces for the number, everything else as it is.
 */
#include "model/field/common.h"

static enum rc validate(const struct field_in *in, const struct field *f,
                        struct value *v)
{
    return text_limits(in, f, v, 64);
}

static const char *const ATTRIBUTES[] = {"pattern", "reset", NULL};
static const char *const OPERATORS[] = {"contains", "=", "starts", NULL};

const struct field_type FIELD_TYPE_AUTONUMBER = {
    .name = "autonumber",
    .summary = "A document number given on create, without gaps.",
    .traits = FIELD_SORTS | FIELD_SEARCHES | FIELD_HAS_KEY |
              FIELD_WRITTEN_BY_US | FIELD_UNIQUES,
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
