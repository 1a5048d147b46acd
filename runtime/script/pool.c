/*
 * pool - see pool.h: who gets a worker, and when one is ended. Runs within
 * runs are not counted and wait for nobody, so outer runs, which hold a worker
 * and wait for them, never stand in their way.
 */
#include "script/pool.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

enum { OWNER_MAX = 2, NESTED_TIMES = 4, CHANNEL_BYTES = 4 << 20 };

static struct timespec time_of(int64_t us)
{
    return (struct timespec){.tv_sec = us / 1000000,
                             .tv_nsec = us % 1000000 * 1000};
}

static int turns_of(const struct script_pool *pool, struct str owner)
{
    int n = 0;

    for (const struct pool_turn *t = pool->turns; t; t = t->next)
        n += t->counts && str_eq(t->owner, owner);
    return n;
}

static bool may_begin(const struct script_pool *pool, enum worker_kind kind,
                      struct str owner, bool nested)
{
    if (nested)
        return pool->all[kind] < NESTED_TIMES * pool->kept[kind] ||
               pool->idle[kind];
    return pool->outer[kind] < pool->kept[kind] &&
           (owner.n == 0 || turns_of(pool, owner) < OWNER_MAX);
}

static void begin_turn(struct script_pool *pool, struct pool_turn *turn,
                       enum worker_kind kind, struct str owner, bool nested)
{
    turn->owner = owner;
    turn->counts = !nested;
    turn->next = pool->turns;
    turn->back = &pool->turns;
    if (turn->next)
        turn->next->back = &turn->next;
    pool->turns = turn;
    pool->outer[kind] += !nested;
    pool->stats.busy++;
}

static void end_turn(struct script_pool *pool, struct pool_turn *turn,
                     enum worker_kind kind)
{
    *turn->back = turn->next;
    if (turn->next)
        turn->next->back = turn->back;
    pool->outer[kind] -= turn->counts;
    pool->stats.busy--;
    pthread_cond_broadcast(&pool->moved);
}

static enum rc spawn(struct script_pool *pool, enum worker_kind kind,
                     struct pool_worker **out, struct err *err)
{
    struct pool_worker *w = mem_alloc(sizeof *w);
    int fd = -1;
    int pid = 0;
    enum rc rc = RC_NOMEM;

    if (w) {
        pthread_mutex_lock(&pool->launcher_lock);
        rc = launcher_spawn(pool->config.launcher, kind, &pid, &fd, err);
        pthread_mutex_unlock(&pool->launcher_lock);
    } else {
        rc = FAIL(err, RC_NOMEM, "Memory is gone.");
    }
    if (rc != RC_OK) {
        mem_free(w);
        return rc;
    }
    pthread_mutex_lock(&pool->lock);
    pool->stats.spawned++;
    pthread_mutex_unlock(&pool->lock);
    w->kind = kind;
    w->pid = pid;
    channel_init(&w->channel, fd, CHANNEL_BYTES);
    *out = w;
    return RC_OK;
}

static void end_worker(struct script_pool *pool, struct pool_worker *w,
                       int *status);

/* An idle worker has nothing to say: one that has, or is gone (the kernel takes
   workers first), is no good. */
static bool is_sound(const struct pool_worker *w)
{
    char byte;

    return recv(w->channel.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           errno == EAGAIN;
}

enum rc pool_take(struct script_pool *pool, enum worker_kind kind,
                  struct str owner, bool nested, int64_t deadline_us,
                  struct pool_turn *turn, struct pool_worker **out,
                  struct err *err)
{
    struct timespec until = time_of(deadline_us);
    struct pool_worker *w;
    enum rc rc = RC_OK;
    int waited = 0;

    pthread_mutex_lock(&pool->lock);
    while (!may_begin(pool, kind, owner, nested) && waited == 0)
        waited = nested ? ETIMEDOUT
                        : pthread_cond_clockwait(&pool->moved, &pool->lock,
                                                 CLOCK_MONOTONIC, &until);
    if (!may_begin(pool, kind, owner, nested)) {
        pthread_mutex_unlock(&pool->lock);
        return FAIL(err, RC_BUSY,
                    "Too many scripts are running; try again in a moment.");
    }
    begin_turn(pool, turn, kind, owner, nested);
    w = pool->idle[kind];
    if (w) {
        pool->idle[kind] = w->next;
        pool->stats.idle--;
    } else {
        pool->all[kind]++;
    }
    pthread_mutex_unlock(&pool->lock);
    if (w && !is_sound(w)) {
        end_worker(pool, w, &waited);
        w = NULL;
    }
    if (!w)
        rc = spawn(pool, kind, &w, err);
    if (rc == RC_OK) {
        *out = w;
        return RC_OK;
    }
    pthread_mutex_lock(&pool->lock);
    pool->all[kind]--;
    end_turn(pool, turn, kind);
    if (rc == RC_IO && !pool->told) {
        pool->told = true;
        log_error("script.launcher", KV_C("error", err ? err->text : ""));
    }
    pthread_mutex_unlock(&pool->lock);
    return rc;
}

/* Kill, wait, forget. */
static void end_worker(struct script_pool *pool, struct pool_worker *w,
                       int *status)
{
    int64_t rss = 0;
    int got = 0;
    enum rc rc;

    close(w->channel.fd);
    pthread_mutex_lock(&pool->launcher_lock);
    rc = launcher_end(pool->config.launcher, w->pid, &got, &rss, NULL);
    pthread_mutex_unlock(&pool->launcher_lock);
    if (rc == RC_OK && got != -1 && WIFSIGNALED(got) && WTERMSIG(got) == SIGSYS)
        log_error("script.seccomp", KV_I64("pid", w->pid));
    *status = rc == RC_OK ? got : -1;
    channel_release(&w->channel);
    mem_free(w);
    pthread_mutex_lock(&pool->lock);
    if (rss > pool->stats.worker_rss_kib)
        pool->stats.worker_rss_kib = rss;
    pthread_mutex_unlock(&pool->lock);
}

void pool_give(struct script_pool *pool, struct pool_turn *turn,
               struct pool_worker *w, bool end, int *status)
{
    enum worker_kind kind = w->kind;

    *status = 0;
    pthread_mutex_lock(&pool->lock);
    end = end || w->runs >= SCRIPT_WORKER_RUNS ||
          w->cpu_us > (int64_t)SCRIPT_WORKER_CPU_S * 500000 ||
          !channel_is_empty(&w->channel) || pool->all[kind] > pool->kept[kind];
    if (end) {
        pool->all[kind]--;
    } else {
        w->next = pool->idle[kind];
        pool->idle[kind] = w;
        pool->stats.idle++;
    }
    end_turn(pool, turn, kind);
    pthread_mutex_unlock(&pool->lock);
    if (end)
        end_worker(pool, w, status);
}

/* --- life ---------------------------------------------------------------------------------- */

/* A script runs here at all: said at the start, not at the first save. Whatever
   the kernel refuses (a filter, a limit) ends the worker. */
static enum rc try_one(struct script_pool *pool, struct err *err)
{
    static const struct script_source SOURCE = {STR_INIT("try"),
                                                STR_INIT("return 1")};
    const struct script_run run = {.class = SCRIPT_ACTION,
                                   .phase = SCRIPT_BEFORE,
                                   .sources = &SOURCE,
                                   .n_sources = 1};
    struct script_result result;
    struct arena a;
    enum rc rc;

    arena_init(&a, 1 << 20);
    rc = script_run(pool, &run, &a, &result, err);
    arena_release(&a);
    memset(&pool->stats, 0, sizeof pool->stats);
    pool->stats.idle = rc == RC_OK;
    pool->stats.spawned = 1;
    if (rc == RC_SCRIPT)
        rc = FAIL(err, RC_IO,
                  "Scripts cannot run here: the kernel refuses their sandbox "
                  "(seccomp, setrlimit).");
    return rc;
}

enum rc script_pool_open(const struct script_config *config,
                         struct script_pool **out, struct err *err)
{
    struct script_pool *pool = mem_alloc(sizeof *pool);
    enum rc rc;

    if (!pool)
        return FAIL(err, RC_NOMEM, "Memory is gone.");
    pool->config = *config;
    pool->kept[WORKER_INTERACTIVE] =
        config->interactive > 0 ? config->interactive : 4;
    pool->kept[WORKER_BACKGROUND] =
        config->background > 0 ? config->background : 2;
    arena_init(&pool->arena, 1 << 20);
    pool->breaker.v =
        ARENA_ARRAY(&pool->arena, struct breaker_entry, BREAKER_ENTRIES);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_mutex_init(&pool->launcher_lock, NULL);
    pthread_cond_init(&pool->moved, NULL);
    rc = pool->breaker.v ? try_one(pool, err)
                         : FAIL(err, RC_NOMEM, "Memory is gone.");
    if (rc != RC_OK) {
        script_pool_close(pool);
        return rc;
    }
    *out = pool;
    return RC_OK;
}

void script_pool_close(struct script_pool *pool)
{
    if (!pool)
        return;
    for (int kind = 0; kind < WORKER_KINDS; kind++)
        while (pool->idle[kind]) {
            struct pool_worker *w = pool->idle[kind];
            int status;

            pool->idle[kind] = w->next;
            end_worker(pool, w, &status);
        }
    pthread_cond_destroy(&pool->moved);
    pthread_mutex_destroy(&pool->launcher_lock);
    pthread_mutex_destroy(&pool->lock);
    arena_release(&pool->arena);
    mem_free(pool);
}

void script_pool_stats(struct script_pool *pool, struct script_pool_stats *out)
{
    pthread_mutex_lock(&pool->lock);
    *out = pool->stats;
    pthread_mutex_unlock(&pool->lock);
}

bool script_breaker_is_open(struct script_pool *pool, struct str owner,
                            struct str name)
{
    bool open;

    pthread_mutex_lock(&pool->lock);
    open = breaker_is_open(&pool->breaker, owner, name);
    pthread_mutex_unlock(&pool->lock);
    return open;
}

void script_breaker_reset(struct script_pool *pool, struct str owner,
                          struct str name)
{
    pthread_mutex_lock(&pool->lock);
    breaker_reset(&pool->breaker, owner, name);
    pthread_mutex_unlock(&pool->lock);
}
