/*
 * write - step 9: one record into its table, side tables, search tables.
 *
 * An insert writes all columns of the entity, so that a batch prepares it once;
 * an update writes what changed, and is prepared again when the next record
 * changed something else. Each update names the revision it replaces: what was
 * overtaken meanwhile is not written over, whatever the engine.
 */
#include "base/time.h"
#include "db/search.h"
#include "record/pipe.h"
#include "record/sequence.h"

/* --- statements ------------------------------------------------------------------ */

/* A parameter of this type; the value comes with each row. */
static void placeholder(struct sqlb *q, enum db_type type)
{
    switch (type) {
    case DB_T_ID:
    case DB_T_INT:
        sqlb_bind_i64(q, 0);
        return;
    case DB_T_BOOL:
        sqlb_bind_bool(q, false);
        return;
    case DB_T_FLOAT:
        sqlb_bind_f64(q, 0);
        return;
    case DB_T_TEXT:
    case DB_T_BLOB:
    case DB_T_JSON:
        sqlb_bind_str(q, STR(""));
        return;
    }
}

static enum rc prepare(struct save *s, struct sqlb *q, struct db_stmt **out,
                       struct err *err)
{
    struct str sql;
    enum rc rc = sqlb_text(q, &sql, err);

    return rc == RC_OK ? db_prepare(s->db, sql, out, err) : rc;
}

static enum rc prepare_insert(struct save *s, struct shape *shape,
                              struct err *err)
{
    const struct entity *e = shape->e;
    struct ident names[FIELD_MAX_COLUMNS];
    enum db_type types[FIELD_MAX_COLUMNS];
    struct sqlb q;
    size_t i, k, n;
    enum rc rc;

    sqlb_init(&q, db_dialect(s->ctx->store), s->arena);
    sqlb_lit(&q, "INSERT INTO ");
    sqlb_ident(&q, e->table);
    sqlb_lit(&q, "(");
    for (i = 0; i < e->n_fields; i++) {
        n = field_columns(e->fields[i], names, types);
        for (k = 0; k < n; k++) {
            sqlb_ident(&q, names[k]);
            sqlb_lit(&q, ", ");
        }
    }
    sqlb_ident(&q, IDENT("_search"));
    sqlb_lit(&q, ") VALUES(");
    for (i = 0; i < e->n_fields; i++) {
        n = field_columns(e->fields[i], names, types);
        for (k = 0; k < n; k++) {
            placeholder(&q, types[k]);
            sqlb_lit(&q, ", ");
        }
    }
    placeholder(&q, DB_T_TEXT);
    sqlb_lit(&q, ")");
    rc = prepare(s, &q, &shape->insert, err);
    sqlb_release(&q);
    return rc;
}

static enum rc prepare_update(struct save *s, struct shape *shape,
                              const struct field_set *set, struct err *err)
{
    const struct entity *e = shape->e;
    struct ident names[FIELD_MAX_COLUMNS];
    enum db_type types[FIELD_MAX_COLUMNS];
    struct sqlb q;
    size_t i, k, n;
    enum rc rc;

    db_stmt_release(shape->update);
    shape->update = NULL;
    sqlb_init(&q, db_dialect(s->ctx->store), s->arena);
    sqlb_lit(&q, "UPDATE ");
    sqlb_ident(&q, e->table);
    sqlb_lit(&q, " SET ");
    for (i = 0; i < e->n_fields; i++) {
        if (!field_set_has(set, (int)i))
            continue;
        n = field_columns(e->fields[i], names, types);
        for (k = 0; k < n; k++) {
            sqlb_ident(&q, names[k]);
            sqlb_lit(&q, " = ");
            placeholder(&q, types[k]);
            sqlb_lit(&q, ", ");
        }
    }
    sqlb_ident(&q, IDENT("_search"));
    sqlb_lit(&q, " = ");
    placeholder(&q, DB_T_TEXT);
    sqlb_lit(&q, " WHERE ");
    sqlb_ident(&q, IDENT("id"));
    sqlb_lit(&q, " = ");
    placeholder(&q, DB_T_ID);
    sqlb_lit(&q, " AND ");
    sqlb_ident(&q, IDENT("rev"));
    sqlb_lit(&q, " = ");
    placeholder(&q, DB_T_INT);
    rc = prepare(s, &q, &shape->update, err);
    sqlb_release(&q);
    if (rc == RC_OK)
        shape->set = *set;
    return rc;
}

static void bind_column(struct db_stmt *st, int i, const struct value *v)
{
    if (v->kind == V_NULL)
        db_bind_null(st, i);
    else if (v->kind == V_TEXT)
        db_bind_str(st, i, v->u.s);
    else if (v->kind == V_BOOL)
        db_bind_bool(st, i, v->u.b);
    else if (v->kind == V_FLOAT)
        db_bind_f64(st, i, v->u.f);
    else
        db_bind_i64(st, i, v->u.i);
}

static enum rc bind_field(struct save *s, struct db_stmt *st, int *at,
                          const struct field *f, const struct value *v,
                          struct err *err)
{
    struct value cols[FIELD_MAX_COLUMNS];
    struct field_column columns[FIELD_MAX_COLUMNS];
    size_t n = f->type->columns(f, columns), k;
    enum rc rc = f->type->store(f, v, s->arena, cols, err);

    for (k = 0; rc == RC_OK && k < n; k++)
        bind_column(st, (*at)++, &cols[k]);
    return rc;
}

static void bind_search(struct db_stmt *st, int at, struct str text)
{
    if (text.n)
        db_bind_str(st, at, text);
    else
        db_bind_null(st, at);
}

/* --- numbers ------------------------------------------------------------------------- */

/* Of the physical names, which a rename keeps: so does the count. */
static enum rc take_number(struct save *s, struct work *w,
                           const struct field *f,
                           const struct sequence_def *def, struct err *err)
{
    struct ymd today = date_to_ymd(tz_local_date(s->m->tz, s->now_ms));
    struct str number = STR_NONE;
    enum rc rc;

    rc = sequence_next(s->db, def, today.year, s->arena, &number, err);
    if (rc != RC_OK)
        return rc;
    w->item->v[f->index] = value_text(number);
    field_set_add(&w->item->changed, f->index);
    return RC_OK;
}

/* The system may bring one along: a seed, an import of numbered papers. */
static enum rc take_or_pass(struct save *s, struct work *w,
                            const struct field *f, struct err *err)
{
    struct sequence_def def = {.pattern = f->number_pattern,
                               .per_year = f->reset_yearly};
    bool is_given = field_set_has(&w->item->given, f->index) &&
                    w->given[f->index].kind == V_TEXT;

    def.name = str_fmt(s->arena, "%.*s.%.*s", STR_ARG(f->entity->table.s),
                       STR_ARG(f->col.main.s));
    if (!def.name.p)
        return pipe_nomem(err);
    if (!is_given)
        return take_number(s, w, f, &def, err);
    return w->item->v[f->index].kind == V_TEXT
               ? sequence_pass(s->db, &def, w->item->v[f->index].u.s, err)
               : RC_OK; /* nothing but spaces */
}

static enum rc take_numbers(struct save *s, struct work *w, struct err *err)
{
    const struct entity *e = w->item->entity;
    size_t i;
    enum rc rc = RC_OK;

    for (i = e->n_system; rc == RC_OK && i < e->n_fields; i++)
        if (strcmp(e->fields[i]->type->name, "autonumber") == 0)
            rc = take_or_pass(s, w, e->fields[i], err);
    return rc;
}

/* --- references to what is not there yet ------------------------------------------------ */

/* The work of a create of this batch that is written after this one. */
static const struct work *later_create(struct save *s, const struct work *w,
                                       const struct field *f)
{
    const struct value *v = &w->item->v[f->index];
    const struct entity *e;
    const struct work *to;

    if (s->b->n < 2 || v->kind != V_REF || v->u.i <= w->item->id ||
        w->item->op != RECORD_CREATE)
        return NULL;
    e = value_target(s->m, f, v);
    to = e ? rows_work(s, e, v->u.i) : NULL;
    return to && !to->is_effect && to->item->op == RECORD_CREATE &&
                   !to->is_written
               ? to
               : NULL;
}

static enum rc write_late_ref(struct save *s, const struct work *w,
                              const struct field *f, struct err *err)
{
    struct db_stmt *st = NULL;
    struct sqlb q;
    enum rc rc;

    sqlb_init(&q, db_dialect(s->ctx->store), s->arena);
    sqlb_lit(&q, "UPDATE ");
    sqlb_ident(&q, w->item->entity->table);
    sqlb_lit(&q, " SET ");
    sqlb_ident(&q, f->col.main);
    sqlb_lit(&q, " = ");
    sqlb_bind_i64(&q, w->item->v[f->index].u.i);
    sqlb_lit(&q, " WHERE ");
    sqlb_ident(&q, IDENT("id"));
    sqlb_lit(&q, " = ");
    sqlb_bind_i64(&q, w->item->id);
    rc = sqlb_prepare(&q, s->db, NULL, &st, err);
    if (rc == RC_OK)
        rc = db_step_done(st, err);
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

enum rc write_late_refs(struct save *s, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < s->late.n; i++)
        if (s->late.v[i].w->is_written)
            rc = write_late_ref(s, s->late.v[i].w, s->late.v[i].f, err);
    s->late.n = 0;
    return rc;
}

/* --- side tables -------------------------------------------------------------------------- */

static enum rc clear_side(struct save *s, const struct work *w,
                          const struct field *f, struct err *err)
{
    struct db_stmt *st = NULL;
    struct sqlb q;
    enum rc rc;

    sqlb_init(&q, db_dialect(s->ctx->store), s->arena);
    sqlb_lit(&q, "DELETE FROM ");
    sqlb_ident(&q, f->col.side);
    sqlb_lit(&q, " WHERE ");
    sqlb_ident(&q, IDENT("rec"));
    sqlb_lit(&q, " = ");
    sqlb_bind_i64(&q, w->item->id);
    rc = sqlb_prepare(&q, s->db, NULL, &st, err);
    if (rc == RC_OK)
        rc = db_step_done(st, err);
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

static enum rc fill_side(struct save *s, const struct work *w,
                         const struct field *f, struct err *err)
{
    const struct value *v = &w->item->v[f->index];
    struct db_stmt *st = NULL;
    struct sqlb q;
    size_t i;
    enum rc rc;

    sqlb_init(&q, db_dialect(s->ctx->store), s->arena);
    sqlb_lit(&q, "INSERT INTO ");
    sqlb_ident(&q, f->col.side);
    sqlb_lit(&q, "(rec, code) VALUES(");
    placeholder(&q, DB_T_INT);
    sqlb_lit(&q, ", ");
    placeholder(&q, DB_T_TEXT);
    sqlb_lit(&q, ")");
    rc = prepare(s, &q, &st, err);
    for (i = 0; rc == RC_OK && i < v->u.list.n; i++) {
        db_bind_i64(st, 1, w->item->id);
        db_bind_str(st, 2, v->u.list.v[i].u.s);
        rc = db_step_done(st, err);
        if (rc == RC_OK)
            db_stmt_reset(st);
    }
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

static enum rc write_sides(struct save *s, const struct work *w,
                           struct err *err)
{
    const struct entity *e = w->item->entity;
    size_t i;
    enum rc rc = RC_OK;

    for (i = e->n_system; rc == RC_OK && i < e->n_fields; i++) {
        const struct field *f = e->fields[i];

        if (!f->col.side.s.n || !field_set_has(&w->item->changed, (int)i))
            continue;
        if (w->item->op != RECORD_CREATE)
            rc = clear_side(s, w, f, err);
        if (rc == RC_OK && w->item->v[i].kind == V_LIST)
            rc = fill_side(s, w, f, err);
    }
    return rc;
}

/* --- rows --------------------------------------------------------------------------------- */

static enum rc insert(struct save *s, struct work *w, struct shape *shape,
                      struct str text, struct err *err)
{
    static const struct value NOTHING = {.kind = V_NULL};
    const struct entity *e = shape->e;
    int at = 1;
    size_t i;
    enum rc rc = RC_OK;

    if (!shape->insert)
        rc = prepare_insert(s, shape, err);
    for (i = 0; rc == RC_OK && i < e->n_fields; i++) {
        const struct field *f = e->fields[i];
        const struct value *v = &w->item->v[i];
        struct late_ref late = {w, f};

        if (f->n_targets == 1 && later_create(s, w, f)) {
            if (!VEC_PUSH(s->arena, &s->late, late))
                return pipe_nomem(err);
            v = &NOTHING;
        }
        rc = bind_field(s, shape->insert, &at, f, v, err);
    }
    if (rc != RC_OK)
        return rc;
    bind_search(shape->insert, at, text);
    rc = db_step_done(shape->insert, err);
    db_stmt_reset(shape->insert);
    return rc;
}

static bool same_set(const struct field_set *a, const struct field_set *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static enum rc update(struct save *s, struct work *w, struct shape *shape,
                      struct str text, struct err *err)
{
    const struct entity *e = shape->e;
    struct field_set set = w->item->changed;
    int at = 1;
    size_t i;
    enum rc rc = RC_OK;

    field_set_add(&set, shape->rev);
    field_set_add(&set, shape->updated_at);
    field_set_add(&set, shape->updated_by);
    if (w->item->op != RECORD_UPDATE)
        field_set_add(&set, shape->deleted_at);
    if (!shape->update || !same_set(&shape->set, &set))
        rc = prepare_update(s, shape, &set, err);
    for (i = 0; rc == RC_OK && i < e->n_fields; i++)
        if (field_set_has(&set, (int)i))
            rc = bind_field(s, shape->update, &at, e->fields[i], &w->item->v[i],
                            err);
    if (rc != RC_OK)
        return rc;
    bind_search(shape->update, at++, text);
    db_bind_i64(shape->update, at++, w->item->id);
    db_bind_i64(shape->update, at, w->item->old->rev);
    rc = db_step_done(shape->update, err);
    db_stmt_reset(shape->update);
    if (rc == RC_OK && db_changes(s->db) != 1) {
        s->is_stale = true;
        rc = FAIL(err, RC_CONFLICT, "The record was changed meanwhile.");
    }
    return rc;
}

/* rev, who and when; a later attempt finds the same. */
static void take_system(struct save *s, struct work *w,
                        const struct shape *shape)
{
    struct record_item *item = w->item;
    struct value *v = item->v;

    if (item->op == RECORD_CREATE)
        return;
    item->rev = item->old->rev + 1;
    v[shape->rev] = value_int(item->rev);
    v[shape->updated_at] = value_instant(s->now_ms);
    v[shape->updated_by] = s->who->user ? value_ref(s->who->user) : VALUE_NULL;
    if (item->op == RECORD_DELETE)
        v[shape->deleted_at] = value_instant(s->now_ms);
    else if (item->op == RECORD_RESTORE)
        v[shape->deleted_at] = VALUE_NULL;
}

static enum rc write_row(struct save *s, struct work *w, struct shape *shape,
                         struct str *was, struct str *now, struct err *err)
{
    const struct record_item *item = w->item;
    enum rc rc = RC_OK;

    *was = item->old && !item->old->is_deleted ? item->old->search : STR_NONE;
    *now = STR_NONE;
    if (item->op == RECORD_CREATE)
        rc = take_numbers(s, w, err);
    if (rc == RC_OK && item->op != RECORD_DELETE)
        rc = search_text(s, w, now, err);
    if (rc != RC_OK)
        return rc;
    return item->op == RECORD_CREATE ? insert(s, w, shape, *now, err)
                                     : update(s, w, shape, *now, err);
}

enum rc write_record(struct save *s, struct work *w, struct err *err)
{
    struct shape *shape = pipe_shape(s, w->item->entity);
    struct err why = ERR_INIT;
    struct str was, now;
    enum rc rc;

    if (!shape)
        return pipe_nomem(err);
    take_system(s, w, shape);
    rc = write_row(s, w, shape, &was, &now, &why);
    if (rc == RC_CONFLICT && !s->is_stale && !w->is_effect)
        (void)unique_explain(s, w, &why);
    if (rc != RC_OK) {
        if (err)
            *err = why;
        return rc;
    }
    if (!str_eq(was, now))
        rc = search_put(s->db, w->item->id, w->item->entity->number, was, now,
                        err);
    if (rc == RC_OK &&
        (w->item->op == RECORD_CREATE || w->item->op == RECORD_UPDATE))
        rc = write_sides(s, w, err);
    if (rc == RC_OK &&
        (w->item->op == RECORD_CREATE || w->item->op == RECORD_UPDATE))
        rc = files_take(s, w, err);
    if (rc == RC_OK)
        rc = journal_record(s, w, err);
    w->is_written = rc == RC_OK;
    return rc;
}

/* Statements go back to the cache, so another attempt finds them there. */
void write_end(struct save *s)
{
    size_t i;

    for (i = 0; i < s->shapes.n; i++) {
        db_stmt_release(s->shapes.v[i]->insert);
        db_stmt_release(s->shapes.v[i]->update);
        s->shapes.v[i]->insert = s->shapes.v[i]->update = NULL;
    }
    db_stmt_release(s->chg);
    s->chg = NULL;
}
