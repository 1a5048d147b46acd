/*
 * script - users' Lua, in worker processes (docs/design/0050, sandbox.md).
 *
 *     script_launcher_start   before anything is opened, before any thread
 *     script_pool_open        any time later
 *     script_run              from any thread; answers when the run is over
 *
 * The server keeps all authority: a worker asks (fn.h), the host decides, on
 * the thread and in the transaction of script_run's caller.
 */
#ifndef SCRIPT_SCRIPT_H
#define SCRIPT_SCRIPT_H

#include "base/arena.h"
#include "script/fn.h"

/* --- limits: sandbox.md 4 ------------------------------------------------ */
enum script_class { SCRIPT_RULE, SCRIPT_ACTION, SCRIPT_JOB, SCRIPT_CLASSES };

/* What the server counts; script_charge takes from it. */
enum script_resource {
    SCRIPT_QUERIES,
    SCRIPT_ROWS,    /* read                    */
    SCRIPT_WRITES,  /* records                 */
    SCRIPT_HTTP,
    SCRIPT_MAILS,
    SCRIPT_JOBS,
    SCRIPT_RESOURCES
};

struct script_limits {
    int64_t steps; /* VM instructions and charged steps */
    int32_t cpu_ms, wall_ms;
    int64_t memory, volume, one; /* bytes: live, allocated in all, at once */
    int64_t log_bytes, result_bytes;
    int64_t result_nodes;
    int64_t quota[SCRIPT_RESOURCES];
};
/* Of a run over `records` records (0: not a batch, as 1). */
struct script_limits script_limits_of(enum script_class class, int records);

/* What all scripts of one transaction share; on the thread that holds it. */
struct script_budget {
    int64_t cpu_us, queries, statements, rows_written;
    int depth; /* of the run that is on; past 5 RC_SCRIPT, E_CYCLE */
};
enum {
    SCRIPT_MAX_TRIGGER_DEPTH = 5,
    SCRIPT_BUDGET_CPU_MS = 2000,
    SCRIPT_BUDGET_QUERIES = 100,
    SCRIPT_BUDGET_STATEMENTS = 150,
    SCRIPT_BUDGET_ROWS = 10000
};
void script_budget_init(struct script_budget *b);
/* 2 more write statements a record of a batch. */
void script_budget_add_batch(struct script_budget *b, int records);

/* --- processes ----------------------------------------------------------- */
#define SCRIPT_LAUNCHER_VERB "script-launcher"
struct script_launcher {
    int fd;  /* -1: none */
    int pid;
};
/*
 * Execute this program again as the launcher. Before anything is opened.
 * RC_IO. The program's main gives the word SCRIPT_LAUNCHER_VERB to
 * script_launcher_main, first of all.
 */
enum rc script_launcher_start(struct script_launcher *out,
                              struct err *err) MUST_CHECK;
void script_launcher_stop(struct script_launcher *l); /* waits; safe twice */
/* The launcher's life, descriptor 3 being its socket; returns an exit code. */
int script_launcher_main(const struct script_module *const *modules);

struct script_pool;
struct script_config {
    struct script_launcher *launcher; /* borrowed until _close            */
    const struct script_module *const *modules; /* as given to _main      */
    int interactive, background;      /* workers kept; 0: 4 and 2         */
    /* A script was switched off by its breaker; or NULL. Any thread. */
    void (*tripped)(void *arg, struct str owner, struct str name);
    void *tripped_arg;
};
enum rc script_pool_open(const struct script_config *config,
                         struct script_pool **out, struct err *err) MUST_CHECK;
void script_pool_close(struct script_pool *pool); /* no run may be on */

struct script_pool_stats {
    int idle, busy;
    int64_t runs, spawned, killed, limits;
    int64_t worker_rss_kib; /* largest peak of a worker that has ended */
};
void script_pool_stats(struct script_pool *pool, struct script_pool_stats *out);

/* --- a run --------------------------------------------------------------- */
enum script_log_level {
    SCRIPT_LOG_DEBUG,
    SCRIPT_LOG_INFO,
    SCRIPT_LOG_WARN,
    SCRIPT_LOG_ERROR
};

/* What a run may reach; the functions of fn.h find it in call->ctx. */
struct script_host {
    void *ctx;
    /* Instead of row->host when that is NULL; or NULL. */
    enum rc (*call)(void *ctx, struct script_call *call, struct err *err);
    /* A line of the script's log: escaped, capped; data nil or a value. */
    void (*log)(void *ctx, enum script_log_level level, struct str text,
                const struct script_value *data);
};

struct script_source {
    struct str name; /* "scoring", "acme.rental:pricing": as imported     */
    struct str text; /* at most LIMIT_SCRIPT_BYTES                        */
};

struct script_run {
    enum script_class class;
    enum script_phase phase;
    struct str owner; /* workspace and package: what the cap counts       */
    struct str name;  /* of the script; with owner the breaker's key      */
    const struct script_source *sources; /* [0] runs, the others import   */
    size_t n_sources;
    struct str function; /* of the table [0] returns; "": [0] itself      */
    struct script_value arg;
    int records;    /* of the batch, for the limits; 0: none              */
    int64_t now_ms; /* frozen for the run                                 */
    struct str zone, lang; /* "": UTC, "en"                               */
    uint64_t seed;  /* of math.random, recorded for replay                */
    /* Or NULL. A host whose functions may start another run gives one: it is
       how a run within a run is known, which waits for nobody. */
    struct script_budget *budget;
    /* The caller holds what others wait for (the writer): no turn is waited
       for, a worker beyond the pool's size is taken instead. */
    bool is_urgent;
    int64_t deadline_mono; /* CLOCK_MONOTONIC ms, as call->deadline_mono of
                              the run around this one; 0: only its own limit */
    const struct script_host *host; /* or NULL: no host functions         */
};

struct script_usage {
    int64_t steps, cpu_us, wall_us, memory_peak, volume;
    int64_t used[SCRIPT_RESOURCES];
};

/* Why a run failed; texts in the caller's arena, empty when unknown. */
struct script_problem {
    struct str code;    /* "E_SCRIPT", "E_LIMIT", or what fail() was given */
    struct str message; /* for people                                     */
    struct str field, file, trace;
    int line, column;             /* 0: unknown                           */
    struct script_value details;  /* of fail()                            */
};

struct script_result {
    struct script_value value;
    struct script_usage usage;
    struct script_problem problem; /* when script_run was RC_SCRIPT       */
    bool is_disabled;              /* the breaker is open: nothing ran    */
};

/*
 * Run to the end, within 1.2 x the wall limit. Everything of *out lives in `a`;
 * out->usage is filled on failure too.
 * RC_SCRIPT  the script raised, broke a limit (E_LIMIT), was switched off;
 *            err->code is problem.code
 * RC_BUSY    no turn within the wall limit    RC_LIMIT  sources too large
 * RC_IO      the launcher is gone             RC_NOMEM
 */
enum rc script_run(struct script_pool *pool, const struct script_run *run,
                   struct arena *a, struct script_result *out,
                   struct err *err) MUST_CHECK;
/* Take from the run's quota and its transaction's budget. RC_SCRIPT, E_QUOTA:
   the first may be caught by the script, the second ends the run. */
enum rc script_charge(struct script_call *call, enum script_resource what,
                      int64_t n, struct err *err) MUST_CHECK;
/* `n` write statements of the transaction's budget, `rows` rows written. */
enum rc script_charge_write(struct script_call *call, int64_t statements,
                            int64_t rows, struct err *err) MUST_CHECK;

/* --- before a run -------------------------------------------------------- */
/* A finding of the check: an error keeps the script from being saved. */
struct script_finding {
    bool is_error;
    int line, column; /* from 1; column 0: unknown */
    struct str message;
};
struct script_check {
    struct script_finding *v;
    size_t n;
};
/*
 * Compile one source in a worker (1 s) and look for names nothing declares.
 * RC_OK whether or not there are findings; RC_LIMIT for a source past
 * LIMIT_SCRIPT_BYTES or one that takes too long to compile.
 */
enum rc script_check(struct script_pool *pool,
                     const struct script_source *source, struct arena *a,
                     struct script_check *out, struct err *err) MUST_CHECK;

/* The breaker of one script: closed again by whoever changed or enabled it. */
bool script_breaker_is_open(struct script_pool *pool, struct str owner,
                            struct str name);
void script_breaker_reset(struct script_pool *pool, struct str owner,
                          struct str name);

/* "5.4.4", and what is known to be wrong with it, or NULL. */
const char *script_lua_version(void);
const char *script_lua_warning(void);

#endif
