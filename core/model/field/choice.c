/* choice - one of the options; a code in a TEXT column. */
#include "model/field/common.h"

static const char *const ATTRIBUTES[] = {"open", NULL};
static const char *const OPERATORS[] = {"in", "=", "ne", "empty", NULL};

const struct field_type FIELD_TYPE_CHOICE = {
    .name = "choice",
    .summary = "One of a list of options; open=\"true\" takes new codes too.",
    .traits = FIELD_SORTS | FIELD_GROUPS | FIELD_SEARCHES | FIELD_UNIQUES,
    .attributes = ATTRIBUTES,
    .operators = OPERATORS,
    .fx = option_fx,
    .columns = text_columns,
    .parse_json = text_parse_json,
    .parse_text = text_parse_text,
    .validate = option_validate,
    .write_json = text_write_json,
    .write_text = text_write_text,
    .store = text_store,
    .load = text_load,
};
