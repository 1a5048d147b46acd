/*
 * fx_eval_agg - aggregates over the children of a row in memory.
 */
#include "fx/fx_num.h"
#include "fx/fx_run.h"

struct total {
    struct value *list;
    size_t n; /* values that are not null */
    size_t rows;
    int64_t sum;
    double fsum;
    struct value best, first, last;
};

static enum rc add(struct fx_run *r, const struct fx_node *n,
                   const struct value *v, struct total *t)
{
    enum fx_agg_kind kind = n->u.agg.kind;

    if (t->rows++ == 0)
        t->first = *v;
    t->last = *v;
    if (v->kind == V_NULL)
        return RC_OK;
    if (t->list)
        t->list[t->n] = *v;
    t->n++;
    if (kind == FX_AGG_SUM || kind == FX_AGG_AVG) {
        if (v->kind == V_FLOAT)
            t->fsum += v->u.f;
        else if (!fx_add(t->sum, v->u.i, &t->sum))
            return fx_overflow(r, n);
    }
    if ((kind == FX_AGG_MIN || kind == FX_AGG_MAX) &&
        (t->best.kind == V_NULL ||
         (kind == FX_AGG_MIN ? fx_order(v, &t->best) < 0
                             : fx_order(v, &t->best) > 0)))
        t->best = *v;
    return RC_OK;
}

static enum rc average(struct fx_run *r, const struct fx_node *n,
                       const struct total *t, struct value *out)
{
    int64_t v = 0;

    if (t->n == 0)
        *out = VALUE_NULL;
    else if (n->type.kind == FX_FLOAT)
        *out = (struct value){.kind = V_FLOAT, .u.f = t->fsum / (double)t->n};
    else if (!fx_divide(t->sum, fx_scale(&n->u.agg.arg->type), (int64_t)t->n, 0,
                        fx_scale(&n->type), &v))
        return fx_overflow(r, n);
    else
        *out = fx_value_of(&n->type, v);
    return RC_OK;
}

static enum rc finish(struct fx_run *r, const struct fx_node *n,
                      const struct total *t, struct value *out)
{
    switch (n->u.agg.kind) {
    case FX_AGG_COUNT:
        *out = value_int((int64_t)(n->u.agg.arg ? t->n : t->rows));
        break;
    case FX_AGG_EXISTS:
        *out = value_bool((n->u.agg.arg ? t->n : t->rows) > 0);
        break;
    case FX_AGG_SUM:
        *out = n->type.kind == FX_FLOAT
                   ? (struct value){.kind = V_FLOAT, .u.f = t->fsum}
                   : fx_value_of(&n->type, t->sum);
        break;
    case FX_AGG_AVG:
        return average(r, n, t, out);
    case FX_AGG_MIN:
    case FX_AGG_MAX:
        *out = t->best;
        break;
    case FX_AGG_FIRST:
        *out = t->first;
        break;
    case FX_AGG_LAST:
        *out = t->last;
        break;
    case FX_AGG_LIST:
        *out =
            (struct value){.kind = V_LIST, .u.list = {.v = t->list, .n = t->n}};
        break;
    }
    return RC_OK;
}

static enum rc each(struct fx_run *r, const struct fx_node *n,
                    const void *const *rows, size_t n_rows, struct total *t)
{
    const struct fx_agg *agg = &n->u.agg;
    struct fx_level level = {.outer = r->level};
    enum rc rc = RC_OK;

    // cppcheck-suppress autoVariables ; taken back before the return
    r->level = &level;
    for (size_t i = 0; i < n_rows && rc == RC_OK; i++) {
        struct value v = value_bool(true);
        bool is_in = true;

        level.row = rows[i];
        if (agg->where)
            rc = fx_run_bool(r, agg->where, &is_in);
        if (rc != RC_OK || !is_in)
            continue;
        if (agg->arg)
            rc = fx_run_node(r, agg->arg, &v);
        if (rc == RC_OK)
            rc = add(r, n, &v, t);
    }
    r->level = level.outer;
    return rc;
}

enum rc fx_run_agg(struct fx_run *r, const struct fx_node *n, struct value *out)
{
    const struct fx_agg *agg = &n->u.agg;
    const struct fx_data *d = r->frame->data;
    const void *owner = NULL, *const *rows = NULL;
    struct total t = {.sum = 0};
    size_t n_rows = 0;
    enum rc rc = fx_run_owner(r, &agg->owner, agg->owner.n, &owner);

    if (rc == RC_OK && owner)
        rc =
            d->children(d->ctx, owner, agg->collection, &rows, &n_rows, r->err);
    if (rc != RC_OK)
        return rc;
    if (agg->kind == FX_AGG_LIST) {
        t.list = ARENA_ARRAY(r->frame->arena, struct value, n_rows + 1);
        if (!t.list)
            return FAIL(r->err, RC_NOMEM, "There is not enough memory.");
    }
    rc = each(r, n, rows, n_rows, &t);
    return rc == RC_OK ? finish(r, n, &t, out) : rc;
}
