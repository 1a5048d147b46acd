/* plan - names and fx of a request to joined columns. See plan.h, query.h. */
#include "query/plan.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"

enum { REJECT_BYTES = 400, PATH_MAX_REFS = 4 };

enum rc plan_reject_(struct query *q, struct str param, const char *code,
                     const char *fmt, ...)
{
    char text[REJECT_BYTES];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    issues_add(q->ctx.issues, param, code, "%s", text);
    return RC_INVALID;
}

static enum rc no_memory(struct err *err)
{
    return FAIL(err, RC_NOMEM, "There is no memory to plan this query.");
}

enum rc plan_touch(struct query *q, const struct entity *e, struct err *err)
{
    size_t i;

    for (i = 0; i < q->touched.n; i++) {
        if (q->touched.v[i] == e)
            return RC_OK;
    }
    if (!VEC_PUSH(q->ctx.arena, &q->touched, e))
        return no_memory(err);
    return RC_OK;
}

enum rc plan_begin(const struct query_ctx *ctx, const struct entity *e,
                   struct query **out, struct err *err)
{
    struct query *q;

    if (e == NULL || !access_sees(ctx->who, e))
        return FAIL(err, RC_NOTFOUND, "There is no such entity.");
    if (!access_may(ctx->who, ACCESS_READ, e))
        return FAIL(err, RC_DENIED, "You may not read %.*s.",
                    STR_ARG(e->qname));
    q = ARENA_NEW(ctx->arena, struct query);
    if (q == NULL)
        return no_memory(err);
    q->ctx = *ctx;
    q->entity = e;
    access_tables_init(&q->tables, ctx->who, ctx->model);
    fx_from_init(&q->from, &ctx->model->schema, &q->tables.tables, e, 0,
                 ctx->arena);
    *out = q;
    return plan_touch(q, e, err);
}

/* --- paths ------------------------------------------------------------------- */

/* What may be read and is there; a hidden field is like none. */
static const struct field *visible_field(const struct query *q,
                                         const struct entity *e,
                                         struct str name)
{
    const struct field *f = entity_field(e, name);

    return f != NULL && access_reads_field(q->ctx.who, f) ? f : NULL;
}

static enum rc unknown_field(struct query *q, struct str param,
                             const struct entity *e, struct str name)
{
    struct str near = entity_suggest(e, name);

    if (near.n > 0)
        return plan_reject(q, param, "unknown_field",
                           "%.*s has no field \"%.*s\"; did you mean \"%.*s\"?",
                           STR_ARG(e->qname), (int)(name.n > 60 ? 60 : name.n),
                           name.p, STR_ARG(near));
    return plan_reject(q, param, "unknown_field", "%.*s has no field \"%.*s\".",
                       STR_ARG(e->qname), (int)(name.n > 60 ? 60 : name.n),
                       name.p);
}

enum rc plan_path(struct query *q, struct str param, struct str path,
                  const struct field ***refs, size_t *n_refs,
                  const struct field **field, struct err *err)
{
    const struct field **steps =
        ARENA_ARRAY(q->ctx.arena, const struct field *, PATH_MAX_REFS);
    const struct entity *e = q->entity;
    struct str rest = path, part;
    size_t n = 0;

    if (steps == NULL)
        return no_memory(err);
    while (str_split(&rest, '.', &part)) {
        const struct field *f = visible_field(q, e, part);

        if (f == NULL)
            return unknown_field(q, param, e, part);
        if (rest.p == NULL || rest.n == 0) {
            *refs = steps;
            *n_refs = n;
            *field = f;
            return RC_OK;
        }
        if (n == PATH_MAX_REFS)
            return plan_reject(q, param, "path_too_long",
                               "A path follows at most %d links.",
                               PATH_MAX_REFS);
        if (!(f->type->traits & FIELD_POINTS) || f->n_targets != 1 ||
            !access_sees(q->ctx.who, f->targets[0]))
            return plan_reject(q, param, "not_a_link",
                               "\"%.*s\" is no link to one entity, so nothing "
                               "can follow it.",
                               STR_ARG(part));
        steps[n++] = f;
        e = f->targets[0];
    }
    return plan_reject(q, param, "unknown_field", "A name is missing.");
}

enum rc plan_join(struct query *q, const struct field *const *refs, size_t n,
                  int *alias, struct err *err)
{
    const void *handles[PATH_MAX_REFS];
    size_t i;
    enum rc rc;

    if (n == 0) {
        *alias = 0;
        return RC_OK;
    }
    for (i = 0; i < n; i++) {
        handles[i] = refs[i];
        rc = plan_touch(q, refs[i]->targets[0], err);
        if (rc != RC_OK)
            return rc;
    }
    return fx_from_path(&q->from, handles, n, alias, err);
}

/* --- filters ------------------------------------------------------------------ */

/* Entities and fields an expression reads, against what may be read. */
static enum rc check_reads(struct query *q, const struct fx_expr *x,
                           const struct field **hidden, struct err *err)
{
    const void *const *handles = NULL;
    size_t n = fx_reads(x, &handles), i, k;
    enum rc rc = RC_OK;

    *hidden = NULL;
    for (i = 0; rc == RC_OK && i < n; i++) {
        const struct field *f = handles[i];

        if (!access_reads_field(q->ctx.who, f) ||
            !access_sees(q->ctx.who, f->entity))
            *hidden = f;
        rc = plan_touch(q, f->entity, err);
        for (k = 0; rc == RC_OK && k < f->n_targets; k++)
            rc = plan_touch(q, f->targets[k], err);
    }
    return rc;
}

enum rc plan_filter(struct query *q, struct str param, struct str source,
                    const struct fx_expr **out, struct err *err)
{
    static const struct fx_type WANT = {.kind = FX_BOOL};
    struct fx_opts opts = {.schema = &q->ctx.model->schema,
                           .entity = q->entity,
                           .use = FX_USE_FILTER,
                           .want = &WANT,
                           .max_nodes = LIMIT_FILTER_NODES};
    const struct field *hidden = NULL;
    const struct fx_expr *x = NULL;
    struct fx_fault fault = {.code = "F200"};
    enum rc rc = fx_compile(source, &opts, q->ctx.arena, &x, &fault);

    if (rc == RC_NOMEM)
        return no_memory(err);
    if (rc != RC_OK)
        return plan_reject(q, param, "invalid_fx", "fx:1:%u %s", fault.at + 1,
                           fault.text);
    rc = check_reads(q, x, &hidden, err);
    if (rc != RC_OK)
        return rc;
    if (hidden != NULL)
        return unknown_field(q, param, hidden->entity, hidden->name);
    *out = x;
    return RC_OK;
}

/* --- columns -------------------------------------------------------------------- */

static enum rc add_col(struct query *q, struct str path,
                       const struct field *const *refs, size_t n_refs,
                       const struct field *f, struct err *err)
{
    struct col c = {.pub = {path, f, -1}};
    size_t i;
    enum rc rc;

    for (i = 0; i < q->cols.n; i++) {
        if (str_eq(q->cols.v[i].pub.path, path))
            return RC_OK; /* named twice */
    }
    rc = plan_join(q, refs, n_refs, &c.alias, err);
    if (rc != RC_OK)
        return rc;
    assert(f != NULL);
    c.key = f->name;
    if (!VEC_PUSH(q->ctx.arena, &q->cols, c))
        return no_memory(err);
    return RC_OK;
}

static int find_expansion(const struct query *q, struct str path)
{
    size_t i;

    for (i = 0; i < q->expansions.n; i++) {
        if (str_eq(q->expansions.v[i].path, path))
            return (int)i;
    }
    return -1;
}

/* The expansion of each ref of the path, from the root on. */
static enum rc expand_refs(struct query *q, struct str path,
                           const struct field *const *refs, size_t n, int *out,
                           struct err *err)
{
    int parent = -1;
    size_t i, end = 0;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < n; i++) {
        struct expansion x = {.key = refs[i]->name, .ref = refs[i]};
        int found;

        while (end < path.n && path.p[end] != '.')
            end++;
        x.path = str_sub(path, 0, end++);
        found = find_expansion(q, x.path);
        if (found >= 0) {
            parent = found;
            continue;
        }
        x.parent = parent;
        if (refs[i]->n_targets == 1 &&
            !str_is(str_c(refs[i]->type->name), "anyref")) {
            x.target = refs[i]->targets[0];
            rc = plan_join(q, refs, i + 1, &x.alias, err);
            if (rc == RC_OK)
                rc = plan_title(q, x.target, x.alias, x.target->title, &x.from,
                                err);
            x.title = x.target->title;
        } else {
            rc = plan_join(q, refs, i, &x.alias, err);
        }
        if (rc == RC_OK && !VEC_PUSH(q->ctx.arena, &q->expansions, x))
            rc = no_memory(err);
        parent = (int)q->expansions.n - 1;
    }
    *out = parent;
    return rc;
}

static enum rc plan_fields(struct query *q, struct str fields, struct err *err)
{
    struct str rest = fields, item;
    const struct field **refs = NULL, *f = NULL;
    size_t n_refs = 0, i;
    enum rc rc = RC_OK, first = RC_OK;

    if (str_trim(fields).n == 0) {
        q->all_fields = true;
        for (i = 0; rc == RC_OK && i < q->entity->n_fields; i++) {
            f = q->entity->fields[i];
            if (access_reads_field(q->ctx.who, f))
                rc = add_col(q, f->name, NULL, 0, f, err);
        }
        return rc;
    }
    while (str_split(&rest, ',', &item)) {
        item = str_trim(item);
        rc = plan_path(q, STR("fields"), item, &refs, &n_refs, &f, err);
        if (rc == RC_OK)
            rc = add_col(q, item, refs, n_refs, f, err);
        if (rc == RC_OK && n_refs > 0) {
            int at = -1;

            rc = expand_refs(q, item, refs, n_refs, &at, err);
            q->cols.v[q->cols.n - 1].pub.expand = at;
        }
        if (rc != RC_OK && rc != RC_INVALID)
            return rc;
        if (rc != RC_OK)
            first = rc; /* collect every unknown name */
    }
    return first;
}

static enum rc plan_expand(struct query *q, struct str expand, struct err *err)
{
    struct str rest = expand, item;
    const struct field **refs = NULL, *f = NULL;
    size_t n_refs = 0;
    enum rc rc, first = RC_OK;

    if (str_trim(expand).n == 0)
        return RC_OK;
    while (str_split(&rest, ',', &item)) {
        int at;

        item = str_trim(item);
        rc = plan_path(q, STR("expand"), item, &refs, &n_refs, &f, err);
        if (rc == RC_OK && (f == NULL || !(f->type->traits & FIELD_POINTS)))
            rc = plan_reject(q, STR("expand"), "not_a_link",
                             "\"%.*s\" is no link to a record.", STR_ARG(item));
        if (rc == RC_OK && n_refs == PATH_MAX_REFS)
            rc = plan_reject(q, STR("expand"), "path_too_long",
                             "A path follows at most %d links.",
                             PATH_MAX_REFS - 1);
        if (rc == RC_OK) {
            refs[n_refs] = f;
            rc = expand_refs(q, item, refs, n_refs + 1, &at, err);
        }
        if (rc != RC_OK && rc != RC_INVALID)
            return rc;
        if (rc != RC_OK)
            first = rc;
    }
    return first;
}

/* --- the whole ------------------------------------------------------------------- */

/* Where each column stands in the SELECT: after id and rev. */
static enum rc number_columns(struct query *q, struct err *err)
{
    int at = 2;
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < q->cols.n; i++) {
        struct col *c = &q->cols.v[i];
        struct field_column columns[FIELD_MAX_COLUMNS];

        c->first = at;
        at += (int)c->pub.field->type->columns(c->pub.field, columns);
        if (str_is(str_c(c->pub.field->type->name), "file")) {
            c->file_first = at;
            at += 3;
        }
        if (!VEC_PUSH(q->ctx.arena, &q->public_cols, c->pub))
            rc = no_memory(err);
    }
    for (i = 0; i < q->expansions.n; i++) {
        q->expansions.v[i].first = at;
        at += 2;
    }
    q->n_select = at;
    return rc;
}

static enum rc add_from(struct query *q, const struct fx_expr *x,
                        struct err *err)
{
    return x == NULL ? RC_OK : fx_from_expr(&q->from, x, err);
}

enum rc plan_end(struct query *q, struct err *err)
{
    enum rc rc = add_from(q, q->filter, err);

    if (rc == RC_OK)
        rc = add_from(q, q->also, err);
    if (rc == RC_OK)
        rc = add_from(q, q->fits.filter, err);
    if (rc == RC_OK)
        rc = access_grant(q->ctx.who, q->ctx.model, q->touched.v, q->touched.n,
                          q->ctx.arena, &q->grant, err);
    return rc == RC_OK ? past_prepare(q, err) : rc;
}

static bool worse(enum rc rc)
{
    return rc != RC_OK && rc != RC_INVALID;
}

/* The search box and the field that is being filled. */
static enum rc plan_picks(struct query *q, const struct query_spec *spec,
                          struct err *err)
{
    const struct field *hidden;
    enum rc rc = plan_find(q, spec->q, err), more = RC_OK;

    if (worse(rc))
        return rc;
    if (spec->fits.n > 0)
        more = plan_fits(q, spec->fits, spec->draft, err);
    else if (spec->draft.n > 0)
        more = plan_reject(q, STR("draft"), "without_fits",
                           "\"draft\" goes with \"fits\", which names the "
                           "field to fill.");
    if (more == RC_OK && q->fits.filter != NULL)
        more = check_reads(q, q->fits.filter, &hidden, err);
    return rc == RC_OK ? more : rc;
}

/* Everything that names something is checked, so that all faults come at once. */
static enum rc plan_names(struct query *q, const struct query_spec *spec,
                          struct err *err)
{
    const struct field *hidden;
    enum rc rc, all = RC_OK;

    rc = plan_fields(q, spec->fields, err);
    if (worse(rc))
        return rc;
    all = rc;
    rc = plan_expand(q, spec->expand, err);
    if (worse(rc))
        return rc;
    all = rc != RC_OK ? rc : all;
    rc = plan_sort(q, spec->sort, err);
    if (worse(rc))
        return rc;
    all = rc != RC_OK ? rc : all;
    if (str_trim(spec->filter).n > 0) {
        rc = plan_filter(q, STR("filter"), spec->filter, &q->filter, err);
        if (worse(rc))
            return rc;
        all = rc != RC_OK ? rc : all;
    }
    q->also = spec->also;
    if (q->also != NULL) {
        rc = check_reads(q, q->also, &hidden, err);
        if (rc != RC_OK)
            return rc;
    }
    rc = plan_picks(q, spec, err);
    return worse(rc) || all == RC_OK ? rc : all;
}

/* File fields are answered with name, size and type of the file. */
static enum rc join_files(struct query *q, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < q->cols.n; i++) {
        struct col *c = &q->cols.v[i];
        const struct field **refs = NULL, *f = NULL;
        size_t n_refs = 0;

        if (!str_is(str_c(c->pub.field->type->name), "file"))
            continue;
        rc = plan_path(q, STR("fields"), c->pub.path, &refs, &n_refs, &f, err);
        if (rc == RC_OK && n_refs < PATH_MAX_REFS) {
            refs[n_refs] = f;
            rc = plan_join(q, refs, n_refs + 1, &c->file_alias, err);
        }
    }
    return rc;
}

enum rc query_plan(const struct query_ctx *ctx, const struct query_spec *spec,
                   struct query **out, struct err *err)
{
    struct query *q = NULL;
    enum rc rc = plan_begin(ctx, spec->entity, &q, err);

    if (rc != RC_OK)
        return rc;
    if (spec->limit < 0 || spec->limit > LIMIT_PAGE) {
        (void)plan_reject(q, STR("limit"), "out_of_range", "limit is 1 to %d.",
                          LIMIT_PAGE);
        rc = RC_INVALID;
    }
    q->limit = spec->limit == 0 ? LIMIT_PAGE_DEFAULT : spec->limit;
    q->deleted = spec->deleted;
    q->ids = spec->ids;
    q->n_ids = spec->n_ids;
    q->signature =
        str_fmt(ctx->arena, "%.*s|%lld|%.*s|%.*s|%d|%.*s|%.*s|%.*s|%lld",
                STR_ARG(spec->entity->qname), (long long)ctx->who->user,
                STR_ARG(spec->filter), STR_ARG(spec->sort), (int)spec->deleted,
                STR_ARG(spec->q), STR_ARG(spec->fits), STR_ARG(spec->draft),
                (long long)past_at(q));
    if (q->signature.p == NULL)
        return no_memory(err);
    {
        enum rc names = plan_names(q, spec, err);

        if (names != RC_OK)
            rc = worse(names) || rc == RC_OK ? names : rc;
    }
    if (rc == RC_OK)
        rc = join_files(q, err);
    if (rc == RC_OK)
        rc = plan_end(q, err);
    if (rc == RC_OK)
        rc = number_columns(q, err);
    if (rc == RC_OK && spec->cursor.n > 0)
        rc = cursor_read(q, spec->cursor, err);
    if (rc == RC_INVALID && (err == NULL || err->rc == RC_OK))
        (void)FAIL(err, RC_INVALID, "The request names something unknown.");
    if (rc == RC_OK)
        *out = q;
    return rc;
}

size_t query_columns(const struct query *q, const struct query_column **out)
{
    *out = q->public_cols.v;
    return q->public_cols.n;
}
