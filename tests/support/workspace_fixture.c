/*
 * workspace_fixture - see the header.
 */
#include "support/workspace_fixture.h"

#include <string.h>

#include "support/test.h"

static const int64_t NOW = 1767225600000; /* 2026-01-01 */

static enum rc create(struct db *db, void *arg, struct arena *a,
                      struct err *err)
{
    static const struct settings SETTINGS = {"EUR", STR_INIT("UTC"),
                                             STR_INIT("en")};

    (void)arg;
    (void)a;
    return store_create(db, &SETTINGS, NOW, err);
}

static enum rc write_job(struct workspace *w,
                         enum rc (*run)(struct db *db, void *arg,
                                        struct arena *a, struct err *err),
                         void *arg)
{
    struct db_job job = {.run = run, .arg = arg};
    struct arena a;
    enum rc rc;

    arena_init(&a, 64 << 20);
    rc = db_write(w->store, &job, &a, &w->err);
    arena_release(&a);
    return rc;
}

void workspace_open_on(struct workspace *w, const struct db_config *config)
{
    memset(w, 0, sizeof *w);
    arena_init(&w->arena, 256 << 20);
    w->clock = ARENA_NEW(&w->arena, struct clock_manual);
    CHECK(w->clock != NULL);
    clock_manual_init(w->clock, NOW);
    if (config) {
        struct db_config own = *config;

        own.clock = &w->clock->clock;
        CHECK_RC(db_open(&own, &w->store, &w->err), RC_OK);
    } else {
        CHECK_RC(db_open_memory(&w->clock->clock, &w->store, &w->err), RC_OK);
    }
    if (write_job(w, create, NULL) != RC_OK)
        CHECK_CSTR(w->err.text, "");
    if (workspace_put(w, fixture_folder(&w->arena, "sys", "schemas/sys")) !=
        RC_OK)
        CHECK_CSTR(w->err.text, "");
}

void workspace_open(struct workspace *w)
{
    workspace_open_on(w, NULL);
}

void workspace_close(struct workspace *w)
{
    model_unref(w->model);
    db_close(w->store);
    arena_release(&w->arena);
}

struct commit {
    const struct model *current, *next;
    const struct store_change *change;
    const struct plan *plan;
};

static enum rc commit(struct db *db, void *arg, struct arena *a,
                      struct err *err)
{
    const struct commit *c = arg;

    (void)a;
    return store_commit(db, c->current, c->next, c->change, c->plan, NOW, 0,
                        err);
}

static void keep_words(struct workspace *w)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    plan_text(&w->plan, &b);
    if (buf_finish(&b, &w->arena, &w->words, NULL) != RC_OK)
        w->words = STR("");
    buf_release(&b);
}

enum rc workspace_publish(struct workspace *w, const struct store_change *c)
{
    struct commit job = {.current = w->model, .change = c, .plan = &w->plan};
    struct model *next = NULL;
    struct db *db;
    enum rc rc;

    messages_init(&w->messages, &w->arena);
    w->words = STR("");
    rc = db_read_begin(w->store, NULL, &db, &w->err);
    if (rc != RC_OK)
        return rc;
    rc = store_prepare(db, w->model, c, &w->arena, &next, &w->plan,
                       &w->messages, &w->err);
    db_read_end(db);
    if (rc != RC_OK)
        return rc;
    keep_words(w);
    job.next = next;
    rc = write_job(w, commit, &job);
    if (rc != RC_OK) {
        model_unref(next);
        return rc;
    }
    model_unref(w->model);
    w->model = next;
    return RC_OK;
}

enum rc workspace_put(struct workspace *w, const struct package_src *src)
{
    struct store_change c = {.put = src};

    return workspace_publish(w, &c);
}

enum rc workspace_put_xml(struct workspace *w, const char *id, const char *xml)
{
    struct fixture_file files[] = {{"x.xml", xml}, {NULL, NULL}};

    return workspace_put(w, fixture_texts(&w->arena, id, files));
}

static enum rc exec(struct db *db, void *arg, struct arena *a, struct err *err)
{
    (void)a;
    return db_exec(db, str_c(arg), err);
}

enum rc workspace_exec(struct workspace *w, const char *sql)
{
    return write_job(w, exec, (void *)(uintptr_t)sql);
}

struct str workspace_query(struct workspace *w, const char *sql)
{
    struct db_stmt *st = NULL;
    struct str out = STR("");
    bool has_row = false;
    struct db *db;

    CHECK_RC(db_read_begin(w->store, NULL, &db, &w->err), RC_OK);
    if (db_prepare(db, str_c(sql), &st, &w->err) != RC_OK)
        CHECK_CSTR(w->err.text, "");
    CHECK_RC(db_step(st, &has_row, &w->err), RC_OK);
    if (has_row)
        out = str_copy(&w->arena, db_col_str(st, 0));
    db_stmt_release(st);
    db_read_end(db);
    return out;
}
