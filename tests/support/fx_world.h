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

struct fx_world_field {
    const char *name;
    enum fx_kind kind;
    uint8_t scale;
    const void *of;   /* entity; for a choice: the field itself */
    const char *side; /* list fields                            */
    bool is_collection;
    const void *child, *by;
};

struct fx_world_entity {
    const char *name, *table;
    int number;
    const struct fx_world_field *fields;
    size_t n;
};

extern const struct fx_world_entity FX_DEAL, FX_ACCOUNT, FX_LINE, FX_PERSON;

enum { FX_WORLD_MAX_FIELDS = 24 };
struct fx_world_row {
    const struct fx_world_entity *entity;
    bool is_deleted;
    struct value v[FX_WORLD_MAX_FIELDS];
};

struct fx_world {
    struct arena *arena;
    struct fx_world_row *rows; /* in id order                            */
    size_t n;
    const struct fx_world_row *user;
    struct fx_data data;
};

const struct fx_schema *fx_world_schema(void);
const struct fx_tables *fx_world_tables(void);
const struct fx_world_field *fx_world_field(const struct fx_world_entity *e,
                                            const char *name);
/* A folded key column beside it: all texts but the note of a deal. */
bool fx_world_has_key(const struct fx_world_field *f);
int fx_world_index(const struct fx_world_entity *e, const char *name);
void fx_world_init(struct fx_world *w, struct arena *a, size_t max_rows);
struct fx_world_row *fx_world_add(struct fx_world *w,
                                  const struct fx_world_entity *e, int64_t id);

/* :n :min_price :who :ids :codes */
const struct fx_param *fx_world_params(size_t *n);
/* Compile over a deal; fails the test unless it works. */
const struct fx_expr *fx_world_compile(struct arena *a, const char *source,
                                       unsigned use);
/* The fault of a source that must not compile. */
struct fx_fault fx_world_fault(struct arena *a, const char *source,
                               unsigned use);
/* "won", "12.50", "null", "2026-03-01", "true", "[a, b]" */
struct str fx_world_print(struct arena *a, const struct value *v);

#endif
