/*
 * The SQL that fx writes for PostgreSQL (tests/golden/fx_postgres.sql) is
 * prepared and executed by one, over a row in each table.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/time.h"
#include "functions.h"
#include "fx/fx_ast.h"
#include "server.h"
#include "support/fx_stage.h"
#include "support/test.h"

static const char TABLES[] =
    "CREATE TABLE sys_user(id bigint PRIMARY KEY, name text, name__k text,\n"
    " manager bigint, level bigint, deleted_at bigint);\n"
    "CREATE TABLE crm_account(id bigint PRIMARY KEY, name text, name__k text,\n"
    " city text, city__k text, credit bigint, credit__cur text,\n"
    " credit__base bigint, parent bigint, active boolean, score bigint,\n"
    " deleted_at bigint);\n"
    "CREATE TABLE crm_deal(id bigint PRIMARY KEY, name text, name__k text,\n"
    " note text, stage text, qty bigint, price bigint, rate bigint,\n"
    " amount bigint, amount__cur text, amount__base bigint, due_on text,\n"
    " start_on text, opened_at bigint, at bigint, took bigint,\n"
    " active boolean, weight double precision, account bigint,\n"
    " owner bigint, regarding__id bigint, regarding__ent bigint,\n"
    " big bigint, deleted_at bigint);\n"
    "CREATE TABLE crm_line(id bigint PRIMARY KEY, deal bigint, product text,\n"
    " product__k text, qty bigint, price bigint, kind text, done boolean,\n"
    " supplier bigint, deleted_at bigint);\n"
    "CREATE TABLE m_deal_tags(rec bigint, code text);\n"
    "INSERT INTO sys_user VALUES(3, 'Ann', 'ann', NULL, 2, NULL);\n"
    "INSERT INTO crm_account(id, name, name__k) VALUES(2, 'Acme', 'acme');\n"
    "INSERT INTO crm_deal VALUES(7, 'Abx', 'abx', 'Ab', 'won', 3, 1250,\n"
    " 12345, 600000, 'EUR', 600000, '2026-02-28', '2026-01-31',\n"
    " 1774741500000, 570, 5400, true, 1.5, 2, 3, 2, 2, 5, NULL);\n"
    "INSERT INTO crm_line VALUES(9, 7, 'x', 'x', 5, 100, 'rent', true, 2,\n"
    " NULL);\n"
    "INSERT INTO m_deal_tags VALUES(7, 'a');\n";

/* Lines come in threes: a comment with the fx, the statement, its values. */
static size_t script(struct buf *b, struct str golden)
{
    struct str line;
    size_t n = 0;

    while (str_split(&golden, '\n', &line)) {
        if (str_starts(line, STR("SELECT ")))
            buf_addf(b, "PREPARE q%zu AS %.*s\n", ++n, STR_ARG(line));
        else if (str_starts(line, STR("--(")) || str_is(line, "--"))
            buf_addf(b, "EXECUTE q%zu%.*s;\n", n, (int)line.n - 2, line.p + 2);
    }
    return n;
}

TEST(pg, executes_what_fx_writes)
{
    struct pg pg = pg_start();
    size_t n = 0, statements;
    struct buf b;
    char out[8192];
    char *golden;

    if (pg.skipped)
        return;
    golden = test_read("tests/golden/fx_postgres.sql", &n);
    buf_init(&b, 1 << 20);
    buf_adds(&b, FUNCTIONS);
    buf_adds(&b, TABLES);
    statements = script(&b, str_of(golden, n));
    pg_run(&pg, buf_view(&b), out, sizeof out);
    buf_release(&b);
    free(golden);
    pg_stop(&pg);
    CHECK(statements > 40);
    CHECK_HAS(out, "7"); /* some of them find the deal */
}

/* --- random expressions -------------------------------------------------------- */

enum { RUNS = 400, MOST = 1000 };

static void add_literal(struct buf *b, const struct value *v)
{
    if (v->kind == V_TEXT) {
        buf_addc(b, '\'');
        for (size_t i = 0; i < v->u.s.n; i++) {
            if (v->u.s.p[i] == '\'')
                buf_addc(b, '\'');
            buf_addc(b, v->u.s.p[i]);
        }
        buf_addc(b, '\'');
    } else if (v->kind == V_BOOL)
        buf_adds(b, v->u.b ? "true" : "false");
    else if (v->kind == V_FLOAT)
        buf_addf(b, "(%.17g::double precision)", v->u.f);
    else if (v->kind == V_LIST) {
        buf_adds(b, "ARRAY[");
        for (size_t i = 0; i < v->u.list.n; i++)
            buf_addf(b, "%s%lld", i ? "," : "", (long long)v->u.list.v[i].u.i);
        buf_addc(b, ']');
    } else
        buf_addf(b, "(%lld::bigint)", (long long)v->u.i);
}

/* The statement with its values in their places. */
static void add_statement(struct buf *b, const struct sqlb *q, struct str sql)
{
    for (size_t i = 0; i < sql.n; i++) {
        size_t k = 0;

        if (sql.p[i] != '$') {
            buf_addc(b, sql.p[i]);
            continue;
        }
        while (i + 1 < sql.n && sql.p[i + 1] >= '0' && sql.p[i + 1] <= '9')
            k = k * 10 + (size_t)(sql.p[++i] - '0');
        CHECK(k >= 1 && k <= q->n_binds);
        add_literal(b, &q->binds[k - 1]);
    }
}

/* One line of all answers, what fails as what it says. */
static bool add_question(struct fx_stage *s, const struct fx_expr *x, long i,
                         struct buf *b)
{
    const struct fx_sql_frame frame = fx_stage_sql_frame(s);
    struct fx_from from;
    struct sqlb q;
    struct str sql = STR_NONE;
    struct err err = ERR_INIT;
    enum rc rc;

    sqlb_init(&q, DB_POSTGRES, &s->scratch);
    fx_from_init(&from, fx_world_schema(), fx_world_tables(), &FX_DEAL, 0,
                 &s->scratch);
    rc = fx_from_expr(&from, x, &err);
    sqlb_lit(&q, "SELECT string_agg(coalesce(CAST(s.v AS text), 'null'), ','"
                 " ORDER BY s.id) FROM (SELECT t0.id AS id, ");
    if (rc == RC_OK)
        rc = fx_emit(x, &from, &frame, &q, &err);
    sqlb_lit(&q, " AS v");
    if (rc == RC_OK)
        rc = fx_from_emit(&from, &q, &err);
    sqlb_lit(&q, ") AS s");
    if (rc == RC_OK)
        rc = sqlb_text(&q, &sql, &err);
    if (rc == RC_OK) {
        buf_addf(b, "DO $do$ DECLARE r text; BEGIN EXECUTE $q$");
        add_statement(b, &q, sql);
        buf_addf(b,
                 "$q$ INTO r; INSERT INTO answers VALUES(%ld, r);"
                 " EXCEPTION WHEN OTHERS THEN INSERT INTO answers"
                 " VALUES(%ld, 'ERROR ' || SQLERRM); END $do$;\n",
                 i, i);
    } else if (rc != RC_LIMIT)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    sqlb_release(&q);
    return rc == RC_OK;
}

static void add_answer(struct buf *b, const struct value *v)
{
    char day[11];

    if (v->kind == V_NULL)
        buf_adds(b, "null");
    else if (v->kind == V_TEXT)
        buf_add(b, v->u.s);
    else if (v->kind == V_BOOL)
        buf_adds(b, v->u.b ? "true" : "false");
    else if (v->kind == V_DATE)
        buf_add(b, str_of(day, date_format(v->u.i, day)));
    else
        buf_addf(b, "%lld", (long long)(v->kind == V_MONEY ? v->base : v->u.i));
}

/* False: an overflow somewhere, which is no question for two engines. */
static bool evaluate_all(struct fx_stage *s, const struct fx_expr *x,
                         struct buf *b)
{
    bool is_first = true;

    for (size_t i = 0; i < s->world.n; i++) {
        const struct fx_world_row *row = &s->world.rows[i];
        const struct fx_frame frame = fx_stage_frame(s, row);
        struct value v = VALUE_NULL;
        enum rc rc;

        if (row->entity != &FX_DEAL)
            continue;
        rc = fx_eval(x, &frame, &v, NULL);
        if (rc != RC_OK)
            return false;
        if (!is_first)
            buf_addc(b, ',');
        is_first = false;
        add_answer(b, &v);
    }
    return true;
}

struct question {
    struct str source, ours;
};

/* Sources, our answers, and the script that asks for theirs. */
static size_t make_questions(struct fx_stage *s, struct question *list,
                             long runs, struct buf *script)
{
    struct buf source, ours;
    size_t n = 0;

    buf_init(&source, 100000);
    buf_init(&ours, 100000);
    for (long i = 0; i < runs; i++) {
        const struct fx_expr *x;
        struct arena_mark m = arena_mark(&s->scratch);

        buf_reset(&source);
        buf_reset(&ours);
        random_fx(&s->dice, &source);
        buf_addc(&source, '\0');
        x = fx_stage_compile(s, source.p);
        if (x && fx_result(x).kind != FX_FLOAT && evaluate_all(s, x, &ours) &&
            add_question(s, x, (long)n, script)) {
            list[n].source = str_copy(&s->rows, str_c(source.p));
            list[n++].ours = str_copy(&s->rows, buf_view(&ours));
        }
        arena_rewind(&s->scratch, m);
    }
    buf_release(&source);
    buf_release(&ours);
    return n;
}

/* FX_DIFFERENTIAL=N, at most MOST, and FX_SEED as in unit_fx. */
TEST(pg, evaluates_random_expressions_as_we_do)
{
    enum { OUT_BYTES = 4 << 20 };
    static struct question list[MOST];
    const char *runs = getenv("FX_DIFFERENTIAL"), *seed = getenv("FX_SEED");
    long n_runs = runs ? strtol(runs, NULL, 10) : RUNS;
    struct pg pg = pg_start();
    struct fx_stage s;
    struct buf b;
    struct str rest, theirs;
    char *out;
    size_t n, i = 0;

    if (pg.skipped)
        return;
    fx_stage_init(&s, seed ? strtoull(seed, NULL, 10) : 20260301, true);
    buf_init(&b, 64 << 20);
    buf_adds(&b, "SET client_min_messages = error; SET jit = off;\n");
    buf_adds(&b, FUNCTIONS);
    fx_stage_script(&s, DB_POSTGRES, &b);
    buf_adds(&b, "CREATE TABLE answers(i bigint, r text);\n");
    n = make_questions(&s, list, n_runs > MOST ? MOST : n_runs, &b);
    buf_adds(&b, "SELECT r FROM answers ORDER BY i;\n");
    CHECK(b.failed == RC_OK && n * 2 > (size_t)(n_runs > MOST ? MOST : n_runs));
    out = malloc(OUT_BYTES);
    CHECK(out != NULL);
    pg_run(&pg, buf_view(&b), out, OUT_BYTES);
    pg_stop(&pg);
    rest = str_c(out);
    while (str_split(&rest, '\n', &theirs) && i < n) {
        if (!str_eq(theirs, list[i].ours))
            test_fail(__FILE__, __LINE__, "%.*s\n  C  %.*s\n  PG %.*s",
                      STR_ARG(list[i].source), STR_ARG(list[i].ours),
                      STR_ARG(theirs));
        i++;
    }
    CHECK_I64(i, n);
    free(out);
    buf_release(&b);
    fx_stage_release(&s);
}
