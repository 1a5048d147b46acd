/*
 * reindex - queue the jobs a plan asks for. Private to package.
 */
#ifndef PACKAGE_REINDEX_H
#define PACKAGE_REINDEX_H

#include "model/store.h"

/* Inside the write job that applies the plan; *queued: there is one. */
enum rc reindex_enqueue(struct db *db, const struct model *next,
                        const struct plan *plan, int64_t user, int64_t now_ms,
                        bool *queued, struct err *err) MUST_CHECK;

#endif
