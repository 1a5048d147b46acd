/*
 * upgrade_edit - the files of local while an upgrade works on them. Private to
 * upgrade*.c.
 */
#ifndef MODEL_UPGRADE_EDIT_H
#define MODEL_UPGRADE_EDIT_H

#include "base/vec.h"
#include "model/upgrade.h"

struct upgrade_work {
    struct arena *a;    /* what comes out                  */
    struct arena trees; /* the rest                        */
    struct upgrade_tree before, after, local;
    struct package_file *files; /* of local, as they are by now    */
    size_t n_files;
    struct messages *ms;
    VEC(struct upgrade_rename) renames;
    bool changed, nomem;
    bool stuck; /* a splice was refused: leave the rest to the compile */
};

/* Replace the text of a file and read it anew. */
void upgrade_put(struct upgrade_work *u, const struct xml_doc *doc,
                 struct str text);
void upgrade_say(struct upgrade_work *u, const struct xml_doc *doc,
                 const struct xml_node *el, const char *code, const char *fmt,
                 ...) PRINTF_LIKE(5, 6);
/* One splice; true when something was changed, so that trees are others now. */
bool upgrade_set(struct upgrade_work *u, const struct xml_doc *doc,
                 const struct xml_node *el, const char *attr, struct str value);
bool upgrade_unset(struct upgrade_work *u, const struct xml_doc *doc,
                   const struct xml_node *el, struct str attr);
bool upgrade_take_out(struct upgrade_work *u, const struct xml_doc *doc,
                      const struct xml_node *el);

/* upgrade_screens.c: what a placed element stands behind. True: changed. */
bool upgrade_place(struct upgrade_work *u, const struct xml_doc *doc,
                   const struct xml_node *ext);
/* Every mention of a field of that entity in local. */
void upgrade_reword_all(struct upgrade_work *u, struct str qname,
                        struct str from, struct str to);

#endif
