/* Values in and out, the statement cache, grants, deadlines, plans. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "fixture.h"

static struct db *begin(struct fixture *f)
{
    struct db *db = NULL;

    CHECK_RC(db_read_begin(f->store, NULL, &db, &f->err), RC_OK);
    return db;
}

static struct db_stmt *prepare(struct fixture *f, struct db *db,
                               const char *sql)
{
    struct db_stmt *st = NULL;

    CHECK_RC(db_prepare(db, str_c(sql), &st, &f->err), RC_OK);
    return st;
}

/* ---- values ------------------------------------------------------------ */

struct values {
    int64_t i;
    double f;
    struct str s, b;
    bool ok;
};

static enum rc insert_values(struct db *db, void *arg, struct arena *a,
                             struct err *err)
{
    const struct values *v = arg;
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db,
                            STR("INSERT INTO t(id, n, f, s, b, ok)"
                                " VALUES(1, ?1, ?2, ?3, ?4, ?5)"),
                            &st, err);

    (void)a;
    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, v->i);
    db_bind_f64(st, 2, v->f);
    db_bind_str(st, 3, v->s);
    db_bind_blob(st, 4, v->b.p, v->b.n);
    db_bind_bool(st, 5, v->ok);
    rc = db_step_done(st, err);
    db_stmt_release(st);
    return rc;
}

static enum rc store_values(struct fixture *f, struct values *v)
{
    struct db_job job = {.run = insert_values, .arg = v};

    CHECK_RC(fixture_exec(f, "DELETE FROM t"), RC_OK);
    return db_write(f->store, &job, &f->arena, &f->err);
}

TEST(db_value, comes_back_bit_for_bit)
{
    static const struct values CASES[] = {
        {0, 0.0, STR_INIT(""), STR_INIT(""), false},
        {INT64_MAX, 1.7976931348623157e308, STR_INIT("\xF0\x9F\x99\x82"),
         STR_INIT("\0\xFF"), true},
        {INT64_MIN, 5e-324, STR_INIT("'\"\\\n%_"), STR_INIT("x"), true},
        {-1, -0.1, STR_INIT("NULL"), STR_INIT("\0\0\0"), false}};
    struct fixture f = fixture_open();

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct values v = CASES[i];
        struct db *db;
        struct db_stmt *st;

        CHECK_RC(store_values(&f, &v), RC_OK);
        db = begin(&f);
        st = prepare(&f, db, "SELECT n, f, s, b, ok FROM t");
        CHECK_RC(db_step_row(st, &f.err), RC_OK);
        CHECK_I64(db_col_i64(st, 0), v.i);
        CHECK(db_col_f64(st, 1) == v.f);
        CHECK(str_eq(db_col_str(st, 2), v.s));
        CHECK(str_eq(db_col_blob(st, 3), v.b));
        CHECK(!db_col_null(st, 2) && !db_col_null(st, 3));
        CHECK(db_col_bool(st, 4) == v.ok);
        CHECK_RC(db_step_row(st, &f.err), RC_NOTFOUND);
        CHECK_RC(db_step_row(st, &f.err), RC_NOTFOUND); // not run again
        db_read_end(db);
    }
    fixture_close(&f);
}

TEST(db_value, gives_null_as_nothing_of_each_type)
{
    struct fixture f = fixture_open();
    struct values v = {.s = STR_NONE, .b = STR_NONE};
    struct db *db;
    struct db_stmt *st;

    CHECK_RC(store_values(&f, &v), RC_OK);
    db = begin(&f);
    st = prepare(&f, db, "SELECT s, b, NULL FROM t");
    CHECK_RC(db_step_row(st, &f.err), RC_OK);
    CHECK(db_col_null(st, 0) && db_col_null(st, 1));
    CHECK(db_col_str(st, 0).p == NULL && db_col_blob(st, 1).p == NULL);
    CHECK_I64(db_col_i64(st, 2), 0);
    CHECK(db_col_f64(st, 2) == 0.0 && !db_col_bool(st, 2));
    CHECK_RC(db_step_row(st, &f.err), RC_NOTFOUND); // nothing was wrong
    db_read_end(db);
    fixture_close(&f);
}

TEST(db_value, refuses_what_an_engine_could_not_give_back)
{
    struct fixture f = fixture_open();
    struct values nul = {.s = {"a\0b", 3}};
    struct values nan_ = {.f = (double)NAN}, inf = {.f = (double)INFINITY};

    CHECK_RC(store_values(&f, &nul), RC_INVALID);
    CHECK_RC(store_values(&f, &nan_), RC_LIMIT);
    CHECK_RC(store_values(&f, &inf), RC_LIMIT);
    CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM t"), 0);
    fixture_close(&f);
}

TEST(db_value, reports_a_bind_of_no_parameter_at_the_step)
{
    struct fixture f = fixture_open();
    struct db *db = begin(&f);
    struct db_stmt *st = prepare(&f, db, "SELECT ?1");
    bool row = false;

    db_bind_i64(st, 2, 1);
    CHECK_RC(db_step(st, &row, &f.err), RC_BUG);
    CHECK_RC(db_step(st, &row, &f.err), RC_BUG); // the bracket has failed
    db_read_end(db);
    fixture_close(&f);
}

TEST(db_value, makes_the_next_step_fail_after_a_column_of_another_type)
{
    static const char *const SQL[] = {
        "SELECT 1.5", "SELECT 'a'", "SELECT x'00'",
        "SELECT 9223372036854775807 + 1"}; // REAL, without a word
    struct fixture f = fixture_open();
    bool row = false;

    for (size_t i = 0; i < sizeof SQL / sizeof SQL[0]; i++) {
        struct db *db = begin(&f);
        struct db_stmt *st = prepare(&f, db, SQL[i]);
        struct db_stmt *other = NULL;

        CHECK_RC(db_step_row(st, &f.err), RC_OK);
        CHECK_I64(db_col_i64(st, 0), 0);
        // Not even another statement gets past it unseen.
        CHECK_RC(db_prepare(db, STR("SELECT 1"), &other, &f.err), RC_LIMIT);
        CHECK_RC(db_step(st, &row, &f.err), RC_BUG);
        db_read_end(db);
    }
    fixture_close(&f);
}

static enum rc read_wrongly(struct db *db, void *arg, struct arena *a,
                            struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_exec(db, STR("INSERT INTO t(id) VALUES(1)"), err);

    (void)arg;
    (void)a;
    if (rc == RC_OK)
        rc = db_prepare(db, STR("SELECT 9223372036854775807 + 1"), &st, err);
    if (rc == RC_OK)
        rc = db_step_row(st, err);
    if (rc == RC_OK)
        (void)db_col_i64(st, 0);
    return rc;
}

TEST(db_value, does_not_commit_a_job_that_read_an_overflown_sum)
{
    struct fixture f = fixture_open();
    struct db_job job = {.run = read_wrongly};

    CHECK_RC(db_write(f.store, &job, &f.arena, &f.err), RC_LIMIT);
    CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM t"), 0);
    fixture_close(&f);
}

TEST(db_value, tells_overflow_type_and_size_as_limits)
{
    static const char *const SQL[] = {
        "INSERT INTO t(id, n) SELECT 1, sum(x) FROM (SELECT"
        " 9223372036854775807 AS x UNION ALL SELECT 1)",
        "INSERT INTO t(id, n) VALUES(1, abs(-9223372036854775807-1))",
        "INSERT INTO t(id, n) VALUES(1, 'no number')",
        "INSERT INTO t(id, b) VALUES(1, zeroblob(17000000))"};
    struct fixture f = fixture_open();

    for (size_t i = 0; i < sizeof SQL / sizeof SQL[0]; i++)
        CHECK_RC(fixture_exec(&f, SQL[i]), RC_LIMIT);
    fixture_close(&f);
}

TEST(db_value, binds_lists_of_ids)
{
    static const int64_t IDS[] = {3, INT64_MAX, -5, INT64_MIN, 0};
    struct fixture f = fixture_open();
    struct db *db = begin(&f);
    struct db_stmt *st = prepare(&f, db,
                                 "SELECT count(*), min(value), max(value)"
                                 " FROM json_each(?1)");

    db_bind_ids(st, 1, IDS, 5);
    CHECK_RC(db_step_row(st, &f.err), RC_OK);
    CHECK_I64(db_col_i64(st, 0), 5);
    CHECK_I64(db_col_i64(st, 1), INT64_MIN);
    CHECK_I64(db_col_i64(st, 2), INT64_MAX);
    db_stmt_reset(st);
    db_bind_ids(st, 1, NULL, 0);
    CHECK_RC(db_step_row(st, &f.err), RC_OK);
    CHECK_I64(db_col_i64(st, 0), 0);
    db_read_end(db);
    fixture_close(&f);
}

/* ---- statements and snapshots ------------------------------------------ */

TEST(db_stmt, may_be_prepared_twice_at_a_time_and_keeps_its_places_apart)
{
    struct fixture f = fixture_open();
    struct db *db = begin(&f);
    struct db_stmt *one = prepare(&f, db, "SELECT ?1");
    struct db_stmt *two = prepare(&f, db, "SELECT ?1");

    CHECK(one != two);
    db_bind_i64(one, 1, 1);
    db_bind_i64(two, 1, 2);
    CHECK_RC(db_step_row(one, &f.err), RC_OK);
    CHECK_RC(db_step_row(two, &f.err), RC_OK);
    CHECK_I64(db_col_i64(one, 0), 1);
    CHECK_I64(db_col_i64(two, 0), 2);
    db_stmt_release(two);
    db_stmt_release(one);
    db_stmt_release(NULL);
    // From the cache, with nothing bound any more.
    one = prepare(&f, db, "SELECT ?1");
    CHECK_RC(db_step_row(one, &f.err), RC_OK);
    CHECK(db_col_null(one, 0));
    db_read_end(db);
    db_read_end(NULL);
    fixture_close(&f);
}

TEST(db_stmt, comes_from_a_cache_that_forgets_the_oldest)
{
    struct fixture f = fixture_open();
    struct db *db = begin(&f);
    char sql[40];

    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 450; i++) {
            struct db_stmt *st;

            snprintf(sql, sizeof sql, "SELECT %d + ?1", i);
            st = prepare(&f, db, sql);
            db_bind_i64(st, 1, 1000);
            CHECK_RC(db_step_row(st, &f.err), RC_OK);
            CHECK_I64(db_col_i64(st, 0), 1000 + i);
            if (i % 3) // the others stay lent
                db_stmt_release(st);
        }
    }
    db_read_end(db);
    fixture_close(&f);
}

TEST(db_stmt, on_a_reader_only_reads_and_is_one)
{
    static const char *const SQL[] = {"INSERT INTO t(id) VALUES(1)",
                                      "DROP TABLE t",
                                      "SELECT 1; SELECT 2",
                                      "VACUUM",
                                      "PRAGMA user_version=3",
                                      "",
                                      "SELECT nothing FROM t",
                                      "SELECT \"nosuch\" FROM t",
                                      "EXPLAIN SELECT 1"};
    struct fixture f = fixture_open();

    log_set_level(LOG_LEVEL_OFF);
    for (size_t i = 0; i < sizeof SQL / sizeof SQL[0]; i++) {
        struct db *db = begin(&f);
        struct db_stmt *st = NULL;

        CHECK_RC(db_prepare(db, str_c(SQL[i]), &st, &f.err), RC_BUG);
        CHECK(st == NULL);
        db_read_end(db);
    }
    log_set_level(LOG_LEVEL_INFO);
    fixture_close(&f);
}

TEST(db_read, sees_one_snapshot_until_its_end)
{
    struct fixture f = fixture_open();
    struct db *db = begin(&f);
    struct db_stmt *st = prepare(&f, db, "SELECT count(*) FROM t");

    CHECK_RC(db_step_row(st, &f.err), RC_OK);
    CHECK_I64(db_col_i64(st, 0), 0);
    CHECK_RC(fixture_exec(&f, "INSERT INTO t(id) VALUES(1)"), RC_OK);
    db_stmt_reset(st);
    CHECK_RC(db_step_row(st, &f.err), RC_OK);
    CHECK_I64(db_col_i64(st, 0), 0);
    db_read_end(db);
    CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM t"), 1);
    fixture_close(&f);
}

TEST(db_read, survives_a_change_of_the_schema)
{
    struct fixture f = fixture_open();

    CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM t WHERE n = 1"), 0);
    CHECK_RC(fixture_exec(&f, "ALTER TABLE t ADD COLUMN extra INTEGER"), RC_OK);
    CHECK_RC(fixture_exec(&f, "INSERT INTO t(id, n) VALUES(1, 1)"), RC_OK);
    CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM t WHERE n = 1"), 1);
    CHECK_RC(fixture_exec(&f, "ALTER TABLE t DROP COLUMN extra"), RC_OK);
    CHECK_I64(fixture_i64(&f, "SELECT count(*) FROM t WHERE n = 1"), 1);
    fixture_close(&f);
}

static const char ENDLESS[] =
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
    " SELECT count(*) FROM c";

TEST(db_read, stops_a_slow_query_at_the_deadline)
{
    struct fixture f = fixture_open();
    struct clock c = *clock_system();
    int64_t before = c.mono_ms(c.arg);
    struct db_limits limits = {before + 50};
    struct db *db = NULL;
    struct db_stmt *st;

    CHECK_RC(db_read_begin(f.store, &limits, &db, &f.err), RC_OK);
    st = prepare(&f, db, ENDLESS);
    CHECK_RC(db_step_row(st, &f.err), RC_LIMIT);
    CHECK(c.mono_ms(c.arg) - before < 2000);
    db_read_end(db);
    CHECK_I64(fixture_i64(&f, "SELECT 5"), 5); // the reader is as good as new
    fixture_close(&f);
}

static enum rc read_endlessly(struct db *db, void *arg, struct arena *a,
                              struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_exec(db, STR("INSERT INTO t(id) VALUES(1)"), err);

    (void)arg;
    (void)a;
    if (rc == RC_OK)
        rc = db_prepare(db, STR(ENDLESS), &st, err);
    if (rc == RC_OK)
        rc = db_step_row(st, err);
    return rc;
}

TEST(db_read, stops_a_slow_query_of_a_write_and_spares_the_group)
{
    struct fixture f = fixture_open();
    struct clock c = *clock_system();
    struct db_job job = {.run = read_endlessly,
                         .deadline_ms = c.mono_ms(c.arg) + 50};

    CHECK_RC(db_write(f.store, &job, &f.arena, &f.err), RC_LIMIT);
    CHECK_RC(fixture_exec(&f, "INSERT INTO t(id) VALUES(2)"), RC_OK);
    CHECK_I64(fixture_i64(&f, "SELECT id FROM t"), 2);
    fixture_close(&f);
}

struct cancelling {
    struct db *db;
    atomic_bool go;
};

static void *cancel_soon(void *arg)
{
    struct cancelling *c = arg;

    usleep(20000);
    db_cancel(c->db);
    return NULL;
}

TEST(db_read, is_stopped_by_a_cancel_from_another_thread)
{
    struct fixture f = fixture_open();
    struct cancelling c = {.db = begin(&f)};
    struct db_stmt *st = prepare(&f, c.db, ENDLESS);
    pthread_t thread;

    pthread_create(&thread, NULL, cancel_soon, &c);
    CHECK_RC(db_step_row(st, &f.err), RC_LIMIT);
    CHECK_HAS(f.err.text, "cancelled");
    pthread_join(thread, NULL);
    db_read_end(c.db);
    CHECK_I64(fixture_i64(&f, "SELECT 5"), 5);
    fixture_close(&f);
}

TEST(db_read, waits_for_a_free_reader_until_the_deadline_and_then_is_busy)
{
    struct db_config config = {.path = fixture_path("readers"),
                               .clock = clock_system(),
                               .readers = 1,
                               .create = true};
    struct fixture f = {.err = ERR_INIT};
    struct clock c = *clock_system();
    struct db_limits limits = {c.mono_ms(c.arg) + 20};
    struct db *first, *second = NULL;

    arena_init(&f.arena, 1 << 20);
    CHECK_RC(db_open(&config, &f.store, &f.err), RC_OK);
    first = begin(&f);
    CHECK_RC(db_read_begin(f.store, &limits, &second, &f.err), RC_BUSY);
    CHECK(second == NULL);
    db_read_end(first);
    second = begin(&f);
    db_read_end(second);
    fixture_close(&f);
}

/* ---- grants ------------------------------------------------------------ */

static const struct str VISIBLE[] = {STR_INIT("id"), STR_INIT("n")};
static const struct db_grant_table TABLES[] = {{STR_INIT("t"), VISIBLE, 2},
                                               {STR_INIT("open"), NULL, 0}};
static const struct db_grant GRANT = {TABLES, 2, 42};
static const struct db_grant WIDE = {&TABLES[1], 1, 43};

static struct fixture with_open_table(void)
{
    struct fixture f = fixture_open();

    CHECK_RC(fixture_exec(&f,
                          "CREATE TABLE open (id INTEGER PRIMARY KEY,"
                          " t INTEGER REFERENCES t(id), label TEXT) STRICT"),
             RC_OK);
    CHECK_RC(fixture_exec(&f, "CREATE TABLE secret (id INTEGER PRIMARY KEY)"),
             RC_OK);
    return f;
}

TEST(db_grant, lets_through_what_the_planner_was_granted)
{
    static const char *const SQL[] = {
        "SELECT id, n FROM t WHERE n > ?1 ORDER BY n DESC NULLS LAST, id",
        "SELECT count(*) FROM t",
        "SELECT sum(n), max(n), min(id) FROM t GROUP BY n HAVING count(*) > 1",
        "SELECT t1.n, t2.label FROM t t1 LEFT JOIN open t2 ON t2.t = t1.id",
        "SELECT id FROM t WHERE id IN (SELECT value FROM json_each(?1))",
        "SELECT coalesce(upper(substr(label, 1, 2)), '') FROM open",
        "SELECT EXISTS(SELECT 1 FROM open WHERE open.t = t.id) FROM t",
        "SELECT CASE n WHEN 1 THEN 'a' ELSE 'b' END FROM t",
        "SELECT date('2026-01-31', '+1 months', 'floor')"};
    struct fixture f = with_open_table();
    struct db *db = begin(&f);

    for (size_t i = 0; i < sizeof SQL / sizeof SQL[0]; i++) {
        struct db_stmt *st = NULL;

        CHECK_RC(db_prepare_as(db, &GRANT, str_c(SQL[i]), &st, &f.err), RC_OK);
        CHECK_RC(db_step_done(st, &f.err), RC_OK);
        db_stmt_release(st);
    }
    db_read_end(db);
    fixture_close(&f);
}

TEST(db_grant, hides_a_column_in_every_clause)
{
    static const char *const SQL[] = {
        "SELECT s FROM t",
        "SELECT * FROM t",
        "SELECT id FROM t WHERE s = 'x'",
        "SELECT id FROM t ORDER BY s",
        "SELECT count(*) FROM t GROUP BY s",
        "SELECT max(s) FROM t",
        "SELECT count(s) FROM t",
        "SELECT id FROM t GROUP BY id HAVING max(s) > 'a'",
        "SELECT id FROM open WHERE t IN (SELECT id FROM t WHERE s > 'a')",
        "SELECT label FROM open o JOIN t ON t.id = o.t AND t.s = o.label",
        "SELECT (SELECT s FROM t)",
        "WITH x AS (SELECT s FROM t) SELECT 1 FROM x",
        "SELECT row_number() OVER (ORDER BY s) FROM t",
        "SELECT id FROM secret",
        "SELECT count(*) FROM secret",
        "SELECT name FROM sqlite_master",
        "SELECT name FROM pragma_table_info('t')",
        "SELECT load_extension('x')",
        "SELECT randomblob(9)",
        "SELECT zeroblob(16000000)",
        "SELECT printf('%.*c', 16000000, 'x')",
        "SELECT sqlite_version()",
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
        " SELECT count(*) FROM c",
        "INSERT INTO open(id) VALUES(1)",
        "DELETE FROM t",
        "UPDATE t SET n = 1",
        "PRAGMA table_info(t)",
        "CREATE TEMP TABLE x(y)",
        "SELECT 1; SELECT 2",
        "BEGIN",
        "EXPLAIN SELECT id FROM t"};
    struct fixture f = with_open_table();

    log_set_level(LOG_LEVEL_OFF);
    for (size_t i = 0; i < sizeof SQL / sizeof SQL[0]; i++) {
        struct db *db = begin(&f);
        struct db_stmt *st = NULL;

        CHECK_RC(db_prepare_as(db, &GRANT, str_c(SQL[i]), &st, &f.err), RC_BUG);
        CHECK(st == NULL);
        db_read_end(db);
    }
    log_set_level(LOG_LEVEL_INFO);
    fixture_close(&f);
}

TEST(db_grant, does_not_lend_one_principals_statement_to_another)
{
    static const struct str SQL = STR_INIT("SELECT id FROM t WHERE n = 3");
    struct fixture f = with_open_table();
    struct db *db = begin(&f);
    struct db_stmt *st = NULL;

    CHECK_RC(db_prepare_as(db, &GRANT, SQL, &st, &f.err), RC_OK);
    db_stmt_release(st);
    CHECK_RC(db_prepare(db, SQL, &st, &f.err), RC_OK);
    db_stmt_release(st);
    st = NULL;
    log_set_level(LOG_LEVEL_OFF);
    CHECK_RC(db_prepare_as(db, &WIDE, SQL, &st, &f.err), RC_BUG);
    log_set_level(LOG_LEVEL_INFO);
    CHECK(st == NULL);
    db_read_end(db);
    fixture_close(&f);
}

TEST(db_grant, holds_when_a_change_of_schema_prepares_anew)
{
    static const struct str SQL = STR_INIT("SELECT id, n FROM t");
    struct fixture f = with_open_table();
    struct db *db = begin(&f);
    struct db_stmt *st = NULL;

    CHECK_RC(db_prepare_as(db, &GRANT, SQL, &st, &f.err), RC_OK);
    CHECK_RC(db_step_done(st, &f.err), RC_OK);
    db_read_end(db);
    CHECK_RC(fixture_exec(&f, "ALTER TABLE t RENAME COLUMN n TO old"), RC_OK);
    CHECK_RC(fixture_exec(&f, "ALTER TABLE t RENAME COLUMN s TO n2"), RC_OK);
    CHECK_RC(fixture_exec(&f, "ALTER TABLE t ADD COLUMN n INTEGER"), RC_OK);
    db = begin(&f);
    CHECK_RC(db_prepare_as(db, &GRANT, SQL, &st, &f.err), RC_OK);
    CHECK_RC(db_step_done(st, &f.err), RC_OK); // still granted
    db_read_end(db);
    CHECK_RC(fixture_exec(&f, "ALTER TABLE t DROP COLUMN n"), RC_OK);
    CHECK_RC(fixture_exec(&f, "CREATE TABLE keep AS SELECT 1"), RC_OK);
    db = begin(&f);
    CHECK_RC(db_prepare_as(db, &GRANT, SQL, &st, &f.err), RC_OK);
    CHECK_RC(db_step_done(st, &f.err), RC_BUG); // no such column any more
    db_read_end(db);
    fixture_close(&f);
}

/* ---- the file ---------------------------------------------------------- */

TEST(db_explain, tells_a_scan_and_a_sort)
{
    struct fixture f = fixture_open();
    struct db *db = begin(&f);
    struct db_plan plan;

    CHECK_RC(db_explain(db, STR("SELECT id FROM t WHERE id = ?1"), &f.arena,
                        &plan, &f.err),
             RC_OK);
    CHECK(!plan.scans && !plan.sorts && plan.text.n > 0);
    CHECK_RC(db_explain(db, STR("SELECT id FROM t WHERE f > 1 ORDER BY f"),
                        &f.arena, &plan, &f.err),
             RC_OK);
    CHECK(plan.scans && plan.sorts);
    CHECK_RC(db_explain(db, STR("SELECT s FROM t ORDER BY s, n"), &f.arena,
                        &plan, &f.err),
             RC_OK);
    CHECK(!plan.scans && !plan.sorts);
    CHECK_RC(db_explain(db, STR("nonsense"), &f.arena, &plan, &f.err), RC_BUG);
    db_read_end(db);
    fixture_close(&f);
}

TEST(db_explain, verifies_and_counts)
{
    struct fixture f = fixture_open_file("verify", false);
    struct db_stats stats;

    CHECK_RC(db_verify(f.store, &f.err), RC_OK);
    db_stats(f.store, &stats);
    CHECK_I64(stats.commits, 2);
    CHECK(stats.reads >= 1 && stats.file_bytes > 0 && stats.wal_bytes > 0);
    CHECK_I64(db_caps(f.store), DB_CAP_TX_DDL);
    CHECK(db_dialect(f.store) == DB_SQLITE);
    fixture_close(&f);
}
