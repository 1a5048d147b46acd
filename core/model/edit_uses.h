/*
 * edit_uses - where definitions name a field. Private to core/model.
 */
#ifndef MODEL_EDIT_USES_H
#define MODEL_EDIT_USES_H

#include "model/edit_in.h"

/* What a name in an attribute means. */
enum use_kind {
    USE_NONE,
    USE_NAME,      /* a field of the entity the element is about     */
    USE_NAMES,     /* several, "-" before one allowed                */
    USE_PATH,      /* over refs, "-" before it allowed               */
    USE_PATHS,     /* several                                        */
    USE_OTHER,     /* a field of the other entity: collection's, grid's */
    USE_OTHERS,    /* several                                        */
    USE_FX,        /* an expression over the entity                  */
    USE_TARGET_FX, /* over the entity a ref points to                */
    USE_KEY        /* of a translation: field.NAME                   */
};
/* Of an attribute of the spec table; text of an element: attr NULL. */
enum use_kind edit_use_of(const char *element, const char *attr);

/* Bytes of a file that are the field's name. */
struct use {
    uint32_t from, to;
};
struct uses {
    VEC(struct use) at;
    /* An expression that could not be read; where. */
    VEC(uint32_t) unknown;
};
/* Every place of `doc` (a file of `package`) that names the field. RC_NOMEM. */
enum rc edit_uses(const struct model *m, struct str package,
                  const struct xml_doc *doc, const struct field *f,
                  struct arena *a, struct uses *out,
                  struct err *err) MUST_CHECK;

#endif
