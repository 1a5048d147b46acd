/*
 * killer - children that are killed at a random moment, and what they said.
 *
 * PERIGEE_SEED repeats a run; PERIGEE_KILLS and PERIGEE_SECONDS bound it (200
 * kills, 60 seconds). The parent keeps no file or thread of its own open while
 * a child lives.
 */
#ifndef SUPPORT_KILLER_H
#define SUPPORT_KILLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct killer {
    uint64_t random, seed;
    int kills;
    long kills_max, ms_max;
    int64_t began_ms;
    /* In the child; never returns. Messages of `message` bytes, at most
       PIPE_BUF, go into the pipe. */
    void (*child)(void *arg, int pipe);
    /* In the parent, for each. */
    void (*heard)(void *arg, const void *message);
    void *arg;
    size_t message;
};
void killer_init(struct killer *k);
bool killer_goes_on(const struct killer *k);
/* Fork, wait 2 to 160 ms, kill, hear the child out. */
void killer_kill_one(struct killer *k);

uint64_t killer_random(uint64_t *state);

#endif
