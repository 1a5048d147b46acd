/*
 * script_stage - scripts with everything but a server: a launcher (this test
 * program, executed again), a pool, and a module `probe` whose functions do
 * what a product has no function for: ask the host, and misbehave in a worker.
 */
#ifndef SUPPORT_SCRIPT_STAGE_H
#define SUPPORT_SCRIPT_STAGE_H

#include "base/arena.h"
#include "script/script.h"

enum { STAGE_LOG_BYTES = 1 << 19 };

struct script_stage {
    struct script_launcher launcher;
    struct script_pool *pool;
    struct arena arena; /* of the last run */
    struct script_run run; /* of the next; run.class decides its limits */
    struct script_source source;
    struct script_host host;
    struct script_result result;
    struct err err;
    enum rc rc;
    int64_t took_us;
    char log[STAGE_LOG_BYTES];
    size_t log_n;
    int host_calls, tripped;
};

void script_stage_open(struct script_stage *s);
void script_stage_close(struct script_stage *s);
/* Run a source as it is; what it returns is s->result.value. */
enum rc script_stage_run(struct script_stage *s, const char *text);
/* For programs that have their own main, before it does anything. */
const struct script_module *const *script_stage_modules(void);

#endif
