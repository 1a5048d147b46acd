/*
 * limit - see the header.
 *
 * A table of fixed size, open addressing by the process's keyed hash: two
 * names that share a hash share a bucket, which happens once in 2^64. A name
 * lives in one of PROBES slots after its own; when all are taken, the fullest
 * bucket of them gives way.
 */
#include "http/limit.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
    NAMES_DEFAULT = 16384,
    PROBES = 8,
    SCALE = 60000 /* parts of a token, so that each ms adds a whole number */
};

struct bucket {
    uint64_t hash; /* 0: free */
    int64_t at_ms; /* when `parts` was right */
    int64_t parts; /* tokens * SCALE */
};

struct http_limit {
    struct http_limit_def def;
    const struct clock *clock;
    pthread_mutex_t lock;
    size_t mask;
    struct bucket buckets[];
};

enum rc http_limit_new(const struct http_limit_def *def,
                       const struct clock *clock, struct http_limit **out,
                       struct err *err)
{
    size_t wanted = def->names > 0 ? def->names : NAMES_DEFAULT, n = PROBES;
    struct http_limit *l;

    while (n < wanted && n < (SIZE_MAX >> 8) / sizeof(struct bucket))
        n *= 2;
    l = mem_alloc(sizeof *l + n * sizeof(struct bucket));
    if (!l || pthread_mutex_init(&l->lock, NULL) != 0) {
        mem_free(l);
        return FAIL(err, RC_NOMEM,
                    "There is not enough memory for the rate limits.");
    }
    l->def = *def;
    l->clock = clock;
    l->mask = n - 1;
    *out = l;
    return RC_OK;
}

void http_limit_free(struct http_limit *l)
{
    if (!l)
        return;
    pthread_mutex_destroy(&l->lock);
    mem_free(l);
}

static int64_t full(const struct http_limit *l)
{
    return (int64_t)l->def.burst * SCALE;
}

/* What the bucket holds now. A clock that went back adds nothing. */
static int64_t level(const struct http_limit *l, const struct bucket *b,
                     int64_t now)
{
    int64_t gone = now > b->at_ms ? now - b->at_ms : 0;
    int64_t most = full(l);

    if (gone >= most / l->def.per_minute + 1)
        return most;
    gone = b->parts + gone * l->def.per_minute;
    return gone < most ? gone : most;
}

/* The bucket of this name, if it has one; else the slot it may take. */
static struct bucket *find(struct http_limit *l, uint64_t hash, int64_t now,
                           bool *is_new)
{
    struct bucket *best = NULL;

    *is_new = false;
    for (size_t i = 0; i < PROBES; i++) {
        struct bucket *b = &l->buckets[(hash + i) & l->mask];

        if (b->hash == hash)
            return b;
        if (!best || (best->hash != 0 &&
                      (b->hash == 0 || level(l, b, now) > level(l, best, now))))
            best = b;
    }
    *is_new = true;
    return best;
}

static int ask(struct http_limit *l, struct str name, bool take)
{
    uint64_t hash = str_hash(name) | 1;
    int64_t now, parts, missing;
    struct bucket *b;
    bool is_new;
    int wait = 0;

    pthread_mutex_lock(&l->lock);
    now = l->clock->mono_ms(l->clock->arg);
    b = find(l, hash, now, &is_new);
    parts = is_new ? full(l) : level(l, b, now);
    if (parts >= SCALE) {
        if (take)
            *b = (struct bucket){hash, now, parts - SCALE};
    } else {
        missing = SCALE - parts;
        /* ms = missing / per_minute, then up to whole seconds */
        wait = (int)((missing + (int64_t)l->def.per_minute * 1000 - 1) /
                     ((int64_t)l->def.per_minute * 1000));
    }
    pthread_mutex_unlock(&l->lock);
    return wait;
}

int http_limit_take(struct http_limit *l, struct str name)
{
    return ask(l, name, true);
}

int http_limit_peek(struct http_limit *l, struct str name)
{
    return ask(l, name, false);
}

void http_limit_clear(struct http_limit *l, struct str name)
{
    uint64_t hash = str_hash(name) | 1;
    struct bucket *b;
    bool is_new;

    pthread_mutex_lock(&l->lock);
    b = find(l, hash, l->clock->mono_ms(l->clock->arg), &is_new);
    if (!is_new)
        *b = (struct bucket){0, 0, 0};
    pthread_mutex_unlock(&l->lock);
}
