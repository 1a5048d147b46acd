/*
 * record - the one pipeline of writes: steps 0-15 of automation.md A.4
 * (docs/design/0003-a-save.md), for every channel.
 *
 * A batch is records of any entities saved in one transaction: all or nothing
 * (atomic) or each for itself (partial). Steps 0-4 run on the caller's thread
 * over a reader's snapshot, 5-13 in the writer; apply compares generation,
 * rights and revisions with what prepare saw and prepares again when they
 * moved. Hooks are the interface handlers come through.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "access/access.h"
#include "base/issues.h"
#include "base/json.h"
#include "db/db.h"
#include "query/query.h"

enum record_op {
    RECORD_CREATE = 1,
    RECORD_UPDATE,
    RECORD_DELETE,
    RECORD_RESTORE
};

/* Bits over the fields of an entity. */
struct field_set {
    uint64_t w[7]; /* LIMIT_FIELDS bits */
};
static inline bool field_set_has(const struct field_set *s, int i)
{
    return (s->w[i >> 6] >> (i & 63)) & 1;
}
static inline void field_set_add(struct field_set *s, int i)
{
    s->w[i >> 6] |= UINT64_C(1) << (i & 63);
}

/* "$2" in a ref: the id of item 2 of the batch, known at step 1. */
struct record_pending {
    const struct field *field;
    int item;
};

/* One record of a batch, on its way through the steps. */
struct record_item {
    enum record_op op;
    const struct entity *entity;
    int64_t id;               /* 0 on create until step 1             */
    int64_t if_rev;           /* If-Match; -1: none                   */
    struct field_set given;   /* set from outside                     */
    struct field_set changed; /* against old, after step 9            */
    struct value *v;          /* by field->index; what is to be       */
    struct query_record *old; /* NULL on create                       */
    int64_t rev;              /* after the write                      */
    bool failed;              /* what is wrong with it: rc, code, issues */
    enum rc rc;               /* of a failed one                      */
    const char *code;         /* static, "E_STATE"; "": rc's usual one */
    bool allow_duplicates;
    struct record_pending *pending;
    size_t n_pending;
    struct str path; /* prefix of its issues: "requests.2." or "" */
};

struct record_batch {
    struct arena *arena;
    struct record_item *items; /* no record twice                    */
    size_t n, cap;
    size_t max;     /* items record_add takes; 0: LIMIT_BATCH */
    bool partial;   /* failing records leave, the rest goes  */
    bool dry_run;   /* everything but the commit            */
    int64_t undoes; /* the txn this undoes; 0               */
    int64_t cause;  /* txn that led here; 0                 */
};

/* The transaction a handler of step 11 works in. */
struct record_tx;

/* What handlers come through: script and rules in issues to come. Called in
   batches by entity, in the order of A.4. Any may be NULL. */
struct record_hooks {
    void *ctx;
    /* step 4: may change v of its items, add issues. On the caller's thread. */
    enum rc (*before)(void *ctx, struct query_ctx *q,
                      struct record_item *const *items, size_t n,
                      struct issues *issues, struct err *err);
    /* step 11: in the writer, own savepoint; q->db sees what was written. `tx`
       is for record_save_nested, which may move items[i]->v and rev. */
    enum rc (*after)(void *ctx, struct record_tx *tx, struct query_ctx *q,
                     struct record_item *const *items, size_t n,
                     struct issues *issues, struct err *err);
    /* step 13: outbox rows. */
    enum rc (*outbox)(void *ctx, struct db *db,
                      struct record_item *const *items, size_t n, int64_t txn,
                      struct err *err);
    /* Has any handler for this entity? Lets most saves skip. */
    bool (*wants)(void *ctx, const struct entity *e);
};

struct record_ctx {
    struct db_store *store;
    struct model_slot *slot;
    const struct principal *who;
    const struct clock *clock;
    const struct record_hooks *hooks; /* or NULL */
    const uint8_t *cursor_key;
    /* Told after commit, outside the transaction: wakes event streams. */
    void (*committed)(void *arg, int64_t txn);
    void *committed_arg;
    /* Idempotency: rows to write in the same transaction; or NULL. */
    enum rc (*in_tx)(void *arg, struct db *db, int64_t txn, struct err *err);
    void *in_tx_arg;
    /* The counter of rights moved since `who` was made (who->rights, if not 0):
       make it anew, in this bracket. RC_DENIED: nothing is left. NULL: the
       save answers RC_BUSY, and the caller comes back with a new one. */
    enum rc (*refresh)(void *arg, struct db *db, struct principal *out,
                       struct err *err);
    void *refresh_arg;
};

void record_batch_init(struct record_batch *b, struct arena *a);
/* Append an empty item; NULL when memory is gone or b->max is reached.
   Items move: the pointer is good until the next record_add. */
struct record_item *record_add(struct record_batch *b, const struct model *m,
                               enum record_op op, const struct entity *e,
                               int64_t id);
/*
 * Step 0 from JSON: a merge patch. Every unknown or unfit member is an issue
 * under item->path; members beginning with `_` (what reads add) are left alone.
 * What the platform keeps (id, rev, created_at ...) and readonly fields may be
 * sent back as they are; step 2 refuses them when they differ.
 * `body` must live as long as the batch. RC_INVALID: issues were added.
 */
enum rc record_bind_json(const struct record_ctx *ctx, const struct model *m,
                         struct record_batch *b, struct record_item *item,
                         const struct json *body, struct issues *issues,
                         struct err *err) MUST_CHECK;
/* Set one field from a typed value (borrowed like the batch); false for a value
   of a kind the field does not take. */
bool record_set(struct record_item *item, const struct field *f,
                struct value v);

struct record_result {
    int64_t txn; /* the undo token; 0 when nothing changed        */
    int64_t generation;
};
/*
 * Save. The model reference `m` is the one the batch was bound against.
 * RC_OK: durable; items have id, rev, v as written.
 * RC_INVALID issues say all that is wrong with all records (nothing is
 * written unless partial); RC_CONFLICT a stale If-Match (code E_CONFLICT) or a
 * duplicate (E_DUPLICATE); RC_DENIED, RC_NOTFOUND, RC_BUSY, RC_IO ... err has
 * the first failed item's rc and code. Partial: RC_OK, each item says.
 * Dry run: as if saved, out->txn 0. On failure items hold what was tried.
 */
enum rc record_save(const struct record_ctx *ctx, const struct model *m,
                    struct record_batch *b, struct issues *issues,
                    struct record_result *out, struct err *err) MUST_CHECK;

/*
 * Save from within step 11: the same steps, in the same transaction and under
 * its number, one deeper; its own handlers come at its own step 11. `b` was
 * made with the arena of the handler's query_ctx. Checks at="commit" wait for
 * the end of the outermost save.
 * Other than RC_OK: nothing of it is left, and the outer save may go on. Errors
 * as record_save, and RC_SCRIPT, code E_CYCLE, past LIMIT_NESTED_SAVES.
 */
enum rc record_save_nested(struct record_tx *tx, const struct principal *who,
                           struct record_batch *b, struct issues *issues,
                           struct record_result *out,
                           struct err *err) MUST_CHECK;
/* How deep: 0 in a handler of the outermost save. */
int record_tx_depth(const struct record_tx *tx);
int64_t record_tx_txn(const struct record_tx *tx);

/*
 * Undo a transaction as a new one. Fields changed again since are conflicts:
 * RC_CONFLICT with an issue each. With skip_conflicts they stay as they are, and
 * so does whatever cannot be saved: RC_OK, an issue each (warnings with code
 * "conflict", errors of those records), txn 0 when nothing was left to undo.
 * RC_INVALID: the transaction changed no records (record_txn).
 */
struct undo_result {
    int64_t txn;
    int undone, conflicts;
};
enum rc record_undo(const struct record_ctx *ctx, int64_t txn,
                    bool skip_conflicts, struct arena *a, struct issues *issues,
                    struct undo_result *out, struct err *err) MUST_CHECK;

/* The row of a transaction that changes definitions and no records. */
enum rc record_txn(struct db *db, int64_t txn, int64_t at_ms,
                   const struct principal *who, struct err *err) MUST_CHECK;

/* What the search tables are fed for a record: words, '\n', folded text; empty
   when it has none. `db` reads what paths lead to; NULL: own fields only. */
enum rc record_search_text(struct db *db, const struct model *m,
                           const struct entity *e, const struct value *v,
                           struct arena *a, struct str *out,
                           struct err *err) MUST_CHECK;

/*
 * What search finds of the entity of this number, made anew for all live
 * records: after a plan said so (PLAN_REINDEX). In pages, each a write job;
 * stops when `tell` (or NULL) says so, and may begin again at any time.
 */
enum rc record_reindex(struct db_store *store, struct model_slot *slot,
                       int number, bool (*tell)(void *arg, int64_t done),
                       void *arg, struct err *err) MUST_CHECK;

#endif
