/*
 * field - one file per field type, all behind this table.
 *
 * A type says how its value is stored, read from JSON, CSV and forms, written
 * back, checked, compared and filtered. The value in memory is struct value;
 * what is in a column is a struct value of kind TEXT, INT, BOOL or NULL.
 *
 * Adding a type: docs/howto/field-type.md.
 */
#ifndef MODEL_FIELD_FIELD_H
#define MODEL_FIELD_FIELD_H

#include "base/issues.h"
#include "base/json.h"
#include "db/ddl.h"
#include "model/model.h"

enum { FIELD_MAX_COLUMNS = 4 };

enum field_trait {
    FIELD_SORTS = 1,          /* may stand in sort=                     */
    FIELD_GROUPS = 2,         /* may stand in by=                       */
    FIELD_SEARCHES = 4,       /* may stand in search=                   */
    FIELD_HAS_KEY = 8,        /* has a folded shadow column name__k     */
    FIELD_HAS_SIDE = 16,      /* multi-value: side table m_..           */
    FIELD_POINTS = 32,        /* refers to records                      */
    FIELD_WRITTEN_BY_US = 64, /* never set from outside: autonumber   */
    FIELD_MEASURES = 128,     /* sum avg                                */
    FIELD_UNIQUES = 256       /* may stand in <unique>, <index>         */
};

struct field_column {
    const char *suffix; /* "" or "cur" -> amount__cur; static */
    enum db_type type;
};

/* What a parse may need beside the field. */
struct field_in {
    const struct model *model;
    struct arena *arena;
    struct issues *issues; /* one is added for each refusal  */
    int lang;
    /* Text forms from CSV: a date pattern ("M/D/YYYY"), or empty: ISO. */
    struct str pattern;
};

struct field_type {
    const char *name;    /* of type="" in XML, web folder, docs     */
    const char *summary; /* a sentence for the reference            */
    unsigned traits;     /* enum field_trait                        */
    /* attributes of <field> that this type reads beside the common ones */
    const char *const *attributes; /* NULL-terminated                  */
    const char *const *operators;  /* of filter chips: "=" "ne" "lt" "contains"
                                      "in" "empty" ...; NULL-terminated */
    struct fx_type (*fx)(const struct field *f);
    size_t (*columns)(const struct field *f,
                      struct field_column out[FIELD_MAX_COLUMNS]);
    /* RC_INVALID has added an issue under the field's name. "" is null. */
    enum rc (*parse_json)(const struct field_in *in, const struct field *f,
                          const struct json *v, struct value *out);
    enum rc (*parse_text)(const struct field_in *in, const struct field *f,
                          struct str s, struct value *out);
    /* Normalise and check limits, pattern, options (not: required, existence
       of a target). v is never null. */
    enum rc (*validate)(const struct field_in *in, const struct field *f,
                        struct value *v);
    void (*write_json)(const struct model *m, const struct field *f,
                       const struct value *v, struct json_w *w);
    void (*write_text)(const struct model *m, const struct field *f,
                       const struct value *v, struct buf *b);
    /* Value -> its columns in the order of columns() (v may be null). Text is
       borrowed; keys are folded into `a`. */
    enum rc (*store)(const struct field *f, const struct value *v,
                     struct arena *a, struct value *cols, struct err *err);
    /* Columns `first`.. of the row -> value; text lives until the next step. */
    enum rc (*load)(const struct field *f, struct db_stmt *st, int first,
                    struct arena *a, struct value *out, struct err *err);
};

/* All types, sorted by name. */
size_t field_types(const struct field_type *const **out);
const struct field_type *field_type_find(struct str name); /* or NULL */

/* Helpers shared by the types. */
enum rc field_reject(const struct field_in *in, const struct field *f,
                     const char *code, const char *fmt, ...)
    PRINTF_LIKE(4, 5); /* adds the issue, answers RC_INVALID */
/* Total columns of a field and their physical names (for SELECT and INSERT). */
size_t field_columns(const struct field *f,
                     struct ident names[FIELD_MAX_COLUMNS],
                     enum db_type types[FIELD_MAX_COLUMNS]);
/* Write any field's value; null as null. */
void field_json(const struct model *m, const struct field *f,
                const struct value *v, struct json_w *w);

#endif
