/*
 * breaker - switches a script off that broke its limits five times in ten
 * minutes. Kept in memory: a restart is a new chance.
 *
 * Threads: the pool's lock is held.
 */
#ifndef SCRIPT_BREAKER_H
#define SCRIPT_BREAKER_H

#include "base/arena.h"
#include "base/str.h"

enum {
    BREAKER_TIMES = 5,
    BREAKER_WINDOW_MS = 600000,
    BREAKER_ENTRIES = 1000,
    BREAKER_NAME_BYTES = 160
};

struct breaker_entry {
    char name[BREAKER_NAME_BYTES]; /* owner, '\n', name; cut             */
    int64_t at[BREAKER_TIMES];     /* of the last violations, ms         */
    int next;
    bool open;
};

struct breaker {
    struct breaker_entry *v; /* BREAKER_ENTRIES of them                  */
    size_t n;
};

bool breaker_is_open(const struct breaker *b, struct str owner,
                     struct str name);
/* A limit was broken at `now_ms` (monotonic); true when that opened it. */
bool breaker_count(struct breaker *b, struct str owner, struct str name,
                   int64_t now_ms);
void breaker_reset(struct breaker *b, struct str owner, struct str name);

#endif
