/*
 * file - one uploaded file: a ref to sys:file. Written as its id; the planner
 * answers {"id","name","size","type"}, for which it joins sys:file.
 */
#include "model/field/common.h"

/* What the planner answered may be sent back as it is. */
static enum rc parse_json(const struct field_in *in, const struct field *f,
                          const struct json *v, struct value *out)
{
    if (v->kind == JSON_OBJECT && json_at(v, "id") != NULL)
        return ref_parse_json(in, f, json_at(v, "id"), out);
    return ref_parse_json(in, f, v, out);
}

static const char *const ATTRIBUTES[] = {"accept", "max-size", NULL};
static const char *const OPERATORS[] = {"empty", NULL};

const struct field_type FIELD_TYPE_FILE = {
    .name = "file",
    .summary = "One uploaded file.",
    .traits = FIELD_POINTS,
    .attributes = ATTRIBUTES,
    .operators = OPERATORS,
    .fx = ref_fx,
    .columns = int_columns,
    .parse_json = parse_json,
    .parse_text = ref_parse_text,
    .validate = accept_any,
    .write_json = ref_write_json,
    .write_text = ref_write_text,
    .store = int_store,
    .load = ref_load,
};
