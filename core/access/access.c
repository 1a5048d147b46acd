/* See access.h. */
#include "access/access.h"

#include "model/field/field.h"

struct principal principal_system(enum source source)
{
    return (struct principal){.kind = PRINCIPAL_SYSTEM,
                              .is_admin = true,
                              .may_write = true,
                              .source = source};
}

static bool is_known(const struct principal *who)
{
    return who->kind == PRINCIPAL_SYSTEM || who->kind == PRINCIPAL_USER;
}

bool access_sees(const struct principal *who, const struct entity *e)
{
    (void)e;
    return is_known(who);
}

bool access_may(const struct principal *who, enum access_op op,
                const struct entity *e)
{
    bool writes = op != ACCESS_READ && op != ACCESS_EXPORT;

    if (!is_known(who) || (writes && !who->may_write))
        return false;
    switch (op) {
    case ACCESS_DEFINE:
        return who->is_admin;
    case ACCESS_READ:
    case ACCESS_EXPORT:
        return true;
    case ACCESS_CREATE:
    case ACCESS_UPDATE:
    case ACCESS_DELETE:
        /* users, files: the platform's own are the administrators'; records
           of a removed package are kept as they are */
        return !e->is_archived && (!e->is_platform || who->is_admin);
    }
    return false;
}

bool access_reads_field(const struct principal *who, const struct field *f)
{
    (void)f;
    return is_known(who);
}

bool access_writes_field(const struct principal *who, const struct field *f)
{
    if (!is_known(who) || (f->flags & FIELD_SYSTEM))
        return false;
    return access_may(who, ACCESS_UPDATE, f->entity);
}

enum rc access_rows(const struct principal *who, const struct model *m,
                    const struct entity *e, int alias, struct sqlb *q,
                    struct err *err)
{
    (void)m;
    (void)alias;
    (void)err;
    if (!access_sees(who, e))
        sqlb_lit(q, " AND 0=1");
    return RC_OK;
}

static enum rc rows_of(const void *ctx, const void *entity, int alias,
                       struct sqlb *q, struct err *err)
{
    const struct access_tables *t = ctx;

    return access_rows(t->who, t->model, entity, alias, q, err);
}

static struct ident table_of(const void *ctx, const void *entity)
{
    const struct access_tables *t = ctx;

    return t->model->tables.table(t->model->tables.ctx, entity);
}

static void columns_of(const void *ctx, const void *field,
                       struct fx_columns *out)
{
    const struct access_tables *t = ctx;

    t->model->tables.columns(t->model->tables.ctx, field, out);
}

static int number_of(const void *ctx, const void *entity)
{
    const struct access_tables *t = ctx;

    return t->model->tables.entity_number(t->model->tables.ctx, entity);
}

static const void *target_of(const void *ctx, const void *ref_field)
{
    const struct access_tables *t = ctx;

    return t->model->tables.target(t->model->tables.ctx, ref_field);
}

void access_tables_init(struct access_tables *t, const struct principal *who,
                        const struct model *m)
{
    *t = (struct access_tables){.tables = {.ctx = t,
                                           .table = table_of,
                                           .columns = columns_of,
                                           .entity_number = number_of,
                                           .rows = rows_of,
                                           .target = target_of},
                                .who = who,
                                .model = m};
}

/* --- the grant --------------------------------------------------------------- */

enum { KEY_SEED = 17 };

static uint64_t mix(uint64_t key, uint64_t v)
{
    key ^= v + UINT64_C(0x9e3779b97f4a7c15) + (key << 6) + (key >> 2);
    return key;
}

static const struct str SIDE_COLUMNS[] = {STR_INIT("rec"), STR_INIT("code")};

/* The readable columns of one entity, then its side tables. */
static enum rc grant_entity(const struct principal *who, const struct entity *e,
                            struct arena *a, struct db_grant_table *tables,
                            size_t *n, uint64_t *key, struct err *err)
{
    size_t most = e->n_fields * FIELD_MAX_COLUMNS + 2, kept = 0, i, k;
    struct str *columns = ARENA_ARRAY(a, struct str, most);
    struct db_grant_table *own = &tables[(*n)++];

    if (columns == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for a grant.");
    *key = mix(*key, str_hash(e->table.s));
    for (i = 0; i < e->n_fields; i++) {
        const struct field *f = e->fields[i];
        struct ident names[FIELD_MAX_COLUMNS];
        enum db_type types[FIELD_MAX_COLUMNS];
        size_t n_columns;

        if (!access_reads_field(who, f))
            continue;
        *key = mix(*key, (uint64_t)i);
        n_columns = field_columns(f, names, types);
        for (k = 0; k < n_columns; k++) {
            if (names[k].s.n > 0)
                columns[kept++] = names[k].s;
        }
        if (f->col.side.s.n > 0)
            tables[(*n)++] =
                (struct db_grant_table){f->col.side.s, SIDE_COLUMNS, 2};
    }
    if (e->n_search > 0) /* no name from outside reaches it: query/find.c */
        columns[kept++] = STR("_search");
    *own = (struct db_grant_table){e->table.s, columns, kept};
    return RC_OK;
}

enum rc access_grant(const struct principal *who, const struct model *m,
                     const struct entity *const *entities, size_t n,
                     struct arena *a, const struct db_grant **out,
                     struct err *err)
{
    struct db_grant *grant = ARENA_NEW(a, struct db_grant);
    struct db_grant_table *tables;
    size_t most = 0, kept = 0, i, k;
    uint64_t key = KEY_SEED;
    enum rc rc = RC_OK;

    for (i = 0; i < n; i++) {
        most++;
        for (k = 0; k < entities[i]->n_fields; k++)
            most += entities[i]->fields[k]->col.side.s.n > 0;
    }
    tables = ARENA_ARRAY(a, struct db_grant_table, most + 1);
    if (grant == NULL || tables == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for a grant.");
    key = mix(key, (uint64_t)m->generation);
    for (i = 0; rc == RC_OK && i < n; i++) {
        if (access_sees(who, entities[i]))
            rc = grant_entity(who, entities[i], a, tables, &kept, &key, err);
    }
    if (rc != RC_OK)
        return rc;
    *grant = (struct db_grant){tables, kept, key};
    *out = grant;
    return RC_OK;
}

const char *source_name(enum source s)
{
    switch (s) {
    case SOURCE_UI:
        return "ui";
    case SOURCE_API:
        return "api";
    case SOURCE_IMPORT:
        return "import";
    case SOURCE_RULE:
        return "rule";
    case SOURCE_FLOW:
        return "flow";
    case SOURCE_PORTAL:
        return "portal";
    case SOURCE_MAIL:
        return "mail";
    case SOURCE_UNDO:
        return "undo";
    case SOURCE_CLI:
        return "cli";
    case SOURCE_SEED:
        return "seed";
    }
    return "api";
}
