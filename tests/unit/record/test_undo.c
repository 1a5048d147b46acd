/*
 * Undo: of creates, changes, deletes, of an undo; what was changed since.
 */
#include "base/id.h"
#include "fixture.h"

static int64_t account(struct world *x, const char *name)
{
    CHECK_RC(world_create(x, "t:account", "{'name':'%s','size':5}", name),
             RC_OK);
    return x->id;
}

TEST(undo, a_change_gets_its_old_values_back)
{
    struct world x;
    struct undo_result r;
    int64_t id, txn;

    world_open(&x);
    id = account(&x, "A");
    CHECK_RC(world_patch(&x, "t:account", id,
                         "{'name':'B','size':6,'tags':['a'],'credit':'7.50'}"),
             RC_OK);
    txn = x.out.txn;
    CHECK_RC(world_undo(&x, txn, false, &r), RC_OK);
    CHECK_I64(r.undone, 1);
    CHECK_I64(r.conflicts, 0);
    CHECK(r.txn != 0 && r.txn != txn);
    CHECK_STR(world_sql(&x, "SELECT name || size || (tags IS NULL) ||"
                            " (credit IS NULL) || rev FROM t_account"),
              "A5113");
    CHECK_STR(world_sql(&x,
                        "SELECT source || (undoes = %lld) FROM sys_txn"
                        " WHERE id = %lld",
                        (long long)txn, (long long)r.txn),
              "undo1");
    /* the undo undone: as it was, and the first is done again */
    CHECK_RC(world_undo(&x, r.txn, false, &r), RC_OK);
    CHECK_STR(world_sql(&x, "SELECT name || size || tags || credit FROM"
                            " t_account"),
              "B6[\"a\"]750");
    CHECK_STR(world_sql(&x,
                        "SELECT undone_by IS NULL FROM sys_txn WHERE"
                        " id = %lld",
                        (long long)txn),
              "1");
    CHECK_RC(world_undo(&x, txn, false, &r), RC_OK);
    CHECK_STR(world_sql(&x, "SELECT name FROM t_account"), "A");
    CHECK_RC(world_undo(&x, txn, false, &r), RC_CONFLICT);
    CHECK_HAS(x.err.text, "undone already");
    world_close(&x);
}

TEST(undo, what_was_changed_since_is_a_conflict)
{
    struct world x;
    struct undo_result r = {0};
    char path[64];
    const char *before;
    int64_t id, txn;

    world_open(&x);
    id = account(&x, "A");
    CHECK_RC(world_patch(&x, "t:account", id, "{'name':'B','size':6}"), RC_OK);
    txn = x.out.txn;
    CHECK_RC(world_patch(&x, "t:account", id, "{'size':7,'vat':'1'}"), RC_OK);
    before = world_fingerprint(&x);
    CHECK_RC(world_undo(&x, txn, false, &r), RC_CONFLICT);
    snprintf(path, sizeof path, "t:account.%s.size conflict", world_id(&x, id));
    CHECK_CSTR(x.said, path);
    CHECK_CSTR(world_fingerprint(&x), before);
    CHECK_RC(world_undo(&x, txn, true, &r), RC_OK);
    CHECK_I64(r.conflicts, 1);
    CHECK_I64(r.undone, 1);
    CHECK_STR(world_sql(&x, "SELECT name || size || vat FROM t_account"),
              "A71");
    world_close(&x);
}

TEST(undo, changed_and_changed_back_is_no_conflict)
{
    struct world x;
    struct undo_result r;
    int64_t id, txn;

    world_open(&x);
    id = account(&x, "A");
    CHECK_RC(world_patch(&x, "t:account", id, "{'size':6}"), RC_OK);
    txn = x.out.txn;
    CHECK_RC(world_patch(&x, "t:account", id, "{'size':7}"), RC_OK);
    CHECK_RC(world_patch(&x, "t:account", id, "{'size':6}"), RC_OK);
    CHECK_RC(world_undo(&x, txn, false, &r), RC_OK);
    CHECK_STR(world_sql(&x, "SELECT size FROM t_account"), "5");
    world_close(&x);
}

TEST(undo, a_create_goes_to_the_bin_unless_it_was_changed)
{
    struct world x;
    struct undo_result r;
    int64_t id, txn;

    world_open(&x);
    id = account(&x, "A");
    txn = x.out.txn;
    CHECK_RC(world_patch(&x, "t:account", id, "{'size':6}"), RC_OK);
    CHECK_RC(world_undo(&x, txn, false, &r), RC_CONFLICT);
    CHECK_RC(world_undo(&x, x.out.txn, false, &r), RC_NOTFOUND);
    CHECK_RC(world_patch(&x, "t:account", id, "{'size':5}"), RC_OK);
    CHECK_RC(world_undo(&x, txn, false, &r), RC_OK);
    CHECK_STR(world_sql(&x, "SELECT deleted_at IS NULL FROM t_account"), "0");
    CHECK_RC(world_undo(&x, r.txn, false, &r), RC_OK);
    CHECK_STR(world_sql(&x, "SELECT deleted_at IS NULL FROM t_account"), "1");
    world_close(&x);
}

TEST(undo, a_delete_brings_back_all_it_took_along)
{
    struct world x;
    struct undo_result r;
    int64_t deal, parent;

    world_open(&x);
    world_begin(&x);
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'A'}");
    world_add(&x, RECORD_CREATE, "t:deal", 0, "{'name':'D','account':'$0'}");
    world_add(&x, RECORD_CREATE, "t:line", 0, "{'deal':'$1','text':'L'}");
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'B','parent':'$4'}");
    world_add(&x, RECORD_CREATE, "t:account", 0, "{'name':'P'}");
    CHECK_RC(world_save(&x), RC_OK);
    deal = x.b.items[1].id;
    parent = x.b.items[4].id;
    world_begin(&x);
    world_add(&x, RECORD_DELETE, "t:deal", deal, NULL);
    world_add(&x, RECORD_DELETE, "t:account", parent, NULL);
    CHECK_RC(world_save(&x), RC_OK);
    CHECK_RC(world_undo(&x, x.out.txn, false, &r), RC_OK);
    CHECK_CSTR(x.said, "");
    CHECK_I64(r.undone, 4);
    CHECK_STR(world_sql(&x, "SELECT (SELECT count(*) FROM t_deal WHERE"
                            " deleted_at IS NULL) || (SELECT count(*) FROM"
                            " t_line WHERE deleted_at IS NULL) || (SELECT"
                            " count(parent) FROM t_account)"),
              "111");
    world_close(&x);
}

TEST(undo, a_status_may_go_back_the_way_it_came)
{
    struct world x;
    struct undo_result r;
    int64_t id;

    world_open(&x);
    (void)account(&x, "A");
    CHECK_RC(world_create(&x, "t:deal", "{'name':'D','account':'%s'}",
                          world_id(&x, x.id)),
             RC_OK);
    id = x.id;
    CHECK_RC(world_patch(&x, "t:deal", id, "{'stage':'busy'}"), RC_OK);
    CHECK_RC(world_undo(&x, x.out.txn, false, &r), RC_OK);
    CHECK_STR(world_sql(&x, "SELECT stage FROM t_deal"), "open");
    world_close(&x);
}

TEST(undo, of_nothing_is_not_found)
{
    struct world x;
    struct undo_result r;

    world_open(&x);
    CHECK_RC(world_undo(&x, 0, false, &r), RC_NOTFOUND);
    CHECK_RC(world_undo(&x, -5, false, &r), RC_NOTFOUND);
    CHECK_RC(world_undo(&x, INT64_MAX, false, &r), RC_NOTFOUND);
    world_close(&x);
}

/* The journal names fields by what a rename keeps. */
TEST(undo, finds_a_field_that_was_renamed_since)
{
    struct world x;
    struct undo_result r = {0};
    int64_t id, txn;

    world_open(&x);
    CHECK_RC(workspace_put_xml(&x.w, "u",
                               "<entity name=\"a\"><field name=\"n\"/>"
                               "<field name=\"to\" type=\"anyref\" "
                               "to=\"a\"/></entity>"),
             RC_OK);
    world_swap(&x);
    CHECK_RC(world_create(&x, "u:a", "{'n':'one'}"), RC_OK);
    id = x.id;
    CHECK_RC(world_patch(&x, "u:a", id,
                         "{'n':'two','to':{'entity':'u:a','id':'%s'}}",
                         world_id(&x, id)),
             RC_OK);
    txn = x.out.txn;
    CHECK_RC(workspace_put_xml(&x.w, "u",
                               "<entity name=\"a\"><field name=\"title\" "
                               "was=\"n\"/><field name=\"about\" was=\"to\" "
                               "type=\"anyref\" to=\"a\"/></entity>"),
             RC_OK);
    world_swap(&x);
    CHECK_RC(world_undo(&x, txn, false, &r), RC_OK);
    CHECK_I64(r.undone, 1);
    CHECK_STR(world_sql(&x, "SELECT n || (to__id IS NULL) FROM u_a"), "one1");
    world_close(&x);
}
