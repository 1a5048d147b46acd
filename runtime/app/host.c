/* See host.h. */
#include "app/host.h"

#include <assert.h>

#include "base/clock.h"
#include "package/package.h"

enum { HOSTED_ARENA = 1 << 20, LOAD_ARENA = 256 << 20 };

static bool name_ok(struct str s)
{
    if (s.n == 0 || s.n > 48 || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    return true;
}

enum rc host_fault(const struct messages *ms, struct err *err)
{
    const struct message *m = NULL;

    for (size_t i = 0; !m && i < ms->n; i++) {
        if (ms->v[i].severity == SEVERITY_ERROR)
            m = &ms->v[i];
    }
    if (!m)
        return RC_INVALID;
    return FAIL(err, RC_INVALID, "%.*s:%u:%u: error %s: %.*s", STR_ARG(m->file),
                m->line, m->column, m->code, STR_ARG(m->text));
}

/* --- the steps ------------------------------------------------------------------ */

static enum rc open_store(struct hosted *h, const struct host_config *c,
                          struct err *err)
{
    char below[128], path[FOLDER_PATH_BYTES];
    struct db_config config = {
        .path = path, .clock = c->clock, .create = c->create};
    enum rc rc = RC_OK;

    snprintf(below, sizeof below, "workspaces/%.*s", STR_ARG(h->ws.name));
    if (!c->create && !folder_has(c->folder, below))
        return FAIL(err, RC_NOTFOUND,
                    "\"%s\" has no workspace \"%.*s\". \"perigee init\" makes "
                    "one.",
                    c->folder->path, STR_ARG(h->ws.name));
    if (c->create)
        rc = folder_make(c->folder, below, err);
    if (rc != RC_OK)
        return rc;
    snprintf(below, sizeof below, "workspaces/%.*s/workspace.db",
             STR_ARG(h->ws.name));
    if (!folder_path(c->folder, below, path))
        return FAIL(err, RC_LIMIT, "The path of the data folder is too long.");
    return db_open(&config, &h->ws.store, err);
}

struct create {
    const struct settings *settings;
    int64_t now_ms;
};

static enum rc create_tx(struct db *db, void *arg, struct arena *a,
                         struct err *err)
{
    const struct create *in = arg;

    (void)a;
    return store_create(db, in->settings, in->now_ms, err);
}

static enum rc create_tables(struct hosted *h, const struct host_config *c,
                             struct err *err)
{
    struct create in = {&c->settings, c->clock->now_ms(c->clock->arg)};
    struct db_job job = {.run = create_tx, .arg = &in, .alone = true};
    struct arena a;
    enum rc rc;

    arena_init(&a, HOSTED_ARENA);
    rc = db_write(h->ws.store, &job, &a, err);
    arena_release(&a);
    return rc;
}

static enum rc load_model(struct hosted *h, struct err *err)
{
    struct model *m = NULL;
    int64_t generation = 0;
    struct messages ms;
    struct db *db = NULL;
    struct arena a;
    enum rc rc = db_read_begin(h->ws.store, NULL, &db, err);

    if (rc != RC_OK)
        return rc;
    arena_init(&a, LOAD_ARENA);
    messages_init(&ms, &a);
    rc = store_generation(db, &generation, err);
    if (rc == RC_OK && generation > 0)
        rc = store_load(db, &m, &ms, err);
    db_read_end(db);
    if (rc == RC_INVALID)
        rc = host_fault(&ms, err);
    arena_release(&a);
    if (rc == RC_OK && m)
        model_slot_publish(h->ws.slot, m);
    return rc;
}

static void job_changed(void *arg, int64_t id)
{
    struct hosted *h = arg;

    (void)id;
    bell_ring(h->ws.changed);
}

static void job_queued(void *arg)
{
    struct hosted *h = arg;

    job_runner_wake(h->jobs);
}

static enum rc open_jobs(struct hosted *h, const struct host_config *c,
                         struct err *err)
{
    struct job_config config = {.store = h->ws.store,
                                .clock = c->clock,
                                .kinds = h->kinds,
                                .changed = job_changed,
                                .changed_arg = h};
    enum rc rc;

    if (!c->serves)
        return RC_OK;
    h->api_jobs = (struct api_jobs){&h->ws, app_source(), c->apps};
    config.n_kinds = api_job_kinds(&h->api_jobs, h->kinds);
    h->kinds[config.n_kinds++] = package_job_kind(&h->ws);
    rc = job_runner_open(&config, &h->jobs, err);
    if (rc == RC_OK) { /* nobody has the workspace yet */
        h->ws.queued_arg = h;
        h->ws.queued = job_queued;
    }
    return rc;
}

/* --- open, close ------------------------------------------------------------------- */

static enum rc fill(struct hosted *h, const struct host_config *c,
                    struct str name, struct err *err)
{
    struct workspace *ws = &h->ws;

    ws->name = str_copy(&h->arena, name);
    ws->data_dir = str_copy(&h->arena, str_c(c->folder->path));
    ws->public_url = str_copy(&h->arena, str_c(c->url));
    ws->clock = c->clock;
    assert(c->folder != NULL);
    memcpy(ws->secret, c->folder->secret, sizeof ws->secret);
    crypto_derive(ws->secret, "cursor", ws->cursor_key);
    ws->slot = model_slot_new();
    ws->changed = bell_new();
    if (!ws->name.p || !ws->data_dir.p || !ws->public_url.p || !ws->slot ||
        !ws->changed)
        return FAIL(err, RC_NOMEM, "There is no memory for a workspace.");
    return RC_OK;
}

enum rc hosted_open(const struct host_config *config, struct str name,
                    struct hosted **out, struct err *err)
{
    struct hosted *h;
    struct arena a;
    enum rc rc;

    if (!name_ok(name))
        return FAIL(err, RC_NOTFOUND,
                    "\"%.*s\" is no name of a workspace: use a-z, 0-9 and _, "
                    "a letter first.",
                    STR_ARG(str_sub(name, 0, 60)));
    arena_init(&a, HOSTED_ARENA);
    h = ARENA_NEW(&a, struct hosted);
    if (!h) {
        arena_release(&a);
        return FAIL(err, RC_NOMEM, "There is no memory for a workspace.");
    }
    h->arena = a;
    rc = fill(h, config, name, err);
    if (rc == RC_OK)
        rc = open_store(h, config, err);
    if (rc == RC_OK)
        rc = create_tables(h, config, err);
    if (rc == RC_OK)
        rc = load_model(h, err);
    if (rc == RC_OK)
        rc = open_jobs(h, config, err);
    if (rc != RC_OK) {
        hosted_close(h);
        return rc;
    }
    *out = h;
    return RC_OK;
}

enum rc hosted_open_memory(const struct clock *clock, struct hosted **out,
                           struct err *err)
{
    struct folder folder;
    struct host_config config = {
        .folder = &folder,
        .clock = clock,
        .settings = {"EUR", STR_INIT("UTC"), STR_INIT("en")}};
    struct hosted *h;
    struct arena a;
    enum rc rc;

    folder_init(&folder);
    arena_init(&a, HOSTED_ARENA);
    h = ARENA_NEW(&a, struct hosted);
    if (!h) {
        arena_release(&a);
        return FAIL(err, RC_NOMEM, "There is no memory for a workspace.");
    }
    h->arena = a;
    rc = fill(h, &config, STR("memory"), err);
    if (rc == RC_OK)
        rc = db_open_memory(clock, &h->ws.store, err);
    if (rc == RC_OK)
        rc = create_tables(h, &config, err);
    if (rc == RC_OK)
        rc = host_update_sys(&h->ws, err);
    if (rc != RC_OK) {
        hosted_close(h);
        return rc;
    }
    *out = h;
    return RC_OK;
}

void hosted_close(struct hosted *h)
{
    struct arena a;

    if (!h)
        return;
    if (h->jobs)
        job_runner_close(h->jobs);
    db_close(h->ws.store);
    model_slot_free(h->ws.slot);
    bell_free(h->ws.changed);
    explicit_bzero(h->ws.secret, sizeof h->ws.secret);
    a = h->arena;
    arena_release(&a);
}
