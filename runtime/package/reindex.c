/*
 * reindex - records whose entity is searched by other fields now are fed to the
 * search tables anew, as a job: the publish does not wait for it.
 */
#include "package/reindex.h"

#include "package/package.h"

enum { ARGS_BYTES = 64 };

enum rc reindex_enqueue(struct db *db, const struct model *next,
                        const struct plan *plan, int64_t user, int64_t now_ms,
                        bool *queued, struct err *err)
{
    char args[ARGS_BYTES];
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < plan->n; i++) {
        const struct entity *e = model_entity(next, plan->steps[i].entity);
        int64_t id;
        int n;

        if (plan->steps[i].op != PLAN_REINDEX || !e)
            continue;
        n = snprintf(args, sizeof args, "{\"entity\":%d}", e->number);
        rc = job_enqueue(db_store_of(db), db, STR("reindex"),
                         str_of(args, (size_t)n), user, now_ms, &id, err);
        *queued = true;
    }
    return rc;
}

static bool tell(void *arg, int64_t done)
{
    return job_tell(arg, done, 0);
}

static enum rc run(void *ctx, struct job *job, struct str *result,
                   struct err *err)
{
    struct workspace *ws = ctx;
    const struct json *number = json_at(job->args, "entity");

    *result = STR("{}");
    if (!number || number->kind != JSON_INT || number->u.i < 0 ||
        number->u.i > INT32_MAX)
        return FAIL(err, RC_INVALID, "This job names no entity.");
    return record_reindex(ws->store, ws->slot, (int)number->u.i, tell, job,
                          err);
}

struct job_kind package_job_kind(struct workspace *ws)
{
    return (struct job_kind){.name = "reindex", .run = run, .ctx = ws};
}
