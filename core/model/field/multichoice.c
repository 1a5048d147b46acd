/*
 * multichoice - several of the options. The column holds them as a JSON array
 * in the order they were given; the side table m_.. holds one row a code, which
 * is what filters read. The pipeline keeps both.
 */
#include "model/field/common.h"

enum { CODES_MAX = 200, CODES_BYTES = 1 << 16 };

static enum rc add_code(const struct field_in *in, const struct field *f,
                        struct str code, struct value *list)
{
    struct json probe = {.kind = JSON_STR, .u = {.s = code}};
    struct value v = VALUE_NULL;
    size_t i;
    enum rc rc = text_parse_json(in, f, &probe, &v);

    if (rc != RC_OK || v.kind == V_NULL)
        return rc;
    for (i = 0; i < list->u.list.n; i++) {
        if (str_eq(list->u.list.v[i].u.s, code))
            return RC_OK;
    }
    if (list->u.list.n == CODES_MAX)
        return field_reject(in, f, "too_many", "At most %d options fit.",
                            CODES_MAX);
    list->u.list.v[list->u.list.n++] = v;
    return RC_OK;
}

static enum rc begin(const struct field_in *in, struct value *list, size_t n)
{
    size_t room = n < CODES_MAX ? n : CODES_MAX;

    *list = (struct value){.kind = V_LIST};
    list->u.list.v = ARENA_ARRAY(in->arena, struct value, room + 1);
    return list->u.list.v == NULL ? RC_NOMEM : RC_OK;
}

static enum rc parse_json(const struct field_in *in, const struct field *f,
                          const struct json *v, struct value *out)
{
    struct value list;
    size_t i;
    enum rc rc;

    if (v->kind == JSON_NULL || (v->kind == JSON_STR && v->u.s.n == 0)) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    if (v->kind != JSON_ARRAY)
        return field_reject(in, f, "wrong_type",
                            "\"%.*s\" is a list of options; write it as "
                            "[\"a\",\"b\"].",
                            STR_ARG(f->name));
    rc = begin(in, &list, v->u.array.n);
    for (i = 0; rc == RC_OK && i < v->u.array.n; i++) {
        const struct json *item = &v->u.array.v[i];

        rc = item->kind == JSON_STR
                 ? add_code(in, f, item->u.s, &list)
                 : field_reject(in, f, "wrong_type",
                                "Every option is text; write it in quotes.");
    }
    if (rc == RC_OK)
        *out = list.u.list.n == 0 ? VALUE_NULL : list;
    return rc;
}

/* "a;b" or "a, b" as spreadsheets have it. */
static enum rc parse_text(const struct field_in *in, const struct field *f,
                          struct str s, struct value *out)
{
    char separator = str_chr(s, ';') >= 0 ? ';' : ',';
    struct str rest = s, piece;
    struct value list;
    size_t n = 1, i;
    enum rc rc;

    if (str_trim(s).n == 0) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    for (i = 0; i < s.n; i++)
        n += s.p[i] == separator;
    rc = begin(in, &list, n);
    while (rc == RC_OK && str_split(&rest, separator, &piece))
        rc = add_code(in, f, str_trim(piece), &list);
    if (rc == RC_OK)
        *out = list.u.list.n == 0 ? VALUE_NULL : list;
    return rc;
}

static enum rc validate(const struct field_in *in, const struct field *f,
                        struct value *v)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < v->u.list.n; i++)
        rc = option_validate(in, f, &v->u.list.v[i]);
    if (rc == RC_OK && f->has_max && (int64_t)v->u.list.n > f->max)
        rc = field_reject(in, f, "too_many",
                          "At most %lld options may be chosen.",
                          (long long)f->max);
    if (rc == RC_OK && f->has_min && (int64_t)v->u.list.n < f->min)
        rc = field_reject(in, f, "too_few",
                          "At least %lld options must be chosen.",
                          (long long)f->min);
    return rc;
}

static void write_list(const struct value *v, struct json_w *w)
{
    size_t i;

    json_arr_begin(w);
    for (i = 0; i < v->u.list.n; i++)
        json_w_str(w, v->u.list.v[i].u.s);
    json_arr_end(w);
}

static void write_json(const struct model *m, const struct field *f,
                       const struct value *v, struct json_w *w)
{
    (void)m;
    (void)f;
    write_list(v, w);
}

static void write_text(const struct model *m, const struct field *f,
                       const struct value *v, struct buf *b)
{
    size_t i;

    (void)m;
    (void)f;
    for (i = 0; i < v->u.list.n; i++) {
        if (i > 0)
            buf_addc(b, ';');
        buf_add(b, v->u.list.v[i].u.s);
    }
}

static enum rc store(const struct field *f, const struct value *v,
                     struct arena *a, struct value *cols, struct err *err)
{
    struct buf b;
    struct json_w w;
    struct str s = STR_NONE;
    enum rc rc;

    (void)f;
    if (v->kind == V_NULL) {
        cols[0] = VALUE_NULL;
        return RC_OK;
    }
    buf_init(&b, CODES_BYTES);
    json_w_init(&w, &b);
    write_list(v, &w);
    rc = json_w_finish(&w, err);
    if (rc == RC_OK)
        rc = buf_finish(&b, a, &s, err);
    if (rc == RC_OK)
        cols[0] = value_text(s);
    buf_release(&b);
    return rc;
}

static enum rc load(const struct field *f, struct db_stmt *st, int first,
                    struct arena *a, struct value *out, struct err *err)
{
    const struct json *tree = NULL;
    struct value list = {.kind = V_LIST};
    size_t i;
    enum rc rc;

    (void)f;
    if (db_col_null(st, first)) {
        *out = VALUE_NULL;
        return RC_OK;
    }
    rc = json_parse(db_col_str(st, first), a, &tree, err);
    if (rc != RC_OK)
        return rc;
    if (tree->kind != JSON_ARRAY)
        return FAIL(err, RC_IO,
                    "Column \"%.*s\" holds no list; run `perigee doctor`.",
                    STR_ARG(f->col.main.s));
    list.u.list.v = ARENA_ARRAY(a, struct value, tree->u.array.n + 1);
    if (list.u.list.v == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for a list.");
    for (i = 0; i < tree->u.array.n; i++) {
        if (tree->u.array.v[i].kind == JSON_STR)
            list.u.list.v[list.u.list.n++] = value_text(tree->u.array.v[i].u.s);
    }
    *out = list;
    return RC_OK;
}

static struct fx_type fx(const struct field *f)
{
    return (struct fx_type){.kind = FX_LIST, .elem = FX_CHOICE, .of = f};
}

static const char *const ATTRIBUTES[] = {"open", "min", "max", NULL};
static const char *const OPERATORS[] = {"has", "empty", NULL};

const struct field_type FIELD_TYPE_MULTICHOICE = {
    .name = "multichoice",
    .summary = "Several of a list of options.",
    .traits = FIELD_SEARCHES | FIELD_HAS_SIDE,
    .attributes = ATTRIBUTES,
    .operators = OPERATORS,
    .fx = fx,
    .columns = text_columns,
    .parse_json = parse_json,
    .parse_text = parse_text,
    .validate = validate,
    .write_json = write_json,
    .write_text = write_text,
    .store = store,
    .load = load,
};
