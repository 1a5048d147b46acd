/*
 * slot - the current generation of a workspace: a pointer under a mutex, held
 * for two instructions by a reader.
 *
 * A bare atomic pointer would not do: between reading it and counting, the last
 * reference may go.
 */
#include "model/model.h"

#include <pthread.h>

struct model_slot {
    struct arena arena; /* where the slot itself lives */
    pthread_mutex_t lock;
    const struct model *current;
};

struct model_slot *model_slot_new(void)
{
    struct arena a;
    struct model_slot *s;

    arena_init(&a, 65536);
    s = ARENA_NEW(&a, struct model_slot);
    if (!s || pthread_mutex_init(&s->lock, NULL) != 0) {
        arena_release(&a);
        return NULL;
    }
    s->arena = a;
    return s;
}

void model_slot_free(struct model_slot *s)
{
    struct arena a;

    if (!s)
        return;
    model_unref(s->current);
    pthread_mutex_destroy(&s->lock);
    a = s->arena;
    arena_release(&a);
}

const struct model *model_slot_ref(struct model_slot *s)
{
    const struct model *m;

    pthread_mutex_lock(&s->lock);
    m = s->current;
    if (m)
        model_ref(m);
    pthread_mutex_unlock(&s->lock);
    return m;
}

void model_slot_publish(struct model_slot *s, struct model *m)
{
    const struct model *old;

    pthread_mutex_lock(&s->lock);
    old = s->current;
    s->current = m;
    pthread_mutex_unlock(&s->lock);
    model_unref(old); /* outside: releasing an arena takes its time */
}
