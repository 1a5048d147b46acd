/* apply: what is installed, what is refused, and what goes on meanwhile. */
#include <pthread.h>
#include <stdatomic.h>

#include "model/field/field.h"
#include "support/runtime/ws_fixture.h"
#include "support/test.h"

static const struct ws_file ONE[] = {
    {"entities/visit.xml",
     "<entity name=\"visit\" label=\"Visit\"><field name=\"name\"/></entity>"},
    {"package.xml", "<package format=\"1\" id=\"acme\" version=\"1.0.0\" "
                    "label=\"Acme\"/>"},
    {NULL, NULL}};
static const struct ws_file TWO[] = {
    {"entities/visit.xml", "<entity name=\"visit\" label=\"Visit\"><field "
                           "name=\"name\"/><field name=\"city\"/></entity>"},
    {"package.xml", "<package format=\"1\" id=\"acme\" version=\"1.1.0\" "
                    "label=\"Acme\"/>"},
    {NULL, NULL}};
/* TWO's definitions, of ONE's version: what an author reloads while working. */
static const struct ws_file ONE_MORE[] = {
    {"entities/visit.xml", "<entity name=\"visit\" label=\"Visit\"><field "
                           "name=\"name\"/><field name=\"city\"/></entity>"},
    {"package.xml", "<package format=\"1\" id=\"acme\" version=\"1.0.0\" "
                    "label=\"Acme\"/>"},
    {NULL, NULL}};
static const struct ws_file WRONG[] = {
    {"entities/visit.xml",
     "<entity name=\"visit\"><field name=\"a\" type=\"mony\"/></entity>"},
    {"package.xml", "<package format=\"1\" id=\"acme\" version=\"1.0.0\" "
                    "label=\"Acme\"/>"},
    {NULL, NULL}};

static int64_t generation(struct ws_fixture *f)
{
    const struct model *m = model_slot_ref(f->ws.slot);
    int64_t g = m->generation;

    model_unref(m);
    return g;
}

TEST(apply, installs_upgrades_and_removes)
{
    struct store_change remove = {.remove = STR("acme"), .allow_drop = true};
    struct ws_fixture f;

    ws_fixture_open(&f);
    CHECK_RC(ws_put(&f, ws_package(&f, "acme", ONE)), RC_OK);
    CHECK_STR(f.result.version, "1.0.0");
    CHECK_I64(f.result.generation, 2);
    CHECK_I64(generation(&f), 2);
    CHECK_I64(ws_i64(&f, "SELECT max(generation) FROM sys_model"), 2);
    CHECK_RC(ws_put(&f, ws_package(&f, "acme", TWO)), RC_OK);
    CHECK_STR(f.plan.from, "1.0.0"); /* words outlive the models */
    CHECK_STR(f.plan.to, "1.1.0");
    CHECK_I64(ws_i64(&f, "SELECT count(city) FROM acme_visit"), 0);
    CHECK_RC(ws_install(&f, &remove), RC_OK);
    CHECK_I64(ws_i64(&f, "SELECT count(*) FROM sys_pkg"), 1);
    ws_fixture_close(&f);
}

TEST(apply, changes_nothing_when_a_definition_is_wrong)
{
    struct ws_fixture f;

    ws_fixture_open(&f);
    CHECK_RC(ws_put(&f, ws_package(&f, "acme", WRONG)), RC_INVALID);
    CHECK(f.messages.errors > 0);
    CHECK_I64(generation(&f), 1);
    CHECK_I64(ws_i64(&f, "SELECT count(*) FROM sys_pkg"), 1);
    ws_fixture_close(&f);
}

TEST(apply, plans_and_checks_without_changing_anything)
{
    struct ws_fixture f;
    struct store_change change = {0};
    struct messages ms;
    struct plan plan;

    ws_fixture_open(&f);
    plan = (struct plan){.arena = &f.arena};
    messages_init(&ms, &f.arena);
    change.put = ws_package(&f, "acme", ONE);
    CHECK_RC(package_plan(&f.ws, &change, &f.arena, &plan, &ms, &f.err), RC_OK);
    CHECK(plan.n > 0);
    CHECK_STR(plan.to, "1.0.0");
    CHECK_RC(package_check(&f.ws, ws_package(&f, "acme", WRONG), &f.arena, &ms,
                           &f.err),
             RC_INVALID);
    CHECK(ms.errors > 0);
    CHECK_I64(generation(&f), 1);
    ws_fixture_close(&f);
}

struct reader {
    struct ws_fixture *f;
    atomic_bool stop;
    atomic_long pairs, wrong;
};

static void *read_pairs(void *arg)
{
    struct reader *r = arg;

    while (!atomic_load(&r->stop)) {
        const struct model *m = NULL;
        struct db *db = NULL;
        struct err err = ERR_INIT;
        int64_t g = 0;

        if (workspace_read_begin(&r->f->ws, &db, &m, &err) != RC_OK)
            continue;
        if (store_generation(db, &g, &err) != RC_OK || g != m->generation)
            atomic_fetch_add(&r->wrong, 1);
        atomic_fetch_add(&r->pairs, 1);
        model_unref(m);
        db_read_end(db);
    }
    return NULL;
}

TEST(apply, gives_every_reader_data_and_model_of_one_generation)
{
    struct ws_fixture f;
    struct reader r = {.f = &f};
    pthread_t t;

    ws_fixture_open(&f);
    CHECK(pthread_create(&t, NULL, read_pairs, &r) == 0);
    for (int i = 0; i < 6; i++)
        CHECK_RC(ws_put(&f, ws_package(&f, "acme", i % 2 ? ONE_MORE : ONE)),
                 RC_OK);
    atomic_store(&r.stop, true);
    pthread_join(t, NULL);
    CHECK_I64(atomic_load(&r.wrong), 0);
    CHECK(atomic_load(&r.pairs) > 0);
    ws_fixture_close(&f);
}

struct rival {
    struct ws_fixture *f;
    const struct package_src *src;
    enum rc rc;
};

static void *install(void *arg)
{
    struct rival *r = arg;
    struct store_change change = {.put = r->src};
    struct package_result result;
    struct messages ms;
    struct plan plan;
    struct arena a;
    struct err err = ERR_INIT;

    arena_init(&a, 256 << 20);
    plan = (struct plan){.arena = &a};
    messages_init(&ms, &a);
    r->rc = package_apply(&r->f->ws, &r->f->who, &change, &a, &plan, &ms,
                          &result, &err);
    arena_release(&a);
    return NULL;
}

TEST(apply, lets_two_installs_at_once_both_succeed)
{
    static const struct ws_file OTHER[] = {
        {"entities/trip.xml", "<entity name=\"trip\" label=\"Trip\"><field "
                              "name=\"name\"/></entity>"},
        {"package.xml", "<package format=\"1\" id=\"other\" version=\"1.0.0\" "
                        "label=\"Other\"/>"},
        {NULL, NULL}};
    struct rival a, b;
    struct ws_fixture f;
    pthread_t x, y;

    ws_fixture_open(&f);
    a = (struct rival){&f, ws_package(&f, "acme", ONE), RC_BUG};
    b = (struct rival){&f, ws_package(&f, "other", OTHER), RC_BUG};
    CHECK(pthread_create(&x, NULL, install, &a) == 0);
    CHECK(pthread_create(&y, NULL, install, &b) == 0);
    pthread_join(x, NULL);
    pthread_join(y, NULL);
    CHECK_RC(a.rc, RC_OK);
    CHECK_RC(b.rc, RC_OK);
    CHECK_I64(generation(&f), 3);
    CHECK_I64(ws_i64(&f, "SELECT count(*) FROM sys_pkg"), 3);
    ws_fixture_close(&f);
}
