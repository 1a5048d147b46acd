/*
 * package_work - plan, install, upgrade, remove.
 *
 * What is asked for is planned while the request waits, so that it hears at
 * once what is in the way. The work itself is a job, one at a time in a
 * workspace: a second one is 409 until the first has ended.
 */
#include "api/call.h"

#include "base/json.h"

enum { WORK_BYTES = PACKAGE_MAX_BYTES * 6, ARGS_BYTES = 4096 };

static const char KIND[] = "package";

struct work {
    struct arena arena; /* a package's files and the model of tomorrow */
    struct store_change change;
    struct plan plan;
    struct messages messages;
    struct str digest;
};

/* --- what is asked for ------------------------------------------------------------- */

static enum rc read_offer(struct call *c, struct work *w, struct str id)
{
    struct market_source source = api_market(c);
    struct package_src *src = NULL;
    enum rc rc = call_text(c, c->body, "digest", &w->digest);

    if (rc == RC_OK)
        rc = market_read(&source, id, w->digest, &w->arena, &src, &c->err);
    if (rc == RC_NOTFOUND)
        return call_reject(c, "package", "not_found",
                           "The marketplace has no such package; GET "
                           "/api/v1/packages lists them.");
    w->change.put = src;
    return rc;
}

static enum rc bind_id(struct call *c, struct str *id)
{
    enum rc rc = call_text(c, c->body, "package", id);

    if (rc == RC_OK && id->n == 0)
        rc = call_reject(c, "package", "required",
                         "\"package\" is the package's id, e.g. \"crm\".");
    return rc;
}

static enum rc bind_records(struct call *c, bool *keep)
{
    struct str records;
    enum rc rc = call_text(c, c->body, "records", &records);

    if (rc != RC_OK)
        return rc;
    if (records.n > 0 && !str_is(records, "keep") && !str_is(records, "delete"))
        return call_reject(c, "records", "invalid_choice",
                           "\"records\" is either \"keep\" or \"delete\".");
    *keep = !str_is(records, "delete");
    return RC_OK;
}

static enum rc bind_work(struct call *c, struct work *w, bool removes)
{
    struct str id = STR_NONE;
    enum rc rc = bind_id(c, &id);

    if (bind_records(c, &w->change.keep_records) != RC_OK ||
        call_flag(c, c->body, "allow_drop", &w->change.allow_drop) != RC_OK ||
        call_flag(c, c->body, "accept", &w->change.accept) != RC_OK)
        rc = RC_INVALID;
    if (rc != RC_OK)
        return rc;
    if (!removes)
        return read_offer(c, w, id);
    if (str_is(id, "sys") || api_installed(c, id) == NULL)
        return call_reject(c, "package", "not_found",
                           "There is no such package installed.");
    w->change.remove = id;
    return RC_OK;
}

static void begin_work(struct work *w)
{
    *w = (struct work){0};
    arena_init(&w->arena, WORK_BYTES);
    w->plan.arena = &w->arena;
    messages_init(&w->messages, &w->arena);
}

static enum rc end_work(struct call *c, struct work *w, enum rc rc)
{
    if (rc == RC_INVALID)
        call_messages(c, w->messages.v, w->messages.n);
    if (rc == RC_CONFLICT)
        call_messages(c, w->plan.refused, w->plan.n_refused);
    arena_release(&w->arena);
    return rc;
}

enum rc run_package_plan(struct call *c)
{
    bool removes = false;
    struct work w;
    enum rc rc = call_members(
        c, c->body, "", "package remove records allow_drop accept digest");

    if (rc == RC_OK)
        rc = call_flag(c, c->body, "remove", &removes);
    if (rc != RC_OK)
        return rc;
    begin_work(&w);
    rc = bind_work(c, &w, removes);
    if (rc == RC_OK)
        rc = package_plan(c->ws, &w.change, &w.arena, &w.plan, &w.messages,
                          &c->err);
    if (rc == RC_OK) {
        plan_json(&w.plan, &c->w);
        rc = answer_json(c, 200);
    }
    return end_work(c, &w, rc);
}

/* --- into the queue -------------------------------------------------------------------- */

static enum rc write_args(struct call *c, const struct work *w, struct str *out)
{
    struct json_w args;
    struct buf b;
    enum rc rc;

    buf_init(&b, ARGS_BYTES);
    json_w_init(&args, &b);
    json_obj_begin(&args);
    json_kv(&args, "package",
            w->change.put != NULL ? w->change.put->id : w->change.remove);
    json_kv_bool(&args, "remove", w->change.put == NULL);
    json_kv_bool(&args, "keep", w->change.keep_records);
    json_kv_bool(&args, "allow_drop", w->change.allow_drop);
    json_kv_bool(&args, "accept", w->change.accept);
    json_kv(&args, "digest", w->digest);
    json_obj_end(&args);
    rc = json_w_finish(&args, &c->err);
    if (rc == RC_OK)
        rc = buf_finish(&b, c->a, out, &c->err);
    buf_release(&b);
    return rc;
}

/* What is in the way, said now and not by a job that fails later. */
static enum rc look_ahead(struct call *c, struct work *w)
{
    enum rc rc = package_plan(c->ws, &w->change, &w->arena, &w->plan,
                              &w->messages, &c->err);

    if (rc == RC_OK && w->plan.n_refused > 0)
        rc = FAIL(&c->err, RC_CONFLICT, "%.*s",
                  STR_ARG(w->plan.refused[0].text));
    return rc;
}

static enum rc enqueue(struct call *c, bool removes)
{
    struct str args = STR_NONE;
    struct idem idem = {0};
    bool answered = false;
    struct work w;
    enum rc rc = idem_begin(c, &idem, &answered);

    if (rc != RC_OK || answered)
        return rc;
    begin_work(&w);
    rc = bind_work(c, &w, removes);
    if (rc == RC_OK)
        rc = look_ahead(c, &w);
    if (rc == RC_OK)
        rc = write_args(c, &w, &args);
    rc = end_work(c, &w, rc);
    if (rc == RC_OK)
        rc = job_answer_alone(c, &idem, KIND, args);
    idem_end(&idem);
    return rc;
}

enum rc run_package_install(struct call *c)
{
    enum rc rc =
        call_members(c, c->body, "", "package allow_drop accept digest");

    return rc == RC_OK ? enqueue(c, false) : rc;
}

enum rc run_package_remove(struct call *c)
{
    enum rc rc = call_members(c, c->body, "", "package records");

    return rc == RC_OK ? enqueue(c, true) : rc;
}

/* --- the job ------------------------------------------------------------------------------ */

enum { STEPS = 4 };

static bool flag(const struct json *args, const char *name)
{
    const struct json *v = json_get(args, str_c(name));

    return v != NULL && v->kind == JSON_BOOL && v->u.b;
}

static enum rc asked_by(const struct workspace *ws, const struct job *job,
                        struct principal *who, struct err *err)
{
    const struct model *m = NULL;
    struct db *db = NULL;
    enum rc rc = workspace_read_begin(ws, &db, &m, err);

    if (rc != RC_OK)
        return rc;
    rc = job_principal(db, m, job->user, SOURCE_API, job->arena, who, err);
    if (rc == RC_OK)
        who->lang = str_copy(job->arena, who->lang);
    db_read_end(db);
    model_unref(m);
    if (rc == RC_OK && job->user != 0 && !who->is_admin)
        rc = FAIL(err, RC_DENIED,
                  "The user who asked for this is no administrator any more.");
    return rc;
}

static enum rc write_result(const struct package_result *done, struct job *job,
                            struct str *out, struct err *err)
{
    struct json_w w;
    struct buf b;
    enum rc rc;

    buf_init(&b, ARGS_BYTES);
    json_w_init(&w, &b);
    json_obj_begin(&w);
    json_kv(&w, "package", done->package);
    json_k(&w, "version");
    if (done->version.n > 0)
        json_w_str(&w, done->version);
    else
        json_w_null(&w);
    json_kv_i64(&w, "generation", done->generation);
    json_kv_id(&w, "txn", done->txn);
    json_obj_end(&w);
    rc = json_w_finish(&w, err);
    if (rc == RC_OK)
        rc = buf_finish(&b, job->arena, out, err);
    buf_release(&b);
    return rc;
}

/* The first of the messages, where there are some: a job has one sentence. */
static enum rc first_message(const struct work *w, enum rc rc, struct err *err)
{
    const struct message *m = w->messages.n > 0 ? &w->messages.v[0] : NULL;

    if (rc != RC_INVALID || m == NULL || w->messages.errors == 0)
        return rc;
    return FAIL(err, rc, "%.*s:%u:%u: %s: %.*s", STR_ARG(m->file), m->line,
                m->column, m->code, STR_ARG(m->text));
}

static enum rc work_on(const struct api_jobs *ctx, struct job *job,
                       struct work *w, struct package_result *done,
                       struct err *err)
{
    struct market_source source = {&ctx->source, ctx->apps_dir};
    struct str id = json_str(json_at(job->args, "package"), STR(""));
    struct package_src *src = NULL;
    struct principal who;
    enum rc rc = asked_by(ctx->ws, job, &who, err);

    w->change.keep_records = flag(job->args, "keep");
    w->change.allow_drop = flag(job->args, "allow_drop");
    w->change.accept = flag(job->args, "accept");
    if (flag(job->args, "remove"))
        w->change.remove = id;
    else if (rc == RC_OK)
        rc = market_read(&source, id,
                         json_str(json_at(job->args, "digest"), STR("")),
                         &w->arena, &src, err);
    w->change.put = src;
    if (rc != RC_OK)
        return rc;
    if (!job_tell(job, 1, STEPS))
        return FAIL(err, RC_CONFLICT, "It was cancelled before it began.");
    rc = package_publish(ctx->ws, &who, &w->change, &w->arena, &w->plan,
                         &w->messages, done, err);
    if (rc == RC_NOTFOUND && w->change.remove.n > 0 && job->attempt > 1) {
        *done = (struct package_result){.package = id}; /* by the try before */
        return RC_OK;
    }
    if (rc != RC_OK)
        return first_message(w, rc, err);
    (void)job_tell(job, STEPS - 1, STEPS); /* done is done */
    return src != NULL ? package_plant(ctx->ws, &who, id, &w->arena, err)
                       : RC_OK;
}

enum rc package_job(void *arg, struct job *job, struct str *result,
                    struct err *err)
{
    const struct api_jobs *ctx = arg;
    struct package_result done = {0};
    struct work w;
    enum rc rc;

    begin_work(&w);
    rc = work_on(ctx, job, &w, &done, err);
    if (rc == RC_OK)
        rc = write_result(&done, job, result, err);
    if (rc == RC_OK)
        (void)job_tell(job, STEPS, STEPS);
    arena_release(&w.arena);
    return rc;
}
