/*
 * sequence - document numbers such as "R-2026-00042".
 *
 * A number is taken inside the caller's write transaction. If that rolls back,
 * the number returns to the pool; committed numbers have no gaps. The price:
 * two saves of one sequence never run in parallel. On SQLite no two saves do;
 * on PostgreSQL a hot sequence costs three quarters of the rate.
 *
 * A pattern is text with {year} and, once, zeros in braces for the number:
 * "R-{year}-{0000}". Without zeros the number is put at the end.
 */
#ifndef RECORD_SEQUENCE_H
#define RECORD_SEQUENCE_H

#include "db/db.h"

enum { SEQUENCE_MAX_BYTES = 64, SEQUENCE_MAX_DIGITS = 12 };

struct sequence_def {
    struct str name;    /* row key in sys_seq; borrowed              */
    struct str pattern; /* as above; borrowed                        */
    bool per_year;      /* begin again at 1 when `year` changes      */
};

/*
 * Take the next number of `def` and write it, formatted, to *out. `year` is
 * that of the workspace's zone.
 *
 * Before:  db_in_write_tx(db).
 * Owns:    *out lives in `a`; `def` is only read.
 * Errors:  RC_LIMIT   the number needs more digits than the pattern has, or
 *                     the text more than SEQUENCE_MAX_BYTES
 *          RC_BUSY, RC_IO, RC_NOMEM
 *          On error *out is untouched.
 */
enum rc sequence_next(struct db *db, const struct sequence_def *def, int year,
                      struct arena *a, struct str *out,
                      struct err *err) MUST_CHECK;
/*
 * A number came with its record (a seed, numbered papers): those that are taken
 * from now on are larger. A text that is not of the pattern moves nothing.
 *
 * Before:  db_in_write_tx(db).
 * Errors:  RC_BUSY, RC_IO, RC_NOMEM
 */
enum rc sequence_pass(struct db *db, const struct sequence_def *def,
                      struct str number, struct err *err) MUST_CHECK;

#endif
