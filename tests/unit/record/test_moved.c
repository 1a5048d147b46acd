/*
 * What moved while a save was under way: definitions, rights, records.
 */
#include "fixture.h"

/* Publish once more, in the middle of a save: `late` swaps the slot too. */
struct publisher {
    struct world *x;
    bool done, swap;
};

static enum rc publish(void *ctx, struct query_ctx *q,
                       struct record_item *const *items, size_t n,
                       struct issues *issues, struct err *err)
{
    static const struct fixture_file files[] = {
        {"package.xml", "<package format=\"1\" id=\"o\" version=\"1.0.0\""
                        " label=\"O\"><summary>x</summary></package>"},
        {NULL, NULL}};
    struct publisher *p = ctx;
    const struct model *was = p->x->w.model;

    (void)q;
    (void)items;
    (void)n;
    (void)issues;
    (void)err;
    if (p->done)
        return RC_OK;
    p->done = true;
    model_ref(was); /* the save works with it */
    CHECK_RC(workspace_put(&p->x->w, fixture_texts(&p->x->w.arena, "o", files)),
             RC_OK);
    if (p->swap)
        world_swap(p->x);
    return RC_OK;
}

TEST(moved, a_save_meets_a_new_generation_and_binds_again)
{
    struct world x;
    struct publisher p = {&x, false, true};
    struct record_hooks hooks = {.ctx = &p, .before = publish};
    const struct model *m;
    int64_t generation;

    world_open(&x);
    m = x.w.model;
    generation = m->generation;
    x.ctx.hooks = &hooks;
    world_begin(&x);
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'A','tags':['b']}");
    world_add(&x, RECORD_CREATE, "t:deal", 0, "{'name':'D','account':'$0'}");
    if (record_save(&x.ctx, m, &x.b, &x.issues, &x.out, &x.err) != RC_OK)
        CHECK_CSTR(x.err.text, "");
    CHECK(x.w.model->generation > generation);
    CHECK_I64(x.out.generation, x.w.model->generation);
    CHECK(x.b.items[0].entity == model_entity(m, STR("t:account")));
    CHECK_STR(world_value(&x, 0, "number")->u.s, "A-2026-0001");
    CHECK_I64(world_value(&x, 1, "account")->u.i, x.b.items[0].id);
    CHECK_STR(world_sql(&x, "SELECT a.name || d.name FROM t_deal d JOIN"
                            " t_account a ON a.id = d.account"),
              "AD");
    model_unref(m);
    world_close(&x);
}

TEST(moved, without_the_new_generation_the_save_says_try_again)
{
    struct world x;
    struct publisher p = {&x, false, false};
    struct record_hooks hooks = {.ctx = &p, .before = publish};
    const struct model *m;

    world_open(&x);
    m = x.w.model;
    x.ctx.hooks = &hooks;
    world_begin(&x);
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'A'}");
    CHECK_RC(record_save(&x.ctx, m, &x.b, &x.issues, &x.out, &x.err), RC_BUSY);
    CHECK_STR(world_sql(&x, "SELECT count(*) FROM t_account"), "0");
    model_unref(m);
    world_close(&x);
}

/* --- rights -------------------------------------------------------------------- */

static enum rc weaker(void *arg, struct db *db, struct principal *out,
                      struct err *err)
{
    (void)db;
    (void)err;
    ++*(int *)arg;
    out->is_admin = false;
    return RC_OK;
}

TEST(moved, changes_of_users_raise_the_counter_of_rights)
{
    struct world x;
    struct str before;

    world_open(&x);
    before = world_sql(&x, "SELECT value FROM sys_meta WHERE key = 'rights'");
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    CHECK(str_eq(world_sql(&x, "SELECT value FROM sys_meta WHERE"
                               " key = 'rights'"),
                 before));
    CHECK_RC(world_patch(&x, "sys:user", x.anna.user, "{'admin':false}"),
             RC_OK);
    CHECK(!str_eq(world_sql(&x, "SELECT value FROM sys_meta WHERE"
                                " key = 'rights'"),
                  before));
    world_close(&x);
}

TEST(moved, rights_of_before_do_not_count)
{
    struct world x;
    int asked = 0;

    world_open(&x);
    x.anna.rights = 77; /* not the counter */
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_BUSY);
    CHECK_STR(world_sql(&x, "SELECT count(*) FROM t_account"), "0");
    x.ctx.refresh = weaker;
    x.ctx.refresh_arg = &asked;
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    CHECK_I64(asked, 1);
    CHECK_RC(world_create(&x, "sys:user", "{'name':'B'}"), RC_DENIED);
    CHECK_I64(asked, 2);
    world_close(&x);
}

/* --- records ------------------------------------------------------------------- */

/* Somebody changes the record each time this save was prepared. */
struct rival {
    struct world *x;
    int64_t id;
    int times, seen_writer;
};

static enum rc meddle(void *ctx, struct query_ctx *q,
                      struct record_item *const *items, size_t n,
                      struct issues *issues, struct err *err)
{
    struct rival *r = ctx;
    char sql[128];

    (void)items;
    (void)n;
    (void)issues;
    (void)err;
    if (db_in_write_tx(q->db)) {
        r->seen_writer++;
        return RC_OK;
    }
    r->times++;
    snprintf(sql, sizeof sql,
             "UPDATE t_account SET size = size + 1, rev = rev + 1 WHERE"
             " id = %lld",
             (long long)r->id);
    CHECK_RC(workspace_exec(&r->x->w, sql), RC_OK);
    return RC_OK;
}

TEST(moved, an_overtaken_save_is_prepared_again_at_last_in_the_writer)
{
    struct world x;
    struct rival r = {&x, 0, 0, 0};
    struct record_hooks hooks = {.ctx = &r, .before = meddle};

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A','size':0}"), RC_OK);
    r.id = x.id;
    x.ctx.hooks = &hooks;
    CHECK_RC(world_patch(&x, "t:account", r.id, "{'name':'B'}"), RC_OK);
    CHECK_I64(r.times, 3);
    CHECK_I64(r.seen_writer, 1);
    CHECK_I64(x.b.items[0].rev, 5);
    CHECK_I64(world_value(&x, 0, "size")->u.i, 3);
    CHECK_STR(world_sql(&x, "SELECT name || size FROM t_account"), "B3");
    CHECK_STR(world_sql(&x, "SELECT before FROM sys_chg WHERE txn = %lld",
                        (long long)x.out.txn),
              "{\"name\":\"A\"}");
    /* with If-Match it is the caller's to decide */
    r.times = 0;
    CHECK_RC(world_patch_at(&x, "t:account", r.id, 5, "{'name':'C'}"),
             RC_CONFLICT);
    CHECK_CSTR(x.err.code, "E_CONFLICT");
    CHECK_I64(r.times, 1);
    world_close(&x);
}
