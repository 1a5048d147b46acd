/* pool - workers, turns and counters, between pool.c and run.c. */
#ifndef SCRIPT_POOL_H
#define SCRIPT_POOL_H

#include <pthread.h>

#include "script/breaker.h"
#include "script/channel.h"
#include "script/process.h"

struct pool_worker {
    struct pool_worker *next;
    struct channel channel;
    int pid;
    enum worker_kind kind;
    int runs;
    int64_t cpu_us;
};

/* A run that is on: its owner's place in the count. On run.c's stack. */
struct pool_turn {
    struct pool_turn *next, **back;
    struct str owner;
    bool counts;
};

struct script_pool {
    struct script_config config;
    struct arena arena;
    pthread_mutex_t lock;
    pthread_cond_t moved; /* a worker came back, a turn ended */
    pthread_mutex_t launcher_lock;
    struct pool_worker *idle[WORKER_KINDS];
    int kept[WORKER_KINDS], outer[WORKER_KINDS], all[WORKER_KINDS];
    struct pool_turn *turns;
    struct breaker breaker;
    struct script_pool_stats stats;
    bool told; /* that the launcher is gone */
};

/*
 * Wait until `deadline_us` for a turn of `owner` ("" is not counted) and a
 * worker. `nested`: wait for nobody, take one beyond the size.
 */
enum rc pool_take(struct script_pool *pool, enum worker_kind kind,
                  struct str owner, bool nested, int64_t deadline_us,
                  struct pool_turn *turn, struct pool_worker **out,
                  struct err *err) MUST_CHECK;
/* Back to the others, or ended (`end`): then *status is waitpid's. */
void pool_give(struct script_pool *pool, struct pool_turn *turn,
               struct pool_worker *w, bool end, int *status);

#endif
