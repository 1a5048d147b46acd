/*
 * fx - compile, and what one may ask of a compiled expression.
 */
#include "fx/fx.h"

#include "base/buf.h"
#include "base/limits.h"
#include "fx/fx_check.h"

/* The root says it all: what it needs, its children need. */
static enum rc check_use(const struct fx_opts *opts, const struct fx_node *root,
                         const struct fx_expr *x, struct fx_fault *fault)
{
    const struct fx_node *at = root->no_sql_at;

    if (!(opts->use & FX_USE_FILTER) || !root->no_sql)
        return RC_OK;
    return fx_fault_set(
        fault, RC_INVALID, "F220", at->at, at->length,
        "\"%.*s\" cannot be used in a filter: %s.",
        STR_ARG(str_sub(x->source, at->at, at->length > 60 ? 60 : at->length)),
        root->no_sql);
}

static bool copy_params(struct fx_expr *x, const struct fx_opts *opts,
                        struct arena *a)
{
    struct fx_param *params =
        ARENA_ARRAY(a, struct fx_param, opts->n_params + 1);

    if (!params)
        return false;
    for (size_t i = 0; i < opts->n_params; i++) {
        params[i] = opts->params[i];
        params[i].name = str_copy(a, params[i].name);
        if (!params[i].name.p)
            return false;
    }
    x->params = params;
    x->n_params = opts->n_params;
    return true;
}

enum rc fx_compile(struct str source, const struct fx_opts *opts,
                   struct arena *a, const struct fx_expr **out,
                   struct fx_fault *fault)
{
    struct fx_fault unused = {.code = ""};
    struct fx_expr *x = ARENA_NEW(a, struct fx_expr);
    struct fx_scope scope = {.entity = opts->entity};
    struct fx_check c = {.opts = opts,
                         .schema = opts->schema,
                         .arena = a,
                         .x = x,
                         .fault = fault ? fault : &unused,
                         .scope = &scope,
                         .rc = RC_OK};
    const struct fx_node *root;
    struct fx_syn *s = NULL;
    enum rc rc;

    if (!x ||
        (source.n <= LIMIT_FX_BYTES &&
         (!(x->source = str_copy(a, source)).p || !copy_params(x, opts, a))))
        return RC_NOMEM;
    x->schema = opts->schema;
    rc = fx_parse(source.n <= LIMIT_FX_BYTES ? x->source : source,
                  opts->max_nodes, a, &s, c.fault);
    if (rc != RC_OK)
        return rc;
    root = fx_check_syn(&c, s);
    if (root && opts->want)
        root = fx_fit(&c, root, opts->want, "The result must be");
    if (c.rc != RC_OK || !root)
        return c.rc != RC_OK ? c.rc : RC_NOMEM;
    if (root->type.kind == FX_LIST && root->op == FX_OP_AGG)
        fx_no_sql(root, "a list is not one value");
    rc = check_use(opts, root, x, c.fault);
    if (rc != RC_OK)
        return rc;
    x->root = root;
    *out = x;
    return RC_OK;
}

const struct fx_node *fx_root(const struct fx_expr *x)
{
    return x->root;
}

struct str fx_source(const struct fx_expr *x)
{
    return x->source;
}

struct fx_type fx_result(const struct fx_expr *x)
{
    return x->root->type;
}

bool fx_is_constant(const struct fx_expr *x)
{
    return x->root->needs == 0;
}

bool fx_is_volatile(const struct fx_expr *x)
{
    return (x->root->needs & (FX_NEEDS_CLOCK | FX_NEEDS_USER |
                              FX_NEEDS_USER_ROW | FX_NEEDS_SEED)) != 0;
}

bool fx_has_sql(const struct fx_expr *x)
{
    return !x->root->no_sql;
}

size_t fx_as_path(const struct fx_expr *x, const void *const **handles)
{
    const struct fx_node *n = x->root;

    if (n->op != FX_OP_PATH || n->u.path.root != FX_ROOT_ROW)
        return 0;
    *handles = n->u.path.handles;
    return n->u.path.n;
}

size_t fx_reads(const struct fx_expr *x, const void *const **handles)
{
    *handles = x->reads;
    return x->n_reads;
}

enum rc fx_rename(const struct fx_expr *x, const void *handle, struct str name,
                  struct arena *a, struct str *out, struct err *err)
{
    struct buf b;
    size_t at = 0;
    enum rc rc;

    buf_init(&b, LIMIT_FX_BYTES * 2);
    /* Uses come in the order of checking, which is not always that of the
       text (an aggregate names its collection first): take the next one. */
    for (;;) {
        const struct fx_use_of *next = NULL;

        for (size_t i = 0; i < x->n_uses; i++) {
            const struct fx_use_of *u = &x->uses[i];

            if (u->handle == handle && u->at >= at &&
                (!next || u->at < next->at))
                next = u;
        }
        if (!next)
            break;
        buf_add(&b, str_sub(x->source, at, next->at - at));
        buf_add(&b, name);
        at = next->at + next->length;
    }
    buf_add(&b, str_sub(x->source, at, x->source.n - at));
    rc = buf_finish(&b, a, out, err);
    buf_release(&b);
    return rc;
}
