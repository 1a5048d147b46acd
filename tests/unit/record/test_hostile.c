/*
 * The same saves on a store that runs each job twice and shuffles rows: the
 * answers and the tables are the same.
 */
#include <stdio.h>

#include "base/id.h"
#include "fixture.h"

struct story {
    char text[8192];
    size_t n;
};

static void tell(struct story *s, struct world *x, const char *what, enum rc rc)
{
    int k = snprintf(s->text + s->n, sizeof s->text - s->n,
                     "%s %s [%s] rev %lld | %s\n", what, rc_name(rc), x->said,
                     x->b.n ? (long long)x->b.items[0].rev : -1,
                     world_fingerprint(x));

    s->n += k > 0 ? (size_t)k : 0;
}

static void partial(struct story *s, struct world *x)
{
    world_begin(x);
    x->b.partial = true;
    world_add(x, RECORD_CREATE, "t:account", 0, "{'name':'P','vat':'1'}");
    world_add(x, RECORD_CREATE, "t:account", 0, "{'name':'Q','parent':'$2'}");
    world_add(x, RECORD_CREATE, "t:account", 0, "{'name':'R','vat':'1'}");
    world_add(x, RECORD_CREATE, "t:account", 0, "{'name':'S','vat':'2'}");
    tell(s, x, "partial", world_save(x));
}

static void removals(struct story *s, struct world *x, int64_t deal,
                     int64_t account)
{
    struct undo_result r = {0};
    int64_t txn;

    tell(s, x, "in use", world_delete(x, "t:account", account));
    tell(s, x, "cascade", world_delete(x, "t:deal", deal));
    txn = x->out.txn;
    tell(s, x, "undo", world_undo(x, txn, false, &r));
    tell(s, x, "twice", world_undo(x, txn, false, &r));
    tell(s, x, "gone", world_delete(x, "t:deal", deal));
    tell(s, x, "account", world_delete(x, "t:account", account));
    tell(s, x, "restore", world_restore(x, "t:deal", deal));
}

static void live(struct story *s, bool hostile)
{
    char path[512];
    struct db_config config = {
        .path = path, .create = true, .hostile = hostile};
    struct world x;
    int64_t deal, account;

    snprintf(path, sizeof path, "%s/%s.db", test_tmpdir(),
             hostile ? "hostile" : "kind");
    world_open_on(&x, &config);
    world_begin(&x);
    world_add(&x, RECORD_CREATE, "t:account", 0,
              "{'name':'A','parent':'$3','tags':['a'],'vat':'1'}");
    world_add(&x, RECORD_CREATE, "t:deal", 0, "{'name':'D','account':'$0'}");
    world_add(&x, RECORD_CREATE, "t:line", 0, "{'deal':'$1'}");
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'B'}");
    tell(s, &x, "batch", world_save(&x));
    account = x.b.items[0].id;
    deal = x.b.items[1].id;
    tell(s, &x, "change",
         world_patch(&x, "t:account", account,
                     "{'size':9,'tags':['b','a'],'number':'A-2026-0001'}"));
    tell(s, &x, "duplicate",
         world_create(&x, "t:account", "{'name':'C','vat':'1'}"));
    tell(s, &x, "move", world_patch(&x, "t:deal", deal, "{'stage':'won'}"));
    partial(s, &x);
    world_begin(&x);
    x.b.dry_run = true;
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'dry'}");
    tell(s, &x, "dry", world_save(&x));
    removals(s, &x, deal, account);
    tell(s, &x, "rights",
         world_patch(&x, "sys:user", x.anna.user, "{'admin':false}"));
    tell(s, &x, "number", world_create(&x, "t:account", "{'name':'Z'}"));
    CHECK(s->n < sizeof s->text - 1);
    CHECK_HAS(s->text, "chg");
    world_close(&x);
}

TEST(hostile, running_a_job_twice_changes_nothing)
{
    static struct story kind, hostile;

    kind.n = hostile.n = 0;
    live(&kind, false);
    live(&hostile, true);
    CHECK_CSTR(hostile.text, kind.text);
    CHECK_HAS(kind.text, "batch OK [] rev 1 ");
    CHECK_HAS(kind.text,
              "partial OK [requests.0.vat duplicate; requests.2.vat duplicate");
    CHECK_HAS(kind.text, "undo OK");
    CHECK_HAS(kind.text, "twice CONFLICT");
    CHECK_HAS(kind.text, "restore INVALID [account not_found]");
}
