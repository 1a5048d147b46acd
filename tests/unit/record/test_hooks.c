/*
 * Handlers: which ran, in which order, with what; what they may do.
 */
#include <stdio.h>

#include "base/id.h"
#include "fixture.h"

struct hooks {
    struct world *x;
    char log[2048];
    size_t n;
    enum { CALM, SETS, REJECTS, REJECTS_AFTER, FAILS_AFTER, BREAKS } mood;
    const char *only; /* entity it wants; NULL: all */
};

static void note(struct hooks *h, const char *what,
                 struct record_item *const *items, size_t n)
{
    static const char *const OPS[] = {"", "create", "update", "delete",
                                      "restore"};
    size_t i;

    for (i = 0; i < n && h->n < sizeof h->log - 80; i++) {
        int k = snprintf(h->log + h->n, sizeof h->log - h->n, "%s%s %s %.*s",
                         h->n ? ", " : "", what, OPS[items[i]->op],
                         STR_ARG(items[i]->entity->name));

        h->n += k > 0 ? (size_t)k : 0;
    }
}

static enum rc before(void *ctx, struct query_ctx *q,
                      struct record_item *const *items, size_t n,
                      struct issues *issues, struct err *err)
{
    struct hooks *h = ctx;
    size_t i;

    (void)err;
    CHECK(q->db != NULL && !db_in_write_tx(q->db));
    note(h, "before", items, n);
    for (i = 0; i < n; i++) {
        const struct field *f = entity_field(items[i]->entity, STR("name"));

        if (h->mood == SETS && f && items[i]->op != RECORD_DELETE)
            items[i]->v[f->index] = value_text(STR("  set by a handler "));
        if (h->mood == REJECTS) {
            issues->prefix = items[i]->path;
            issues_add(issues, STR("name"), "rejected", "Not this one.");
            issues->prefix = STR("");
        }
    }
    return h->mood == BREAKS ? FAIL(err, RC_SCRIPT, "It broke.") : RC_OK;
}

static enum rc after(void *ctx, struct record_tx *tx, struct query_ctx *q,
                     struct record_item *const *items, size_t n,
                     struct issues *issues, struct err *err)
{
    struct hooks *h = ctx;

    CHECK(db_in_write_tx(q->db) && record_tx_depth(tx) == 0);
    note(h, "after", items, n);
    if (h->mood == REJECTS_AFTER)
        issues_add(issues,
                   items[n - 1]->path.n ? str_sub(items[n - 1]->path, 0,
                                                  items[n - 1]->path.n - 1)
                                        : STR(""),
                   "rejected", "Not this one.");
    return h->mood == FAILS_AFTER ? FAIL(err, RC_SCRIPT, "It broke.") : RC_OK;
}

static enum rc outbox(void *ctx, struct db *db,
                      struct record_item *const *items, size_t n, int64_t txn,
                      struct err *err)
{
    (void)err;
    CHECK(txn != 0 && db_in_write_tx(db));
    note(ctx, "outbox", items, n);
    return RC_OK;
}

static bool wants(void *ctx, const struct entity *e)
{
    const struct hooks *h = ctx;

    return !h->only || str_eq(e->qname, str_c(h->only));
}

static void open_with(struct world *x, struct hooks *h,
                      struct record_hooks *hooks)
{
    world_open(x);
    *h = (struct hooks){.x = x};
    *hooks = (struct record_hooks){h, before, after, outbox, wants};
    x->ctx.hooks = hooks;
}

TEST(hooks, run_by_entity_in_the_order_of_the_steps)
{
    struct world x;
    struct hooks h;
    struct record_hooks hooks;
    int64_t deal;

    open_with(&x, &h, &hooks);
    world_begin(&x);
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'A'}");
    world_add(&x, RECORD_CREATE, "t:deal", 0, "{'name':'D','account':'$0'}");
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'B'}");
    CHECK_RC(world_save(&x), RC_OK);
    CHECK_CSTR(h.log, "before create account, before create account, "
                      "before create deal, after create account, "
                      "after create account, after create deal, "
                      "outbox create account, outbox create account, "
                      "outbox create deal");
    deal = x.b.items[1].id;
    CHECK_RC(world_create(&x, "t:line", "{'deal':'%s'}", world_id(&x, deal)),
             RC_OK);
    h.n = 0;
    CHECK_RC(world_patch(&x, "t:deal", deal, "{}"), RC_OK);
    CHECK_CSTR(h.log, "before update deal"); /* and nothing changed */
    h.n = 0;
    CHECK_RC(world_delete(&x, "t:deal", deal), RC_OK);
    CHECK_CSTR(h.log, "before delete deal, after delete deal, "
                      "after delete line, outbox delete deal, "
                      "outbox delete line");
    h.n = 0;
    CHECK_RC(world_restore(&x, "t:deal", deal), RC_OK);
    CHECK_CSTR(h.log, "before restore deal, after restore deal, "
                      "outbox restore deal");
    h.n = 0;
    CHECK_RC(world_create(&x, "t:deal", "{}"), RC_INVALID);
    CHECK_CSTR(h.log, "before create deal");
    h.n = 0;
    h.log[0] = '\0';
    CHECK_RC(world_patch(&x, "t:deal", 5, "{}"), RC_NOTFOUND);
    CHECK_CSTR(h.log, "");
    h.only = "t:deal";
    CHECK_RC(world_create(&x, "t:account", "{'name':'C'}"), RC_OK);
    CHECK_CSTR(h.log, "");
    world_close(&x);
}

TEST(hooks, what_before_sets_is_checked_and_written)
{
    struct world x;
    struct hooks h;
    struct record_hooks hooks;

    open_with(&x, &h, &hooks);
    h.mood = SETS;
    CHECK_RC(world_create(&x, "t:account", "{}"), RC_OK);
    CHECK_STR(world_sql(&x, "SELECT name FROM t_account"), "set by a handler");
    h.mood = CALM;
    CHECK_RC(world_patch(&x, "t:account", x.id, "{'name':'N'}"), RC_OK);
    h.mood = SETS;
    CHECK_RC(world_patch(&x, "t:account", x.id, "{}"), RC_OK);
    CHECK_I64(x.b.items[0].rev, 3);
    world_close(&x);
}

TEST(hooks, before_may_reject_one_record_of_a_partial_batch)
{
    struct world x;
    struct hooks h;
    struct record_hooks hooks;
    const char *was;

    open_with(&x, &h, &hooks);
    was = world_fingerprint(&x);
    h.mood = REJECTS;
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_INVALID);
    CHECK_CSTR(x.said, "name rejected");
    h.only = "t:deal";
    world_begin(&x);
    x.b.partial = true;
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'A'}");
    world_add(&x, RECORD_CREATE, "t:deal", 0, "{'name':'D','account':'$0'}");
    CHECK_RC(world_save(&x), RC_OK);
    CHECK(!x.b.items[0].failed && x.b.items[1].failed);
    CHECK_CSTR(x.said, "requests.1.name rejected");
    h.only = NULL;
    h.mood = BREAKS;
    was = world_fingerprint(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_SCRIPT);
    CHECK_CSTR(world_fingerprint(&x), was);
    world_close(&x);
}

TEST(hooks, after_may_refuse_what_was_written)
{
    struct world x;
    struct hooks h;
    struct record_hooks hooks;
    const char *was;

    open_with(&x, &h, &hooks);
    was = world_fingerprint(&x);
    h.mood = REJECTS_AFTER;
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_INVALID);
    CHECK_CSTR(x.said, " rejected");
    h.mood = FAILS_AFTER;
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_SCRIPT);
    CHECK_CSTR(world_fingerprint(&x), was);
    /* partial: one goes, the rest is written again without it */
    h.mood = REJECTS_AFTER;
    h.only = "t:account";
    h.n = 0;
    world_begin(&x);
    x.b.partial = true;
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'A'}");
    world_add(&x, RECORD_CREATE, "t:note", 0, "{'text':'N'}");
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'B'}");
    CHECK_RC(world_save(&x), RC_OK);
    CHECK_CSTR(h.log, "before create account, before create account, "
                      "after create account, after create account, "
                      "after create account");
    CHECK(x.b.items[0].failed && x.b.items[2].failed);
    CHECK_STR(world_sql(&x,
                        "SELECT (SELECT count(*) FROM t_account) ||"
                        " (SELECT count(*) FROM t_note) || (SELECT"
                        " count(*) FROM sys_chg WHERE txn = %lld)",
                        (long long)x.out.txn),
              "011");
    world_close(&x);
}

struct told {
    int64_t txn;
    int n;
};

static void committed(void *arg, int64_t txn)
{
    struct told *t = arg;

    t->txn = txn;
    t->n++;
}

static enum rc in_tx(void *arg, struct db *db, int64_t txn, struct err *err)
{
    (void)arg;
    (void)txn;
    return db_exec(db,
                   STR("INSERT INTO sys_kv(package, key, value)"
                       " VALUES('t', 'k', 'v')"),
                   err);
}

TEST(hooks, commits_are_told_once_and_rows_go_with_them)
{
    struct world x;
    struct told told = {0};

    world_open(&x);
    x.ctx.committed = committed;
    x.ctx.committed_arg = &told;
    x.ctx.in_tx = in_tx;
    CHECK_RC(world_create(&x, "t:account", "{}"), RC_INVALID);
    CHECK_I64(told.n, 0);
    CHECK_STR(world_sql(&x, "SELECT count(*) FROM sys_kv"), "0");
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    CHECK_I64(told.n, 1);
    CHECK_I64(told.txn, x.out.txn);
    CHECK_STR(world_sql(&x, "SELECT count(*) FROM sys_kv"), "1");
    /* a duplicate of the row fails the save as a whole */
    CHECK_RC(world_create(&x, "t:account", "{'name':'B'}"), RC_CONFLICT);
    CHECK_I64(told.n, 1);
    CHECK_STR(world_sql(&x, "SELECT count(*) FROM t_account"), "1");
    world_close(&x);
}
