/*
 * The SQL that fx writes for PostgreSQL (tests/golden/fx_postgres.sql) is
 * prepared and executed by one, over a row in each table. perigee.daynum and
 * .isodate are what its driver will bring (storage.md).
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "server.h"
#include "support/test.h"

static const char TABLES[] =
    "CREATE SCHEMA perigee;\n"
    "CREATE FUNCTION perigee.daynum(text) RETURNS bigint LANGUAGE sql\n"
    " IMMUTABLE STRICT AS $$ SELECT (CAST($1 AS date) - DATE '1970-01-01')\n"
    "::bigint $$;\n"
    "CREATE FUNCTION perigee.isodate(bigint) RETURNS text LANGUAGE sql\n"
    " IMMUTABLE STRICT AS $$ SELECT to_char(DATE '1970-01-01' +\n"
    " CAST($1 AS int), 'YYYY-MM-DD') $$;\n"
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
    buf_adds(&b, TABLES);
    statements = script(&b, str_of(golden, n));
    pg_run(&pg, buf_view(&b), out, sizeof out);
    buf_release(&b);
    free(golden);
    pg_stop(&pg);
    CHECK(statements > 40);
    CHECK_HAS(out, "7"); /* some of them find the deal */
}
