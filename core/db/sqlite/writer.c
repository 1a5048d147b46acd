/*
 * writer.c - the one writer: a queue, many jobs to one COMMIT, and no job's
 * failure in another's work.
 *
 * db_write puts its job in the queue and sleeps. The writer takes what waits,
 * runs it, takes what came meanwhile, and commits when nothing waits any more
 * or the group is large or old enough, having fed the search tables (late.h);
 * while the disk syncs, the next group collects. An answer is given only after
 * its COMMIT.
 *
 * A group begins bold: its jobs run one after the other without savepoints.
 * Should one fail, the transaction is rolled back, and what is left of the
 * group runs carefully, each job in a savepoint. Few jobs fail (what is wrong
 * with a record is mostly found before it gets here), and SQLite copies every
 * page that is changed inside of a savepoint. A job that must not run twice
 * makes the rest of its group careful.
 *
 * Traps (security.md 4): a statement that fails with FULL, IOERR or NOMEM may
 * end the transaction of the whole group: the job that ran into it has failed,
 * the others, innocent, run anew. A failed COMMIT fails all. After a failed
 * sync nothing is known about what the kernel kept: the store stops writing
 * until it is opened again, and never syncs a second time.
 */
#include <errno.h>
#include <time.h>

#include "base/log.h"
#include "db/sqlite/internal.h"

struct group {
    struct sq_queued *v[SQ_GROUP];
    size_t n;
    bool in_tx;   /* BEGIN was run                */
    bool careful; /* a savepoint for each job     */
};

/* ---- the queue --------------------------------------------------------- */

static void push(struct sq_store *s, struct sq_queued *q)
{
    q->queued = true;
    q->next = NULL;
    q->prev = s->tail;
    if (s->tail)
        s->tail->next = q;
    else
        s->head = q;
    s->tail = q;
    s->queued++;
}

static void unlink_queued(struct sq_store *s, struct sq_queued *q)
{
    if (q->prev)
        q->prev->next = q->next;
    else
        s->head = q->next;
    if (q->next)
        q->next->prev = q->prev;
    else
        s->tail = q->prev;
    q->queued = false;
    s->queued--;
}

static struct timespec real_deadline(int64_t ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(ms / 1000);
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

/* Sleep until the writer answered; false when the job never began in time. */
static bool await(struct sq_store *s, struct sq_queued *q)
{
    int64_t left = q->deadline_ms - sq_mono(s);
    struct timespec until = real_deadline(left > 0 ? left : 0);
    bool withdrawn;

    // Only a wait that took the post may end this: the writer posts last.
    while (sem_clockwait(&q->woken, CLOCK_MONOTONIC, &until) != 0) {
        if (errno == EINTR)
            continue;
        pthread_mutex_lock(&s->lock);
        withdrawn = q->queued;
        if (withdrawn)
            unlink_queued(s, q);
        pthread_mutex_unlock(&s->lock);
        if (withdrawn)
            return false;
        while (sem_wait(&q->woken) != 0)
            ;
        break;
    }
    return atomic_load_explicit(&q->done, memory_order_acquire);
}

enum rc sq_write(struct db_store *store, const struct db_job *job,
                 int64_t deadline_ms, struct arena *a, struct err *err)
{
    struct sq_store *s = sq_store_of(store);
    struct sq_queued q = {.job = job,
                          .arena = a,
                          .err = err,
                          .deadline_ms = deadline_ms,
                          .mark = arena_mark(a)};
    bool full, wake, answered;

    if (pthread_equal(pthread_self(), s->thread))
        return FAIL(err, RC_BUG, "A write cannot start another and wait.");
    sem_init(&q.woken, 0, 0);
    pthread_mutex_lock(&s->lock);
    full = s->queued >= s->max_queued || s->closing;
    if (!full)
        push(s, &q);
    wake = !full && s->asleep;
    s->asleep = s->asleep && !wake;
    pthread_mutex_unlock(&s->lock);
    if (wake)
        pthread_cond_signal(&s->work);
    answered = !full && await(s, &q);
    sem_destroy(&q.woken);
    if (full)
        return FAIL(err, RC_BUSY,
                    "Too many writes are waiting (%zu). Try again.",
                    s->max_queued);
    if (!answered)
        return FAIL(err, RC_BUSY,
                    "The write waited too long for its turn. "
                    "Nothing was changed; try again.");
    return q.rc;
}

/* ---- one job ----------------------------------------------------------- */

static bool lost(struct sq_store *s)
{
    return sqlite3_get_autocommit(s->writer.handle) != 0;
}

/* What a failed job left behind must go; if it does not, all goes. */
static void take_back(struct sq_store *s, bool careful)
{
    struct sq_conn *w = &s->writer;

    if (careful && sq_mark(&w->base, DB_MARK_ROLLBACK, 0, NULL) == RC_OK)
        return;
    if (!lost(s))
        (void)!sq_control(w, SQ_ROLLBACK, NULL);
}

/* One run; careful: in a savepoint of its own. `keep` false: for its harm
   only. */
static enum rc attempt(struct sq_store *s, struct sq_queued *q, bool careful,
                       bool keep)
{
    struct sq_conn *w = &s->writer;
    struct err *err = q->err;
    size_t before = s->late.n;
    enum rc rc;

    db_bracket_init(&w->base, &s->base, true);
    w->base.late = s->eager ? NULL : &s->late;
    arena_rewind(q->arena, q->mark);
    if (err)
        err_clear(err);
    q->runs++;
    rc = careful ? sq_mark(&w->base, DB_MARK_SET, 0, err) : RC_OK;
    if (rc != RC_OK)
        return rc;
    rc = q->job->run(&w->base, q->job->arg, q->arena, err);
    rc = db_bracket_verdict(&w->base, rc, err);
    sq_release_all(w);
    if (lost(s))
        return rc != RC_OK
                   ? rc
                   : FAIL(err, RC_BUG, "The job ended its transaction.");
    if (rc == RC_OK && keep)
        return careful ? sq_mark(&w->base, DB_MARK_RELEASE, 0, err) : RC_OK;
    s->late.n = before;
    take_back(s, careful);
    return rc;
}

static void settle(struct sq_queued *q, enum rc rc)
{
    q->rc = rc;
    q->settled = true;
}

static void run_job(struct sq_store *s, struct sq_queued *q, bool careful)
{
    struct sq_conn *w = &s->writer;
    enum rc rc;

    if (s->broken) {
        settle(q, FAIL(q->err, RC_IO,
                       "The disk failed earlier, so nothing is written until "
                       "the workspace is opened again. See the server's log."));
        return;
    }
    if (sq_mono(s) > q->deadline_ms) {
        settle(q, FAIL(q->err, RC_BUSY,
                       "The write waited too long for its "
                       "turn. Nothing was changed; try "
                       "again."));
        return;
    }
    w->deadline_ms = q->deadline_ms;
    if (s->hostile && !q->job->once && !lost(s)) {
        rc = attempt(s, q, true, false);
        if (lost(s)) {
            settle(q, rc);
            return;
        }
    }
    rc = attempt(s, q, careful, true);
    w->deadline_ms = 0;
    q->rc = rc;
    if (rc != RC_OK)
        settle(q, rc);
}

/* ---- a group ----------------------------------------------------------- */

/* The transaction is gone, and with it all that ran well so far. */
static void start_over(struct sq_store *s, struct group *g)
{
    g->in_tx = false;
    late_reset(&s->late);
    for (size_t i = 0; i < g->n; i++) {
        struct sq_queued *q = g->v[i];

        if (q->settled || q->runs == 0)
            continue;
        if (q->job->once)
            settle(q, FAIL(q->err, RC_BUSY,
                           "Another write's failure undid this one, which "
                           "must not run twice. Try again."));
        else
            atomic_fetch_add(&s->reruns, 1);
    }
}

static void run_from(struct sq_store *s, struct group *g, size_t first)
{
    for (size_t i = first; i < g->n; i++) {
        struct sq_queued *q = g->v[i];
        enum rc rc = RC_OK;

        if (q->settled)
            continue;
        if (!g->in_tx && !s->broken) {
            rc = sq_control(&s->writer, SQ_BEGIN_WRITE, q->err);
            if (rc != RC_OK) {
                settle(q, rc);
                continue;
            }
            g->in_tx = true;
        }
        g->careful = g->careful || q->job->once;
        run_job(s, q, g->careful);
        if (g->in_tx && lost(s)) { // at least this one is settled: it ends
            g->careful = true;
            start_over(s, g);
            i = (size_t)-1;
        }
    }
}

static void fail_all(struct group *g, const struct err *why)
{
    for (size_t i = 0; i < g->n; i++) {
        if (g->v[i]->settled)
            continue;
        if (g->v[i]->err)
            *g->v[i]->err = *why;
        settle(g->v[i], why->rc);
    }
}

static void stop_writing(struct sq_store *s, const struct err *why)
{
    s->broken = true;
    log_error("db.stopped", KV_C("why", why->text));
}

static bool anything_done(const struct group *g)
{
    for (size_t i = 0; i < g->n; i++)
        if (!g->v[i]->settled)
            return true;
    return false;
}

/*
 * What the jobs put goes into the search tables. When it does not, nobody knows
 * yet whose text it was: the group runs again, each feeding its own.
 */
static void feed_search(struct sq_store *s, struct group *g)
{
    struct sq_conn *w = &s->writer;
    struct err why = ERR_INIT;
    enum rc rc;

    if (!g->in_tx || s->late.n == 0 || !anything_done(g))
        return;
    db_bracket_init(&w->base, &s->base, true);
    rc = late_feed(&s->late, &w->base, &why);
    rc = db_bracket_verdict(&w->base, rc, &why);
    sq_release_all(w);
    if (rc == RC_OK)
        return;
    log_warn("db.search_again", KV_C("why", why.text));
    if (!lost(s))
        (void)!sq_control(w, SQ_ROLLBACK, NULL);
    start_over(s, g);
    s->eager = true;
    run_from(s, g, 0);
    s->eager = false;
}

static void commit(struct sq_store *s, struct group *g)
{
    struct err why = ERR_INIT;
    enum rc rc;

    g->careful = false;
    if (!g->in_tx)
        return;
    g->in_tx = false;
    if (!anything_done(g)) {
        (void)!sq_control(&s->writer, SQ_ROLLBACK, NULL);
        return;
    }
    rc = sq_control(&s->writer, SQ_COMMIT, &why);
    if (rc == RC_OK) {
        atomic_fetch_add(&s->commits, 1);
        return;
    }
    if (sq_is_io(sqlite3_extended_errcode(s->writer.handle)))
        stop_writing(s, &why);
    if (!lost(s))
        (void)!sq_control(&s->writer, SQ_ROLLBACK, NULL);
    fail_all(g, &why);
}

/* Tell everybody. Their storage is gone the moment after the post. */
static void answer(struct sq_store *s, struct group *g)
{
    atomic_fetch_add(&s->jobs, (long long)g->n);
    for (size_t i = 0; i < g->n; i++) {
        atomic_store_explicit(&g->v[i]->done, true, memory_order_release);
        sem_post(&g->v[i]->woken);
    }
    g->n = 0;
}

/* Move what waits into the group, up to a job that wants to be alone. */
static size_t collect(struct sq_store *s, struct group *g)
{
    size_t was = g->n;

    if (g->n > 0 && g->v[0]->job->alone)
        return 0;
    while (s->head && g->n < SQ_GROUP) {
        struct sq_queued *q = s->head;

        if (q->job->alone && g->n > 0)
            break;
        unlink_queued(s, q);
        g->v[g->n++] = q;
        if (q->job->alone)
            break;
    }
    return g->n - was;
}

/* ---- checkpoints ------------------------------------------------------- */

static void checkpoint(struct sq_store *s, bool idle)
{
    int pages = s->wal_pages, in_log = 0, moved = 0, code, mode;
    struct err why = ERR_INIT;

    if (pages < s->wal_tried) // the log began anew
        s->wal_tried = 0;
    if (s->broken || (!idle && pages - s->wal_tried < SQ_WAL_PAGES))
        return;
    mode = pages >= SQ_WAL_PAGES_MAX ? SQLITE_CHECKPOINT_RESTART
                                     : SQLITE_CHECKPOINT_PASSIVE;
    code = sqlite3_wal_checkpoint_v2(s->writer.handle, NULL, mode, &in_log,
                                     &moved);
    s->wal_tried = pages;
    if (sq_is_io(code)) {
        (void)!sq_fail(&s->writer, NULL, code, &why);
        stop_writing(s, &why);
    } else if (mode == SQLITE_CHECKPOINT_RESTART && code != SQLITE_OK) {
        log_warn("db.wal_long", KV_I64("pages", pages), KV_I64("result", code));
    }
}

/* So long without work until there is something to tidy up; 0: never. */
static int64_t until_tidy(const struct sq_store *s)
{
    if (s->may_merge && !s->broken)
        return s->merging ? SQ_MERGE_PAUSE_MS : s->quiet_ms;
    return s->wal_pages > 0 && s->wal_pages != s->wal_tried ? SQ_IDLE_MS : 0;
}

/* One short piece of what is done while nobody writes. */
static void tidy(struct sq_store *s)
{
    struct err why = ERR_INIT;

    if (!s->may_merge || s->broken) {
        checkpoint(s, true);
        s->wal_tried = s->wal_pages;
        sqlite3_db_release_memory(s->writer.handle); // of a large cache
        return;
    }
    s->merging = s->may_merge = sq_merge(s, &why);
    if (why.rc != RC_OK)
        log_warn("db.merge", KV_C("why", why.text));
    if (sq_is_io(sqlite3_extended_errcode(s->writer.handle)) && why.rc != RC_OK)
        stop_writing(s, &why);
    checkpoint(s, false);
}

/* Wait for work; false when the store closes and nothing waits. */
static bool wait_for_work(struct sq_store *s, struct group *g)
{
    bool more;

    pthread_mutex_lock(&s->lock);
    while (!s->head && !s->closing) {
        int64_t ms = until_tidy(s);
        bool quiet = false;

        s->asleep = true;
        if (ms > 0) {
            struct timespec until = real_deadline(ms);

            quiet =
                pthread_cond_timedwait(&s->work, &s->lock, &until) == ETIMEDOUT;
        } else {
            pthread_cond_wait(&s->work, &s->lock);
        }
        s->asleep = false;
        if (quiet && !s->head && !s->closing) {
            pthread_mutex_unlock(&s->lock);
            tidy(s);
            pthread_mutex_lock(&s->lock);
        }
    }
    more = collect(s, g) > 0;
    pthread_mutex_unlock(&s->lock);
    return more;
}

static bool collect_more(struct sq_store *s, struct group *g)
{
    bool more;

    pthread_mutex_lock(&s->lock);
    more = collect(s, g) > 0;
    pthread_mutex_unlock(&s->lock);
    return more;
}

void *sq_writer_main(void *store)
{
    struct sq_store *s = store;
    struct group g = {.n = 0};

    late_init(&s->late);
    while (wait_for_work(s, &g)) {
        int64_t until = sq_mono(s) + SQ_GROUP_MS;
        size_t first;

        do {
            first = 0;
            while (first < g.n && g.v[first]->runs > 0)
                first++;
            run_from(s, &g, first);
        } while (sq_mono(s) <= until && !late_is_full(&s->late) &&
                 collect_more(s, &g));
        s->may_merge = s->may_merge || s->late.n > 0;
        s->merging = false;
        feed_search(s, &g);
        commit(s, &g);
        late_reset(&s->late);
        answer(s, &g);
        checkpoint(s, false);
    }
    late_release(&s->late);
    return NULL;
}
