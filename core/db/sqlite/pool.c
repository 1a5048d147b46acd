/*
 * pool.c - readers: opened when first needed, lent last in first out, so that
 * the warmest page cache is used most. A bracket that finds none free waits
 * until its deadline.
 *
 * The snapshot is taken by the first statement, as PostgreSQL takes it.
 */
#include <time.h>

#include "db/sqlite/internal.h"

/* Under the lock: wait for `ms` at most; false when the time is over. */
static bool wait_free(struct sq_store *s, int64_t ms)
{
    struct timespec until;

    if (ms <= 0)
        return false;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return pthread_cond_timedwait(&s->reader_free, &s->lock, &until) == 0;
}

/* A connection for this thread alone; *fresh says it has yet to be opened. */
static enum rc take(struct sq_store *s, int64_t deadline_ms,
                    struct sq_conn **out, bool *fresh, struct err *err)
{
    enum rc rc = RC_OK;

    pthread_mutex_lock(&s->lock);
    s->waiting_readers++;
    while (!s->free && s->n_readers == s->max_readers) {
        if (wait_free(s, deadline_ms - sq_mono(s)))
            continue;
        if (s->free)
            break;
        rc = FAIL(err, RC_BUSY, "All %d readers are busy. Try again.",
                  s->max_readers);
        break;
    }
    s->waiting_readers--;
    if (rc == RC_OK) {
        *fresh = s->free == NULL;
        if (*fresh) {
            *out = &s->readers[s->n_readers++];
        } else {
            *out = s->free;
            s->free = (*out)->next_free;
        }
        s->lent_readers++;
    }
    pthread_mutex_unlock(&s->lock);
    return rc;
}

static void give_back(struct sq_store *s, struct sq_conn *c)
{
    bool wake;

    pthread_mutex_lock(&s->lock);
    c->next_free = s->free;
    s->free = c;
    s->lent_readers--;
    wake = s->waiting_readers > 0 || s->closing;
    pthread_mutex_unlock(&s->lock);
    if (wake)
        pthread_cond_signal(&s->reader_free);
}

enum rc sq_read_begin(struct db_store *store, int64_t deadline_ms,
                      struct db **out, struct err *err)
{
    struct sq_store *s = sq_store_of(store);
    struct sq_conn *c = NULL;
    bool fresh = false;
    enum rc rc = take(s, deadline_ms, &c, &fresh, err);

    if (rc != RC_OK)
        return rc;
    // One whose opening failed before comes back without a handle.
    if (fresh || !c->handle)
        rc = sq_conn_open(c, s, false, err);
    if (rc == RC_OK) {
        db_bracket_init(&c->base, store, false);
        atomic_store(&c->cancelled, false);
        c->deadline_ms = deadline_ms;
        rc = sq_control(c, SQ_BEGIN, err);
    }
    if (rc != RC_OK) {
        give_back(s, c);
        return rc;
    }
    atomic_fetch_add_explicit(&s->reads, 1, memory_order_relaxed);
    *out = &c->base;
    return RC_OK;
}

void sq_read_end(struct db *db)
{
    struct sq_conn *c = sq_conn_of(db);

    sq_release_all(c);
    c->deadline_ms = 0;
    // Should it fail, a new connection is the sure way to a new snapshot.
    if (!sqlite3_get_autocommit(c->handle) &&
        sq_control(c, SQ_COMMIT, NULL) != RC_OK)
        sq_conn_close(c, false);
    give_back(c->store, c);
}

void sq_cancel(struct db *db)
{
    struct sq_conn *c = sq_conn_of(db);

    if (!c->writer)
        atomic_store(&c->cancelled, true);
}
