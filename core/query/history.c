/*
 * history - what happened to one record, newest first. See query.h.
 *
 * sys_chg holds before-images. Walking back from the record as it is, the "to"
 * of a change is what the walk knows, and its "from" is what it knows next.
 */
#include "base/limits.h"
#include "query/plan.h"

enum { HISTORY_MAX = 200 };

static const char *const OPS[] = {"", "create", "update", "delete", "restore"};

static const char SQL_CHANGES[] =
    "SELECT c.\"txn\", c.\"op\", c.\"before\", t.\"at\", t.\"user\","
    " t.\"source\" FROM \"sys_chg\" c JOIN \"sys_txn\" t ON t.\"id\" ="
    " c.\"txn\" WHERE c.\"rec\" = ?1 AND c.\"ent\" = ?2"
    " ORDER BY c.\"txn\" DESC, c.\"n\" DESC LIMIT ?3";

/* What each field is known to be, as JSON text; n == 0: not looked up yet. */
struct walk {
    const struct query_ctx *ctx;
    const struct entity *e;
    struct str *now;
};

static enum rc json_text(struct arena *a, const struct model *m,
                         const struct field *f, const struct value *v,
                         struct str *out, struct err *err)
{
    struct buf b;
    struct json_w w;
    enum rc rc;

    buf_init(&b, LIMIT_BODY_BYTES);
    json_w_init(&w, &b);
    field_json(m, f, v, &w);
    rc = json_w_finish(&w, err);
    if (rc == RC_OK)
        rc = buf_finish(&b, a, out, err);
    buf_release(&b);
    return rc;
}

static enum rc walk_begin(struct walk *k, const struct query_record *r,
                          struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    k->now = ARENA_ARRAY(k->ctx->arena, struct str, k->e->n_fields + 1);
    if (k->now == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for a history.");
    for (i = 0; rc == RC_OK && i < k->e->n_fields; i++)
        rc = json_text(k->ctx->arena, k->ctx->model, k->e->fields[i], &r->v[i],
                       &k->now[i], err);
    return rc;
}

static enum rc tree_text(struct arena *a, const struct json *v, struct str *out,
                         struct err *err)
{
    struct buf b;
    struct json_w w;
    enum rc rc;

    buf_init(&b, LIMIT_BODY_BYTES);
    json_w_init(&w, &b);
    json_w_tree(&w, v);
    rc = json_w_finish(&w, err);
    if (rc == RC_OK)
        rc = buf_finish(&b, a, out, err);
    buf_release(&b);
    return rc;
}

static enum rc write_changes(struct walk *k, const struct query_before *before,
                             size_t n, struct json_w *w, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    json_k(w, "changes");
    json_arr_begin(w);
    for (i = 0; rc == RC_OK && i < n; i++) {
        const struct field *f = before[i].field;
        struct str from = STR_NONE;

        rc = tree_text(k->ctx->arena, before[i].was, &from, err);
        if (rc != RC_OK)
            break;
        if (access_reads_field(k->ctx->who, f) && (f->flags & FIELD_HISTORY)) {
            json_obj_begin(w);
            json_kv(w, "field", f->name);
            json_k(w, "from");
            json_w_raw(w, from);
            json_k(w, "to");
            json_w_raw(w, k->now[f->index]);
            json_obj_end(w);
        }
        k->now[f->index] = from;
    }
    json_arr_end(w);
    return rc;
}

static enum rc write_user(struct walk *k, int64_t user, struct json_w *w,
                          struct err *err)
{
    struct str name = STR_NONE;
    enum rc rc = RC_OK;

    json_kv_id(w, "user", user);
    if (user != 0 && k->ctx->model->user != NULL)
        rc = query_title(k->ctx, k->ctx->model->user, user, &name, err);
    json_kv(w, "user_name", name);
    return rc;
}

static enum rc write_entry(struct walk *k, struct db_stmt *st, struct json_w *w,
                           struct err *err)
{
    struct query_before *before = NULL;
    size_t n = 0;
    int64_t op = db_col_i64(st, 1);
    enum rc rc = query_before_image(k->e, db_col_str(st, 2), k->ctx->arena,
                                    &before, &n, err);

    if (rc != RC_OK)
        return rc;
    json_obj_begin(w);
    json_kv_id(w, "txn", db_col_i64(st, 0));
    json_k(w, "at");
    {
        const struct value at = value_instant(db_col_i64(st, 3));

        json_w_str(w, value_plain(k->ctx->arena, &at));
    }
    rc = write_user(k, db_col_i64(st, 4), w, err);
    json_kv(w, "source", db_col_str(st, 5));
    json_kv(w, "op", str_c(OPS[op >= 1 && op <= 4 ? op : 0]));
    json_k(w, "rule");
    json_w_null(w);
    if (rc == RC_OK)
        rc = write_changes(k, before, n, w, err);
    json_obj_end(w);
    return rc;
}

enum rc plan_reach(const struct query_ctx *ctx, const struct entity *e,
                   int64_t id, struct err *err)
{
    struct query_spec spec = {.entity = e,
                              .fields = STR("id"),
                              .deleted = QUERY_BOTH,
                              .ids = &id,
                              .n_ids = 1};
    struct query_count count = {0, true};
    struct query *q = NULL;
    enum rc rc = query_plan(ctx, &spec, &q, err);

    if (rc == RC_OK)
        rc = query_count(q, &count, err);
    if (rc == RC_OK && count.value == 0)
        rc = FAIL(err, RC_NOTFOUND, "There is no such record of %.*s.",
                  STR_ARG(e->qname));
    return rc;
}

enum rc query_history_json(const struct query_ctx *ctx, const struct entity *e,
                           int64_t id, int limit, struct json_w *w,
                           struct err *err)
{
    struct walk k = {.ctx = ctx, .e = e};
    struct query_record *records = NULL;
    struct db_stmt *st = NULL;
    size_t n = 0;
    bool has_row = false;
    enum rc rc = plan_reach(ctx, e, id, err);

    if (rc == RC_OK)
        rc = query_load(ctx->db, ctx->model, e, &id, 1, ctx->arena, &records,
                        &n, err);
    if (rc == RC_OK && n != 1)
        rc = FAIL(err, RC_NOTFOUND, "There is no such record of %.*s.",
                  STR_ARG(e->qname));
    if (rc == RC_OK)
        rc = walk_begin(&k, &records[0], err);
    if (rc == RC_OK)
        rc = db_prepare(ctx->db, STR(SQL_CHANGES), &st, err);
    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, id);
    db_bind_i64(st, 2, e->number);
    db_bind_i64(st, 3, limit > 0 && limit < HISTORY_MAX ? limit : HISTORY_MAX);
    json_obj_begin(w);
    json_k(w, "items");
    json_arr_begin(w);
    for (rc = db_step(st, &has_row, err); rc == RC_OK && has_row;
         rc = rc == RC_OK ? db_step(st, &has_row, err) : rc)
        rc = write_entry(&k, st, w, err);
    json_arr_end(w);
    json_k(w, "next");
    json_w_null(w);
    json_obj_end(w);
    db_stmt_release(st);
    return rc;
}
