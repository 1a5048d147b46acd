/*
 * spec - the one table of the definition language: every element, attribute,
 * child and value. Validator, XSD, the reference in docs/language/, the merge
 * keys of layers and the builder's panels come from it.
 */
#ifndef MODEL_SPEC_H
#define MODEL_SPEC_H

#include "base/buf.h"
#include "model/compile.h"

enum spec_type {
    SPEC_NAME,    /* [a-z][a-z0-9_]{0,47}, no __, no reserved word      */
    SPEC_PACKAGE, /* crm, acme.rental                                   */
    SPEC_ENTITY,  /* deal, crm:deal                                     */
    SPEC_PATH,    /* amount, account.city                               */
    SPEC_NAMES,   /* names or paths, space between                      */
    SPEC_TEXT,    /* anything visible; translatable                     */
    SPEC_BOOL,    /* true false                                         */
    SPEC_INT,
    SPEC_ENUM, /* one of `values`                                    */
    SPEC_FX,   /* an expression                                      */
    SPEC_VERSION,
    SPEC_RANGE,
    SPEC_COLOR,
    SPEC_ICON,
    SPEC_FILE,
    SPEC_CODE,
    SPEC_SIZE, /* 10MB                                               */
    SPEC_RAW   /* as it is                                           */
};

struct spec_attr {
    const char *name;
    enum spec_type type;
    bool required;
    const char *fallback;      /* written default; NULL: none          */
    const char *doc;           /* one sentence                         */
    const char *const *values; /* SPEC_ENUM; NULL-terminated           */
};

struct spec_element {
    const char *name;    /* as written                     */
    const char *context; /* where it has this meaning when one
                                          name has several: "extend",
                                          "extend/field"; else NULL       */
    const char *doc;
    const struct spec_attr *attrs;
    size_t n_attrs;
    const char *const *children; /* NULL-terminated element names  */
    const char *key;             /* merge key attribute in layers; NULL */
    bool text;                   /* may contain text               */
    bool root;                   /* may be the root of a file      */
};

size_t spec_elements(const struct spec_element **out);
/* The meaning of this element where it stands, or NULL. */
const struct spec_element *spec_of(const struct xml_node *el);
const struct spec_attr *spec_attr_find(const struct spec_element *e,
                                       struct str name);

struct field_type;
/* Does a field of this type have the attribute? All have the common ones. */
bool spec_fits_type(const struct field_type *type, struct str attr);

/* Pass 2: shape. Every fault with its position and suggestion. What has one is
   from then on in `doc` as suggested, and counted in ms->mended. */
void spec_check(struct xml_doc *doc, struct messages *ms);

void spec_write_xsd(struct buf *out);       /* schemas/perigee.xsd     */
void spec_write_reference(struct buf *out); /* docs/language/reference.md */
/* Reserved words that no author's name may be. */
bool spec_reserved(struct str name);

#endif
