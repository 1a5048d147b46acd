/* run - rows of a plan as they come from the engine. For core/query alone. */
#ifndef QUERY_RUN_H
#define QUERY_RUN_H

#include "query/plan.h"

/* The row is the statement's current one: id, rev, then the plan's columns. */
typedef enum rc row_fn(void *arg, struct query *q, struct db_stmt *st,
                       struct err *err);
/* At most q->limit rows, in order; then q->next is the cursor or STR_NONE. */
enum rc plan_rows(struct query *q, row_fn *each, void *arg,
                  struct err *err) MUST_CHECK;

#endif
