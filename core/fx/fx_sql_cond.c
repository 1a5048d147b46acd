/*
 * fx_sql_cond - predicates. Null is a value for = and <>; elsewhere a null
 * predicate counts as false, which WHERE, AND and OR do by themselves, so that
 * comparisons keep their index.
 */
#include <assert.h>

#include "base/time.h"
#include "base/utf8.h"
#include "fx/fx_emit.h"

void fx_emit_is_null(struct fx_emit *e, const struct fx_node *n, bool is)
{
    sqlb_lit(e->q, "(");
    fx_emit_value(e, n);
    if (is)
        sqlb_lit(e->q, " IS NULL)");
    else
        sqlb_lit(e->q, " IS NOT NULL)");
}

/* --- = and <> ---------------------------------------------------------------- */

/* A text whose folded key is a column: that is what its index holds, and equal
   texts have equal keys. */
static bool has_key(struct fx_emit *e, const struct fx_node *n)
{
    const struct fx_path *p = &n->u.path;
    struct fx_columns col = {.main = {STR_NONE}};
    const struct fx_tables *t = e->scope->from->tables;

    if (n->op != FX_OP_PATH || n->type.kind != FX_TEXT ||
        p->root != FX_ROOT_ROW || p->n == 0)
        return false;
    t->columns(t->ctx, p->handles[p->n - 1], &col);
    return col.key.s.n > 0;
}

/* The key of `v`, as a field like n has it. */
static void bind_key(struct fx_emit *e, const struct fx_node *n,
                     const struct value *v)
{
    struct value key = VALUE_NULL;

    key.kind = V_TEXT;
    if (e->rc == RC_OK)
        e->rc = fx_fold(n, v->u.s, false, e->eval.arena, &key.u.s, e->err);
    if (e->rc == RC_OK)
        fx_emit_bind(e, &n->type, &key);
}

static void emit_equal(struct fx_emit *e, const struct fx_node *l,
                       const struct fx_node *r, bool is_equal)
{
    struct value v = VALUE_NULL;
    bool is_plain;

    if (fx_emit_known(e, l, &v)) {
        const struct fx_node *swap = l;

        l = r;
        r = swap;
    }
    if (fx_emit_known(e, r, &v) && v.kind == V_NULL) {
        fx_emit_is_null(e, l, is_equal);
        return;
    }
    /* One of them is never null: then null on the other side is not equal,
       which a plain = says as well, and with an index. */
    is_plain = r->is_never_null || l->is_never_null || v.kind != V_NULL;
    sqlb_lit(e->q, "(");
    if (is_equal && v.kind == V_TEXT && has_key(e, l)) {
        fx_emit_key(e, l, false);
        sqlb_lit(e->q, " = ");
        bind_key(e, l, &v);
        sqlb_lit(e->q, " AND ");
    }
    fx_emit_value(e, l);
    if (is_equal && is_plain)
        sqlb_lit(e->q, " = ");
    else if (is_equal)
        sqlb_lit(e->q, " IS NOT DISTINCT FROM ");
    else
        sqlb_lit(e->q, " IS DISTINCT FROM ");
    fx_emit_value(e, r);
    sqlb_lit(e->q, ")");
}

static void emit_order(struct fx_emit *e, const struct fx_node *n)
{
    bool ascii = fx_folds_ascii(n->args[0], n->args[1]);
    bool is_text = n->args[0]->type.kind == FX_TEXT;

    sqlb_lit(e->q, "(");
    if (is_text)
        fx_emit_key(e, n->args[0], ascii);
    else
        fx_emit_value(e, n->args[0]);
    switch ((int)n->op) {
    case FX_OP_LT:
        sqlb_lit(e->q, " < ");
        break;
    case FX_OP_LE:
        sqlb_lit(e->q, " <= ");
        break;
    case FX_OP_GT:
        sqlb_lit(e->q, " > ");
        break;
    default:
        sqlb_lit(e->q, " >= ");
        break;
    }
    if (is_text)
        fx_emit_key(e, n->args[1], ascii);
    else
        fx_emit_value(e, n->args[1]);
    sqlb_lit(e->q, ")");
}

/* --- in ----------------------------------------------------------------------- */

/* `left IN (..)` of what is known, or of its keys. */
static void emit_known(struct fx_emit *e, const struct fx_node *n, bool keys)
{
    const struct fx_node *left = n->args[0];
    size_t listed = 0;

    for (size_t i = 1; i < n->n; i++) {
        struct value v = VALUE_NULL;

        if (!fx_emit_known(e, n->args[i], &v) || v.kind == V_NULL)
            continue;
        if (listed++ > 0) {
            sqlb_lit(e->q, ", ");
        } else {
            if (keys)
                fx_emit_key(e, left, false);
            else
                fx_emit_value(e, left);
            sqlb_lit(e->q, " IN (");
        }
        if (keys)
            bind_key(e, left, &v);
        else
            fx_emit_bind(e, &n->args[i]->type, &v);
    }
    sqlb_lit(e->q, ")");
}

/* Is one of the candidates known to be null, or to be something? */
static bool knows(struct fx_emit *e, const struct fx_node *n, bool null)
{
    for (size_t i = 1; i < n->n; i++) {
        struct value v = VALUE_NULL;

        if (fx_emit_known(e, n->args[i], &v) && (v.kind == V_NULL) == null)
            return true;
    }
    return false;
}

static void emit_in(struct fx_emit *e, const struct fx_node *n)
{
    const struct fx_node *left = n->args[0];
    bool any = knows(e, n, false), by_key = any && has_key(e, left);

    sqlb_lit(e->q, "(");
    if (by_key) {
        sqlb_lit(e->q, "(");
        emit_known(e, n, true);
        sqlb_lit(e->q, " AND ");
    }
    if (any)
        emit_known(e, n, false);
    if (by_key)
        sqlb_lit(e->q, ")");
    if (knows(e, n, true)) {
        if (any)
            sqlb_lit(e->q, " OR ");
        fx_emit_is_null(e, left, true);
        any = true;
    }
    for (size_t i = 1; i < n->n && e->rc == RC_OK; i++) {
        struct value v = VALUE_NULL;

        if (fx_emit_known(e, n->args[i], &v))
            continue;
        if (any)
            sqlb_lit(e->q, " OR ");
        emit_equal(e, left, n->args[i], true);
        any = true;
    }
    sqlb_lit(e->q, ")");
}

static void emit_in_values(struct fx_emit *e, const struct fx_node *left,
                           const struct value *list)
{
    size_t n = 0;
    bool are_ids = true;
    int64_t *ids = ARENA_ARRAY(e->eval.arena, int64_t,
                               list->kind == V_LIST ? list->u.list.n + 1 : 1);

    if (!ids) {
        fx_emit_fail(e, RC_NOMEM, "There is not enough memory.");
        return;
    }
    for (size_t i = 0; list->kind == V_LIST && i < list->u.list.n; i++) {
        const struct value *v = &list->u.list.v[i];

        if (v->kind == V_NULL)
            continue;
        are_ids = are_ids && v->kind != V_TEXT && v->kind != V_BOOL &&
                  v->kind != V_FLOAT && v->kind != V_DATE && v->kind != V_LIST;
        ids[n++] = are_ids ? v->u.i : 0;
    }
    if (n == 0) {
        fx_emit_truth(e, false);
        return;
    }
    sqlb_lit(e->q, "(");
    fx_emit_value(e, left);
    if (are_ids) {
        sqlb_bind_ids(e->q, ids, n);
        sqlb_lit(e->q, ")");
        return;
    }
    sqlb_lit(e->q, " IN (");
    for (size_t i = 0, k = 0; i < list->u.list.n; i++) {
        const struct value *v = &list->u.list.v[i];

        if (v->kind == V_NULL)
            continue;
        if (k++)
            sqlb_lit(e->q, ", ");
        fx_emit_bind(e, &left->type, v);
    }
    sqlb_lit(e->q, "))");
}

static void emit_in_list(struct fx_emit *e, const struct fx_node *n)
{
    const struct fx_node *list = n->args[1];
    struct value v = VALUE_NULL;

    if (fx_emit_known(e, list, &v))
        emit_in_values(e, n->args[0], &v);
    else if (e->rc == RC_OK && list->op == FX_OP_AGG)
        fx_emit_in_agg(e, n->args[0], list);
    else if (e->rc == RC_OK)
        fx_emit_side(e, list, n->args[0]);
}

static void emit_empty(struct fx_emit *e, const struct fx_node *n)
{
    if (n->type.kind == FX_LIST) {
        sqlb_lit(e->q, "(NOT ");
        if (n->op == FX_OP_AGG)
            fx_emit_in_agg(e, NULL, n);
        else
            fx_emit_side(e, n, NULL);
        sqlb_lit(e->q, ")");
    } else if (n->type.kind == FX_TEXT && n->op != FX_OP_PATH) {
        sqlb_lit(e->q, "(coalesce(");
        fx_emit_value(e, n);
        sqlb_lit(e->q, ", '') = '')");
    } else /* a stored text is never '' : contract.md writes that as null */
        fx_emit_is_null(e, n, true);
}

/* --- text ----------------------------------------------------------------------- */

/* The smallest text that is greater than all that start with `p`; empty: none
   is. The last character is raised, over surrogates, or dropped at the end. */
static enum rc after_prefix(struct str p, struct arena *a, struct str *out)
{
    while (p.n) {
        size_t start = p.n - 1, at;
        int32_t point;
        struct buf b;
        enum rc rc;

        while (start && ((unsigned char)p.p[start] & 0xC0) == 0x80)
            start--;
        at = start;
        point = utf8_next(p, &at);
        p.n = start;
        if (point >= 0x10FFFF)
            continue;
        point = point == 0xD7FF ? 0xE000 : point + 1;
        buf_init(&b, p.n + 8);
        buf_add(&b, p);
        utf8_append(&b, (uint32_t)point);
        rc = buf_finish(&b, a, out, NULL);
        buf_release(&b);
        return rc;
    }
    *out = STR("");
    return RC_OK;
}

static void emit_starts(struct fx_emit *e, const struct fx_node *text,
                        const struct fx_node *part, struct str prefix)
{
    bool ascii = fx_folds_ascii(text, part);
    struct str key, next;

    e->rc = fx_fold(part, prefix, ascii, e->eval.arena, &key, e->err);
    if (e->rc == RC_OK) {
        e->rc = after_prefix(key, e->eval.arena, &next);
        if (e->rc != RC_OK)
            (void)FAIL(e->err, e->rc, "There is not enough memory.");
    }
    if (e->rc != RC_OK)
        return;
    sqlb_lit(e->q, "(");
    fx_emit_key(e, text, ascii);
    if (key.n == 0) {
        sqlb_lit(e->q, " IS NOT NULL)");
        return;
    }
    sqlb_lit(e->q, " >= ");
    sqlb_typed_open(e->q);
    sqlb_bind_str(e->q, key);
    sqlb_typed_close(e->q, DB_T_TEXT);
    if (next.n) {
        sqlb_lit(e->q, " AND ");
        fx_emit_key(e, text, ascii);
        sqlb_lit(e->q, " < ");
        sqlb_typed_open(e->q);
        sqlb_bind_str(e->q, next);
        sqlb_typed_close(e->q, DB_T_TEXT);
    }
    sqlb_lit(e->q, ")");
}

static void emit_contains(struct fx_emit *e, const struct fx_node *text,
                          const struct fx_node *part)
{
    bool ascii = fx_folds_ascii(text, part);

    sqlb_lit(e->q, "(");
    sqlb_position_open(e->q);
    fx_emit_key(e, text, ascii);
    sqlb_lit(e->q, ", ");
    fx_emit_key(e, part, ascii);
    sqlb_lit(e->q, ") > 0)");
}

static void emit_match(struct fx_emit *e, const struct fx_node *n)
{
    const struct fx_node *text = n->args[0], *part = n->args[1];
    bool ascii = fx_folds_ascii(text, part);
    struct value v = VALUE_NULL;

    if (n->u.fn->id == FX_F_CONTAINS) {
        emit_contains(e, text, part);
        return;
    }
    if (n->u.fn->id == FX_F_STARTS && fx_emit_known(e, part, &v) &&
        v.kind == V_TEXT) {
        emit_starts(e, text, part, v.u.s);
        return;
    }
    sqlb_lit(e->q, "(length(");
    fx_emit_key(e, text, ascii);
    sqlb_lit(e->q, ") >= length(");
    fx_emit_key(e, part, ascii);
    sqlb_lit(e->q, ") AND substr(");
    fx_emit_key(e, text, ascii);
    if (n->u.fn->id == FX_F_STARTS)
        sqlb_lit(e->q, ", 1, length(");
    else {
        sqlb_lit(e->q, ", length(");
        fx_emit_key(e, text, ascii);
        sqlb_lit(e->q, ") + 1 - length(");
    }
    fx_emit_key(e, part, ascii);
    sqlb_lit(e->q, ")) = ");
    fx_emit_key(e, part, ascii);
    sqlb_lit(e->q, ")");
}

static void emit_is_entity(struct fx_emit *e, const struct fx_node *n)
{
    const struct fx_node *field = n->args[0];
    struct fx_columns col = {.main = {STR_NONE}};
    struct fx_from *from = NULL;
    int alias;

    if (field->op != FX_OP_PATH || field->u.path.root != FX_ROOT_ROW) {
        fx_emit_fail(e, RC_BUG, "is() asks of a field.");
        return;
    }
    alias = fx_emit_alias(e, &field->u.path, field->u.path.n - 1, &from);
    if (alias < 0)
        return;
    from->tables->columns(from->tables->ctx,
                          field->u.path.handles[field->u.path.n - 1], &col);
    sqlb_lit(e->q, "(");
    sqlb_col(e->q, alias, col.ent);
    sqlb_lit(e->q, " = ");
    fx_emit_bind(e, &n->args[2]->type, &n->args[2]->u.constant);
    sqlb_lit(e->q, ")");
}

/* --- dispatch ---------------------------------------------------------------------- */

static void emit_call(struct fx_emit *e, const struct fx_node *n)
{
    switch ((int)n->u.fn->id) {
    case FX_F_CONTAINS:
    case FX_F_STARTS:
    case FX_F_ENDS:
        emit_match(e, n);
        return;
    case FX_F_IS:
        emit_is_entity(e, n);
        return;
    default:
        fx_emit_fail(e, RC_BUG, "A condition has no form in the database.");
        return;
    }
}

/* Long rows are halved, so that they do not count as deep. */
enum { IN_A_ROW = 8 };

static void emit_terms(struct fx_emit *e, const struct fx_node *n, size_t lo,
                       size_t hi)
{
    size_t step = hi - lo > IN_A_ROW ? (hi - lo + 1) / 2 : 1;

    sqlb_lit(e->q, "(");
    for (size_t i = lo; i < hi; i += step) {
        if (i > lo && n->op == FX_OP_AND)
            sqlb_lit(e->q, " AND ");
        else if (i > lo)
            sqlb_lit(e->q, " OR ");
        if (step == 1)
            fx_emit_cond(e, n->args[i]);
        else
            emit_terms(e, n, i, i + step < hi ? i + step : hi);
    }
    sqlb_lit(e->q, ")");
}

static void emit_logic(struct fx_emit *e, const struct fx_node *n)
{
    emit_terms(e, n, 0, n->n);
}

/* `is not empty` has a form of its own, which an index knows; of the rest a
   null has to count as false first. */
static void emit_not(struct fx_emit *e, const struct fx_node *n)
{
    const struct fx_node *of = n->op == FX_OP_EMPTY ? n->args[0] : NULL;

    assert(of != NULL || n->op != FX_OP_EMPTY);
    if (of != NULL && of->type.kind != FX_LIST &&
        (of->type.kind != FX_TEXT || of->op == FX_OP_PATH)) {
        fx_emit_is_null(e, of, false);
        return;
    }
    sqlb_lit(e->q, "(NOT ((");
    fx_emit_cond(e, n);
    sqlb_lit(e->q, ") IS TRUE))");
}

static void emit_bool_field(struct fx_emit *e, const struct fx_node *n)
{
    struct fx_columns col = {.main = {STR_NONE}};
    struct fx_from *from = NULL;
    int alias;

    if (n->u.path.root != FX_ROOT_ROW) {
        fx_emit_path(e, n);
        return;
    }
    alias = fx_emit_alias(e, &n->u.path, n->u.path.n - 1, &from);
    if (alias < 0)
        return;
    from->tables->columns(from->tables->ctx, n->u.path.handles[n->u.path.n - 1],
                          &col);
    sqlb_bool_is(e->q, alias, col.main, true);
}

void fx_emit_cond(struct fx_emit *e, const struct fx_node *n)
{
    struct value v = VALUE_NULL;

    if (fx_emit_known(e, n, &v)) {
        v = value_bool(v.kind == V_BOOL && v.u.b);
        fx_emit_bind(e, &n->type, &v);
        return;
    }
    if (e->rc != RC_OK)
        return;
    switch ((int)n->op) {
    case FX_OP_EQ:
    case FX_OP_NE:
        if (!fx_emit_isolated(e, n))
            emit_equal(e, n->args[0], n->args[1], n->op == FX_OP_EQ);
        return;
    case FX_OP_LT:
    case FX_OP_LE:
    case FX_OP_GT:
    case FX_OP_GE:
        if (!fx_emit_isolated(e, n))
            emit_order(e, n);
        return;
    case FX_OP_AND:
    case FX_OP_OR:
        emit_logic(e, n);
        return;
    case FX_OP_NOT:
        emit_not(e, n->args[0]);
        return;
    case FX_OP_IN:
        emit_in(e, n);
        return;
    case FX_OP_IN_LIST:
        emit_in_list(e, n);
        return;
    case FX_OP_EMPTY:
        emit_empty(e, n->args[0]);
        return;
    case FX_OP_CALL:
        emit_call(e, n);
        return;
    case FX_OP_AGG:
        if (n->u.agg.kind == FX_AGG_EXISTS)
            fx_emit_in_agg(e, NULL, n);
        else
            fx_emit_agg(e, n);
        return;
    case FX_OP_PATH:
        emit_bool_field(e, n);
        return;
    default: /* if, coalesce: a boolean value */
        fx_emit_value(e, n);
        return;
    }
}
