/* json - lists and records as contract.md says. See query.h. */
#include "base/id.h"
#include "query/run.h"

/* What the renderer carries from row to row. */
struct render {
    struct json_w *w;
    int64_t rev;
    bool found;
};

static enum rc write_file(const struct col *c, struct db_stmt *st,
                          const struct value *v, struct json_w *w)
{
    json_obj_begin(w);
    json_kv_id(w, "id", v->u.i);
    json_kv(w, "name", db_col_str(st, c->file_first));
    json_kv_i64(w, "size", db_col_i64(st, c->file_first + 1));
    json_kv(w, "type", db_col_str(st, c->file_first + 2));
    json_obj_end(w);
    return RC_OK;
}

static enum rc write_col(struct query *q, const struct col *c,
                         struct db_stmt *st, struct json_w *w, struct err *err)
{
    struct value v = VALUE_NULL;
    enum rc rc = c->pub.field->type->load(c->pub.field, st, c->first,
                                          q->ctx.arena, &v, err);

    if (rc != RC_OK)
        return rc;
    json_key(w, c->key);
    if (c->file_first > 0 && v.kind != V_NULL)
        return write_file(c, st, &v, w);
    field_json(q->ctx.model, c->pub.field, &v, w);
    return RC_OK;
}

static bool has_children(const struct query *q, int parent)
{
    size_t i;

    for (i = 0; i < q->expansions.n; i++) {
        if (q->expansions.v[i].parent == parent)
            return true;
    }
    return false;
}

static enum rc write_expansions(struct query *q, int parent, struct db_stmt *st,
                                struct json_w *w, struct err *err);

/* {"entity","id","_title"}: which entity differs from row to row. */
static enum rc write_any(struct query *q, const struct expansion *x,
                         struct db_stmt *st, struct json_w *w, struct err *err)
{
    const struct entity *e =
        model_entity_no(q->ctx.model, (int)db_col_i64(st, x->first));
    int64_t id = db_col_i64(st, x->first + 1);
    struct str title = STR_NONE;
    enum rc rc;

    if (e == NULL) {
        json_w_null(w);
        return RC_OK;
    }
    rc = query_title(&q->ctx, e, id, &title, err);
    if (rc != RC_OK)
        return rc;
    json_obj_begin(w);
    json_kv(w, "entity", e->qname);
    json_kv_id(w, "id", id);
    json_kv(w, "_title", title);
    json_obj_end(w);
    return RC_OK;
}

static enum rc write_expansion(struct query *q, int at, struct db_stmt *st,
                               struct json_w *w, struct err *err)
{
    const struct expansion *x = &q->expansions.v[at];
    struct fx_type type;
    struct value title;
    size_t i;
    enum rc rc = RC_OK;

    json_key(w, x->key);
    if (x->target == NULL && !db_col_null(st, x->first + 1))
        return write_any(q, x, st, w, err);
    if (x->target == NULL || db_col_null(st, x->first)) {
        json_w_null(w);
        return RC_OK;
    }
    json_obj_begin(w);
    json_kv_id(w, "id", db_col_i64(st, x->first));
    type = fx_result(x->title);
    title = value_of_column(st, x->first + 1, &type);
    json_kv(w, "_title", value_plain(q->ctx.arena, &title));
    for (i = 0; rc == RC_OK && i < q->cols.n; i++) {
        if (q->cols.v[i].pub.expand == at)
            rc = write_col(q, &q->cols.v[i], st, w, err);
    }
    if (rc == RC_OK)
        rc = write_expansions(q, at, st, w, err);
    json_obj_end(w);
    return rc;
}

static enum rc write_expansions(struct query *q, int parent, struct db_stmt *st,
                                struct json_w *w, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    if (!has_children(q, parent))
        return RC_OK;
    json_k(w, "_expand");
    json_obj_begin(w);
    for (i = 0; rc == RC_OK && i < q->expansions.n; i++) {
        if (q->expansions.v[i].parent == parent)
            rc = write_expansion(q, (int)i, st, w, err);
    }
    json_obj_end(w);
    return rc;
}

/* id and rev are written always; of the others what was asked for. */
static bool is_written_already(const struct query *q, const struct field *f)
{
    if (!(f->flags & FIELD_SYSTEM))
        return false;
    return str_is(f->name, "id") || str_is(f->name, "rev") ||
           (q->all_fields && q->deleted == QUERY_LIVE &&
            str_is(f->name, "deleted_at"));
}

static enum rc write_record(void *arg, struct query *q, struct db_stmt *st,
                            struct err *err)
{
    struct render *r = arg;
    struct arena_mark mark = arena_mark(q->ctx.arena);
    size_t i;
    enum rc rc = RC_OK;

    r->found = true;
    r->rev = db_col_i64(st, 1);
    json_obj_begin(r->w);
    json_kv_id(r->w, "id", db_col_i64(st, 0));
    json_kv_i64(r->w, "rev", r->rev);
    for (i = 0; rc == RC_OK && i < q->cols.n; i++) {
        const struct col *c = &q->cols.v[i];

        if (c->pub.expand < 0 && !is_written_already(q, c->pub.field))
            rc = write_col(q, c, st, r->w, err);
    }
    if (rc == RC_OK)
        rc = write_expansions(q, -1, st, r->w, err);
    json_obj_end(r->w);
    arena_rewind(q->ctx.arena, mark);
    return rc;
}

enum rc query_list_json(const struct query_ctx *ctx,
                        const struct query_spec *spec, struct json_w *w,
                        struct err *err)
{
    struct render r = {.w = w};
    struct query_count count;
    struct query *q = NULL;
    enum rc rc = query_plan(ctx, spec, &q, err);

    if (rc != RC_OK)
        return rc;
    json_obj_begin(w);
    json_k(w, "items");
    json_arr_begin(w);
    rc = plan_rows(q, write_record, &r, err);
    json_arr_end(w);
    json_k(w, "next");
    if (q->next.n > 0)
        json_w_str(w, q->next);
    else
        json_w_null(w);
    if (rc == RC_OK && spec->count) {
        rc = query_count(q, &count, err);
        if (rc == RC_OK) {
            json_k(w, "count");
            json_obj_begin(w);
            json_kv_i64(w, "value", count.value);
            json_kv_bool(w, "exact", count.exact);
            json_obj_end(w);
        }
    }
    json_obj_end(w);
    return rc;
}

enum rc query_get_json(const struct query_ctx *ctx,
                       const struct query_spec *spec, int64_t id,
                       struct json_w *w, int64_t *rev, struct err *err)
{
    struct query_spec one = *spec;
    struct render r = {.w = w};
    struct query_ctx today = *ctx;
    struct query *q = NULL;
    enum rc rc = RC_OK;

    today.past = NULL; /* who may not read it now may not read what it was */
    if (ctx->past != NULL)
        rc = plan_reach(&today, spec->entity, id, err);
    if (rc != RC_OK)
        return rc;
    one.ids = &id;
    one.n_ids = 1;
    one.limit = 1;
    one.sort = one.cursor = STR_NONE;
    rc = query_plan(ctx, &one, &q, err);
    if (rc == RC_OK)
        rc = plan_rows(q, write_record, &r, err);
    if (rc != RC_OK)
        return rc;
    if (!r.found)
        return FAIL(err, RC_NOTFOUND, "There is no such record of %.*s.",
                    STR_ARG(spec->entity->qname));
    *rev = r.rev;
    return RC_OK;
}
