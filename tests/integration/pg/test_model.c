/*
 * The DDL of plans on a real PostgreSQL: a whole CRM, then changes of every
 * kind, in the order the plan gives.
 */
#include "model/plan.h"
#include "server.h"
#include "support/model_fixture.h"
#include "support/test.h"

static const char BEFORE[] =
    "<bundle><entity name=\"a\"><field name=\"n\"/><field name=\"gone\" "
    "type=\"money\"/><field name=\"x\" type=\"int\" unique=\"true\" "
    "index=\"true\"/><field name=\"m\" type=\"multichoice\" open=\"true\"/>"
    "<field name=\"r\" type=\"ref\" to=\"b\"/></entity>"
    "<entity name=\"b\"><field name=\"r\" type=\"ref\" to=\"a\"/></entity>"
    "<entity name=\"c\"><field name=\"r\" type=\"ref\" to=\"c\"/></entity>"
    "</bundle>";
static const char AFTER[] =
    "<bundle><entity name=\"a\"><field name=\"title\" was=\"n\"/><field "
    "name=\"x\" type=\"dec\" unique=\"true\" index=\"true\"/><field name=\"r\" "
    "type=\"anyref\" to=\"a b\"/><field name=\"late\" type=\"ref\" to=\"z\"/>"
    "<field name=\"tags\" type=\"multichoice\" open=\"true\"/></entity>"
    "<entity name=\"b\"><field name=\"r\" type=\"ref\" to=\"a\"/></entity>"
    "<entity name=\"z\"><field name=\"r\" type=\"ref\" to=\"a\"/></entity>"
    "</bundle>";

static void run(struct pg *pg, const struct model *old,
                const struct model *next, struct arena *a)
{
    struct plan plan;
    char out[4096];
    struct buf b;

    CHECK_RC(plan_make(old, next, NULL, true, a, &plan, NULL), RC_OK);
    buf_init(&b, 1 << 20);
    CHECK_RC(plan_sql(&plan, old, next, DB_POSTGRES, &b, NULL), RC_OK);
    pg_run(pg, buf_view(&b), out, sizeof out);
    buf_release(&b);
}

static struct model *compiled(struct fixture *f, const char *xml)
{
    struct fixture_file files[] = {{"x.xml", xml}, {NULL, NULL}};
    struct package_src *p = fixture_texts(&f->arena, "t", files);

    if (fixture_compile(f, &p, 1) != RC_OK)
        CHECK_CSTR(str_cstr(&f->arena, f->said), "");
    return f->model;
}

TEST(pg_model, takes_the_tables_of_a_crm)
{
    struct pg pg = pg_start();
    struct package_src *p[2];
    struct fixture f = {0};

    if (pg.skipped)
        return;
    arena_init(&f.arena, 64 << 20);
    p[0] = fixture_folder(&f.arena, "crm", "tests/fixtures/model/crm");
    p[1] = fixture_folder(&f.arena, "local", "tests/fixtures/model/local");
    CHECK_RC(fixture_compile(&f, p, 2), RC_OK);
    run(&pg, NULL, f.model, &f.arena);
    fixture_release(&f);
    pg_stop(&pg);
}

TEST(pg_model, takes_every_kind_of_change)
{
    struct pg pg = pg_start();
    struct fixture f = {0};
    struct model *before, *after;
    char out[256];

    if (pg.skipped)
        return;
    arena_init(&f.arena, 64 << 20);
    before = compiled(&f, BEFORE);
    run(&pg, NULL, before, &f.arena);
    after = compiled(&f, AFTER);
    run(&pg, before, after, &f.arena);
    pg_run(&pg,
           STR("SELECT string_agg(column_name, ' ' ORDER BY column_name) FROM "
               "information_schema.columns WHERE table_name='t_a' AND "
               "column_name NOT IN ('id','rev','created_at','created_by',"
               "'updated_at','updated_by','deleted_at','_search')"),
           out, sizeof out);
    CHECK_HAS(out, "late n n__k r__ent r__id tags x");
    pg_run(&pg,
           STR("SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM "
               "pg_tables WHERE tablename LIKE '%t\\_%' AND tablename NOT LIKE "
               "'pg\\_%' AND schemaname='public'"),
           out, sizeof out);
    CHECK_HAS(out, "m_t_a_tags");
    CHECK_HAS(out, "t_a t_b t_z");
    model_unref(before);
    fixture_release(&f);
    pg_stop(&pg);
}
