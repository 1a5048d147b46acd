/*
 * twin - one run of the program, told in the SQL of both engines.
 *
 * A twin stands before a store of SQLite as an engine of its own and writes
 * down every statement that is prepared. The first run speaks SQLite's dialect.
 * The second, over a store in the same state, speaks PostgreSQL's: what is
 * prepared there is written down beside the first run's statement of the same
 * number, and that one is executed. So the pipeline and the planner go their
 * whole way with the answers they need, and every statement stands in both.
 */
#ifndef SUPPORT_TWIN_H
#define SUPPORT_TWIN_H

#include "base/arena.h"
#include "base/buf.h"
#include "db/db.h"

enum twin_outcome { TWIN_LEFT /* before its end */, TWIN_ENDED, TWIN_FAILED };

struct twin_value {
    enum {
        TWIN_NULL,
        TWIN_INT,
        TWIN_BOOL,
        TWIN_FLOAT,
        TWIN_TEXT,
        TWIN_BLOB,
        TWIN_IDS
    } kind;
    int64_t i;
    double f;
    struct str s;
    const int64_t *ids;
    size_t n_ids;
};

struct twin_cell { /* a value that was asked for, as psql writes it */
    int row, column;
    struct str text;
};

struct twin_run { /* one execution */
    size_t statement;
    struct twin_value *binds; /* of the first run */
    size_t n_binds;
    struct str values; /* of the second: "" or "(1, 'a')" */
    int rows;          /* answered so far */
    enum twin_outcome outcome;
    struct twin_cell *cells; /* of the second run */
    size_t n_cells, cap_cells;
};

struct twin_statement {
    const char *scene; /* what was being done */
    struct str sqlite, postgres;
    bool is_search; /* of the search tables, which the engines' drivers ask */
};

struct twin_story {
    struct arena arena;
    struct twin_statement *v;
    size_t n, cap, told; /* told: by the second run so far */
    struct twin_run *runs;
    size_t n_runs, cap_runs, told_runs;
    const char *scene;
};

void twin_story_init(struct twin_story *s);
void twin_story_release(struct twin_story *s);

/* A store that tells `story` in dialect `d`. Close it before the inner one. */
struct db_store *twin_open(struct twin_story *story, struct db_store *inner,
                           const struct clock *clock, enum db_dialect d);

/* The statements of one dialect, each once, under its scene; for a golden. */
void twin_text(const struct twin_story *s, enum db_dialect d, struct buf *out);

#endif
