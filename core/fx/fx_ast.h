/*
 * fx_ast - the typed tree of a compiled expression, for those who walk it:
 * evaluator, SQL, JSON, sentences, the condition builder.
 *
 * Immutable. A node may have several parents (desugared functions share what
 * they repeat), so this is a graph without cycles; walk it, never change it.
 */
#ifndef FX_FX_AST_H
#define FX_FX_AST_H

#include "fx/fx.h"

enum fx_op {
    FX_OP_CONST, /* u.constant, of the node's type                      */
    FX_OP_PARAM, /* u.param: index into fx_opts.params                  */
    FX_OP_PATH,  /* u.path                                              */
    FX_OP_NEG,
    FX_OP_ADD, /* both of the node's kind and scale; an instant and a
                        duration; two durations                             */
    FX_OP_SUB,
    FX_OP_MUL,        /* of any scales, the result at the node's scale       */
    FX_OP_DIV,        /* rounded half away from zero at the node's scale     */
    FX_OP_MOD,        /* both of the node's scale; sign of the dividend      */
    FX_OP_CAST,       /* a number to the node's kind and scale, rounded      */
    FX_OP_LOCAL_DATE, /* instant -> date in the workspace's zone            */
    FX_OP_DATE_ADD,   /* date or instant, number of u.unit                   */
    FX_OP_CAT,        /* any number of texts; null is ''                     */
    FX_OP_EQ,
    FX_OP_NE, /* null is a value                                  */
    FX_OP_LT,
    FX_OP_LE,
    FX_OP_GT,
    FX_OP_GE, /* null: false; texts by key    */
    FX_OP_AND,
    FX_OP_OR, /* any number; null is false                       */
    FX_OP_NOT,
    FX_OP_IN,      /* args[0] equals one of the others                    */
    FX_OP_IN_LIST, /* args[0] is a member of the list args[1]             */
    FX_OP_EMPTY,
    FX_OP_IF, /* condition, then, else                               */
    FX_OP_COALESCE,
    FX_OP_MIN,
    FX_OP_MAX,  /* any number; nulls are skipped                  */
    FX_OP_CALL, /* u.fn                                                */
    FX_OP_AGG   /* u.agg                                               */
};
enum { FX_OP_COUNT = FX_OP_AGG + 1 };

enum fx_unit {
    FX_U_MS,
    FX_U_DAY,
    FX_U_WEEK,
    FX_U_MONTH,
    FX_U_QUARTER,
    FX_U_YEAR
};

enum fx_root {
    FX_ROOT_ROW,   /* the row of the scope `up` levels out                  */
    FX_ROOT_OUTER, /* this, where fx_opts.this_entity is set                */
    FX_ROOT_OLD,
    FX_ROOT_USER
};

/* A value reached from a row through refs. `n` names; the last is the field,
   those before it are refs. n == 0: the id of the row itself. */
struct fx_path {
    enum fx_root root;
    unsigned up;        /* FX_ROOT_ROW: 0 the innermost scope       */
    const void *entity; /* of the row it starts from                */
    const void *const *handles;
    const struct str *names;
    size_t n;
};

enum fx_agg_kind {
    FX_AGG_COUNT,
    FX_AGG_EXISTS,
    FX_AGG_SUM,
    FX_AGG_AVG,
    FX_AGG_MIN,
    FX_AGG_MAX,
    FX_AGG_FIRST,
    FX_AGG_LAST,
    FX_AGG_LIST
};

struct fx_agg {
    enum fx_agg_kind kind;
    struct fx_path owner;     /* refs to the record that has the collection;
                                    all handles are refs                     */
    struct str name;          /* of the collection                        */
    const void *owner_entity; /* the one with the collection      */
    const void *collection, *child, *by;
    const struct fx_node *arg;   /* over a child, scope one deeper; NULL:
                                    the record itself                        */
    const struct fx_node *where; /* or NULL                                  */
};

struct fx_fn; /* fx_fn.h */

/* What a node depends on beside literals. */
enum fx_needs {
    FX_NEEDS_ROW = 1,   /* a row, the old one, a collection               */
    FX_NEEDS_OUTER = 2, /* this where it is not the row                   */
    FX_NEEDS_PARAM = 4,
    FX_NEEDS_CLOCK = 8,     /* today() now(), the zone                        */
    FX_NEEDS_USER = 16,     /* who                                            */
    FX_NEEDS_USER_ROW = 32, /* a field of the user                         */
    FX_NEEDS_SEED = 64
};

struct fx_node {
    enum fx_op op;
    struct fx_type type;
    uint32_t at, length; /* bytes of the source         */
    unsigned needs;      /* enum fx_needs, with children */
    bool is_never_null;
    uint16_t height;                 /* of its SQL, at most              */
    const char *no_sql;              /* why it has no SQL form; or NULL  */
    const struct fx_node *no_sql_at; /* the node to blame             */
    const struct fx_node *const *args;
    size_t n;
    union {
        struct value constant;
        size_t param;
        struct fx_path path;
        enum fx_unit unit;
        const struct fx_fn *fn;
        struct fx_agg agg;
    } u;
};

struct fx_use_of { /* where a name of the source means a handle */
    const void *handle;
    uint32_t at, length;
};

struct fx_expr {
    struct str source;
    const struct fx_schema *schema;
    const struct fx_node *root;
    const void **reads;
    size_t n_reads, cap_reads;
    struct fx_use_of *uses;
    size_t n_uses, cap_uses;
    size_t n_params;
    const struct fx_param *params; /* copied */
};

const struct fx_node *fx_root(const struct fx_expr *x);
/* How two texts are folded to be compared: as their keys, or, when one has no
   key, in the letters A to Z. */
bool fx_folds_ascii(const struct fx_node *a, const struct fx_node *b);
enum rc fx_fold(const struct fx_node *n, struct str s, bool ascii,
                struct arena *a, struct str *out, struct err *err) MUST_CHECK;
/* Nothing of a row: computed once a statement and bound. */
bool fx_node_is_fixed(const struct fx_node *n);
const char *fx_op_name(enum fx_op op); /* "=", "and", "call" ...: of the JSON */
/* Digits behind the point of a number type: 0 for int. */
int fx_scale(const struct fx_type *t);
bool fx_is_number(const struct fx_type *t); /* int dec money float */

#endif
