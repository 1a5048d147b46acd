/* user - a person of this workspace: a ref to sys:user. */
#include "model/field/common.h"

static const char *const ATTRIBUTES[] = {"on-delete", "inverse", "filter",
                                         NULL};
static const char *const OPERATORS[] = {"=", "ne", "in", "empty", NULL};

const struct field_type FIELD_TYPE_USER = {
    .name = "user",
    .summary = "A person who works in this workspace.",
    .traits = FIELD_SORTS | FIELD_GROUPS | FIELD_POINTS | FIELD_UNIQUES |
              FIELD_SEARCHES,
    .attributes = ATTRIBUTES,
    .operators = OPERATORS,
    .fx = ref_fx,
    .columns = int_columns,
    .parse_json = ref_parse_json,
    .parse_text = ref_parse_text,
    .validate = accept_any,
    .write_json = ref_write_json,
    .write_text = ref_write_text,
    .store = int_store,
    .load = ref_load,
};
