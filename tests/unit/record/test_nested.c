/*
 * Saves that handlers make in the transaction of the save that led to them.
 */
#include <stdio.h>

#include "base/id.h"
#include "fixture.h"

/* A handler that saves once, as the mood says, when its entity was written. */
struct nest {
    struct world *x;
    const char *on; /* entity whose saves it follows           */
    enum record_op op;
    const char *entity; /* of what it saves                        */
    const char *json;   /* $: the id of what was saved */
    bool of_itself;     /* it changes the record that was saved      */
    bool deletes;       /* or deletes it                             */
    bool endless;       /* and again after its own                  */
    bool swallows;      /* lives with a failure                     */
    bool by_nobody;     /* as somebody who may not write            */
    const char *also;   /* a second, after it                       */
    const char *then_entity, *then; /* of what it saved: $ is its id     */
    int runs, deepest;
    enum rc rc;
    char said[256];
    int64_t txn, id;
};

static enum rc save_one(struct nest *h, struct record_tx *tx,
                        struct query_ctx *q, const char *json, int64_t about,
                        struct issues *issues, struct err *err)
{
    const struct entity *e = model_entity(q->model, str_c(h->entity));
    struct principal nobody = *h->x->ctx.who;
    struct record_result out = {0};
    struct record_batch b;
    struct issues own;
    struct record_item *item;
    const struct json *body = NULL;
    char id[ID_TEXT_BYTES + 1];
    struct str text = str_c(json);
    const char *dollar = strchr(json, '$');
    enum rc rc;

    (void)issues;
    id_format(about, id);
    if (dollar)
        text = str_fmt(q->arena, "%.*s%s%s", (int)(dollar - json), json, id,
                       dollar + 1);
    rc = json_parse(text, q->arena, &body, err);
    record_batch_init(&b, q->arena);
    issues_init(&own, q->arena);
    item = record_add(&b, q->model,
                      h->deletes     ? RECORD_DELETE
                      : h->of_itself ? RECORD_UPDATE
                                     : h->op,
                      e, h->of_itself ? about : 0);
    if (rc != RC_OK || !item)
        return rc != RC_OK ? rc : FAIL(err, RC_NOMEM, "No memory.");
    if (!h->deletes)
        rc = record_bind_json(&h->x->ctx, q->model, &b, item, body, &own, err);
    if (rc != RC_OK)
        return rc;
    nobody.may_write = false;
    rc = record_save_nested(tx, h->by_nobody ? &nobody : h->x->ctx.who, &b,
                            &own, &out, err);
    h->rc = rc;
    h->txn = out.txn;
    h->id = b.items[0].id;
    snprintf(h->said, sizeof h->said, "%.*s",
             own.n ? (int)own.v[0].message.n : 0,
             own.n ? own.v[0].message.p : "");
    return rc;
}

static enum rc after(void *ctx, struct record_tx *tx, struct query_ctx *q,
                     struct record_item *const *items, size_t n,
                     struct issues *issues, struct err *err)
{
    struct nest *h = ctx;
    enum rc rc = RC_OK;
    size_t i;

    if (record_tx_depth(tx) > h->deepest)
        h->deepest = record_tx_depth(tx);
    if (!str_eq(items[0]->entity->qname, str_c(h->on)) ||
        (record_tx_depth(tx) > 0 && !h->endless))
        return RC_OK;
    CHECK(db_in_write_tx(q->db));
    CHECK(record_tx_txn(tx) != 0);
    for (i = 0; rc == RC_OK && i < n; i++) {
        h->runs++;
        rc = save_one(h, tx, q, h->json, items[i]->id, issues, err);
        if (rc == RC_OK && h->also)
            rc = save_one(h, tx, q, h->also, items[i]->id, issues, err);
        if (rc == RC_OK && h->then) {
            const char *first = h->entity;

            h->entity = h->then_entity;
            rc = save_one(h, tx, q, h->then, h->id, issues, err);
            h->entity = first;
        }
        if (rc != RC_OK && h->swallows) {
            err_clear(err);
            rc = RC_OK;
        }
    }
    return rc;
}

static void open_with(struct world *x, struct nest *h,
                      struct record_hooks *hooks)
{
    world_open(x);
    h->x = x;
    if (!h->op)
        h->op = RECORD_CREATE;
    *hooks = (struct record_hooks){.ctx = h, .after = after};
    x->ctx.hooks = hooks;
}

static int64_t sql_i64(struct world *x, const char *sql)
{
    int64_t v = -1;

    CHECK(str_to_i64(world_sql(x, "%s", sql), &v));
    return v;
}

TEST(nested, is_one_transaction_outside)
{
    struct nest h = {.on = "t:account",
                     .entity = "t:note",
                     .json = "{\"text\":\"Call them\",\"account\":\"$\"}"};
    struct record_hooks hooks;
    struct world x;

    open_with(&x, &h, &hooks);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    CHECK_I64(h.runs, 1);
    CHECK_I64(h.deepest, 1);
    CHECK(h.txn == x.out.txn);
    CHECK_STR(world_sql(&x, "SELECT text FROM t_note"), "Call them");
    CHECK_STR(world_sql(&x,
                        "SELECT CAST(n AS TEXT) FROM sys_txn WHERE id = %lld",
                        (long long)x.out.txn),
              "2");
    CHECK_STR(world_sql(&x,
                        "SELECT group_concat(n || ':' || op) FROM sys_chg"
                        " WHERE txn = %lld",
                        (long long)x.out.txn),
              "1:1,2:1");
    /* one event is the last, and it is the newest */
    CHECK_STR(world_sql(&x,
                        "SELECT group_concat(last) FROM (SELECT last FROM"
                        " sys_event WHERE txn = %lld ORDER BY seq)",
                        (long long)x.out.txn),
              "0,1");
    world_close(&x);
}

TEST(nested, is_undone_with_the_save_that_led_to_it)
{
    struct nest h = {.on = "t:account",
                     .entity = "t:note",
                     .json = "{\"text\":\"Call them\",\"account\":\"$\"}"};
    struct undo_result undo = {0};
    struct record_hooks hooks;
    struct world x;

    open_with(&x, &h, &hooks);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    x.ctx.hooks = NULL;
    CHECK_RC(world_undo(&x, x.out.txn, false, &undo), RC_OK);
    CHECK_I64(undo.undone, 2);
    CHECK_I64(sql_i64(&x, "SELECT count(*) FROM t_account WHERE"
                          " deleted_at IS NULL"),
              0);
    CHECK_I64(sql_i64(&x, "SELECT count(*) FROM t_note WHERE"
                          " deleted_at IS NULL"),
              0);
    world_close(&x);
}

TEST(nested, may_change_the_record_that_was_saved)
{
    struct nest h = {.on = "t:account",
                     .entity = "t:account",
                     .json = "{\"size\":77}",
                     .of_itself = true};
    struct undo_result undo = {0};
    struct record_hooks hooks;
    struct world x;
    int64_t id;

    open_with(&x, &h, &hooks);
    x.ctx.hooks = NULL;
    CHECK_RC(world_create(&x, "t:account", "{'name':'A','size':1}"), RC_OK);
    id = x.id;
    x.ctx.hooks = &hooks;
    CHECK_RC(world_patch(&x, "t:account", id, "{'name':'B'}"), RC_OK);
    CHECK_I64(world_value(&x, 0, "size")->u.i, 77); /* and told to the caller */
    CHECK_STR(world_value(&x, 0, "name")->u.s, "B");
    CHECK_I64(x.b.items[0].rev, 3);
    CHECK_I64(sql_i64(&x, "SELECT rev FROM t_account"), 3);
    x.ctx.hooks = NULL;
    CHECK_RC(world_undo(&x, x.out.txn, false, &undo), RC_OK);
    CHECK_STR(world_sql(&x, "SELECT name || size FROM t_account"), "A1");
    world_close(&x);
}

TEST(nested, may_delete_the_record_that_was_saved)
{
    struct nest h = {.on = "t:account",
                     .entity = "t:account",
                     .json = "{}",
                     .of_itself = true,
                     .deletes = true};
    struct undo_result undo = {0};
    struct record_hooks hooks;
    struct world x;
    int64_t id;

    open_with(&x, &h, &hooks);
    x.ctx.hooks = NULL;
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    id = x.id;
    x.ctx.hooks = &hooks;
    CHECK_RC(world_patch(&x, "t:account", id, "{'name':'B'}"), RC_OK);
    CHECK_I64(x.b.items[0].rev, 3);
    CHECK_I64(sql_i64(&x, "SELECT count(*) FROM t_account WHERE deleted_at"
                          " IS NULL"),
              0);
    x.ctx.hooks = NULL;
    CHECK_RC(world_undo(&x, x.out.txn, false, &undo), RC_OK);
    CHECK_STR(world_sql(&x, "SELECT name FROM t_account WHERE deleted_at IS"
                            " NULL"),
              "A");
    world_close(&x);
}

TEST(nested, that_fails_takes_everything_with_it)
{
    struct nest h = {.on = "t:account",
                     .entity = "t:note",
                     .json = "{\"account\":\"$\"}"}; /* text is required */
    struct record_hooks hooks;
    struct world x;
    const char *was;

    open_with(&x, &h, &hooks);
    was = world_fingerprint(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_INVALID);
    CHECK_RC(h.rc, RC_INVALID);
    CHECK(h.said[0] != '\0');
    CHECK_CSTR(world_fingerprint(&x), was);
    world_close(&x);
}

TEST(nested, that_fails_leaves_nothing_when_the_handler_lives_with_it)
{
    struct nest h = {.on = "t:account",
                     .entity = "t:note",
                     .json = "{\"account\":\"$\"}",
                     .swallows = true};
    struct record_hooks hooks;
    struct world x;

    open_with(&x, &h, &hooks);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    CHECK_RC(h.rc, RC_INVALID);
    CHECK_I64(h.txn, 0);
    CHECK_I64(sql_i64(&x, "SELECT count(*) FROM t_note"), 0);
    CHECK_STR(world_sql(&x,
                        "SELECT CAST(n AS TEXT) FROM sys_txn WHERE id = %lld",
                        (long long)x.out.txn),
              "1");
    CHECK_STR(world_sql(&x,
                        "SELECT group_concat(last) FROM sys_event WHERE txn ="
                        " %lld",
                        (long long)x.out.txn),
              "1");
    world_close(&x);
}

TEST(nested, five_deep_is_a_cycle)
{
    struct nest h = {.on = "t:account",
                     .entity = "t:account",
                     .json = "{\"name\":\"Child of $\",\"size\":1}",
                     .endless = true};
    struct record_hooks hooks;
    struct world x;
    const char *was;

    open_with(&x, &h, &hooks);
    h.json = "{\"name\":\"X\",\"parent\":\"$\"}";
    was = world_fingerprint(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_SCRIPT);
    CHECK_CSTR(x.err.code, "E_CYCLE");
    CHECK_I64(h.deepest, 5);
    CHECK_CSTR(world_fingerprint(&x), was);
    world_close(&x);
}

TEST(nested, is_held_to_the_rights_of_who_runs_it)
{
    struct nest h = {.on = "t:account",
                     .entity = "t:note",
                     .json = "{\"text\":\"Hi\",\"account\":\"$\"}",
                     .by_nobody = true};
    struct record_hooks hooks;
    struct world x;

    open_with(&x, &h, &hooks);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_DENIED);
    CHECK_I64(sql_i64(&x, "SELECT count(*) FROM t_account"), 0);
    world_close(&x);
}

TEST(nested, checks_at_commit_see_all_that_handlers_wrote)
{
    struct nest h = {.on = "t:deal",
                     .entity = "t:line",
                     .json = "{\"deal\":\"$\",\"qty\":3}",
                     .also = "{\"deal\":\"$\",\"qty\":2}"};
    struct record_hooks hooks;
    struct world x;
    int64_t account;

    open_with(&x, &h, &hooks);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    account = x.id;
    CHECK_RC(world_create(&x, "t:deal",
                          "{'name':'D','account':'%s','limit_':5}",
                          world_id(&x, account)),
             RC_OK);
    CHECK_I64(sql_i64(&x, "SELECT sum(qty) FROM t_line"), 5);
    CHECK_RC(world_create(&x, "t:deal",
                          "{'name':'E','account':'%s','limit_':4}",
                          world_id(&x, account)),
             RC_INVALID);
    CHECK_HAS(x.said, "lines");
    CHECK_I64(sql_i64(&x, "SELECT count(*) FROM t_line"), 2);
    world_close(&x);
}

/* What a handler writes is checked at the end too, when all of it is there. */
TEST(nested, its_own_checks_at_commit_wait_for_the_end)
{
    struct nest h = {.on = "t:account",
                     .entity = "t:deal",
                     .json = "{\"name\":\"D\",\"account\":\"$\",\"limit_\":2}",
                     .then_entity = "t:line",
                     .then = "{\"deal\":\"$\",\"qty\":2}"};
    struct record_hooks hooks;
    struct world x;

    open_with(&x, &h, &hooks);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    CHECK_I64(sql_i64(&x, "SELECT count(*) FROM t_line"), 1);
    h.then = "{\"deal\":\"$\",\"qty\":3}";
    CHECK_RC(world_create(&x, "t:account", "{'name':'B'}"), RC_INVALID);
    CHECK_RC(h.rc, RC_OK); /* each of them was fine when it was saved */
    CHECK_HAS(x.said, "lines");
    CHECK_I64(sql_i64(&x, "SELECT count(*) FROM t_line"), 1);
    world_close(&x);
}

TEST(nested, in_a_partial_batch_comes_once_for_who_stays)
{
    struct nest h = {.on = "t:account",
                     .entity = "t:note",
                     .json = "{\"text\":\"Call\",\"account\":\"$\"}"};
    struct record_hooks hooks;
    struct world x;

    open_with(&x, &h, &hooks);
    world_begin(&x);
    x.b.partial = true;
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'A','vat':'1'}");
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'B','vat':'1'}");
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'C','vat':'2'}");
    CHECK_RC(world_save(&x), RC_OK);
    CHECK(x.b.items[1].failed);
    CHECK_I64(sql_i64(&x, "SELECT count(*) FROM t_note"), 2);
    CHECK_I64(sql_i64(&x, "SELECT count(*) FROM sys_chg c JOIN sys_txn t ON"
                          " c.txn = t.id WHERE t.n = 4"),
              4);
    world_close(&x);
}

TEST(nested, is_not_there_after_a_dry_run)
{
    struct nest h = {.on = "t:account",
                     .entity = "t:note",
                     .json = "{\"text\":\"Call\",\"account\":\"$\"}"};
    struct record_hooks hooks;
    struct world x;
    const char *was;

    open_with(&x, &h, &hooks);
    was = world_fingerprint(&x);
    world_begin(&x);
    x.b.dry_run = true;
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'A'}");
    CHECK_RC(world_save(&x), RC_OK);
    CHECK_RC(h.rc, RC_OK);
    CHECK_CSTR(world_fingerprint(&x), was);
    world_close(&x);
}

TEST(nested, is_there_once_on_a_store_that_runs_each_job_twice)
{
    struct nest h = {.on = "t:account",
                     .entity = "t:deal",
                     .json = "{\"name\":\"D\",\"account\":\"$\",\"limit_\":2}",
                     .then_entity = "t:line",
                     .then = "{\"deal\":\"$\",\"qty\":2}"};
    char path[512];
    struct db_config config = {.path = path, .create = true, .hostile = true};
    struct record_hooks hooks = {.ctx = &h, .after = after};
    struct world x;

    snprintf(path, sizeof path, "%s/nested.db", test_tmpdir());
    world_open_on(&x, &config);
    h.x = &x;
    h.op = RECORD_CREATE;
    x.ctx.hooks = &hooks;
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    CHECK_I64(h.runs, 2);
    CHECK_STR(world_sql(&x, "SELECT (SELECT count(*) FROM t_deal) || (SELECT"
                            " count(*) FROM t_line) || (SELECT n FROM sys_txn"
                            " ORDER BY id DESC LIMIT 1)"),
              "113");
    world_close(&x);
}

TEST(nested, fails_cleanly_without_memory)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct nest h = {.on = "t:account",
                         .entity = "t:note",
                         .json = "{\"text\":\"Call\",\"account\":\"$\"}"};
        struct record_hooks hooks;
        struct world x;
        struct record_item *item;
        const char *was = NULL;
        enum rc rc = RC_NOMEM;

        WITHOUT_FAULTS
        {
            open_with(&x, &h, &hooks);
            was = world_fingerprint(&x);
            world_begin(&x);
        }
        item = record_add(&x.b, x.w.model, RECORD_CREATE,
                          world_entity(&x, "t:account"), 0);
        if (item && record_set(item, entity_field(item->entity, STR("name")),
                               value_text(STR("A"))))
            rc =
                record_save(&x.ctx, x.w.model, &x.b, &x.issues, &x.out, &x.err);
        WITHOUT_FAULTS
        {
            CHECK(rc == RC_OK || rc == RC_NOMEM);
            if (rc == RC_OK)
                CHECK_I64(sql_i64(&x, "SELECT count(*) FROM t_note"), 1);
            else
                CHECK_CSTR(world_fingerprint(&x), was);
            world_close(&x);
        }
    }
}
