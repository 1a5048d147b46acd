/*
 * batch - POST /api/v1/batch: up to LIMIT_BATCH writes of any entities in one
 * transaction, all or nothing ("atomic") or each for itself ("partial").
 *
 * A line that cannot be read at all (no such entity, an unknown method) refuses
 * the whole batch in both modes: it is the sender's slip, and "$2" would not
 * mean what it says if lines went missing.
 */
#include "api/call.h"

#include "base/id.h"

struct line {
    enum record_op op;
    int64_t id;
    struct str qname;
};

struct batch {
    struct record_batch records;
    struct record_result result;
    struct line *lines; /* one an item */
};

static enum rc reject(struct call *c, size_t k, const char *member,
                      const char *code, const char *message)
{
    issues_add(&c->issues, str_fmt(c->a, "requests.%zu.%s", k, member), code,
               "%s", message);
    return RC_INVALID;
}

/* --- one line ----------------------------------------------------------------- */

static struct str member_text(const struct json *request, const char *name)
{
    const struct json *v = json_get(request, str_c(name));

    return v != NULL ? json_str(v, STR_NONE) : STR_NONE;
}

/* "/api/v1/crm/deal/048jfym0004/restore" to its pieces behind "/api/v1". */
static size_t split_path(const struct call *c, struct str path,
                         struct str out[5])
{
    struct str piece;
    size_t n = 0;

    if (c->prefix.n > 0 && str_starts(path, c->prefix))
        path = str_sub(path, c->prefix.n, path.n);
    if (!str_starts(path, STR("/api/v1/")))
        return 0;
    path = str_sub(path, 8, path.n);
    while (n < 5 && str_split(&path, '/', &piece))
        out[n++] = piece;
    return n;
}

static bool op_of(struct str method, size_t n, struct str last,
                  enum record_op *op)
{
    if (str_is(method, "POST") && n == 2)
        *op = RECORD_CREATE;
    else if (str_is(method, "POST") && n == 4 && str_is(last, "restore"))
        *op = RECORD_RESTORE;
    else if (str_is(method, "PATCH") && n == 3)
        *op = RECORD_UPDATE;
    else if (str_is(method, "DELETE") && n == 3)
        *op = RECORD_DELETE;
    else
        return false;
    return true;
}

static enum rc read_line(struct call *c, size_t k, const struct json *request,
                         struct line *line, const struct entity **entity)
{
    struct str piece[5] = {{0}}, path = member_text(request, "path");
    struct str method = member_text(request, "method");
    size_t n;

    if (path.p == NULL)
        return reject(c, k, "path", "required",
                      "Each request has a path, e.g. \"/api/v1/crm/account\".");
    n = split_path(c, path, piece);
    if (n < 2 || n > 4)
        return reject(c, k, "path", "invalid_path",
                      "A path is /api/v1/{package}/{entity}, with /{id} behind "
                      "it to change, and /restore behind that.");
    *entity = model_entity_in(c->m, piece[0], piece[1]);
    if (*entity == NULL || !access_sees(call_who(c), *entity))
        return reject(c, k, "path", "not_found", "There is no such entity.");
    if (!op_of(method, n, piece[3], &line->op))
        return reject(c, k, "method", "invalid_method",
                      "This path takes POST to create, PATCH and DELETE with "
                      "an id, or POST .../restore.");
    if (n > 2 && !id_parse(piece[2], &line->id))
        return reject(c, k, "path", "not_found", "There is no such record.");
    line->qname = str_copy(c->a, (*entity)->qname);
    return RC_OK;
}

static bool is_twice(const struct batch *b, size_t k)
{
    size_t i;

    for (i = 0; i < k && b->lines[k].id != 0; i++) {
        if (b->lines[i].id == b->lines[k].id &&
            str_eq(b->lines[i].qname, b->lines[k].qname))
            return true;
    }
    return false;
}

static enum rc bind_item(struct call *c, struct batch *b, size_t k,
                         const struct json *request,
                         const struct entity *entity)
{
    const struct line *line = &b->lines[k];
    const struct json *body = json_at(request, "body");
    struct record_ctx ctx = call_record(c);
    struct record_item *item =
        record_add(&b->records, c->m, line->op, entity, line->id);
    enum rc rc;

    if (item == NULL)
        return FAIL(&c->err, RC_NOMEM, "There is no memory for a batch.");
    item->path = str_fmt(c->a, "requests.%zu.", k);
    rc = call_if_match(c, member_text(request, "if_match"), &item->if_rev);
    if (rc != RC_OK)
        return rc;
    if (line->op == RECORD_DELETE || line->op == RECORD_RESTORE)
        return RC_OK;
    if (body == NULL || body->kind != JSON_OBJECT)
        return reject(c, k, "body", "required",
                      "This request needs a body: an object of fields.");
    rc = record_bind_json(&ctx, c->m, &b->records, item, body, &c->issues,
                          &c->err);
    return rc == RC_INVALID ? RC_OK : rc; /* the save tells it with the rest */
}

static enum rc bind_line(struct call *c, struct batch *b, size_t k,
                         const struct json *request)
{
    const struct entity *entity = NULL;
    enum rc rc;

    if (request->kind != JSON_OBJECT)
        return reject(c, k, "path", "wrong_type",
                      "Each request is an object with method, path and body.");
    rc = call_members(c, request,
                      str_cstr(c->a, str_fmt(c->a, "requests.%zu", k)),
                      "method path body if_match");
    if (rc == RC_OK)
        rc = read_line(c, k, request, &b->lines[k], &entity);
    if (rc != RC_OK)
        return rc;
    if (is_twice(b, k))
        return reject(c, k, "path", "duplicate",
                      "This record is in the batch already; put both changes "
                      "into one request.");
    return bind_item(c, b, k, request, entity);
}

/* --- the whole -------------------------------------------------------------------- */

static enum rc bind_mode(struct call *c, bool *partial)
{
    struct str mode = STR_NONE;
    enum rc rc = call_text(c, c->body, "mode", &mode);

    if (rc != RC_OK)
        return rc;
    if (mode.n > 0 && !str_is(mode, "atomic") && !str_is(mode, "partial"))
        return call_reject(c, "mode", "invalid_choice",
                           "\"mode\" is either \"atomic\" or \"partial\".");
    *partial = str_is(mode, "partial");
    return RC_OK;
}

static enum rc bind(struct call *c, struct batch *b)
{
    const struct json *requests = json_at(c->body, "requests");
    enum rc rc = call_members(c, c->body, "", "mode requests"), first = RC_OK;
    size_t k;

    record_batch_init(&b->records, c->a);
    if (rc == RC_OK)
        rc = bind_mode(c, &b->records.partial);
    if (rc != RC_OK)
        return rc;
    if (requests == NULL || requests->kind != JSON_ARRAY)
        return call_reject(c, "requests", "required",
                           "\"requests\" is an array of requests.");
    if (requests->u.array.n > LIMIT_BATCH)
        return call_reject(c, "requests", "too_many",
                           "A batch has at most %d requests; this one has %zu.",
                           LIMIT_BATCH, requests->u.array.n);
    b->lines = ARENA_ARRAY(c->a, struct line, requests->u.array.n + 1);
    if (b->lines == NULL)
        return FAIL(&c->err, RC_NOMEM, "There is no memory for a batch.");
    for (k = 0; k < requests->u.array.n; k++) {
        rc = bind_line(c, b, k, &requests->u.array.v[k]);
        if (rc != RC_OK && rc != RC_INVALID)
            return rc;
        if (rc != RC_OK)
            first = rc; /* go on: all that is wrong is told at once */
    }
    return first;
}

static int status_of(enum record_op op)
{
    if (op == RECORD_CREATE)
        return 201;
    return op == RECORD_DELETE ? 204 : 200;
}

static void write_failed(struct call *c, const struct record_item *item)
{
    const char *code = item->code != NULL ? item->code : "";

    json_obj_begin(&c->w);
    json_kv_i64(&c->w, "status", answer_status(item->rc, code));
    json_k(&c->w, "body");
    answer_error_json(&c->w, item->rc, code, NULL, &c->issues, item->path);
    json_obj_end(&c->w);
}

static enum rc write_result(struct call *c, const struct line *line,
                            const struct record_item *item, struct err *err)
{
    const struct entity *e = model_entity(c->m, line->qname);
    int64_t rev = 0;
    enum rc rc = RC_OK;

    if (item->failed) {
        write_failed(c, item);
        return RC_OK;
    }
    json_obj_begin(&c->w);
    json_kv_i64(&c->w, "status", status_of(line->op));
    json_k(&c->w, "body");
    if (line->op == RECORD_DELETE)
        json_w_null(&c->w);
    else
        rc = record_render(c, e, item->id, item->rev, item->path, &rev, err);
    json_obj_end(&c->w);
    return rc;
}

static enum rc batch_answer(struct call *c, void *arg, int64_t txn,
                            struct err *err)
{
    struct batch *b = arg;
    size_t k;
    enum rc rc = RC_OK;

    http_response_reset(c->res);
    json_w_init(&c->w, &c->res->body);
    answer_id_header(c, "Perigee-Txn", txn);
    json_obj_begin(&c->w);
    json_kv_id(&c->w, "txn", txn);
    json_k(&c->w, "results");
    json_arr_begin(&c->w);
    for (k = 0; rc == RC_OK && k < b->records.n; k++)
        rc = write_result(c, &b->lines[k], &b->records.items[k], err);
    json_arr_end(&c->w);
    json_obj_end(&c->w);
    return rc == RC_OK ? answer_json(c, 200) : rc;
}

enum rc run_batch(struct call *c)
{
    struct batch b = {0};
    struct idem idem = {.render = batch_answer, .arg = &b};
    struct record_ctx ctx = call_record(c);
    bool answered = false;
    enum rc rc = idem_begin(c, &idem, &answered);

    if (rc != RC_OK || answered)
        return rc;
    rc = bind(c, &b);
    if (rc == RC_OK && b.records.n > 0) {
        idem_attach(&idem, &ctx);
        rc =
            record_save(&ctx, c->m, &b.records, &c->issues, &b.result, &c->err);
    }
    if (rc != RC_OK && idem_lost(&idem, &rc)) {
        idem_end(&idem);
        return rc;
    }
    idem_end(&idem);
    if (rc != RC_OK || idem.was_stored)
        return rc;
    if (call_read(c, 0) != RC_OK) /* then the results are short ones */
        err_clear(&c->err);
    return batch_answer(c, &b, b.result.txn, &c->err);
}
