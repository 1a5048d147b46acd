/*
 * What a record is found by, when its text is made ahead of the writer and when
 * only the writer can know it.
 */
#include <stdio.h>

#include "fixture.h"

static void open_with(struct world *x, const char *entity)
{
    world_open(x);
    CHECK_RC(workspace_put_xml(&x->w, "u", entity), RC_OK);
    world_swap(x);
}

static struct str text_of(struct world *x, int64_t id)
{
    return world_sql(x,
                     "SELECT coalesce(_search, '-') FROM u_a WHERE id = %lld",
                     (long long)id);
}

static const char PLAIN[] =
    "<entity name=\"a\" search=\"n o\"><field name=\"n\"/><field name=\"o\" "
    "type=\"choice\"><option code=\"x\" label=\"Ex\"/></field></entity>";

TEST(found_by, its_own_values_as_they_were_written)
{
    struct world x;
    int64_t id;

    open_with(&x, PLAIN);
    CHECK_RC(world_create(&x, "u:a", "{'n':' \xC3\x84nne ','o':'x'}"), RC_OK);
    id = x.id;
    CHECK_STR(text_of(&x, id), "anne ex\nanne ex");
    CHECK_RC(world_patch(&x, "u:a", id, "{'n':'B'}"), RC_OK);
    CHECK_STR(text_of(&x, id), "b ex\nb ex");
    CHECK_RC(world_patch(&x, "u:a", id, "{'n':null,'o':null}"), RC_OK);
    CHECK_STR(text_of(&x, id), "-");
    CHECK_RC(world_delete(&x, "u:a", id), RC_OK);
    CHECK_RC(world_restore(&x, "u:a", id), RC_OK);
    CHECK_STR(text_of(&x, id), "-");
    world_close(&x);
}

TEST(found_by, a_number_that_only_the_writer_gives)
{
    struct world x;

    open_with(&x, "<entity name=\"a\" search=\"no n\"><field name=\"no\" "
                  "type=\"autonumber\" pattern=\"N-{000}\"/><field "
                  "name=\"n\"/></entity>");
    world_begin(&x);
    world_add(&x, RECORD_CREATE, "u:a", 0, "{'n':'one'}");
    world_add(&x, RECORD_CREATE, "u:a", 0, "{'n':'two'}");
    CHECK_RC(world_save(&x), RC_OK);
    CHECK_STR(text_of(&x, x.b.items[0].id), "n 001 one\nn-001 one");
    CHECK_STR(text_of(&x, x.b.items[1].id), "n 002 two\nn-002 two");
    world_close(&x);
}

/* Somebody else writes the same record between prepare and the writer. */
struct rival {
    struct world *x;
    int64_t id;
    bool done;
};

static enum rc overtake(void *ctx, struct query_ctx *q,
                        struct record_item *const *items, size_t n,
                        struct issues *issues, struct err *err)
{
    struct rival *r = ctx;
    struct record_ctx theirs = r->x->ctx;
    struct record_batch b;
    struct record_item *item;
    struct record_result result;
    const struct entity *e = items[0]->entity;

    (void)q;
    (void)n;
    if (r->done)
        return RC_OK;
    r->done = true;
    theirs.hooks = NULL;
    record_batch_init(&b, &r->x->arena);
    item = record_add(&b, r->x->w.model, RECORD_UPDATE, e, r->id);
    CHECK(item &&
          record_set(item, entity_field(e, STR("o")), value_text(STR("x"))));
    return record_save(&theirs, r->x->w.model, &b, issues, &result, err);
}

TEST(found_by, what_the_record_holds_when_another_was_quicker)
{
    struct world x;
    struct rival r = {.x = &x};
    struct record_hooks hooks = {.ctx = &r, .before = overtake};

    open_with(&x, PLAIN);
    CHECK_RC(world_create(&x, "u:a", "{'n':'one'}"), RC_OK);
    r.id = x.id;
    x.ctx.hooks = &hooks;
    CHECK_RC(world_patch(&x, "u:a", r.id, "{'n':'two'}"), RC_OK);
    CHECK(r.done);
    CHECK_STR(text_of(&x, r.id), "two ex\ntwo ex");
    world_close(&x);
}

TEST(found_by, every_attempt_of_a_hostile_store)
{
    char path[512];
    struct db_config config = {.path = path, .create = true, .hostile = true};
    struct world x;

    snprintf(path, sizeof path, "%s/found.db", test_tmpdir());
    world_open_on(&x, &config);
    CHECK_RC(workspace_put_xml(&x.w, "u", PLAIN), RC_OK);
    world_swap(&x);
    world_begin(&x);
    x.b.partial = true;
    world_add(&x, RECORD_CREATE, "u:a", 0, "{'n':'one'}");
    world_add(&x, RECORD_CREATE, "u:a", 0, "{'o':'nope'}");
    world_add(&x, RECORD_CREATE, "u:a", 0, "{'n':'three','o':'x'}");
    CHECK_RC(world_save(&x), RC_OK);
    CHECK_STR(text_of(&x, x.b.items[0].id), "one\none");
    CHECK_STR(text_of(&x, x.b.items[2].id), "three ex\nthree ex");
    world_close(&x);
}
