/*
 * fits - what may be picked for a ref: its filter, which says `this` for the
 * record that is being edited. That record is not in the tables yet, so its
 * members come with the request; what they lead to is read when it is asked
 * for. The save asks the same filter again (record/refs.c).
 */
#include "query/plan.h"

enum { SHOWN_BYTES = 60 };

/* A record in memory: the draft, the user, or what one of them refers to. */
struct row {
    const struct entity *e;
    int64_t id;
    const struct value *v; /* by field->index; NULL: nothing is known */
    bool is_read;
};

struct fits {
    struct query *q;
    struct fx_data data;
    struct row draft, user;
};

static enum rc no_memory(struct err *err)
{
    return FAIL(err, RC_NOMEM, "There is no memory to plan this query.");
}

static enum rc read_row(const struct query *q, struct row *r, struct err *err)
{
    struct query_record *found = NULL;
    size_t n = 0;
    enum rc rc = query_load(q->ctx.db, q->ctx.model, r->e, &r->id, 1,
                            q->ctx.arena, &found, &n, err);

    if (rc != RC_OK)
        return rc;
    r->is_read = true;
    r->v = n == 1 && !found->is_deleted ? found->v : NULL;
    return RC_OK;
}

/* What may not be read is null, as for a filter. */
static enum rc field_value(void *ctx, const void *row, const void *field,
                           struct value *out, struct err *err)
{
    struct fits *x = ctx;
    const struct row *r = row;
    const struct field *f = field;
    enum rc rc = RC_OK;

    if (row == &x->user && !x->user.is_read)
        rc = read_row(x->q, &x->user, err);
    if (rc != RC_OK)
        return rc;
    *out = r->v != NULL && f->entity == r->e &&
                   access_reads_field(x->q->ctx.who, f)
               ? r->v[f->index]
               : VALUE_NULL;
    return RC_OK;
}

/* As this principal reads: what a scope hides leads nowhere. */
static enum rc may_read(const struct query *q, const struct entity *e,
                        int64_t id, bool *out, struct err *err)
{
    struct query_spec spec = {
        .entity = e, .fields = STR("id"), .ids = &id, .n_ids = 1};
    struct query_count count = {0, true};
    struct query *plan = NULL;
    enum rc rc = query_plan(&q->ctx, &spec, &plan, err);

    *out = false;
    if (rc == RC_NOTFOUND || rc == RC_DENIED) {
        err_clear(err);
        return RC_OK;
    }
    if (rc == RC_OK)
        rc = query_count(plan, &count, err);
    *out = rc == RC_OK && count.value == 1;
    return rc;
}

static enum rc follow(void *ctx, const void *row, const void *ref_field,
                      const void **out, struct err *err)
{
    struct fits *x = ctx;
    const struct field *f = ref_field;
    struct value v = VALUE_NULL;
    struct row *next;
    bool may = false;
    enum rc rc = field_value(ctx, row, ref_field, &v, err);

    *out = NULL;
    if (rc != RC_OK || v.kind != V_REF || f->n_targets != 1)
        return rc;
    rc = may_read(x->q, f->targets[0], v.u.i, &may, err);
    if (rc != RC_OK || !may)
        return rc;
    next = ARENA_NEW(x->q->ctx.arena, struct row);
    if (next == NULL)
        return no_memory(err);
    *next = (struct row){.e = f->targets[0], .id = v.u.i};
    rc = read_row(x->q, next, err);
    if (rc == RC_OK && next->v != NULL)
        *out = next;
    return rc;
}

/* A filter of SQL asks for no collection of a record in memory. */
static enum rc no_children(void *ctx, const void *row, const void *collection,
                           const void *const **rows, size_t *n, struct err *err)
{
    (void)ctx;
    (void)row;
    (void)collection;
    (void)err;
    *rows = NULL;
    *n = 0;
    return RC_OK;
}

/* --- the request ------------------------------------------------------------ */

/* Somebody is typing: a member that is no value yet is one that is not there. */
static enum rc take_member(const struct query *q, const struct field *f,
                           const struct json *v, struct value *out,
                           struct err *err)
{
    struct issues unsaid;
    struct field_in in = {
        .model = q->ctx.model, .arena = q->ctx.arena, .issues = &unsaid};
    struct value value = VALUE_NULL;
    enum rc rc;

    issues_init(&unsaid, q->ctx.arena);
    rc = f->type->parse_json(&in, f, v, &value);
    if (rc == RC_NOMEM)
        return no_memory(err);
    if (rc == RC_OK)
        *out = value;
    return RC_OK;
}

static enum rc read_tree(struct query *q, struct str text,
                         const struct json **out, struct err *err)
{
    enum rc rc = json_parse(text, q->ctx.arena, out, NULL);

    if (rc == RC_NOMEM)
        return no_memory(err);
    if (rc != RC_OK || (*out)->kind != JSON_OBJECT)
        return plan_reject(q, STR("draft"), "wrong_type",
                           "\"draft\" is the record that is being edited, an "
                           "object: {\"account\":\"...\"}.");
    return RC_OK;
}

static enum rc take_draft(struct query *q, const struct entity *e,
                          struct str text, struct row *out, struct err *err)
{
    struct value *v = ARENA_ARRAY(q->ctx.arena, struct value, e->n_fields + 1);
    const struct json *tree = NULL;
    size_t i;
    enum rc rc = RC_OK;

    if (v == NULL)
        return no_memory(err);
    *out = (struct row){.e = e, .v = v, .is_read = true};
    if (text.n > 0)
        rc = read_tree(q, text, &tree, err);
    for (i = 0; rc == RC_OK && tree != NULL && i < tree->u.object.n; i++) {
        const struct json_member *m = &tree->u.object.v[i];
        const struct field *f = entity_field(e, m->key);

        if (f == NULL || !access_reads_field(q->ctx.who, f))
            rc = plan_reject(q, STR("draft"), "unknown_field",
                             "%.*s has no field \"%.*s\".", STR_ARG(e->qname),
                             STR_ARG(str_sub(m->key, 0, SHOWN_BYTES)));
        else
            rc = take_member(q, f, &m->value, &v[f->index], err);
    }
    return rc;
}

/* "crm:deal.contact": the field that is being filled. */
static const struct field *field_named(const struct query *q, struct str name)
{
    ptrdiff_t colon = str_chr(name, ':'), dot;
    const struct entity *e;
    const struct field *f;

    if (colon < 0)
        return NULL;
    dot = str_chr(str_sub(name, (size_t)colon, name.n), '.');
    if (dot < 0)
        return NULL;
    dot += colon;
    e = model_entity(q->ctx.model, str_sub(name, 0, (size_t)dot));
    f = e != NULL && access_sees(q->ctx.who, e)
            ? entity_field(e, str_sub(name, (size_t)dot + 1, name.n))
            : NULL;
    return f != NULL && access_reads_field(q->ctx.who, f) ? f : NULL;
}

enum rc plan_fits(struct query *q, struct str name, struct str draft,
                  struct err *err)
{
    const struct field *f = field_named(q, name);
    struct fits *x;
    enum rc rc;

    if (f == NULL)
        return plan_reject(q, STR("fits"), "unknown_field",
                           "\"fits\" names the field to fill, like "
                           "\"crm:deal.contact\"; there is no \"%.*s\".",
                           STR_ARG(str_sub(name, 0, SHOWN_BYTES)));
    if (!(f->type->traits & FIELD_POINTS) || f->n_targets != 1 ||
        f->targets[0] != q->entity)
        return plan_reject(
            q, STR("fits"), "not_a_link", "\"%.*s\" does not refer to %.*s.",
            STR_ARG(str_sub(name, 0, SHOWN_BYTES)), STR_ARG(q->entity->qname));
    x = ARENA_NEW(q->ctx.arena, struct fits);
    if (x == NULL)
        return no_memory(err);
    *x = (struct fits){
        .q = q, .user = {.e = q->ctx.model->user, .id = q->ctx.who->user}};
    x->data = (struct fx_data){
        .ctx = x,
        .field = field_value,
        .follow = follow,
        .children = no_children,
        .user = x->user.id != 0 && x->user.e != NULL ? &x->user : NULL};
    rc = take_draft(q, f->entity, draft, &x->draft, err);
    if (rc != RC_OK)
        return rc;
    q->fits.filter = f->filter;
    q->fits.data = &x->data;
    q->fits.draft = &x->draft;
    return RC_OK;
}
