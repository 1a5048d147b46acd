/*
 * box - one sandbox in the test's own process. Products have no such thing:
 * there scripts run in workers only; here allocations can be made to fail and
 * the sanitizers see everything.
 */
#ifndef UNIT_SCRIPT_BOX_H
#define UNIT_SCRIPT_BOX_H

#include "base/arena.h"
#include "script/sandbox.h"

struct box {
    struct arena arena;
    struct sandbox s;
    struct wire_run run;
    struct script_source source;
    struct sandbox_end end;
    struct script_value value; /* of a run that was ok */
    char log[4096];
    size_t log_n;
};

/* A run of `text` with the limits of a rule. */
void box_init(struct box *b, const char *text);
void box_run(struct box *b);
void box_release(struct box *b);

/* The whole in one: what the script raised, or "ok"; static. */
const char *box_error(const char *text);
/* The number the script returns. */
int64_t box_i64(const char *text);

#endif
