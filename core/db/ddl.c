/*
 * ddl.c - tables and indexes in the spelling of each engine.
 *
 * SQLite: STRICT tables, so that a value of another type is an error there as
 * it is elsewhere. PostgreSQL: text compares by bytes (COLLATE "C"), as in
 * SQLite and in C. Every index key says its order and its nulls, the same as
 * the planner's ORDER BY, so that both directions walk the index.
 */
#include "db/ddl.h"

#include <assert.h>

static bool postgres(const struct sqlb *q)
{
    return q->dialect == DB_POSTGRES;
}

static void column_type(struct sqlb *q, enum db_type type)
{
    static const char *const SQLITE[] = {
        [DB_T_ID] = "INTEGER", [DB_T_INT] = "INTEGER", [DB_T_BOOL] = "INTEGER",
        [DB_T_TEXT] = "TEXT",  [DB_T_FLOAT] = "REAL",  [DB_T_BLOB] = "BLOB",
        [DB_T_JSON] = "TEXT"};
    static const char *const POSTGRES[] = {[DB_T_ID] = "bigint",
                                           [DB_T_INT] = "bigint",
                                           [DB_T_BOOL] = "boolean",
                                           [DB_T_TEXT] = "text COLLATE \"C\"",
                                           [DB_T_FLOAT] = "double precision",
                                           [DB_T_BLOB] = "bytea",
                                           [DB_T_JSON] = "json"};

    buf_adds(&q->text, postgres(q) ? POSTGRES[type] : SQLITE[type]);
}

static void literal(struct sqlb *q, const struct value *v, enum db_type type)
{
    if (v->kind == V_TEXT)
        sqlb_text_literal(q, v->u.s);
    else if (v->kind == V_BOOL && postgres(q))
        buf_adds(&q->text, v->u.b ? "true" : "false");
    else if (v->kind == V_BOOL)
        buf_adds(&q->text, v->u.b ? "1" : "0");
    else if (v->kind == V_FLOAT)
        buf_addf(&q->text, "(%.17g)", v->u.f);
    else if (v->kind == V_INT && type == DB_T_BOOL && postgres(q))
        buf_adds(&q->text, v->u.i ? "true" : "false");
    else if (v->kind != V_NULL && v->kind != V_LIST)
        sqlb_int(q, v->u.i);
    else
        sqlb_lit(q, "NULL");
}

static void references(struct sqlb *q, const struct ddl_column *c)
{
    static const char *const ON_DELETE[] = {[DDL_RESTRICT] = " RESTRICT",
                                            [DDL_SET_NULL] = " SET NULL",
                                            [DDL_CASCADE] = " CASCADE"};

    sqlb_lit(q, " REFERENCES ");
    sqlb_ident(q, c->references);
    sqlb_lit(q, "(\"id\") ON DELETE");
    buf_adds(&q->text, ON_DELETE[c->on_delete]);
}

static void column(struct sqlb *q, const struct ddl_column *c)
{
    sqlb_ident(q, c->name);
    sqlb_lit(q, " ");
    column_type(q, c->type);
    if (c->primary)
        sqlb_lit(q, " PRIMARY KEY");
    // Only a key of integers is never null by itself in SQLite.
    if (c->not_null ||
        (c->primary && c->type != DB_T_ID && c->type != DB_T_INT))
        sqlb_lit(q, " NOT NULL");
    if (c->constant_default) {
        sqlb_lit(q, " DEFAULT ");
        literal(q, c->constant_default, c->type);
    }
    if (c->references.s.n > 0)
        references(q, c);
}

/*
 * Rows of a key of several columns live in the key's own tree: one look-up
 * less. Not where they are large: they would crowd out the keys.
 */
static bool lives_in_key(const struct ddl_table *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->columns[i].type == DB_T_BLOB || t->columns[i].type == DB_T_JSON)
            return false;
    return t->n_pk > 0;
}

void ddl_create_table(struct sqlb *q, const struct ddl_table *t)
{
    sqlb_lit(q, "CREATE TABLE ");
    sqlb_ident(q, t->name);
    sqlb_lit(q, " (");
    for (size_t i = 0; i < t->n; i++) {
        if (i > 0)
            sqlb_lit(q, ", ");
        column(q, &t->columns[i]);
    }
    if (t->n_pk > 0) {
        sqlb_lit(q, ", PRIMARY KEY (");
        for (size_t i = 0; i < t->n_pk; i++) {
            if (i > 0)
                sqlb_lit(q, ", ");
            sqlb_ident(q, t->primary_key[i]);
        }
        sqlb_lit(q, ")");
    }
    sqlb_lit(q, ")");
    if (postgres(q))
        return;
    if (lives_in_key(t))
        sqlb_lit(q, " STRICT, WITHOUT ROWID");
    else
        sqlb_lit(q, " STRICT");
}

void ddl_drop_table(struct sqlb *q, struct ident table)
{
    sqlb_lit(q, "DROP TABLE IF EXISTS ");
    sqlb_ident(q, table);
}

static void alter(struct sqlb *q, struct ident table)
{
    sqlb_lit(q, "ALTER TABLE ");
    sqlb_ident(q, table);
}

void ddl_rename_table(struct sqlb *q, struct ident from, struct ident to)
{
    alter(q, from);
    sqlb_lit(q, " RENAME TO ");
    sqlb_ident(q, to);
}

void ddl_add_column(struct sqlb *q, struct ident table,
                    const struct ddl_column *c)
{
    alter(q, table);
    sqlb_lit(q, " ADD COLUMN ");
    column(q, c);
}

void ddl_drop_column(struct sqlb *q, struct ident table, struct ident name)
{
    alter(q, table);
    sqlb_lit(q, " DROP COLUMN ");
    sqlb_ident(q, name);
}

void ddl_rename_column(struct sqlb *q, struct ident table, struct ident from,
                       struct ident to)
{
    alter(q, table);
    sqlb_lit(q, " RENAME COLUMN ");
    sqlb_ident(q, from);
    sqlb_lit(q, " TO ");
    sqlb_ident(q, to);
}

void ddl_create_index(struct sqlb *q, const struct ddl_index *ix)
{
    if (ix->unique)
        sqlb_lit(q, "CREATE UNIQUE INDEX IF NOT EXISTS ");
    else
        sqlb_lit(q, "CREATE INDEX IF NOT EXISTS ");
    sqlb_ident(q, ix->name);
    sqlb_lit(q, " ON ");
    sqlb_ident(q, ix->table);
    sqlb_lit(q, " (");
    for (size_t i = 0; i < ix->n; i++) {
        if (i > 0)
            sqlb_lit(q, ", ");
        sqlb_ident(q, ix->keys[i].column);
        // SQLite knows only its own order of nulls in an index: the same.
        if (postgres(q))
            sqlb_order(q, ix->keys[i].descending);
        else if (ix->keys[i].descending)
            sqlb_lit(q, " DESC");
        else
            sqlb_lit(q, " ASC");
    }
    sqlb_lit(q, ")");
    if (ix->live_only)
        sqlb_lit(q, " WHERE \"deleted_at\" IS NULL");
}

void ddl_drop_index(struct sqlb *q, struct ident index)
{
    sqlb_lit(q, "DROP INDEX IF EXISTS ");
    sqlb_ident(q, index);
}

/* ---- the search tables ------------------------------------------------- */

/*
 * SQLite: contentless, so the text is stored once, in the record's `_search`.
 * s_ent says which entity an id is of, which a contentless table cannot tell.
 * detail=column is enough for words (no phrases) and a third smaller; trigram
 * queries are phrases and need it full. columnsize=0: no ranking by length, so
 * a row less for each record in each of the two.
 */
static const char *const SEARCH_SQLITE[] = {
    "CREATE VIRTUAL TABLE IF NOT EXISTS \"s_word\" USING fts5(ent, words,"
    " content='', columnsize=0, tokenize='ascii', prefix='2 3',"
    " detail='column')",
    "CREATE VIRTUAL TABLE IF NOT EXISTS \"s_all\" USING fts5(ent, folded,"
    " content='', columnsize=0, tokenize='trigram case_sensitive 1')",
    "CREATE TABLE IF NOT EXISTS \"s_ent\" (\"id\" INTEGER PRIMARY KEY,"
    " \"ent\" INTEGER NOT NULL) STRICT"};

/*
 * Segments gather until the writer is quiet (sqlite/merge.c). A writer that
 * never is merges from 32 of a level on, in pieces (automerge); a level is
 * never merged at once (crisismerge), which would hold up everybody. hashsize:
 * what an import feeds in one transaction is one segment.
 */
#define TUNE(table, what, to)                                                  \
    "INSERT INTO " table "(" table ", rank) VALUES('" what "', " to ")"
#define TUNE_BOTH(what, to) TUNE("s_word", what, to), TUNE("s_all", what, to)
static const char *const SEARCH_TUNING[] = {TUNE_BOTH("automerge", "32"),
                                            TUNE_BOTH("crisismerge", "1000"),
                                            TUNE_BOTH("hashsize", "8388608")};

static const char *const SEARCH_POSTGRES[] = {
    "CREATE TABLE IF NOT EXISTS \"s_ent\" (\"id\" bigint PRIMARY KEY,"
    " \"ent\" bigint NOT NULL, \"words\" tsvector, \"folded\" text"
    " COLLATE \"C\")",
    "CREATE INDEX IF NOT EXISTS \"s_ent__1\" ON \"s_ent\" USING gin"
    " (\"words\")",
    "CREATE INDEX IF NOT EXISTS \"s_ent__2\" ON \"s_ent\" USING gin"
    " (\"folded\" gin_trgm_ops)"};

void ddl_search_step(struct sqlb *q, int step)
{
    assert(step >= 0 && step < DDL_SEARCH_STEPS);
    buf_adds(&q->text,
             postgres(q) ? SEARCH_POSTGRES[step] : SEARCH_SQLITE[step]);
}

enum rc ddl_create_search(struct db *db, struct err *err)
{
    bool pg = db_dialect(db_store_of(db)) == DB_POSTGRES;
    enum rc rc = RC_OK;

    for (int i = 0; i < DDL_SEARCH_STEPS && rc == RC_OK; i++)
        rc =
            db_exec(db, str_c(pg ? SEARCH_POSTGRES[i] : SEARCH_SQLITE[i]), err);
    for (size_t i = 0; !pg && rc == RC_OK &&
                       i < sizeof SEARCH_TUNING / sizeof SEARCH_TUNING[0];
         i++)
        rc = db_exec(db, str_c(SEARCH_TUNING[i]), err);
    return rc;
}
