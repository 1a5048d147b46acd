/*
 * fixture - a store with a little table, for the tests of db.
 */
#ifndef UNIT_DB_FIXTURE_H
#define UNIT_DB_FIXTURE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "support/test.h"

struct fixture {
    struct db_store *store;
    struct arena arena;
    struct err err;
};

/* In memory, with TABLE made. */
struct fixture fixture_open(void);
/* The same in a new file of the build folder; `hostile` as in db_config. */
struct fixture fixture_open_file(const char *name, bool hostile);
void fixture_close(struct fixture *f);
/* "<build>/test_<name>.db", with what lay there gone. */
const char *fixture_path(const char *name);
/* The same, and what lies there stays. */
const char *fixture_path_kept(const char *name);

/* t(id, n INT, s TEXT, f REAL, b BLOB, ok BOOL), unique t__1(s, n). */
extern const char FIXTURE_TABLE[];

/* Run `sql` as a write of its own. */
enum rc fixture_exec(struct fixture *f, const char *sql);
/* The first integer of a query, in a bracket of its own; -1 for no row. */
int64_t fixture_i64(struct fixture *f, const char *sql);

#endif
