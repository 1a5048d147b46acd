/*
 * fx - the expression language: compile once, use in C, SQL and the browser.
 *
 * automation.md A.2 (in docs/language/fx.md) is the language. fx knows nothing
 * of the model: names are resolved through struct fx_schema, whose entities and
 * fields are opaque handles; rows come through fx_eval.h, columns through
 * fx_sql.h. A compiled expression is immutable and may be shared by threads.
 *
 * Null rules: arithmetic with null is null; = and <> treat null as a value,
 * order with null is false; .. treats null as ''. A boolean is never null.
 */
#ifndef FX_FX_H
#define FX_FX_H

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/value.h"

enum fx_kind {
    FX_NULL, /* the literal null: fits every type     */
    FX_TEXT,
    FX_INT,
    FX_DEC,
    FX_MONEY,
    FX_FLOAT,
    FX_BOOL,
    FX_DATE,
    FX_INSTANT,
    FX_TIME,
    FX_DUR,
    FX_CHOICE, /* `of` is the field                     */
    FX_REF,    /* `of` is the entity; user fields too   */
    FX_ANYREF,
    FX_LIST, /* of `elem`                             */
    FX_FILE
};

struct fx_type {
    enum fx_kind kind;
    enum fx_kind elem; /* FX_LIST                               */
    uint8_t scale;     /* FX_DEC, FX_MONEY (of the base currency) */
    const void *of;    /* FX_CHOICE (list too): field; FX_REF: entity */
    uint16_t fold;     /* FX_TEXT of a field: points its folded key keeps
                          (FOLD_POINTS); 0: all of them; FX_FOLD_ASCII: it
                          has no key, and only A to Z fold             */
};
enum { FX_FOLD_ASCII = 65535 };

enum fx_member_kind { FX_M_FIELD, FX_M_COLLECTION };
struct fx_member {
    enum fx_member_kind kind;
    struct fx_type type; /* of a field                               */
    const void *handle;  /* the field; the collection               */
    const void *child;   /* collection: entity of its records        */
    const void *by;      /* collection: the field of the child that
                                  points back (a ref or an anyref)         */
};

/* What names mean. Must outlive the compiled expression. */
struct fx_schema {
    const void *ctx;
    /* false: no such member. System columns (id, rev, created_at ...) too. */
    /* `id` is an FX_REF of its own entity. */
    bool (*member)(const void *ctx, const void *entity, struct str name,
                   struct fx_member *out);
    /* All member names, for suggestions; borrowed from the schema. */
    size_t (*names)(const void *ctx, const void *entity,
                    const struct str **out);
    /* 0: an open choice, any code will do. */
    size_t (*options)(const void *ctx, const void *choice_field,
                      const struct str **codes);
    struct str (*entity_name)(const void *ctx, const void *entity);
    /* is(regarding,'crm:deal'): NULL when there is none. */
    const void *(*entity_by_name)(const void *ctx, struct str name);
    const void
        *user; /* entity of `user` (user.id, user.manager.name) or NULL */
    /* struct value.ent of an anyref to `entity`; NULL: is() does not compile. */
    int (*entity_number)(const void *ctx, const void *entity);
    /* What people call a code; NULL: label() gives the code. */
    struct str (*option_label)(const void *ctx, const void *choice_field,
                               struct str code);
};

struct fx_param { /* :name */
    struct str name;
    struct fx_type type;
};

enum fx_use {
    FX_USE_FILTER = 1,    /* must have an SQL form                       */
    FX_USE_CONDITION = 2, /* C, sees old: changed(), is_new() allowed    */
    FX_USE_VALUE = 4,     /* default, formula: any type                  */
    FX_USE_SEED = 8       /* any() pick() random()                       */
};

struct fx_opts {
    const struct fx_schema *schema;
    const void *entity;         /* of bare names; NULL: none            */
    unsigned use;               /* enum fx_use                          */
    const struct fx_type *want; /* result must fit; NULL: anything      */
    const struct fx_param *params;
    size_t n_params;
    size_t max_nodes;        /* 0: LIMIT_FX_NODES                 */
    const void *this_entity; /* of this.x where that is not the
                                          row of the bare names (the filter of
                                          a ref field); NULL: it is         */
};

/* Where and why. `at` counts bytes of the source. Codes: F2xx. */
struct fx_fault {
    uint32_t at, length;
    const char *code; /* static: "F201" */
    char text[320];
};

struct fx_expr; /* opaque; fx_ast.h for those who walk it */

/*
 * Compile. RC_INVALID or RC_LIMIT fill *fault with a suggestion; RC_NOMEM.
 * Owns: *out lives in `a`; the source is copied.
 */
enum rc fx_compile(struct str source, const struct fx_opts *opts,
                   struct arena *a, const struct fx_expr **out,
                   struct fx_fault *fault) MUST_CHECK;

struct str fx_source(const struct fx_expr *x);
struct fx_type fx_result(const struct fx_expr *x);
bool fx_is_constant(const struct fx_expr *x);
bool fx_is_volatile(const struct fx_expr *x); /* today() now() user */
bool fx_has_sql(const struct fx_expr *x);
/* The single field path this expression is, if it is just that: handles of the
   refs followed, the field last. 0: it is something else. */
size_t fx_as_path(const struct fx_expr *x, const void *const **handles);
/* Every field handle read, of any entity, each once (dependencies). */
size_t fx_reads(const struct fx_expr *x, const void *const **handles);
bool fx_type_fits(const struct fx_type *have, const struct fx_type *want);
/* "text", "decimal", "choice of stage"; for messages. */
struct str fx_type_name(const struct fx_type *t, const struct fx_schema *schema,
                        struct arena *a);

/* The tree as JSON for the browser's evaluator (docs/language/fx.md). */
struct json_w;
void fx_to_json(const struct fx_expr *x, struct json_w *w);
/* Text of an expression with every use of field `handle` called `name`, byte
   for byte otherwise: what a rename writes back. */
enum rc fx_rename(const struct fx_expr *x, const void *handle, struct str name,
                  struct arena *a, struct str *out, struct err *err) MUST_CHECK;

#endif
