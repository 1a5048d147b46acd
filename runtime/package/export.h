/*
 * export - one package on its way into a folder. Private to package.
 *
 *   export.c          its definitions as they were installed; `local` under a
 *                     name of its own
 *   export_names.c    what records are called, where ids mean nothing
 *   export_records.c  its records, as seeds
 */
#ifndef PACKAGE_EXPORT_H
#define PACKAGE_EXPORT_H

#include "base/map.h"
#include "base/vec.h"
#include "package/package.h"

struct exporting {
    const struct workspace *ws;
    const struct package_export *spec;
    const struct package *package;
    struct query_ctx q; /* as the system reads; q.arena is rewound by rows */
    struct arena *keep; /* the caller's: files and their names             */
    VEC(struct package_file) files;
    struct map called; /* qname -> struct called */
    size_t bytes;
    struct issues *notes;
};

enum rc export_no_memory(struct err *err);
/* `path` and `text` live in x->keep. A file so far, or NULL; until the next export_file. */
const struct package_file *export_find_file(const struct exporting *x,
                                            struct str path);
/* One more file, or another text of it. RC_LIMIT as package_read_folder. */
enum rc export_file(struct exporting *x, struct str path, struct str text,
                    struct err *err) MUST_CHECK;
/* "visit" or "acme.visits:visit": how the exported package speaks of it. */
struct str export_qname(struct exporting *x, const struct entity *e);

/* export_names.c */
struct called {
    const struct entity *entity;
    const struct field *key; /* NULL: nothing tells its records apart       */
    bool each_has_one;       /* every record has a key, and no two the same */
    bool is_usual;           /* it is the one a seed looks for by itself    */
    struct map by_id;        /* 8 bytes of id -> struct named               */
    struct map by_key;       /* folded -> struct named                      */
};
/* Reads all of them, once. */
enum rc export_called(struct exporting *x, const struct entity *e,
                      struct called **out, struct err *err) MUST_CHECK;
/* What the record of that id is called; STR_NONE: nothing only it is called. */
struct str export_name(const struct called *c, int64_t id);

/* export_records.c */
enum rc export_records_of(struct exporting *x, struct err *err) MUST_CHECK;

#endif
