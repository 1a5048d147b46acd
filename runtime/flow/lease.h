/*
 * lease - what jobs and the outbox share about claimed rows.
 */
#ifndef FLOW_LEASE_H
#define FLOW_LEASE_H

#include "db/db.h"

/* Does `sql`, with now as ?1, have a row? A look costs a read, not a commit. */
bool lease_is_due(struct db_store *store, struct str sql, int64_t now_ms);
/*
 * At a start: `sql` ends the leases of all claimed rows. On an engine for one
 * process they were claimed by one that is gone; with DB_CAP_NODES it does
 * nothing, and they end by the clock. `sql` lives until this returns.
 */
enum rc lease_take_over(struct db_store *store, struct str sql,
                        struct err *err) MUST_CHECK;

#endif
