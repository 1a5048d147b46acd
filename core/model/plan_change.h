/*
 * plan_change - what a step of a plan is about, for those who carry it out.
 * Private to core/model.
 */
#ifndef MODEL_PLAN_CHANGE_H
#define MODEL_PLAN_CHANGE_H

#include "base/vec.h"
#include "model/field/field.h"
#include "model/plan.h"

struct plan_change {
    const struct entity *old_entity, *new_entity;
    const struct field *old_field, *new_field;
    const struct ddl_index *index; /* PLAN_ADD_INDEX ... PLAN_DROP_UNIQUE */
};

struct planner {
    const struct model *old, *new_model;
    struct db *db; /* or NULL */
    bool allow_drop;
    struct arena *a;
    VEC(struct plan_step) steps;
    VEC(struct message) refused;
    bool nomem;
};

/* Refuse: what stands in the way and what to do. */
void plan_refuse(struct planner *p, const char *code, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

void plan_add_step(struct planner *p, enum plan_op op,
                   const struct plan_change *change, int64_t rows, int rate,
                   const char *fmt, ...) PRINTF_LIKE(6, 7);
/* The same field in the other model, or NULL. */
const struct field *plan_same_field(const struct entity *e,
                                    const struct field *f);
/* plan_archive.c */
enum rc plan_compare_archives(struct planner *p, const struct entity *was,
                              const struct entity *is, struct err *err);
/* plan_index.c */
enum rc plan_compare_indexes(struct planner *p, const struct entity *old_e,
                             const struct entity *new_e, struct err *err);

/* --- plan_data.c: what the rows say; -1 and nothing found without a db ------ */
/* Rows of a table; with a column: where it is not null. */
/* Records in which the field is filled. */
enum rc plan_count_values(struct planner *p, const struct field *f,
                          int64_t *out, struct err *err);
enum rc plan_count(struct planner *p, struct ident table,
                   const struct ident *column, int64_t *out, struct err *err);
/* Rows with this code in a choice, multichoice or status. */
enum rc plan_count_code(struct planner *p, const struct field *f,
                        struct str code, int64_t *out, struct err *err);
/* Rows of an anyref that point to this entity. */
enum rc plan_count_ent(struct planner *p, const struct field *f, int number,
                       int64_t *out, struct err *err);
/* Two live rows that a unique index would not hold: *example empty if none. */
enum rc plan_find_twice(struct planner *p, const struct ddl_index *unique,
                        struct str *example, struct err *err);
/* The first value that the new type refuses: *example empty if none. */
enum rc plan_find_unfit(struct planner *p, const struct field *from,
                        const struct field *to, struct str *example,
                        struct str *why, struct err *err);

/* --- plan_convert.c ------------------------------------------------------- */
/* Is there a way from one to the other that loses nothing, if values fit? */
bool plan_converts(const struct field *from, const struct field *to);
/* Columns hold the same thing: nothing to do. */
bool plan_same_storage(const struct field *from, const struct field *to);
/* One value. RC_INVALID: `issues` says why. */
enum rc plan_convert(const struct model *m, const struct field *from,
                     const struct field *to, const struct value *v,
                     struct issues *issues, struct arena *a, struct value *out,
                     struct err *err);
/* Rows from the columns of `from` (as named in `columns`) to those of `to`, and
   to its side table. */
enum rc plan_convert_rows(struct db *db, const struct model *m,
                          const struct field *from, const struct ident *columns,
                          const struct field *to, struct err *err);

/* Is a column of `f` one of the index's? */
bool plan_index_has(const struct ddl_index *ix, const struct field *f);

#endif
