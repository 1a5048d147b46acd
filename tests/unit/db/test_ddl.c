/*
 * DDL and built queries in both dialects, compared with tests/golden. What the
 * goldens say is run: here by SQLite, in tests/integration/pg by PostgreSQL.
 */
#include <stdio.h>

#include "base/buf.h"
#include "db/ddl.h"
#include "fixture.h"

/* ---- a small catalogue ------------------------------------------------- */

static const struct value FALSE_ = {.kind = V_BOOL, .u.b = false};
static const struct value ONE = {.kind = V_INT, .u.i = 1};
static const struct value MINUS = {.kind = V_INT, .u.i = -2};
static const struct value QUOTE = {.kind = V_TEXT, .u.s = STR_INIT("it's \\")};
static const struct value HALF = {.kind = V_FLOAT, .u.f = 0.5};

static const struct ddl_column FIRM[] = {
    {.name = IDENT_INIT("id"), .type = DB_T_ID, .primary = true},
    {.name = IDENT_INIT("rev"),
     .type = DB_T_INT,
     .not_null = true,
     .constant_default = &ONE},
    {.name = IDENT_INIT("name"), .type = DB_T_TEXT},
    {.name = IDENT_INIT("name__k"), .type = DB_T_TEXT},
    {.name = IDENT_INIT("order"), .type = DB_T_INT, .constant_default = &MINUS},
    {.name = IDENT_INIT("active"),
     .type = DB_T_BOOL,
     .constant_default = &FALSE_},
    {.name = IDENT_INIT("note"), .type = DB_T_TEXT, .constant_default = &QUOTE},
    {.name = IDENT_INIT("score"),
     .type = DB_T_FLOAT,
     .constant_default = &HALF},
    {.name = IDENT_INIT("secret"), .type = DB_T_BLOB},
    {.name = IDENT_INIT("extra"), .type = DB_T_JSON},
    {.name = IDENT_INIT("deleted_at"), .type = DB_T_INT}};
static const struct ddl_column DEAL[] = {
    {.name = IDENT_INIT("id"), .type = DB_T_ID, .primary = true},
    {.name = IDENT_INIT("firm"),
     .type = DB_T_ID,
     .references = IDENT_INIT("crm_firm"),
     .on_delete = DDL_RESTRICT},
    {.name = IDENT_INIT("stage"), .type = DB_T_TEXT},
    {.name = IDENT_INIT("amount"), .type = DB_T_INT},
    {.name = IDENT_INIT("deleted_at"), .type = DB_T_INT}};
static const struct ddl_column PARENT = {.name = IDENT_INIT("parent"),
                                         .type = DB_T_ID,
                                         .references = IDENT_INIT("crm_deal"),
                                         .on_delete = DDL_SET_NULL};
static const struct ddl_column LINK[] = {
    {.name = IDENT_INIT("rec"),
     .type = DB_T_ID,
     .not_null = true,
     .references = IDENT_INIT("crm_deal"),
     .on_delete = DDL_CASCADE},
    {.name = IDENT_INIT("code"), .type = DB_T_TEXT, .not_null = true}};
static const struct ident LINK_KEY[] = {IDENT_INIT("rec"), IDENT_INIT("code")};
static const struct ddl_column CHUNK[] = {
    {.name = IDENT_INIT("sha256"), .type = DB_T_BLOB, .not_null = true},
    {.name = IDENT_INIT("n"), .type = DB_T_INT, .not_null = true},
    {.name = IDENT_INIT("data"), .type = DB_T_BLOB, .not_null = true}};
static const struct ident CHUNK_KEY[] = {IDENT_INIT("sha256"), IDENT_INIT("n")};
static const struct ddl_column NAMED[] = {
    {.name = IDENT_INIT("key"), .type = DB_T_TEXT, .primary = true},
    {.name = IDENT_INIT("value"), .type = DB_T_TEXT}};

#define TABLE(n_, c_)                                                          \
    {                                                                          \
        .name = IDENT_INIT(n_), .columns = c_, .n = sizeof c_ / sizeof c_[0]   \
    }
static const struct ddl_table TABLES[] = {
    TABLE("crm_firm", FIRM),
    TABLE("crm_deal", DEAL),
    {.name = IDENT_INIT("m_crm_deal_tags"),
     .columns = LINK,
     .n = 2,
     .primary_key = LINK_KEY,
     .n_pk = 2},
    {.name = IDENT_INIT("sys_chunk"),
     .columns = CHUNK,
     .n = 3,
     .primary_key = CHUNK_KEY,
     .n_pk = 2},
    TABLE("sys_named", NAMED)};
static const struct ddl_index INDEXES[] = {
    {.name = IDENT_INIT("crm_firm__1"),
     .table = IDENT_INIT("crm_firm"),
     .keys = {{IDENT_INIT("name__k"), false},
              {IDENT_INIT("name"), false},
              {IDENT_INIT("id"), false}},
     .n = 3},
    {.name = IDENT_INIT("crm_firm__2"),
     .table = IDENT_INIT("crm_firm"),
     .keys = {{IDENT_INIT("name"), false}},
     .n = 1,
     .unique = true,
     .live_only = true},
    {.name = IDENT_INIT("crm_deal__1"),
     .table = IDENT_INIT("crm_deal"),
     .keys = {{IDENT_INIT("stage"), false},
              {IDENT_INIT("amount"), true},
              {IDENT_INIT("id"), true}},
     .n = 3,
     .live_only = true}};

static void line(struct sqlb *q)
{
    sqlb_lit(q, ";\n");
}

static void catalogue(struct sqlb *q)
{
    static const struct ident DEAL_ = IDENT_INIT("crm_deal");

    for (size_t i = 0; i < sizeof TABLES / sizeof TABLES[0]; i++) {
        ddl_create_table(q, &TABLES[i]);
        line(q);
    }
    for (size_t i = 0; i < sizeof INDEXES / sizeof INDEXES[0]; i++) {
        ddl_create_index(q, &INDEXES[i]);
        line(q);
    }
    ddl_add_column(q, DEAL_, &PARENT);
    line(q);
    ddl_rename_column(q, DEAL_, IDENT("parent"), IDENT("parent_deal"));
    line(q);
    ddl_drop_column(q, DEAL_, IDENT("parent_deal"));
    line(q);
    ddl_drop_index(q, IDENT("crm_firm__1"));
    line(q);
    ddl_rename_table(q, IDENT("sys_named"), IDENT("sys_other"));
    line(q);
    ddl_drop_table(q, IDENT("sys_other"));
    line(q);
    for (int i = 0; i < DDL_SEARCH_STEPS; i++) {
        ddl_search_step(q, i);
        line(q);
    }
}

/* ---- queries ----------------------------------------------------------- */

static void a_page(struct sqlb *q)
{
    static const int64_t IDS[] = {4, 5};

    sqlb_lit(q, "SELECT ");
    sqlb_col(q, 1, IDENT("id"));
    sqlb_lit(q, ", CASE ");
    sqlb_col(q, 1, IDENT("stage"));
    sqlb_lit(q, " WHEN ");
    sqlb_text_literal(q, STR("won't"));
    sqlb_lit(q, " THEN ");
    sqlb_int(q, -1);
    sqlb_lit(q, " ELSE ");
    sqlb_int(q, INT64_MIN);
    sqlb_lit(q, " END FROM ");
    sqlb_ident(q, IDENT("crm_deal"));
    sqlb_lit(q, " AS ");
    sqlb_alias(q, 1);
    sqlb_lit(q, " JOIN ");
    sqlb_ident(q, IDENT("crm_firm"));
    sqlb_lit(q, " AS ");
    sqlb_alias(q, 2);
    sqlb_lit(q, " ON ");
    sqlb_col(q, 2, IDENT("id"));
    sqlb_lit(q, " = ");
    sqlb_col(q, 1, IDENT("firm"));
    sqlb_lit(q, " WHERE ");
    sqlb_bool_is(q, 2, IDENT("active"), true);
    sqlb_lit(q, " AND ");
    sqlb_col(q, 1, IDENT("stage"));
    sqlb_lit(q, " = ");
    sqlb_bind_str(q, STR("open"));
    sqlb_lit(q, " AND ");
    sqlb_col(q, 1, IDENT("amount"));
    sqlb_lit(q, " - ");
    sqlb_int(q, -1);
    sqlb_lit(q, " > ");
    sqlb_bind_i64(q, 100);
    sqlb_lit(q, " AND ");
    sqlb_col(q, 2, IDENT("score"));
    sqlb_lit(q, " < ");
    sqlb_bind_f64(q, 0.75);
    sqlb_lit(q, " AND ");
    sqlb_col(q, 1, IDENT("id"));
    sqlb_bind_ids(q, IDS, 2);
    sqlb_lit(q, " ORDER BY ");
    sqlb_col(q, 1, IDENT("amount"));
    sqlb_order(q, true);
    sqlb_lit(q, ", ");
    sqlb_col(q, 1, IDENT("id"));
    sqlb_order(q, true);
    sqlb_limit(q, 50);
}

static void a_write(struct sqlb *q)
{
    sqlb_lit(q, "UPDATE ");
    sqlb_ident(q, IDENT("crm_firm"));
    sqlb_lit(q, " SET ");
    sqlb_col(q, -1, IDENT("active"));
    sqlb_lit(q, " = ");
    sqlb_bind_bool(q, true);
    sqlb_lit(q, ", ");
    sqlb_col(q, -1, IDENT("extra"));
    sqlb_lit(q, " = ");
    sqlb_bind_str(q, STR("{}"));
    sqlb_lit(q, ", ");
    sqlb_col(q, -1, IDENT("note"));
    sqlb_lit(q, " = ");
    sqlb_bind_null(q);
    sqlb_lit(q, " WHERE ");
    sqlb_bool_is(q, -1, IDENT("active"), false);
    sqlb_lit(q, " RETURNING ");
    sqlb_ident(q, IDENT("id"));
}

/* A table as it was: bound rows beside those of the table itself. */
static void a_past(struct sqlb *q)
{
    static const struct ident NAMES[] = {IDENT_INIT("id"), IDENT_INIT("name"),
                                         IDENT_INIT("active")};
    static const enum db_type TYPES[] = {DB_T_ID, DB_T_TEXT, DB_T_BOOL};
    static const int64_t IDS[] = {1, 2};

    sqlb_lit(q, "WITH ");
    sqlb_ident(q, IDENT("crm_firm"));
    sqlb_lit(q, " AS (SELECT id, name, active FROM ");
    sqlb_base_table(q, IDENT("crm_firm"));
    sqlb_lit(q, " WHERE NOT id");
    sqlb_bind_ids(q, IDS, 2);
    sqlb_lit(q, " UNION ALL ");
    sqlb_bind_rows(q, NAMES, TYPES, 3, STR("[[1,\"was\",true]]"));
    sqlb_lit(q, ") SELECT id, name FROM ");
    sqlb_ident(q, IDENT("crm_firm"));
    sqlb_lit(q, " WHERE ");
    sqlb_bool_is(q, -1, IDENT("active"), true);
}

static struct str text_of(struct arena *a, enum db_dialect d,
                          void (*build)(struct sqlb *))
{
    struct sqlb q;
    struct str out = STR_NONE;

    sqlb_init(&q, d, a);
    build(&q);
    CHECK_RC(sqlb_text(&q, &out, NULL), RC_OK);
    sqlb_release(&q);
    return out;
}

static void queries(struct sqlb *q)
{
    struct {
        const char *name;
        void (*build)(struct sqlb *);
    } const all[] = {{"page", a_page}, {"write", a_write}, {"past", a_past}};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct str text = text_of(q->arena, q->dialect, all[i].build);

        buf_addf(&q->text, "PREPARE %s AS %.*s;\n", all[i].name, STR_ARG(text));
    }
}

TEST(ddl, is_spelled_as_each_engine_wants_it)
{
    struct arena a;

    arena_init(&a, 1 << 20);
    golden_check("ddl_sqlite.sql", text_of(&a, DB_SQLITE, catalogue));
    golden_check("ddl_postgres.sql", text_of(&a, DB_POSTGRES, catalogue));
    golden_check("sqlb_sqlite.sql", text_of(&a, DB_SQLITE, queries));
    golden_check("sqlb_postgres.sql", text_of(&a, DB_POSTGRES, queries));
    arena_release(&a);
}

/* Run what the golden says, statement by statement. */
static void run_catalogue(struct fixture *f)
{
    struct str text = text_of(&f->arena, DB_SQLITE, catalogue), one;

    while (str_split(&text, '\n', &one)) {
        const char *sql = str_cstr(&f->arena, one);

        CHECK_RC(fixture_exec(f, sql), RC_OK);
    }
}

TEST(ddl, runs_on_sqlite)
{
    struct fixture f = fixture_open();

    run_catalogue(&f);
    CHECK_RC(fixture_exec(&f, "INSERT INTO crm_firm(id, name) VALUES(1, 'a')"),
             RC_OK);
    CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM crm_firm WHERE rev = 1"
                              " AND active = 0 AND \"order\" = -2"
                              " AND note = 'it''s \\' AND score = 0.5"),
              1);
    // Unique among the living only, and by our name.
    CHECK_RC(fixture_exec(&f, "INSERT INTO crm_firm(id, name) VALUES(2, 'a')"),
             RC_CONFLICT);
    CHECK_HAS(f.err.text, "index \"crm_firm__2\"");
    CHECK_RC(fixture_exec(&f, "UPDATE crm_firm SET deleted_at = 5"), RC_OK);
    CHECK_RC(fixture_exec(&f, "INSERT INTO crm_firm(id, name) VALUES(2, 'a')"),
             RC_OK);
    CHECK_RC(fixture_exec(&f, "INSERT INTO crm_deal(id, firm) VALUES(1, 2)"),
             RC_OK);
    CHECK_RC(fixture_exec(&f, "DELETE FROM crm_firm WHERE id = 2"),
             RC_CONFLICT);
    CHECK_RC(fixture_exec(&f, "INSERT INTO m_crm_deal_tags VALUES(1, 'x')"),
             RC_OK);
    CHECK_RC(fixture_exec(&f, "DELETE FROM crm_deal"), RC_OK); // cascades
    CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM m_crm_deal_tags"), 0);
    // A column that refers goes like any other.
    CHECK_RC(fixture_exec(&f, "ALTER TABLE crm_deal DROP COLUMN firm"), RC_OK);
    fixture_close(&f);
}

TEST(ddl, walks_the_index_in_both_directions)
{
    static const char *const SQL[] = {
        "SELECT id FROM crm_deal WHERE deleted_at IS NULL AND stage = 'a'"
        " ORDER BY amount DESC NULLS LAST, id DESC NULLS LAST",
        "SELECT id FROM crm_deal WHERE deleted_at IS NULL AND stage = 'a'"
        " ORDER BY amount ASC NULLS FIRST, id ASC NULLS FIRST"};
    struct fixture f = fixture_open();
    struct db *db = NULL;
    struct db_plan plan;

    run_catalogue(&f);
    CHECK_RC(db_read_begin(f.store, NULL, &db, &f.err), RC_OK);
    for (size_t i = 0; i < 2; i++) {
        CHECK_RC(db_explain(db, str_c(SQL[i]), &f.arena, &plan, &f.err), RC_OK);
        CHECK(!plan.scans && !plan.sorts);
    }
    db_read_end(db);
    fixture_close(&f);
}

/* ---- the builder ------------------------------------------------------- */

TEST(sqlb, binds_and_runs_what_it_built)
{
    struct fixture f = fixture_open();
    struct db *db = NULL;
    struct db_stmt *st = NULL;
    struct sqlb q;

    run_catalogue(&f);
    CHECK_RC(fixture_exec(&f, "INSERT INTO crm_firm(id, active, score)"
                              " VALUES(1, 1, 0.5)"),
             RC_OK);
    for (int i = 3; i < 6; i++) {
        char sql[100];

        snprintf(sql, sizeof sql,
                 "INSERT INTO crm_deal VALUES(%d, 1, 'open', %d, NULL)", i,
                 100 * i);
        CHECK_RC(fixture_exec(&f, sql), RC_OK);
    }
    CHECK_RC(db_read_begin(f.store, NULL, &db, &f.err), RC_OK);
    sqlb_init(&q, DB_SQLITE, &f.arena);
    a_page(&q);
    CHECK_RC(sqlb_prepare(&q, db, NULL, &st, &f.err), RC_OK);
    CHECK_RC(db_step_row(st, &f.err), RC_OK);
    CHECK_I64(db_col_i64(st, 0), 5);
    CHECK_I64(db_col_i64(st, 1), INT64_MIN);
    CHECK_RC(db_step_row(st, &f.err), RC_OK);
    CHECK_I64(db_col_i64(st, 0), 4);
    CHECK_RC(db_step_row(st, &f.err), RC_NOTFOUND);
    sqlb_release(&q);
    db_read_end(db);
    fixture_close(&f);
}

TEST(sqlb, takes_only_names_for_identifiers)
{
    static const char *const BAD[] = {"",         "A",   "1a",  "a b",
                                      "a\"b",     "a;b", "a.b", "a-b",
                                      "\xC3\xA4", "a\n", "a'"};
    char longest[65];
    struct ident i;

    for (size_t k = 0; k < sizeof BAD / sizeof BAD[0]; k++)
        CHECK(!ident_make(str_c(BAD[k]), &i));
    memset(longest, 'a', sizeof longest);
    CHECK(ident_make(str_of(longest, 63), &i));
    CHECK_I64(i.s.n, 63);
    CHECK(!ident_make(str_of(longest, 64), &i));
    CHECK(!ident_make(STR_NONE, &i));
    CHECK(ident_make(STR("_search"), &i));
    CHECK(ident_make(STR("amount__cur"), &i));
}

TEST(sqlb, reports_the_first_mistake_when_it_finishes)
{
    struct arena a;
    struct sqlb q;
    struct str out = STR_NONE;
    struct err err = ERR_INIT;

    arena_init(&a, 1 << 20);
    sqlb_init(&q, DB_SQLITE, &a);
    sqlb_lit(&q, "SELECT ");
    sqlb_ident(&q, (struct ident){STR_INIT("x\"; DROP TABLE t; --")});
    sqlb_lit(&q, " FROM t");
    CHECK_RC(sqlb_text(&q, &out, &err), RC_BUG);
    sqlb_release(&q);

    sqlb_init(&q, DB_SQLITE, &a);
    sqlb_text_literal(&q, str_of("a\0b", 3));
    CHECK_RC(sqlb_text(&q, &out, &err), RC_BUG);
    sqlb_release(&q);

    sqlb_init(&q, DB_SQLITE, &a);
    for (int i = 0; i <= SQLB_MAX_BINDS; i++)
        sqlb_bind_i64(&q, i);
    CHECK_RC(sqlb_text(&q, &out, &err), RC_LIMIT);
    sqlb_release(&q);

    sqlb_init(&q, DB_SQLITE, &a);
    for (int i = 0; i < 11000; i++)
        sqlb_lit(&q, "0123456789");
    CHECK_RC(sqlb_text(&q, &out, &err), RC_LIMIT);
    CHECK(out.p == NULL);
    sqlb_release(&q);
    sqlb_release(&q);
    arena_release(&a);
}

TEST(sqlb, survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct arena a;
        struct sqlb q;
        struct str out = STR_NONE;
        enum rc rc;

        arena_init(&a, 1 << 20);
        sqlb_init(&q, DB_POSTGRES, &a);
        a_page(&q);
        rc = sqlb_text(&q, &out, NULL);
        CHECK(rc == RC_OK || rc == RC_NOMEM);
        CHECK((rc == RC_OK) == (out.p != NULL));
        sqlb_release(&q);
        arena_release(&a);
    }
}
