/* app: open and close, in order, again and again. */
#include "app/app.h"
#include "base/clock.h"
#include "base/log.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct app_config config_of(const char *dir)
{
    return (struct app_config){
        .data = dir, .create = true, .clock = clock_system()};
}

static const char *fresh(void)
{
    static char dir[512];

    snprintf(dir, sizeof dir, "%s/data", test_tmpdir());
    return dir;
}

TEST(app, opens_and_closes_many_times_and_leaves_nothing)
{
    struct app_config config = config_of(fresh());
    struct err err = ERR_INIT;

    log_set_level(LOG_LEVEL_ERROR);
    for (int i = 0; i < 20; i++) {
        struct app *app = NULL;

        config.serves = i % 2 == 1; /* with jobs and the interface, too */
        CHECK_RC(app_open(&config, &app, &err), RC_OK);
        CHECK_STR(app_main(app)->name, "main");
        CHECK(app_workspace(app, STR("main")) == app_main(app));
        CHECK(app_workspace(app, STR("none")) == NULL);
        CHECK(app_workspace(app, STR("../main")) == NULL);
        CHECK(app_workspace(app, STR("")) == NULL);
        app_close(app);
    }
    app_close(NULL);
}

TEST(app, installs_crm_into_a_new_workspace_only)
{
    struct app_config config = config_of(fresh());
    struct store_change change = {.remove = STR("crm"), .allow_drop = true};
    struct principal who = principal_system(SOURCE_CLI);
    struct package_result result;
    struct err err = ERR_INIT;
    struct app *app = NULL;
    const struct model *m;
    struct messages ms;
    struct plan plan;
    struct arena a;

    log_set_level(LOG_LEVEL_ERROR);
    arena_init(&a, 256 << 20);
    messages_init(&ms, &a);
    plan = (struct plan){.arena = &a};
    CHECK_RC(app_open(&config, &app, &err), RC_OK);
    m = model_slot_ref(app_main(app)->slot);
    CHECK(model_entity(m, STR("crm:deal")) != NULL);
    model_unref(m);
    CHECK_RC(package_apply(app_main(app), &who, &change, &a, &plan, &ms,
                           &result, &err),
             RC_OK);
    app_close(app);
    CHECK_RC(app_open(&config, &app, &err), RC_OK);
    m = model_slot_ref(app_main(app)->slot);
    CHECK(model_entity(m, STR("crm:deal")) == NULL); /* it was taken out */
    model_unref(m);
    app_close(app);
    arena_release(&a);
}

TEST(app, refuses_settings_that_are_none)
{
    struct err err = ERR_INIT;
    struct app *app = NULL;
    struct app_config config = config_of(fresh());

    config.currency = STR("Euro");
    CHECK_RC(app_open(&config, &app, &err), RC_INVALID);
    config.currency = STR("eur");
    CHECK_RC(app_open(&config, &app, &err), RC_INVALID);
    config.currency = STR("USD");
    config.tz = STR("Nowhere/Land");
    CHECK_RC(app_open(&config, &app, &err), RC_INVALID);
    CHECK_HAS(err.text, "Nowhere/Land");
    CHECK(app == NULL);
}

TEST(app, does_not_open_what_is_not_a_database)
{
    struct app_config config = config_of(fresh());
    char path[600];
    struct err err = ERR_INIT;
    struct app *app = NULL;
    FILE *f;

    log_set_level(LOG_LEVEL_OFF);
    CHECK_RC(app_open(&config, &app, &err), RC_OK);
    app_close(app);
    app = NULL;
    snprintf(path, sizeof path, "%s/workspaces/main/workspace.db", config.data);
    f = fopen(path, "w");
    CHECK(f != NULL);
    for (int i = 0; i < 4096; i++)
        fputs("no database ", f);
    fclose(f);
    CHECK_RC(app_open(&config, &app, &err), RC_IO);
    CHECK(app == NULL);
    log_set_level(LOG_LEVEL_INFO);
}

static enum rc newer_tx(struct db *db, void *arg, struct arena *a,
                        struct err *err)
{
    struct db_stmt *st = NULL;
    enum rc rc;

    (void)arg;
    (void)a;
    rc = db_prepare(db,
                    STR("UPDATE sys_pkg_file SET data = ?1 WHERE package = "
                        "'sys' AND path = 'package.xml'"),
                    &st, err);
    if (rc == RC_OK) {
        static const char TEXT[] = "<package format=\"1\" id=\"sys\" "
                                   "version=\"99.0.0\" label=\"Platform\"/>";

        db_bind_blob(st, 1, TEXT, sizeof TEXT - 1);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}

TEST(app, refuses_what_a_newer_program_wrote)
{
    struct app_config config = config_of(fresh());
    struct db_job job = {.run = newer_tx};
    struct err err = ERR_INIT;
    struct app *app = NULL;
    struct arena a;

    log_set_level(LOG_LEVEL_OFF);
    arena_init(&a, 1 << 20);
    CHECK_RC(app_open(&config, &app, &err), RC_OK);
    CHECK_RC(db_write(app_main(app)->store, &job, &a, &err), RC_OK);
    app_close(app);
    app = NULL;
    CHECK_RC(app_open(&config, &app, &err), RC_INVALID);
    CHECK_HAS(err.text, "newer Perigee");
    CHECK_HAS(err.text, "99.0.0");
    arena_release(&a);
    log_set_level(LOG_LEVEL_INFO);
}
