/*
 * fx_world - a small model for the tests of fx: deals with lines, accounts, users;
 * as a schema, as rows in memory and as tables.
 */
#ifndef SUPPORT_FX_WORLD_H
#define SUPPORT_FX_WORLD_H

#include "base/arena.h"
#include "fx/fx.h"
#include "fx/fx_eval.h"
#include "fx/fx_sql.h"

struct world_field {
    const char *name;
    enum fx_kind kind;
    uint8_t scale;
    const void *of;   /* entity; for a choice: the field itself */
    const char *side; /* list fields                            */
    bool is_collection;
    const void *child, *by;
};

struct world_entity {
    const char *name, *table;
    int number;
    const struct world_field *fields;
    size_t n;
};

extern const struct world_entity DEAL, ACCOUNT, LINE, PERSON;

enum { WORLD_MAX_FIELDS = 24 };
struct world_row {
    const struct world_entity *entity;
    bool is_deleted;
    struct value v[WORLD_MAX_FIELDS];
};

struct world {
    struct arena *arena;
    struct world_row *rows; /* in id order                            */
    size_t n;
    const struct world_row *user;
    struct fx_data data;
};

const struct fx_schema *world_schema(void);
const struct fx_tables *world_tables(void);
const struct world_field *world_field(const struct world_entity *e,
                                      const char *name);
/* A folded key column beside it: all texts but the note of a deal. */
bool world_has_key(const struct world_field *f);
int world_index(const struct world_entity *e, const char *name);
void world_init(struct world *w, struct arena *a, size_t max_rows);
struct world_row *world_add(struct world *w, const struct world_entity *e,
                            int64_t id);

/* :n :min_price :who :ids :codes */
const struct fx_param *world_params(size_t *n);
/* Compile over a deal; fails the test unless it works. */
const struct fx_expr *compile(struct arena *a, const char *source,
                              unsigned use);
/* The fault of a source that must not compile. */
struct fx_fault fault_of(struct arena *a, const char *source, unsigned use);
/* "won", "12.50", "null", "2026-03-01", "true", "[a, b]" */
struct str world_print(struct arena *a, const struct value *v);

#endif
