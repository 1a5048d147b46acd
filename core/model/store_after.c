/*
 * store_after - the end of a publish, still in its transaction: what went takes
 * with it what only spoke of it, and what stays is looked at once more.
 *
 * The journal of an entity goes with its table: before-images are its data too.
 */
#include "model/store_rows.h"

#include "db/sqlb.h"
#include "model/field/field.h"
#include "model/plan_change.h"

/* --- what goes along ------------------------------------------------------- */

static enum rc by_number(struct db *db, struct str sql, int64_t n,
                         struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, sql, &st, err);

    if (rc == RC_OK) {
        db_bind_i64(st, 1, n);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

static enum rc by_text(struct db *db, struct str sql, struct str s,
                       struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, sql, &st, err);

    if (rc == RC_OK) {
        db_bind_str(st, 1, s);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

/* The numbers a field has given: named as record/write.c does. */
static enum rc forget_numbers(struct db *db, const struct field *f,
                              struct arena *a, struct err *err)
{
    struct str name;

    if (!f->number_pattern.n)
        return RC_OK;
    name = str_fmt(a, "%.*s.%.*s", STR_ARG(f->entity->table.s),
                   STR_ARG(f->col.main.s));
    if (!name.p)
        return FAIL(err, RC_NOMEM, "There is no memory to publish.");
    return by_text(db, STR("DELETE FROM sys_seq WHERE name=?1"), name, err);
}

static enum rc forget_entity(struct db *db, const struct entity *e,
                             struct arena *a, struct err *err)
{
    size_t i;
    enum rc rc =
        by_number(db, STR("DELETE FROM sys_chg WHERE ent=?1"), e->number, err);

    if (rc == RC_OK)
        rc = by_number(db, STR("DELETE FROM sys_event WHERE ent=?1"), e->number,
                       err);
    if (rc == RC_OK)
        rc = by_text(db, STR("DELETE FROM sys_view_user WHERE entity=?1"),
                     e->qname, err);
    if (rc == RC_OK)
        rc = by_text(db, STR("DELETE FROM sys_draft WHERE entity=?1"), e->qname,
                     err);
    for (i = 0; rc == RC_OK && i < e->n_fields; i++)
        rc = forget_numbers(db, e->fields[i], a, err);
    return rc;
}

static enum rc forget_package(struct db *db, struct str id, struct err *err)
{
    enum rc rc =
        by_text(db, STR("DELETE FROM sys_kv WHERE package=?1"), id, err);

    return rc == RC_OK
               ? by_text(db, STR("DELETE FROM sys_outbox WHERE package=?1"), id,
                         err)
               : rc;
}

enum rc store_forget(struct db *db, const struct store_change *change,
                     const struct plan *plan, struct arena *a, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < plan->n; i++) {
        const struct plan_change *c = plan->steps[i].detail;

        if (plan->steps[i].op == PLAN_DROP_ENTITY)
            rc = forget_entity(db, c->old_entity, a, err);
        else if (plan->steps[i].op == PLAN_DROP_FIELD)
            rc = forget_numbers(db, c->old_field, a, err);
    }
    return rc == RC_OK && change->remove.n && plan->is_deletion
               ? forget_package(db, change->remove, err)
               : rc;
}

/* --- verification ----------------------------------------------------------- */

static bool is_touched(const struct plan *plan, const struct entity *e)
{
    size_t i;

    for (i = 0; i < plan->n; i++) {
        const struct plan_change *c = plan->steps[i].detail;

        if (c->new_entity == e)
            return true;
    }
    return false;
}

/* Are rows written anew? A column that is added, an index, a name touch none,
   and to count a million twice holds the writer for half a second. */
static bool is_rewritten(const struct plan *plan, const struct entity *e)
{
    size_t i;

    for (i = 0; i < plan->n; i++) {
        const struct plan_change *c = plan->steps[i].detail;
        enum plan_op op = plan->steps[i].op;

        if (c->new_entity == e && op != PLAN_ADD_FIELD &&
            op != PLAN_RENAME_FIELD && op != PLAN_RENAME_ENTITY &&
            op != PLAN_ADD_INDEX && op != PLAN_DROP_INDEX &&
            op != PLAN_ADD_UNIQUE && op != PLAN_DROP_UNIQUE &&
            op != PLAN_REINDEX && op != PLAN_DEFINITIONS)
            return true;
    }
    return false;
}

static enum rc count(struct db *db, const struct entity *e, struct arena *a,
                     int64_t *out, struct err *err)
{
    struct db_stmt *st = NULL;
    struct sqlb q;
    enum rc rc;

    sqlb_init(&q, db_dialect(db_store_of(db)), a);
    sqlb_lit(&q, "SELECT count(*) FROM ");
    sqlb_ident(&q, e->table);
    rc = sqlb_prepare(&q, db, NULL, &st, err);
    if (rc == RC_OK)
        rc = db_step_row(st, err);
    if (rc == RC_OK)
        *out = db_col_i64(st, 0);
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

static void list_columns(struct sqlb *q, const struct entity *e)
{
    struct ident names[FIELD_MAX_COLUMNS];
    enum db_type types[FIELD_MAX_COLUMNS];
    size_t i, k, n;
    bool any = false;

    for (i = 0; i < e->n_fields; i++) {
        n = field_columns(e->fields[i], names, types);
        for (k = 0; k < n; k++) {
            if (any)
                sqlb_lit(q, ", ");
            sqlb_ident(q, names[k]);
            any = true;
        }
    }
}

/* Every column of every field can be read. */
static enum rc read_one(struct db *db, const struct entity *e, struct arena *a,
                        struct err *err)
{
    struct db_stmt *st = NULL;
    bool has_row = false;
    struct sqlb q;
    enum rc rc;

    sqlb_init(&q, db_dialect(db_store_of(db)), a);
    sqlb_lit(&q, "SELECT ");
    list_columns(&q, e);
    sqlb_lit(&q, " FROM ");
    sqlb_ident(&q, e->table);
    sqlb_lit(&q, " LIMIT 1");
    rc = sqlb_prepare(&q, db, NULL, &st, err);
    if (rc == RC_OK)
        rc = db_step(st, &has_row, err);
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

/* -1 for what was not there, or whose rows stay as they are. */
enum rc store_count(struct db *db, const struct model *current,
                    const struct model *next, const struct plan *plan,
                    struct arena *a, int64_t **out, struct err *err)
{
    int64_t *v = ARENA_ARRAY(a, int64_t, next->n_entities + 1);
    size_t i;
    enum rc rc = RC_OK;

    if (!v)
        return FAIL(err, RC_NOMEM, "There is no memory to publish.");
    for (i = 0; rc == RC_OK && i < next->n_entities; i++) {
        const struct entity *e = next->entities[i];
        const struct entity *was =
            current ? model_entity_no(current, e->number) : NULL;

        v[i] = -1;
        if (was && is_rewritten(plan, e))
            rc = count(db, was, a, &v[i], err);
    }
    if (rc == RC_OK)
        *out = v;
    return rc;
}

enum rc store_verify(struct db *db, const struct model *next,
                     const struct plan *plan, const int64_t *before,
                     struct arena *a, struct err *err)
{
    size_t i;
    int64_t now = 0;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < next->n_entities; i++) {
        const struct entity *e = next->entities[i];

        if (!is_touched(plan, e))
            continue;
        rc = read_one(db, e, a, err);
        if (rc == RC_OK && before[i] >= 0)
            rc = count(db, e, a, &now, err);
        if (rc == RC_OK && before[i] >= 0 && now != before[i])
            rc = FAIL(err, RC_BUG,
                      "The publish would change %.*s from %lld to %lld "
                      "records, so it was taken back.",
                      STR_ARG(e->qname), (long long)before[i], (long long)now);
    }
    return rc;
}
