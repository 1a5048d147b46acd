/*
 * edit - acts of the builder: typed commands that become small splices in the
 * files of `local`. Pure: definitions in, definitions out (docs/design/0070).
 *
 *     edit_begin(&e, model, arena, &issues, &err);
 *     edit_acts(&e, acts, &err);          // an array of {"op":..}
 *     edit_source(&e, &src, &err);        // to store_prepare, package_apply
 *     edit_diff(&e, &diff);
 *
 * What a user got wrong are issues, at "acts.0.field"; whether the result is
 * right is for model_compile to say, at file, line and column. Bytes that an act
 * does not speak of stay as they are.
 *
 * Everything lives in the arena; the model outlives the edit. One thread.
 */
#ifndef MODEL_EDIT_H
#define MODEL_EDIT_H

#include "base/issues.h"
#include "base/json.h"
#include "base/vec.h"
#include "model/compile.h"
#include "model/store.h"

enum {
    EDIT_MAX_ACTS = 200,
    EDIT_MAX_FIELDS = 200, /* fields of one entity.add, columns of a sheet */
    EDIT_HASH_BYTES = 64   /* hexadecimal */
};

struct edit_file {
    struct str path;
    struct str before;   /* p NULL: there was none */
    struct str text;     /* p NULL: there is none  */
    struct xml_doc *doc; /* of text; NULL: not parsed */
};

struct edit_words {
    struct str en, de;
};

struct edit {
    struct arena *arena;
    const struct model *model;
    struct issues *issues;
    VEC(struct edit_file) files;  /* sorted by path */
    VEC(struct edit_words) words; /* a sentence an act                   */
    VEC(struct str) notes;        /* "scripts/a.lua:3: ..." to look at    */
    VEC(struct store_rename) renames;
    const struct json *acts; /* as given; NULL: an undo */
    int64_t undoes;          /* generation; 0: nothing  */
    size_t at;               /* the act that is being done */
};

/* On the definitions of `local` in this model; none is an empty package.
   RC_NOMEM, RC_INVALID (files of `local` that no longer parse). */
enum rc edit_begin(struct edit *e, const struct model *m, struct arena *a,
                   struct issues *issues, struct err *err) MUST_CHECK;
/* Do an act, or an array of acts in order. RC_INVALID has added issues; then
   the edit is of no further use. RC_LIMIT, RC_NOMEM. */
enum rc edit_acts(struct edit *e, const struct json *acts,
                  struct err *err) MUST_CHECK;
bool edit_has_changed(const struct edit *e);
/* Made, removed, or another text than before the acts. */
bool edit_file_changed(const struct edit_file *f);
/* `local` as it is now, sorted; borrows from the edit. */
enum rc edit_source(const struct edit *e, struct package_src **out,
                    struct err *err) MUST_CHECK;
/* The definitions of `local` in a model; never NULL without being nothing. */
const struct package_src *edit_local(const struct model *m);
/* What a builder saw: a hash of all paths and texts. src may be NULL. */
void edit_hash(const struct package_src *src, char out[EDIT_HASH_BYTES]);

/* A unified diff of all files, three lines around; a removed or new file is
   /dev/null. Appends. */
void edit_diff(const struct edit *e, struct buf *out);

/* --- history ------------------------------------------------------------- */
/* The entry of this edit, as JSON for store_change.log. */
enum rc edit_log(const struct edit *e, struct arena *a, struct str *out,
                 struct err *err) MUST_CHECK;
/* Lay an entry on backwards. RC_CONFLICT: the same place was changed since. */
enum rc edit_undo(struct edit *e, int64_t generation, struct str log,
                  struct err *err) MUST_CHECK;

/* --- reading ------------------------------------------------------------- */
/*
 * What is defined, with its origin, as one JSON value: for each attribute of the
 * spec table its value, who says so and where, and what a package beneath says
 * (`vendor`) when `local` says otherwise; then the keys of what is inside.
 * RC_NOTFOUND: no such entity; a form or view that nobody wrote is "generated".
 */
struct edit_what {
    struct str entity, form, view; /* form and view: empty, or one of them */
    /* Downwards: {"field", "stage"}, {"state", "won"}. */
    struct {
        const char *element;
        struct str key;
    } steps[2];
    size_t n;
};
enum rc edit_describe(const struct model *m, const struct edit_what *what,
                      struct arena *a, struct json_w *w,
                      struct err *err) MUST_CHECK;
/* The element kinds a panel may show: attributes, types, values, sentences. */
void edit_palette(struct json_w *w);

#endif
