/*
 * The PostgreSQL text of the goldens, run by a real PostgreSQL; and one table
 * of expressions that both engines must answer alike, which is what static SQL
 * of system tables may lean on. Skipped, loudly, only where PostgreSQL is not
 * installed.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "db/ddl.h"
#include "server.h"
#include "support/test.h"

static void run_golden(struct pg *pg, const char *path)
{
    char out[8192];
    size_t n = 0;
    char *text = test_read(path, &n);

    pg_run(pg, str_of(text, n), out, sizeof out);
    free(text);
}

TEST(pg, takes_the_ddl_and_the_queries_of_the_goldens)
{
    struct pg pg = pg_start();
    char out[4096];

    if (pg.skipped)
        return;
    pg_run(&pg, STR("CREATE EXTENSION pg_trgm;"), out, sizeof out);
    run_golden(&pg, "tests/golden/ddl_postgres.sql");
    run_golden(&pg, "tests/golden/sqlb_postgres.sql");
    // The unique index holds the living only, as on SQLite.
    pg_run(&pg,
           STR("INSERT INTO crm_firm(id, name, deleted_at)"
               " VALUES(1, 'a', 5), (2, 'a', NULL), (3, 'a', 6);"
               "SELECT rev, \"order\", active, note, score FROM crm_firm"
               " WHERE id = 2;"),
           out, sizeof out);
    pg_stop(&pg); // first: a failed CHECK leaves at once
    CHECK_CSTR(out, "1|-2|f|it's \\|0.5\n");
}

/* ---- the common subset ------------------------------------------------- */

/* Each one value, as text; both engines must give the same. */
static const char *const SAME[] = {
    "7 / 2",
    "-7 / 2",
    "7 / - 2",
    "-7 % 3",
    "7 % -3",
    "coalesce(NULL, 3)",
    "nullif(3, 3)",
    "abs(-9223372036854775807)",
    "CASE WHEN NULL THEN 1 ELSE 2 END",
    "1 / nullif(0, 0)",
    "length('\xC3\xA4\xC3\xB6')",
    "substr('hello', 2, 3)",
    "replace('aXbX', 'X', '--')",
    "'a' || 'b' || 3",
    "trim('  a ')",
    "(SELECT count(*) FROM (VALUES(1),(2)) AS t)",
    "(SELECT sum(column1) FROM (VALUES(1),(2)) AS t)",
    "(SELECT max(column1) FROM (VALUES('a'),('B'),('b')) AS t)",
    "(SELECT count(*) FROM (VALUES('a'),('A')) AS t WHERE column1 = 'a')",
    "(SELECT column1 FROM (VALUES(1),(NULL),(3)) AS t ORDER BY column1"
    " ASC NULLS FIRST LIMIT 1)",
    "(SELECT column1 FROM (VALUES(1),(NULL),(3)) AS t ORDER BY column1"
    " DESC NULLS LAST LIMIT 1)",
    "CASE WHEN NULL IS NOT DISTINCT FROM NULL THEN 1 ELSE 0 END",
    "CASE WHEN (1 = NULL) IS TRUE THEN 1 ELSE 0 END",
    "CASE WHEN NOT ((1 = NULL) IS TRUE) THEN 1 ELSE 0 END",
    "CASE WHEN 'a%b' LIKE 'a\\%b' ESCAPE '\\' THEN 1 ELSE 0 END",
    "CASE WHEN 'axb' LIKE 'a\\%b' ESCAPE '\\' THEN 1 ELSE 0 END",
    "CASE WHEN 'Z' COLLATE \"%C\" < 'a' COLLATE \"%C\" THEN 1 ELSE 0 END",
    "(SELECT count(*) FROM (SELECT 1 AS x UNION ALL SELECT 2) AS t WHERE"
    " EXISTS (SELECT 1 WHERE x > 1))"};

/* One text for both: "%C" is the name of the order by bytes. */
static struct str script(struct arena *a, bool pg)
{
    struct buf b;
    struct str out = STR_NONE;

    buf_init(&b, 1 << 16);
    for (size_t i = 0; i < sizeof SAME / sizeof SAME[0]; i++) {
        const char *p = SAME[i], *c;

        buf_adds(&b, pg ? "SELECT (" : "SELECT CAST((");
        while ((c = strstr(p, "%C")) != NULL) {
            buf_add(&b, str_of(p, (size_t)(c - p)));
            buf_adds(&b, pg ? "C" : "BINARY");
            p = c + 2;
        }
        buf_adds(&b, p);
        buf_adds(&b, pg ? ")::text;\n" : ") AS TEXT)\n");
    }
    CHECK_RC(buf_finish(&b, a, &out, NULL), RC_OK);
    buf_release(&b);
    return out;
}

TEST(pg, answers_the_common_subset_as_sqlite_does)
{
    struct pg pg = pg_start();
    struct arena a;
    struct err err = ERR_INIT;
    struct db_store *store = NULL;
    struct db *db = NULL;
    struct str rest, one, theirs;
    char out[8192];

    if (pg.skipped)
        return;
    arena_init(&a, 1 << 20);
    pg_run(&pg, script(&a, true), out, sizeof out);
    pg_stop(&pg);
    CHECK_RC(db_open_memory(clock_system(), &store, &err), RC_OK);
    CHECK_RC(db_read_begin(store, NULL, &db, &err), RC_OK);
    rest = script(&a, false);
    theirs = str_c(out);
    while (str_split(&rest, '\n', &one)) {
        struct db_stmt *st = NULL;
        struct str their = STR_NONE, ours;

        CHECK_RC(db_prepare(db, one, &st, &err), RC_OK);
        CHECK_RC(db_step_row(st, &err), RC_OK);
        ours = db_col_null(st, 0) ? STR("") : db_col_str(st, 0);
        CHECK(str_split(&theirs, '\n', &their));
        if (!str_eq(ours, their))
            test_fail(__FILE__, __LINE__, "%.*s: SQLite %.*s, PostgreSQL %.*s",
                      STR_ARG(one), STR_ARG(ours), STR_ARG(their));
        db_stmt_release(st);
    }
    db_read_end(db);
    db_close(store);
    arena_release(&a);
}
