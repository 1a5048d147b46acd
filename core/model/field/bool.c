/* bool - yes or no; null until somebody says. */
#include "model/field/common.h"

static enum rc parse_json(const struct field_in *in, const struct field *f,
                          const struct json *v, struct value *out)
{
    if (v->kind == JSON_BOOL) {
        *out = value_bool(v->u.b);
        return RC_OK;
    }
    if (v->kind == JSON_NULL || (v->kind == JSON_STR && v->u.s.n == 0)) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    return field_reject(in, f, "wrong_type", "\"%.*s\" is true or false.",
                        STR_ARG(f->name));
}

static enum rc parse_text(const struct field_in *in, const struct field *f,
                          struct str s, struct value *out)
{
    static const char *const YES[] = {"true", "yes", "1", "x", "ja", NULL};
    static const char *const NO[] = {"false", "no", "0", "nein", NULL};
    struct str low = str_lower_ascii(in->arena, str_trim(s));
    size_t i;

    if (str_trim(s).n == 0) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    if (low.p == NULL)
        return RC_NOMEM;
    for (i = 0; YES[i] != NULL; i++) {
        if (str_eq(low, str_c(YES[i]))) {
            *out = value_bool(true);
            return RC_OK;
        }
    }
    for (i = 0; NO[i] != NULL; i++) {
        if (str_eq(low, str_c(NO[i]))) {
            *out = value_bool(false);
            return RC_OK;
        }
    }
    return field_reject(in, f, "wrong_type", "Write true or false.");
}

static void write_json(const struct model *m, const struct field *f,
                       const struct value *v, struct json_w *w)
{
    (void)m;
    (void)f;
    json_w_bool(w, v->u.b);
}

static void write_text(const struct model *m, const struct field *f,
                       const struct value *v, struct buf *b)
{
    (void)m;
    (void)f;
    buf_adds(b, v->u.b ? "true" : "false");
}

static size_t columns(const struct field *f,
                      struct field_column out[FIELD_MAX_COLUMNS])
{
    (void)f;
    out[0] = (struct field_column){"", DB_T_BOOL};
    return 1;
}

static enum rc store(const struct field *f, const struct value *v,
                     struct arena *a, struct value *cols, struct err *err)
{
    (void)f;
    (void)a;
    (void)err;
    cols[0] = v->kind == V_NULL ? VALUE_NULL : value_bool(v->u.b);
    return RC_OK;
}

static enum rc load(const struct field *f, struct db_stmt *st, int first,
                    struct arena *a, struct value *out, struct err *err)
{
    (void)f;
    (void)a;
    (void)err;
    *out = db_col_null(st, first) ? VALUE_NULL
                                  : value_bool(db_col_bool(st, first));
    return RC_OK;
}

static struct fx_type fx(const struct field *f)
{
    (void)f;
    return (struct fx_type){.kind = FX_BOOL};
}

static const char *const ATTRIBUTES[] = {NULL};
static const char *const OPERATORS[] = {"=", "empty", NULL};

const struct field_type FIELD_TYPE_BOOL = {
    .name = "bool",
    .summary = "Yes or no.",
    .traits = FIELD_SORTS | FIELD_GROUPS,
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
