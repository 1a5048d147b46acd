/*
 * outbox - what a transaction wants done once it is durable.
 *
 * Rows are written in the transaction, worked off by threads after it: at least
 * once, in order per key, tried again for a day, given up where somebody sees
 * it. docs/design/0051-the-outbox.md.
 */
#ifndef FLOW_OUTBOX_H
#define FLOW_OUTBOX_H

#include "base/json.h"
#include "db/db.h"

enum {
    OUTBOX_TRIES = 7, /* then it is dead                            */
    OUTBOX_BATCH_MAX = 200,
    OUTBOX_PAYLOAD_BYTES = 1 << 20,
    OUTBOX_LIST = 200
};

/* --- writing --------------------------------------------------------------- */

struct outbox_entry {
    int64_t txn;        /* whose consequence it is                       */
    struct str package; /* whose it is: "crm"                            */
    struct str kind;    /* who does it: "async"                          */
    struct str topic;   /* what of the kind: "crm:followup"; rows of one
                           topic may be handed over together             */
    struct str key;     /* rows of one key are done in their order       */
    struct str payload; /* JSON                                          */
    int depth;          /* of causation, from 0                          */
    int64_t not_before; /* ms since 1970; 0: at once                     */
};
/*
 * In the write job of the transaction.
 * Errors: RC_LIMIT the payload is over OUTBOX_PAYLOAD_BYTES; RC_INVALID kind or
 *         key is empty; RC_IO, RC_NOMEM.
 */
enum rc outbox_add(struct db *db, const struct outbox_entry *e, int64_t now_ms,
                   int64_t *id, struct err *err) MUST_CHECK;

/* --- working ----------------------------------------------------------------- */

struct outbox_row {
    int64_t id; /* the same at each try: an idempotency key */
    int64_t txn, fence, created_at;
    struct str package, topic, key, payload;
    int attempt; /* from 1 to OUTBOX_TRIES */
    int depth;
};

struct outbox_run {
    const struct outbox_row *rows; /* of one package and topic, n > 0 */
    size_t n;
    struct arena *arena; /* released after the run */
    /* Set it before failing: no further try would end otherwise. */
    bool is_final;
};
/* Keep the lease; false: stop, rows were lost or the program closes. */
bool outbox_tell(struct outbox_run *run);
/*
 * The rows are done, in the transaction in which that was done; what is not
 * told of this way counts as done when the run answers RC_OK.
 * RC_CONFLICT: another holds them by now; the transaction must fail.
 */
enum rc outbox_done(struct db *db, const struct outbox_run *run,
                    struct err *err) MUST_CHECK;

struct outbox_kind {
    const char *name;
    int batch; /* rows a run may have; 0: 1; at most OUTBOX_BATCH_MAX */
    /* A failure is tried again, whatever it is. Must be safe to run again. */
    enum rc (*run)(void *ctx, struct outbox_run *run, struct err *err);
    void *ctx;
};

struct outbox_config {
    struct db_store *store;
    const struct clock *clock;
    const struct outbox_kind *kinds; /* names and functions are borrowed */
    size_t n_kinds;
    int threads;  /* 0: 1 */
    int lease_ms; /* 0: 90,000 */
};
struct outbox;
enum rc outbox_open(const struct outbox_config *config, struct outbox **out,
                    struct err *err) MUST_CHECK;
/* Waits for the runs under way; those that stop early cost no try. */
void outbox_close(struct outbox *o);
void outbox_wake(struct outbox *o); /* after a commit that added rows */

/* --- for people ---------------------------------------------------------------- */

/* {"items":[{"id","package","kind","topic","key","state","attempts","next_at",
   "error","created_at","payload"}]}, oldest first, OUTBOX_LIST at most after
   the id `after`. state "dead", "ready" ..; empty: all. */
enum rc outbox_list_json(struct db *db, struct str state, int64_t after,
                         struct json_w *w, struct err *err) MUST_CHECK;
/* Give a dead row its tries again, with another payload if that is not empty.
   RC_NOTFOUND; RC_CONFLICT it is not dead. */
enum rc outbox_retry(struct db_store *store, int64_t id, struct str payload,
                     int64_t now_ms, struct err *err) MUST_CHECK;
/* Forget a row that is not running. RC_NOTFOUND, RC_CONFLICT. */
enum rc outbox_drop(struct db_store *store, int64_t id,
                    struct err *err) MUST_CHECK;

#endif
