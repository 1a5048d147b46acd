/*
 * plan - what a query is once it is checked. For core/query alone.
 *
 * The root is alias 0. Every path is joined once (fx_from). The SELECT holds,
 * in this order: id, rev, the columns of each `col`, then one column a sort
 * term, whose values make the cursor.
 */
#ifndef QUERY_PLAN_H
#define QUERY_PLAN_H

#include "base/vec.h"
#include "fx/fx_eval.h"
#include "model/field/field.h"
#include "query/query.h"

/* One value of the answer and where its columns begin in the row. */
struct col {
    struct query_column pub;
    int alias;
    int first;      /* index in the SELECT                    */
    int file_first; /* a file field: name, size, type; else 0 */
    int file_alias;
    struct str key; /* last part of the path: the JSON member */
};

/* A record reached by refs that the answer describes (_expand). */
struct expansion {
    struct str path, key; /* "account.parent", "parent"             */
    const struct field *ref;
    const struct entity *target; /* NULL: an anyref, looked up row by row */
    int parent;                  /* index of another, -1 the root          */
    int alias;                   /* of the target; of the parent for anyref */
    int first;                   /* id, then title                         */
    const struct fx_expr *title;
    struct fx_from *from; /* of the title                           */
};

/* One term of ORDER BY; a sort key has one or two. */
struct term {
    int alias;
    struct ident column;
    const struct field *options; /* not NULL: by option order          */
    bool descending;
    bool is_text; /* the column is TEXT                */
};

/* What changed of one entity since an earlier time. */
struct past_side {
    struct ident table;
    struct str rows; /* JSON: [[rec, code], ..] */
};
struct past_entity {
    const struct entity *entity;
    int64_t *ids; /* whoever changed since                          */
    size_t n;
    struct str rows; /* JSON: those of them that were there, as columns */
    struct past_side *sides;
    size_t n_sides;
};

struct query {
    struct query_ctx ctx;
    const struct entity *entity;
    struct access_tables tables;
    struct fx_from from;
    VEC(struct col) cols;
    VEC(struct query_column) public_cols;
    VEC(struct expansion) expansions;
    VEC(struct term) terms;
    VEC(const struct entity *) touched;    /* for the grant               */
    VEC(const struct past_entity *) pasts; /* of those touched, if any */
    const struct fx_expr *filter, *also;
    struct { /* q=: find.c */
        bool is_asked, is_common;
        const int64_t *ids; /* all that match, unless it is common  */
        size_t n;
        struct str folded, words;
    } find;
    struct { /* fits=: fits.c; filter NULL: everything does */
        const struct fx_expr *filter;
        const struct fx_data *data;
        const void *draft; /* `this` of the filter, in memory      */
    } fits;
    const struct db_grant *grant;
    enum query_deleted deleted;
    const int64_t *ids;
    size_t n_ids;
    int limit;
    int n_select;         /* columns before the terms               */
    bool all_fields;      /* fields= was not given                  */
    struct str signature; /* what a cursor is bound to              */
    struct value *after;  /* one a term, then the id; NULL: from the start */
    struct str next;
};

/* RC_INVALID adds an issue under `param` with a suggestion. */
enum rc plan_path(struct query *q, struct str param, struct str path,
                  const struct field ***refs, size_t *n_refs,
                  const struct field **field, struct err *err) MUST_CHECK;
/* Join the path's refs; every entity on the way is touched. */
enum rc plan_join(struct query *q, const struct field *const *refs, size_t n,
                  int *alias, struct err *err) MUST_CHECK;
enum rc plan_touch(struct query *q, const struct entity *e,
                   struct err *err) MUST_CHECK;
/* Compile a filter from outside; hidden fields are unknown fields. */
enum rc plan_filter(struct query *q, struct str param, struct str source,
                    const struct fx_expr **out, struct err *err) MUST_CHECK;
/* Start a plan: entity, access, from. */
enum rc plan_begin(const struct query_ctx *ctx, const struct entity *e,
                   struct query **out, struct err *err) MUST_CHECK;
/* Join what filters need and fix the grant: after all paths, before SQL. */
enum rc plan_end(struct query *q, struct err *err) MUST_CHECK;

/* find.c: what was typed into the search box, and its " AND .." */
enum rc plan_find(struct query *q, struct str text, struct err *err) MUST_CHECK;
enum rc find_where(const struct query *q, struct sqlb *b,
                   struct err *err) MUST_CHECK;

/* fits.c: only what may be picked for the field `name`, "crm:deal.contact", of
   the record `draft`, a JSON object. */
enum rc plan_fits(struct query *q, struct str name, struct str draft,
                  struct err *err) MUST_CHECK;

/* sort.c */
enum rc plan_sort(struct query *q, struct str sort, struct err *err) MUST_CHECK;
void sort_term(struct sqlb *b, const struct term *t);
void sort_order(struct query *q, struct sqlb *b);
/* Legs of a keyset page: how many there are, and the WHERE of one. */
size_t sort_legs(const struct query *q);
/* false: this leg can match nothing. */
bool sort_leg(const struct query *q, size_t leg, struct sqlb *b);
enum rc cursor_read(struct query *q, struct str cursor,
                    struct err *err) MUST_CHECK;
enum rc cursor_write(struct query *q, const struct value *terms, int64_t id,
                     struct str *out, struct err *err) MUST_CHECK;

/* sql.c */
struct fx_sql_frame plan_frame(const struct query *q);
/* " WHERE .." without the keyset. */
enum rc plan_where(struct query *q, struct sqlb *b, struct err *err) MUST_CHECK;
enum rc plan_select(struct query *q, struct sqlb *b,
                    struct err *err) MUST_CHECK;
/* history.c: RC_NOTFOUND unless the record may be read now, in the bin or out. */
enum rc plan_reach(const struct query_ctx *ctx, const struct entity *e,
                   int64_t id, struct err *err) MUST_CHECK;
/* as_of.c: what ctx.past has of every entity touched; before any statement. */
enum rc past_prepare(struct query *q, struct err *err) MUST_CHECK;
/* "WITH .. " before each statement of the plan; nothing without a past. */
void past_with(const struct query *q, struct sqlb *b);
int64_t past_at(const struct query *q); /* 0: now */
/* Text of an fx value for titles, in the workspace's plain form. */
struct str value_plain(struct arena *a, const struct value *v);
/* Read the column of an expression of this type. */
struct value value_of_column(struct db_stmt *st, int i,
                             const struct fx_type *t);
/* Join what `x`, an expression over `target` under `alias`, needs; *out is what
   fx_emit wants for it. */
enum rc plan_title(struct query *q, const struct entity *target, int alias,
                   const struct fx_expr *x, struct fx_from **out,
                   struct err *err) MUST_CHECK;
/* The entity of uploaded files, and three columns of it. */
extern const char *const FILE_FACTS[3];

/* Answer RC_INVALID with an issue under `param`. */
#define plan_reject(...) RC_SAID(plan_reject_(__VA_ARGS__), RC_INVALID)
enum rc plan_reject_(struct query *q, struct str param, const char *code,
                     const char *fmt, ...) PRINTF_LIKE(4, 5);

#endif
