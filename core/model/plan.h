/*
 * plan - what turns one model's tables into another's: in words, with row
 * counts, then as DDL in one transaction.
 */
#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include "model/compile.h"

enum plan_op {
    PLAN_ADD_ENTITY,
    PLAN_DROP_ENTITY,
    PLAN_RENAME_ENTITY,
    PLAN_ADD_FIELD,
    PLAN_DROP_FIELD,
    PLAN_RENAME_FIELD,
    PLAN_RETYPE_FIELD,
    PLAN_ADD_INDEX,
    PLAN_DROP_INDEX,
    PLAN_ADD_UNIQUE,
    PLAN_DROP_UNIQUE,
    PLAN_REINDEX,    /* what search finds has changed: whoever publishes has
                        the texts of these records made anew, afterwards  */
    PLAN_KEEP_ENTITY, /* of a removed package, read-only from now on     */
    PLAN_KEEP_FIELD,  /* the same of a field in another's entity         */
    PLAN_WAKE_ENTITY, /* its package is back                             */
    PLAN_WAKE_FIELD,
    PLAN_DEFINITIONS /* forms, views, menus, labels: no table changes */
};

struct plan_step {
    enum plan_op op;
    struct str entity, field; /* logical names                        */
    int64_t rows;             /* touched; -1 unknown                  */
    int64_t ms;               /* estimate                             */
    struct str words;         /* "Add field Region (choice) to Deal." */
    const void *detail;       /* plan_change.h                             */
};

/* What a package asks for, in words; of an upgrade: more than before? */
struct plan_ask {
    struct str words;
    bool is_more;
};

struct plan {
    struct arena *arena;
    struct str package, from, to; /* versions; empty: none       */
    struct plan_step *steps;
    size_t n;
    struct message
        *refused; /* data would be lost, a unique that does not hold */
    size_t n_refused;
    struct message *review; /* of what `local` changed; never in the way */
    size_t n_review;
    struct plan_ask *asks; /* filled by runtime/package                  */
    size_t n_asks;
    bool is_deletion; /* a removal that keeps nothing */
};

/*
 * Compare. `old` may be NULL (nothing installed). `db` (a read bracket) gives
 * row counts and values that would be lost; NULL leaves them -1. A drop of a
 * field or entity with data is refused unless `allow_drop`; a drop beside a
 * similar addition asks for was="".
 */
enum rc plan_make(const struct model *old, const struct model *new_model,
                  struct db *db, bool allow_drop, struct arena *a,
                  struct plan *out, struct err *err) MUST_CHECK;
/* Inside a write job: runs every step's DDL. RC_CONFLICT when a unique does
   not hold. */
enum rc plan_apply(const struct plan *plan, const struct model *old,
                   const struct model *new_model, struct db *db,
                   struct err *err) MUST_CHECK;
/* Does it drop what holds records or values, or may? */
bool plan_drops_data(const struct plan *plan);
/* The DDL as text, for golden files and EXPLAIN on other engines. */
enum rc plan_sql(const struct plan *plan, const struct model *old,
                 const struct model *new_model, enum db_dialect d,
                 struct buf *out, struct err *err) MUST_CHECK;
struct json_w;
void plan_json(const struct plan *plan, struct json_w *w);
void plan_text(const struct plan *plan, struct buf *out);

#endif
