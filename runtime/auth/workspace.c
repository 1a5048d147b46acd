/* See workspace.h. */
#include "auth/auth.h"

#include <time.h>

#include "base/clock.h"
#include "model/store.h"

enum {
    /* Between the commit of a publish and its slot lie microseconds; a reader
       that lands there waits this often this long, then says so. */
    PAIR_TRIES = 200,
    PAIR_PAUSE_US = 1000
};

static void committed(void *arg, int64_t txn)
{
    const struct workspace *ws = arg;

    (void)txn;
    if (ws->changed)
        bell_ring(ws->changed);
}

struct record_ctx workspace_record_ctx(const struct workspace *ws,
                                       const struct principal *who)
{
    union {
        const struct workspace *in;
        void *out;
    } arg = {ws}; /* both calls read it only */

    return (struct record_ctx){.store = ws->store,
                               .slot = ws->slot,
                               .who = who,
                               .clock = ws->clock,
                               .hooks = ws->hooks,
                               .cursor_key = ws->cursor_key,
                               .committed = committed,
                               .committed_arg = arg.out,
                               .refresh = auth_refresh,
                               .refresh_arg = arg.out};
}

static void pause_us(long us)
{
    struct timespec t = {0, us * 1000};

    nanosleep(&t, NULL);
}

enum rc workspace_read_begin(const struct workspace *ws, struct db **db,
                             const struct model **m, struct err *err)
{
    const struct model *model;
    struct db *reader;
    int64_t generation;
    enum rc rc;

    for (int i = 0; i < PAIR_TRIES; i++) {
        rc = db_read_begin(ws->store, NULL, &reader, err);
        if (rc != RC_OK)
            return rc;
        rc = store_generation(reader, &generation, err);
        if (rc != RC_OK) {
            db_read_end(reader);
            return rc;
        }
        model = model_slot_ref(ws->slot);
        if (model && model->generation == generation) {
            *db = reader;
            *m = model;
            return RC_OK;
        }
        model_unref(model);
        db_read_end(reader);
        pause_us(PAIR_PAUSE_US);
    }
    return FAIL(err, RC_BUSY,
                "The definitions of workspace \"%.*s\" are being published; "
                "try again in a moment.",
                STR_ARG(ws->name));
}

struct query_ctx workspace_query_ctx(const struct workspace *ws, struct db *db,
                                     const struct model *m,
                                     const struct principal *who,
                                     struct arena *a, struct issues *issues)
{
    return (struct query_ctx){.db = db,
                              .model = m,
                              .who = who,
                              .arena = a,
                              .now_ms = ws->clock->now_ms(ws->clock->arg),
                              .cursor_key = ws->cursor_key,
                              .issues = issues};
}
