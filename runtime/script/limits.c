/*
 * limits - sandbox.md section 4, as a table; and what transactions share.
 */
#include "script/script.h"

enum { KIB = 1024, MIB = 1024 * 1024 };

static const struct script_limits BY_CLASS[SCRIPT_CLASSES] = {
    [SCRIPT_RULE] =
        {
            .steps = 2000000,
            .cpu_ms = 100,
            .wall_ms = 250,
            .memory = 16 * MIB,
            .volume = 64 * MIB,
            .one = MIB,
            .log_bytes = 16 * KIB,
            .result_bytes = 64 * KIB,
            .result_nodes = 10000,
            .quota = {[SCRIPT_QUERIES] = 20,
                      [SCRIPT_ROWS] = 1000,
                      [SCRIPT_WRITES] = 50,
                      [SCRIPT_MAILS] = 5,
                      [SCRIPT_JOBS] = 10},
        },
    [SCRIPT_ACTION] =
        {
            .steps = 20000000,
            .cpu_ms = 1000,
            .wall_ms = 3000,
            .memory = 16 * MIB,
            .volume = 256 * MIB,
            .one = MIB,
            .log_bytes = 64 * KIB,
            .result_bytes = 256 * KIB,
            .result_nodes = 10000,
            .quota = {[SCRIPT_QUERIES] = 50,
                      [SCRIPT_ROWS] = 5000,
                      [SCRIPT_WRITES] = 200,
                      [SCRIPT_MAILS] = 10,
                      [SCRIPT_JOBS] = 20},
        },
    [SCRIPT_JOB] =
        {
            .steps = 200000000,
            .cpu_ms = 10000,
            .wall_ms = 60000,
            .memory = 64 * MIB,
            .volume = INT64_C(2048) * MIB,
            .one = 4 * MIB,
            .log_bytes = 256 * KIB,
            .result_bytes = MIB,
            .result_nodes = 10000,
            .quota = {[SCRIPT_QUERIES] = 200,
                      [SCRIPT_ROWS] = 50000,
                      [SCRIPT_WRITES] = 5000,
                      [SCRIPT_HTTP] = 10,
                      [SCRIPT_MAILS] = 100,
                      [SCRIPT_JOBS] = 100},
        },
};

struct script_limits script_limits_of(enum script_class class, int records)
{
    struct script_limits l = BY_CLASS[class];

    if (records > 0) {
        l.quota[SCRIPT_ROWS] += INT64_C(10) * records;
        l.quota[SCRIPT_WRITES] += INT64_C(2) * records;
        l.quota[SCRIPT_MAILS] += records;
        l.quota[SCRIPT_JOBS] += records;
    }
    return l;
}

void script_budget_init(struct script_budget *b)
{
    *b = (struct script_budget){
        .cpu_us = INT64_C(1000) * SCRIPT_BUDGET_CPU_MS,
        .queries = SCRIPT_BUDGET_QUERIES,
        .statements = SCRIPT_BUDGET_STATEMENTS,
        .rows_written = SCRIPT_BUDGET_ROWS,
    };
}

void script_budget_add_batch(struct script_budget *b, int records)
{
    b->statements += INT64_C(2) * records;
}
