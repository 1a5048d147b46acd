/*
 * reads - aggregate, search, history; and undo, which history offers.
 */
#include "api/call.h"

enum { SEARCH_DEFAULT = 20, SEARCH_MAX = 50, SEARCH_ENTITIES = 64 };

enum rc run_aggregate(struct call *c)
{
    struct aggregate_spec spec = {0};
    struct query_ctx q;
    enum rc rc = call_entity(c, &spec.entity);

    if (rc == RC_OK)
        rc = call_param_int(c, "limit", 1, LIMIT_GROUPS, &spec.limit);
    if (rc != RC_OK)
        return rc;
    spec.by = call_param(c, "by");
    spec.measure = call_param(c, "measure");
    spec.filter = call_param(c, "filter");
    spec.q = call_param(c, "q");
    spec.sort = call_param(c, "sort");
    q = call_query(c);
    rc = call_past(c, &q);
    if (rc == RC_OK)
        rc = query_aggregate_json(&q, &spec, &c->w, &c->err);
    query_past_free(q.past);
    return rc == RC_OK ? answer_json(c, 200) : rc;
}

/* "crm:contact,crm:account" */
static enum rc bind_entities(struct call *c, struct search_spec *spec,
                             const struct entity **list)
{
    struct str rest = call_param(c, "entities"), name;
    enum rc rc = RC_OK;

    while (str_split(&rest, ',', &name)) {
        const struct entity *e = model_entity(c->m, str_trim(name));

        if (e == NULL || !access_sees(call_who(c), e))
            rc = call_reject(c, "entities", "unknown_entity",
                             "There is no entity \"%.*s\"; they are named like "
                             "\"crm:account\".",
                             (int)(name.n > 60 ? 60 : name.n), name.p);
        else if (spec->n == SEARCH_ENTITIES)
            return call_reject(c, "entities", "too_many",
                               "At most %d entities can be named; without the "
                               "parameter all are searched.",
                               SEARCH_ENTITIES);
        else
            list[spec->n++] = e;
    }
    spec->entities = list;
    return rc;
}

enum rc run_search(struct call *c)
{
    const struct entity *list[SEARCH_ENTITIES];
    struct search_spec spec = {.limit = SEARCH_DEFAULT};
    struct query_ctx q = call_query(c);
    enum rc rc = RC_OK;

    spec.q = call_param(c, "q");
    if (spec.q.p == NULL)
        rc = call_reject(c, "q", "required", "\"q\" is what to search for.");
    if (rc == RC_OK)
        rc = call_param_int(c, "limit", 1, SEARCH_MAX, &spec.limit);
    if (rc == RC_OK)
        rc = bind_entities(c, &spec, list);
    if (rc == RC_OK)
        rc = query_search_json(&q, &spec, &c->w, &c->err);
    return rc == RC_OK ? answer_json(c, 200) : rc;
}

enum rc run_history(struct call *c)
{
    const struct entity *e = NULL;
    struct query_ctx q = call_query(c);
    int64_t id = 0;
    int limit = LIMIT_PAGE_DEFAULT;
    enum rc rc = call_entity(c, &e);

    if (rc == RC_OK)
        rc = call_id(c, 2, &id);
    if (rc == RC_OK)
        rc = call_param_int(c, "limit", 1, LIMIT_PAGE, &limit);
    if (rc == RC_OK)
        rc = query_history_json(&q, e, id, limit, &c->w, &c->err);
    return rc == RC_OK ? answer_json(c, 200) : rc;
}

/* --- undo ------------------------------------------------------------------- */

static const char SQL_UNDONE[] =
    "SELECT \"n\" FROM \"sys_txn\" WHERE \"id\" = ?1";

/* What was skipped stands in the issues: errors of records that could not be
   saved, and what was changed since. Other warnings are none of it. */
static void undo_conflicts(struct call *c)
{
    size_t i;

    json_k(&c->w, "conflicts");
    json_arr_begin(&c->w);
    for (i = 0; i < c->issues.n; i++) {
        const struct issue *one = &c->issues.v[i];

        if (one->is_warning && !str_is(one->code, "conflict"))
            continue;
        json_obj_begin(&c->w);
        json_kv(&c->w, "path", one->path);
        json_kv(&c->w, "code", one->code);
        json_kv(&c->w, "message", one->message);
        json_obj_end(&c->w);
    }
    json_arr_end(&c->w);
}

static enum rc undo_answer(struct call *c, int64_t txn, int64_t undone)
{
    http_response_reset(c->res);
    json_w_init(&c->w, &c->res->body);
    answer_id_header(c, "Perigee-Txn", txn);
    json_obj_begin(&c->w);
    json_kv_id(&c->w, "txn", txn);
    json_kv_i64(&c->w, "undone", undone);
    undo_conflicts(c);
    json_obj_end(&c->w);
    return answer_json(c, 200);
}

/* Inside the transaction its own row says how much it takes back. */
static enum rc undo_in_tx(struct call *c, void *arg, int64_t txn,
                          struct err *err)
{
    struct db_stmt *st = NULL;
    int64_t undone = 0;
    bool has_row = false;
    enum rc rc = db_prepare(c->db, STR(SQL_UNDONE), &st, err);

    (void)arg;
    if (rc == RC_OK) {
        db_bind_i64(st, 1, txn);
        rc = db_step(st, &has_row, err);
    }
    if (rc == RC_OK && has_row)
        undone = db_col_i64(st, 0);
    db_stmt_release(st);
    return rc == RC_OK ? undo_answer(c, txn, undone) : rc;
}

static enum rc undo(struct call *c, struct idem *idem)
{
    struct record_ctx ctx = call_record(c);
    struct undo_result u = {0};
    int64_t txn = 0;
    bool skip = false;
    enum rc rc = call_members(c, c->body, "", "skip_conflicts");

    if (rc == RC_OK)
        rc = call_flag(c, c->body, "skip_conflicts", &skip);
    if (rc == RC_OK)
        rc = call_id(c, 0, &txn);
    idem_attach(idem, &ctx);
    if (rc == RC_OK)
        rc = record_undo(&ctx, txn, skip, c->a, &c->issues, &u, &c->err);
    if (rc != RC_OK) {
        (void)idem_lost(idem, &rc);
        return rc;
    }
    return idem->was_stored ? RC_OK : undo_answer(c, u.txn, u.undone);
}

enum rc run_undo(struct call *c)
{
    struct idem idem = {.render = undo_in_tx};
    bool answered = false;
    enum rc rc = idem_begin(c, &idem, &answered);

    if (rc != RC_OK || answered)
        return rc;
    rc = undo(c, &idem);
    idem_end(&idem);
    return rc;
}
