/*
 * store - definitions in the workspace itself: sys_pkg, sys_pkg_file,
 * sys_name, sys_model; and the system tables of every module.
 */
#ifndef MODEL_STORE_H
#define MODEL_STORE_H

#include "model/plan.h"

/* Make all sys_ tables and the search tables of a new file. Idempotent. */
enum rc store_create(struct db *db, const struct settings *settings,
                     int64_t now_ms, struct err *err) MUST_CHECK;
/* Everything that is installed, compiled. Packages' sources included. */
enum rc store_load(struct db *db, struct model **out, struct messages *ms,
                   struct err *err) MUST_CHECK;
enum rc store_generation(struct db *db, int64_t *out,
                         struct err *err) MUST_CHECK;
enum rc store_settings(struct db *db, struct arena *a, struct settings *out,
                       struct err *err) MUST_CHECK;

/*
 * Compile what is installed with `changed` put in (or `remove` taken out) and
 * plan the way there. Read only: this is `perigee plan` and the first half of
 * an install. *model has the next generation number.
 */
/* The field of `entity` ("crm:deal") that was called `from` is called `to`,
   beside what was="" and uid="" of the text say: an undo of a rename. */
struct store_rename {
    struct str entity, from, to;
};
struct store_change {
    const struct package_src *put; /* or NULL */
    struct str remove;             /* or empty */
    bool keep_records;             /* of a removal */
    bool allow_drop;
    bool accept; /* what an upgrade asks for more: runtime/package */
    /* The builder's. `base`: what `put` was made from; when something else is
       installed by now, RC_CONFLICT. `log`: kept with the generation, in sys_kv
       under "_builder/<12 digits>" of the package. */
    const struct package_src *base;
    struct str log;
    const struct store_rename *renames;
    size_t n_renames;
};
enum rc store_prepare(struct db *db, const struct model *current,
                      const struct store_change *change, struct arena *a,
                      struct model **model, struct plan *plan,
                      struct messages *ms, struct err *err) MUST_CHECK;
/* Inside a write job: check the generation is still current's, apply DDL, write
   sys_pkg, sys_pkg_file, sys_name, sys_model. */
enum rc store_commit(struct db *db, const struct model *current,
                     const struct model *next,
                     const struct store_change *change, const struct plan *plan,
                     int64_t now_ms, int64_t user, struct err *err) MUST_CHECK;

#endif
