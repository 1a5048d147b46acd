/*
 * plan_ddl - a plan as DDL, run in the write job or written down.
 *
 * The order lets every engine follow: indexes away, columns away, tables away;
 * tables made (a reference to a table made later waits), columns, conversions,
 * indexes. A field that changes its type steps aside under names no author can
 * give (was__0 ...) while its successor is filled from it.
 */
#include "model/plan_change.h"

#include "db/search.h"
#include "model/physical.h"

struct sink {
    const struct plan *plan;
    const struct model *old, *new_model;
    struct db *db; /* NULL: write down */
    enum db_dialect dialect;
    struct buf *out;
    struct arena a;
};

static enum rc finish(struct sink *s, struct sqlb *q, struct err *err)
{
    struct str sql;
    enum rc rc = sqlb_text(q, &sql, err);

    if (rc == RC_OK && s->db) {
        rc = db_exec(s->db, sql, err);
    } else if (rc == RC_OK) {
        buf_add(s->out, sql);
        buf_adds(s->out, ";\n");
    }
    sqlb_release(q);
    return rc;
}

static void begin(struct sink *s, struct sqlb *q)
{
    sqlb_init(q, s->dialect, &s->a);
}

static const struct plan_change *change_of(const struct plan_step *step)
{
    return step->detail;
}

/* --- single statements ---------------------------------------------------- */

static enum rc drop_index(struct sink *s, struct ident name, struct err *err)
{
    struct sqlb q;

    begin(s, &q);
    ddl_drop_index(&q, name);
    return finish(s, &q, err);
}

static enum rc create_index(struct sink *s, const struct ddl_index *ix,
                            struct err *err)
{
    struct sqlb q;

    begin(s, &q);
    ddl_create_index(&q, ix);
    return finish(s, &q, err);
}

static enum rc drop_table(struct sink *s, struct ident table, struct err *err)
{
    struct sqlb q;

    begin(s, &q);
    ddl_drop_table(&q, table);
    return finish(s, &q, err);
}

static enum rc drop_column(struct sink *s, struct ident table,
                           struct ident column, struct err *err)
{
    struct sqlb q;

    begin(s, &q);
    ddl_drop_column(&q, table, column);
    return finish(s, &q, err);
}

static enum rc rename_column(struct sink *s, struct ident table,
                             struct ident from, struct ident to,
                             struct err *err)
{
    struct sqlb q;

    begin(s, &q);
    ddl_rename_column(&q, table, from, to);
    return finish(s, &q, err);
}

static enum rc add_column(struct sink *s, struct ident table,
                          const struct ddl_column *c, struct err *err)
{
    struct sqlb q;

    begin(s, &q);
    ddl_add_column(&q, table, c);
    return finish(s, &q, err);
}

static enum rc create_side(struct sink *s, const struct field *f,
                           struct err *err)
{
    struct ddl_table t;
    struct ddl_index by_code;
    struct sqlb q;
    enum rc rc;

    if (!f->col.side.s.n)
        return RC_OK;
    rc = physical_side(f, &s->a, &t, &by_code, err);
    if (rc != RC_OK)
        return rc;
    begin(s, &q);
    ddl_create_table(&q, &t);
    rc = finish(s, &q, err);
    return rc == RC_OK ? create_index(s, &by_code, err) : rc;
}

static enum rc drop_side(struct sink *s, const struct field *f, struct err *err)
{
    return f->col.side.s.n ? drop_table(s, f->col.side, err) : RC_OK;
}

/* --- what goes ------------------------------------------------------------ */

/* Indexes over columns that go or change are dropped with them; those that the
   new model has too are made again at the end. */
static enum rc drop_indexes_of(struct sink *s, const struct entity *e,
                               const struct field *f, struct err *err)
{
    struct ddl_index *v;
    size_t n, i;
    enum rc rc = physical_indexes(e, &s->a, &v, &n, err);

    for (i = 0; rc == RC_OK && i < n; i++)
        if (plan_index_has(&v[i], f))
            rc = drop_index(s, v[i].name, err);
    return rc;
}

static enum rc drop_indexes(struct sink *s, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < s->plan->n; i++) {
        const struct plan_step *step = &s->plan->steps[i];
        const struct plan_change *c = change_of(step);

        if (step->op == PLAN_DROP_INDEX || step->op == PLAN_DROP_UNIQUE)
            rc = drop_index(s, c->index->name, err);
        else if (step->op == PLAN_DROP_FIELD || step->op == PLAN_RETYPE_FIELD)
            rc = drop_indexes_of(s, c->old_entity, c->old_field, err);
    }
    return rc;
}

static enum rc drop_columns_of(struct sink *s, const struct field *f,
                               struct err *err)
{
    struct ident names[FIELD_MAX_COLUMNS];
    enum db_type types[FIELD_MAX_COLUMNS];
    size_t n = field_columns(f, names, types), i;
    enum rc rc = drop_side(s, f, err);

    for (i = 0; rc == RC_OK && i < n; i++)
        rc = drop_column(s, f->entity->table, names[i], err);
    return rc;
}

static enum rc drop_fields(struct sink *s, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < s->plan->n; i++)
        if (s->plan->steps[i].op == PLAN_DROP_FIELD)
            rc = drop_columns_of(s, change_of(&s->plan->steps[i])->old_field,
                                 err);
    return rc;
}

/* Records of an entity that goes must not be found any more. */
static enum rc forget_search(struct sink *s, const struct entity *e,
                             struct err *err)
{
    struct db_stmt *st = NULL;
    struct sqlb q;
    bool has_row = true;
    enum rc rc;

    if (!s->db)
        return RC_OK;
    begin(s, &q);
    sqlb_lit(&q, "SELECT id, ");
    sqlb_ident(&q, IDENT("_search"));
    sqlb_lit(&q, " FROM ");
    sqlb_ident(&q, e->table);
    sqlb_lit(&q, " WHERE ");
    sqlb_ident(&q, IDENT("_search"));
    sqlb_lit(&q, " IS NOT NULL");
    rc = sqlb_prepare(&q, s->db, NULL, &st, err);
    while (rc == RC_OK && (rc = db_step(st, &has_row, err)) == RC_OK && has_row)
        rc = search_put(s->db, db_col_i64(st, 0), e->number, db_col_str(st, 1),
                        STR_NONE, err);
    db_stmt_release(st);
    sqlb_release(&q);
    return rc;
}

static bool is_dropped(const struct sink *s, struct ident table)
{
    size_t i;

    for (i = 0; i < s->plan->n; i++)
        if (s->plan->steps[i].op == PLAN_DROP_ENTITY &&
            str_eq(change_of(&s->plan->steps[i])->old_entity->table.s, table.s))
            return true;
    return false;
}

/* Tables that point at each other hold each other: their references go first. */
static enum rc let_go(struct sink *s, const struct entity *e, struct err *err)
{
    struct ddl_column v[FIELD_MAX_COLUMNS];
    size_t i, n;
    enum rc rc = RC_OK;

    for (i = e->n_system; rc == RC_OK && i < e->n_fields; i++) {
        n = physical_field(e->fields[i], v);
        if (n != 1 || !v[0].references.s.n || !is_dropped(s, v[0].references))
            continue;
        rc = drop_indexes_of(s, e, e->fields[i], err);
        if (rc == RC_OK)
            rc = drop_column(s, e->table, v[0].name, err);
    }
    return rc;
}

static enum rc drop_entity(struct sink *s, const struct entity *e,
                           struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < e->n_fields; i++)
        rc = drop_side(s, e->fields[i], err);
    return rc == RC_OK ? drop_table(s, e->table, err) : rc;
}

static enum rc each_dropped(struct sink *s,
                            enum rc (*f)(struct sink *s, const struct entity *e,
                                         struct err *err),
                            struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < s->plan->n; i++)
        if (s->plan->steps[i].op == PLAN_DROP_ENTITY)
            rc = f(s, change_of(&s->plan->steps[i])->old_entity, err);
    return rc;
}

/* --- what comes ----------------------------------------------------------- */

static bool is_old_table(const struct sink *s, struct ident table)
{
    size_t i;

    for (i = 0; s->old && i < s->old->n_entities; i++)
        if (str_eq(s->old->entities[i]->table.s, table.s))
            return true;
    return false;
}

/* Is the table there when step `upto` makes its own? */
static bool is_there(const struct sink *s, struct ident table, size_t upto)
{
    size_t i;

    if (!table.s.n || is_old_table(s, table))
        return true;
    for (i = 0; i <= upto; i++)
        if (s->plan->steps[i].op == PLAN_ADD_ENTITY &&
            str_eq(change_of(&s->plan->steps[i])->new_entity->table.s, table.s))
            return true;
    return false;
}

static enum rc create_table(struct sink *s, size_t step, struct err *err)
{
    const struct entity *e = change_of(&s->plan->steps[step])->new_entity;
    struct ddl_column *kept;
    struct ddl_table t;
    struct sqlb q;
    size_t i, n = 0;
    enum rc rc = physical_table(e, &s->a, &t, err);

    if (rc != RC_OK)
        return rc;
    kept = ARENA_ARRAY(&s->a, struct ddl_column, t.n);
    if (!kept)
        return FAIL(err, RC_NOMEM, "There is no memory for the tables.");
    for (i = 0; i < t.n; i++)
        if (is_there(s, t.columns[i].references, step))
            kept[n++] = t.columns[i];
    t.columns = kept;
    t.n = n;
    begin(s, &q);
    ddl_create_table(&q, &t);
    return finish(s, &q, err);
}

static enum rc late_columns(struct sink *s, size_t step, struct err *err)
{
    const struct entity *e = change_of(&s->plan->steps[step])->new_entity;
    struct ddl_table t;
    size_t i;
    enum rc rc = physical_table(e, &s->a, &t, err);

    for (i = 0; rc == RC_OK && i < t.n; i++)
        if (!is_there(s, t.columns[i].references, step))
            rc = add_column(s, e->table, &t.columns[i], err);
    for (i = 0; rc == RC_OK && i < e->n_fields; i++)
        rc = create_side(s, e->fields[i], err);
    return rc;
}

static enum rc create_tables(struct sink *s, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < s->plan->n; i++)
        if (s->plan->steps[i].op == PLAN_ADD_ENTITY)
            rc = create_table(s, i, err);
    for (i = 0; rc == RC_OK && i < s->plan->n; i++)
        if (s->plan->steps[i].op == PLAN_ADD_ENTITY)
            rc = late_columns(s, i, err);
    return rc;
}

static enum rc add_field(struct sink *s, const struct field *f, struct err *err)
{
    struct ddl_column v[FIELD_MAX_COLUMNS];
    size_t n = physical_field(f, v), i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < n; i++)
        rc = add_column(s, f->entity->table, &v[i], err);
    return rc == RC_OK ? create_side(s, f, err) : rc;
}

static enum rc retype_field(struct sink *s, const struct field *from,
                            const struct field *to, struct err *err)
{
    static const struct ident ASIDE[FIELD_MAX_COLUMNS] = {{STR_INIT("was__0")},
                                                          {STR_INIT("was__1")},
                                                          {STR_INIT("was__2")},
                                                          {STR_INIT("was__3")}};
    struct ident names[FIELD_MAX_COLUMNS];
    enum db_type types[FIELD_MAX_COLUMNS];
    size_t n = field_columns(from, names, types), i;
    struct ident table = to->entity->table;
    enum rc rc = drop_side(s, from, err);

    for (i = 0; rc == RC_OK && i < n; i++)
        rc = rename_column(s, table, names[i], ASIDE[i], err);
    if (rc == RC_OK)
        rc = add_field(s, to, err);
    if (rc == RC_OK && s->db)
        rc = plan_convert_rows(s->db, s->new_model, from, ASIDE, to, err);
    else if (rc == RC_OK)
        buf_addf(s->out, "-- every value: %s to %s\n", from->type->name,
                 to->type->name);
    for (i = 0; rc == RC_OK && i < n; i++)
        rc = drop_column(s, table, ASIDE[i], err);
    return rc;
}

static enum rc change_fields(struct sink *s, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < s->plan->n; i++) {
        const struct plan_change *c = change_of(&s->plan->steps[i]);

        if (s->plan->steps[i].op == PLAN_ADD_FIELD)
            rc = add_field(s, c->new_field, err);
        else if (s->plan->steps[i].op == PLAN_RETYPE_FIELD)
            rc = retype_field(s, c->old_field, c->new_field, err);
    }
    return rc;
}

/* A retyped field lost its indexes in the beginning; those that the plan adds
   for other reasons are not made twice. */
static bool is_planned(const struct sink *s, struct ident index)
{
    size_t i;

    for (i = 0; i < s->plan->n; i++) {
        enum plan_op op = s->plan->steps[i].op;

        if ((op == PLAN_ADD_INDEX || op == PLAN_ADD_UNIQUE) &&
            str_eq(change_of(&s->plan->steps[i])->index->name.s, index.s))
            return true;
    }
    return false;
}

static bool lost(const struct sink *s, const struct ddl_index *ix)
{
    size_t i;

    for (i = 0; i < s->plan->n; i++) {
        const struct plan_change *c = change_of(&s->plan->steps[i]);

        if (s->plan->steps[i].op == PLAN_RETYPE_FIELD &&
            str_eq(ix->table.s, c->new_entity->table.s) &&
            (plan_index_has(ix, c->new_field) ||
             plan_index_has(ix, c->old_field)))
            return true;
    }
    return false;
}

static enum rc create_indexes_of(struct sink *s, const struct entity *e,
                                 bool all, struct err *err)
{
    struct ddl_index *v;
    size_t n, i;
    enum rc rc = physical_indexes(e, &s->a, &v, &n, err);

    for (i = 0; rc == RC_OK && i < n; i++)
        if (all || (lost(s, &v[i]) && !is_planned(s, v[i].name)))
            rc = create_index(s, &v[i], err);
    return rc;
}

/* The entities with a retyped field, each once. */
static bool is_first_retype(const struct sink *s, size_t step)
{
    const struct entity *e = change_of(&s->plan->steps[step])->new_entity;
    size_t i;

    for (i = 0; i < step; i++)
        if (s->plan->steps[i].op == PLAN_RETYPE_FIELD &&
            change_of(&s->plan->steps[i])->new_entity == e)
            return false;
    return true;
}

static enum rc create_indexes(struct sink *s, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < s->plan->n; i++) {
        const struct plan_step *step = &s->plan->steps[i];
        const struct plan_change *c = change_of(step);

        if (step->op == PLAN_ADD_ENTITY)
            rc = create_indexes_of(s, c->new_entity, true, err);
        else if (step->op == PLAN_RETYPE_FIELD && is_first_retype(s, i))
            rc = create_indexes_of(s, c->new_entity, false, err);
        else if (step->op == PLAN_ADD_INDEX || step->op == PLAN_ADD_UNIQUE)
            rc = create_index(s, c->index, err);
    }
    return rc;
}

/* --- all together --------------------------------------------------------- */

static enum rc all_steps(struct sink *s, struct err *err)
{
    enum rc rc = drop_indexes(s, err);

    if (rc == RC_OK)
        rc = drop_fields(s, err);
    if (rc == RC_OK)
        rc = each_dropped(s, forget_search, err);
    if (rc == RC_OK)
        rc = each_dropped(s, let_go, err);
    if (rc == RC_OK)
        rc = each_dropped(s, drop_entity, err);
    if (rc == RC_OK)
        rc = create_tables(s, err);
    if (rc == RC_OK)
        rc = change_fields(s, err);
    return rc == RC_OK ? create_indexes(s, err) : rc;
}

enum rc plan_apply(const struct plan *plan, const struct model *old,
                   const struct model *new_model, struct db *db,
                   struct err *err)
{
    struct sink s = {.plan = plan,
                     .old = old,
                     .new_model = new_model,
                     .db = db,
                     .dialect = db_dialect(db_store_of(db))};
    enum rc rc;

    if (plan->n_refused)
        return FAIL(err, RC_CONFLICT, "%.*s", STR_ARG(plan->refused[0].text));
    arena_init(&s.a, 64 << 20);
    rc = all_steps(&s, err);
    arena_release(&s.a);
    return rc;
}

enum rc plan_sql(const struct plan *plan, const struct model *old,
                 const struct model *new_model, enum db_dialect d,
                 struct buf *out, struct err *err)
{
    struct sink s = {.plan = plan,
                     .old = old,
                     .new_model = new_model,
                     .dialect = d,
                     .out = out};
    enum rc rc;

    arena_init(&s.a, 64 << 20);
    rc = all_steps(&s, err);
    arena_release(&s.a);
    if (rc == RC_OK && out->failed != RC_OK)
        rc = FAIL(err, out->failed, "The DDL is too long to be shown.");
    return rc;
}
