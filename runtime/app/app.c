/*
 * app - opening and closing in order.
 *
 *     folder (lock, secret) -> workspace main (file, tables, model, jobs)
 *     -> the program's definitions -> api -> listen
 *
 * Closing goes the other way: no request may find a workspace that is gone.
 */
#include "app/embed.h"
#include "app/internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/time.h"
#include "script/script.h"

enum { APP_ARENA = 4 << 20, SWEEP_MS = 300000, WAL_ALARM_BYTES = 64 << 20 };

/* --- what the interface asks of us ----------------------------------------------- */

static struct workspace *find(void *ctx, struct str host, struct str name)
{
    (void)host; /* every host is the main workspace's; others by /w/{name}/ */
    return app_workspace(ctx, name.n ? name : STR("main"));
}

/* --- workspaces ---------------------------------------------------------------------- */

static enum rc open_workspace(struct app *app, struct str name, bool create,
                              struct hosted **out, struct err *err)
{
    struct host_config config = app->host;
    struct hosted *h = NULL;
    enum rc rc;

    if (app->n_hosted == HOST_MAX)
        return FAIL(err, RC_LIMIT, "At most %d workspaces can be open.",
                    HOST_MAX);
    config.create = create;
    rc = hosted_open(&config, name, &h, err);
    if (rc == RC_OK)
        rc = content_open(app, h, err);
    if (rc != RC_OK) {
        hosted_close(h);
        return rc;
    }
    app->hosted[app->n_hosted++] = h;
    *out = h;
    return RC_OK;
}

static struct hosted *lookup(const struct app *app, struct str name)
{
    for (size_t i = 0; i < app->n_hosted; i++) {
        if (str_eq(app->hosted[i]->ws.name, name))
            return app->hosted[i];
    }
    return NULL;
}

struct workspace *app_workspace(struct app *app, struct str name)
{
    struct err err = ERR_INIT;
    struct hosted *h;
    enum rc rc;

    /* Set before anybody asks and never changed: no lock, so that opening
       another workspace holds up nobody in this one. */
    if (str_is(name, "main"))
        return app_main(app);
    pthread_mutex_lock(&app->lock);
    h = lookup(app, name);
    if (!h) {
        rc = open_workspace(app, name, false, &h, &err);
        if (rc != RC_OK && rc != RC_NOTFOUND)
            log_error("workspace.open_failed", KV("workspace", name),
                      KV_C("why", err.text));
    }
    pthread_mutex_unlock(&app->lock);
    return h ? &h->ws : NULL;
}

struct workspace *app_main(struct app *app)
{
    return &app->hosted[0]->ws;
}

const struct folder *app_folder(const struct app *app)
{
    return &app->folder;
}

const char *app_apps(const struct app *app)
{
    return app->apps;
}

/* --- open --------------------------------------------------------------------------------- */

static enum rc open_paths(struct app *app, const struct app_config *c,
                          struct err *err)
{
    int n;

    if (!c->apps) {
        if (!folder_path(&app->folder, "apps", app->apps))
            return FAIL(err, RC_LIMIT,
                        "The path of the data folder is too "
                        "long.");
        return RC_OK;
    }
    n = snprintf(app->apps, sizeof app->apps, "%s", c->apps);
    if (n < 0 || n >= (int)sizeof app->apps)
        return FAIL(err, RC_LIMIT, "The path of --apps is too long.");
    return RC_OK;
}

static enum rc open_settings(struct app *app, const struct app_config *c,
                             struct err *err)
{
    struct settings *s = &app->host.settings;
    struct str currency = c->currency.n ? c->currency : STR("EUR");
    const struct tz *tz = NULL;
    enum rc rc;

    if (currency.n != 3)
        return FAIL(err, RC_INVALID,
                    "\"%.*s\" is no currency; write three letters, e.g. EUR.",
                    STR_ARG(currency));
    memcpy(s->currency, currency.p, 3);
    for (int i = 0; i < 3; i++) {
        if (s->currency[i] < 'A' || s->currency[i] > 'Z')
            return FAIL(err, RC_INVALID,
                        "\"%.*s\" is no currency; write three capital letters, "
                        "e.g. EUR.",
                        STR_ARG(currency));
    }
    s->tz = str_copy(&app->arena, c->tz.n ? c->tz : STR("UTC"));
    s->lang = str_copy(&app->arena, c->lang.n ? c->lang : STR("en"));
    if (!s->tz.p || !s->lang.p)
        return FAIL(err, RC_NOMEM, "There is no memory for the settings.");
    rc = tz_load(s->tz, &app->arena, &tz, err);
    return rc == RC_NOTFOUND ? RC_INVALID : rc;
}

static enum rc open_main(struct app *app, const struct app_config *c,
                         struct err *err)
{
    struct hosted *h = NULL;
    enum rc rc;

    app->host = (struct host_config){.folder = &app->folder,
                                     .clock = app->clock,
                                     .url = c->url,
                                     .apps = app->apps,
                                     .serves = c->serves};
    rc = open_settings(app, c, err);
    if (rc == RC_OK)
        rc = open_workspace(app, STR("main"), c->create, &h, err);
    return rc;
}

static bool asset(void *ctx, struct str path, struct api_asset *out)
{
    char name[256];
    const struct embed_file *f;
    int n = snprintf(name, sizeof name, "web/%.*s", STR_ARG(path));

    (void)ctx;
    if (n < 0 || n >= (int)sizeof name ||
        memchr(path.p ? path.p : "", 0, path.n))
        return false;
    f = embed_find(name);
    if (!f)
        return false;
    *out = (struct api_asset){str_of((const char *)f->data, f->n),
                              str_of((const char *)f->gz, f->gz_n),
                              str_of((const char *)f->br, f->br_n), f->type};
    return true;
}

static enum rc open_api(struct app *app, struct err *err)
{
    struct api_config config = {.find = find,
                                .ctx = app,
                                .asset = asset,
                                .source = app_source(),
                                .apps_dir = app->apps,
                                .version = PERIGEE_VERSION,
                                .healthy = app_healthy,
                                .metrics = app_metrics};

    return api_new(&config, &app->api, err);
}

/* A machine whose kernel refuses the sandbox serves without scripts: whatever
   needs one fails then, and the log says why. */
static void open_scripts(struct app *app, const struct app_config *config)
{
    struct script_config scripts = {.launcher = config->launcher,
                                    .modules = script_modules()};
    struct err err = ERR_INIT;

    if (script_pool_open(&scripts, &app->scripts, &err) != RC_OK)
        log_error("script.unavailable", KV_C("why", err.text));
}

struct script_pool *app_scripts(const struct app *app)
{
    return app->scripts;
}

enum rc app_open(const struct app_config *config, struct app **out,
                 struct err *err)
{
    struct arena a;
    struct app *app;
    enum rc rc;

    arena_init(&a, APP_ARENA);
    app = ARENA_NEW(&a, struct app);
    if (!app) {
        arena_release(&a);
        return FAIL(err, RC_NOMEM, "There is no memory to start.");
    }
    app->arena = a;
    app->clock = config->clock ? config->clock : clock_system();
    app->started_ms = app->clock->mono_ms(app->clock->arg);
    folder_init(&app->folder);
    app->has_lock = pthread_mutex_init(&app->lock, NULL) == 0;
    rc = app->has_lock ? RC_OK : FAIL(err, RC_NOMEM, "There is no lock left.");
    if (rc == RC_OK)
        rc = folder_open(&app->folder, config->data, config->create,
                         config->wait_ms, err);
    if (rc == RC_OK)
        rc = open_paths(app, config, err);
    if (rc == RC_OK && config->launcher)
        open_scripts(app, config);
    if (rc == RC_OK)
        rc = open_main(app, config, err);
    if (rc == RC_OK && config->serves)
        rc = open_api(app, err);
    if (rc != RC_OK) {
        app_close(app);
        return rc;
    }
    *out = app;
    return RC_OK;
}

void app_close(struct app *app)
{
    struct arena a;

    if (!app)
        return;
    http_server_close(app->http);
    api_free(app->api);
    while (app->n_hosted > 0)
        hosted_close(app->hosted[--app->n_hosted]);
    script_pool_close(app->scripts);
    folder_close(&app->folder);
    if (app->has_lock)
        pthread_mutex_destroy(&app->lock);
    a = app->arena;
    arena_release(&a);
}

/* --- while it runs -------------------------------------------------------------------------- */

bool app_healthy(void *ctx)
{
    struct app *app = ctx;

    return !atomic_load(&app->is_sick);
}

static void watch(struct app *app, struct hosted *h)
{
    struct err err = ERR_INIT;
    struct db_stats stats;
    enum rc rc = auth_sweep(&h->ws, &err);

    if (rc == RC_OK)
        rc = api_sweep(&h->ws, &err);
    /* After a failed sync the store refuses every write until it is opened
       again: say so, for somebody must restart us. */
    if (rc == RC_IO) {
        log_error("workspace.write_failed", KV("workspace", h->ws.name),
                  KV_C("why", err.text));
        atomic_store(&app->is_sick, true);
    } else if (rc == RC_OK) {
        atomic_store(&app->is_sick, false);
    }
    db_stats(h->ws.store, &stats);
    if (stats.wal_bytes > WAL_ALARM_BYTES)
        log_warn("workspace.wal_is_large", KV("workspace", h->ws.name),
                 KV_I64("bytes", stats.wal_bytes));
}

void app_tick(struct app *app)
{
    int64_t now = app->clock->mono_ms(app->clock->arg);
    struct hosted *v[HOST_MAX];
    size_t n;

    if (now < app->next_sweep_ms)
        return;
    app->next_sweep_ms = now + SWEEP_MS;
    pthread_mutex_lock(&app->lock);
    n = app->n_hosted;
    memcpy(v, app->hosted, n * sizeof *v);
    pthread_mutex_unlock(&app->lock);
    for (size_t i = 0; i < n; i++)
        watch(app, v[i]);
}
