/*
 * store_rows - what the files of store share. Private to core/model.
 */
#ifndef MODEL_STORE_ROWS_H
#define MODEL_STORE_ROWS_H

#include "model/store.h"
#include "model/upgrade.h"

struct package_list {
    struct package_src **v;
    size_t n, cap;
};

/* The names of the workspace, in `a`. */
enum rc store_names(struct db *db, struct arena *a, struct names **out,
                    struct err *err) MUST_CHECK;
/* Parse and compile under the file's settings and names, of which `up` (NULL:
   none) moves some. Trees and what is only needed meanwhile go to `a`. */
enum rc store_compile(struct db *db, struct package_list *packages,
                      const struct upgrade *up, int64_t generation,
                      struct arena *a, struct messages *ms, struct model **out,
                      struct err *err) MUST_CHECK;

/* store_after.c: inside the write job. What goes with what the plan drops. */
enum rc store_forget(struct db *db, const struct store_change *change,
                     const struct plan *plan, struct arena *a,
                     struct err *err) MUST_CHECK;
/* Rows of each entity of `next` that was there and is touched, else -1: before
   the DDL; what it left is compared with them afterwards. */
enum rc store_count(struct db *db, const struct model *current,
                    const struct model *next, const struct plan *plan,
                    struct arena *a, int64_t **out, struct err *err) MUST_CHECK;
enum rc store_verify(struct db *db, const struct model *next,
                     const struct plan *plan, const int64_t *before,
                     struct arena *a, struct err *err) MUST_CHECK;

#endif
