/*
 * clock - see the header.
 */
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec t;

    if (clock_gettime(id, &t) != 0)
        abort(); /* both clocks are promised by the kernel */
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t system_now(void *arg)
{
    (void)arg;
    return read_ms(CLOCK_REALTIME);
}

static int64_t system_mono(void *arg)
{
    (void)arg;
    return read_ms(CLOCK_MONOTONIC);
}

const struct clock *clock_system(void)
{
    static const struct clock SYSTEM = {system_now, system_mono, NULL};

    return &SYSTEM;
}

static int64_t manual_now(void *arg)
{
    const struct clock_manual *c = arg;

    return c->now;
}

void clock_manual_init(struct clock_manual *c, int64_t now_ms)
{
    c->clock = (struct clock){manual_now, manual_now, c};
    c->now = now_ms;
}

void random_bytes(void *p, size_t n)
{
    char *at = p;
    ssize_t got;

    while (n) {
        got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            abort(); /* going on would mean keys that can be guessed */
        at += got;
        n -= (size_t)got;
    }
}
