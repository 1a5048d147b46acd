/*
 * Definitions in the file: a new workspace, installs, removals, generations.
 */
#include "support/workspace_fixture.h"

#include <string.h>

#include "support/test.h"

static struct workspace crm(void)
{
    struct workspace w;

    workspace_open(&w);
    if (workspace_put(&w, fixture_folder(&w.arena, "crm",
                                         "tests/fixtures/model/crm")) != RC_OK)
        CHECK_CSTR(w.err.text, "");
    return w;
}

static struct model *load(struct workspace *w)
{
    struct model *m = NULL;
    struct messages ms;
    struct db *db;

    messages_init(&ms, &w->arena);
    CHECK_RC(db_read_begin(w->store, NULL, &db, &w->err), RC_OK);
    if (store_load(db, &m, &ms, &w->err) != RC_OK)
        CHECK_CSTR(w->err.text, "");
    db_read_end(db);
    return m;
}

static enum rc create_again(struct db *db, void *arg, struct arena *a,
                            struct err *err)
{
    static const struct settings OTHER = {"USD", STR_INIT("Europe/Vienna"),
                                          STR_INIT("de")};

    (void)arg;
    (void)a;
    return store_create(db, &OTHER, 5, err);
}

TEST(store, is_created_once)
{
    struct workspace w;
    struct db_job job = {.run = create_again};
    struct settings s;
    struct arena a;
    struct db *db;

    workspace_open(&w);
    arena_init(&a, 1 << 20);
    CHECK_RC(db_write(w.store, &job, &a, &w.err), RC_OK);
    CHECK_RC(db_read_begin(w.store, NULL, &db, &w.err), RC_OK);
    CHECK_RC(store_settings(db, &a, &s, &w.err), RC_OK);
    db_read_end(db);
    CHECK_CSTR(s.currency, "EUR"); /* what it was made with stays */
    CHECK_STR(s.tz, "UTC");
    arena_release(&a);
    workspace_close(&w);
}

TEST(store, what_was_installed_is_loaded_again)
{
    struct workspace w = crm();
    struct model *m = load(&w);

    CHECK_I64(m->generation, 2);
    CHECK(memcmp(m->hash, w.model->hash, sizeof m->hash) == 0);
    CHECK_I64(m->n_entities, w.model->n_entities);
    CHECK_I64(m->n_names, w.model->n_names);
    CHECK_I64(model_entity(m, STR("crm:deal"))->number,
              model_entity(w.model, STR("crm:deal"))->number);
    CHECK_STR(m->packages[1]->version, "1.2.0");
    CHECK_STR(workspace_query(&w, "SELECT words FROM sys_plan WHERE "
                                  "generation=2 ORDER BY step LIMIT 1"),
              "Add Account with 11 fields.");
    model_unref(m);
    workspace_close(&w);
}

TEST(store, a_generation_that_moved_refuses_the_commit)
{
    struct workspace w = crm();
    const struct model *stale = w.model, *newer;

    model_ref(stale);
    CHECK_RC(workspace_put_xml(&w, "local", "<entity name=\"a\"/>"), RC_OK);
    newer = w.model;
    w.model = stale;
    CHECK_RC(workspace_put_xml(&w, "local", "<entity name=\"b\"/>"),
             RC_CONFLICT);
    CHECK_HAS(w.err.text, "generation 3, not 2");
    model_unref(newer);
    workspace_close(&w);
}

TEST(store, a_refused_compile_changes_nothing)
{
    struct workspace w = crm();

    CHECK_RC(workspace_put_xml(&w, "local",
                               "<entity name=\"a\"><field name=\"r\" "
                               "type=\"ref\" to=\"b\"/></entity>"),
             RC_INVALID);
    CHECK_I64(w.messages.errors, 1);
    CHECK_I64(w.model->generation, 2);
    CHECK_STR(workspace_query(&w, "SELECT CAST(count(*) AS TEXT) FROM sys_pkg"),
              "2");
    workspace_close(&w);
}

TEST(store, a_package_with_dependants_is_not_removed)
{
    struct workspace w = crm();
    struct store_change remove = {.remove = STR("crm")};
    struct fixture_file files[] = {
        {"package.xml", "<package format=\"1\" id=\"x\" version=\"1.0.0\" "
                        "label=\"X\"><depends on=\"crm\"/></package>"},
        {NULL, NULL}};

    CHECK_RC(workspace_put(&w, fixture_texts(&w.arena, "x", files)), RC_OK);
    CHECK_RC(workspace_publish(&w, &remove), RC_INVALID);
    CHECK_STR(w.messages.v[0].text,
              "package \"crm\" is not installed; install it before \"x\"");
    remove.remove = STR("sys");
    CHECK_RC(workspace_publish(&w, &remove), RC_DENIED);
    remove.remove = STR("nothing");
    CHECK_RC(workspace_publish(&w, &remove), RC_NOTFOUND);
    workspace_close(&w);
}

TEST(store, a_removed_package_keeps_its_records_as_an_archive)
{
    struct workspace w = crm();
    struct store_change keep = {.remove = STR("crm"), .keep_records = true};
    struct store_change drop = {.remove = STR("crm")};
    int number = model_entity(w.model, STR("crm:deal"))->number;

    CHECK_RC(workspace_exec(&w, "INSERT INTO crm_contact(id, rev, created_at, "
                                "updated_at, name) VALUES(1, 1, 0, 0, 'Ann')"),
             RC_OK);
    CHECK_RC(workspace_publish(&w, &keep), RC_OK);
    CHECK(model_entity(w.model, STR("crm:deal"))->is_archived);
    CHECK_I64(w.model->n_apps, 0);
    CHECK_RC(workspace_put(&w, fixture_folder(&w.arena, "crm",
                                              "tests/fixtures/model/crm")),
             RC_OK);
    CHECK(!model_entity(w.model, STR("crm:deal"))->is_archived);
    CHECK_I64(w.model->n_apps, 1);
    CHECK_STR(workspace_query(&w, "SELECT name FROM crm_contact"), "Ann");
    CHECK_RC(workspace_publish(&w, &drop), RC_OK);
    CHECK(model_entity(w.model, STR("crm:deal")) == NULL);
    CHECK_STR(workspace_query(&w, "SELECT name FROM sqlite_schema WHERE name "
                                  "LIKE 'crm%' OR name LIKE '%\\_crm\\_%' "
                                  "ESCAPE '\\'"),
              "");
    /* a number that the journal may still name is not given again */
    CHECK_RC(workspace_put_xml(&w, "local", "<entity name=\"fresh\"/>"), RC_OK);
    CHECK(model_entity(w.model, STR("local:fresh"))->number > number);
    CHECK_RC(workspace_put(&w, fixture_folder(&w.arena, "crm",
                                              "tests/fixtures/model/crm")),
             RC_OK);
    CHECK_I64(model_entity(w.model, STR("crm:deal"))->number, number);
    workspace_close(&w);
}

static bool is_expected(enum rc rc)
{
    return rc == RC_OK || rc == RC_NOMEM || rc == RC_BUSY || rc == RC_LIMIT;
}

/* What a publish that fails half way leaves is what was there before. */
TEST(store, a_publish_survives_any_failed_allocation)
{
    static const char *const XML =
        "<bundle><entity name=\"a\"><field name=\"n\" type=\"int\"/>"
        "<field name=\"m\" unique=\"true\"/></entity><entity name=\"b\">"
        "<field name=\"r\" type=\"ref\" to=\"a\"/></entity></bundle>";
    struct workspace w;
    int64_t generation;
    long first = 0;
    enum rc rc;

    workspace_open(&w);
    CHECK_RC(workspace_put_xml(&w, "t",
                               "<entity name=\"a\"><field name=\"n\"/>"
                               "<field name=\"gone\"/></entity>"),
             RC_OK);
    CHECK_RC(workspace_exec(&w, "INSERT INTO t_a(id, rev, created_at, "
                                "updated_at, n, n__k) VALUES(1,1,0,0,'7','7')"),
             RC_OK);
    generation = w.model->generation;
    WITH_EACH_ALLOC_FAILING (i) {
        struct model *m;

        rc = workspace_put_xml(&w, "t", XML);
        CHECK(is_expected(rc));
        WITHOUT_FAULTS
        {
            m = load(&w);
            CHECK_I64(m->generation, w.model->generation);
            CHECK((m->generation > generation) == (first > 0 || rc == RC_OK));
            model_unref(m);
        }
        if (rc == RC_OK && !first)
            first = i;
    }
    CHECK(first > 100); /* it did not go through by luck in the beginning */
    CHECK_STR(workspace_query(&w, "SELECT CAST(n + 1 AS TEXT) FROM t_a"), "8");
    workspace_close(&w);
}

TEST(store, an_upgrade_says_where_it_crosses_what_was_customised)
{
    struct workspace w;

    workspace_open(&w);
    CHECK_RC(workspace_put_xml(&w, "t", "<entity name=\"a\" label=\"A\"/>"),
             RC_OK);
    CHECK_RC(
        workspace_put_xml(&w, "local", "<extend entity=\"t:a\" label=\"C\"/>"),
        RC_OK);
    CHECK_I64(w.messages.n, 0);
    CHECK_RC(workspace_put_xml(&w, "t", "<entity name=\"a\" label=\"B\"/>"),
             RC_OK);
    CHECK_I64(w.messages.n, 1);
    CHECK_CSTR(w.messages.v[0].code, "U004");
    CHECK_STR(model_entity(w.model, STR("t:a"))->label.base, "C");
    workspace_close(&w);
}
