/*
 * pipe - one save on its way through the steps. For core/record alone.
 *
 * The numbers are those of docs/design/0003-a-save.md. prepare.c runs 1-4 on
 * the caller's thread, apply.c 5-13 in the writer, where an attempt may be
 * repeated: what an attempt makes lives in the job's arena and is forgotten by
 * pipe_attempt. A save belongs to one thread at a time.
 *
 * What a user got wrong fails its item (item_fail) and the step goes on, so
 * that all of it is said at once; an enum rc other than RC_OK ends the save.
 */
#ifndef RECORD_PIPE_H
#define RECORD_PIPE_H

#include "base/vec.h"
#include "model/field/field.h"
#include "record/record.h"

enum {
    PIPE_EFFECTS = 10000, /* records one save may change by on-delete      */
    PIPE_TREE_DEPTH = 64, /* levels of a tree field                        */
    PIPE_TEXT_BYTES = 16 << 20, /* search text, before-image               */
    PIPE_PREPARES = 3 /* the first, and again twice; then in the writer */
};

/* Of an entity: where its system fields are and how a row is written. Made once
   an attempt. */
struct shape {
    const struct entity *e;
    int id, rev, created_at, created_by, updated_at, updated_by, deleted_at;
    struct db_stmt *insert; /* all columns; NULL: not prepared    */
    struct db_stmt *update; /* the columns of `set`; or NULL      */
    struct field_set set;
};

/* A record in memory as fx sees it. */
struct row {
    const struct entity *e;
    int64_t id;
    const struct value *v; /* NULL: not read, or not there     */
    bool is_known;         /* whether it is there              */
    bool is_live;
    struct work *work; /* of the batch or an effect; or NULL */
    struct row *chain;
};

/* Rows met by expressions and references; those of the batch stand in front of
   the database. By id, which is unique across entities. */
struct rows {
    struct row **buckets;
    size_t n_buckets, n;
};

/* Beside an item. Effects (cascades, cleared references) have one as well. */
struct work {
    struct record_item *item;
    struct value *given;    /* as bound; prepare starts from it each time */
    struct value *prepared; /* as prepare left it: attempts work on a copy    */
    struct field_set prepared_changed;
    struct str text; /* search text of `prepared`, made before the writer */
    bool has_text;
    struct row now, was; /* item->v, item->old->v                      */
    bool failed;         /* already in prepare                         */
    bool bound_failed;   /* already in step 0                          */
    bool is_idle;        /* nothing changes: not written               */
    bool is_effect;
    bool is_removed; /* what its delete entails was reckoned       */
    bool is_written;
    bool is_gone; /* a nested save has deleted it since                 */
};

struct late_ref {
    struct work *w;
    const struct field *f;
};

struct save {
    struct save *outer; /* in whose step 11 this one is; NULL            */
    int depth;          /* 0: nobody's                                   */
    /* of an outermost: what the transaction has so far */
    VEC(struct save *) nested; /* they wait for step 12                   */
    int64_t n_tx;              /* journal rows                            */
    /* of both, when this save began; where another try begins again */
    size_t nested_before;
    int64_t n_tx_before;
    const struct record_ctx *ctx;
    const struct principal *who;
    const struct model *m;
    struct record_batch *b;
    struct issues *issues;
    struct arena *arena;
    struct db *db; /* of the current half; NULL: none needed yet */
    bool owns_db;  /* a read bracket of prepare's                */
    bool trusted;  /* an undo: past readonly and moves           */
    int64_t now_ms;
    int64_t seen_rights; /* of prepare's snapshot; 0: not looked at    */
    struct principal refreshed;
    bool is_refreshed;
    int64_t first_id; /* of the creates; the txn is the one after   */
    bool has_ids;
    int64_t txn;

    struct work *work; /* as many as items                           */
    VEC(struct work *) effects;
    VEC(struct shape *) shapes;
    VEC(struct late_ref) late; /* of creates, to creates after them */
    struct rows rows;
    struct row user; /* fx `user` */

    struct issues bound, kept; /* as step 0, as prepare left them      */
    /* why an attempt ended other than by failing */
    bool is_stale, is_new_model, is_dry_end;
    bool prepare_inside;     /* the attempts before were all overtaken     */
    struct buf words, plain; /* of search texts; kept from row to row  */
    struct db_stmt *chg;
    int64_t n_chg;    /* journal rows so far                              */
    bool needs_marks; /* partial, a write failed: run again, in a savepoint */
    bool careful;     /* there too: a savepoint an item              */
    bool wrote;
};

struct record_tx {
    struct save *save;
};
static inline struct save *pipe_outermost(struct save *s)
{
    while (s->outer)
        s = s->outer;
    return s;
}

static inline void pipe_forget_tries(struct save *s)
{
    struct save *root = pipe_outermost(s);

    root->nested.n = s->nested_before;
    root->n_tx = s->n_tx_before;
}

/* --- save.c --------------------------------------------------------------- */
/* Work for each item; buffers, which _close gives back. */
enum rc pipe_open(struct save *s, struct err *err) MUST_CHECK;
void pipe_close(struct save *s);
/* The read bracket of prepare, begun when first needed; the writer's. */
enum rc pipe_db(struct save *s, struct db **out, struct err *err) MUST_CHECK;
struct query_ctx pipe_query(struct save *s, struct db *db);
/* record_save with the undo's privileges. */
enum rc pipe_save(const struct record_ctx *ctx, const struct model *m,
                  struct record_batch *b, bool trusted, struct issues *issues,
                  struct record_result *out, struct err *err) MUST_CHECK;
enum rc pipe_nomem(struct err *err);
/* Generation and rights of this bracket against what the save was made with:
   RC_CONFLICT and is_new_model or is_stale when they moved. */
enum rc pipe_state(struct save *s, struct db *db, struct err *err) MUST_CHECK;
/* The items as step 0 left them, for another prepare. */
void pipe_rewind(struct save *s);
struct shape *pipe_shape(struct save *s,
                         const struct entity *e); /* NULL: memory */
/* Add an issue under the item and fail it; NULL field: the record itself. The
   first failure gives the item its rc and code. */
void item_fail(struct save *s, struct work *w, enum rc rc, const char *code,
               const struct field *f, const char *issue, const char *fmt, ...)
    PRINTF_LIKE(7, 8);
/* Failing without one more issue: those were added by somebody else. */
void item_failed(struct work *w, enum rc rc, const char *code);
void item_warn(struct save *s, struct work *w, const struct field *f,
               const char *issue, const char *fmt, ...) PRINTF_LIKE(5, 6);
/* Items by others (types, hooks) speak under this prefix until _end. */
struct str issues_enter(struct save *s, const struct record_item *item);
void issues_leave(struct save *s, struct str was);
/* "requests.2" of the prefix "requests.2."; "" of "" */
static inline struct str item_path(const struct record_item *item)
{
    return str_sub(item->path, 0, item->path.n ? item->path.n - 1 : 0);
}
struct record_item *batch_push(struct record_batch *b, enum record_op op,
                               const struct entity *e, int64_t id);

/* Nothing more can be said about it: not there, not allowed, overtaken. What is
   merely invalid goes on through the checks, so that all of it is said. */
static inline bool work_out(const struct work *w)
{
    return w->item->failed && (w->item->rc != RC_INVALID ||
                               (w->item->op != RECORD_CREATE && !w->item->old));
}

/* --- values.c -------------------------------------------------------------- */
/* Make what an expression gave fit the field: scale, currency, kind. */
bool value_fit(const struct model *m, const struct field *f, struct value *v);

/* --- files.c --------------------------------------------------------------- */
/* May the record have this file in `f`? */
enum rc files_may_take(struct save *s, const struct work *w,
                       const struct field *f, int64_t id, bool *may,
                       struct err *err) MUST_CHECK;
/* Its size and type against the field's limits. */
enum rc files_fit(struct save *s, struct work *w, const struct field *f,
                  int64_t id, struct err *err) MUST_CHECK;
/* The files of changed fields are told whose they are now. */
enum rc files_take(struct save *s, const struct work *w,
                   struct err *err) MUST_CHECK;

/* --- rows.c ---------------------------------------------------------------- */
/* Forget all, then put the batch's own in front. */
enum rc rows_begin(struct save *s, struct err *err) MUST_CHECK;
/* *out NULL: no such live record. Loaded as the system reads. */
enum rc rows_live(struct save *s, const struct entity *e, int64_t id,
                  const struct row **out, struct err *err) MUST_CHECK;
/* The same without reading the record, for references. */
enum rc rows_exists(struct save *s, const struct entity *e, int64_t id,
                    bool *live, struct err *err) MUST_CHECK;
enum rc rows_put(struct save *s, struct row *r, struct err *err) MUST_CHECK;
/* The batch's work on this record, or NULL. */
struct work *rows_work(struct save *s, const struct entity *e, int64_t id);
/* Evaluate over the item as it is to be, with `old`. */
enum rc rows_eval(struct save *s, const struct fx_expr *x, const struct work *w,
                  struct value *out, struct err *err) MUST_CHECK;
enum rc rows_true(struct save *s, const struct fx_expr *x, const struct work *w,
                  bool *out, struct err *err) MUST_CHECK;
/* Over the row of the record before the save. */
enum rc rows_true_old(struct save *s, const struct fx_expr *x,
                      const struct work *w, bool *out,
                      struct err *err) MUST_CHECK;
/* A ref field's filter: over the target, the item is `this`. */
enum rc rows_true_of(struct save *s, const struct fx_expr *x,
                     const struct row *target, const struct work *w, bool *out,
                     struct err *err) MUST_CHECK;
/* Entity a pointing value leads to; NULL when its package is gone. */
const struct entity *value_target(const struct model *m, const struct field *f,
                                  const struct value *v);
struct fx_data rows_data(struct save *s);

/* --- prepare.c: steps 1-4 ---------------------------------------------------- */
enum rc pipe_prepare(struct save *s, struct err *err) MUST_CHECK;
/* May who asks reach this row? */
enum rc pipe_reach(struct save *s, const struct entity *e, int64_t id,
                   bool *out, struct err *err) MUST_CHECK;
/* changed = v against old. */
void work_compare(struct work *w);

/* --- ids.c ------------------------------------------------------------------- */
/* Ids stay the same however often the save is prepared. */
enum rc pipe_take_ids(struct save *s, struct err *err) MUST_CHECK;
void pipe_resolve_pending(struct save *s, struct work *w);

/* --- rebind.c ---------------------------------------------------------------- */
/* The model that replaced this one, a reference; NULL: it does not come. */
const struct model *rebind_newer(const struct record_ctx *ctx,
                                 const struct model *than);
enum rc rebind_items(const struct model *m, const struct record_batch *from,
                     struct record_batch *to, struct issues *issues,
                     struct err *err) MUST_CHECK;
/* Ids, revisions and values as written, into the caller's items. */
enum rc rebind_back(struct record_batch *b, const struct record_batch *from,
                    struct err *err) MUST_CHECK;

/* --- transition.c: step 5; check.c, refs.c, unique.c, removal.c: step 7 ------- */
enum rc pipe_transition(struct save *s, struct work *w,
                        struct err *err) MUST_CHECK;
enum rc pipe_check(struct save *s, struct err *err) MUST_CHECK;
/* true: one more failed, for what it points to failed. */
bool pipe_lose_dependents(struct save *s);
/* at="commit": step 12 */
bool pipe_has_late_checks(const struct save *s);
enum rc pipe_check_late(struct save *s, struct err *err) MUST_CHECK;
/* The same of nested saves, at the end of the outermost. */
enum rc nested_check_late(struct save *s, struct err *err) MUST_CHECK;
enum rc check_refs(struct save *s, struct work *w, struct err *err) MUST_CHECK;
enum rc check_uniques(struct save *s, struct work *w,
                      struct err *err) MUST_CHECK;
/* What deletes entail: refusals, cascades, cleared references (s->effects). */
enum rc check_removals(struct save *s, struct err *err) MUST_CHECK;
/* A unique violation of the engine, said at the fields; false: none of ours. */
bool unique_explain(struct save *s, struct work *w, const struct err *why);
/* The live records whose field `by` points at (e, id), in id order. */
enum rc refs_to(struct save *s, const struct field *by, const struct entity *e,
                int64_t id, const int64_t **ids, size_t *n,
                struct err *err) MUST_CHECK;

/* --- write.c, journal.c, search.c: step 9; apply.c ----------------------------- */
/* RC_CONFLICT and the item failed: a duplicate; what it began is still there. */
enum rc write_record(struct save *s, struct work *w,
                     struct err *err) MUST_CHECK;
/* References of creates to creates after them. */
enum rc write_late_refs(struct save *s, struct err *err) MUST_CHECK;
void write_end(struct save *s);
enum rc journal_record(struct save *s, const struct work *w,
                       struct err *err) MUST_CHECK;
/* Events and the row of the transaction, when all records are written. */
enum rc journal_end(struct save *s, struct err *err) MUST_CHECK;
/* Words, '\n', folded text; STR_NONE: nothing to find it by. */
enum rc search_text(struct save *s, const struct work *w, struct str *out,
                    struct err *err) MUST_CHECK;
/* The same before the writer is asked for, where no other record has a say:
   search_text answers with it while the values are those of `prepared`. */
enum rc search_prepare(struct save *s, struct work *w,
                       struct err *err) MUST_CHECK;
/* Steps 5-13, where `s->db` is the writer. */
enum rc pipe_run(struct save *s, struct err *err) MUST_CHECK;
/* Does anything of the batch have handlers of step 11? */
bool pipe_has_handlers(const struct save *s);
/* The job. */
enum rc pipe_apply(struct db *db, void *arg, struct arena *a, struct err *err);
/* What the first failed item says, as the save's answer. */
enum rc pipe_answer(struct save *s, struct err *err);
/* Fail the items that issues from the n-th on speak of. */
void pipe_blame(struct save *s, size_t from, struct record_item *const *items,
                size_t n);

#endif
