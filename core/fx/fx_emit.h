/*
 * fx_emit - one emission of SQL under way. Internal to fx.
 *
 * Sticky: after the first failure every call does nothing and fx_emit reports
 * it. "Value" calls append one parenthesised operand; "cond" calls append a
 * predicate that may be null where the language says false, which WHERE, AND
 * and OR do not mind and everything else wraps in IS TRUE.
 */
#ifndef FX_FX_EMIT_H
#define FX_FX_EMIT_H

#include "db/dialect.h"
#include "fx/fx_ast.h"
#include "fx/fx_eval.h"
#include "fx/fx_fn.h"
#include "fx/fx_sql.h"

struct fx_emit_scope {
    struct fx_from *from;
    const struct fx_emit_scope *outer;
};

struct fx_emit {
    const struct fx_expr *x;
    const struct fx_sql_frame *frame;
    const struct fx_emit_scope *scope;
    struct sqlb *q;
    struct err *err;
    enum rc rc;
    struct fx_frame eval; /* for what is computed here and bound */
    struct fx_data user;  /* when the caller gave no rows        */
    int64_t user_id;
};

void fx_emit_value(struct fx_emit *e, const struct fx_node *n);
/* As a value, but a sum may still be the engine's real: for + - * / only. */
void fx_emit_raw(struct fx_emit *e, const struct fx_node *n);
/* A sum as an operand of something else: what overflowed does not pass. */
void fx_emit_guarded(struct fx_emit *e, const struct fx_node *n);
void fx_emit_cond(struct fx_emit *e, const struct fx_node *n);
void fx_emit_call(struct fx_emit *e, const struct fx_node *n);
void fx_emit_agg(struct fx_emit *e, const struct fx_node *n);
/* x in list(...), as EXISTS; `left` belongs to the scope outside. */
void fx_emit_in_agg(struct fx_emit *e, const struct fx_node *left,
                    const struct fx_node *list);
void fx_emit_path(struct fx_emit *e, const struct fx_node *n);
/* The folded key of a text; `ascii` as fx_fold has it. */
void fx_emit_key(struct fx_emit *e, const struct fx_node *n, bool ascii);
/* Its value, when it is known before the statement runs. */
bool fx_emit_known(struct fx_emit *e, const struct fx_node *n,
                   struct value *out);
void fx_emit_bind(struct fx_emit *e, const struct fx_type *t,
                  const struct value *v);
/* The members of a list field: EXISTS(side .. [= left]) or their number. */
void fx_emit_side(struct fx_emit *e, const struct fx_node *list,
                  const struct fx_node *left);
void fx_emit_member_count(struct fx_emit *e, const struct fx_node *list);
/* n / 10^k, rounded half away from zero. */
void fx_emit_div_pow10(struct fx_emit *e, const struct fx_node *n, int k);

void fx_emit_is_null(struct fx_emit *e, const struct fx_node *n, bool is);
void fx_emit_truth(struct fx_emit *e, bool v);
/* A comparison with what is known, turned so that the field stands alone; true
   when it was one and has been written (or has failed). */
bool fx_emit_isolated(struct fx_emit *e, const struct fx_node *n);

/* Few enough nodes to be written twice; else it is named in a sub-select. */
bool fx_emit_is_small(const struct fx_node *n);
/* Sums whose overflow is noticed where they are used: fx_emit_value does. */
bool fx_emit_is_sum(const struct fx_node *n);
bool fx_emit_fail(struct fx_emit *e, enum rc rc, const char *why);
/* The source under which a path's row is joined; -1 after a failure. */
int fx_emit_alias(struct fx_emit *e, const struct fx_path *p, size_t n_refs,
                  struct fx_from **from);

/* As fx_from_expr, for one node over the rows of `from`. */
enum rc fx_from_node(struct fx_from *from, const struct fx_node *n,
                     struct err *err) MUST_CHECK;

/* fx_sql_fn.c, fx_sql_date.c */
void fx_emit_date_call(struct fx_emit *e, const struct fx_node *n);
void fx_emit_local_date(struct fx_emit *e, const struct fx_node *n);
void fx_emit_date_add(struct fx_emit *e, const struct fx_node *n);
/* " FROM (SELECT .. AS a, .. AS b, .. AS c) AS f)" of up to three. */
void fx_emit_named(struct fx_emit *e, const struct fx_node *const *args,
                   size_t n);
/* A number of characters or months, within bounds. */
void fx_emit_count(struct fx_emit *e, const struct fx_node *n, int lo, int hi);
/* fx_sql_zone.c: the zone's offset of f.a of an enclosing select, in ms. */
void fx_sql_offset(struct fx_emit *e);

#endif
