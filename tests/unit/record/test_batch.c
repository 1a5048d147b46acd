/*
 * Batches: $n, atomic and partial, dry runs, what a batch may not do.
 */
#include "base/id.h"
#include "fixture.h"

TEST(batch, a_dollar_is_the_id_of_another_request)
{
    struct world x;

    world_open(&x);
    world_begin(&x);
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'A','parent':'$2'}");
    world_add(&x, RECORD_CREATE, "t:deal", 0, "{'name':'D','account':'$0'}");
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'Z'}");
    world_add(&x, RECORD_CREATE, "t:note", 0,
              "{'text':'N','about':{'entity':'t:deal','id':'$1'}}");
    CHECK_RC(world_save(&x), RC_OK);
    CHECK_CSTR(x.said, "");
    CHECK_STR(world_sql(&x, "SELECT p.name || a.name || d.name FROM t_deal d"
                            " JOIN t_account a ON a.id = d.account"
                            " JOIN t_account p ON p.id = a.parent"),
              "ZAD");
    CHECK_STR(world_sql(&x, "SELECT count(*) FROM t_note n JOIN t_deal d ON"
                            " d.id = n.about__id"),
              "1");
    CHECK_STR(world_sql(&x,
                        "SELECT group_concat(n || ':' || op) FROM (SELECT"
                        " * FROM sys_chg WHERE txn = %lld ORDER BY n)",
                        (long long)x.out.txn),
              "1:1,2:1,3:1,4:1");
    CHECK_STR(world_sql(&x,
                        "SELECT group_concat(last) FROM (SELECT last FROM"
                        " sys_event WHERE txn = %lld ORDER BY seq)",
                        (long long)x.out.txn),
              "0,0,0,1");
    /* found by the words of its account, which the batch made as well */
    CHECK_STR(world_sql(&x, "SELECT _search FROM t_deal"), "d a\nd a");
    world_close(&x);
}

TEST(batch, a_dollar_must_lead_to_a_fitting_request)
{
    struct world x;

    world_open(&x);
    world_begin(&x);
    world_add(&x, RECORD_CREATE, "t:deal", 0, "{'name':'D','account':'$1'}");
    world_add(&x, RECORD_CREATE, "t:deal", 0, "{'name':'D','account':'$7'}");
    world_add(&x, RECORD_CREATE, "t:deal", 0, "{'name':'D','account':'$x'}");
    CHECK_RC(world_save(&x), RC_INVALID);
    CHECK_CSTR(x.said, "requests.2.account invalid_id; requests.0.account "
                       "wrong_entity; requests.1.account unknown_request");
    world_close(&x);
}

TEST(batch, atomic_is_all_or_nothing_and_says_all_that_is_wrong)
{
    struct world x;
    const char *before;
    int64_t id;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A','vat':'1'}"), RC_OK);
    id = x.id;
    before = world_fingerprint(&x);
    world_begin(&x);
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'B'}");
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'nam':'C'}");
    world_add(&x, RECORD_UPDATE, "t:account", id, "{'size':-1,'score':2}");
    world_add(&x, RECORD_DELETE, "t:account", 77, NULL);
    CHECK_RC(world_save(&x), RC_INVALID);
    CHECK_CSTR(x.said, "requests.1.nam unknown_field; requests.3 not_found; "
                       "requests.2.size out_of_range; requests.2.score "
                       "readonly; requests.1.name required");
    CHECK_HAS(x.err.text, "5 problems");
    CHECK_CSTR(world_fingerprint(&x), before);
    world_begin(&x);
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'B'}");
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'C','vat':'1'}");
    CHECK_RC(world_save(&x), RC_CONFLICT);
    CHECK_CSTR(x.said, "requests.1.vat duplicate");
    CHECK_CSTR(world_fingerprint(&x), before);
    world_close(&x);
}

TEST(batch, partial_leaves_out_what_fails_and_what_hangs_on_it)
{
    struct world x;
    size_t i;
    static const bool FAILED[] = {false, true, true, true, true, false, true};

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A','vat':'1'}"), RC_OK);
    world_begin(&x);
    x.b.partial = true;
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'B'}");
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'nam':'C'}");
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'D','vat':'1'}");
    world_add(&x, RECORD_CREATE, "t:deal", 0, "{'name':'E','account':'$2'}");
    world_add(&x, RECORD_CREATE, "t:deal", 0, "{'name':'F','account':'$1'}");
    world_add(&x, RECORD_CREATE, "t:deal", 0, "{'name':'G','account':'$0'}");
    world_add(&x, RECORD_DELETE, "t:account", 5, NULL);
    CHECK_RC(world_save(&x), RC_OK);
    for (i = 0; i < 7; i++)
        CHECK(x.b.items[i].failed == FAILED[i]);
    CHECK_RC(x.b.items[1].rc, RC_INVALID);
    CHECK_RC(x.b.items[2].rc, RC_CONFLICT);
    CHECK_CSTR(x.b.items[2].code, "E_DUPLICATE");
    CHECK_RC(x.b.items[3].rc, RC_INVALID);
    CHECK_RC(x.b.items[6].rc, RC_NOTFOUND);
    CHECK_STR(world_sql(&x, "SELECT group_concat(name) FROM (SELECT name FROM"
                            " t_account UNION ALL SELECT name FROM t_deal)"),
              "A,B,G");
    CHECK_STR(world_sql(&x,
                        "SELECT group_concat(n || ':' || op) FROM sys_chg"
                        " WHERE txn = %lld",
                        (long long)x.out.txn),
              "1:1,2:1");
    CHECK_STR(world_sql(&x, "SELECT n FROM sys_txn WHERE id = %lld",
                        (long long)x.out.txn),
              "2");
    CHECK_STR(world_sql(&x,
                        "SELECT sum(last) || '/' || count(*) FROM sys_event"
                        " WHERE txn = %lld",
                        (long long)x.out.txn),
              "1/2");
    CHECK_STR(world_sql(&x, "SELECT group_concat(number) FROM t_account"),
              "A-2026-0001,A-2026-0002");
    world_close(&x);
}

TEST(batch, partial_without_a_survivor_writes_nothing)
{
    struct world x;
    const char *before;

    world_open(&x);
    before = world_fingerprint(&x);
    world_begin(&x);
    x.b.partial = true;
    world_add(&x, RECORD_CREATE, "t:account", 0, "{}");
    world_add(&x, RECORD_CREATE, "t:deal", 0, "{'name':'E','account':'$0'}");
    CHECK_RC(world_save(&x), RC_OK);
    CHECK(x.b.items[0].failed && x.b.items[1].failed);
    CHECK_I64(x.out.txn, 0);
    CHECK_CSTR(world_fingerprint(&x), before);
    world_close(&x);
}

TEST(batch, a_dry_run_says_all_and_leaves_nothing)
{
    struct world x;
    const char *before;

    world_open(&x);
    before = world_fingerprint(&x);
    world_begin(&x);
    x.b.dry_run = true;
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'B'}");
    CHECK_RC(world_save(&x), RC_OK);
    CHECK_I64(x.out.txn, 0);
    CHECK_STR(world_value(&x, 0, "number")->u.s, "A-2026-0001");
    CHECK_CSTR(world_fingerprint(&x), before);
    world_begin(&x);
    x.b.dry_run = true;
    world_add(&x, RECORD_CREATE, "t:account", 0, "{}");
    CHECK_RC(world_save(&x), RC_INVALID);
    CHECK_CSTR(world_fingerprint(&x), before);
    world_close(&x);
}

TEST(batch, no_record_twice_and_no_more_than_the_limit)
{
    struct world x;
    int64_t id;
    int n = 0;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    id = x.id;
    world_begin(&x);
    world_add(&x, RECORD_UPDATE, "t:account", id, "{'size':3}");
    world_add(&x, RECORD_UPDATE, "t:account", id, "{'size':4}");
    CHECK_RC(world_save(&x), RC_INVALID);
    CHECK_CSTR(x.said, "requests.1 repeated");
    world_begin(&x);
    while (record_add(&x.b, x.w.model, RECORD_CREATE,
                      world_entity(&x, "t:note"), 0))
        n++;
    CHECK_I64(n, 500);
    world_begin(&x);
    CHECK_RC(world_save(&x), RC_OK);
    CHECK_I64(x.out.txn, 0);
    world_close(&x);
}

TEST(batch, five_hundred_records_are_one_transaction)
{
    struct world x;
    int i;

    world_open(&x);
    world_begin(&x);
    for (i = 0; i < 500; i++)
        world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'N%d'}", i);
    CHECK_RC(world_save(&x), RC_OK);
    CHECK_STR(world_sql(&x,
                        "SELECT count(DISTINCT txn) || '/' || count(*) FROM"
                        " sys_chg WHERE ent = %d",
                        world_entity(&x, "t:account")->number),
              "1/500");
    CHECK_STR(world_sql(&x, "SELECT max(number) FROM t_account"),
              "A-2026-0500");
    world_close(&x);
}
