/*
 * Deletes and restores: restrict, clear, cascade, search, journal.
 */
#include "fixture.h"

struct family {
    int64_t account, deal, line, note;
};

static struct family make(struct world *x)
{
    struct family f;

    world_begin(x);
    world_add(x, RECORD_CREATE, "t:account", 0, "{'name':'A'}");
    world_add(x, RECORD_CREATE, "t:deal", 0, "{'name':'D','account':'$0'}");
    world_add(x, RECORD_CREATE, "t:line", 0, "{'deal':'$1','text':'L'}");
    world_add(x, RECORD_CREATE, "t:note", 0,
              "{'text':'N','line':'$2','account':'$0',"
              "'about':{'entity':'t:account','id':'$0'}}");
    CHECK_RC(world_save(x), RC_OK);
    f.account = x->b.items[0].id;
    f.deal = x->b.items[1].id;
    f.line = x->b.items[2].id;
    f.note = x->b.items[3].id;
    return f;
}

TEST(removal, what_is_needed_stays)
{
    struct world x;
    struct family f;
    const char *before;

    world_open(&x);
    f = make(&x);
    before = world_fingerprint(&x);
    CHECK_RC(world_delete(&x, "t:account", f.account), RC_INVALID);
    CHECK_CSTR(x.said, " in_use");
    CHECK_CSTR(x.err.text, "1 of Deals still need this record (\"Account\"); "
                           "change or delete them first.");
    CHECK_CSTR(world_fingerprint(&x), before);
    world_close(&x);
}

TEST(removal, a_cascade_goes_all_the_way_down_and_is_journaled)
{
    struct world x;
    struct family f;

    world_open(&x);
    f = make(&x);
    CHECK_RC(world_delete(&x, "t:deal", f.deal), RC_OK);
    CHECK_I64(x.b.items[0].rev, 2);
    CHECK_STR(world_sql(&x, "SELECT (SELECT count(*) FROM t_deal WHERE"
                            " deleted_at IS NULL) + (SELECT count(*) FROM"
                            " t_line WHERE deleted_at IS NULL) + (SELECT"
                            " count(*) FROM t_note WHERE deleted_at IS NULL)"),
              "0");
    CHECK_STR(world_sql(&x,
                        "SELECT group_concat(op || ':' || rev) FROM sys_chg"
                        " WHERE txn = %lld",
                        (long long)x.out.txn),
              "3:2,3:2,3:2");
    CHECK_STR(world_sql(&x,
                        "SELECT group_concat(last) FROM (SELECT last FROM"
                        " sys_event WHERE txn = %lld ORDER BY seq)",
                        (long long)x.out.txn),
              "0,0,1");
    CHECK_STR(world_sql(&x, "SELECT _search IS NULL FROM t_deal"), "1");
    world_close(&x);
}

TEST(removal, both_ends_may_go_in_one_batch_and_references_are_cleared)
{
    struct world x;
    struct family f;

    world_open(&x);
    f = make(&x);
    world_begin(&x);
    world_add(&x, RECORD_DELETE, "t:account", f.account, NULL);
    world_add(&x, RECORD_UPDATE, "t:line", f.line, "{'text':'M'}");
    world_add(&x, RECORD_DELETE, "t:deal", f.deal, NULL);
    CHECK_RC(world_save(&x), RC_INVALID);
    CHECK_CSTR(x.said, "requests.2 in_use");
    world_begin(&x);
    world_add(&x, RECORD_DELETE, "t:account", f.account, NULL);
    world_add(&x, RECORD_DELETE, "t:line", f.line, NULL);
    world_add(&x, RECORD_DELETE, "t:deal", f.deal, NULL);
    CHECK_RC(world_save(&x), RC_OK);
    /* cleared first, then taken along: one change, one row */
    CHECK_STR(world_sql(&x,
                        "SELECT group_concat(op || ':' || rev) FROM sys_chg"
                        " WHERE rec = %lld",
                        (long long)f.note),
              "1:1,3:2");
    world_close(&x);
}

TEST(removal, a_cleared_reference_is_a_change_like_any_other)
{
    struct world x;
    int64_t parent, child;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'P'}"), RC_OK);
    parent = x.id;
    CHECK_RC(world_create(&x, "t:account", "{'name':'C','parent':'%s'}",
                          world_id(&x, parent)),
             RC_OK);
    child = x.id;
    CHECK_STR(world_sql(&x, "SELECT _search FROM t_account WHERE id = %lld",
                        (long long)child),
              "c newcomer p\nc newcomer p");
    CHECK_RC(world_delete(&x, "t:account", parent), RC_OK);
    CHECK_STR(world_sql(&x,
                        "SELECT (parent IS NULL) || rev || _search FROM"
                        " t_account WHERE id = %lld",
                        (long long)child),
              "12c newcomer\nc newcomer");
    CHECK_STR(world_sql(&x,
                        "SELECT fields FROM sys_event WHERE rec = %lld AND"
                        " rev = 2",
                        (long long)child),
              "parent");
    world_close(&x);
}

TEST(removal, partial_undoes_what_a_refused_delete_would_have_taken_along)
{
    struct world x;
    struct family f;
    int64_t other;

    world_open(&x);
    f = make(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'B'}"), RC_OK);
    other = x.id;
    CHECK_RC(world_create(&x, "t:account", "{'name':'C','parent':'%s'}",
                          world_id(&x, f.account)),
             RC_OK);
    world_begin(&x);
    x.b.partial = true;
    world_add(&x, RECORD_DELETE, "t:account", f.account, NULL);
    world_add(&x, RECORD_DELETE, "t:account", other, NULL);
    CHECK_RC(world_save(&x), RC_OK);
    CHECK(x.b.items[0].failed && !x.b.items[1].failed);
    CHECK_STR(world_sql(&x, "SELECT count(parent) FROM t_account"), "1");
    CHECK_STR(world_sql(&x, "SELECT count(*) FROM sys_chg WHERE txn = %lld",
                        (long long)x.out.txn),
              "1");
    world_close(&x);
}

TEST(removal, a_restore_needs_what_it_points_to)
{
    struct world x;
    struct family f;

    world_open(&x);
    f = make(&x);
    CHECK_RC(world_delete(&x, "t:deal", f.deal), RC_OK);
    CHECK_RC(world_delete(&x, "t:account", f.account), RC_OK);
    CHECK_RC(world_restore(&x, "t:deal", f.deal), RC_INVALID);
    CHECK_CSTR(x.said, "account not_found");
    world_begin(&x);
    world_add(&x, RECORD_RESTORE, "t:deal", f.deal, NULL);
    world_add(&x, RECORD_RESTORE, "t:account", f.account, NULL);
    CHECK_RC(world_save(&x), RC_OK);
    CHECK_STR(world_sql(&x, "SELECT _search FROM t_deal"), "d a\nd a");
    CHECK_STR(world_sql(&x,
                        "SELECT group_concat(op) FROM sys_chg WHERE"
                        " txn = %lld",
                        (long long)x.out.txn),
              "4,4");
    world_close(&x);
}
