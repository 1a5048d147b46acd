/* map - an import map, checked against the model. For core/exchange alone. */
#ifndef EXCHANGE_MAP_H
#define EXCHANGE_MAP_H

#include "exchange/exchange.h"
#include "model/field/field.h"

enum import_mode { IMPORT_CREATE, IMPORT_UPDATE, IMPORT_UPSERT };

struct map_value {
    struct str from, to;
};
struct map_column {
    struct str name;           /* in the file's header                */
    const struct field *field; /* that it fills                       */
    struct str format;         /* of dates; or empty                  */
    const struct field *by;    /* of the target: what the cell names  */
    bool or_id;                /* by was not given: an id will do too */
    bool create;               /* a target that is missing is made    */
    struct map_value *values;  /* cells that mean another             */
    size_t n_values;
};
struct map_set {
    const struct field *field;
    struct value value;
};

struct import_map {
    enum import_mode mode;
    const struct field *key;
    char separator; /* 0: guess */
    bool latin1;
    struct map_set *set;
    size_t n_set;
    struct map_column *columns;
    size_t n_columns;
    bool by_header; /* no columns given: the header names fields */
};

/* The column of a field as the header's own name for it. */
enum rc map_header_column(const struct model *m, const struct entity *e,
                          struct str name, struct arena *a,
                          struct issues *issues, struct map_column *out);

#endif
