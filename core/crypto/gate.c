#include "crypto/gate.h"

void gate_enter(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    while (g->places == 0)
        pthread_cond_wait(&g->freed, &g->lock);
    g->places--;
    pthread_mutex_unlock(&g->lock);
}

void gate_leave(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->places++;
    pthread_cond_signal(&g->freed);
    pthread_mutex_unlock(&g->lock);
}
