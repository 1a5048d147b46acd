/*
 * Every statement of the planner and of the pipeline on a real PostgreSQL: it
 * is prepared against the tables that were emitted for the same model, and run
 * as often and with the values it had on SQLite. What it reads there, it reads
 * here: as many rows.
 */
#include <stdlib.h>

#include "functions.h"
#include "server.h"
#include "support/statements.h"
#include "support/test.h"

enum { OUT_BYTES = 4 << 20 };

#define END_OF_ROW "@@"

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
    buf_adds(b, "\\pset recordsep '" END_OF_ROW "\\n'\n");
    for (i = 0; i < s->n_runs; i++) {
        const struct twin_run *run = &s->runs[i];

        if (!is_asked(s, run))
            continue;
        buf_addf(b, "\\echo '#%zu" END_OF_ROW "'\nEXECUTE s%zu%.*s;\n", i,
                 run->statement, STR_ARG(run->values));
    }
    buf_adds(b, "\\echo '#" END_OF_ROW "'\n");
}

/* Rows between a mark, where `out` stands, and the next; moves on to that. The
   separator stands between rows, and a line break behind the last. */
static int answered(struct str *out)
{
    ptrdiff_t at = str_find(*out, STR(END_OF_ROW "\n"));
    int n = 1;

    CHECK(at >= 0);
    *out = str_sub(*out, (size_t)at + 3, out->n);
    if (str_starts(*out, STR("#")))
        return 0;
    for (;; n++) {
        ptrdiff_t mark = str_find(*out, STR("\n#"));

        at = str_find(*out, STR(END_OF_ROW));
        CHECK(at >= 0 && mark >= 0);
        if (mark < at) {
            *out = str_sub(*out, (size_t)mark + 1, out->n);
            return n;
        }
        *out = str_sub(*out, (size_t)at + 3, out->n);
    }
}

TEST(pg_statements, are_taken_and_find_as_many_rows)
{
    struct pg pg = pg_start();
    struct twin_story story;
    struct buf b;
    struct str rest;
    char *out;
    size_t i, n = 0;

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
        const struct twin_run *run = &story.runs[i];
        int rows;

        if (!is_asked(&story, run))
            continue;
        rows = answered(&rest);
        n++;
        if (run->outcome == TWIN_ENDED && rows != run->rows)
            test_fail(__FILE__, __LINE__, "%s: %d rows, not %d:\n%.*s\n%.*s",
                      story.v[run->statement].scene, rows, run->rows,
                      STR_ARG(story.v[run->statement].postgres),
                      STR_ARG(run->values));
    }
    CHECK(n > 100);
    free(out);
    buf_release(&b);
    twin_story_release(&story);
}
