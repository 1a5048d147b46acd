/*
 * fx_eval - operators over rows in memory; arithmetic is in fx_eval_num.c,
 * calls are in fx_eval_fn.c, aggregates in fx_eval_agg.c.
 *
 * Types were settled when the expression was compiled, so a value's integer is
 * taken as it is. What the rows deliver is checked once, where it enters.
 */
#include "fx/fx_eval.h"

#include "base/decimal.h"
#include "base/time.h"
#include "base/utf8.h"
#include "fx/fx_num.h"
#include "fx/fx_run.h"

enum rc fx_overflow(struct fx_run *r, const struct fx_node *n)
{
    struct str s =
        str_sub(r->x->source, n->at, n->length > 60 ? 60 : n->length);

    return FAIL(r->err, RC_LIMIT, "\"%.*s\" gives a number that is too large.",
                STR_ARG(s));
}

const struct tz *fx_zone(const struct fx_run *r)
{
    return r->frame->tz ? r->frame->tz : tz_utc();
}

struct value fx_value_of(const struct fx_type *t, int64_t i)
{
    static const enum value_kind KINDS[] = {
        [FX_NULL] = V_NULL, [FX_TEXT] = V_NULL,     [FX_INT] = V_INT,
        [FX_DEC] = V_DEC,   [FX_MONEY] = V_MONEY,   [FX_FLOAT] = V_NULL,
        [FX_BOOL] = V_NULL, [FX_DATE] = V_DATE,     [FX_INSTANT] = V_INSTANT,
        [FX_TIME] = V_TIME, [FX_DUR] = V_DUR,       [FX_CHOICE] = V_NULL,
        [FX_REF] = V_REF,   [FX_ANYREF] = V_ANYREF, [FX_LIST] = V_NULL,
        [FX_FILE] = V_REF};
    struct value v = {.kind = KINDS[t->kind], .u.i = i};

    if (v.kind == V_DEC || v.kind == V_MONEY)
        v.scale = (uint8_t)fx_scale(t);
    if (v.kind == V_MONEY)
        v.base = i;
    return v;
}

bool fx_same(const struct value *a, const struct value *b)
{
    if (a->kind == V_NULL || b->kind == V_NULL)
        return a->kind == b->kind;
    switch (a->kind) {
    case V_NULL:
        return true;
    case V_BOOL:
        return b->kind == V_BOOL && a->u.b == b->u.b;
    case V_FLOAT:
        return b->kind == V_FLOAT && !(a->u.f < b->u.f) && !(a->u.f > b->u.f);
    case V_TEXT:
        return b->kind == V_TEXT && str_eq(a->u.s, b->u.s);
    case V_INT:
    case V_DEC:
    case V_MONEY:
    case V_DATE:
    case V_INSTANT:
    case V_TIME:
    case V_DUR:
    case V_REF:
    case V_ANYREF:
        return b->kind != V_BOOL && b->kind != V_FLOAT && b->kind != V_TEXT &&
               b->kind != V_LIST && a->u.i == b->u.i;
    case V_LIST:
        return false; /* lists do not compare */
    }
    return false;
}

int fx_order(const struct value *a, const struct value *b)
{
    if (a->kind == V_FLOAT && b->kind == V_FLOAT)
        return (a->u.f > b->u.f) - (a->u.f < b->u.f);
    return (a->u.i > b->u.i) - (a->u.i < b->u.i);
}

/* --- rows ----------------------------------------------------------------- */

static const void *start_row(const struct fx_run *r, const struct fx_path *p)
{
    const struct fx_level *l = r->level;

    switch (p->root) {
    case FX_ROOT_ROW:
        for (unsigned i = 0; l && i < p->up; i++)
            l = l->outer;
        return l ? l->row : NULL;
    case FX_ROOT_OUTER:
        return r->frame->outer;
    case FX_ROOT_OLD:
        return r->frame->old;
    case FX_ROOT_USER:
        return r->frame->data ? r->frame->data->user : NULL;
    }
    return NULL;
}

static enum rc follow(struct fx_run *r, const struct fx_path *p, size_t n_refs,
                      const void **row)
{
    const struct fx_data *d = r->frame->data;

    for (size_t i = 0; i < n_refs && *row; i++) {
        const void *next = NULL;
        enum rc rc = d->follow(d->ctx, *row, p->handles[i], &next, r->err);

        if (rc != RC_OK)
            return rc;
        *row = next;
    }
    return RC_OK;
}

enum rc fx_run_owner(struct fx_run *r, const struct fx_path *p, size_t n_refs,
                     const void **row)
{
    const void *at = start_row(r, p);
    enum rc rc;

    if (at && !r->frame->data)
        return FAIL(r->err, RC_BUG,
                    "An expression needs rows it was not "
                    "given.");
    rc = follow(r, p, n_refs, &at);
    if (rc == RC_OK)
        *row = at;
    return rc;
}

/* What a row delivers has to be what the schema promised. */
static bool as_promised(const struct fx_type *t, struct value *v)
{
    int64_t i = v->u.i;

    switch (t->kind) {
    case FX_NULL:
        return v->kind == V_NULL;
    case FX_TEXT:
    case FX_CHOICE:
        return v->kind == V_TEXT;
    case FX_INT:
        return v->kind == V_INT;
    case FX_DEC:
        if (v->kind != V_DEC && v->kind != V_INT)
            return false;
        if (!fx_rescale(i, v->kind == V_INT ? 0 : v->scale, t->scale, &i))
            return false;
        *v = value_dec(i, t->scale);
        return true;
    case FX_MONEY:
        return v->kind == V_MONEY;
    case FX_FLOAT:
        return v->kind == V_FLOAT;
    case FX_BOOL:
        return v->kind == V_BOOL;
    case FX_DATE:
        return v->kind == V_DATE;
    case FX_INSTANT:
        return v->kind == V_INSTANT;
    case FX_TIME:
        return v->kind == V_TIME;
    case FX_DUR:
        return v->kind == V_DUR;
    case FX_REF:
    case FX_FILE:
        return v->kind == V_REF || (t->kind == FX_FILE && v->kind == V_LIST);
    case FX_ANYREF:
        return v->kind == V_ANYREF || v->kind == V_REF;
    case FX_LIST:
        return v->kind == V_LIST;
    }
    return false;
}

static enum rc check_value(struct fx_run *r, const struct fx_node *n,
                           struct value *v)
{
    if (v->kind == V_NULL || as_promised(&n->type, v))
        return RC_OK;
    return FAIL(r->err, RC_BUG,
                "\"%.*s\" has a value of another type than "
                "its field.",
                STR_ARG(str_sub(r->x->source, n->at, n->length)));
}

enum rc fx_run_field(struct fx_run *r, const struct fx_node *path,
                     const void *row, struct value *out)
{
    const struct fx_data *d = r->frame->data;
    const struct fx_path *p = &path->u.path;
    struct value v = VALUE_NULL;
    enum rc rc = RC_OK;

    if (row) {
        rc = d->field(d->ctx, row, p->handles[p->n - 1], &v, r->err);
        if (rc == RC_OK)
            rc = check_value(r, path, &v);
    }
    if (rc == RC_OK)
        *out = v;
    return rc;
}

static enum rc run_path(struct fx_run *r, const struct fx_node *n,
                        struct value *out)
{
    const void *row = NULL;
    enum rc rc = fx_run_owner(r, &n->u.path, n->u.path.n - 1, &row);

    return rc == RC_OK ? fx_run_field(r, n, row, out) : rc;
}

static enum rc run_param(struct fx_run *r, const struct fx_node *n,
                         struct value *out)
{
    struct value v =
        r->frame->params ? r->frame->params[n->u.param] : VALUE_NULL;
    enum rc rc = check_value(r, n, &v);

    if (rc == RC_OK)
        *out = v;
    return rc;
}

/* --- comparison and logic ------------------------------------------------- */

static enum rc run_pair(struct fx_run *r, const struct fx_node *n,
                        struct value *a, struct value *b)
{
    enum rc rc = fx_run_node(r, n->args[0], a);

    return rc == RC_OK ? fx_run_node(r, n->args[1], b) : rc;
}

static enum rc text_order(struct fx_run *r, const struct fx_node *n,
                          const struct value *a, const struct value *b,
                          int *out)
{
    bool ascii = fx_folds_ascii(n->args[0], n->args[1]);
    struct str ka, kb;
    enum rc rc =
        fx_fold(n->args[0], a->u.s, ascii, r->frame->arena, &ka, r->err);

    if (rc == RC_OK)
        rc = fx_fold(n->args[1], b->u.s, ascii, r->frame->arena, &kb, r->err);
    if (rc == RC_OK)
        *out = str_cmp(ka, kb);
    return rc;
}

static enum rc run_order(struct fx_run *r, const struct fx_node *n, bool *out)
{
    struct value a = VALUE_NULL, b = VALUE_NULL;
    int c = 0;
    enum rc rc = run_pair(r, n, &a, &b);

    if (rc != RC_OK || a.kind == V_NULL || b.kind == V_NULL) {
        *out = false;
        return rc;
    }
    if (a.kind == V_TEXT)
        rc = text_order(r, n, &a, &b, &c);
    else
        c = fx_order(&a, &b);
    *out = n->op == FX_OP_LT   ? c < 0
           : n->op == FX_OP_LE ? c <= 0
           : n->op == FX_OP_GT ? c > 0
                               : c >= 0;
    return rc;
}

static enum rc run_in(struct fx_run *r, const struct fx_node *n, bool *out)
{
    struct value a = VALUE_NULL, b = VALUE_NULL;
    enum rc rc = fx_run_node(r, n->args[0], &a);
    bool found = false;

    for (size_t i = 1; i < n->n && rc == RC_OK && !found; i++) {
        rc = fx_run_node(r, n->args[i], &b);
        found = rc == RC_OK && fx_same(&a, &b);
    }
    *out = found;
    return rc;
}

/* A list has no nulls, so null is in none. */
static enum rc run_in_list(struct fx_run *r, const struct fx_node *n, bool *out)
{
    struct value a = VALUE_NULL, list = VALUE_NULL;
    bool found = false;
    enum rc rc = run_pair(r, n, &a, &list);

    if (rc == RC_OK && a.kind != V_NULL && list.kind == V_LIST)
        for (size_t i = 0; i < list.u.list.n && !found; i++)
            found = fx_same(&a, &list.u.list.v[i]);
    *out = found;
    return rc;
}

static enum rc run_logic(struct fx_run *r, const struct fx_node *n, bool *out)
{
    bool is_and = n->op == FX_OP_AND, v = is_and;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < n->n && rc == RC_OK && v == is_and; i++)
        rc = fx_run_bool(r, n->args[i], &v);
    *out = v;
    return rc;
}

static enum rc run_condition(struct fx_run *r, const struct fx_node *n,
                             struct value *out)
{
    struct value a = VALUE_NULL, b = VALUE_NULL;
    bool v = false;
    enum rc rc;

    switch ((int)n->op) {
    case FX_OP_EQ:
    case FX_OP_NE:
        rc = run_pair(r, n, &a, &b);
        v = fx_same(&a, &b) == (n->op == FX_OP_EQ);
        break;
    case FX_OP_AND:
    case FX_OP_OR:
        rc = run_logic(r, n, &v);
        break;
    case FX_OP_NOT:
        rc = fx_run_bool(r, n->args[0], &v);
        v = !v;
        break;
    case FX_OP_IN:
        rc = run_in(r, n, &v);
        break;
    case FX_OP_IN_LIST:
        rc = run_in_list(r, n, &v);
        break;
    case FX_OP_EMPTY:
        rc = fx_run_node(r, n->args[0], &a);
        v = a.kind == V_NULL || (a.kind == V_TEXT && a.u.s.n == 0) ||
            (a.kind == V_LIST && a.u.list.n == 0);
        break;
    default:
        rc = run_order(r, n, &v);
        break;
    }
    if (rc == RC_OK)
        *out = value_bool(v);
    return rc;
}

/* --- the rest ------------------------------------------------------------- */

static enum rc run_cat(struct fx_run *r, const struct fx_node *n,
                       struct value *out)
{
    struct arena *a = r->frame->arena;
    struct str *parts = ARENA_ARRAY(a, struct str, n->n);
    size_t total = 0, at = 0;
    char *text;

    if (!parts)
        return FAIL(r->err, RC_NOMEM, "There is not enough memory.");
    for (size_t i = 0; i < n->n; i++) {
        struct value v = VALUE_NULL;
        enum rc rc = fx_run_node(r, n->args[i], &v);

        if (rc != RC_OK)
            return rc;
        parts[i] = v.kind == V_TEXT ? v.u.s : STR("");
        total += parts[i].n;
    }
    text = arena_alloc(a, total ? total : 1);
    if (!text)
        return FAIL(r->err, RC_NOMEM, "There is not enough memory.");
    for (size_t i = 0; i < n->n; i++) {
        if (parts[i].n)
            memcpy(text + at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    *out = value_text(str_of(text, total));
    return RC_OK;
}

static enum rc run_extreme(struct fx_run *r, const struct fx_node *n,
                           struct value *out)
{
    struct value best = VALUE_NULL, v = VALUE_NULL;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < n->n && rc == RC_OK; i++) {
        rc = fx_run_node(r, n->args[i], &v);
        if (rc != RC_OK || v.kind == V_NULL)
            continue;
        if (best.kind == V_NULL ||
            (n->op == FX_OP_MIN ? fx_order(&v, &best) < 0
                                : fx_order(&v, &best) > 0))
            best = v;
    }
    if (rc == RC_OK)
        *out = best;
    return rc;
}

static enum rc run_coalesce(struct fx_run *r, const struct fx_node *n,
                            struct value *out)
{
    struct value v = VALUE_NULL;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < n->n && rc == RC_OK && v.kind == V_NULL; i++)
        rc = fx_run_node(r, n->args[i], &v);
    if (rc == RC_OK)
        *out = v;
    return rc;
}

static enum rc run_if(struct fx_run *r, const struct fx_node *n,
                      struct value *out)
{
    bool is_true = false;
    enum rc rc = fx_run_bool(r, n->args[0], &is_true);

    return rc == RC_OK ? fx_run_node(r, n->args[is_true ? 1 : 2], out) : rc;
}

/* Inside an expression money is its base amount. */
static void to_base(struct value *v, const struct fx_type *t)
{
    if (v->kind == V_MONEY && v->cur[0])
        *v = fx_value_of(t, v->base);
}

enum rc fx_run_node(struct fx_run *r, const struct fx_node *n,
                    struct value *out)
{
    enum rc rc;

    switch (n->op) {
    case FX_OP_CONST:
        *out = n->u.constant;
        return RC_OK;
    case FX_OP_PARAM:
    case FX_OP_PATH:
        rc = n->op == FX_OP_PATH ? run_path(r, n, out) : run_param(r, n, out);
        if (rc == RC_OK && n->type.kind == FX_MONEY)
            to_base(out, &n->type);
        return rc;
    case FX_OP_NEG:
    case FX_OP_ADD:
    case FX_OP_SUB:
    case FX_OP_MUL:
    case FX_OP_DIV:
    case FX_OP_MOD:
        return fx_run_arithmetic(r, n, out);
    case FX_OP_CAST:
        return fx_run_cast(r, n, out);
    case FX_OP_LOCAL_DATE:
        return fx_run_local_date(r, n, out);
    case FX_OP_DATE_ADD:
        return fx_run_date_add(r, n, out);
    case FX_OP_CAT:
        return run_cat(r, n, out);
    case FX_OP_EQ:
    case FX_OP_NE:
    case FX_OP_LT:
    case FX_OP_LE:
    case FX_OP_GT:
    case FX_OP_GE:
    case FX_OP_AND:
    case FX_OP_OR:
    case FX_OP_NOT:
    case FX_OP_IN:
    case FX_OP_IN_LIST:
    case FX_OP_EMPTY:
        return run_condition(r, n, out);
    case FX_OP_IF:
        return run_if(r, n, out);
    case FX_OP_COALESCE:
        return run_coalesce(r, n, out);
    case FX_OP_MIN:
    case FX_OP_MAX:
        return run_extreme(r, n, out);
    case FX_OP_CALL:
        return fx_run_call(r, n, out);
    case FX_OP_AGG:
        return fx_run_agg(r, n, out);
    }
    return FAIL(r->err, RC_BUG, "An expression has an unknown part.");
}

enum rc fx_run_bool(struct fx_run *r, const struct fx_node *n, bool *out)
{
    struct value v = VALUE_NULL;
    enum rc rc = fx_run_node(r, n, &v);

    if (rc == RC_OK)
        *out = v.kind == V_BOOL && v.u.b;
    return rc;
}

enum rc fx_eval_node(const struct fx_expr *x, const struct fx_node *n,
                     const struct fx_frame *frame, struct value *out,
                     struct err *err)
{
    const struct fx_level level = {.row = frame->row};
    struct fx_run r = {.x = x, .frame = frame, .level = &level, .err = err};
    struct value v = VALUE_NULL;
    enum rc rc;

    /* Alone, a path gives money with its currency. */
    if (n->op == FX_OP_PATH)
        rc = run_path(&r, n, &v);
    else
        rc = fx_run_node(&r, n, &v);
    if (rc == RC_OK)
        *out = v;
    return rc;
}

enum rc fx_eval(const struct fx_expr *x, const struct fx_frame *frame,
                struct value *out, struct err *err)
{
    return fx_eval_node(x, x->root, frame, out, err);
}

enum rc fx_eval_bool(const struct fx_expr *x, const struct fx_frame *frame,
                     bool *out, struct err *err)
{
    struct value v = VALUE_NULL;
    enum rc rc;

    if (x->root->type.kind != FX_BOOL && x->root->type.kind != FX_NULL)
        return FAIL(err, RC_BUG, "An expression is no condition.");
    rc = fx_eval_node(x, x->root, frame, &v, err);
    if (rc == RC_OK)
        *out = v.kind == V_BOOL && v.u.b;
    return rc;
}
