/*
 * fx_eval - an expression over rows in memory.
 */
#ifndef FX_FX_EVAL_H
#define FX_FX_EVAL_H

#include "fx/fx.h"

struct tz;

/* Rows are opaque handles of the caller; NULL is "no such row": all null. */
struct fx_data {
    void *ctx;
    enum rc (*field)(void *ctx, const void *row, const void *field,
                     struct value *out, struct err *err);
    /* The record a ref field of `row` points to, or NULL. */
    enum rc (*follow)(void *ctx, const void *row, const void *ref_field,
                      const void **out, struct err *err);
    /* Live records of a collection of `row`, in id order. */
    enum rc (*children)(void *ctx, const void *row, const void *collection,
                        const void *const **rows, size_t *n, struct err *err);
    /* The fx `user` as a row, or NULL. */
    const void *user;
};

struct fx_frame {
    const struct fx_data *data;
    const void *row;            /* this                                   */
    const void *old;            /* NULL on create or where there is none  */
    const struct value *params; /* in the order of fx_opts.params       */
    int64_t now_ms;
    const struct tz *tz; /* of the workspace                       */
    struct arena *arena; /* results and scratch                   */
    uint64_t seed;       /* random(), pick(): deterministic        */
    const void *outer;   /* `this` where fx_opts.this_entity is set */
};

/*
 * Money that was computed is in the base currency (cur is ""); a bare path
 * gives the field's value as it is.
 */
/* RC_LIMIT overflow; what data's calls answer; RC_NOMEM. */
enum rc fx_eval(const struct fx_expr *x, const struct fx_frame *frame,
                struct value *out, struct err *err) MUST_CHECK;
/* null is false */
enum rc fx_eval_bool(const struct fx_expr *x, const struct fx_frame *frame,
                     bool *out, struct err *err) MUST_CHECK;

/* One node of x, as fixed parts are computed for SQL. Of a frame without data
   only what fx_node_is_fixed says can be asked. */
struct fx_node;
enum rc fx_eval_node(const struct fx_expr *x, const struct fx_node *n,
                     const struct fx_frame *frame, struct value *out,
                     struct err *err) MUST_CHECK;

#endif
