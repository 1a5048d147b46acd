/*
 * fx_check - from what was written to what it means: names, types, folding.
 *
 * Internal to fx. Every function answers NULL (or false) once c->rc is set; the
 * first fault wins. Nodes are made here only, so what they need and whether
 * they have an SQL form is always computed.
 */
#ifndef FX_FX_CHECK_H
#define FX_FX_CHECK_H

#include "fx/fx_ast.h"
#include "fx/fx_fn.h"
#include "fx/fx_parse.h"

/* Where bare names belong: the record, or a child inside an aggregate. */
struct fx_scope {
    const void *entity;
    const struct fx_scope *outer;
    const struct fx_name *prefix; /* path by which the children were named */
    size_t n_prefix;
    const void *const *handles; /* of the last n_handles of the prefix */
    size_t n_handles;
};

struct fx_check {
    const struct fx_opts *opts;
    const struct fx_schema *schema;
    struct arena *arena;
    struct fx_expr *x;
    struct fx_fault *fault;
    const struct fx_scope *scope;
    enum rc rc;
    size_t nodes;
};

enum fx_purpose { FX_TO_COMPARE, FX_TO_CHOOSE }; /* = < in | if coalesce min */

/* Fill the fault unless there is one; NULL. */
void *fx_refuse(struct fx_check *c, const char *code, uint32_t at,
                uint32_t length, const char *fmt, ...) PRINTF_LIKE(5, 6);
void *fx_check_nomem(struct fx_check *c);
/* What stands there, shortened, for a message: "note" in quotes. */
struct str fx_words(const struct fx_check *c, const struct fx_node *n);
struct str fx_type_words(const struct fx_check *c, const struct fx_type *t);

struct fx_type fx_type_of(enum fx_kind kind);
struct fx_type fx_type_number(int scale); /* 0: int */

/* A node with these arguments (copied), folded when all are constants. */
const struct fx_node *fx_make(struct fx_check *c, enum fx_op op,
                              struct fx_type type, const struct fx_syn *s,
                              const struct fx_node *const *args, size_t n);
const struct fx_node *fx_make_call(struct fx_check *c, enum fx_fn_id fn,
                                   struct fx_type type, const struct fx_syn *s,
                                   const struct fx_node *const *args, size_t n);
const struct fx_node *fx_make_const(struct fx_check *c, struct fx_type type,
                                    const struct fx_syn *s, struct value v);
const struct fx_node *fx_make_date_add(struct fx_check *c,
                                       const struct fx_syn *s,
                                       const struct fx_node *date,
                                       const struct fx_node *n,
                                       enum fx_unit unit);
/* After all of the node is known; may take its SQL form away. */
void fx_set_height(struct fx_node *n);
/* Says so unless the node is fixed; `n` must be new. */
const struct fx_node *fx_no_sql(const struct fx_node *n, const char *why);

/* Bring all to one type; their places in `nodes` change. */
bool fx_unify(struct fx_check *c, const struct fx_node **nodes, size_t n,
              enum fx_purpose purpose, struct fx_type *type);
/* As `want`: literals are read, numbers rescaled. `what` begins the message:
   "round needs", "The result must be". */
const struct fx_node *fx_fit(struct fx_check *c, const struct fx_node *n,
                             const struct fx_type *want, const char *what);
const struct fx_node *fx_cast(struct fx_check *c, const struct fx_node *n,
                              struct fx_type type);
/* A date, an instant as its local day; NULL with a fault otherwise. */
const struct fx_node *fx_as_date(struct fx_check *c, const struct fx_node *n,
                                 const char *what);

/* Its columns beside the value (key, side table, entity) can be reached, or it
   is bound: not so for a field of the user, who is in no FROM. */
bool fx_has_column(const struct fx_node *n);
bool fx_is_literal_text(const struct fx_node *n);
bool fx_is_null(const struct fx_node *n);

const struct fx_node *fx_check_syn(struct fx_check *c, const struct fx_syn *s);
const struct fx_node *fx_check_path(struct fx_check *c, const struct fx_syn *s);
/* Parts of fx_check_path, for aggregates. */
int fx_path_root(struct fx_check *c, const struct fx_name *names, size_t n,
                 struct fx_path *p); /* names taken, or -1 */
bool fx_path_walk(struct fx_check *c, const struct fx_name *names, size_t n,
                  size_t first, struct fx_path *p, struct fx_member *last,
                  const void **owner);
/* A field that is read; what a name of the source means. */
bool fx_note_read(struct fx_check *c, const void *field);
bool fx_note_use(struct fx_check *c, const void *handle,
                 const struct fx_name *name);
const struct fx_node *fx_check_call(struct fx_check *c, const struct fx_syn *s);
/* False: one is a list, and that has been refused. */
bool fx_check_no_lists(struct fx_check *c, const struct fx_fn *fn,
                       const struct fx_node *const *args, size_t n);
/* The arguments are checked and as many as they should be. */
const struct fx_node *fx_check_choice(struct fx_check *c,
                                      const struct fx_syn *s,
                                      const struct fx_fn *fn,
                                      const struct fx_node **args);
const struct fx_node *fx_check_field_call(struct fx_check *c,
                                          const struct fx_syn *s,
                                          const struct fx_fn *fn,
                                          const struct fx_node **args);
const struct fx_node *fx_check_agg(struct fx_check *c, const struct fx_syn *s,
                                   const struct fx_fn *fn);
const struct fx_node *fx_check_equal(struct fx_check *c, enum fx_op op,
                                     const struct fx_syn *s,
                                     const struct fx_node *l,
                                     const struct fx_node *r);
const struct fx_node *fx_check_arithmetic(struct fx_check *c,
                                          const struct fx_syn *s,
                                          const struct fx_node *l,
                                          const struct fx_node *r);
const struct fx_node *fx_check_unit(struct fx_check *c, const struct fx_syn *s);
/* due_on + 3 days, where s->args[1] is the unit. */
const struct fx_node *fx_check_plus_unit(struct fx_check *c,
                                         const struct fx_syn *s,
                                         const struct fx_node *l);
bool fx_is_moment(const struct fx_node *n); /* or a text that may be one */
const struct fx_node *fx_times(struct fx_check *c, const struct fx_syn *s,
                               const struct fx_node *n, int64_t by);
const struct fx_node *fx_check_bounds(struct fx_check *c,
                                      const struct fx_syn *s,
                                      const struct fx_fn *fn);
const struct fx_node *fx_check_date_add(struct fx_check *c,
                                        const struct fx_syn *s,
                                        const struct fx_fn *fn);
/* min, hours, days ...: false when the word is no unit. `times` multiplies. */
bool fx_unit_find(struct str word, enum fx_unit *unit, int64_t *times);

#endif
