/*
 * raw_sqlite - a look into a database behind the port's back: to plant what no
 * workspace holds, and to see that any SQLite tool can read what we wrote.
 */
#ifndef SUPPORT_RAW_SQLITE_H
#define SUPPORT_RAW_SQLITE_H

#include <stdint.h>

/* Both fail the test when SQLite refuses. This process must not
   have the file open; another may. */
void raw_sqlite_exec(const char *path, const char *sql);
int64_t raw_sqlite_i64(const char *path, const char *sql);

#endif
