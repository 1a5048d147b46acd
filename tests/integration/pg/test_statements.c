/*
 * Every statement of the planner and of the pipeline on a real PostgreSQL: it
 * is prepared against the tables that were emitted for the same model, and run
 * as often and with the values it had on SQLite. What it reads there, it reads
 * here: as many rows, and the same values.
 */
#include <stdlib.h>

#include "functions.h"
#include "server.h"
#include "support/statements.h"
#include "support/test.h"

enum { OUT_BYTES = 4 << 20 };

#define END_OF_ROW  "@@"
#define END_OF_CELL "~~"

/* What failed on SQLite, for good reason, or was left early says nothing. */
static bool is_asked(const struct twin_story *s, const struct twin_run *run)
{
    return !s->v[run->statement].is_search && run->outcome != TWIN_FAILED;
}

static void script(const struct twin_story *s, struct buf *b)
{
    size_t i;

    for (i = 0; i < s->n; i++) {
        if (!s->v[i].is_search)
            buf_addf(b, "PREPARE s%zu AS %.*s;\n", i,
                     STR_ARG(s->v[i].postgres));
    }
    buf_adds(b, "\\pset recordsep '" END_OF_ROW "\\n'\n"
                "\\pset fieldsep '" END_OF_CELL "'\n");
    for (i = 0; i < s->n_runs; i++) {
        const struct twin_run *run = &s->runs[i];

        if (!is_asked(s, run))
            continue;
        buf_addf(b, "\\echo '#%zu" END_OF_ROW "'\nEXECUTE s%zu%.*s;\n", i,
                 run->statement, STR_ARG(run->values));
    }
    buf_adds(b, "\\echo '#" END_OF_ROW "'\n");
}

/* A line break of a text and one behind the last row look alike to nobody: each
   mark stands on a line of its own, behind a row separator or a line break. */
static struct str section(struct str *out)
{
    ptrdiff_t at = str_find(*out, STR(END_OF_ROW "\n")), next;
    struct str rest;

    CHECK(at >= 0);
    rest = str_sub(*out, (size_t)at + strlen(END_OF_ROW "\n"), out->n);
    if (str_starts(rest, STR("#"))) {
        *out = rest;
        return STR_NONE;
    }
    next = str_find(rest, STR("\n#"));
    CHECK(next >= 0);
    *out = str_sub(rest, (size_t)next + 1, rest.n);
    return str_sub(rest, 0, (size_t)next);
}

static int rows_of(struct str answer)
{
    int n = answer.p ? 1 : 0;

    for (;;) {
        ptrdiff_t at = str_find(answer, STR(END_OF_ROW "\n"));

        if (at < 0)
            return n;
        answer =
            str_sub(answer, (size_t)at + strlen(END_OF_ROW "\n"), answer.n);
        n++;
    }
}

static struct str cell_of(struct str answer, int row, int column)
{
    ptrdiff_t at;

    for (; row > 0; row--) {
        at = str_find(answer, STR(END_OF_ROW "\n"));
        CHECK(at >= 0);
        answer =
            str_sub(answer, (size_t)at + strlen(END_OF_ROW "\n"), answer.n);
    }
    at = str_find(answer, STR(END_OF_ROW "\n"));
    if (at >= 0)
        answer = str_sub(answer, 0, (size_t)at);
    for (; column > 0; column--) {
        at = str_find(answer, STR(END_OF_CELL));
        CHECK(at >= 0);
        answer = str_sub(answer, (size_t)at + strlen(END_OF_CELL), answer.n);
    }
    at = str_find(answer, STR(END_OF_CELL));
    return at < 0 ? answer : str_sub(answer, 0, (size_t)at);
}

/* Statements that are not built: of system tables, which hold here what was
   written since the story began, and there what came before as well. */
static bool is_static(const struct twin_statement *st)
{
    return str_find(st->postgres, STR(" sys_")) >= 0;
}

static void check_answer(const struct twin_story *s, const struct twin_run *run,
                         struct str answer, size_t *n_cells)
{
    const struct twin_statement *st = &s->v[run->statement];
    int rows = rows_of(answer);
    bool is_compared =
        !is_static(st) &&
        (rows == 1 || str_find(st->postgres, STR(" ORDER BY ")) >= 0);

    if (run->outcome == TWIN_ENDED && rows != run->rows)
        test_fail(__FILE__, __LINE__, "%s: %d rows, not %d:\n%.*s\n%.*s",
                  st->scene, rows, run->rows, STR_ARG(st->postgres),
                  STR_ARG(run->values));
    for (size_t i = 0; is_compared && i < run->n_cells; i++) {
        const struct twin_cell *c = &run->cells[i];
        struct str theirs = cell_of(answer, c->row, c->column);

        if (!str_eq(theirs, c->text))
            test_fail(__FILE__, __LINE__,
                      "%s: row %d, column %d: PG \"%.*s\", SQLite "
                      "\"%.*s\":\n%.*s\n%.*s",
                      st->scene, c->row, c->column, STR_ARG(theirs),
                      STR_ARG(c->text), STR_ARG(st->postgres),
                      STR_ARG(run->values));
        ++*n_cells;
    }
}

TEST(pg_statements, are_taken_and_answered_as_sqlite_does)
{
    struct pg pg = pg_start();
    struct twin_story story;
    struct buf b;
    struct str rest;
    char *out;
    size_t i, n = 0, n_cells = 0;

    if (pg.skipped)
        return;
    twin_story_init(&story);
    buf_init(&b, 64 << 20);
    buf_adds(&b, "SET client_min_messages = error;\n"
                 "CREATE EXTENSION pg_trgm;\n");
    buf_adds(&b, FUNCTIONS);
    statements_tell(&story, &b);
    script(&story, &b);
    CHECK(b.failed == RC_OK);
    out = malloc(OUT_BYTES);
    CHECK(out != NULL);
    pg_run(&pg, buf_view(&b), out, OUT_BYTES);
    pg_stop(&pg);
    rest = str_c(out);
    for (i = 0; i < story.n_runs; i++) {
        if (!is_asked(&story, &story.runs[i]))
            continue;
        check_answer(&story, &story.runs[i], section(&rest), &n_cells);
        n++;
    }
    CHECK(n > 100 && n_cells > 300);
    free(out);
    buf_release(&b);
    twin_story_release(&story);
}
