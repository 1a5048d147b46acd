/*
 * outbox_rows - between outbox.c and outbox_run.c.
 */
#ifndef FLOW_OUTBOX_ROWS_H
#define FLOW_OUTBOX_ROWS_H

#include "flow/outbox.h"

/* The first of those who wait for the key becomes ready, if none is. */
enum rc outbox_promote(struct db *db, struct str key,
                       struct err *err) MUST_CHECK;

#endif
