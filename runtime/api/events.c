/*
 * events - GET /api/v1/events: what changes, as server-sent events that resume
 * by Last-Event-ID, or as one page of JSON.
 *
 * A stream takes a thread, so it waits on the workspace's bell and holds neither
 * reader nor model meanwhile. With each look it asks again who listens: a
 * session that ended, or a right that was taken, is effective at once. Values
 * are never sent; a listener reads what it may.
 */
#include "api/call.h"

#include "base/clock.h"
#include "base/id.h"

enum {
    ROWS_MAX = 2000,    /* of one look; a transaction is shorter       */
    MANY = 100,         /* more of an entity in a transaction: "many"  */
    WAIT_MS = 1000,     /* how soon the server's end is noticed        */
    COMMENT_MS = 15000, /* so that proxies keep the stream             */
    JOBS_WATCHED = 32,
    JOBS_AGE_MS = 60 * 60 * 1000,
    FEED_BYTES = 4 << 20
};

struct job_seen {
    int64_t id, done;
    char state[12];
};

/* Where one listener is. */
struct feed {
    struct call *c;
    struct str only; /* qname, or empty: all */
    int64_t last;    /* sys_event.seq up to which all was said */
    int64_t generation;
    struct job_seen jobs[JOBS_WATCHED];
    size_t n_jobs;
    bool knows_jobs;
    bool is_page; /* JSON, not a stream */
    struct buf out;
    struct json_w page;
};

struct row {
    int64_t seq, txn, rec, rev, user;
    int ent, op;
    struct str fields;
    bool last;
};

static const char SQL_EVENTS[] =
    "SELECT \"seq\", \"txn\", \"ent\", \"rec\", \"op\", \"rev\", \"fields\","
    " \"user\", \"last\" FROM \"sys_event\" WHERE \"seq\" > ?1"
    " ORDER BY \"seq\" ASC LIMIT ?2";
static const char SQL_RANGE[] =
    "SELECT (SELECT min(\"seq\") FROM \"sys_event\"),"
    " (SELECT max(\"seq\") FROM \"sys_event\")";
/* Ids are times: the newest hour is a range of the primary key. */
static const char SQL_JOBS[] =
    "SELECT \"id\", \"state\", \"done\", \"total\" FROM \"sys_job\""
    " WHERE \"id\" > ?1 AND \"user\" = ?2 ORDER BY \"id\" DESC LIMIT ?3";

/* --- one event ------------------------------------------------------------------ */

/* Begins the event; its data follows in the writer that is returned. */
static void begin_event(struct feed *f, const char *name, int64_t id,
                        struct json_w *w)
{
    char text[STR_I64_BYTES];

    if (f->is_page) {
        *w = f->page;
        json_obj_begin(w);
        json_kv(w, "event", str_c(name));
        json_k(w, "id");
        if (id > 0)
            json_w_str(w, str_of(text, str_put_i64(text, id)));
        else
            json_w_null(w);
        json_k(w, "data");
        return;
    }
    buf_adds(&f->out, "event: ");
    buf_adds(&f->out, name);
    buf_adds(&f->out, "\ndata: ");
    json_w_init(w, &f->out);
}

static void end_event(struct feed *f, int64_t id, struct json_w *w)
{
    if (f->is_page) {
        json_obj_end(w);
        f->page = *w;
        return;
    }
    if (id > 0) {
        buf_adds(&f->out, "\nid: ");
        buf_add_i64(&f->out, id);
    }
    buf_adds(&f->out, "\n\n");
}

static void say_reset(struct feed *f)
{
    struct json_w w;

    begin_event(f, "reset", f->last, &w);
    json_obj_begin(&w);
    json_obj_end(&w);
    end_event(f, f->last, &w);
}

static void say_generation(struct feed *f)
{
    struct json_w w;

    if (f->generation == f->c->m->generation)
        return;
    f->generation = f->c->m->generation;
    begin_event(f, "model", 0, &w);
    json_obj_begin(&w);
    json_kv_i64(&w, "generation", f->generation);
    json_obj_end(&w);
    end_event(f, 0, &w);
}

/* --- changes ----------------------------------------------------------------------- */

static void put_names(const struct feed *f, const struct entity *e,
                      struct str names, struct json_w *w)
{
    struct str word;

    json_k(w, "fields");
    json_arr_begin(w);
    while (str_word(&names, &word)) {
        const struct field *field = entity_field(e, word);

        if (field != NULL && access_reads_field(call_who(f->c), field))
            json_w_str(w, word);
    }
    json_arr_end(w);
}

static void say_change(struct feed *f, const struct row *r, bool is_many,
                       int64_t id)
{
    static const char *const OPS[] = {"", "create", "update", "delete",
                                      "restore"};
    const struct entity *e = model_entity_no(f->c->m, r->ent);
    struct json_w w;

    begin_event(f, "change", id, &w);
    json_obj_begin(&w);
    json_kv(&w, "entity", e->qname);
    if (is_many) {
        json_kv(&w, "op", STR("many"));
    } else {
        json_kv_id(&w, "id", r->rec);
        json_kv(&w, "op", str_c(OPS[r->op >= 1 && r->op <= 4 ? r->op : 0]));
        json_kv_i64(&w, "rev", r->rev);
        put_names(f, e, r->fields, &w);
    }
    json_kv_id(&w, "by", r->user);
    json_obj_end(&w);
    end_event(f, id, &w);
}

static bool is_heard(const struct feed *f, int ent)
{
    const struct entity *e = model_entity_no(f->c->m, ent);

    return e != NULL && access_may(call_who(f->c), ACCESS_READ, e) &&
           (f->only.n == 0 || str_eq(f->only, e->qname));
}

/* How often this row's entity occurs in rows[0..n), and whether before `at`. */
static size_t occurrences(const struct row *rows, size_t n, size_t at,
                          bool *before)
{
    size_t i, count = 0;

    *before = false;
    for (i = 0; i < n; i++) {
        if (rows[i].ent != rows[at].ent)
            continue;
        count++;
        *before = *before || i < at;
    }
    return count;
}

/* What is said of one transaction: the row, many of its kind, or nothing. */
static bool is_said(const struct feed *f, const struct row *rows, size_t n,
                    size_t at, bool *is_many)
{
    bool before = false;

    *is_many = false;
    if (!is_heard(f, rows[at].ent))
        return false;
    if (n <= MANY) /* the usual case needs no counting */
        return true;
    *is_many = occurrences(rows, n, at, &before) > MANY;
    return !*is_many || !before;
}

/* The id stands on the last event that is said, so that a listener who resumes
   has heard of a transaction wholly or not at all. */
static void say_transaction(struct feed *f, const struct row *rows, size_t n)
{
    size_t i, last = n;
    bool is_many = false;

    for (i = n; i > 0 && last == n; i--) {
        if (is_said(f, rows, n, i - 1, &is_many))
            last = i - 1;
    }
    for (i = 0; i < n; i++) {
        if (is_said(f, rows, n, i, &is_many))
            say_change(f, &rows[i], is_many, i == last ? rows[n - 1].seq : 0);
    }
}

static enum rc read_rows(struct feed *f, struct row *rows, size_t *n)
{
    struct call *c = f->c;
    struct db_stmt *st = NULL;
    bool has_row = false;
    enum rc rc = db_prepare(c->db, STR(SQL_EVENTS), &st, &c->err);

    if (rc == RC_OK) {
        db_bind_i64(st, 1, f->last);
        db_bind_i64(st, 2, ROWS_MAX);
    }
    for (*n = 0; rc == RC_OK && *n < ROWS_MAX; (*n)++) {
        struct row *r = &rows[*n];

        rc = db_step(st, &has_row, &c->err);
        if (rc != RC_OK || !has_row)
            break;
        *r = (struct row){.seq = db_col_i64(st, 0),
                          .txn = db_col_i64(st, 1),
                          .ent = (int)db_col_i64(st, 2),
                          .rec = db_col_i64(st, 3),
                          .op = (int)db_col_i64(st, 4),
                          .rev = db_col_i64(st, 5),
                          .fields = str_copy(c->a, db_col_str(st, 6)),
                          .user = db_col_i64(st, 7),
                          .last = db_col_bool(st, 8)};
    }
    db_stmt_release(st);
    return rc;
}

/* Whole transactions; *more: there is another page. */
static enum rc say_changes(struct feed *f, bool *more)
{
    struct call *c = f->c;
    struct row *rows = ARENA_ARRAY(c->a, struct row, ROWS_MAX);
    size_t n = 0, from = 0, i;
    enum rc rc;

    if (rows == NULL)
        return FAIL(&c->err, RC_NOMEM, "There is no memory for events.");
    rc = read_rows(f, rows, &n);
    if (rc != RC_OK)
        return rc;
    for (i = 0; i < n; i++) {
        bool ends = rows[i].last || (n == ROWS_MAX && i + 1 == n && from == 0);

        if (!ends)
            continue;
        say_transaction(f, rows + from, i + 1 - from);
        f->last = rows[i].seq;
        from = i + 1;
    }
    *more = n == ROWS_MAX;
    return RC_OK;
}

/* --- jobs ---------------------------------------------------------------------------- */

static bool is_news(const struct feed *f, const struct job_seen *now)
{
    size_t i;

    for (i = 0; i < f->n_jobs; i++) {
        if (f->jobs[i].id == now->id)
            return f->jobs[i].done != now->done ||
                   strcmp(f->jobs[i].state, now->state) != 0;
    }
    return f->knows_jobs;
}

static void say_job(struct feed *f, const struct job_seen *j, int64_t total)
{
    struct json_w w;

    begin_event(f, "job", 0, &w);
    json_obj_begin(&w);
    json_kv_id(&w, "id", j->id);
    json_kv(&w, "state", str_c(j->state));
    json_kv_i64(&w, "done", j->done);
    json_kv_i64(&w, "total", total);
    json_obj_end(&w);
    end_event(f, 0, &w);
}

static enum rc say_jobs(struct feed *f)
{
    struct call *c = f->c;
    struct job_seen now[JOBS_WATCHED];
    struct db_stmt *st = NULL;
    size_t n = 0;
    bool has_row = false;
    enum rc rc = db_prepare(c->db, STR(SQL_JOBS), &st, &c->err);

    if (rc == RC_OK) {
        db_bind_i64(st, 1, id_first_at(call_now(c) - JOBS_AGE_MS, 0));
        db_bind_i64(st, 2, c->auth.who.user);
        db_bind_i64(st, 3, JOBS_WATCHED);
    }
    while (rc == RC_OK && n < JOBS_WATCHED) {
        struct job_seen *j = &now[n];
        struct str state;

        rc = db_step(st, &has_row, &c->err);
        if (rc != RC_OK || !has_row)
            break;
        state = str_sub(db_col_str(st, 1), 0, sizeof j->state - 1);
        *j = (struct job_seen){.id = db_col_i64(st, 0),
                               .done = db_col_i64(st, 2)};
        memcpy(j->state, state.p, state.n);
        if (is_news(f, j))
            say_job(f, j, db_col_i64(st, 3));
        n++;
    }
    db_stmt_release(st);
    if (rc != RC_OK)
        return rc;
    memcpy(f->jobs, now, n * sizeof *now);
    f->n_jobs = n;
    f->knows_jobs = true;
    return RC_OK;
}

/* --- where to begin --------------------------------------------------------------------- */

/* `from` < 0: now. Otherwise behind it, or a reset when that is too old. */
static enum rc begin_at(struct feed *f, int64_t from, bool *is_gap)
{
    struct call *c = f->c;
    struct db_stmt *st = NULL;
    int64_t oldest = 0, newest = 0;
    enum rc rc = db_prepare(c->db, STR(SQL_RANGE), &st, &c->err);

    if (rc == RC_OK)
        rc = db_step_row(st, &c->err);
    if (rc == RC_OK) {
        oldest = db_col_i64(st, 0);
        newest = db_col_i64(st, 1);
    }
    db_stmt_release(st);
    *is_gap = from >= 0 && (from > newest || from < oldest - 1);
    f->last = from < 0 || *is_gap ? newest : from;
    f->generation = c->m->generation;
    return rc;
}

static enum rc bind_feed(struct call *c, struct feed *f, int64_t *from)
{
    struct str only = call_param(c, "entity"), after = call_param(c, "after");
    struct str seen = http_header_get(c->req, "Last-Event-ID");
    const struct entity *e = NULL;

    *from = -1;
    if (only.p != NULL) {
        if (call_entity_named(c, only, &e) != RC_OK) {
            err_clear(&c->err);
            return call_reject(c, "entity", "unknown_entity",
                               "There is no such entity; they are named like "
                               "\"crm:account\".");
        }
        f->only = str_copy(c->a, e->qname);
    }
    if (after.n > 0 && (!str_to_i64(after, from) || *from < 0))
        return call_reject(c, "after", "invalid_number",
                           "\"after\" is the \"next\" of the page before.");
    /* What a browser sends by itself is not worth an error. */
    if (after.p == NULL && seen.n > 0 && (!str_to_i64(seen, from) || *from < 0))
        *from = 0;
    return RC_OK;
}

static bool wants_page(const struct call *c)
{
    struct str accept = http_header_get(c->req, "Accept");

    return str_find(accept, STR("application/json")) >= 0;
}

/* --- one page -------------------------------------------------------------------------------- */

static enum rc answer_page(struct call *c, struct feed *f, int64_t from)
{
    char text[STR_I64_BYTES];
    bool is_gap = false, more = false;
    enum rc rc = begin_at(f, from, &is_gap);

    if (rc != RC_OK)
        return rc;
    f->is_page = true;
    json_obj_begin(&c->w);
    json_k(&c->w, "items");
    json_arr_begin(&c->w);
    f->page = c->w;
    if (is_gap)
        say_reset(f);
    rc = say_changes(f, &more);
    c->w = f->page;
    json_arr_end(&c->w);
    json_kv(&c->w, "next", str_of(text, str_put_i64(text, f->last)));
    json_kv_i64(&c->w, "generation", c->m->generation);
    json_obj_end(&c->w);
    return rc == RC_OK ? answer_json(c, 200) : rc;
}

/* --- the stream --------------------------------------------------------------------------------- */

/* The texts of c->auth stay those of the beginning; rights are today's. */
static enum rc ask_again(struct call *c)
{
    struct auth now = {0};
    enum rc rc = RC_OK;

    if (c->auth.kind == AUTH_SESSION)
        rc = auth_by_session(c->db, c->m, c->secret, call_now(c), c->a, &now,
                             &c->err);
    else if (c->auth.kind == AUTH_TOKEN)
        rc = auth_by_token(c->db, c->m, c->secret, call_now(c), c->a, &now,
                           &c->err);
    else
        return RC_OK;
    if (rc == RC_OK) {
        c->auth.who.is_admin = now.who.is_admin;
        c->auth.who.may_write = now.who.may_write;
        c->auth.who.rights = now.who.rights;
    }
    return rc;
}

/* One look at the data; what there is to say goes into f->out. */
static enum rc look(struct feed *f, bool *more)
{
    struct call *c = f->c;
    struct arena_mark mark = arena_mark(c->a);
    enum rc rc = call_read(c, 0);

    if (rc == RC_OK)
        rc = ask_again(c);
    if (rc == RC_OK) {
        say_generation(f);
        rc = say_changes(f, more);
    }
    if (rc == RC_OK)
        rc = say_jobs(f);
    call_let_go(c);
    model_unref(c->m);
    c->m = NULL;
    arena_rewind(c->a, mark);
    return rc;
}

static bool send(struct feed *f)
{
    bool ok = f->out.failed == RC_OK;

    if (ok && f->out.n > 0)
        ok = http_stream_write(f->c->res, buf_view(&f->out));
    buf_reset(&f->out);
    return ok;
}

static int64_t mono(const struct call *c)
{
    return c->ws->clock->mono_ms(c->ws->clock->arg);
}

static void listen(struct feed *f)
{
    struct call *c = f->c;
    uint64_t rung = 0;
    int64_t said_ms = mono(c);
    bool more = true;

    while (http_stream_is_open(c->res)) {
        if (more || bell_wait(c->ws->changed, &rung, WAIT_MS)) {
            more = false;
            if (look(f, &more) != RC_OK)
                return; /* the client comes again and is told why */
        }
        if (f->out.n == 0 && mono(c) - said_ms >= COMMENT_MS)
            buf_adds(&f->out, ":\n\n");
        if (f->out.n > 0)
            said_ms = mono(c);
        if (!send(f))
            return;
    }
}

static enum rc stream(struct call *c, struct feed *f, int64_t from)
{
    bool is_gap = false;
    enum rc rc = begin_at(f, from, &is_gap);

    call_let_go(c);
    if (rc != RC_OK)
        return rc;
    c->res->content_type = STR("text/event-stream");
    http_header_add(c->res, "X-Accel-Buffering", STR("no"));
    if (c->req->method == HTTP_HEAD)
        return RC_OK;
    rc = http_stream_begin(c->req, c->res, HTTP_STREAM_EVENTS, &c->err);
    if (rc != RC_OK) {
        c->retry_after_s = COMMENT_MS / 1000;
        return rc;
    }
    buf_init(&f->out, FEED_BYTES);
    buf_adds(&f->out, "retry: 2000\n\n");
    if (is_gap)
        say_reset(f);
    if (send(f))
        listen(f);
    buf_release(&f->out);
    return RC_OK;
}

enum rc run_events(struct call *c)
{
    struct feed *f = ARENA_NEW(c->a, struct feed);
    int64_t from = -1;
    enum rc rc;

    if (f == NULL)
        return FAIL(&c->err, RC_NOMEM, "There is no memory for events.");
    f->c = c;
    rc = call_read(c, 0);
    if (rc == RC_OK)
        rc = bind_feed(c, f, &from);
    if (rc != RC_OK)
        return rc;
    return wants_page(c) ? answer_page(c, f, from) : stream(c, f, from);
}
