/* See records_fixture.h. */
#include "support/records_fixture.h"

#include "support/test.h"

struct install {
    const struct model *current;
    struct model *next;
    const struct store_change *change;
    const struct plan *plan;
};

static enum rc create_run(struct db *db, void *arg, struct arena *a,
                          struct err *err)
{
    static const struct settings SETTINGS = {"EUR", STR_INIT("UTC"),
                                             STR_INIT("en")};

    (void)arg;
    (void)a;
    return store_create(db, &SETTINGS, FIXTURE_NOW, err);
}

static enum rc install_run(struct db *db, void *arg, struct arena *a,
                           struct err *err)
{
    const struct install *in = arg;

    (void)a;
    return store_commit(db, in->current, in->next, in->change, in->plan,
                        FIXTURE_NOW, 0, err);
}

void records_fixture_install(struct records_fixture *f,
                             struct package_src *package)
{
    struct store_change change = {.put = package};
    struct messages ms;
    struct plan plan = {0};
    struct model *next = NULL;
    struct db *db = NULL;
    struct err err = ERR_INIT;
    struct buf text;

    messages_init(&ms, &f->arena);
    CHECK_RC(package_parse(package, &f->arena, &ms, &err), RC_OK);
    CHECK_RC(db_read_begin(f->store, &(struct db_limits){0}, &db, &err), RC_OK);
    if (store_prepare(db, f->model, &change, &f->arena, &next, &plan, &ms,
                      &err) != RC_OK) {
        buf_init(&text, 1 << 20);
        messages_text(&ms, &text);
        fprintf(stderr, "%.*s%s\n", (int)text.n, text.p, err.text);
        buf_release(&text);
        CHECK(!"the package does not install");
    }
    db_read_end(db);
    {
        struct install in = {f->model, next, &change, &plan};
        struct db_job job = {.run = install_run, .arg = &in, .alone = true};

        CHECK_RC(db_write(f->store, &job, &f->arena, &err), RC_OK);
    }
    model_unref(f->model);
    model_slot_publish(f->slot, next);
    f->model = model_slot_ref(f->slot);
}

void records_fixture_open(struct records_fixture *f)
{
    struct db_job job = {.run = create_run};
    struct err err = ERR_INIT;

    *f = (struct records_fixture){0};
    arena_init(&f->arena, 1 << 28);
    clock_manual_init(&f->clock, FIXTURE_NOW);
    CHECK_RC(db_open_memory(&f->clock.clock, &f->store, &err), RC_OK);
    f->slot = model_slot_new();
    CHECK(f->slot != NULL);
    f->who = principal_system(SOURCE_API);
    CHECK_RC(db_write(f->store, &job, &f->arena, &err), RC_OK);
    records_fixture_install(f, fixture_folder(&f->arena, "sys", "schemas/sys"));
}

void records_fixture_crm(struct records_fixture *f)
{
    records_fixture_install(f, fixture_folder(&f->arena, "crm", "apps/crm"));
}

void records_fixture_close(struct records_fixture *f)
{
    model_unref(f->model);
    db_close(f->store);
    model_slot_free(f->slot);
    arena_release(&f->arena);
}

struct record_ctx records_fixture_ctx(struct records_fixture *f)
{
    return (struct record_ctx){.store = f->store,
                               .slot = f->slot,
                               .who = &f->who,
                               .clock = &f->clock.clock,
                               .cursor_key = f->key};
}

const struct entity *records_fixture_entity(struct records_fixture *f,
                                            const char *qname)
{
    const struct entity *e = model_entity(f->model, str_c(qname));

    CHECK(e != NULL);
    return e;
}

static enum rc save(struct records_fixture *f, enum record_op op,
                    const char *entity, int64_t *id, const char *json)
{
    struct record_ctx ctx = records_fixture_ctx(f);
    struct record_batch batch;
    struct record_item *item;
    struct record_result result = {0, 0};
    const struct json *body = NULL;
    struct issues issues;
    struct err err = ERR_INIT;
    enum rc rc;
    size_t i;

    issues_init(&issues, &f->arena);
    record_batch_init(&batch, &f->arena);
    CHECK_RC(json_parse(str_c(json), &f->arena, &body, &err), RC_OK);
    item = record_add(&batch, f->model, op, records_fixture_entity(f, entity),
                      *id);
    CHECK(item != NULL);
    rc = record_bind_json(&ctx, f->model, &batch, item, body, &issues, &err);
    if (rc == RC_OK)
        rc = record_save(&ctx, f->model, &batch, &issues, &result, &err);
    for (i = 0; rc != RC_OK && op == RECORD_CREATE && i < issues.n; i++)
        fprintf(stderr, "%.*s: %.*s\n", STR_ARG(issues.v[i].path),
                STR_ARG(issues.v[i].message));
    if (rc == RC_OK)
        *id = batch.items[0].id;
    return rc;
}

int64_t records_fixture_create(struct records_fixture *f, const char *entity,
                               const char *json)
{
    int64_t id = 0;

    CHECK_RC(save(f, RECORD_CREATE, entity, &id, json), RC_OK);
    return id;
}

enum rc records_fixture_update(struct records_fixture *f, const char *entity,
                               int64_t id, const char *json)
{
    return save(f, RECORD_UPDATE, entity, &id, json);
}

struct query_ctx records_fixture_read(struct records_fixture *f,
                                      struct issues *issues)
{
    struct db *db = NULL;
    struct err err = ERR_INIT;

    issues_init(issues, &f->arena);
    CHECK_RC(db_read_begin(f->store, &(struct db_limits){0}, &db, &err), RC_OK);
    return (struct query_ctx){.db = db,
                              .model = f->model,
                              .who = &f->who,
                              .arena = &f->arena,
                              .now_ms = FIXTURE_NOW,
                              .cursor_key = f->key,
                              .issues = issues};
}
