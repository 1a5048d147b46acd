/*
 * clock - time and randomness, passed in, so that tests own them.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct clock {
    int64_t (*now_ms)(void *arg);  /* wall, UTC ms since 1970         */
    int64_t (*mono_ms)(void *arg); /* monotonic: leases, deadlines    */
    void *arg;
};
const struct clock *clock_system(void);

/* A clock that a test sets. mono follows wall. */
struct clock_manual {
    struct clock clock;
    int64_t now;
};
void clock_manual_init(struct clock_manual *c, int64_t now_ms);

/* Bytes from the system's generator; never fails (waits, then aborts only
   when the kernel has none at all). */
void random_bytes(void *p, size_t n);

#endif
