/*
 * physical - what an entity is in the database: its table, side tables and
 * indexes as ddl.h speaks of them. Made from the model alone, so a fresh
 * install and a migrated file can be compared.
 */
#ifndef MODEL_PHYSICAL_H
#define MODEL_PHYSICAL_H

#include "db/ddl.h"
#include "model/model.h"

/* Columns of one field (none, one or more), with the reference they hold. */
size_t physical_field(const struct field *f, struct ddl_column out[4]);
/* The whole table; RC_NOMEM. */
enum rc physical_table(const struct entity *e, struct arena *a,
                       struct ddl_table *out, struct err *err) MUST_CHECK;
/* The side table of a multi-value field: (rec, code), both the key. */
enum rc physical_side(const struct field *f, struct arena *a,
                      struct ddl_table *out, struct ddl_index *by_code,
                      struct err *err) MUST_CHECK;
/* Uniques first, then indexes. RC_NOMEM. */
enum rc physical_indexes(const struct entity *e, struct arena *a,
                         struct ddl_index **out, size_t *n,
                         struct err *err) MUST_CHECK;
/* The column a field is sorted and looked up by. */
struct ident physical_sort_column(const struct field *f);

#endif
