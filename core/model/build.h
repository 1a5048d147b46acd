/*
 * build - what the passes of model_compile share. Private to core/model.
 *
 * The passes, in order, each over all packages:
 *
 *   packages.c     which packages, in which order (K7xx); each adds its layer:
 *   layers.c       definitions as trees, extensions merged in (R3xx, L4xx, U0xx)
 *   entities.c     entities, their fields, options, states (R3xx)
 *   collections.c  collections, written and inverse
 *   physical.c     columns; after all expressions are known: indexes
 *   rules.c        expressions of entities: titles, defaults, guards, checks
 *   forms.c views.c judge.c menus.c seeds.c words.c
 *
 * Memory failures are sticky (b->nomem): a pass goes on as far as it can without
 * what it did not get, and model_compile answers RC_NOMEM at the end.
 */
#ifndef MODEL_BUILD_H
#define MODEL_BUILD_H

#include "base/vec.h"
#include "model/compile.h"
#include "model/field/field.h"

/* --- definitions --------------------------------------------------------- */

/* An attribute of a merged definition: it may come from another file. */
struct def_attr {
    struct str value;
    const struct xml_attr *attr;
    const struct xml_doc *doc;
    const struct package *package; /* who wrote it */
};

/* An element after merging: the author's node and what others changed. */
struct def {
    struct str name;
    const struct xml_node *node;
    const struct xml_doc *doc;
    const struct package *package; /* whose node it is               */
    struct def_attr *attrs;
    size_t n_attrs, cap_attrs;
    struct def *parent, *first, *last, *next, *prev;
    const struct def *previous; /* of the version before an upgrade; or NULL */
};

/* A built entity and where it was written. */
struct built {
    struct entity *entity;
    struct def *def;
    struct map members; /* fields and collections by name          */
    VEC(struct field *) fields;
    VEC(struct def *) field_defs; /* parallel to fields; NULL: system   */
    VEC(struct collection *) collections;
    VEC(const struct field *) incoming;
    VEC(struct index_def) indexes;
};

/* A change that `local` makes, and what was below it: a line of local.lock. */
struct lock_line {
    struct str path, what;
};

struct build {
    struct arena *a;       /* the model's                     */
    struct arena *scratch; /* gone after the compile          */
    struct model *m;
    struct messages *ms;
    struct names *names;
    const struct settings *settings;
    bool nomem;

    const struct package_src *const *src; /* as given                  */
    size_t n_src;

    struct map entity_defs, form_defs, view_defs; /* qname[.name] -> def */
    struct map built; /* qname -> struct built                   */
    VEC(struct built *) entities;
    VEC(struct def *) defs_menus, defs_i18n, defs_seed;
    VEC(struct form *) forms;
    VEC(struct view *) views;
    VEC(struct menu_app *) apps;
    VEC(struct seed *) seeds;
    VEC(struct lock_line) locks;
    struct map texts; /* "crm:deal\nfield.name" -> chain (words.c) */
};

/* --- passes -------------------------------------------------------------- */
void build_packages(struct build *b);
void build_entities(struct build *b);
void build_field(struct build *b, struct built *e, struct field *f,
                 struct def *d);
void build_collections(struct build *b);
void build_columns(struct build *b);
void build_rules(struct build *b);
void build_forms(struct build *b);
void build_views(struct build *b);
void build_indexes(struct build *b);
void build_judge(struct build *b); /* only warns */
void build_lock(struct build *b);  /* local.lock, among local's files */
void build_menus(struct build *b);
void build_seeds(struct build *b);
void build_words(struct build *b);
void build_schema(struct model *m); /* fills schema and tables */

/* A tree of definitions from an element; NULL without memory. */
struct def *build_def(struct build *b, const struct xml_node *node,
                      const struct xml_doc *doc, const struct package *p);
/* The package's definitions, in layer order: called once for each. */
void build_add_sources(struct build *b, const struct package_src *src,
                       const struct package *p);

/* What identifies an element among its siblings, and the attribute that says
   so: NULL where there is only one of a kind. */
const char *def_key_attr(struct str element);
struct str def_key(struct build *b, const struct def *d);
/* The child with that key; also below tabs, sections and headers; the first of
   a kind. A status is found as a field too. Or NULL. */
struct def *def_child(struct build *b, struct def *parent, struct str element,
                      struct str key);
struct def *def_below(struct build *b, struct def *parent, struct str element,
                      struct str key);
struct def *def_only(struct def *target, struct str element);
struct str def_nearest(struct build *b, struct def *parent, struct str element,
                       struct str wrong);
void def_set(struct build *b, struct def *d, const struct def_attr *a);
/* Put d below parent after `prev`; at the front when prev is NULL. */
void def_link(struct def *parent, struct def *prev, struct def *d);
/* The name before this one: was=, or what the same uid= was called. Empty when
   there is none. kind: 'e', 'f'. */
struct str build_was(struct build *b, const struct def *d, char kind,
                     struct str now);
/* "engaging-won": name=, else made of from= and to=. */
struct str build_move_name(struct build *b, const struct def *d);
/* Did a removed package leave this in an entity of another, for its data? */
bool build_is_left(const struct entity *e, const struct def *d);
/* Before `ext` of local changes an attribute of the target, or its text; after
   it stands beside an anchor. Nothing for other packages. */
void build_lock_value(struct build *b, const struct def *target,
                      const struct def *ext, struct str name);
void build_lock_text(struct build *b, const struct def *target,
                     const struct def *ext);
void build_lock_place(struct build *b, const struct def *ext, const char *way,
                      struct str anchor);
/* What local.lock says stood there; false: it says nothing of it. */
bool build_lock_seen(struct build *b, const struct def *target, struct str name,
                     struct str *out);
/* The attribute, or what leaving it out means. */
struct str build_meant(const struct def *d, struct str name);
/* May p speak of what the other package defines? */
bool build_sees(const struct package *p, struct str other);

/* --- shared -------------------------------------------------------------- */
/* What is wrong with an element, an attribute of it, byte [at, at+n) of it. */
void build_say(struct build *b, const struct def *d, const char *attr,
               enum severity sev, const char *code, struct str hint,
               const char *fmt, ...) PRINTF_LIKE(7, 8);
/* The same for the word `w` inside the attribute's value. */
void build_say_word(struct build *b, const struct def *d, const char *attr,
                    struct str w, const char *code, struct str hint,
                    const char *fmt, ...) PRINTF_LIKE(7, 8);
#define build_error(b, d, attr, code, ...)                                     \
    build_say((b), (d), (attr), SEVERITY_ERROR, (code), STR_NONE, __VA_ARGS__)
#define build_error_hint(b, d, attr, code, hint, ...)                          \
    build_say((b), (d), (attr), SEVERITY_ERROR, (code), (hint), __VA_ARGS__)

void *build_alloc(struct build *b, size_t n, size_t size);
#define BUILD_NEW(b, type)      ((type *)build_alloc((b), 1, sizeof(type)))
#define BUILD_ARRAY(b, type, n) ((type *)build_alloc((b), (n), sizeof(type)))
#define BUILD_PUSH(b, vec, ...)                                                \
    (VEC_PUSH((b)->scratch, (vec), __VA_ARGS__) ? true                         \
                                                : ((b)->nomem = true, false))
struct str build_copy(struct build *b, struct str s); /* model's arena */
struct str build_fmt(struct build *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool build_map_put(struct build *b, struct map *m, struct str key, void *v);
/* A vec of scratch as an array of the model. */
void *build_keep(struct build *b, const void *v, size_t n, size_t size);
#define BUILD_KEEP(b, vec) build_keep((b), (vec)->v, (vec)->n, sizeof *(vec)->v)

const struct def_attr *def_attr(const struct def *d,
                                const char *name);           /* or NULL */
struct str def_value(const struct def *d, const char *name); /* or STR_NONE */
bool def_bool(const struct def *d, const char *name, bool fallback);
struct def *def_first(const struct def *d,
                      const char *name);   /* child or NULL */
struct def *def_next(const struct def *d); /* sibling of the same name */
size_t def_count(const struct def *d, const char *name);
struct str def_text(struct build *b,
                    const struct def *d); /* inner text, model's arena */
#define DEF_EACH(c, parent, name)                                              \
    for (struct def *c = def_first((parent), (name)); c; c = def_next(c))

/* label= or words made of the name: "due_on" -> "Due on". */
void build_label(struct build *b, const struct def *d, const char *attr,
                 struct str fallback, struct text *out, const struct entity *e,
                 const char *key_fmt, ...) PRINTF_LIKE(7, 8);
struct str build_humanise(struct build *b, struct str name);
/* Let <i18n> find a text under `key` of e (NULL: of the package). */
void build_text(struct build *b, struct text *t, struct str scope,
                struct str key);
/* As build_text; the words are of this package, so that translations of packages
   below it are of other words. */
void build_text_by(struct build *b, struct text *t, struct str scope,
                   struct str key, const struct package *package);
/* The same for words that are another's (a menu line called by its entity's
   plural): they give way to words of its own. */
void build_text_of(struct build *b, struct text *t, struct str scope,
                   struct str key);

/* The entity named by an attribute's word, seen from d's package; says R301,
   R305. */
struct built *build_entity_ref(struct build *b, const struct def *d,
                               const char *attr, struct str word);
struct built *build_find(const struct build *b, const struct entity *e);
/* Own field named by a word; says `code` when there is none. */
const struct field *build_field_ref(struct build *b, const struct def *d,
                                    const char *attr, struct str word,
                                    const struct entity *e, const char *code);
/* Words of an attribute as fields. */
void build_field_list(struct build *b, const struct def *d, const char *attr,
                      const struct entity *e, const char *code,
                      const struct field ***out, size_t *n);
const struct option *build_option_ref(struct build *b, const struct def *d,
                                      const char *attr, struct str word,
                                      const struct field *f);

/* What is wrong at bytes [at, at + length) of an expression: of an attribute, or
   of the text of element d (attr NULL). */
void build_say_fx(struct build *b, const struct def *d, const char *attr,
                  uint32_t at, uint32_t length, enum severity sev,
                  const char *code, struct str text);
/* Is a view that sorts by this field given an index that does? */
bool build_sorts_by_column(const struct field *f);
/* As build_fx, of another source than what is written there. */
const struct fx_expr *build_fx_source(struct build *b, const struct def *d,
                                      const char *attr, struct str source,
                                      const struct fx_opts *opts);
struct str build_nearest_view(struct build *b, const struct entity *e,
                              struct str wrong);
/* Compile an attribute, or the text of element d (attr NULL). NULL: none
   written, or said what is wrong. */
const struct fx_expr *build_fx(struct build *b, const struct def *d,
                               const char *attr, const struct entity *e,
                               unsigned use, const struct fx_type *want);
const struct fx_expr *build_condition(struct build *b, const struct def *d,
                                      const char *attr, const struct entity *e);
/* Of the model's own text, which cannot be wrong. */
const struct fx_expr *build_fx_of(struct build *b, struct str source,
                                  const struct entity *e);
/* visible-when= and hide-when= as one. */
const struct fx_expr *build_visible(struct build *b, const struct def *d,
                                    const struct entity *e);

#endif
