#include "unit/flow/fixture.h"

#include <time.h>

enum { WAIT_MS = 10000 };

static int64_t now(void *arg)
{
    return *(const _Atomic int64_t *)arg;
}

static void nap(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

void flow_fixture_open(struct flow_fixture *f)
{
    ws_fixture_open(&f->w);
    f->now_ms = f->w.clock.now;
    f->clock = (struct clock){.now_ms = now, .mono_ms = now, .arg = &f->now_ms};
}

void flow_fixture_close(struct flow_fixture *f)
{
    ws_fixture_close(&f->w);
}

void flow_advance(struct flow_fixture *f, int64_t ms)
{
    f->now_ms += ms;
}

bool flow_wait_i64(struct flow_fixture *f, const char *sql, int64_t want)
{
    int i;

    for (i = 0; i < WAIT_MS; i++) {
        if (ws_i64(&f->w, sql) == want)
            return true;
        nap();
    }
    return false;
}

bool flow_wait_count(const atomic_int *count, int want)
{
    int i;

    for (i = 0; i < WAIT_MS; i++) {
        if (*count >= want)
            return true;
        nap();
    }
    return false;
}
