/*
 * anyref - a record of any of several entities: two columns, the entity's
 * number and the id. {"entity":"crm:deal","id":"..."} outside, "crm:deal/ID"
 * in text.
 */
#include "base/id.h"
#include "model/field/common.h"

static enum rc take(const struct field_in *in, const struct field *f,
                    struct str qname, struct str id_text, struct value *out)
{
    const struct entity *e = model_entity(in->model, qname);
    int64_t id = 0;
    size_t i;

    for (i = 0; e != NULL && i < f->n_targets; i++) {
        if (f->targets[i] == e)
            break;
    }
    if (e == NULL || i == f->n_targets)
        return field_reject(
            in, f, "wrong_entity", "\"%.*s\" takes no record of \"%.*s\".",
            STR_ARG(f->name), (int)(qname.n > 60 ? 60 : qname.n), qname.p);
    if (!id_parse(id_text, &id))
        return field_reject(in, f, "invalid_id",
                            "\"%.*s\" is no record id; ids have 11 characters.",
                            (int)(id_text.n > 40 ? 40 : id_text.n), id_text.p);
    *out = (struct value){.kind = V_ANYREF, .ent = e->number, .u.i = id};
    return RC_OK;
}

static enum rc parse_json(const struct field_in *in, const struct field *f,
                          const struct json *v, struct value *out)
{
    if (v->kind == JSON_NULL || (v->kind == JSON_STR && v->u.s.n == 0)) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    if (v->kind != JSON_OBJECT || json_at(v, "entity") == NULL ||
        json_at(v, "id") == NULL)
        return field_reject(
            in, f, "wrong_type",
            "\"%.*s\" is a record of one of several entities; write it as "
            "{\"entity\":\"%.*s\",\"id\":\"...\"}.",
            STR_ARG(f->name),
            f->n_targets > 0 ? (int)f->targets[0]->qname.n : 0,
            f->n_targets > 0 ? f->targets[0]->qname.p : "");
    return take(in, f, json_str(json_at(v, "entity"), STR("")),
                json_str(json_at(v, "id"), STR("")), out);
}

static enum rc parse_text(const struct field_in *in, const struct field *f,
                          struct str s, struct value *out)
{
    ptrdiff_t slash;

    s = str_trim(s);
    if (s.n == 0) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    slash = str_chr(s, '/');
    if (slash < 0)
        return field_reject(in, f, "wrong_type",
                            "Write a record as entity/id, for example "
                            "%.*s/048jfym0004.",
                            f->n_targets > 0 ? (int)f->targets[0]->qname.n : 0,
                            f->n_targets > 0 ? f->targets[0]->qname.p : "");
    return take(in, f, str_sub(s, 0, (size_t)slash),
                str_sub(s, (size_t)slash + 1, s.n), out);
}

static void write_json(const struct model *m, const struct field *f,
                       const struct value *v, struct json_w *w)
{
    const struct entity *e = model_entity_no(m, v->ent);

    (void)f;
    if (e == NULL) { /* its package is gone */
        json_w_null(w);
        return;
    }
    json_obj_begin(w);
    json_kv(w, "entity", e->qname);
    json_kv_id(w, "id", v->u.i);
    json_obj_end(w);
}

static void write_text(const struct model *m, const struct field *f,
                       const struct value *v, struct buf *b)
{
    const struct entity *e = model_entity_no(m, v->ent);

    if (e == NULL)
        return;
    buf_add(b, e->qname);
    buf_addc(b, '/');
    ref_write_text(m, f, v, b);
}

static size_t columns(const struct field *f,
                      struct field_column out[FIELD_MAX_COLUMNS])
{
    (void)f;
    out[0] = (struct field_column){"ent", DB_T_INT};
    out[1] = (struct field_column){"id", DB_T_INT};
    return 2;
}

static enum rc store(const struct field *f, const struct value *v,
                     struct arena *a, struct value *cols, struct err *err)
{
    (void)f;
    (void)a;
    (void)err;
    cols[0] = v->kind == V_NULL ? VALUE_NULL : value_int(v->ent);
    cols[1] = v->kind == V_NULL ? VALUE_NULL : value_int(v->u.i);
    return RC_OK;
}

static enum rc load(const struct field *f, struct db_stmt *st, int first,
                    struct arena *a, struct value *out, struct err *err)
{
    (void)f;
    (void)a;
    (void)err;
    if (db_col_null(st, first + 1))
        *out = VALUE_NULL;
    else
        *out = (struct value){.kind = V_ANYREF,
                              .ent = (int32_t)db_col_i64(st, first),
                              .u.i = db_col_i64(st, first + 1)};
    return RC_OK;
}

static struct fx_type fx(const struct field *f)
{
    (void)f;
    return (struct fx_type){.kind = FX_ANYREF};
}

static const char *const ATTRIBUTES[] = {"to", "inverse", NULL};
static const char *const OPERATORS[] = {"=", "ne", "empty", NULL};

const struct field_type FIELD_TYPE_ANYREF = {
    .name = "anyref",
    .summary = "A record of one of several entities.",
    .traits = FIELD_POINTS,
    .attributes = ATTRIBUTES,
    .operators = OPERATORS,
    .fx = fx,
    .columns = columns,
    .parse_json = parse_json,
    .parse_text = parse_text,
    .validate = accept_any,
    .write_json = write_json,
    .write_text = write_text,
    .store = store,
    .load = load,
};
