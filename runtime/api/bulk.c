/*
 * bulk - one change, or a delete, for many records: those of `ids` or those
 * that match `filter` when it begins.
 *
 * Each record for itself: what can be changed is, and the answer says what
 * could not and why. Transactions of LIMIT_BATCH records, so each has its undo
 * token; up to BULK_NOW records the caller waits, more become a job. Both are
 * safe to do again: a record that is so already stays as it is.
 */
#include "api/call.h"

#include <stdlib.h>

#include "base/id.h"

enum { BULK_NOW = 10000, ISSUES_SHOWN = 100 };

struct bulk {
    struct str qname;
    const struct json *set; /* NULL: delete */
    bool dry_run;
    VEC(int64_t) ids;
    bool is_many; /* more than BULK_NOW match */
    size_t most;
    /* so far */
    int64_t changed, failed;
    VEC(int64_t) txns;
    struct arena *a;
    struct issues *issues;
};

/* --- which ------------------------------------------------------------------------ */

static int by_id(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

    return a < b ? -1 : a > b;
}

/* A record may be named twice; it is changed once. */
static void sort_unique(struct bulk *b)
{
    size_t i, kept = 0;

    if (b->ids.n == 0)
        return;
    qsort(b->ids.v, b->ids.n, sizeof *b->ids.v, by_id);
    for (i = 1; i < b->ids.n; i++) {
        if (b->ids.v[i] != b->ids.v[kept])
            b->ids.v[++kept] = b->ids.v[i];
    }
    b->ids.n = kept + 1;
}

static enum rc take_id(void *arg, const struct query_row *row, struct err *err)
{
    struct bulk *b = arg;

    if (b->ids.n >= b->most) {
        b->is_many = true;
        return FAIL(err, RC_LIMIT, "More records match than are done at once.");
    }
    return VEC_PUSH(b->a, &b->ids, row->id)
               ? RC_OK
               : FAIL(err, RC_NOMEM, "There is no memory for so many records.");
}

static enum rc collect(struct bulk *b, const struct query_ctx *q,
                       struct str filter, struct err *err)
{
    struct query_spec spec = {.entity = model_entity(q->model, b->qname),
                              .filter = filter,
                              .fields = STR("id")};
    struct query_ctx own = *q;
    struct arena plans;
    enum rc rc;

    arena_init(&plans, HTTP_ARENA_BYTES);
    own.arena = &plans; /* a row's memory is given back, an id's is not */
    rc = query_each(&own, &spec, take_id, b, err);
    arena_release(&plans);
    if (b->is_many) {
        err_clear(err);
        return RC_OK;
    }
    return rc;
}

/* --- a chunk ------------------------------------------------------------------------ */

static bool has_issue(const struct issues *is, struct str prefix)
{
    size_t i;

    for (i = 0; i < is->n; i++) {
        if (!is->v[i].is_warning && str_starts(is->v[i].path, prefix))
            return true;
    }
    return false;
}

static bool is_changed(const struct record_item *item)
{
    size_t i;

    if (item->op != RECORD_UPDATE)
        return true;
    for (i = 0; i < sizeof item->changed.w / sizeof *item->changed.w; i++) {
        if (item->changed.w[i] != 0)
            return true;
    }
    return false;
}

static void tally(const struct bulk *b, const struct record_batch *batch,
                  int64_t *changed, int64_t *failed)
{
    size_t i;

    for (i = 0; i < batch->n; i++) {
        const struct record_item *item = &batch->items[i];

        if (!item->failed) {
            *changed += is_changed(item);
            continue;
        }
        (*failed)++;
        if (!has_issue(b->issues, str_sub(item->path, 0, ID_TEXT_BYTES)))
            issues_add(b->issues, str_sub(item->path, 0, ID_TEXT_BYTES),
                       "refused", "This record was refused (%s).",
                       answer_code(item->rc, item->code, NULL));
    }
}

static enum rc bind_chunk(struct bulk *b, const struct record_ctx *ctx,
                          const struct model *m, size_t from, size_t n,
                          struct record_batch *batch, struct err *err)
{
    const struct entity *e = model_entity(m, b->qname);
    size_t i;
    enum rc rc = RC_OK;

    batch->partial = true;
    batch->dry_run = b->dry_run;
    if (e == NULL)
        return FAIL(err, RC_NOTFOUND, "There is no such entity.");
    for (i = from; rc == RC_OK && i < from + n; i++) {
        char id[ID_TEXT_BYTES + 1];
        struct record_item *item =
            record_add(batch, m, b->set != NULL ? RECORD_UPDATE : RECORD_DELETE,
                       e, b->ids.v[i]);

        if (item == NULL)
            return FAIL(err, RC_NOMEM, "There is no memory for a chunk.");
        id_format(b->ids.v[i], id);
        item->path = str_fmt(batch->arena, "%s.", id);
        if (b->set != NULL)
            rc = record_bind_json(ctx, m, batch, item, b->set, b->issues, err);
        if (rc == RC_INVALID)
            rc = RC_OK; /* the item says so */
    }
    return rc;
}

static enum rc save_chunk(struct bulk *b, const struct record_ctx *ctx,
                          const struct model *m, struct record_batch *batch,
                          struct err *err)
{
    struct record_result result = {0};
    enum rc rc = record_save(ctx, m, batch, b->issues, &result, err);

    if (rc != RC_OK)
        return rc;
    tally(b, batch, &b->changed, &b->failed);
    if (result.txn != 0 && !VEC_PUSH(b->a, &b->txns, result.txn))
        rc = FAIL(err, RC_NOMEM, "There is no memory for an answer.");
    return rc;
}

/* --- the report ----------------------------------------------------------------------- */

static void report(const struct bulk *b, int64_t changed, int64_t failed,
                   int64_t last_txn, struct json_w *w)
{
    int64_t first = b->txns.n > 0 ? b->txns.v[0] : last_txn;
    struct issues shown = *b->issues;
    size_t i;

    if (shown.n > ISSUES_SHOWN)
        shown.n = ISSUES_SHOWN;
    json_obj_begin(w);
    json_kv_id(w, "txn", first);
    json_kv_i64(w, "changed", changed);
    json_kv_i64(w, "failed", failed);
    json_k(w, "txns");
    json_arr_begin(w);
    for (i = 0; i < b->txns.n; i++)
        json_w_id(w, b->txns.v[i]);
    if (last_txn != 0)
        json_w_id(w, last_txn);
    json_arr_end(w);
    json_k(w, "issues");
    answer_issues(w, &shown, STR(""), false);
    json_k(w, "ui");
    json_arr_begin(w);
    json_arr_end(w);
    json_obj_end(w);
}

/* --- while the caller waits -------------------------------------------------------------- */

struct last_chunk {
    struct bulk *bulk;
    struct record_batch batch;
    struct arena arena; /* of one chunk: all together would be too much */
};

/* Of the last chunk, inside its transaction: the answer of the whole. */
static enum rc answer_in_tx(struct call *c, void *arg, int64_t txn,
                            struct err *err)
{
    struct last_chunk *l = arg;
    struct bulk *b = l->bulk;
    int64_t changed = b->changed, failed = b->failed;

    (void)err;
    http_response_reset(c->res);
    json_w_init(&c->w, &c->res->body);
    tally(b, &l->batch, &changed, &failed);
    answer_id_header(c, "Perigee-Txn", b->txns.n > 0 ? b->txns.v[0] : txn);
    report(b, changed, failed, txn, &c->w);
    return answer_json(c, 200);
}

static enum rc run_chunk(struct call *c, struct bulk *b, struct idem *idem,
                         size_t at, size_t n)
{
    struct record_ctx ctx = call_record(c);
    struct last_chunk chunk = {.bulk = b};
    enum rc rc;

    arena_init(&chunk.arena, HTTP_ARENA_BYTES);
    record_batch_init(&chunk.batch, &chunk.arena);
    rc = bind_chunk(b, &ctx, c->m, at, n, &chunk.batch, &c->err);
    idem->arg = &chunk;
    if (at + n == b->ids.n && !b->dry_run)
        idem_attach(idem, &ctx);
    if (rc == RC_OK)
        rc = save_chunk(b, &ctx, c->m, &chunk.batch, &c->err);
    idem->arg = NULL;
    arena_release(&chunk.arena);
    return rc;
}

static size_t chunk_at(const struct bulk *b, size_t at)
{
    return b->ids.n - at > LIMIT_BATCH ? LIMIT_BATCH : b->ids.n - at;
}

static enum rc run_chunks(struct call *c, struct bulk *b, struct idem *idem)
{
    size_t at;
    enum rc rc = RC_OK;

    for (at = 0; rc == RC_OK && at < b->ids.n; at += LIMIT_BATCH)
        rc = run_chunk(c, b, idem, at, chunk_at(b, at));
    return rc;
}

static enum rc answer_now(struct call *c, struct bulk *b, struct idem *idem)
{
    enum rc rc = run_chunks(c, b, idem);

    if (rc != RC_OK) {
        (void)idem_lost(idem, &rc);
        return rc;
    }
    if (idem->was_stored)
        return RC_OK;
    if (b->changed == 0 && b->failed > 0)
        return RC_INVALID; /* nothing could be changed: the issues say why */
    if (b->txns.n > 0)
        answer_id_header(c, "Perigee-Txn", b->txns.v[0]);
    report(b, b->changed, b->failed, 0, &c->w);
    return answer_json(c, 200);
}

/* --- binding ------------------------------------------------------------------------------- */

static enum rc bind_ids(struct call *c, struct bulk *b, const struct json *ids)
{
    size_t i;

    if (ids->kind != JSON_ARRAY)
        return call_reject(c, "ids", "wrong_type", "\"ids\" is an array.");
    if (ids->u.array.n > BULK_NOW)
        return call_reject(c, "ids", "too_many",
                           "At most %d ids; say more with a filter.", BULK_NOW);
    for (i = 0; i < ids->u.array.n; i++) {
        int64_t id = 0;

        if (!id_parse(json_str(&ids->u.array.v[i], STR("")), &id))
            return call_reject(c, "ids", "invalid_id",
                               "The id at position %zu is not one.", i);
        if (!VEC_PUSH(b->a, &b->ids, id))
            return FAIL(&c->err, RC_NOMEM, "There is no memory for so many.");
    }
    return RC_OK;
}

static enum rc bind_what(struct call *c, struct bulk *b)
{
    const struct json *set = json_at(c->body, "set");
    bool deletes = false;
    enum rc rc = call_flag(c, c->body, "delete", &deletes);

    if (rc == RC_OK)
        rc = call_flag(c, c->body, "dry_run", &b->dry_run);
    if (rc != RC_OK)
        return rc;
    if ((set != NULL) == deletes)
        return call_reject(c, "set", "required",
                           "Say either \"set\": {fields} or \"delete\": true.");
    if (set != NULL && (set->kind != JSON_OBJECT || set->u.object.n == 0))
        return call_reject(c, "set", "wrong_type",
                           "\"set\" is an object of fields.");
    b->set = set;
    return RC_OK;
}

static enum rc bind_which(struct call *c, struct bulk *b, struct str *filter)
{
    const struct json *ids = json_at(c->body, "ids");
    struct query_ctx q;
    enum rc rc = call_text(c, c->body, "filter", filter);

    if (rc != RC_OK)
        return rc;
    if ((ids != NULL) == (filter->p != NULL))
        return call_reject(c, "ids", "required",
                           "Say either \"ids\": [..] or \"filter\": \"..\"; "
                           "the filter \"true\" means all.");
    if (ids != NULL)
        return bind_ids(c, b, ids);
    if (str_trim(*filter).n == 0) /* to a query it would mean all */
        return call_reject(c, "filter", "required",
                           "An empty filter names no records; \"true\" means "
                           "all.");
    rc = call_read(c, 0);
    if (rc != RC_OK)
        return rc;
    q = call_query(c);
    rc = collect(b, &q, *filter, &c->err);
    call_let_go(c);
    return rc;
}

/* The body again, with the entity: what the job will read. */
static enum rc job_args(struct call *c, const struct bulk *b, struct str *out)
{
    struct json_w w;
    struct buf buf;
    enum rc rc;

    buf_init(&buf, LIMIT_BODY_BYTES);
    json_w_init(&w, &buf);
    json_obj_begin(&w);
    json_kv(&w, "entity", b->qname);
    json_k(&w, "body");
    json_w_tree(&w, c->body);
    json_obj_end(&w);
    rc = json_w_finish(&w, &c->err);
    if (rc == RC_OK)
        rc = buf_finish(&buf, c->a, out, &c->err);
    buf_release(&buf);
    return rc;
}

static enum rc bind_bulk(struct call *c, struct bulk *b, struct str *filter)
{
    const struct entity *e = NULL;
    enum rc rc = call_entity(c, &e);

    b->a = c->a;
    b->issues = &c->issues;
    b->most = BULK_NOW;
    if (rc != RC_OK)
        return rc;
    b->qname = str_copy(c->a, e->qname);
    rc = call_members(c, c->body, "", "ids filter set delete dry_run");
    if (bind_what(c, b) != RC_OK)
        rc = RC_INVALID;
    if (rc == RC_OK)
        rc = bind_which(c, b, filter);
    if (rc == RC_OK)
        sort_unique(b);
    return rc;
}

enum rc run_bulk(struct call *c)
{
    struct bulk b = {0};
    struct idem idem = {.render = answer_in_tx};
    struct str filter = STR_NONE, args = STR_NONE;
    bool answered = false;
    enum rc rc = idem_begin(c, &idem, &answered);

    if (rc != RC_OK || answered)
        return rc;
    rc = bind_bulk(c, &b, &filter);
    if (rc == RC_OK && b.is_many) {
        rc = job_args(c, &b, &args);
        if (rc == RC_OK)
            rc = job_answer(c, &idem, "bulk", args);
    } else if (rc == RC_OK) {
        rc = answer_now(c, &b, &idem);
    }
    idem_end(&idem);
    return rc;
}

/* --- as a job --------------------------------------------------------------------------------- */

static enum rc job_bind(const struct job *job, struct bulk *b,
                        struct str *filter, struct err *err)
{
    const struct json *body = json_at(job->args, "body");
    const struct json *dry_run = body != NULL ? json_at(body, "dry_run") : NULL;

    if (body == NULL)
        return FAIL(err, RC_INVALID, "The job has no arguments.");
    b->qname = json_str(json_at(job->args, "entity"), STR(""));
    b->set = json_at(body, "set");
    b->dry_run = dry_run != NULL && dry_run->kind == JSON_BOOL && dry_run->u.b;
    *filter = str_trim(json_str(json_at(body, "filter"), STR("")));
    return filter->n > 0 ? RC_OK
                         : FAIL(err, RC_INVALID, "The job has no filter.");
}

/* Which records, as one snapshot; who, as of now. */
static enum rc job_collect(const struct workspace *ws, const struct job *job,
                           struct bulk *b, struct str filter,
                           struct principal *who, struct err *err)
{
    const struct model *m = NULL;
    struct db *db = NULL;
    struct query_ctx q;
    enum rc rc = workspace_read_begin(ws, &db, &m, err);

    if (rc != RC_OK)
        return rc;
    rc = job_principal(db, m, job->user, SOURCE_API, job->arena, who, err);
    if (rc == RC_OK)
        who->lang = str_copy(job->arena, who->lang);
    q = workspace_query_ctx(ws, db, m, who, job->arena, b->issues);
    if (rc == RC_OK)
        rc = collect(b, &q, filter, err);
    db_read_end(db);
    model_unref(m);
    return rc;
}

static enum rc job_chunk(const struct workspace *ws, struct bulk *b,
                         const struct principal *who, size_t at, size_t n,
                         struct err *err)
{
    struct record_ctx ctx = workspace_record_ctx(ws, who);
    const struct model *m = model_slot_ref(ws->slot);
    struct record_batch batch;
    struct arena arena;
    enum rc rc;

    arena_init(&arena, HTTP_ARENA_BYTES);
    record_batch_init(&batch, &arena);
    rc = bind_chunk(b, &ctx, m, at, n, &batch, err);
    if (rc == RC_OK)
        rc = save_chunk(b, &ctx, m, &batch, err);
    arena_release(&arena);
    model_unref(m);
    return rc;
}

static enum rc job_result(const struct bulk *b, struct arena *a,
                          struct str *out, struct err *err)
{
    struct json_w w;
    struct buf buf;
    enum rc rc;

    buf_init(&buf, LIMIT_BODY_BYTES);
    json_w_init(&w, &buf);
    report(b, b->changed, b->failed, 0, &w);
    rc = json_w_finish(&w, err);
    if (rc == RC_OK)
        rc = buf_finish(&buf, a, out, err);
    buf_release(&buf);
    return rc;
}

enum rc bulk_job(void *arg, struct job *job, struct str *result,
                 struct err *err)
{
    const struct workspace *ws = arg;
    struct bulk b = {.a = job->arena, .most = SIZE_MAX};
    struct issues issues;
    struct principal who = {0};
    struct str filter = STR_NONE;
    size_t at;
    enum rc rc = job_bind(job, &b, &filter, err);

    issues_init(&issues, job->arena);
    b.issues = &issues;
    if (rc == RC_OK)
        rc = job_collect(ws, job, &b, filter, &who, err);
    for (at = 0; rc == RC_OK && at < b.ids.n; at += LIMIT_BATCH) {
        if (!job_tell(job, (int64_t)at, (int64_t)b.ids.n))
            break; /* cancelled: what is done stays, and the report says it */
        rc = job_chunk(ws, &b, &who, at, chunk_at(&b, at), err);
    }
    return rc == RC_OK ? job_result(&b, job->arena, result, err) : rc;
}
