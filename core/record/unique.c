/*
 * unique - step 7: uniques with a condition, by query and within the batch;
 * and the engine's answer to those without one, said at the fields.
 *
 * A unique without a condition is an index of live rows: the insert is the
 * check, which no race gets past. One with a condition reads other records, so
 * its scope is guarded first (db_guard).
 */
#include "record/pipe.h"

static void say_duplicate(struct save *s, struct work *w,
                          const struct unique *u)
{
    struct str text = text_in(&u->message, model_lang(s->m, s->who->lang));
    size_t i;

    for (i = 0; i < u->n; i++) {
        if (text.n)
            item_fail(s, w, RC_CONFLICT, "E_DUPLICATE", u->fields[i],
                      "duplicate", "%.*s", STR_ARG(text));
        else
            item_fail(s, w, RC_CONFLICT, "E_DUPLICATE", u->fields[i],
                      "duplicate",
                      "Another record of %.*s has this \"%.*s\" already.",
                      STR_ARG(w->item->entity->label.base),
                      STR_ARG(u->fields[i]->label.base));
    }
}

/* --- in the batch ---------------------------------------------------------------- */

static bool is_filled(const struct unique *u, const struct work *w)
{
    size_t i;

    for (i = 0; i < u->n; i++)
        if (w->item->v[u->fields[i]->index].kind == V_NULL)
            return false;
    return true;
}

static bool same_values(const struct unique *u, const struct work *a,
                        const struct work *b)
{
    size_t i;

    for (i = 0; i < u->n; i++) {
        int at = u->fields[i]->index;

        if (!value_eq(&a->item->v[at], &b->item->v[at]))
            return false;
    }
    return true;
}

/* Those before it in the batch, so that the first of two stays. */
static enum rc check_batch(struct save *s, struct work *w,
                           const struct unique *u, struct err *err)
{
    struct work *other;
    enum rc rc = RC_OK;

    for (other = s->work; rc == RC_OK && other < w; other++) {
        bool counts = false;

        if (other->item->entity != w->item->entity || other->item->failed ||
            other->item->op == RECORD_DELETE || !same_values(u, w, other))
            continue;
        rc = rows_true(s, u->when, other, &counts, err);
        if (rc == RC_OK && counts) {
            say_duplicate(s, w, u);
            break;
        }
    }
    return rc;
}

/* --- in the database -------------------------------------------------------------- */

static enum rc add_equal(struct save *s, const struct work *w,
                         const struct field *f, struct sqlb *q, struct err *err)
{
    struct value cols[FIELD_MAX_COLUMNS];
    struct ident names[FIELD_MAX_COLUMNS];
    enum db_type types[FIELD_MAX_COLUMNS];
    size_t n = field_columns(f, names, types), i;
    enum rc rc = f->type->store(f, &w->item->v[f->index], s->arena, cols, err);

    for (i = 0; rc == RC_OK && i < n; i++) {
        if (!str_eq(names[i].s, f->col.main.s) &&
            !str_eq(names[i].s, f->col.ent.s))
            continue;
        sqlb_lit(q, " AND ");
        sqlb_col(q, 0, names[i]);
        sqlb_lit(q, " = ");
        if (cols[i].kind == V_TEXT)
            sqlb_bind_str(q, cols[i].u.s);
        else if (cols[i].kind == V_BOOL)
            sqlb_bind_bool(q, cols[i].u.b);
        else
            sqlb_bind_i64(q, cols[i].u.i);
    }
    return rc;
}

static enum rc build(struct save *s, struct work *w, const struct unique *u,
                     struct sqlb *q, struct err *err)
{
    struct fx_from from;
    struct fx_sql_frame frame = {
        .now_ms = s->now_ms, .tz = s->m->tz, .user = s->who->user};
    size_t i;
    enum rc rc;

    fx_from_init(&from, &s->m->schema, &s->m->tables, w->item->entity, 0,
                 s->arena);
    rc = fx_from_expr(&from, u->when, err);
    sqlb_lit(q, "SELECT ");
    sqlb_col(q, 0, IDENT("id"));
    if (rc == RC_OK)
        rc = fx_from_emit(&from, q, err);
    sqlb_lit(q, " WHERE ");
    sqlb_col(q, 0, IDENT("id"));
    sqlb_lit(q, " <> ");
    sqlb_bind_i64(q, w->item->id);
    sqlb_lit(q, " AND ");
    sqlb_col(q, 0, IDENT("deleted_at"));
    sqlb_lit(q, " IS NULL");
    for (i = 0; rc == RC_OK && i < u->n; i++)
        rc = add_equal(s, w, u->fields[i], q, err);
    sqlb_lit(q, " AND ");
    return rc == RC_OK ? fx_emit_where(u->when, &from, &frame, q, err) : rc;
}

/* What the batch holds itself was compared as it is to be. */
static enum rc check_stored(struct save *s, struct work *w,
                            const struct unique *u, struct err *err)
{
    struct db_stmt *st = NULL;
    struct sqlb q;
    struct db *db = NULL;
    bool has_row = true;
    enum rc rc = pipe_db(s, &db, err);

    if (rc != RC_OK)
        return rc;
    if (db_in_write_tx(db))
        rc = db_guard(db, w->item->entity->table.s, err);
    sqlb_init(&q, db_dialect(s->ctx->store), s->arena);
    if (rc == RC_OK)
        rc = build(s, w, u, &q, err);
    if (rc == RC_OK)
        rc = sqlb_prepare(&q, db, NULL, &st, err);
    while (rc == RC_OK && has_row) {
        rc = db_step(st, &has_row, err);
        if (rc != RC_OK || !has_row ||
            rows_work(s, w->item->entity, db_col_i64(st, 0)))
            continue;
        say_duplicate(s, w, u);
        break;
    }
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

enum rc check_uniques(struct save *s, struct work *w, struct err *err)
{
    const struct entity *e = w->item->entity;
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < e->n_uniques; i++) {
        const struct unique *u = &e->uniques[i];
        bool counts = false;

        if (!u->when || !is_filled(u, w))
            continue;
        rc = rows_true(s, u->when, w, &counts, err);
        if (rc == RC_OK && counts)
            rc = check_batch(s, w, u, err);
        if (rc == RC_OK && counts && !w->item->failed)
            rc = check_stored(s, w, u, err);
    }
    return rc;
}

/* --- the engine's word ------------------------------------------------------------- */

/* `.. (index "crm_account__1").` */
static struct str named_index(const struct err *why)
{
    static const struct str MARK = STR_INIT("(index \"");
    struct str text = str_c(why->text);
    ptrdiff_t at = str_find(text, MARK), end;

    if (!str_is(str_c(why->code), "E_DUPLICATE") || at < 0)
        return STR_NONE;
    text = str_sub(text, (size_t)at + MARK.n, text.n);
    end = str_chr(text, '"');
    return end < 0 ? STR_NONE : str_sub(text, 0, (size_t)end);
}

bool unique_explain(struct save *s, struct work *w, const struct err *why)
{
    const struct entity *e = w->item->entity;
    struct str index = named_index(why);
    size_t i;

    for (i = 0; index.n && i < e->n_uniques; i++) {
        if (!str_eq(e->uniques[i].index.s, index))
            continue;
        say_duplicate(s, w, &e->uniques[i]);
        return true;
    }
    return false;
}
