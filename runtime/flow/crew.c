/*
 * crew - see crew.h. A wake while all are at work is not lost: each thread
 * looks again before it sleeps. Beside being woken they look every five
 * seconds, for what becomes due by the clock alone.
 */
#include "flow/crew.h"

#include <pthread.h>
#include <time.h>

#include "base/mem.h"

enum { IDLE_S = 5 };

struct crew {
    struct crew_config config;
    pthread_t threads[CREW_THREADS_MAX];
    int n_threads;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    uint64_t woken;
    bool closing;
};

bool crew_is_closing(struct crew *c)
{
    bool closing;

    (void)pthread_mutex_lock(&c->lock);
    closing = c->closing;
    (void)pthread_mutex_unlock(&c->lock);
    return closing;
}

static void wait_for_work(struct crew *c, uint64_t *seen)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += IDLE_S;
    (void)pthread_mutex_lock(&c->lock);
    while (!c->closing && c->woken == *seen) {
        if (pthread_cond_timedwait(&c->wake, &c->lock, &until) != 0)
            break;
    }
    *seen = c->woken;
    (void)pthread_mutex_unlock(&c->lock);
}

static void *crew_main(void *arg)
{
    struct crew *c = arg;
    uint64_t seen = 0;

    while (!crew_is_closing(c)) {
        if (!c->config.work(c->config.arg, c))
            wait_for_work(c, &seen);
    }
    return NULL;
}

enum rc crew_open(const struct crew_config *config, struct crew **out,
                  struct err *err)
{
    struct crew *c = mem_alloc(sizeof *c);
    int want = config->threads > 0 ? config->threads : 1;

    if (c == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for more threads.");
    c->config = *config;
    c->n_threads = 0;
    c->woken = 0;
    c->closing = false;
    (void)pthread_mutex_init(&c->lock, NULL);
    (void)pthread_cond_init(&c->wake, NULL);
    while (c->n_threads < want && c->n_threads < CREW_THREADS_MAX) {
        if (pthread_create(&c->threads[c->n_threads], NULL, crew_main, c) !=
            0) {
            crew_close(c);
            return FAIL(err, RC_NOMEM, "No thread could be started.");
        }
        c->n_threads++;
    }
    *out = c;
    return RC_OK;
}

void crew_close(struct crew *c)
{
    int i;

    if (c == NULL)
        return;
    (void)pthread_mutex_lock(&c->lock);
    c->closing = true;
    (void)pthread_cond_broadcast(&c->wake);
    (void)pthread_mutex_unlock(&c->lock);
    for (i = 0; i < c->n_threads; i++)
        (void)pthread_join(c->threads[i], NULL);
    (void)pthread_cond_destroy(&c->wake);
    (void)pthread_mutex_destroy(&c->lock);
    mem_free(c);
}

void crew_wake(struct crew *c)
{
    (void)pthread_mutex_lock(&c->lock);
    c->woken++;
    (void)pthread_cond_broadcast(&c->wake);
    (void)pthread_mutex_unlock(&c->lock);
}
