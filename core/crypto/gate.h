/*
 * gate - lets so many threads in at once; the others wait for their turn.
 */
#ifndef CRYPTO_GATE_H
#define CRYPTO_GATE_H

#include <pthread.h>

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t  freed;
    int             places; /* still free */
};

#define GATE_INIT(n) {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, (n)}

void gate_enter(struct gate *g);
void gate_leave(struct gate *g);

#endif
