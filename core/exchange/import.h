/* import - the state of one import. For core/exchange alone. */
#ifndef EXCHANGE_IMPORT_H
#define EXCHANGE_IMPORT_H

#include <pthread.h>

#include "base/map.h"
#include "base/vec.h"
#include "exchange/map.h"

/* Items one row may add to a batch: itself and targets it makes. */
enum { IMPORT_ROW_ITEMS = 8 };

struct import_row {
    struct str *cells;
    size_t n;
    int64_t line;
    size_t item; /* in the batch */
};

/* A record that a cell names: there already, or an item of this batch. */
struct target {
    int64_t id; /* 0: not yet */
    int item;   /* of the batch being gathered; -1 */
};

/* A link to a row that came later. */
struct deferred {
    int64_t id; /* record that links */
    int64_t line;
    int column;
    struct str name; /* the cell */
};

/* A row that was refused before it became an item. */
struct import_refusal {
    struct import_row row;
    struct issues issues;
};

/* Rows of one transaction. What they are made of lives in its arena. */
struct import_chunk {
    struct arena arena;
    struct record_batch batch;
    VEC(struct import_row) rows;
    VEC(struct import_refusal) refused;
    int64_t read; /* rows of the file */
    /* of the save */
    struct issues issues;
    struct record_result result;
    enum rc rc;
    struct err err;
};

/* The thread that saves one chunk while the next is read. */
struct import_saver {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct import_chunk *work;  /* under the lock; NULL: it is done   */
    struct import_chunk *given; /* not taken back yet                 */
    bool ending;                /* under the lock                     */
    bool is_running, is_refused;
};

struct importer {
    const struct record_ctx *ctx;
    const struct model *m;
    const struct entity *e;
    const struct import_map *map;
    struct arena *arena; /* of the report: lives on         */
    struct arena *chunk; /* now->arena                      */
    bool dry_run;
    const struct import_progress *progress;
    struct import_report *report;
    struct buf errors;
    struct csv csv;
    struct str *header;
    struct map_column *columns; /* by the file's columns; field NULL: ignored */
    size_t n_header;
    int key_column;
    int64_t total;
    bool links_itself;
    struct map targets;   /* "entity.field=folded" -> struct target     */
    struct map announced; /* the same keys, that the file will bring    */
    VEC(struct target *) pending;
    VEC(struct deferred) deferred;
    VEC(int64_t) txns;
    struct import_chunk chunks[2], *now; /* that is being gathered     */
    struct import_saver saver;
    struct db *db; /* while rows are resolved; or NULL           */
};

enum rc import_no_memory(struct err *err);
void import_report(struct importer *im, const struct import_row *row,
                   struct str column, struct str code, struct str message,
                   struct str value);
/* The row goes into the report and into the error file. */
void import_fail_row(struct importer *im, struct arena *scratch,
                     const struct import_row *row, const struct issues *is);

/* chunk.c */
void import_chunks_init(struct importer *im);
void import_chunks_release(struct importer *im);
/* Save what has gathered, and say what became of it. */
enum rc import_flush(struct importer *im, struct err *err) MUST_CHECK;
/* The same, but where rows need nothing of those before them, it is saved while
   the next are gathered; what became of it is said by the next call. */
enum rc import_hand_over(struct importer *im, struct err *err) MUST_CHECK;

/* row.c */
void import_tables_init(struct importer *im);
/* One row into the batch, or straight into the report. */
enum rc import_row(struct importer *im, struct str *cells, size_t n,
                   int64_t line, struct err *err) MUST_CHECK;
/* The row again, once the batch that holds its key is saved. */
enum rc import_again(struct importer *im, const struct import_row *row,
                     struct err *err) MUST_CHECK;
/* The name this cell gives its row is one that later links may find. */
enum rc import_announce(struct importer *im, const struct map_column *c,
                        struct str cell, struct err *err) MUST_CHECK;
/* A saved row can be linked to by its name from now on. */
void import_remember(struct importer *im, struct arena *scratch,
                     const struct import_row *row, int64_t id);
void import_forget_pending(struct importer *im);
void import_stop_reading(struct importer *im);
enum rc import_deferred(struct importer *im, struct err *err) MUST_CHECK;

#endif
