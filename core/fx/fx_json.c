/*
 * fx_json - the tree for the browser (docs/language/fx.md, "The tree").
 *
 * Folded and typed: the browser needs no tables, only the operators. Constants
 * travel in the form of contract.md, so a decimal is a string.
 */
#include "base/json.h"
#include "base/time.h"
#include "fx/fx_ast.h"
#include "fx/fx_fn.h"

static void write_node(const struct fx_node *n, struct json_w *w);

const char *fx_op_name(enum fx_op op)
{
    static const char *const NAMES[FX_OP_COUNT] = {
        [FX_OP_CONST] = "const",
        [FX_OP_PARAM] = "param",
        [FX_OP_PATH] = "path",
        [FX_OP_NEG] = "neg",
        [FX_OP_ADD] = "+",
        [FX_OP_SUB] = "-",
        [FX_OP_MUL] = "*",
        [FX_OP_DIV] = "/",
        [FX_OP_MOD] = "%",
        [FX_OP_CAST] = "cast",
        [FX_OP_LOCAL_DATE] = "local_date",
        [FX_OP_DATE_ADD] = "date_add",
        [FX_OP_CAT] = "..",
        [FX_OP_EQ] = "=",
        [FX_OP_NE] = "ne",
        [FX_OP_LT] = "lt",
        [FX_OP_LE] = "le",
        [FX_OP_GT] = "gt",
        [FX_OP_GE] = "ge",
        [FX_OP_AND] = "and",
        [FX_OP_OR] = "or",
        [FX_OP_NOT] = "not",
        [FX_OP_IN] = "in",
        [FX_OP_IN_LIST] = "in_list",
        [FX_OP_EMPTY] = "empty",
        [FX_OP_IF] = "if",
        [FX_OP_COALESCE] = "coalesce",
        [FX_OP_MIN] = "min",
        [FX_OP_MAX] = "max",
        [FX_OP_CALL] = "call",
        [FX_OP_AGG] = "agg"};

    return NAMES[op];
}

static struct str kind_name(enum fx_kind kind)
{
    static const char *const NAMES[] = {
        [FX_NULL] = "null", [FX_TEXT] = "text",     [FX_INT] = "int",
        [FX_DEC] = "dec",   [FX_MONEY] = "money",   [FX_FLOAT] = "float",
        [FX_BOOL] = "bool", [FX_DATE] = "date",     [FX_INSTANT] = "datetime",
        [FX_TIME] = "time", [FX_DUR] = "duration",  [FX_CHOICE] = "choice",
        [FX_REF] = "ref",   [FX_ANYREF] = "anyref", [FX_LIST] = "list",
        [FX_FILE] = "file"};

    return str_c(NAMES[kind]);
}

static void write_type(const struct fx_type *t, struct json_w *w)
{
    json_kv(w, "type", kind_name(t->kind));
    if (t->kind == FX_DEC || t->kind == FX_MONEY)
        json_kv_i64(w, "scale", t->scale);
    if (t->kind == FX_LIST)
        json_kv(w, "elem", kind_name(t->elem));
}

static void write_value(const struct value *v, struct json_w *w)
{
    char text[32];

    switch (v->kind) {
    case V_NULL:
        json_w_null(w);
        return;
    case V_BOOL:
        json_w_bool(w, v->u.b);
        return;
    case V_INT:
    case V_DUR: /* milliseconds */
        json_w_i64(w, v->u.i);
        return;
    case V_DEC:
    case V_MONEY:
        json_w_dec(w, v->u.i, v->scale);
        return;
    case V_FLOAT:
        json_w_f64(w, v->u.f);
        return;
    case V_TEXT:
        json_w_str(w, v->u.s);
        return;
    case V_DATE:
        json_w_str(w, str_of(text, date_format(v->u.i, text)));
        return;
    case V_INSTANT:
        json_w_str(w, str_of(text, instant_format(v->u.i, text)));
        return;
    case V_TIME:
        text[0] = (char)('0' + v->u.i / 600 % 10);
        text[1] = (char)('0' + v->u.i / 60 % 10);
        text[2] = ':';
        text[3] = (char)('0' + v->u.i % 60 / 10);
        text[4] = (char)('0' + v->u.i % 10);
        json_w_str(w, str_of(text, 5));
        return;
    case V_REF:
    case V_ANYREF:
        json_w_id(w, v->u.i);
        return;
    case V_LIST:
        json_arr_begin(w);
        for (size_t i = 0; i < v->u.list.n; i++)
            write_value(&v->u.list.v[i], w);
        json_arr_end(w);
        return;
    }
}

static void write_path(const struct fx_path *p, struct json_w *w)
{
    static const char *const ROOTS[] = {[FX_ROOT_ROW] = "row",
                                        [FX_ROOT_OUTER] = "this",
                                        [FX_ROOT_OLD] = "old",
                                        [FX_ROOT_USER] = "user"};

    json_kv(w, "root", str_c(ROOTS[p->root]));
    if (p->up)
        json_kv_i64(w, "up", p->up);
    json_k(w, "path");
    json_arr_begin(w);
    for (size_t i = 0; i < p->n; i++)
        json_w_str(w, p->names[i]);
    json_arr_end(w);
}

static void write_args(const struct fx_node *n, size_t n_args, struct json_w *w)
{
    json_k(w, "args");
    json_arr_begin(w);
    for (size_t i = 0; i < n_args; i++)
        write_node(n->args[i], w);
    json_arr_end(w);
}

static struct str unit_name(enum fx_unit unit)
{
    static const char *const NAMES[] = {
        [FX_U_MS] = "ms",           [FX_U_DAY] = "day",
        [FX_U_WEEK] = "week",       [FX_U_MONTH] = "month",
        [FX_U_QUARTER] = "quarter", [FX_U_YEAR] = "year"};

    return str_c(NAMES[unit]);
}

static void write_call(const struct fx_node *n, struct json_w *w)
{
    bool has_unit = n->u.fn->id == FX_F_START_OF || n->u.fn->id == FX_F_END_OF;

    json_kv(w, "fn", str_c(n->u.fn->name));
    if (has_unit)
        json_kv(w, "unit", unit_name((enum fx_unit)n->args[1]->u.constant.u.i));
    write_args(n, has_unit ? 1 : n->u.fn->id == FX_F_IS ? 2 : n->n, w);
}

static void write_agg(const struct fx_agg *a, struct json_w *w)
{
    static const char *const KINDS[] = {
        [FX_AGG_COUNT] = "count", [FX_AGG_EXISTS] = "exists",
        [FX_AGG_SUM] = "sum",     [FX_AGG_AVG] = "avg",
        [FX_AGG_MIN] = "min",     [FX_AGG_MAX] = "max",
        [FX_AGG_FIRST] = "first", [FX_AGG_LAST] = "last",
        [FX_AGG_LIST] = "list"};

    json_kv(w, "fn", str_c(KINDS[a->kind]));
    write_path(&a->owner, w);
    json_kv(w, "collection", a->name);
    if (a->arg) {
        json_k(w, "arg");
        write_node(a->arg, w);
    }
    if (a->where) {
        json_k(w, "where");
        write_node(a->where, w);
    }
}

/* JSON nests less deep than an expression may (a switch of thirty values is
   thirty ifs): what lies deeper is for the server alone. */
enum { LEVELS_OF_A_NODE = 4 };

static void write_node(const struct fx_node *n, struct json_w *w)
{
    json_obj_begin(w);
    if (w->depth + LEVELS_OF_A_NODE > JSON_MAX_DEPTH) {
        json_kv(w, "op", STR("opaque"));
        write_type(&n->type, w);
        json_obj_end(w);
        return;
    }
    json_kv(w, "op", str_c(fx_op_name(n->op)));
    write_type(&n->type, w);
    switch ((int)n->op) {
    case FX_OP_CONST:
        json_k(w, "value");
        write_value(&n->u.constant, w);
        break;
    case FX_OP_PARAM:
        json_kv_i64(w, "index", (int64_t)n->u.param);
        break;
    case FX_OP_PATH:
        write_path(&n->u.path, w);
        break;
    case FX_OP_DATE_ADD:
        json_kv(w, "unit", unit_name(n->u.unit));
        write_args(n, n->n, w);
        break;
    case FX_OP_CALL:
        write_call(n, w);
        break;
    case FX_OP_AGG:
        write_agg(&n->u.agg, w);
        break;
    default:
        write_args(n, n->n, w);
        break;
    }
    json_obj_end(w);
}

void fx_to_json(const struct fx_expr *x, struct json_w *w)
{
    write_node(x->root, w);
}
