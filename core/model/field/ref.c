/*
 * ref - one record of another entity: its id in an INTEGER column with a
 * foreign key. user, file and the system's created_by share its calls.
 */
#include "base/id.h"
#include "model/field/common.h"

enum rc ref_parse_text(const struct field_in *in, const struct field *f,
                       struct str s, struct value *out)
{
    int64_t id = 0;

    s = str_trim(s);
    if (s.n == 0) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    if (!id_parse(s, &id))
        return field_reject(in, f, "invalid_id",
                            "\"%.*s\" is no record id; ids have 11 characters.",
                            (int)(s.n > 40 ? 40 : s.n), s.p);
    *out = value_ref(id);
    return RC_OK;
}

enum rc ref_parse_json(const struct field_in *in, const struct field *f,
                       const struct json *v, struct value *out)
{
    if (v->kind == JSON_NULL) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    if (v->kind != JSON_STR)
        return field_reject(in, f, "wrong_type",
                            "\"%.*s\" is the id of a record, in quotes.",
                            STR_ARG(f->name));
    return ref_parse_text(in, f, v->u.s, out);
}

void ref_write_json(const struct model *m, const struct field *f,
                    const struct value *v, struct json_w *w)
{
    (void)m;
    (void)f;
    json_w_id(w, v->u.i);
}

void ref_write_text(const struct model *m, const struct field *f,
                    const struct value *v, struct buf *b)
{
    char id[ID_TEXT_BYTES + 1];

    (void)m;
    (void)f;
    id_format(v->u.i, id);
    buf_add(b, str_of(id, ID_TEXT_BYTES));
}

enum rc ref_load(const struct field *f, struct db_stmt *st, int first,
                 struct arena *a, struct value *out, struct err *err)
{
    (void)f;
    (void)a;
    (void)err;
    *out =
        db_col_null(st, first) ? VALUE_NULL : value_ref(db_col_i64(st, first));
    return RC_OK;
}

struct fx_type ref_fx(const struct field *f)
{
    return (struct fx_type){.kind = FX_REF,
                            .of = f->n_targets > 0 ? f->targets[0] : NULL};
}

static const char *const ATTRIBUTES[] = {
    "to", "filter", "on-delete", "inverse", "quick-create", "tree", NULL};
static const char *const OPERATORS[] = {"=", "ne", "in", "empty", NULL};

const struct field_type FIELD_TYPE_REF = {
    .name = "ref",
    .summary = "A record of another entity.",
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
