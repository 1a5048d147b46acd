/*
 * app - the composition root: everything a process of Perigee holds, opened in
 * a listed order and closed in reverse.
 *
 * A command that finds no server opens the same app without listening, so a
 * server and a command do things in one way.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include "api/api.h"
#include "app/folder.h"
#include "auth/auth.h"

struct app;
struct script_launcher;
struct script_pool;

struct app_config {
    const char *data;
    const char *apps; /* NULL: DATA/apps               */
    const char *url;  /* public origin, or NULL        */
    bool create;      /* make the folder and workspace */
    bool serves;      /* jobs run, the clock ticks     */
    int wait_ms;      /* for the lock                  */
    const struct clock *clock;
    /* Started before anything was opened, borrowed until app_close; NULL: no
       script can run. */
    struct script_launcher *launcher;
    /* of a new workspace; empty: EUR, UTC, en */
    struct str currency, tz, lang;
};

/*
 * Open the folder and workspace `main`, bring the platform's own definitions
 * up to this program's, install crm into a new workspace.
 * Errors: those of folder_open and db_open; RC_INVALID definitions that do not
 *         compile (err names the first fault).
 */
enum rc app_open(const struct app_config *config, struct app **out,
                 struct err *err) MUST_CHECK;
void app_close(struct app *app); /* NULL is fine */

/* --- serving ------------------------------------------------------------------ */
struct app_listen {
    const char *const *listen;
    size_t n;
    const char *cert, *key; /* NULL: DATA/tls, made when it is needed */
    bool tls_at_proxy;
    bool log_requests;
};
enum rc app_listen(struct app *app, const struct app_listen *config,
                   struct err *err) MUST_CHECK;
/* Port of the first address. */
int app_port(const struct app *app);
bool app_is_tls(const struct app *app);
/* Stop taking requests; app_close does the rest. Any thread. */
void app_stop(struct app *app);
/* Once a second by the serving thread: sweeps, watches. */
void app_tick(struct app *app);

/* --- for operations ------------------------------------------------------------- */
struct workspace *app_main(struct app *app);
/* By name; opened on demand; NULL when there is none. */
struct workspace *app_workspace(struct app *app, struct str name);
const struct folder *app_folder(const struct app *app);
const char *app_apps(const struct app *app);
struct package_source app_source(void);
/* Where scripts run; NULL: nowhere, and a handler that is one fails. */
struct script_pool *app_scripts(const struct app *app);
/* Prometheus text. */
void app_metrics(void *app, struct buf *out);
bool app_healthy(void *app);

/* Install what is embedded under apps/ID (a folder of --apps wins). */
enum rc app_install(struct app *app, struct workspace *ws, const char *id,
                    struct arena *a, struct package_result *out,
                    struct plan *plan, struct messages *ms,
                    struct err *err) MUST_CHECK;
/* Example records of all packages. */
enum rc app_demo(struct app *app, struct workspace *ws,
                 struct err *err) MUST_CHECK;

#endif
