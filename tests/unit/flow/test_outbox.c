/* outbox: what a transaction wants done is done after it, in order, at least
   once, and inside the database exactly once. */
#include "flow/outbox.h"
#include "unit/flow/fixture.h"

enum { SEEN = 256 };

/* A kind that remembers what it was given. */
struct probe {
    pthread_mutex_t lock;
    atomic_int runs, rows, let_go, waiting;
    char seen[SEEN][48]; /* "key:payload" in the order of the runs */
    int largest;
    const char *poison; /* a key that always fails */
    _Atomic(enum rc) answer;
    atomic_bool is_final, waits, done_inside, lost;
    struct flow_fixture *f;
};

static void remember(struct probe *p, const struct outbox_run *run)
{
    size_t i;

    (void)pthread_mutex_lock(&p->lock);
    if ((int)run->n > p->largest)
        p->largest = (int)run->n;
    for (i = 0; i < run->n && p->rows < SEEN; i++)
        snprintf(p->seen[p->rows++], sizeof p->seen[0], "%.*s:%.*s",
                 STR_ARG(run->rows[i].key), STR_ARG(run->rows[i].payload));
    (void)pthread_mutex_unlock(&p->lock);
}

struct inside {
    struct probe *p;
    struct outbox_run *run;
};

/* The deed and the deleting in one transaction. */
static enum rc inside_run(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    struct inside *in = arg;
    enum rc rc =
        db_exec(db,
                STR("INSERT INTO sys_audit (id, at, user, what, detail)"
                    " SELECT coalesce(max(id), 0) + 1, 0, 0, 'probe', ''"
                    " FROM sys_audit"),
                err);

    (void)a;
    return rc == RC_OK ? outbox_done(db, in->run, err) : rc;
}

static bool is_poisoned(const struct probe *p, const struct outbox_run *run)
{
    size_t i;

    for (i = 0; p->poison && i < run->n; i++) {
        if (str_eq(run->rows[i].key, str_c(p->poison)))
            return true;
    }
    return false;
}

static enum rc probe_run(void *ctx, struct outbox_run *run, struct err *err)
{
    struct probe *p = ctx;
    struct inside in = {p, run};
    struct db_job job = {.run = inside_run, .arg = &in};
    enum rc rc;

    p->runs++;
    p->waiting++;
    while (p->waits && !p->let_go) {
        if (!outbox_tell(run)) {
            p->lost = true;
            return FAIL(err, RC_CONFLICT, "Told to stop.");
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    if (p->done_inside) {
        rc = db_write(p->f->w.ws.store, &job, run->arena, err);
        if (rc != RC_OK)
            return rc;
    }
    if (p->answer != RC_OK || is_poisoned(p, run)) {
        run->is_final = p->is_final;
        return FAIL(err, p->answer == RC_OK ? RC_INVALID : p->answer,
                    "The probe cannot do it.");
    }
    remember(p, run);
    return RC_OK;
}

static struct probe *probe(struct flow_fixture *f)
{
    struct probe *p = ARENA_NEW(&f->w.arena, struct probe);

    (void)pthread_mutex_init(&p->lock, NULL);
    p->f = f;
    return p;
}

static struct outbox *start(struct flow_fixture *f, struct probe *p,
                            int threads, int batch)
{
    struct outbox_kind kind = {"probe", batch, probe_run, p};
    struct outbox_config config = {.store = f->w.ws.store,
                                   .clock = &f->clock,
                                   .kinds = &kind,
                                   .n_kinds = 1,
                                   .threads = threads,
                                   .lease_ms = 1000};
    struct outbox *o = NULL;

    CHECK_RC(outbox_open(&config, &o, &f->w.err), RC_OK);
    return o;
}

struct put {
    struct outbox_entry entry;
    int64_t now_ms, id;
};

static enum rc put_run(struct db *db, void *arg, struct arena *a,
                       struct err *err)
{
    struct put *p = arg;

    (void)a;
    return outbox_add(db, &p->entry, p->now_ms, &p->id, err);
}

static enum rc put_entry(struct flow_fixture *f, struct outbox_entry e,
                         int64_t *id)
{
    struct put p = {e, f->now_ms, 0};
    struct db_job job = {.run = put_run, .arg = &p};
    enum rc rc = db_write(f->w.ws.store, &job, &f->w.arena, &f->w.err);

    *id = p.id;
    return rc;
}

static int64_t put(struct flow_fixture *f, const char *key, const char *payload)
{
    int64_t id = 0;

    CHECK_RC(put_entry(f,
                       (struct outbox_entry){.txn = 1,
                                             .package = STR("crm"),
                                             .kind = STR("probe"),
                                             .topic = STR("crm:probe"),
                                             .key = str_c(key),
                                             .payload = str_c(payload)},
                       &id),
             RC_OK);
    return id;
}

static bool is_empty(struct flow_fixture *f)
{
    return flow_wait_i64(f, "SELECT count(*) FROM sys_outbox", 0);
}

static int64_t count(struct flow_fixture *f, const char *state)
{
    char sql[128];

    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM sys_outbox WHERE state = '%s'", state);
    return ws_i64(&f->w, sql);
}

/* Its state after the n-th attempt is over. */
static bool is_over(struct flow_fixture *f, int attempts)
{
    return flow_wait_i64(f,
                         "SELECT attempts FROM sys_outbox WHERE state <>"
                         " 'running'",
                         attempts);
}

TEST(outbox, does_what_was_asked_and_keeps_nothing)
{
    struct flow_fixture f;
    struct probe *p;
    struct outbox *o;

    flow_fixture_open(&f);
    p = probe(&f);
    o = start(&f, p, 1, 1);
    (void)put(&f, "a", "1");
    outbox_wake(o);
    CHECK(is_empty(&f));
    outbox_close(o);
    CHECK_I64(p->runs, 1);
    CHECK_CSTR(p->seen[0], "a:1");
    flow_fixture_close(&f);
}

TEST(outbox, refuses_what_is_too_large_or_has_no_key)
{
    struct outbox_entry e = {.kind = STR("probe"), .key = STR("a")};
    struct flow_fixture f;
    char *big;
    int64_t id;

    flow_fixture_open(&f);
    big = arena_alloc(&f.w.arena, OUTBOX_PAYLOAD_BYTES + 1);
    e.payload = (struct str){big, OUTBOX_PAYLOAD_BYTES + 1};
    CHECK_RC(put_entry(&f, e, &id), RC_LIMIT);
    e.payload = STR("{}");
    e.key = STR("");
    CHECK_RC(put_entry(&f, e, &id), RC_INVALID);
    e.key = STR("a");
    e.kind = STR("");
    CHECK_RC(put_entry(&f, e, &id), RC_INVALID);
    CHECK_I64(ws_i64(&f.w, "SELECT count(*) FROM sys_outbox"), 0);
    flow_fixture_close(&f);
}

TEST(outbox, keeps_the_order_of_a_key_with_many_threads)
{
    enum { KEYS = 8, EACH = 12 };
    struct flow_fixture f;
    struct probe *p;
    struct outbox *o;
    int next[KEYS] = {0}, i, key, n;
    char k[16], v[16];

    flow_fixture_open(&f);
    p = probe(&f);
    for (i = 0; i < KEYS * EACH; i++) {
        snprintf(k, sizeof k, "k%d", i % KEYS);
        snprintf(v, sizeof v, "%d", i / KEYS);
        (void)put(&f, k, v);
    }
    CHECK_I64(count(&f, "ready"), KEYS);
    CHECK_I64(count(&f, "waiting"), KEYS * (EACH - 1));
    o = start(&f, p, 4, 3);
    CHECK(is_empty(&f));
    outbox_close(o);
    CHECK_I64(p->rows, KEYS * EACH);
    CHECK(p->largest <= 3);
    for (i = 0; i < KEYS * EACH; i++) {
        CHECK_I64(sscanf(p->seen[i], "k%d:%d", &key, &n), 2);
        CHECK_I64(n, next[key]);
        next[key]++;
    }
    flow_fixture_close(&f);
}

TEST(outbox, hands_over_rows_of_one_topic_together)
{
    struct flow_fixture f;
    struct probe *p;
    struct outbox *o;
    char k[16];
    int i;

    flow_fixture_open(&f);
    p = probe(&f);
    for (i = 0; i < 50; i++) {
        snprintf(k, sizeof k, "k%02d", i);
        (void)put(&f, k, "{}");
    }
    o = start(&f, p, 1, 20);
    CHECK(is_empty(&f));
    outbox_close(o);
    CHECK_I64(p->runs, 3);
    CHECK_I64(p->largest, 20);
    for (i = 0; i < 50; i++) {
        snprintf(k, sizeof k, "k%02d:{}", i);
        CHECK_CSTR(p->seen[i], k);
    }
    flow_fixture_close(&f);
}

TEST(outbox, lets_one_bad_row_of_a_batch_fail_alone)
{
    struct flow_fixture f;
    struct probe *p;
    struct outbox *o;

    flow_fixture_open(&f);
    p = probe(&f);
    p->poison = "b";
    (void)put(&f, "a", "1");
    (void)put(&f, "b", "2");
    (void)put(&f, "c", "3");
    o = start(&f, p, 1, 10);
    CHECK(flow_wait_i64(&f, "SELECT count(*) FROM sys_outbox", 1));
    CHECK(is_over(&f, 1)); /* the batch and the row alone are one try */
    outbox_close(o);
    CHECK_I64(p->rows, 2);
    CHECK_STR(ws_text(&f.w, "SELECT key || state FROM sys_outbox"), "bready");
    CHECK_STR(ws_text(&f.w, "SELECT last_error FROM sys_outbox"),
              "The probe cannot do it.");
    flow_fixture_close(&f);
}

TEST(outbox, tries_again_later_and_later_and_gives_up_aloud)
{
    static const int WAIT_S[] = {60, 300, 1800, 7200, 21600, 86400};
    struct flow_fixture f;
    struct probe *p;
    struct outbox *o;
    int64_t wait;
    int i;

    flow_fixture_open(&f);
    p = probe(&f);
    p->answer = RC_INVALID;
    o = start(&f, p, 1, 1);
    (void)put(&f, "a", "1");
    (void)put(&f, "a", "2");
    (void)put(&f, "b", "3");
    for (i = 1; i < OUTBOX_TRIES; i++) {
        outbox_wake(o);
        CHECK(flow_wait_i64(&f,
                            "SELECT attempts FROM sys_outbox WHERE key = 'a'"
                            " AND state = 'ready'",
                            i));
        wait = ws_i64(&f.w, "SELECT next_at FROM sys_outbox WHERE key = 'a'"
                            " AND state = 'ready'") -
               f.now_ms;
        CHECK(wait >= WAIT_S[i - 1] * 800 && wait <= WAIT_S[i - 1] * 1200);
        CHECK_I64(count(&f, "waiting"), 1); /* it does not overtake */
        flow_advance(&f, WAIT_S[i - 1] * INT64_C(1200));
    }
    outbox_wake(o);
    CHECK(flow_wait_i64(&f,
                        "SELECT count(*) FROM sys_outbox WHERE payload ="
                        " '1' AND state = 'dead' AND attempts = 7",
                        1));
    outbox_close(o);
    flow_fixture_close(&f);
}

TEST(outbox, gives_up_after_seven_tries_and_lets_the_next_go)
{
    struct flow_fixture f;
    struct probe *p;
    struct outbox *o;

    flow_fixture_open(&f);
    p = probe(&f);
    p->answer = RC_DENIED;
    (void)put(&f, "a", "1");
    (void)put(&f, "a", "2");
    CHECK_RC(ws_exec(&f.w, "UPDATE sys_outbox SET attempts = 6"
                           " WHERE payload = '1'"),
             RC_OK);
    o = start(&f, p, 1, 1);
    CHECK(flow_wait_i64(&f,
                        "SELECT count(*) FROM sys_outbox WHERE"
                        " state = 'ready' AND payload = '2'"
                        " AND attempts = 1",
                        1));
    outbox_close(o);
    CHECK_I64(count(&f, "dead"), 1);
    CHECK_STR(ws_text(&f.w, "SELECT payload FROM sys_outbox WHERE"
                            " state = 'dead'"),
              "1");
    flow_fixture_close(&f);
}

TEST(outbox, gives_up_at_once_what_says_it_is_final)
{
    struct flow_fixture f;
    struct probe *p;
    struct outbox *o;

    flow_fixture_open(&f);
    p = probe(&f);
    p->answer = RC_INVALID;
    p->is_final = true;
    (void)put(&f, "a", "1");
    o = start(&f, p, 1, 1);
    CHECK(flow_wait_i64(
        &f, "SELECT count(*) FROM sys_outbox WHERE state = 'dead'", 1));
    outbox_close(o);
    CHECK_I64(p->runs, 1);
    flow_fixture_close(&f);
}

TEST(outbox, of_a_kind_nobody_does_says_so_and_stays)
{
    struct outbox_entry e = {
        .kind = STR("fax"), .key = STR("a"), .payload = STR("{}")};
    struct flow_fixture f;
    struct outbox *o;
    int64_t id;

    flow_fixture_open(&f);
    CHECK_RC(put_entry(&f, e, &id), RC_OK);
    o = start(&f, probe(&f), 1, 1);
    CHECK(is_over(&f, 1));
    outbox_close(o);
    CHECK_STR(ws_text(&f.w, "SELECT last_error FROM sys_outbox"),
              "This program does nothing of kind fax.");
    flow_fixture_close(&f);
}

TEST(outbox, told_again_does_what_was_dead_before_what_waits)
{
    struct flow_fixture f;
    struct probe *p;
    struct outbox *o;
    int64_t dead, live;

    flow_fixture_open(&f);
    p = probe(&f);
    dead = put(&f, "a", "1");
    CHECK_RC(ws_exec(&f.w, "UPDATE sys_outbox SET state = 'dead',"
                           " attempts = 7, next_at = 9000000000000000"),
             RC_OK);
    live = put(&f, "a", "2");
    (void)put(&f, "a", "3");
    CHECK_RC(outbox_retry(f.w.ws.store, live, STR(""), f.now_ms, &f.w.err),
             RC_CONFLICT);
    CHECK_RC(outbox_retry(f.w.ws.store, 12345, STR(""), f.now_ms, &f.w.err),
             RC_NOTFOUND);
    CHECK_RC(outbox_retry(f.w.ws.store, dead, STR("9"), f.now_ms, &f.w.err),
             RC_OK);
    CHECK_I64(count(&f, "ready"), 1); /* the one that was ready stays so */
    o = start(&f, p, 1, 1);
    CHECK(is_empty(&f));
    outbox_close(o);
    CHECK_CSTR(p->seen[0], "a:2");
    CHECK_CSTR(p->seen[1], "a:9");
    CHECK_CSTR(p->seen[2], "a:3");
    flow_fixture_close(&f);
}

TEST(outbox, dropped_makes_way_for_the_next)
{
    struct flow_fixture f;
    int64_t id;

    flow_fixture_open(&f);
    id = put(&f, "a", "1");
    (void)put(&f, "a", "2");
    CHECK_RC(outbox_drop(f.w.ws.store, id, &f.w.err), RC_OK);
    CHECK_RC(outbox_drop(f.w.ws.store, id, &f.w.err), RC_NOTFOUND);
    CHECK_STR(ws_text(&f.w, "SELECT payload || state FROM sys_outbox"),
              "2ready");
    flow_fixture_close(&f);
}

TEST(outbox, done_inside_a_transaction_is_done_once)
{
    struct flow_fixture f;
    struct probe *p;
    struct outbox *o;

    flow_fixture_open(&f);
    p = probe(&f);
    p->done_inside = true;
    (void)put(&f, "a", "1");
    (void)put(&f, "a", "2");
    o = start(&f, p, 2, 1);
    CHECK(is_empty(&f));
    outbox_close(o);
    CHECK_I64(ws_i64(&f.w, "SELECT count(*) FROM sys_audit WHERE what ="
                           " 'probe'"),
              2);
    flow_fixture_close(&f);
}

TEST(outbox, that_lost_its_lease_leaves_nothing_behind)
{
    struct flow_fixture f;
    struct probe *p;
    struct outbox *o;

    flow_fixture_open(&f);
    p = probe(&f);
    p->done_inside = p->waits = true;
    (void)put(&f, "a", "1");
    o = start(&f, p, 1, 1);
    CHECK(flow_wait_count(&p->waiting, 1));
    /* as if another process had taken it meanwhile */
    CHECK_RC(ws_exec(&f.w, "UPDATE sys_outbox SET fence = 9"), RC_OK);
    CHECK(flow_wait_i64(&f,
                        "SELECT count(*) FROM sys_outbox WHERE fence = 9"
                        " AND state = 'running'",
                        1));
    outbox_close(o);
    CHECK(p->lost);
    CHECK_I64(ws_i64(&f.w, "SELECT count(*) FROM sys_audit WHERE what ="
                           " 'probe'"),
              0);
    CHECK_I64(count(&f, "running"), 1); /* it is the other's */
    flow_fixture_close(&f);
}

TEST(outbox, closing_costs_no_try)
{
    struct flow_fixture f;
    struct probe *p;
    struct outbox *o;

    flow_fixture_open(&f);
    p = probe(&f);
    p->waits = true;
    (void)put(&f, "a", "1");
    o = start(&f, p, 1, 1);
    CHECK(flow_wait_count(&p->waiting, 1));
    outbox_close(o);
    CHECK_STR(ws_text(&f.w, "SELECT state || attempts FROM sys_outbox"),
              "ready0");
    p->waits = false;
    o = start(&f, p, 1, 1);
    CHECK(is_empty(&f));
    outbox_close(o);
    flow_fixture_close(&f);
}

TEST(outbox, that_a_killed_process_held_is_begun_anew_until_it_is_dead)
{
    struct flow_fixture f;
    struct probe *p;
    struct outbox *o;

    flow_fixture_open(&f);
    p = probe(&f);
    (void)put(&f, "a", "1");
    (void)put(&f, "b", "2");
    (void)put(&f, "b", "3");
    CHECK_RC(ws_exec(&f.w,
                     "UPDATE sys_outbox SET state = 'running', fence = 1,"
                     " attempts = CASE key WHEN 'a' THEN 1 ELSE 7 END,"
                     " lease_until = 9000000000000000 WHERE payload <> '3'"),
             RC_OK);
    o = start(&f, p, 1, 1);
    CHECK(flow_wait_i64(&f, "SELECT count(*) FROM sys_outbox", 1));
    outbox_close(o);
    CHECK_STR(ws_text(&f.w, "SELECT key || state FROM sys_outbox"), "bdead");
    CHECK_I64(p->rows, 2); /* a, and b's next */
    flow_fixture_close(&f);
}

TEST(outbox, waits_for_its_hour)
{
    struct outbox_entry e = {
        .kind = STR("probe"), .key = STR("a"), .payload = STR("1")};
    struct flow_fixture f;
    struct probe *p;
    struct outbox *o;
    int64_t id;

    flow_fixture_open(&f);
    p = probe(&f);
    e.not_before = f.now_ms + 10000;
    CHECK_RC(put_entry(&f, e, &id), RC_OK);
    o = start(&f, p, 1, 1);
    outbox_wake(o);
    CHECK_I64(count(&f, "ready"), 1);
    flow_advance(&f, 10000);
    outbox_wake(o);
    CHECK(is_empty(&f));
    outbox_close(o);
    CHECK_I64(p->runs, 1);
    flow_fixture_close(&f);
}

TEST(outbox, is_listed_for_people)
{
    struct flow_fixture f;
    struct buf b;
    struct json_w w;
    struct db *db = NULL;
    const char *text;

    flow_fixture_open(&f);
    (void)put(&f, "a", "{\"x\":1}");
    CHECK_RC(ws_exec(&f.w, "UPDATE sys_outbox SET state = 'dead',"
                           " last_error = 'No line.'"),
             RC_OK);
    (void)put(&f, "b", "{}");
    buf_init(&b, 65536);
    json_w_init(&w, &b);
    CHECK_RC(db_read_begin(f.w.ws.store, NULL, &db, &f.w.err), RC_OK);
    CHECK_RC(outbox_list_json(db, STR("dead"), 0, &w, &f.w.err), RC_OK);
    db_read_end(db);
    CHECK_RC(json_w_finish(&w, &f.w.err), RC_OK);
    text = str_cstr(&f.w.arena, (struct str){b.p, b.n});
    CHECK_HAS(text, "\"state\":\"dead\",\"attempts\":0");
    CHECK_HAS(text, "\"error\":\"No line.\"");
    CHECK_HAS(text, "\"payload\":{\"x\":1}");
    CHECK(strstr(text, "\"key\":\"b\"") == NULL);
    buf_release(&b);
    flow_fixture_close(&f);
}

TEST(outbox, fails_cleanly_without_memory)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct flow_fixture f;
        struct outbox_entry e = {
            .kind = STR("probe"), .key = STR("a"), .payload = STR("1")};
        int64_t id = 0;
        enum rc rc;

        WITHOUT_FAULTS
        {
            flow_fixture_open(&f);
        }
        rc = put_entry(&f, e, &id);
        WITHOUT_FAULTS
        {
            CHECK_I64(ws_i64(&f.w, "SELECT count(*) FROM sys_outbox"),
                      rc == RC_OK);
            CHECK(rc == RC_OK || rc == RC_NOMEM);
            flow_fixture_close(&f);
        }
    }
}
