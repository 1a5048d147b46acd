/* app_open: each allocation fails in turn; what was opened is closed again. */
#include "app/app.h"
#include "base/clock.h"
#include "base/log.h"
#include "support/test.h"

#include <stdio.h>

/* libxml2 2.9 loses an input buffer when the allocation after it fails. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:xmlBufCreateSize\n";
}

TEST(app, survives_any_failed_allocation_at_its_start)
{
    char dir[512];
    struct app_config config = {
        .data = dir, .create = true, .serves = true, .clock = clock_system()};
    struct err err = ERR_INIT;
    struct app *app = NULL;

    log_set_level(LOG_LEVEL_OFF);
    snprintf(dir, sizeof dir, "%s/data", test_tmpdir());
    CHECK_RC(app_open(&config, &app, &err), RC_OK); /* as it is every day */
    app_close(app);
    WITH_EACH_ALLOC_FAILING (i) {
        enum rc rc;

        app = NULL;
        rc = app_open(&config, &app, &err);
        CHECK(rc != RC_OK || app != NULL);
        CHECK(rc == RC_OK || (app == NULL && err.text[0] != '\0'));
        app_close(app);
    }
}
