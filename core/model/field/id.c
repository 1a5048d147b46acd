/* id - the record's own id. Not offered to authors. */
#include "model/field/common.h"

static size_t columns(const struct field *f,
                      struct field_column out[FIELD_MAX_COLUMNS])
{
    (void)f;
    out[0] = (struct field_column){"", DB_T_ID};
    return 1;
}

/* `id = '048jfym0004'` compares like a ref to the entity itself. */
static struct fx_type fx(const struct field *f)
{
    return (struct fx_type){.kind = FX_REF, .of = f->entity};
}

static const char *const ATTRIBUTES[] = {NULL};
static const char *const OPERATORS[] = {"=", "ne", "in", NULL};

const struct field_type FIELD_TYPE_ID = {
    .name = "id",
    .summary = "The record's id: 11 characters, sortable by time.",
    .traits = FIELD_SORTS | FIELD_WRITTEN_BY_US,
    .attributes = ATTRIBUTES,
    .operators = OPERATORS,
    .fx = fx,
    .columns = columns,
    .parse_json = ref_parse_json,
    .parse_text = ref_parse_text,
    .validate = accept_any,
    .write_json = ref_write_json,
    .write_text = ref_write_text,
    .store = int_store,
    .load = ref_load,
};
