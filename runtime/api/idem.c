/*
 * idem - Idempotency-Key: a POST that is sent again is answered again, not done
 * again.
 *
 * The answer is rendered inside the transaction and stored with it (sys_idem),
 * so that there is no moment in which one exists without the other. What was
 * refused changed nothing and leaves no row: it may be sent again, corrected.
 * Rows are kept 24 hours; each new one sweeps those that are older.
 *
 * A key whose first request is still under way is known in this process only:
 * the second gets 409 at once. Where two get past that (two nodes), the row's
 * primary key stops the later one, which then answers what was stored.
 */
#include "api/call.h"

#include "base/mem.h"
#include "model/store.h"

enum {
    KEY_MAX_BYTES = 255,
    KEEP_MS = 24 * 60 * 60 * 1000,
    RUNNING_MAX = 1024,
    HEADERS_BYTES = 16 << 10
};

struct running {
    uint8_t id[SHA256_BYTES]; /* of workspace, user and key */
    bool is_used;
};
struct idem_table {
    pthread_mutex_t lock;
    struct running v[RUNNING_MAX];
};

struct idem_table *idem_table_new(void)
{
    struct idem_table *t = mem_alloc(sizeof *t);

    if (t != NULL && pthread_mutex_init(&t->lock, NULL) != 0) {
        mem_free(t);
        t = NULL;
    }
    return t;
}

void idem_table_free(struct idem_table *t)
{
    if (t == NULL)
        return;
    pthread_mutex_destroy(&t->lock);
    mem_free(t);
}

/* --- the keys under way --------------------------------------------------------- */

static void running_id(const struct idem *i, uint8_t out[SHA256_BYTES])
{
    const struct call *c = i->c;
    struct sha256_ctx *h = sha256_begin(c->a);
    int64_t user = c->auth.who.user;
    uintptr_t ws = (uintptr_t)c->ws;

    if (h == NULL) {
        sha256(i->key, out);
        return;
    }
    sha256_add(h, str_of((const char *)&ws, sizeof ws));
    sha256_add(h, str_of((const char *)&user, sizeof user));
    sha256_add(h, i->key);
    sha256_end(h, out);
}

/* RC_CONFLICT: it runs already; RC_BUSY: too many do. */
static enum rc running_add(struct idem *i)
{
    struct idem_table *t = i->c->api->running;
    struct running *room = NULL;
    uint8_t id[SHA256_BYTES];
    size_t k;
    enum rc rc = RC_OK;

    running_id(i, id);
    pthread_mutex_lock(&t->lock);
    for (k = 0; rc == RC_OK && k < RUNNING_MAX; k++) {
        if (!t->v[k].is_used)
            room = room != NULL ? room : &t->v[k];
        else if (memcmp(t->v[k].id, id, sizeof id) == 0)
            rc = RC_CONFLICT;
    }
    if (rc == RC_OK && room == NULL)
        rc = RC_BUSY;
    if (rc == RC_OK) {
        memcpy(room->id, id, sizeof id);
        room->is_used = true;
        i->is_running = true;
    }
    pthread_mutex_unlock(&t->lock);
    return rc;
}

void idem_end(struct idem *i)
{
    struct idem_table *t;
    uint8_t id[SHA256_BYTES];
    size_t k;

    if (!i->is_running)
        return;
    t = i->c->api->running;
    running_id(i, id);
    pthread_mutex_lock(&t->lock);
    for (k = 0; k < RUNNING_MAX; k++) {
        if (t->v[k].is_used && memcmp(t->v[k].id, id, sizeof id) == 0)
            t->v[k].is_used = false;
    }
    pthread_mutex_unlock(&t->lock);
    i->is_running = false;
}

/* --- the stored answer -------------------------------------------------------------- */

static const char SQL_FIND[] =
    "SELECT \"hash\", \"status\", \"body\", \"headers\" FROM \"sys_idem\""
    " WHERE \"user\" = ?1 AND \"key\" = ?2 AND \"at\" > ?3";
static const char SQL_SWEEP[] = "DELETE FROM \"sys_idem\" WHERE \"at\" <= ?1";
static const char SQL_STORE[] =
    "INSERT INTO \"sys_idem\"(\"user\", \"key\", \"hash\", \"status\","
    " \"body\", \"headers\", \"at\") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)";

static const char *const KEPT_HEADERS[] = {"ETag", "Location", "Perigee-Txn"};

static enum rc replay(struct call *c, struct db_stmt *st)
{
    struct str body = str_copy(c->a, db_col_blob(st, 2));
    const struct json *headers = NULL;
    size_t i;
    enum rc rc = RC_OK;

    if (!db_col_null(st, 3))
        rc = json_parse(db_col_str(st, 3), c->a, &headers, &c->err);
    if (rc != RC_OK)
        return rc;
    c->res->status = (int)db_col_i64(st, 1);
    for (i = 0; headers != NULL && i < headers->u.object.n; i++) {
        const struct json_member *h = &headers->u.object.v[i];
        const char *name = str_cstr(c->a, h->key);

        if (name != NULL)
            http_header_add(c->res, name, json_str(&h->value, STR("")));
    }
    http_header_add(c->res, "Idempotent-Replayed", STR("true"));
    if (c->res->status == 204)
        return RC_OK;
    c->res->content_type = STR("application/json; charset=utf-8");
    buf_add(&c->res->body, body);
    return c->res->body.failed == RC_OK
               ? RC_OK
               : FAIL(&c->err, RC_NOMEM, "There is no memory for an answer.");
}

static enum rc look_up(struct idem *i, bool *answered)
{
    struct call *c = i->c;
    struct db_stmt *st = NULL;
    bool found = false;
    enum rc rc = call_read(c, 0);

    if (rc == RC_OK)
        rc = db_prepare(c->db, STR(SQL_FIND), &st, &c->err);
    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, c->auth.who.user);
    db_bind_str(st, 2, i->key);
    db_bind_i64(st, 3, call_now(c) - KEEP_MS);
    rc = db_step(st, &found, &c->err);
    if (rc == RC_OK && found) {
        struct str hash = db_col_blob(st, 0);

        if (hash.n != sizeof i->hash ||
            memcmp(hash.p, i->hash, sizeof i->hash) != 0)
            rc = call_reject(c, "Idempotency-Key", "key_reused",
                             "This Idempotency-Key was used for another "
                             "request; take a new one.");
        else
            rc = replay(c, st);
        *answered = rc == RC_OK;
    }
    db_stmt_release(st);
    call_let_go(c);
    return rc;
}

static bool is_good_key(struct str key)
{
    size_t i;

    if (key.n == 0 || key.n > KEY_MAX_BYTES)
        return false;
    for (i = 0; i < key.n; i++) {
        if (key.p[i] < 0x21 || key.p[i] > 0x7e)
            return false;
    }
    return true;
}

/* What makes a request the same: where it goes and what it brings. */
static void hash_request(struct idem *i)
{
    const struct http_request *req = i->c->req;
    struct sha256_ctx *h = sha256_begin(i->c->a);

    if (h == NULL)
        return;
    sha256_add(h, req->raw_path);
    sha256_add(h, STR("?"));
    sha256_add(h, req->raw_query);
    sha256_add(h, STR("\n"));
    sha256_add(h, i->c->body_text);
    sha256_end(h, i->hash);
}

enum rc idem_claim(struct call *c, struct idem *i)
{
    struct str key = http_header_get(c->req, "Idempotency-Key");
    enum rc rc;

    i->c = c;
    if (key.p == NULL || c->req->method != HTTP_POST)
        return RC_OK;
    if (!is_good_key(key))
        return call_reject(c, "Idempotency-Key", "invalid_key",
                           "An Idempotency-Key is 1 to %d printable ASCII "
                           "characters without spaces.",
                           KEY_MAX_BYTES);
    i->key = key;
    hash_request(i);
    rc = running_add(i);
    if (rc == RC_CONFLICT)
        return FAIL(&c->err, RC_CONFLICT,
                    "The first request with this Idempotency-Key is still "
                    "running; ask again in a moment.");
    if (rc != RC_OK)
        return FAIL(&c->err, rc, "Too many requests are under way.");
    return RC_OK;
}

enum rc idem_look(struct idem *i, struct str bytes_hash, bool *answered)
{
    struct sha256_ctx *h = NULL;

    if (i->key.n == 0)
        return RC_OK;
    if (bytes_hash.n > 0) {
        h = sha256_begin(i->c->a);
        if (h == NULL)
            return FAIL(&i->c->err, RC_NOMEM, "There is no memory to hash.");
        sha256_add(h, str_of((const char *)i->hash, sizeof i->hash));
        sha256_add(h, bytes_hash);
        sha256_end(h, i->hash);
    }
    return look_up(i, answered);
}

enum rc idem_begin(struct call *c, struct idem *i, bool *answered)
{
    enum rc rc = idem_claim(c, i);

    if (rc == RC_OK)
        rc = idem_look(i, STR(""), answered);
    if (rc != RC_OK || *answered)
        idem_end(i);
    return rc;
}

/* --- storing --------------------------------------------------------------------------- */

static enum rc headers_json(const struct http_response *res, struct arena *a,
                            struct str *out, struct err *err)
{
    struct json_w w;
    struct buf b;
    size_t i, k;
    enum rc rc;

    buf_init(&b, HEADERS_BYTES);
    json_w_init(&w, &b);
    json_obj_begin(&w);
    for (i = 0; i < res->n_headers; i++) {
        for (k = 0; k < sizeof KEPT_HEADERS / sizeof *KEPT_HEADERS; k++) {
            if (str_eq(res->headers[i].name, str_c(KEPT_HEADERS[k])))
                json_kv(&w, KEPT_HEADERS[k], res->headers[i].value);
        }
    }
    json_obj_end(&w);
    rc = json_w_finish(&w, err);
    if (rc == RC_OK)
        rc = buf_finish(&b, a, out, err);
    buf_release(&b);
    return rc;
}

static enum rc sweep(struct db *db, int64_t before, struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc = db_prepare(db, STR(SQL_SWEEP), &st, err);

    if (rc == RC_OK) {
        db_bind_i64(st, 1, before);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

enum rc idem_store(struct idem *i, struct db *db, struct err *err)
{
    struct call *c = i->c;
    struct str headers = STR_NONE, body = buf_view(&c->res->body);
    struct db_stmt *st = NULL;
    enum rc rc;

    if (i->key.n == 0)
        return RC_OK;
    rc = sweep(db, call_now(c) - KEEP_MS, err);
    if (rc == RC_OK)
        rc = headers_json(c->res, c->a, &headers, err);
    if (rc == RC_OK)
        rc = db_prepare(db, STR(SQL_STORE), &st, err);
    if (rc != RC_OK)
        return rc;
    db_bind_i64(st, 1, c->auth.who.user);
    db_bind_str(st, 2, i->key);
    db_bind_blob(st, 3, i->hash, sizeof i->hash);
    db_bind_i64(st, 4, c->res->status);
    db_bind_blob(st, 5, body.n > 0 ? body.p : "", body.n);
    db_bind_str(st, 6, headers);
    db_bind_i64(st, 7, call_now(c));
    rc = db_step_done(st, err);
    db_stmt_release(st);
    if (rc == RC_OK)
        i->was_stored = true;
    return rc;
}

/* The model that fits the writer's generation: the call's, unless a publish came
   between; then *newer is a reference of our own. */
static enum rc fitting_model(struct call *c, struct db *db,
                             const struct model **newer, struct err *err)
{
    int64_t generation = 0;
    enum rc rc = store_generation(db, &generation, err);

    if (rc != RC_OK || generation == c->m->generation)
        return rc;
    *newer = model_slot_ref(c->ws->slot);
    if (*newer == NULL || (*newer)->generation != generation)
        rc = FAIL(err, RC_BUSY,
                  "Definitions are being published; try again "
                  "in a moment.");
    return rc;
}

/* In the writer, possibly more than once: everything is written anew. What was
   bound still points into the call's model, so it comes back afterwards. */
static enum rc store_in_tx(void *arg, struct db *db, int64_t txn,
                           struct err *err)
{
    struct idem *i = arg;
    struct call *c = i->c;
    const struct model *bound = c->m, *newer = NULL;
    enum rc rc;

    i->was_stored = false;
    rc = fitting_model(c, db, &newer, err);
    if (rc == RC_OK) {
        c->m = newer != NULL ? newer : bound;
        c->db = db;
        c->is_in_tx = true;
        rc = i->render(c, i->arg, txn, err);
        c->is_in_tx = false;
        c->db = NULL;
        c->m = bound;
    }
    model_unref(newer);
    return rc == RC_OK ? idem_store(i, db, err) : rc;
}

void idem_attach(struct idem *i, struct record_ctx *ctx)
{
    if (i->key.n == 0)
        return;
    ctx->in_tx = store_in_tx;
    ctx->in_tx_arg = i;
}

bool idem_lost(struct idem *i, enum rc *rc)
{
    struct call *c = i->c;
    bool answered = false;
    enum rc again;

    if (i->key.n == 0 || *rc != RC_CONFLICT)
        return false;
    http_response_reset(c->res);
    again = look_up(i, &answered);
    if (again == RC_OK && !answered)
        return false;
    *rc = again;
    return true;
}
