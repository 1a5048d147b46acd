/*
 * server - a real PostgreSQL for the length of a test.
 */
#ifndef TESTS_PG_SERVER_H
#define TESTS_PG_SERVER_H

#include "base/str.h"

struct pg {
    char folder[256];
    bool skipped; /* it is not installed, and that has been said loudly */
};

struct pg pg_start(void);
void pg_stop(struct pg *pg);
/* Run a script; the answer, unaligned, in `out`. Fails the test with psql. */
void pg_run(struct pg *pg, struct str sql, char *out, size_t cap);

#endif
