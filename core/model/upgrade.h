/*
 * upgrade - what a new version of a package means for what `local` changed.
 * Private to core/model.
 *
 * Three trees are compared, the version before, the new one and `local`, and
 * `local` comes back with small splices: what was decided stands in its text
 * and holds at the next start as well. Nothing here fails for what an author
 * wrote; each decision is a review message:
 *
 *   U005 a field, option or state is gone that `local` speaks of: it becomes
 *        local's own (DETACHED), its column and values stay
 *   U006 a field came that local has too: local's is called x_NAME now
 *   U007 an attribute does not fit the new type of its field: taken out
 *   U008 what an element stood behind is gone or elsewhere: it stands behind
 *        the nearest earlier sibling, else at the end of its section, else in
 *        a section of its own
 *   U009 an attribute or element does not compile with the new version: set
 *        aside, in a comment
 * An override that says what the new version says too is taken out silently,
 * and a field that was renamed (was="") is followed silently.
 */
#ifndef MODEL_UPGRADE_H
#define MODEL_UPGRADE_H

#include "model/compile.h"

/* Read before all other files of local, which may speak of what is in it. */
#define UPGRADE_DETACHED "_detached.xml"

struct upgrade_rename {
    struct str from, to; /* "crm:deal.region", "crm:deal.x_region" */
};
struct store_change;
struct upgrade {
    const struct package_src *local; /* NULL: it stays as it is */
    struct upgrade_rename *renames;
    size_t n_renames;
    const struct store_change
        *change; /* whose own renames come after; or NULL */
};

/* All in `a`. RC_NOMEM only. */
enum rc upgrade_local(const struct package_src *before,
                      const struct package_src *after,
                      const struct package_src *local, struct arena *a,
                      struct messages *ms, struct upgrade *out,
                      struct err *err) MUST_CHECK;

/* upgrade_aside.c. The first of the errors that is local's: what it stands at
   goes, and up->local is local without it. RC_NOTFOUND: none is local's, or
   nothing can go. */
enum rc upgrade_set_aside(const struct package_src *local,
                          const struct messages *errors, struct arena *a,
                          struct messages *ms, struct upgrade *up,
                          struct err *err) MUST_CHECK;

/* --- upgrade_trees.c: looking into a package's files ------------------------- */
struct upgrade_tree {
    struct str id;
    struct xml_doc **docs; /* of definitions that parse */
    size_t n;
};
enum rc upgrade_parse(const struct package_src *src, struct arena *a,
                      struct upgrade_tree *out) MUST_CHECK;
/* Calls `visit` for each definition (also inside a bundle) until it says
   false. */
void upgrade_each(const struct upgrade_tree *t,
                  bool (*visit)(void *arg, const struct xml_doc *doc,
                                const struct xml_node *el),
                  void *arg);
/* A field or status of entity `qname`, whether the package defines the entity or
   extends it. *doc: where; may be NULL. */
const struct xml_node *upgrade_field(const struct upgrade_tree *t,
                                     struct str qname, struct str name,
                                     const struct xml_doc **doc);
/* The field that says was="name". */
const struct xml_node *upgrade_renamed(const struct upgrade_tree *t,
                                       struct str qname, struct str name);
/* The child of that kind with that key (name, code, field, collection). */
const struct xml_node *upgrade_child(const struct xml_node *el, struct str kind,
                                     struct str key);
/* A form or view "crm:deal.main"; or NULL. */
const struct xml_node *upgrade_screen(const struct upgrade_tree *t,
                                      const char *kind, struct str qname);
/* An element below it, at any depth, that `key` names as an anchor does. */
const struct xml_node *upgrade_anchor(const struct xml_node *el,
                                      struct str key);
struct str upgrade_key(const struct xml_node *el); /* or empty */
/* Is `word` a word of an attribute or a text anywhere in it? */
bool upgrade_speaks(const struct upgrade_tree *t, struct str word);
/* `text` with each word `from` outside quotes and not behind a "." as `to`. */
struct str upgrade_reword(struct str text, struct str from, struct str to,
                          struct arena *a);

#endif
