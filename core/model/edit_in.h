/*
 * edit_in - what the files of edit share. Private to core/model.
 */
#ifndef MODEL_EDIT_IN_H
#define MODEL_EDIT_IN_H

#include "model/edit.h"
#include "model/spec.h"

/* One act being done. */
struct edit_ctx {
    struct edit *e;
    const struct json *act;
    struct arena *a;
    struct err *err;
};

/* An element in a file of `local`; node NULL: none. */
struct edit_at {
    size_t file;
    const struct xml_node *node;
};

/* An entity an act speaks of. */
struct edit_home {
    struct str package, name, qname;
    bool own;                    /* written in local */
    const struct entity *entity; /* of the running model; NULL: it is new */
};

/* A step from a definition to what it contains. */
struct edit_step {
    const char *element; /* "field" finds a status, too */
    struct str key;
};
enum { EDIT_MAX_STEPS = 4 };

/* --- edit.c -------------------------------------------------------------- */
enum rc edit_no_memory(struct err *err);
/* Add an issue at acts.N.member (member NULL: the act) and answer RC_INVALID. */
enum rc edit_wrong(struct edit_ctx *c, const char *member, const char *code,
                   const char *fmt, ...) PRINTF_LIKE(4, 5);
/* A member as text; STR_NONE when absent or null. Booleans, numbers and lists
   of texts are written as an attribute would hold them. Other kinds: an issue. */
enum rc edit_text(struct edit_ctx *c, const struct json *object,
                  const char *member, struct str *out) MUST_CHECK;
/* As edit_text, but it must be there. */
enum rc edit_need(struct edit_ctx *c, const char *member,
                  struct str *out) MUST_CHECK;
enum rc edit_value(struct edit_ctx *c, struct str member, const struct json *v,
                   struct str *out) MUST_CHECK;

/* --- edit_tree.c --------------------------------------------------------- */
enum rc edit_doc(struct edit *e, size_t file, struct xml_doc **out,
                 struct err *err) MUST_CHECK;
/* A new text of a file; made when there is none of this path. */
enum rc edit_put(struct edit *e, struct str path, struct str text,
                 struct err *err) MUST_CHECK;
struct edit_file *edit_file_of(struct edit *e, struct str path); /* or NULL */
/* "visit" is "local:visit". STR_NONE: no memory. */
struct str edit_qualify(struct arena *a, struct str name);
/* Call `visit` for each definition of local (below bundles too) until it is
   true; *out is then the element. RC_OK with node NULL: none. */
enum rc edit_find(struct edit *e,
                  bool (*visit)(void *arg, const struct xml_node *el),
                  void *arg, struct edit_at *out, struct err *err) MUST_CHECK;
/* <entity>, <link>, <form>, <view> or <extend ..=""> of local. */
enum rc edit_definition(struct edit *e, const char *element, struct str entity,
                        struct str name, struct edit_at *out,
                        struct err *err) MUST_CHECK;
enum rc edit_extension(struct edit *e, const char *attr, struct str target,
                       struct edit_at *out, struct err *err) MUST_CHECK;
/* The child of this kind with this key, or one that overrides it by ref=""; also
   below tabs, sections, headers, groups. Or NULL. */
const struct xml_node *edit_child(const struct xml_node *el,
                                  const char *element, struct str key,
                                  struct arena *a);
struct str edit_key(const struct xml_node *el, struct arena *a);
/* What one more level is indented by, as this file does it. */
struct str edit_unit(const struct xml_doc *doc);

/* Splices at an element; the file gets its new text. */
enum rc edit_insert(struct edit *e, struct edit_at at, enum xml_place place,
                    struct str fragment, struct err *err) MUST_CHECK;
enum rc edit_set_attr(struct edit *e, struct edit_at at, struct str name,
                      struct str value, struct err *err) MUST_CHECK;
enum rc edit_drop_attr(struct edit *e, struct edit_at at, struct str name,
                       struct err *err) MUST_CHECK;
enum rc edit_set_text(struct edit *e, struct edit_at at, struct str text,
                      struct err *err) MUST_CHECK;
/* Takes the element out, and above it what says nothing without it: extensions,
   bundles, the file. */
enum rc edit_remove(struct edit *e, struct edit_at at,
                    struct err *err) MUST_CHECK;

/* --- edit_make.c: elements from acts -------------------------------------- */
/* The row of the spec table for <element> below `context` ("extend",
   "extend/field", or ""). */
const struct spec_element *edit_spec(const char *element, const char *context);
/* Every member is an attribute of `spec` or among `words`; else issues. */
enum rc edit_check_members(struct edit_ctx *c, const struct json *object,
                           const struct spec_element *spec,
                           const char *words) MUST_CHECK;
/* Write `<element a="..."` of the members of `object` that are attributes, in
   the order of the table, without what is at its default when `plain`. `fixed`:
   attributes given by the caller (name, value, ... NULL), written first. */
struct edit_attr {
    const char *name;
    struct str value;
};
enum rc edit_open_tag(struct edit_ctx *c, struct buf *b,
                      const struct spec_element *spec,
                      const struct json *object, const struct edit_attr *fixed,
                      size_t n_fixed, bool plain, const char *skip) MUST_CHECK;
enum rc edit_finish(struct edit_ctx *c, struct buf *b,
                    struct str *out) MUST_CHECK;

/* --- edit_home.c: entities, and elements of them --------------------------- */
enum rc edit_home_of(struct edit_ctx *c, struct edit_home *out) MUST_CHECK;
/*
 * The element itself in local: below the own definition, or in an extension.
 * node NULL: it is another package's and nothing of local speaks of it yet. An
 * issue under `member` when there is none at all. `kind`: "entity", or "form" or
 * "view" with its name.
 */
struct edit_target {
    const char *kind;
    struct edit_home home;
    struct str name; /* of the form or view */
    bool own;        /* the definition is local's       */
    struct edit_step steps[EDIT_MAX_STEPS];
    size_t n;
    const char *members[EDIT_MAX_STEPS]; /* of the act, for issues */
};
enum rc edit_locate(struct edit_ctx *c, const struct edit_target *t, size_t n,
                    struct edit_at *out, bool *own) MUST_CHECK;
/* Put `fragment` below step n-1 of the target, making what is missing of the
   way; after or before siblings as the act says, when it is own. */
enum rc edit_put_below(struct edit_ctx *c, const struct edit_target *t,
                       const char *element, struct str fragment,
                       struct str after, struct str before) MUST_CHECK;
/* A new definition of an entity in its file: folder/visit.xml, made (as a bundle
   when it will hold several), or its bundle, or folder/visit.NAME.xml. */
enum rc edit_define(struct edit_ctx *c, const char *folder, struct str stem,
                    struct str name, bool bundle,
                    struct str definition) MUST_CHECK;
/* A new <extend> of the target in the file that is its. */
enum rc edit_extend(struct edit_ctx *c, const struct edit_target *t,
                    struct str extension) MUST_CHECK;

/* --- edit_set.c ------------------------------------------------------------- */
/* Every member that is an attribute of the element, set or taken away. */
enum rc edit_set_members(struct edit_ctx *c, const struct edit_target *t,
                         const struct spec_element *spec,
                         const char *words) MUST_CHECK;
/* after= and before= of the act, at most one. */
enum rc edit_need_anchor(struct edit_ctx *c, struct str *after,
                         struct str *before) MUST_CHECK;
enum rc edit_move(struct edit_ctx *c, const struct edit_target *t) MUST_CHECK;
/* The element without the indentation that its place gave it, as the next place
   puts its own in front. STR_NONE: no memory. */
struct str edit_outdent(struct arena *a, const struct xml_doc *doc,
                        const struct xml_node *el);
/* Remove what is own; what is another's gets `hide`="true", or with NULL is
   refused. */
enum rc edit_take_away(struct edit_ctx *c, const struct edit_target *t,
                       const char *hide) MUST_CHECK;

/* --- edit_rename.c --------------------------------------------------------- */
enum rc edit_rename_field(struct edit_ctx *c) MUST_CHECK;
/* Before an own field is removed: what is only about it goes along. */
enum rc edit_forget_field(struct edit_ctx *c,
                          const struct edit_target *t) MUST_CHECK;
/* What this file calls the entity: "visit", "crm:deal"; and its file's stem,
   "visit", "crm.deal". */
struct str edit_entity_word(const struct edit_home *home);
struct str edit_stem(struct arena *a, const struct edit_home *home);
/* --- edit_form.c, edit_view.c ---------------------------------------------- */
enum rc edit_form_add(struct edit_ctx *c), edit_form_set(struct edit_ctx *c),
    edit_form_tab(struct edit_ctx *c), edit_form_section(struct edit_ctx *c),
    edit_form_place(struct edit_ctx *c), edit_form_move(struct edit_ctx *c),
    edit_form_remove(struct edit_ctx *c);
enum rc edit_view_add(struct edit_ctx *c), edit_view_set(struct edit_ctx *c),
    edit_view_remove(struct edit_ctx *c), edit_menu_add(struct edit_ctx *c),
    edit_menu_move(struct edit_ctx *c), edit_menu_remove(struct edit_ctx *c),
    edit_i18n_set(struct edit_ctx *c);
/* --- edit_words.c ------------------------------------------------------------ */
/* The sentence of an act, before it is done. RC_NOMEM. */
enum rc edit_say(struct edit_ctx *c, struct edit_words *out) MUST_CHECK;
/* --- edit_act.c ---------------------------------------------------------------- */
enum rc edit_act(struct edit_ctx *c) MUST_CHECK;

#endif
