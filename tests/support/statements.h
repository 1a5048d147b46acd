/*
 * statements - what the planner and the pipeline say to a database, all of it:
 * a CRM and an entity with every field type are written to and read from in
 * every way there is, before a twin.
 */
#ifndef SUPPORT_STATEMENTS_H
#define SUPPORT_STATEMENTS_H

#include "support/twin.h"

/* Tells the story twice; `ddl` takes the tables for PostgreSQL, NULL: not. */
void statements_tell(struct twin_story *story, struct buf *ddl);

#endif
