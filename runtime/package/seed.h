/*
 * seed - one planting of a package's records under way. Private to package.
 *
 *   seed.c        records one by one, and the order of all
 *   seed_csv.c    a file of them, through the import
 *   seed_cells.c  cells that no import reads: files of the package, records of
 *                 any entity by name, people who may not be here
 */
#ifndef PACKAGE_SEED_H
#define PACKAGE_SEED_H

#include "model/field/field.h"
#include "package/package.h"

struct planting {
    const struct workspace *ws;
    const struct model *m;
    struct principal who;
    struct record_ctx ctx;
    enum seed_mode mode;
    struct arena *arena; /* scratch of this planting  */
    struct issues *issues;
    struct record_batch batch;
    uint64_t seed; /* of random(), pick()       */
};

enum rc seed_no_memory(struct err *err);
struct field_in seed_in(struct planting *p);
/* What names a record: the import key, else the title. Or NULL. */
const struct field *seed_key_of(const struct entity *e);
/* Save what waits in the batch. */
enum rc seed_flush(struct planting *p, struct err *err) MUST_CHECK;
/* Among what is saved; *id 0: none. RC_CONFLICT: more than one. */
enum rc seed_find_now(struct planting *p, const struct entity *e,
                      const struct field *key, const struct value *v,
                      int64_t *id, struct err *err) MUST_CHECK;
/* A file of the package; STR_NONE when there is none of that path. */
struct str seed_file(const struct model *m, struct str package,
                     struct str path);

/* seed_csv.c */
enum rc seed_csv(struct planting *p, const struct seed *s,
                 struct err *err) MUST_CHECK;

/* seed_cells.c */
/* Is this one of those fields? */
bool seed_is_special(const struct planting *p, const struct field *f);
/* The cell as the import reads it: an id, "entity/ID", or nothing. What cannot
   be found stays as it is, for the import to say with its line. by: what the
   map finds a user by; or empty. */
enum rc seed_cell(struct planting *p, struct str package, const struct field *f,
                  struct str by, struct str cell, struct str *out,
                  struct err *err) MUST_CHECK;
/* A file field's value; V_NULL when the package has no such file. */
enum rc seed_take_file(struct planting *p, struct str package, struct str cell,
                       struct value *out, struct err *err) MUST_CHECK;

#endif
