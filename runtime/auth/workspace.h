/*
 * workspace - one organisation, open: its data, its current model, its keys.
 *
 * Opened and closed by app; everything else in runtime borrows it. Thread safe:
 * what changes sits behind the store, the slot and the bell.
 */
#ifndef AUTH_WORKSPACE_H
#define AUTH_WORKSPACE_H

#include "crypto/crypto.h"
#include "exchange/exchange.h"

/* Wakes whoever waits for commits: event streams. */
struct bell;
struct bell *bell_new(void); /* NULL: no memory */
void bell_free(struct bell *b);
void bell_ring(struct bell *b);
/* Until rung since `*seen`, or timeout; updates *seen. false: timed out. */
bool bell_wait(struct bell *b, uint64_t *seen, int timeout_ms);

struct workspace {
    struct str name; /* "main" */
    struct db_store *store;
    struct model_slot *slot;
    const struct clock *clock;
    uint8_t secret[CRYPTO_KEY_BYTES];     /* of secret.key              */
    uint8_t cursor_key[CRYPTO_KEY_BYTES]; /* derived: "cursor"          */
    const struct record_hooks *hooks;     /* NULL until scripts exist   */
    struct bell *changed;                 /* rung after each commit     */
    void (*queued)(void *arg);            /* a job was queued; or NULL  */
    void *queued_arg;
    struct str data_dir;                  /* "data"                     */
    struct str public_url;                /* PERIGEE_URL; or empty      */
};

/* What a call of the pipeline needs, for this principal. */
struct record_ctx workspace_record_ctx(const struct workspace *ws,
                                       const struct principal *who);
/* A read bracket with its model as a pair (the generation is a row): loops
   until both agree. model_unref and db_read_end when done. */
enum rc workspace_read_begin(const struct workspace *ws, struct db **db,
                             const struct model **m,
                             struct err *err) MUST_CHECK;
struct query_ctx workspace_query_ctx(const struct workspace *ws, struct db *db,
                                     const struct model *m,
                                     const struct principal *who,
                                     struct arena *a, struct issues *issues);

#endif
