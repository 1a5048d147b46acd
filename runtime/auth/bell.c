/*
 * bell - a counter that only grows, and those who sleep until it has.
 *
 * A waiter brings the number it saw last, so a ring between its look at the
 * data and its wait is never missed. Ringing with nobody there is one lock.
 */
#include "auth/workspace.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

struct bell {
    struct arena arena; /* where the bell itself lives */
    pthread_mutex_t lock;
    pthread_cond_t rung;
    uint64_t count;
};

static bool cond_init(pthread_cond_t *c)
{
    pthread_condattr_t attr;
    bool ok;

    if (pthread_condattr_init(&attr) != 0)
        return false;
    /* A clock that is set must neither wake nor hold anybody. */
    ok = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
         pthread_cond_init(c, &attr) == 0;
    pthread_condattr_destroy(&attr);
    return ok;
}

struct bell *bell_new(void)
{
    struct arena a;
    struct bell *b;

    arena_init(&a, 65536);
    b = ARENA_NEW(&a, struct bell);
    if (!b || pthread_mutex_init(&b->lock, NULL) != 0) {
        arena_release(&a);
        return NULL;
    }
    if (!cond_init(&b->rung)) {
        pthread_mutex_destroy(&b->lock);
        arena_release(&a);
        return NULL;
    }
    b->arena = a;
    return b;
}

void bell_free(struct bell *b)
{
    struct arena a;

    if (!b)
        return;
    pthread_cond_destroy(&b->rung);
    pthread_mutex_destroy(&b->lock);
    a = b->arena;
    arena_release(&a);
}

void bell_ring(struct bell *b)
{
    pthread_mutex_lock(&b->lock);
    b->count++;
    pthread_cond_broadcast(&b->rung);
    pthread_mutex_unlock(&b->lock);
}

bool bell_wait(struct bell *b, uint64_t *seen, int timeout_ms)
{
    struct timespec until;
    bool rung;
    int rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&b->lock);
    while (b->count == *seen && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&b->rung, &b->lock, &until);
    rung = b->count != *seen;
    *seen = b->count;
    pthread_mutex_unlock(&b->lock);
    return rung;
}
