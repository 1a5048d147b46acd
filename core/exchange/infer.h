/*
 * infer - a pasted spreadsheet as an entity: what its columns are called and of
 * which type, how sure that is, and its rows as the import reads them.
 *
 * A type is proposed only when every filled cell of the column is of it, so an
 * import of these rows refuses none of them; what nearly fits is named beside
 * ("nearly"). Numbers may be written as 1,234.50 or 1.234,50, dates in the usual
 * orders; in the rows that come back they are as the contract has them.
 *
 * Pure. Cost: linear, some 60 ms for a MiB. Everything lives in the arena.
 */
#ifndef EXCHANGE_INFER_H
#define EXCHANGE_INFER_H

#include "base/arena.h"
#include "base/json.h"

enum {
    INFER_MAX_BYTES = 1 << 20,
    INFER_MAX_COLUMNS = 200,
    INFER_EXAMPLES = 3,
    INFER_MAX_OPTIONS = 12
};

struct infer_option {
    struct str code, label;
};
struct infer_column {
    struct str header; /* as pasted; or "" */
    struct str name, label;
    const char *type;   /* of the field; static */
    int confidence;     /* percent */
    const char *nearly; /* a type that all but `misses` cells have; or NULL */
    size_t misses;
    const char *format; /* of dates: "D.M.YYYY"; static; or NULL */
    char currency[4];   /* money: the one currency of all cells; or "" */
    int scale;          /* dec */
    bool required;      /* the first column, when no cell is empty */
    size_t filled;
    struct str examples[INFER_EXAMPLES];
    size_t n_examples;
    struct infer_option *options;
    size_t n_options;
};
struct infer_sheet {
    struct str name, label; /* of the entity */
    bool has_header;
    size_t rows; /* of data */
    struct infer_column *columns;
    size_t n;
    struct str csv; /* the rows, with the fields' names as header */
};

/*
 * `label`: what the entity is called; empty: "Sheet".
 * Errors: RC_INVALID  nothing in it, not UTF-8
 *         RC_LIMIT    INFER_MAX_BYTES, INFER_MAX_COLUMNS
 *         RC_SYNTAX   a quote that never closes
 *         RC_NOMEM
 */
enum rc infer_sheet(struct str text, struct str label, struct arena *a,
                    struct infer_sheet *out, struct err *err) MUST_CHECK;

/* {"entity","label","rows","header","columns":[..],"acts":[..],"csv"} */
void infer_json(const struct infer_sheet *s, struct json_w *w);

#endif
