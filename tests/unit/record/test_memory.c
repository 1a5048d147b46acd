/*
 * Every allocation fails once: the save answers, and either all of it is
 * written or nothing. (The writer's thread allocates too; the counter is the
 * process's.)
 */
#include "fixture.h"

/* What the tables hold is asked without faults. */
static void check_whole(struct world *x, enum rc rc, const char *was,
                        const char *want)
{
    CHECK(rc == RC_OK || rc == RC_NOMEM);
    CHECK(rc == RC_OK || x->err.rc == RC_NOMEM);
    WITHOUT_FAULTS
    {
        struct str now = world_sql(
            x, "SELECT (SELECT count(*) FROM t_account WHERE size = 7) ||"
               " (SELECT count(*) FROM m_t_account_tags) || (SELECT count(*)"
               " FROM sys_chg) || (SELECT count(*) FROM sys_event) ||"
               " (SELECT count(*) FROM sys_txn)");

        CHECK_STR(now, rc == RC_OK ? want : was);
    }
}

TEST(memory, a_create_is_whole_or_not_at_all)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct world x;
        struct json body = {.kind = JSON_OBJECT};
        struct json code = {.kind = JSON_STR, .u.s = STR("a")};
        struct json_member members[] = {
            {STR("name"), {.kind = JSON_STR, .u.s = STR("A")}},
            {STR("size"), {.kind = JSON_INT, .u.i = 7}},
            {STR("vat"), {.kind = JSON_STR, .u.s = STR("v")}},
            {STR("tags"), {.kind = JSON_ARRAY, .u.array = {&code, 1}}}};
        struct record_item *item;
        enum rc rc = RC_NOMEM;

        body.u.object.v = members;
        body.u.object.n = 4;
        WITHOUT_FAULTS
        {
            world_open(&x);
            world_begin(&x);
        }
        item = record_add(&x.b, x.w.model, RECORD_CREATE,
                          world_entity(&x, "t:account"), 0);
        if (item)
            rc = record_bind_json(&x.ctx, x.w.model, &x.b, item, &body,
                                  &x.issues, &x.err);
        else
            x.err.rc = RC_NOMEM;
        if (rc == RC_OK)
            rc =
                record_save(&x.ctx, x.w.model, &x.b, &x.issues, &x.out, &x.err);
        check_whole(&x, rc, "00111", "11222");
        WITHOUT_FAULTS
        {
            world_close(&x);
        }
    }
}

TEST(memory, a_change_is_whole_or_not_at_all)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct world x;
        const struct entity *e;
        struct value code = value_text(STR("b"));
        struct value tags = {.kind = V_LIST, .u.list = {&code, 1}};
        struct record_item *item;
        enum rc rc = RC_NOMEM;
        int64_t id = 0;

        WITHOUT_FAULTS
        {
            world_open(&x);
            CHECK_RC(world_create(&x, "t:account", "{'name':'A','size':3}"),
                     RC_OK);
            id = x.id;
            world_begin(&x);
        }
        e = world_entity(&x, "t:account");
        item = record_add(&x.b, x.w.model, RECORD_UPDATE, e, id);
        if (item && record_set(item, entity_field(e, STR("tags")), tags) &&
            record_set(item, entity_field(e, STR("size")), value_int(7)))
            rc =
                record_save(&x.ctx, x.w.model, &x.b, &x.issues, &x.out, &x.err);
        else
            x.err.rc = RC_NOMEM;
        check_whole(&x, rc, "00222", "11333");
        WITHOUT_FAULTS
        {
            world_close(&x);
        }
    }
}
