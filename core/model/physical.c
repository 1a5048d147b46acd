/*
 * physical - see the header.
 */
#include "model/physical.h"

#include "model/field/field.h"

enum {
    N_KEYS = sizeof((struct ddl_index){0}.keys) /
             sizeof((struct ddl_index){0}.keys[0])
};

static enum rc no_memory(struct err *err)
{
    return FAIL(err, RC_NOMEM, "There is no memory for the tables.");
}

static bool is_system(const struct field *f, const char *name)
{
    return (f->flags & FIELD_SYSTEM) && str_eq(f->name, str_c(name));
}

/* A ref holds; what created_by and updated_by say is only remembered: a check
   of every write against sys_user would buy nothing, for users stay. */
static void refer(const struct field *f, struct ddl_column *c)
{
    if (!(f->type->traits & FIELD_POINTS) || (f->flags & FIELD_SYSTEM) ||
        f->n_targets != 1 || f->col.ent.s.n)
        return;
    c->references = f->targets[0]->table;
    c->on_delete = f->on_delete == ON_DELETE_CLEAR     ? DDL_SET_NULL
                   : f->on_delete == ON_DELETE_CASCADE ? DDL_CASCADE
                                                       : DDL_RESTRICT;
}

size_t physical_field(const struct field *f, struct ddl_column out[4])
{
    struct ident names[FIELD_MAX_COLUMNS];
    enum db_type types[FIELD_MAX_COLUMNS];
    size_t n = field_columns(f, names, types), i;

    for (i = 0; i < n; i++)
        out[i] = (struct ddl_column){.name = names[i], .type = types[i]};
    if (n == 1)
        refer(f, &out[0]);
    if (is_system(f, "id")) {
        out[0].type = DB_T_ID;
        out[0].primary = true;
        out[0].not_null = true;
    } else if (is_system(f, "rev") || is_system(f, "created_at") ||
               is_system(f, "updated_at")) {
        out[0].not_null = true;
    }
    return n;
}

enum rc physical_table(const struct entity *e, struct arena *a,
                       struct ddl_table *out, struct err *err)
{
    struct ddl_column *v =
        ARENA_ARRAY(a, struct ddl_column, FIELD_MAX_COLUMNS * e->n_fields + 1);
    size_t i, n = 0;

    if (!v)
        return no_memory(err);
    for (i = 0; i < e->n_fields; i++)
        n += physical_field(e->fields[i], v + n);
    v[n++] = (struct ddl_column){.name = IDENT("_search"), .type = DB_T_TEXT};
    *out = (struct ddl_table){.name = e->table, .columns = v, .n = n};
    return RC_OK;
}

enum rc physical_side(const struct field *f, struct arena *a,
                      struct ddl_table *out, struct ddl_index *by_code,
                      struct err *err)
{
    struct ddl_column *v = ARENA_ARRAY(a, struct ddl_column, 2);
    struct ident *key = ARENA_ARRAY(a, struct ident, 2);
    struct str index = str_fmt(a, "%.*s__1", STR_ARG(f->col.side.s));

    if (!v || !key || !index.p)
        return no_memory(err);
    key[0] = IDENT("rec");
    key[1] = IDENT("code");
    v[0] = (struct ddl_column){.name = key[0],
                               .type = DB_T_INT,
                               .not_null = true,
                               .references = f->entity->table,
                               .on_delete = DDL_CASCADE};
    v[1] = (struct ddl_column){
        .name = key[1], .type = DB_T_TEXT, .not_null = true};
    *out = (struct ddl_table){f->col.side, v, 2, key, 2};
    *by_code =
        (struct ddl_index){.name = {index}, .table = f->col.side, .n = 2};
    by_code->keys[0].column = key[1];
    by_code->keys[1].column = key[0];
    return RC_OK;
}

struct ident physical_sort_column(const struct field *f)
{
    if (f->col.key.s.n)
        return f->col.key;
    return f->col.base.s.n ? f->col.base : f->col.main;
}

static void add_key(struct ddl_index *ix, struct ident column, bool descending)
{
    size_t i;

    for (i = 0; i < ix->n; i++)
        if (str_eq(ix->keys[i].column.s, column.s))
            return;
    if (ix->n == N_KEYS)
        return;
    ix->keys[ix->n].column = column;
    ix->keys[ix->n].descending = descending;
    ix->n++;
}

static void index_of(const struct entity *e, const struct index_def *d,
                     struct ddl_index *out)
{
    size_t i;

    *out = (struct ddl_index){
        .name = d->index, .table = e->table, .live_only = d->live_only};
    for (i = 0; i < d->n; i++) {
        if (d->fields[i]->col.ent.s.n)
            add_key(out, d->fields[i]->col.ent, d->descending[i]);
        add_key(out, physical_sort_column(d->fields[i]), d->descending[i]);
    }
    add_key(out, IDENT("id"), d->n && d->descending[d->n - 1]);
}

static void unique_of(const struct entity *e, const struct unique *u,
                      struct ddl_index *out)
{
    size_t i;

    *out = (struct ddl_index){
        .name = u->index, .table = e->table, .unique = true, .live_only = true};
    for (i = 0; i < u->n; i++)
        add_key(out, u->fields[i]->col.main, false);
}

enum rc physical_indexes(const struct entity *e, struct arena *a,
                         struct ddl_index **out, size_t *n, struct err *err)
{
    struct ddl_index *v =
        ARENA_ARRAY(a, struct ddl_index, e->n_uniques + e->n_indexes + 1);
    size_t i, k = 0;

    if (!v)
        return no_memory(err);
    for (i = 0; i < e->n_uniques; i++)
        if (e->uniques[i].index.s.n)
            unique_of(e, &e->uniques[i], &v[k++]);
    for (i = 0; i < e->n_indexes; i++)
        index_of(e, &e->indexes[i], &v[k++]);
    *out = v;
    *n = k;
    return RC_OK;
}
