/*
 * store_rows - what the files of store share. Private to core/model.
 */
#ifndef MODEL_STORE_ROWS_H
#define MODEL_STORE_ROWS_H

#include "model/store.h"

struct package_list {
    struct package_src **v;
    size_t n, cap;
};

/* The names of the workspace, in `a`. */
enum rc store_names(struct db *db, struct arena *a, struct names **out,
                    struct err *err) MUST_CHECK;
/* Parse and compile under the file's settings and names. Trees and what is only
   needed meanwhile go to `a`. */
enum rc store_compile(struct db *db, struct package_list *packages,
                      int64_t generation, struct arena *a, struct messages *ms,
                      struct model **out, struct err *err) MUST_CHECK;

#endif
