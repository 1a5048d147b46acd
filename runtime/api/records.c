/*
 * records - /api/v1/{package}/{entity}: list, get, create, patch, delete,
 * restore. Links are entities with refs `a` and `b`, so they come here too.
 */
#include "api/call.h"

#include "base/time.h"

/* --- reading ---------------------------------------------------------------- */

enum rc call_past(struct call *c, struct query_ctx *q)
{
    struct str v = call_param(c, "as_of");
    int64_t at = 0, days;
    enum rc rc = RC_OK;

    if (v.p == NULL)
        return RC_OK;
    if (date_parse(v, &days))
        at = tz_day_start(c->m->tz, days + 1) - 1; /* when the day was over */
    else if (!instant_parse(v, &at))
        rc = call_reject(c, "as_of", "invalid_instant",
                         "\"as_of\" is a date such as 2026-03-01, which means "
                         "the end of that day, or an instant such as "
                         "2026-03-01T09:00:00%%2B01:00.");
    if (rc != RC_OK || at >= q->now_ms) /* what is to come is not known */
        return rc;
    q->now_ms = at;
    q->past = query_past_new(c->a, at);
    return q->past != NULL
               ? RC_OK
               : FAIL(&c->err, RC_NOMEM, "There is no memory to read.");
}

static enum rc bind_deleted(struct call *c, enum query_deleted *out)
{
    struct str v = call_param(c, "deleted");

    if (v.p == NULL)
        return RC_OK;
    if (str_is(v, "only"))
        *out = QUERY_BIN;
    else if (str_is(v, "include"))
        *out = QUERY_BOTH;
    else
        return call_reject(c, "deleted", "invalid_choice",
                           "\"deleted\" is either \"only\" or \"include\".");
    return RC_OK;
}

enum rc record_spec(struct call *c, const struct entity *e,
                    struct query_spec *out)
{
    struct query_spec spec = {.entity = e};
    enum rc rc = bind_deleted(c, &spec.deleted);

    if (call_param_int(c, "limit", 1, LIMIT_PAGE, &spec.limit) != RC_OK)
        rc = RC_INVALID;
    if (call_param_bool(c, "count", &spec.count) != RC_OK)
        rc = RC_INVALID;
    spec.filter = call_param(c, "filter");
    spec.sort = call_param(c, "sort");
    spec.fields = call_param(c, "fields");
    spec.expand = call_param(c, "expand");
    spec.cursor = call_param(c, "cursor");
    spec.q = call_param(c, "q");
    spec.fits = call_param(c, "fits");
    spec.draft = call_param(c, "draft");
    if (rc == RC_OK)
        *out = spec;
    return rc;
}

static void etag(struct call *c, int64_t rev)
{
    char text[STR_I64_BYTES + 2] = "\"";
    size_t n = 1 + str_put_i64(text + 1, rev);

    text[n++] = '"';
    http_header_add(c->res, "ETag", str_of(text, n));
}

enum rc run_list(struct call *c)
{
    const struct entity *e = NULL;
    struct query_spec spec;
    struct query_ctx q;
    enum rc rc = call_entity(c, &e);

    if (rc == RC_OK)
        rc = record_spec(c, e, &spec);
    if (rc != RC_OK)
        return rc;
    q = call_query(c);
    rc = call_past(c, &q);
    if (rc == RC_OK)
        rc = query_list_json(&q, &spec, &c->w, &c->err);
    query_past_free(q.past);
    return rc == RC_OK ? answer_json(c, 200) : rc;
}

enum rc run_get(struct call *c)
{
    const struct entity *e = NULL;
    struct query_spec spec;
    struct query_ctx q;
    int64_t id = 0, rev = 0;
    enum rc rc = call_entity(c, &e);

    if (rc == RC_OK)
        rc = call_id(c, 2, &id);
    if (rc == RC_OK)
        rc = record_spec(c, e, &spec);
    if (rc != RC_OK)
        return rc;
    q = call_query(c);
    rc = call_past(c, &q);
    if (rc == RC_OK)
        rc = query_get_json(&q, &spec, id, &c->w, &rev, &c->err);
    query_past_free(q.past);
    if (rc != RC_OK)
        return rc;
    if (q.past == NULL) /* what is past is nothing to write over */
        etag(c, rev);
    return answer_json(c, 200);
}

/* --- a record after a write --------------------------------------------------- */

/* Put "_warnings" into the object that ends the buffer. */
static void add_warnings(struct call *c, struct buf *b, struct str prefix)
{
    struct json_w w;

    if (b->failed != RC_OK || b->n == 0 || b->p[b->n - 1] != '}')
        return;
    b->n--;
    buf_adds(b, ",\"_warnings\":");
    json_w_init(&w, b);
    answer_issues(&w, &c->issues, prefix, true);
    buf_addc(b, '}');
}

static void put_minimal(struct call *c, int64_t id, int64_t rev)
{
    json_obj_begin(&c->w);
    json_kv_id(&c->w, "id", id);
    json_kv_i64(&c->w, "rev", rev);
    json_obj_end(&c->w);
}

/*
 * What is saved is saved: when it cannot be read again (no right, no reader, no
 * memory), the answer is id and revision, never an error that would be taken
 * for a refusal. Inside the transaction a failure takes the save back.
 */
enum rc record_render(struct call *c, const struct entity *e, int64_t id,
                      int64_t rev, struct str prefix, int64_t *rev_out,
                      struct err *err)
{
    struct query_spec spec = {.entity = e};
    struct query_ctx q = call_query(c);
    struct json_w before = c->w;
    size_t at = c->w.b->n;
    int64_t now = rev;
    enum rc rc = RC_BUSY;

    spec.fields = call_param(c, "fields");
    spec.expand = call_param(c, "expand");
    if (e != NULL && c->db != NULL)
        rc = query_get_json(&q, &spec, id, &c->w, &now, err);
    if (rc != RC_OK && rc != RC_DENIED && rc != RC_NOTFOUND && c->is_in_tx)
        return rc;
    if (rc != RC_OK) {
        err_clear(err);
        c->w = before;
        c->w.b->n = at;
        now = rev;
        put_minimal(c, id, rev);
    }
    add_warnings(c, c->w.b, prefix);
    *rev_out = now;
    return RC_OK;
}

/* --- writing ------------------------------------------------------------------- */

/* One record's save, with all that its answer needs. */
struct save {
    const struct entity *entity;
    struct str qname; /* outlives a model that is swapped meanwhile */
    struct record_batch batch;
    struct record_result result;
    int status;
};

/* The entity in the model of the open bracket, which may be a newer one. */
static const struct entity *entity_now(struct call *c, const struct save *s)
{
    return model_entity(c->m, s->qname);
}

/* Status, headers and body of what was saved. c->db is open. */
static enum rc save_answer(struct call *c, void *arg, int64_t txn,
                           struct err *err)
{
    struct save *s = arg;
    const struct record_item *item = &s->batch.items[0];
    const struct entity *e = entity_now(c, s);
    int64_t rev = item->rev;
    enum rc rc = RC_OK;

    http_response_reset(c->res);
    json_w_init(&c->w, &c->res->body);
    answer_id_header(c, "Perigee-Txn", txn);
    if (s->status == 204) {
        c->res->status = 204;
        return RC_OK;
    }
    rc = record_render(c, e, item->id, item->rev, STR(""), &rev, err);
    if (rc != RC_OK)
        return rc;
    etag(c, rev);
    if (s->status == 201 && e != NULL)
        http_header_add(c->res, "Location", answer_address(c, e, "", item->id));
    return answer_json(c, s->status);
}

/* What a stale If-Match is shown: the record as it is, whole. */
static void show_current(struct call *c, const struct save *s, int64_t id)
{
    struct query_spec spec = {.deleted = QUERY_BOTH};
    struct err ignored = ERR_INIT;
    struct issues none;
    struct query_ctx q;
    struct json_w w;
    struct buf b;
    int64_t rev = 0;

    if (call_read(c, 0) != RC_OK)
        return;
    spec.entity = entity_now(c, s);
    issues_init(&none, c->a);
    q = call_query(c);
    q.issues = &none;
    buf_init(&b, LIMIT_BODY_BYTES);
    json_w_init(&w, &b);
    if (spec.entity != NULL &&
        query_get_json(&q, &spec, id, &w, &rev, &ignored) == RC_OK &&
        json_w_finish(&w, &ignored) == RC_OK &&
        buf_finish(&b, c->a, &c->current, &ignored) != RC_OK)
        c->current = STR_NONE;
    buf_release(&b);
    call_let_go(c);
}

static bool is_stale(const struct call *c, enum rc rc)
{
    return rc == RC_CONFLICT &&
           (c->err.code[0] == '\0' || strcmp(c->err.code, "E_CONFLICT") == 0);
}

static enum rc run_save(struct call *c, struct save *s)
{
    struct record_ctx ctx = call_record(c);
    struct idem idem = {.render = save_answer, .arg = s};
    struct record_item *item = &s->batch.items[0];
    bool answered = false;
    enum rc rc = idem_begin(c, &idem, &answered);

    if (rc != RC_OK || answered)
        return rc;
    if (c->body != NULL && item->op != RECORD_DELETE &&
        item->op != RECORD_RESTORE)
        rc = record_bind_json(&ctx, c->m, &s->batch, item, c->body, &c->issues,
                              &c->err);
    if (rc == RC_OK || rc == RC_INVALID) { /* the save says the rest as well */
        idem_attach(&idem, &ctx);
        rc =
            record_save(&ctx, c->m, &s->batch, &c->issues, &s->result, &c->err);
    }
    if (rc != RC_OK && idem_lost(&idem, &rc)) {
        idem_end(&idem);
        return rc;
    }
    idem_end(&idem);
    if (is_stale(c, rc) && item->op != RECORD_CREATE)
        show_current(c, s, item->id);
    if (rc != RC_OK || idem.was_stored)
        return rc;
    if (call_read(c, 0) != RC_OK) /* then the answer is a short one */
        err_clear(&c->err);
    return save_answer(c, s, s->result.txn, &c->err);
}

static enum rc begin_save(struct call *c, struct save *s, enum record_op op,
                          int status)
{
    struct record_item *item;
    int64_t id = 0, rev = -1;
    bool allow = false;
    enum rc rc = call_entity(c, &s->entity);

    if (rc == RC_OK && op != RECORD_CREATE)
        rc = call_id(c, 2, &id);
    if (rc == RC_OK && op != RECORD_CREATE)
        rc = call_if_match(c, http_header_get(c->req, "If-Match"), &rev);
    if (rc == RC_OK)
        rc = call_param_bool(c, "allow_duplicates", &allow);
    if (rc != RC_OK)
        return rc;
    record_batch_init(&s->batch, c->a);
    item = record_add(&s->batch, c->m, op, s->entity, id);
    s->qname = str_copy(c->a, s->entity->qname);
    if (item == NULL || s->qname.p == NULL)
        return FAIL(&c->err, RC_NOMEM, "There is no memory for a record.");
    item->if_rev = rev;
    item->allow_duplicates = allow;
    item->path = STR("");
    s->status = status;
    return RC_OK;
}

/* A shape that cannot be answered is refused before anything is saved. */
static enum rc check_shape(struct call *c)
{
    struct query_spec spec = {.fields = call_param(c, "fields"),
                              .expand = call_param(c, "expand"),
                              .limit = 1};
    struct query *plan = NULL;
    struct query_ctx q;
    enum rc rc;

    if (spec.fields.n == 0 && spec.expand.n == 0)
        return RC_OK;
    rc = call_read(c, 0);
    if (rc == RC_OK)
        rc = call_entity(c, &spec.entity);
    if (rc == RC_OK) {
        q = call_query(c);
        rc = query_plan(&q, &spec, &plan, &c->err);
    }
    call_let_go(c);
    return rc;
}

static enum rc save_as(struct call *c, enum record_op op, int status)
{
    struct save s = {0};
    enum rc rc = check_shape(c);

    if (rc == RC_OK)
        rc = begin_save(c, &s, op, status);

    return rc == RC_OK ? run_save(c, &s) : rc;
}

enum rc run_create(struct call *c)
{
    return save_as(c, RECORD_CREATE, 201);
}

enum rc run_patch(struct call *c)
{
    return save_as(c, RECORD_UPDATE, 200);
}

enum rc run_delete(struct call *c)
{
    return save_as(c, RECORD_DELETE, 204);
}

enum rc run_restore(struct call *c)
{
    enum rc rc = call_members(c, c->body, "", "");

    return rc == RC_OK ? save_as(c, RECORD_RESTORE, 200) : rc;
}
