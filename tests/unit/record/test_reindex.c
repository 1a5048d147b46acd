/*
 * Search texts made anew after a definition changed what search finds.
 */
#include "db/search.h"
#include "fixture.h"

static size_t hits(struct world *x, const char *text)
{
    struct search_hit *v;
    struct db *db;
    size_t n = 0;

    CHECK_RC(db_read_begin(x->w.store, NULL, &db, &x->err), RC_OK);
    CHECK_RC(
        search_find(db, str_c(text), NULL, 0, 50, &x->arena, &v, &n, &x->err),
        RC_OK);
    db_read_end(db);
    return n;
}

static bool count_calls(void *arg, int64_t done)
{
    int64_t *calls = arg;

    *calls = *calls * 1000 + done;
    return true;
}

static bool stop(void *arg, int64_t done)
{
    (void)arg;
    (void)done;
    return false;
}

TEST(reindex, records_are_found_by_what_the_new_definition_says)
{
    struct world x;
    int64_t calls = 0;
    int number, i;

    world_open(&x);
    CHECK_RC(workspace_put_xml(&x.w, "u",
                               "<entity name=\"a\" search=\"n\"><field "
                               "name=\"n\"/><field name=\"o\"/></entity>"),
             RC_OK);
    world_swap(&x);
    world_begin(&x);
    for (i = 0; i < 250; i++)
        world_add(&x, RECORD_CREATE, "u:a", 0, "{'n':'first','o':'second'}");
    CHECK_RC(world_save(&x), RC_OK);
    CHECK_I64(hits(&x, "first"), 50);
    CHECK_I64(hits(&x, "second"), 0);
    CHECK_RC(workspace_put_xml(&x.w, "u",
                               "<entity name=\"a\" search=\"o\"><field "
                               "name=\"n\"/><field name=\"o\"/></entity>"),
             RC_OK);
    CHECK(x.w.plan.steps[0].op == PLAN_REINDEX);
    world_swap(&x);
    number = world_entity(&x, "u:a")->number;
    CHECK_RC(record_reindex(x.w.store, x.slot, number, stop, NULL, &x.err),
             RC_OK); /* the first page only */
    CHECK_RC(
        record_reindex(x.w.store, x.slot, number, count_calls, &calls, &x.err),
        RC_OK);
    CHECK_I64(calls, 200250);
    CHECK_I64(hits(&x, "first"), 0);
    CHECK_I64(hits(&x, "second"), 50);
    CHECK_STR(world_sql(&x, "SELECT CAST(count(*) AS TEXT) FROM u_a WHERE "
                            "_search LIKE 'second%%'"),
              "250");
    /* an entity that is gone is no failure */
    CHECK_RC(record_reindex(x.w.store, x.slot, 9999, NULL, NULL, &x.err),
             RC_OK);
    world_close(&x);
}
