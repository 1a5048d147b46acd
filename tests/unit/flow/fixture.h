/*
 * fixture - a workspace in memory whose time the test moves while other
 * threads read it, and a way to wait for what they do.
 */
#ifndef UNIT_FLOW_FIXTURE_H
#define UNIT_FLOW_FIXTURE_H

#include <pthread.h>
#include <stdatomic.h>

#include "support/runtime/ws_fixture.h"
#include "support/test.h"

struct flow_fixture {
    struct ws_fixture w;
    struct clock clock;
    _Atomic int64_t now_ms;
};

void flow_fixture_open(struct flow_fixture *f);
void flow_fixture_close(struct flow_fixture *f);
void flow_advance(struct flow_fixture *f, int64_t ms);
/* Until the statement's first column is `want`, at most ten seconds. */
bool flow_wait_i64(struct flow_fixture *f, const char *sql, int64_t want);
/* Until the counter has reached `want`, at most ten seconds. */
bool flow_wait_count(const atomic_int *count, int want);

#endif
