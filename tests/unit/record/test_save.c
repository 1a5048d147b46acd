/*
 * Creates and changes: steps 0-3, 7, 9, good and bad.
 */
#include "base/id.h"
#include "fixture.h"

TEST(save, a_create_writes_record_journal_event_and_search)
{
    struct world x;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account",
                          "{'name':' Acme ','vat':'1','tags':['b','a']}"),
             RC_OK);
    CHECK_CSTR(x.said, "");
    CHECK(x.out.txn != 0);
    CHECK_I64(x.b.items[0].rev, 1);
    CHECK_STR(world_value(&x, 0, "number")->u.s, "A-2026-0001");
    CHECK_STR(world_sql(&x,
                        "SELECT name || size || kind || active || rating"
                        " FROM t_account WHERE id = %lld",
                        (long long)x.id),
              "Acme2new1150");
    CHECK_STR(world_sql(&x,
                        "SELECT count(*) FROM t_account WHERE owner = %lld"
                        " AND created_by = owner AND updated_by = owner AND"
                        " created_at = updated_at AND rev = 1",
                        (long long)x.anna.user),
              "1");
    CHECK_STR(world_sql(&x, "SELECT group_concat(code) FROM"
                            " m_t_account_tags"),
              "a,b");
    CHECK_STR(world_sql(&x,
                        "SELECT op || ' ' || rev || ' ' || (before IS NULL)"
                        " FROM sys_chg WHERE rec = %lld",
                        (long long)x.id),
              "1 1 1");
    CHECK_STR(world_sql(&x,
                        "SELECT op || '|' || fields || '|' || last FROM"
                        " sys_event WHERE txn = %lld",
                        (long long)x.out.txn),
              "1||1");
    CHECK_STR(world_sql(&x, "SELECT n || source FROM sys_txn WHERE id = %lld",
                        (long long)x.out.txn),
              "1ui");
    CHECK_STR(world_sql(&x, "SELECT _search FROM t_account"),
              "acme 1 beta alpha newcomer\nacme 1 beta alpha newcomer");
    world_close(&x);
}

TEST(save, an_update_writes_only_what_changed)
{
    struct world x;
    int64_t id;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'Acme','size':5}"), RC_OK);
    id = x.id;
    x.w.clock->now += 1000;
    CHECK_RC(world_patch(&x, "t:account", id, "{'size':6,'name':'Acme'}"),
             RC_OK);
    CHECK_I64(x.b.items[0].rev, 2);
    CHECK_I64(world_value(&x, 0, "rev")->u.i, 2);
    CHECK_STR(world_sql(&x, "SELECT before FROM sys_chg WHERE txn = %lld",
                        (long long)x.out.txn),
              "{\"size\":5}");
    CHECK_STR(world_sql(&x, "SELECT fields FROM sys_event WHERE txn = %lld",
                        (long long)x.out.txn),
              "size");
    CHECK_STR(world_sql(&x, "SELECT updated_at - created_at FROM t_account"),
              "1000");
    world_close(&x);
}

TEST(save, without_a_change_there_is_no_transaction)
{
    struct world x;
    const char *before;
    int64_t id;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account",
                          "{'name':'Acme','tags':['a'],'credit':'5.00'}"),
             RC_OK);
    id = x.id;
    before = world_fingerprint(&x);
    CHECK_RC(world_patch(&x, "t:account", id,
                         "{'name':'  Acme','tags':['a'],'credit':'5.00'}"),
             RC_OK);
    CHECK_I64(x.out.txn, 0);
    CHECK_I64(x.b.items[0].rev, 1);
    CHECK_RC(world_patch(&x, "t:account", id, "{}"), RC_OK);
    CHECK_I64(x.out.txn, 0);
    CHECK_CSTR(world_fingerprint(&x), before);
    world_close(&x);
}

TEST(save, what_a_read_answered_may_be_sent_back)
{
    struct world x;
    int64_t id;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'Acme'}"), RC_OK);
    id = x.id;
    CHECK_RC(world_patch(&x, "t:account", id,
                         "{'id':'%s','rev':1,'number':'A-2026-0001','_expand':"
                         "{'owner':{}},'_warnings':[],'created_by':'%s',"
                         "'created_at':'2026-01-01T00:00:00Z','name':'New'}",
                         world_id(&x, id), world_id(&x, x.anna.user)),
             RC_OK);
    CHECK_CSTR(x.said, "");
    CHECK_I64(x.b.items[0].rev, 2);
    CHECK_RC(world_patch(&x, "t:account", id,
                         "{'id':'00000000001','rev':1,'created_by':null,"
                         "'score':3,'number':'A-1','name':'Newer'}"),
             RC_INVALID);
    CHECK_CSTR(x.said, "id readonly; rev readonly; created_by readonly; "
                       "number readonly; score readonly");
    CHECK_RC(world_create(&x, "t:account",
                          "{'name':'B','id':null,'rev':null,"
                          "'score':null,'number':null}"),
             RC_OK);
    CHECK_STR(world_value(&x, 0, "number")->u.s, "A-2026-0002");
    CHECK_RC(world_create(&x, "t:account", "{'name':'B','rev':7}"), RC_INVALID);
    CHECK_CSTR(x.said, "rev readonly");
    world_close(&x);
}

TEST(save, unknown_and_unfit_members_are_all_said_at_once)
{
    struct world x;
    const char *before;

    world_open(&x);
    before = world_fingerprint(&x);
    CHECK_RC(world_create(&x, "t:account",
                          "{'nam':'x','zzzzzzzz':1,'deals':[],'size':'many',"
                          "'kind':'odl','email':'no','tags':['c'],'credit':"
                          "'-1.00','active':3}"),
             RC_INVALID);
    CHECK_CSTR(x.said,
               "nam unknown_field; zzzzzzzz unknown_field; deals collection; "
               "size wrong_type; active wrong_type; email invalid_email; "
               "kind unknown_option; tags unknown_option; "
               "credit out_of_range; name required");
    CHECK_HAS(str_cstr(&x.arena, x.issues.v[0].message), "\"name\"");
    CHECK_CSTR(world_fingerprint(&x), before);
    CHECK_RC(world_create(&x, "t:account", "{'name':'123456789012345678901'}"),
             RC_INVALID);
    CHECK_CSTR(x.said, "name too_long");
    CHECK_RC(world_create(&x, "t:account", "{'name':'   '}"), RC_INVALID);
    CHECK_CSTR(x.said, "name required");
    CHECK_RC(world_create(&x, "t:account", "[]"), RC_INVALID);
    CHECK_CSTR(x.said, " wrong_type; name required");
    CHECK_RC(world_create(&x, "t:account", "{}"), RC_INVALID);
    CHECK_CSTR(x.said, "name required");
    world_close(&x);
}

TEST(save, defaults_fill_what_was_not_given)
{
    struct world x;

    world_open(&x);
    CHECK_RC(
        world_create(&x, "t:account", "{'name':'A','size':null,'kind':'old'}"),
        RC_OK);
    CHECK_I64(world_value(&x, 0, "size")->kind, V_NULL);
    CHECK_STR(world_value(&x, 0, "kind")->u.s, "old");
    CHECK_I64(world_value(&x, 0, "rating")->u.i, 150);
    CHECK_RC(world_create(&x, "t:deal",
                          "{'name':'D','account':'%s','stage':"
                          "null}",
                          world_id(&x, x.id)),
             RC_OK);
    CHECK_STR(world_value(&x, 0, "stage")->u.s, "open");
    world_close(&x);
}

TEST(save, a_condition_makes_a_field_readonly)
{
    struct world x;
    int64_t id;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account",
                          "{'name':'A','size':101,'credit':'1.00'}"),
             RC_INVALID);
    CHECK_CSTR(x.said, "credit readonly");
    CHECK_RC(world_create(&x, "t:account",
                          "{'name':'A','size':100,'credit':'1.00'}"),
             RC_OK);
    id = x.id;
    CHECK_RC(world_patch(&x, "t:account", id, "{'size':101,'credit':'2.00'}"),
             RC_OK);
    CHECK_RC(world_patch(&x, "t:account", id, "{'credit':'3.00'}"), RC_INVALID);
    CHECK_CSTR(x.said, "credit readonly");
    CHECK_RC(world_patch(&x, "t:account", id, "{'credit':'2.00','size':3}"),
             RC_OK);
    world_close(&x);
}

TEST(save, records_that_are_not_there_are_not_found)
{
    struct world x;
    int64_t id;

    world_open(&x);
    CHECK_RC(world_patch(&x, "t:account", 12345, "{'name':'A'}"), RC_NOTFOUND);
    CHECK_RC(world_delete(&x, "t:account", 12345), RC_NOTFOUND);
    CHECK_RC(world_restore(&x, "t:account", 12345), RC_NOTFOUND);
    CHECK_RC(world_patch(&x, "t:account", -3, "{'name':'A'}"), RC_NOTFOUND);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    id = x.id;
    CHECK_RC(world_patch(&x, "t:deal", id, "{'name':'A'}"), RC_NOTFOUND);
    CHECK_RC(world_delete(&x, "t:account", id), RC_OK);
    CHECK_RC(world_delete(&x, "t:account", id), RC_NOTFOUND);
    CHECK_RC(world_patch(&x, "t:account", id, "{'name':'B'}"), RC_NOTFOUND);
    CHECK_RC(world_restore(&x, "t:account", id), RC_OK);
    CHECK_I64(x.b.items[0].rev, 3);
    CHECK_RC(world_restore(&x, "t:account", id), RC_OK);
    CHECK_I64(x.out.txn, 0);
    CHECK_RC(world_patch(&x, "t:account", id, "{'name':'B'}"), RC_OK);
    world_close(&x);
}

TEST(save, who_may_not_is_refused)
{
    struct world x;
    struct principal nobody = {0}, reader, user;

    world_open(&x);
    reader = user = x.anna;
    reader.may_write = false;
    user.is_admin = false;
    x.ctx.who = &nobody;
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_NOTFOUND);
    x.ctx.who = &reader;
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_DENIED);
    x.ctx.who = &user;
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    CHECK_RC(world_create(&x, "sys:user", "{'name':'A'}"), RC_DENIED);
    CHECK_RC(world_patch(&x, "sys:user", user.user, "{'admin':true}"),
             RC_DENIED);
    world_close(&x);
}

TEST(save, a_stale_revision_is_a_conflict)
{
    struct world x;
    int64_t id;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    id = x.id;
    CHECK_RC(world_patch_at(&x, "t:account", id, 1, "{'name':'B'}"), RC_OK);
    CHECK_RC(world_patch_at(&x, "t:account", id, 1, "{'name':'C'}"),
             RC_CONFLICT);
    CHECK_CSTR(x.err.code, "E_CONFLICT");
    CHECK_HAS(x.err.text, "revision 2");
    CHECK_STR(world_sql(&x, "SELECT name FROM t_account"), "B");
    CHECK_RC(world_patch_at(&x, "t:account", id, 2, "{'name':'C'}"), RC_OK);
    world_close(&x);
}

TEST(save, a_duplicate_is_said_at_its_field)
{
    struct world x;
    int64_t id;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A','vat':'9'}"), RC_OK);
    id = x.id;
    CHECK_RC(world_create(&x, "t:account", "{'name':'B','vat':'9'}"),
             RC_CONFLICT);
    CHECK_CSTR(x.err.code, "E_DUPLICATE");
    CHECK_CSTR(x.said, "vat duplicate");
    CHECK_RC(world_delete(&x, "t:account", id), RC_OK);
    CHECK_RC(world_create(&x, "t:account", "{'name':'B','vat':'9'}"), RC_OK);
    CHECK_RC(world_restore(&x, "t:account", id), RC_CONFLICT);
    CHECK_CSTR(x.said, "vat duplicate");
    world_close(&x);
}

TEST(save, a_conditional_unique_counts_only_where_it_holds)
{
    struct world x;
    int64_t id;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    id = x.id;
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A','kind':'old'}"), RC_OK);
    CHECK_RC(world_patch(&x, "t:account", id, "{'kind':'old'}"), RC_CONFLICT);
    CHECK_CSTR(x.said, "name duplicate; kind duplicate");
    CHECK_CSTR(x.err.code, "E_DUPLICATE");
    world_begin(&x);
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'Z','kind':'old'}");
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'Z','kind':'old'}");
    CHECK_RC(world_save(&x), RC_CONFLICT);
    CHECK_CSTR(x.said, "requests.1.name duplicate; requests.1.kind duplicate");
    world_close(&x);
}

TEST(save, checks_see_old_and_new)
{
    struct world x;
    int64_t account, id;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    account = x.id;
    CHECK_RC(world_create(&x, "t:deal",
                          "{'name':'D','account':'%s','stage':'won','amount':"
                          "'9.00','closed_on':'2026-01-01'}",
                          world_id(&x, account)),
             RC_INVALID);
    CHECK_CSTR(x.said, "amount cheap");
    CHECK_CSTR(x.err.text, "Ten at least.");
    CHECK_RC(world_create(&x, "t:deal",
                          "{'name':'D','account':'%s','amount':'1000001.00',"
                          "'limit_':5}",
                          world_id(&x, account)),
             RC_OK);
    CHECK_CSTR(x.said, " big?");
    id = x.id;
    CHECK_RC(world_patch(&x, "t:deal", id, "{'limit_':4,'amount':null}"),
             RC_INVALID);
    CHECK_CSTR(x.said, " shrink");
    CHECK_RC(world_patch(&x, "t:deal", id, "{'limit_':6,'amount':null}"),
             RC_OK);
    CHECK_CSTR(x.said, "");
    world_close(&x);
}

TEST(save, a_check_at_commit_sees_what_the_batch_wrote)
{
    struct world x;
    int64_t account;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    account = x.id;
    world_begin(&x);
    world_add(&x, RECORD_CREATE, "t:deal", 0,
              "{'name':'D','account':'%s','limit_':2}", world_id(&x, account));
    world_add(&x, RECORD_CREATE, "t:line", 0, "{'deal':'$0'}");
    world_add(&x, RECORD_CREATE, "t:line", 0, "{'deal':'$0','qty':2}");
    CHECK_RC(world_save(&x), RC_INVALID);
    CHECK_CSTR(x.said, "requests.0 lines");
    CHECK_STR(world_sql(&x, "SELECT count(*) FROM t_deal"), "0");
    world_begin(&x);
    world_add(&x, RECORD_CREATE, "t:deal", 0,
              "{'name':'D','account':'%s','limit_':3}", world_id(&x, account));
    world_add(&x, RECORD_CREATE, "t:line", 0, "{'deal':'$0'}");
    world_add(&x, RECORD_CREATE, "t:line", 0, "{'deal':'$0','qty':2}");
    CHECK_RC(world_save(&x), RC_OK);
    world_close(&x);
}

TEST(save, references_must_lead_somewhere_that_fits)
{
    struct world x;
    int64_t account, off;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    account = x.id;
    CHECK_RC(world_create(&x, "t:account", "{'name':'Off','active':false}"),
             RC_OK);
    off = x.id;
    CHECK_RC(world_create(&x, "t:deal",
                          "{'name':'D','account':'00000000001','owner':'%s'}",
                          world_id(&x, account)),
             RC_INVALID);
    CHECK_CSTR(x.said, "account not_found; owner not_found");
    CHECK_RC(world_create(&x, "t:deal", "{'name':'D','account':'%s'}",
                          world_id(&x, off)),
             RC_INVALID);
    CHECK_CSTR(x.said, "account not_fitting");
    CHECK_RC(world_delete(&x, "t:account", account), RC_OK);
    CHECK_RC(world_create(&x, "t:deal", "{'name':'D','account':'%s'}",
                          world_id(&x, account)),
             RC_INVALID);
    CHECK_CSTR(x.said, "account not_found");
    CHECK_RC(world_create(&x, "t:note",
                          "{'text':'N','about':{'entity':'t:line','id':'%s'}}",
                          world_id(&x, off)),
             RC_INVALID);
    CHECK_CSTR(x.said, "about wrong_entity");
    CHECK_RC(world_create(&x, "t:note",
                          "{'text':'N','about':{'entity':'t:deal','id':'%s'}}",
                          world_id(&x, off)),
             RC_INVALID);
    CHECK_CSTR(x.said, "about not_found");
    CHECK_RC(world_create(&x, "t:note",
                          "{'text':'N','about':{'entity':'t:account','id':"
                          "'%s'}}",
                          world_id(&x, off)),
             RC_OK);
    world_close(&x);
}

TEST(save, a_tree_has_no_rings)
{
    struct world x;
    int64_t a, b;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A'}"), RC_OK);
    a = x.id;
    CHECK_RC(world_create(&x, "t:account", "{'name':'B','parent':'%s'}",
                          world_id(&x, a)),
             RC_OK);
    b = x.id;
    CHECK_RC(
        world_patch(&x, "t:account", a, "{'parent':'%s'}", world_id(&x, a)),
        RC_INVALID);
    CHECK_CSTR(x.said, "parent ring");
    CHECK_RC(
        world_patch(&x, "t:account", a, "{'parent':'%s'}", world_id(&x, b)),
        RC_INVALID);
    CHECK_CSTR(x.said, "parent ring");
    world_close(&x);
}

TEST(save, numbers_have_no_gaps_and_begin_again_each_year)
{
    struct world x;

    world_open(&x);
    CHECK_RC(world_create(&x, "t:account", "{'name':'A','vat':'1'}"), RC_OK);
    CHECK_RC(world_create(&x, "t:account", "{'name':'B','vat':'1'}"),
             RC_CONFLICT);
    CHECK_RC(world_create(&x, "t:account", "{'name':'C'}"), RC_OK);
    CHECK_STR(world_value(&x, 0, "number")->u.s, "A-2026-0002");
    x.w.clock->now += INT64_C(366) * 86400000;
    CHECK_RC(world_create(&x, "t:account", "{'name':'D'}"), RC_OK);
    CHECK_STR(world_value(&x, 0, "number")->u.s, "A-2027-0001");
    world_close(&x);
}
