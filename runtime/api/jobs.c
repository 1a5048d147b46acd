/*
 * jobs - long work: queued for the answer 202, looked at, cancelled. A job runs
 * with the rights its user has when it runs, not when it was asked for.
 */
#include "api/call.h"

#include "model/field/field.h"

enum rc run_job(struct call *c)
{
    int64_t id = 0, user = c->auth.who.is_admin ? 0 : c->auth.who.user;
    enum rc rc = call_id(c, 0, &id);

    if (rc == RC_OK)
        rc = job_read_json(c->db, id, user, &c->w, &c->err);
    return rc == RC_OK ? answer_json(c, 200) : rc;
}

enum rc run_job_cancel(struct call *c)
{
    int64_t id = 0, user = c->auth.who.is_admin ? 0 : c->auth.who.user;
    enum rc rc = call_id(c, 0, &id);

    if (rc == RC_OK)
        rc = job_cancel(c->ws->store, id, user, &c->err);
    if (rc == RC_OK)
        c->res->status = 204;
    return rc;
}

/* --- queueing ------------------------------------------------------------------ */

struct enqueue {
    struct call *c;
    struct idem *idem;
    const char *kind;
    struct str args;
    bool is_alone;
};

static enum rc none_open(struct db *db, const char *kind, struct err *err)
{
    struct db_stmt *st = NULL;
    bool has_row = false;
    enum rc rc = db_prepare(db,
                            STR("SELECT 1 FROM sys_job WHERE kind=?1 AND state"
                                " IN ('queued', 'running') LIMIT 1"),
                            &st, err);

    if (rc == RC_OK) {
        db_bind_str(st, 1, str_c(kind));
        rc = db_step(st, &has_row, err);
    }
    db_stmt_release(st);
    if (rc == RC_OK && has_row)
        return FAIL_CODE(err, RC_CONFLICT, "E_LOCKED",
                         "Another %s job is under way; wait until it has "
                         "ended.",
                         kind);
    return rc;
}

/* In the writer, perhaps more than once: the answer is written anew. */
static enum rc enqueue_run(struct db *db, void *arg, struct arena *a,
                           struct err *err)
{
    struct enqueue *q = arg;
    struct call *c = q->c;
    int64_t id = 0;
    enum rc rc;

    (void)a;
    rc = q->is_alone ? none_open(db, q->kind, err) : RC_OK;
    if (rc != RC_OK)
        return rc;
    rc = job_enqueue(c->ws->store, db, str_c(q->kind), q->args,
                     c->auth.who.user, call_now(c), &id, err);
    if (rc != RC_OK)
        return rc;
    http_response_reset(c->res);
    json_w_init(&c->w, &c->res->body);
    http_header_add(c->res, "Location", answer_address(c, NULL, "jobs", id));
    json_obj_begin(&c->w);
    json_kv_id(&c->w, "job", id);
    json_obj_end(&c->w);
    rc = answer_json(c, 202);
    return rc == RC_OK ? idem_store(q->idem, db, err) : rc;
}

static enum rc queue(struct call *c, struct enqueue *q)
{
    struct db_job job = {.run = enqueue_run, .arg = q};
    enum rc rc = db_write(c->ws->store, &job, c->a, &c->err);

    if (rc == RC_OK && c->ws->queued != NULL)
        c->ws->queued(c->ws->queued_arg);
    return rc;
}

enum rc job_answer(struct call *c, struct idem *idem, const char *kind,
                   struct str args)
{
    struct enqueue q = {c, idem, kind, args, false};

    return queue(c, &q);
}

enum rc job_answer_alone(struct call *c, struct idem *idem, const char *kind,
                         struct str args)
{
    struct enqueue q = {c, idem, kind, args, true};

    return queue(c, &q);
}

/* --- whose it is ------------------------------------------------------------------ */

static bool is_true(const struct entity *e, const struct query_record *r,
                    const char *name)
{
    const struct field *f = entity_field(e, str_c(name));

    return f != NULL && r->v[f->index].kind == V_BOOL && r->v[f->index].u.b;
}

enum rc job_principal(struct db *db, const struct model *m, int64_t user,
                      enum source source, struct arena *a,
                      struct principal *out, struct err *err)
{
    struct query_record *r = NULL;
    size_t n = 0;
    enum rc rc;

    if (user == 0) { /* asked for by the command line */
        *out = principal_system(source);
        out->lang = m->lang;
        return RC_OK;
    }
    rc = query_load(db, m, m->user, &user, 1, a, &r, &n, err);
    if (rc != RC_OK)
        return rc;
    if (n == 0 || r->is_deleted || !is_true(m->user, r, "active"))
        return FAIL(err, RC_DENIED,
                    "The user who asked for this job is no longer active.");
    *out = (struct principal){.kind = PRINCIPAL_USER,
                              .user = user,
                              .is_admin = is_true(m->user, r, "admin"),
                              .may_write = true,
                              .source = source,
                              .lang = m->lang};
    return RC_OK;
}
