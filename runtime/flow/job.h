/*
 * job - long work: queued as a row, claimed by lease, told about, cancelled.
 *
 * Kinds are registered by app; a job's function runs on the runner's thread,
 * each of its writes a transaction of its own, and must be safe to run again
 * from the start after a crash (it reads what it left behind).
 */
#ifndef FLOW_JOB_H
#define FLOW_JOB_H

#include "base/json.h"
#include "db/db.h"

struct job_runner;

struct job {
    int64_t id, user;
    struct str kind;
    const struct json *args;
    int attempt; /* from 1 */
    struct arena *arena;
    struct job_runner *runner;
};
/* Tell progress, keep the lease; false: stop, it was cancelled or lost. */
bool job_tell(struct job *job, int64_t done, int64_t total);

struct job_kind {
    const char *name;
    /* *result: JSON, in job->arena. A failure is final but for RC_BUSY, RC_IO,
       RC_NOMEM, which are tried again with back-off, five times. */
    enum rc (*run)(void *ctx, struct job *job, struct str *result,
                   struct err *err);
    void *ctx;
};

struct job_config {
    struct db_store *store;
    const struct clock *clock;
    const struct job_kind *kinds;
    size_t n_kinds;
    int threads;  /* 0: 1 */
    int lease_ms; /* 0: 30,000 */
    /* Called when a job's row has changed; or NULL. */
    void (*changed)(void *arg, int64_t id);
    void *changed_arg;
};
enum rc job_runner_open(const struct job_config *config,
                        struct job_runner **out, struct err *err) MUST_CHECK;
void job_runner_close(struct job_runner *r); /* waits; running jobs keep their
                                                rows for the next start     */
void job_runner_wake(struct job_runner *r);

/* Inside a write job, or (db NULL) in one of its own. RC_INVALID: no such kind. */
enum rc job_enqueue(struct db_store *store, struct db *db, struct str kind,
                    struct str args_json, int64_t user, int64_t now_ms,
                    int64_t *id, struct err *err) MUST_CHECK;
/* {"id","state","done","total","result","error"}; RC_NOTFOUND. user 0: any. */
enum rc job_read_json(struct db *db, int64_t id, int64_t user, struct json_w *w,
                      struct err *err) MUST_CHECK;
enum rc job_cancel(struct db_store *store, int64_t id, int64_t user,
                   struct err *err) MUST_CHECK;

#endif
