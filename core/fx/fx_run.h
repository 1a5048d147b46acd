/*
 * fx_run - one evaluation under way. Internal to the evaluator.
 */
#ifndef FX_FX_RUN_H
#define FX_FX_RUN_H

#include "fx/fx_ast.h"
#include "fx/fx_eval.h"
#include "fx/fx_fn.h"

struct fx_level { /* a scope: the record, a child of a collection, ... */
    const void *row;
    const struct fx_level *outer;
};

struct fx_run {
    const struct fx_expr *x;
    const struct fx_frame *frame;
    const struct fx_level *level;
    uint64_t draws; /* of random() and pick() so far */
    struct err *err;
};

enum rc fx_run_node(struct fx_run *r, const struct fx_node *n,
                    struct value *out) MUST_CHECK;
/* null is false */
enum rc fx_run_bool(struct fx_run *r, const struct fx_node *n,
                    bool *out) MUST_CHECK;
enum rc fx_run_call(struct fx_run *r, const struct fx_node *n,
                    struct value *out) MUST_CHECK;
enum rc fx_run_agg(struct fx_run *r, const struct fx_node *n,
                   struct value *out) MUST_CHECK;
enum rc fx_run_arithmetic(struct fx_run *r, const struct fx_node *n,
                          struct value *out) MUST_CHECK; /* + - * / % neg */
enum rc fx_run_cast(struct fx_run *r, const struct fx_node *n,
                    struct value *out) MUST_CHECK;
enum rc fx_run_date_add(struct fx_run *r, const struct fx_node *n,
                        struct value *out) MUST_CHECK;
enum rc fx_run_local_date(struct fx_run *r, const struct fx_node *n,
                          struct value *out) MUST_CHECK;
/* The row a path starts from (NULL: none), and the value at its end. */
enum rc fx_run_owner(struct fx_run *r, const struct fx_path *p, size_t n_refs,
                     const void **row) MUST_CHECK;
/* The field as it is, at another row of the record's entity (old). */
enum rc fx_run_field(struct fx_run *r, const struct fx_node *path,
                     const void *row, struct value *out) MUST_CHECK;

/* Equal as = sees it: null equals null. Both of one type by compilation. */
bool fx_same(const struct value *a, const struct value *b);
/* <0 0 >0 of two non-null numbers, dates, times. */
int fx_order(const struct value *a, const struct value *b);
/* A whole number of the unit that the type counts. */
struct value fx_value_of(const struct fx_type *t, int64_t i);
enum rc fx_overflow(struct fx_run *r, const struct fx_node *n);
const struct tz *fx_zone(const struct fx_run *r);
/* date or instant plus n units; false: out of the calendar, which is null. */
bool fx_date_add(const struct fx_run *r, const struct value *d, int64_t n,
                 enum fx_unit unit, struct value *out);

#endif
