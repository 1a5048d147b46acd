/*
 * fx_sql - an expression as SQL, in the dialect of the sqlb, every literal a
 * parameter. fx_from keeps the joins that paths need; the planner shares it,
 * so that one path is joined once however often it is named.
 */
#ifndef FX_FX_SQL_H
#define FX_FX_SQL_H

#include "db/sqlb.h"
#include "fx/fx.h"

struct fx_data;
struct tz;

enum { FX_MAX_COLUMNS = 4 };

/* Of a field. FX_DATE is ISO text, FX_INSTANT ms, FX_TIME minutes, FX_DUR
   seconds, FX_DEC and FX_MONEY scaled integers. */
struct fx_columns {
    struct ident main;      /* anyref: the id                           */
    struct ident key;       /* text kinds: name__k (folded); else empty */
    struct ident cur, base; /* money                                    */
    struct ident rate;      /* money: base per unit, scaled by 10^9     */
    struct ident ent;       /* anyref: entity number                    */
    struct ident side;      /* multichoice: table m_.. (rec, code)      */
};

/* How handles look in the database, and who may see which rows. */
struct fx_tables {
    const void *ctx;
    struct ident (*table)(const void *ctx, const void *entity);
    void (*columns)(const void *ctx, const void *field, struct fx_columns *out);
    int (*entity_number)(const void *ctx, const void *entity);
    /* Append " AND (...)" limiting rows of `entity` under `alias` to what the
       principal may read; appends nothing when all of them. May be NULL. */
    enum rc (*rows)(const void *ctx, const void *entity, int alias,
                    struct sqlb *q, struct err *err);
    /* The entity a ref field points to. */
    const void *(*target)(const void *ctx, const void *ref_field);
};

struct fx_join {
    int parent;         /* index of the source before, 0 is the root */
    const void *ref;    /* field handle followed                     */
    const void *entity; /* joined                                    */
    int alias;
};

struct fx_from {
    const struct fx_tables *tables;
    const struct fx_schema *schema;
    struct arena *arena;
    const void *root; /* entity, alias root_alias           */
    int root_alias;
    int next_alias;
    struct fx_join *joins;
    size_t n, cap;
    bool is_emitted; /* no join may be added any more    */
};

void fx_from_init(struct fx_from *from, const struct fx_schema *schema,
                  const struct fx_tables *tables, const void *root,
                  int root_alias, struct arena *a);
/* The alias under which the target of this path of ref fields is joined; adds
   the joins that are missing. RC_LIMIT past LIMIT_FX_JOINS. */
enum rc fx_from_path(struct fx_from *from, const void *const *refs, size_t n,
                     int *alias, struct err *err) MUST_CHECK;
/* Register the joins of every path of x: call before fx_from_emit. */
enum rc fx_from_expr(struct fx_from *from, const struct fx_expr *x,
                     struct err *err) MUST_CHECK;
/* ` FROM "crm_deal" t0 LEFT JOIN ..`; records in the bin are not joined. */
enum rc fx_from_emit(struct fx_from *from, struct sqlb *q,
                     struct err *err) MUST_CHECK;

struct fx_sql_frame {
    const struct value *params;
    int64_t now_ms;
    const struct tz *tz;
    int64_t user; /* id; 0: none */
    /* Rows in memory that the expression reads beside the tables: `this` where
       fx_opts.this_entity is set. Their values are bound. NULL: none. */
    const struct fx_data *data;
    const void *outer;
};

/* Append the expression (parenthesised). Its paths must be in `from`. */
enum rc fx_emit(const struct fx_expr *x, struct fx_from *from,
                const struct fx_sql_frame *frame, struct sqlb *q,
                struct err *err) MUST_CHECK;
/* As a WHERE term: null is false, comparisons keep their index. */
enum rc fx_emit_where(const struct fx_expr *x, struct fx_from *from,
                      const struct fx_sql_frame *frame, struct sqlb *q,
                      struct err *err) MUST_CHECK;

#endif
