/*
 * store - the system tables of a new file, its settings and its generation.
 * Packages in the file: store_pkg.c; their publication: store_publish.c.
 */
#include "model/store.h"

#include "model/systables.h"

/* Of what store_create makes; a file of another version is refused. */
static const struct str SCHEMA = STR_INIT("1");

static const struct str SQL_GET =
    STR_INIT("SELECT value FROM sys_meta WHERE key=?1");
static const struct str SQL_SET =
    STR_INIT("INSERT INTO sys_meta(key, value) VALUES(?1, ?2)");

/* *out STR_NONE when there is no such key. */
static enum rc meta_get(struct db *db, struct str key, struct arena *a,
                        struct str *out, struct err *err)
{
    struct db_stmt *st = NULL;
    struct str value = STR_NONE;
    bool has_row = false;
    enum rc rc;

    rc = db_prepare(db, SQL_GET, &st, err);
    if (rc == RC_OK) {
        db_bind_str(st, 1, key);
        rc = db_step(st, &has_row, err);
    }
    if (rc == RC_OK && has_row) {
        value = str_copy(a, db_col_str(st, 0));
        if (!value.p)
            rc = FAIL(err, RC_NOMEM, "There is no memory for a setting.");
    }
    db_stmt_release(st);
    if (rc == RC_OK)
        *out = value;
    return rc;
}

static enum rc meta_set(struct db *db, struct str key, struct str value,
                        struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, SQL_SET, &st, err);

    if (rc == RC_OK) {
        db_bind_str(st, 1, key);
        db_bind_str(st, 2, value);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

/* A new file has no sys_meta: the statement that reads it does not prepare.
   The savepoint is because nothing may follow a failed statement. */
static enum rc is_created(struct db *db, struct arena *a, bool *out,
                          struct err *err)
{
    struct err ignored = ERR_INIT;
    struct str schema = STR_NONE;
    enum rc rc;

    rc = db_savepoint(db, err);
    if (rc != RC_OK)
        return rc;
    rc = meta_get(db, STR("schema"), a, &schema, &ignored);
    if (rc == RC_BUG) {
        *out = false;
        return db_rollback_to(db, err);
    }
    if (rc != RC_OK) {
        if (err)
            *err = ignored;
        return rc;
    }
    if (!str_eq(schema, SCHEMA))
        return FAIL(err, RC_IO,
                    "The file has system tables of version \"%.*s\"; this "
                    "program knows version 1. Open it with the program that "
                    "wrote it.",
                    STR_ARG(schema));
    *out = true;
    return db_release(db, err);
}

static enum rc run(struct sqlb *q, struct db *db, struct err *err)
{
    struct str sql;
    enum rc rc = sqlb_text(q, &sql, err);

    return rc == RC_OK ? db_exec(db, sql, err) : rc;
}

static enum rc create_table(struct db *db, const struct system_table *t,
                            struct arena *a, struct err *err)
{
    enum db_dialect d = db_dialect(db_store_of(db));
    struct sqlb q;
    size_t i;
    enum rc rc;

    sqlb_init(&q, d, a);
    ddl_create_table(&q, &t->table);
    rc = run(&q, db, err);
    sqlb_release(&q);
    for (i = 0; rc == RC_OK && i < t->n_indexes; i++) {
        sqlb_init(&q, d, a);
        ddl_create_index(&q, &t->indexes[i]);
        rc = run(&q, db, err);
        sqlb_release(&q);
    }
    return rc;
}

static enum rc create_all(struct db *db, const struct settings *settings,
                          int64_t now_ms, struct arena *a, struct err *err)
{
    const struct system_table *t;
    size_t n = system_tables(&t), i;
    struct str now = str_fmt(a, "%lld", (long long)now_ms);
    enum rc rc = RC_OK;

    if (!now.p)
        return FAIL(err, RC_NOMEM, "There is no memory for the settings.");
    for (i = 0; rc == RC_OK && i < n; i++)
        rc = create_table(db, &t[i], a, err);
    if (rc == RC_OK)
        rc = ddl_create_search(db, err);
    if (rc == RC_OK)
        rc = meta_set(db, STR("schema"), SCHEMA, err);
    if (rc == RC_OK)
        rc = meta_set(db, STR("created_at"), now, err);
    if (rc == RC_OK)
        rc = meta_set(db, STR("currency"), str_c(settings->currency), err);
    if (rc == RC_OK)
        rc = meta_set(db, STR("tz"), settings->tz, err);
    if (rc == RC_OK)
        rc = meta_set(db, STR("lang"), settings->lang, err);
    if (rc == RC_OK)
        rc = meta_set(db, STR("rights"), STR("1"), err);
    return rc;
}

enum rc store_create(struct db *db, const struct settings *settings,
                     int64_t now_ms, struct err *err)
{
    struct arena a;
    bool there = false;
    enum rc rc;

    arena_init(&a, 1 << 20);
    rc = is_created(db, &a, &there, err);
    if (rc == RC_OK && !there)
        rc = create_all(db, settings, now_ms, &a, err);
    arena_release(&a);
    return rc;
}

enum rc store_generation(struct db *db, int64_t *out, struct err *err)
{
    struct db_stmt *st = NULL;
    int64_t generation = 0;
    enum rc rc = db_prepare(
        db, STR("SELECT coalesce(max(generation), 0) FROM sys_model"), &st,
        err);

    if (rc == RC_OK)
        rc = db_step_row(st, err);
    if (rc == RC_OK)
        generation = db_col_i64(st, 0);
    db_stmt_release(st);
    if (rc == RC_OK)
        *out = generation;
    return rc;
}

enum rc store_settings(struct db *db, struct arena *a, struct settings *out,
                       struct err *err)
{
    struct settings s = {"", STR_NONE, STR_NONE};
    struct str currency = STR_NONE;
    enum rc rc = meta_get(db, STR("currency"), a, &currency, err);

    if (rc == RC_OK)
        rc = meta_get(db, STR("tz"), a, &s.tz, err);
    if (rc == RC_OK)
        rc = meta_get(db, STR("lang"), a, &s.lang, err);
    if (rc != RC_OK)
        return rc;
    if (currency.n != 3)
        return FAIL(err, RC_IO,
                    "The file has no base currency of three "
                    "letters (\"%.*s\").",
                    STR_ARG(currency));
    memcpy(s.currency, currency.p, 3);
    *out = s;
    return RC_OK;
}
