/*
 * The evaluator and SQLite agree on random expressions over random rows: value
 * for value, null for null, overflow for overflow, and on which rows a filter
 * finds. (PostgreSQL: tests/integration/pg/test_fx.c.)
 *
 * FX_DIFFERENTIAL=N in the environment runs N expressions, FX_SEED another
 * sequence; a failure prints the source and both answers.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/time.h"
#include "fx_stage.h"
#include "test.h"

enum { DEFAULT_RUNS = 250 };

struct stage {
    struct fx_stage of;
    struct clock_manual clock;
    struct db_store *store;
    struct db *db;
    long compiled, failed, overflowed;
};

static enum rc fill_tables(struct db *db, void *arg, struct arena *a,
                           struct err *err)
{
    struct stage *s = arg;
    struct str rest, statement;
    struct buf b;

    (void)a;
    buf_init(&b, 1 << 20);
    fx_stage_script(&s->of, DB_SQLITE, &b);
    rest = buf_view(&b);
    while (str_split(&rest, '\n', &statement))
        CHECK_RC(db_exec(db, statement, err), RC_OK);
    buf_release(&b);
    return RC_OK;
}

static void open_stage(struct stage *s, uint64_t seed)
{
    struct err err = ERR_INIT;
    const struct db_job job = {.run = fill_tables, .arg = s};
    const struct db_limits limits = {0};

    *s = (struct stage){.compiled = 0};
    fx_stage_init(&s->of, seed, false);
    clock_manual_init(&s->clock, FX_STAGE_NOW_MS);
    CHECK_RC(db_open_memory(&s->clock.clock, &s->store, &err), RC_OK);
    CHECK_RC(db_write(s->store, &job, &s->of.scratch, &err), RC_OK);
    CHECK_RC(db_read_begin(s->store, &limits, &s->db, &err), RC_OK);
}

static void close_stage(struct stage *s)
{
    db_read_end(s->db);
    db_close(s->store);
    fx_stage_release(&s->of);
}

/* --- both sides ----------------------------------------------------------------- */

static struct value read_column(struct db_stmt *st, int i,
                                const struct fx_type *t, struct arena *a)
{
    struct value v = VALUE_NULL;
    int64_t day = 0;

    if (db_col_null(st, i))
        return v;
    switch (t->kind) {
    case FX_TEXT:
    case FX_CHOICE:
        return value_text(str_copy(a, db_col_str(st, i)));
    case FX_BOOL:
        return value_bool(db_col_bool(st, i));
    case FX_DATE:
        CHECK(date_parse(db_col_str(st, i), &day));
        return value_date(day);
    case FX_FLOAT:
        return (struct value){.kind = V_FLOAT, .u.f = db_col_f64(st, i)};
    case FX_DEC:
    case FX_MONEY:
        return value_dec(db_col_i64(st, i), t->scale);
    case FX_DUR:
        return (struct value){.kind = V_DUR, .u.i = db_col_i64(st, i)};
    case FX_NULL:
    case FX_INT:
    case FX_INSTANT:
    case FX_TIME:
    case FX_REF:
    case FX_ANYREF:
    case FX_LIST:
    case FX_FILE:
        break;
    }
    return value_int(db_col_i64(st, i));
}

/* SELECT value FROM deals WHERE id = ?; also what a filter says. */
static enum rc ask_sql(struct stage *s, const struct fx_expr *x, int64_t id,
                       bool as_filter, struct value *out, struct err *err)
{
    struct fx_sql_frame frame = fx_stage_sql_frame(&s->of);
    struct db_stmt *st = NULL;
    struct fx_from from;
    struct sqlb q;
    struct fx_type t = fx_result(x);
    bool has_row = false;
    enum rc rc;

    sqlb_init(&q, DB_SQLITE, &s->of.scratch);
    fx_from_init(&from, fx_world_schema(), fx_world_tables(), &FX_DEAL, 0,
                 &s->of.scratch);
    rc = fx_from_expr(&from, x, err);
    sqlb_lit(&q, "SELECT ");
    if (as_filter)
        sqlb_lit(&q, "1");
    else if (rc == RC_OK)
        rc = fx_emit(x, &from, &frame, &q, err);
    if (rc == RC_OK)
        rc = fx_from_emit(&from, &q, err);
    sqlb_lit(&q, " WHERE ");
    sqlb_col(&q, 0, IDENT("id"));
    sqlb_lit(&q, " = ");
    sqlb_bind_i64(&q, id);
    if (as_filter && rc == RC_OK) {
        sqlb_lit(&q, " AND ");
        rc = fx_emit_where(x, &from, &frame, &q, err);
    }
    if (rc == RC_OK)
        rc = sqlb_prepare(&q, s->db, NULL, &st, err);
    if (rc == RC_OK)
        rc = db_step(st, &has_row, err);
    if (rc == RC_OK && as_filter)
        *out = value_bool(has_row);
    else if (rc == RC_OK)
        *out = has_row ? read_column(st, 0, &t, &s->of.scratch)
                       : value_text(STR("NO ROW"));
    db_stmt_release(st);
    sqlb_release(&q);
    if (rc != RC_OK) { /* after a failure a bracket is good for nothing more */
        const struct db_limits limits = {0};

        db_read_end(s->db);
        s->db = NULL;
        CHECK_RC(db_read_begin(s->store, &limits, &s->db, NULL), RC_OK);
    }
    return rc;
}

static bool agree(const struct value *c, const struct value *sql,
                  const struct fx_type *t)
{
    struct value v = *c;

    if (v.kind == V_NULL || sql->kind == V_NULL)
        return v.kind == sql->kind;
    if (t->kind == FX_MONEY)
        return v.base == sql->u.i;
    if (v.kind == V_TEXT)
        return sql->kind == V_TEXT && str_eq(v.u.s, sql->u.s);
    if (v.kind == V_BOOL)
        return sql->kind == V_BOOL && v.u.b == sql->u.b;
    if (v.kind == V_FLOAT)
        return sql->kind == V_FLOAT && !(v.u.f < sql->u.f) &&
               !(v.u.f > sql->u.f);
    return v.u.i == sql->u.i;
}

/* Which operand of and, or an engine looks at first, and whether it looks at
   the second when the first is null, is its own affair: where that meets an
   overflow the two may differ. A number in place of an overflow may not be. */
static bool has_choice(const char *source, const struct value *other)
{
    return other->kind == V_NULL || other->kind == V_BOOL ||
           strstr(source, "and") || strstr(source, "or") ||
           strstr(source, "in (") || strstr(source, "where") ||
           strstr(source, "if(") || strstr(source, "switch(") ||
           strstr(source, "min(") || strstr(source, "max(") ||
           strstr(source, "clamp(") || strstr(source, "coalesce(");
}

static void compare_row(struct stage *s, const char *source,
                        const struct fx_expr *x, const struct fx_world_row *row)
{
    struct fx_frame frame = fx_stage_frame(&s->of, row);
    struct err cerr = ERR_INIT, serr = ERR_INIT;
    struct value c = VALUE_NULL, sql = VALUE_NULL;
    struct fx_type t = fx_result(x);
    enum rc crc = fx_eval(x, &frame, &c, &cerr);
    bool as_filter = t.kind == FX_BOOL && fx_dice_roll(&s->of.dice, 2);
    enum rc src = ask_sql(s, x, row->v[0].u.i, as_filter, &sql, &serr);

    if (as_filter && crc == RC_OK)
        c = value_bool(c.kind == V_BOOL && c.u.b);
    if (crc == RC_LIMIT || src == RC_LIMIT) {
        s->overflowed++;
        if (crc == src || has_choice(source, crc == RC_OK ? &c : &sql))
            return;
    }
    if (crc == RC_OK && src == RC_OK && agree(&c, &sql, &t))
        return;
    test_fail(
        __FILE__, __LINE__, "deal %d: %s\n  C   %s %.*s %s\n  SQL %s %.*s %s",
        (int)row->v[0].u.i, source, rc_name(crc),
        STR_ARG(fx_world_print(&s->of.scratch, &c)), cerr.text, rc_name(src),
        STR_ARG(fx_world_print(&s->of.scratch, &sql)), serr.text);
}

static void compare(struct stage *s, const char *source)
{
    const struct fx_expr *x = fx_stage_compile(&s->of, source);

    if (!x) {
        s->failed++;
        return;
    }
    s->compiled++;
    for (size_t i = 0; i < s->of.world.n; i++)
        if (s->of.world.rows[i].entity == &FX_DEAL)
            compare_row(s, source, x, &s->of.world.rows[i]);
}

static long from_environment(const char *name, long otherwise)
{
    const char *text = getenv(name);

    return text ? strtol(text, NULL, 10) : otherwise;
}

TEST(fx_differential, evaluator_and_sqlite_agree)
{
    long runs = from_environment("FX_DIFFERENTIAL", DEFAULT_RUNS);
    long seed = from_environment("FX_SEED", 20260301);
    struct stage s;
    struct buf b;

    open_stage(&s, (uint64_t)seed);
    buf_init(&b, 100000);
    for (long i = 0; i < runs; i++) {
        struct arena_mark m = arena_mark(&s.of.scratch);

        buf_reset(&b);
        random_fx(&s.of.dice, &b);
        buf_addc(&b, '\0');
        CHECK(b.failed == RC_OK);
        compare(&s, b.p);
        arena_rewind(&s.of.scratch, m);
    }
    buf_release(&b);
    if (getenv("FX_DIFFERENTIAL"))
        fprintf(stderr, "%ld compared, %ld not compiled, %ld rows overflow\n",
                s.compiled, s.failed, s.overflowed);
    CHECK(s.compiled * 2 > s.failed); /* the generator is worth its time */
    close_stage(&s);
}

/* Long rows of terms are wide, not high: the database takes them. */
TEST(fx_differential, long_rows_run)
{
    static const char *const ROWS[][3] = {
        {"qty gt 0", " and qty gt 0", ""},
        {"qty = 9", " or qty = 2", ""},
        {"name", " .. name", ""},
        {"max(qty", ", qty", ")"},
        {"min(price", ", qty", ")"},
        {"qty in (1", ", 2", ")"},
        {"switch(qty", ", 1, 2, 3, 4", ")"},
        {"coalesce(qty", ", price", ")"},
    };
    struct stage s;
    struct buf b;

    open_stage(&s, 5);
    buf_init(&b, 10000);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        long compiled = s.compiled;

        buf_reset(&b);
        buf_adds(&b, ROWS[i][0]);
        for (int k = 0; k < 90; k++)
            buf_adds(&b, ROWS[i][1]);
        buf_adds(&b, ROWS[i][2]);
        buf_addc(&b, '\0');
        compare(&s, b.p);
        if (s.compiled != compiled + 1)
            test_fail(__FILE__, __LINE__, "%s", b.p);
    }
    buf_release(&b);
    close_stage(&s);
}
