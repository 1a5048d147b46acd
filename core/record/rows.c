/*
 * rows - records in memory, as expressions and references meet them.
 *
 * What the batch is about to write stands in front of what the database holds:
 * a rule that looks at the account of a deal sees the account's new values when
 * both are in one batch, and a record that the batch deletes is gone. Each
 * other record is read once an attempt.
 */
#include "record/pipe.h"

static struct row **bucket(struct rows *rows, int64_t id)
{
    uint64_t h = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15);

    return &rows->buckets[(h >> 32) % rows->n_buckets];
}

static struct row *find(struct save *s, const struct entity *e, int64_t id)
{
    struct row *r = s->rows.n_buckets ? *bucket(&s->rows, id) : NULL;

    while (r && (r->id != id || r->e != e))
        r = r->chain;
    return r;
}

static bool grow(struct save *s)
{
    struct rows *rows = &s->rows;
    size_t n = rows->n_buckets ? rows->n_buckets * 4 : 16, i;
    struct rows wider = {ARENA_ARRAY(s->arena, struct row *, n), n, rows->n};

    if (!wider.buckets)
        return false;
    for (i = 0; i < rows->n_buckets; i++) {
        struct row *r = rows->buckets[i], *next;

        for (; r; r = next) {
            struct row **to = bucket(&wider, r->id);

            next = r->chain;
            r->chain = *to;
            *to = r;
        }
    }
    *rows = wider;
    return true;
}

static enum rc add(struct save *s, struct row *r, struct err *err)
{
    struct row **to;

    if (s->rows.n >= s->rows.n_buckets && !grow(s))
        return pipe_nomem(err);
    to = bucket(&s->rows, r->id);
    r->chain = *to;
    *to = r;
    s->rows.n++;
    return RC_OK;
}

enum rc rows_begin(struct save *s, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    s->rows = (struct rows){0};
    s->user = (struct row){.e = s->m->user, .id = s->who->user};
    for (i = 0; rc == RC_OK && i < s->b->n; i++) {
        struct work *w = &s->work[i];
        const struct record_item *item = w->item;

        w->now =
            (struct row){.e = item->entity,
                         .id = item->id,
                         .v = item->v,
                         .is_known = true,
                         .is_live = item->op != RECORD_DELETE && !w->is_gone,
                         .work = w};
        w->was = (struct row){.e = item->entity,
                              .id = item->id,
                              .v = item->old ? item->old->v : NULL,
                              .is_known = true,
                              .is_live = item->old != NULL};
        if (!item->failed)
            rc = add(s, &w->now, err);
    }
    for (i = 0; rc == RC_OK && i < s->effects.n; i++)
        rc = add(s, &s->effects.v[i]->now, err);
    return rc;
}

/* Takes the place of what was read before. */
enum rc rows_put(struct save *s, struct row *r, struct err *err)
{
    struct row *was = find(s, r->e, r->id);

    if (was)
        was->e = NULL;
    return add(s, r, err);
}

struct work *rows_work(struct save *s, const struct entity *e, int64_t id)
{
    const struct row *r = find(s, e, id);

    return r ? r->work : NULL;
}

static enum rc read_row(struct save *s, struct row *r, struct err *err)
{
    struct query_record *found = NULL;
    struct db *db;
    size_t n = 0;
    enum rc rc = pipe_db(s, &db, err);

    if (rc == RC_OK)
        rc = query_load(db, s->m, r->e, &r->id, 1, s->arena, &found, &n, err);
    if (rc != RC_OK)
        return rc;
    r->is_known = true;
    r->is_live = n == 1 && !found->is_deleted;
    r->v = n == 1 ? found->v : NULL;
    return RC_OK;
}

enum rc rows_live(struct save *s, const struct entity *e, int64_t id,
                  const struct row **out, struct err *err)
{
    struct row *r = find(s, e, id);
    bool is_new = !r;
    enum rc rc = RC_OK;

    if (is_new) {
        r = ARENA_NEW(s->arena, struct row);
        if (!r)
            return pipe_nomem(err);
        *r = (struct row){.e = e, .id = id};
    }
    if (!r->is_known || (r->is_live && !r->v))
        rc = read_row(s, r, err);
    if (rc == RC_OK && is_new)
        rc = add(s, r, err);
    if (rc == RC_OK)
        *out = r->is_live ? r : NULL;
    return rc;
}

/* One statement for each entity, found again by its text. */
static enum rc look(struct save *s, const struct entity *e, int64_t id,
                    bool *live, struct err *err)
{
    struct db_stmt *st = NULL;
    struct sqlb q;
    struct db *db = NULL;
    enum rc rc = pipe_db(s, &db, err);

    if (rc != RC_OK)
        return rc;
    sqlb_init(&q, db_dialect(db_store_of(db)), s->arena);
    sqlb_lit(&q, "SELECT 1 FROM ");
    sqlb_ident(&q, e->table);
    sqlb_lit(&q, " WHERE ");
    sqlb_ident(&q, IDENT("id"));
    sqlb_lit(&q, " = ");
    sqlb_bind_i64(&q, id);
    sqlb_lit(&q, " AND ");
    sqlb_ident(&q, IDENT("deleted_at"));
    sqlb_lit(&q, " IS NULL");
    rc = sqlb_prepare(&q, db, NULL, &st, err);
    if (rc == RC_OK)
        rc = db_step(st, live, err);
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

enum rc rows_exists(struct save *s, const struct entity *e, int64_t id,
                    bool *live, struct err *err)
{
    struct row *r = find(s, e, id);
    bool is_live = false;
    enum rc rc;

    if (r && r->is_known) {
        *live = r->is_live;
        return RC_OK;
    }
    rc = look(s, e, id, &is_live, err);
    if (rc != RC_OK)
        return rc;
    r = ARENA_NEW(s->arena, struct row);
    if (!r)
        return pipe_nomem(err);
    *r = (struct row){.e = e, .id = id, .is_known = true, .is_live = is_live};
    *live = is_live;
    return add(s, r, err);
}

/* --- what fx asks ----------------------------------------------------------- */

const struct entity *value_target(const struct model *m, const struct field *f,
                                  const struct value *v)
{
    if (v->kind == V_ANYREF)
        return model_entity_no(m, v->ent);
    if (f->n_targets)
        return f->targets[0];
    return strcmp(f->type->name, "file") == 0 ? model_entity(m, STR("sys:file"))
                                              : NULL;
}

static enum rc field_value(void *ctx, const void *row, const void *field,
                           struct value *out, struct err *err)
{
    struct save *s = ctx;
    struct row *r = row == &s->user ? &s->user : NULL;
    const struct row *of = row;
    const struct field *f = field;
    enum rc rc;

    if (r && !r->is_known) { /* `user` is read when first asked for */
        rc = read_row(s, r, err);
        if (rc != RC_OK)
            return rc;
    }
    *out = of->v && f->entity == of->e ? of->v[f->index] : VALUE_NULL;
    return RC_OK;
}

static enum rc follow(void *ctx, const void *row, const void *ref_field,
                      const void **out, struct err *err)
{
    struct save *s = ctx;
    const struct field *f = ref_field;
    const struct entity *target;
    const struct row *found = NULL;
    struct value v = VALUE_NULL;
    enum rc rc = field_value(ctx, row, ref_field, &v, err);

    if (rc != RC_OK)
        return rc;
    target = v.kind == V_NULL ? NULL : value_target(s->m, f, &v);
    if (target)
        rc = rows_live(s, target, v.u.i, &found, err);
    if (rc == RC_OK)
        *out = found;
    return rc;
}

/* --- collections ------------------------------------------------------------ */

static void refs_sql(struct sqlb *q, const struct field *by,
                     const struct entity *e, int64_t id)
{
    sqlb_lit(q, "SELECT ");
    sqlb_ident(q, IDENT("id"));
    sqlb_lit(q, " FROM ");
    sqlb_ident(q, by->entity->table);
    sqlb_lit(q, " WHERE ");
    sqlb_ident(q, by->col.main);
    sqlb_lit(q, " = ");
    sqlb_bind_i64(q, id);
    if (by->col.ent.s.n) {
        sqlb_lit(q, " AND ");
        sqlb_ident(q, by->col.ent);
        sqlb_lit(q, " = ");
        sqlb_bind_i64(q, e->number);
    }
    sqlb_lit(q, " AND ");
    sqlb_ident(q, IDENT("deleted_at"));
    sqlb_lit(q, " IS NULL ORDER BY ");
    sqlb_ident(q, IDENT("id"));
    sqlb_lit(q, " ASC");
    sqlb_limit(q, PIPE_EFFECTS + 1);
}

static bool points_at(const struct value *v, const struct entity *e, int64_t id)
{
    return (v->kind == V_REF || v->kind == V_ANYREF) && v->u.i == id &&
           (v->kind == V_REF || v->ent == e->number);
}

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

struct ids {
    int64_t *v;
    size_t n, cap;
};

/* Leave out what the batch points elsewhere, add what it points here. */
static bool overlay(struct save *s, const struct field *by,
                    const struct entity *e, int64_t id, struct ids *ids)
{
    size_t kept = 0, i;

    for (i = 0; i < ids->n; i++)
        if (!rows_work(s, by->entity, ids->v[i]))
            ids->v[kept++] = ids->v[i];
    ids->n = kept;
    for (i = 0; i < s->b->n; i++) {
        const struct row *r = &s->work[i].now;

        if (r->e == by->entity && r->is_live && !s->work[i].item->failed &&
            points_at(&r->v[by->index], e, id) &&
            !VEC_PUSH(s->arena, ids, r->id))
            return false;
    }
    for (i = 0; i < s->effects.n; i++) {
        const struct row *r = &s->effects.v[i]->now;

        if (r->e == by->entity && r->is_live &&
            points_at(&r->v[by->index], e, id) &&
            !VEC_PUSH(s->arena, ids, r->id))
            return false;
    }
    if (ids->n > kept)
        qsort(ids->v, ids->n, sizeof *ids->v, by_id);
    return true;
}

enum rc refs_to(struct save *s, const struct field *by, const struct entity *e,
                int64_t id, const int64_t **out, size_t *n, struct err *err)
{
    struct ids ids = {0};
    struct db_stmt *st = NULL;
    struct sqlb q;
    struct db *db = NULL;
    bool has_row = true;
    enum rc rc = pipe_db(s, &db, err);

    if (rc != RC_OK)
        return rc;
    sqlb_init(&q, db_dialect(db_store_of(db)), s->arena);
    refs_sql(&q, by, e, id);
    rc = sqlb_prepare(&q, db, NULL, &st, err);
    while (rc == RC_OK && has_row) {
        rc = db_step(st, &has_row, err);
        if (rc == RC_OK && has_row &&
            !VEC_PUSH(s->arena, &ids, db_col_i64(st, 0)))
            rc = pipe_nomem(err);
    }
    db_stmt_release(st);
    sqlb_release(&q);
    if (rc == RC_OK && !overlay(s, by, e, id, &ids))
        rc = pipe_nomem(err);
    if (rc == RC_OK && ids.n > PIPE_EFFECTS)
        rc = FAIL(err, RC_LIMIT,
                  "More than %d records of %.*s belong to one record of %.*s; "
                  "that is too many to look at in one save.",
                  PIPE_EFFECTS, STR_ARG(by->entity->qname), STR_ARG(e->qname));
    if (rc != RC_OK)
        return rc;
    *out = ids.v;
    *n = ids.n;
    return RC_OK;
}

static bool is_read(struct save *s, const struct entity *e, int64_t id)
{
    const struct row *r = find(s, e, id);

    return r && (r->v || !r->is_live);
}

/* Read those that are not known yet in one statement. */
static enum rc read_rows(struct save *s, const struct entity *e,
                         const int64_t *ids, size_t n, struct err *err)
{
    struct query_record *found = NULL;
    struct ids missing = {0};
    struct db *db;
    size_t n_found = 0, i;
    enum rc rc = pipe_db(s, &db, err);

    for (i = 0; rc == RC_OK && i < n; i++)
        if (!is_read(s, e, ids[i]) && !VEC_PUSH(s->arena, &missing, ids[i]))
            rc = pipe_nomem(err);
    if (rc != RC_OK || missing.n == 0)
        return rc;
    rc = query_load(db, s->m, e, missing.v, missing.n, s->arena, &found,
                    &n_found, err);
    for (i = 0; rc == RC_OK && i < n_found; i++) {
        struct row *r = ARENA_NEW(s->arena, struct row);

        if (!r)
            return pipe_nomem(err);
        *r = (struct row){.e = e,
                          .id = found[i].id,
                          .v = found[i].v,
                          .is_known = true,
                          .is_live = !found[i].is_deleted};
        rc = rows_put(s, r, err);
    }
    return rc;
}

static enum rc children(void *ctx, const void *row, const void *collection,
                        const void *const **rows, size_t *n, struct err *err)
{
    struct save *s = ctx;
    const struct collection *c = collection;
    const struct row *r = row;
    const int64_t *ids = NULL;
    const void **out;
    size_t n_ids = 0, kept = 0, i;
    enum rc rc = refs_to(s, c->by, r->e, r->id, &ids, &n_ids, err);

    if (rc == RC_OK)
        rc = read_rows(s, c->child, ids, n_ids, err);
    if (rc != RC_OK)
        return rc;
    out = ARENA_ARRAY(s->arena, const void *, n_ids + 1);
    if (!out)
        return pipe_nomem(err);
    for (i = 0; i < n_ids; i++) {
        const struct row *child = find(s, c->child, ids[i]);

        if (child && child->is_live)
            out[kept++] = child;
    }
    *rows = out;
    *n = kept;
    return RC_OK;
}

/* --- evaluation ------------------------------------------------------------- */

struct fx_data rows_data(struct save *s)
{
    return (struct fx_data){.ctx = s,
                            .field = field_value,
                            .follow = follow,
                            .children = children,
                            .user =
                                s->who->user && s->m->user ? &s->user : NULL};
}

static struct fx_frame frame_of(struct save *s, const struct fx_data *data,
                                const struct row *row, const struct work *w)
{
    return (struct fx_frame){.data = data,
                             .row = row,
                             .old = w->was.v ? &w->was : NULL,
                             .now_ms = s->now_ms,
                             .tz = s->m->tz,
                             .arena = s->arena,
                             .seed = (uint64_t)w->now.id,
                             .outer = &w->now};
}

enum rc rows_eval(struct save *s, const struct fx_expr *x, const struct work *w,
                  struct value *out, struct err *err)
{
    struct fx_data data = rows_data(s);
    struct fx_frame frame = frame_of(s, &data, &w->now, w);

    return fx_eval(x, &frame, out, err);
}

enum rc rows_true(struct save *s, const struct fx_expr *x, const struct work *w,
                  bool *out, struct err *err)
{
    struct fx_data data = rows_data(s);
    struct fx_frame frame = frame_of(s, &data, &w->now, w);

    return fx_eval_bool(x, &frame, out, err);
}

enum rc rows_true_old(struct save *s, const struct fx_expr *x,
                      const struct work *w, bool *out, struct err *err)
{
    struct fx_data data = rows_data(s);
    struct fx_frame frame = frame_of(s, &data, w->was.v ? &w->was : &w->now, w);

    return fx_eval_bool(x, &frame, out, err);
}

enum rc rows_true_of(struct save *s, const struct fx_expr *x,
                     const struct row *target, const struct work *w, bool *out,
                     struct err *err)
{
    struct fx_data data = rows_data(s);
    struct fx_frame frame = frame_of(s, &data, target, w);

    frame.old = NULL;
    return fx_eval_bool(x, &frame, out, err);
}
