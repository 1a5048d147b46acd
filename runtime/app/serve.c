/*
 * serve - the server's life: open, say where it is, wait for a signal, close.
 *
 * Signals are blocked before the first thread starts and taken by sigtimedwait
 * here, so no handler ever interrupts anything. SIGTERM and SIGINT stop: what
 * has been accepted is answered, within STOP_MS, else the process ends without
 * the rest (what was answered is durable either way).
 */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "app/cli.h"
#include "app/client.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "script/script.h"

enum { STOP_S = 10, LOCK_WAIT_MS = 2000, MALLOC_ARENAS = 2 };

static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* --- what is said ------------------------------------------------------------------- */

/* The address people open: the public one, else the first we listen at. */
static struct str origin(const struct config *c, const struct app *app,
                         struct arena *a)
{
    struct str text = str_c(c->url ? c->url : c->listen[0]), host = text;
    ptrdiff_t at;

    if (c->url) {
        while (text.n > 0 && text.p[text.n - 1] == '/')
            text.n--;
        return text;
    }
    at = str_find(host, STR("://"));
    if (at >= 0)
        host = str_sub(host, (size_t)at + 3, host.n);
    for (size_t i = host.n; i > 0; i--) {
        if (host.p[i - 1] == ']')
            break;
        if (host.p[i - 1] == ':') {
            host.n = i - 1;
            break;
        }
    }
    if (!host.n || str_is(host, "*") || str_is(host, "0.0.0.0") ||
        str_is(host, "[::]"))
        host = STR("localhost");
    return str_fmt(a, "%s://%.*s:%d", app_is_tls(app) ? "https" : "http",
                   STR_ARG(host), app_port(app));
}

static enum rc say_hello(const struct config *c, struct app *app,
                         struct err *err)
{
    struct str at, setup = STR_NONE;
    struct arena a;
    enum rc rc;

    arena_init(&a, 1 << 20);
    at = origin(c, app, &a);
    rc = auth_setup_begin(app_main(app), &a, &setup, err);
    if (rc == RC_OK && c->json) {
        printf("{\"url\":\"%.*s/\"", STR_ARG(at));
        if (setup.n)
            printf(",\"setup\":\"%.*s/setup#%.*s\"", STR_ARG(at),
                   STR_ARG(setup));
        printf("}\n");
    } else if (rc == RC_OK) {
        printf("Perigee %s is ready: %.*s/\n", PERIGEE_VERSION, STR_ARG(at));
        if (setup.n)
            printf("There is no administrator yet. Open this link once, within "
                   "%d hours:\n  %.*s/setup#%.*s\n",
                   AUTH_SETUP_HOURS, STR_ARG(at), STR_ARG(setup));
    }
    fflush(stdout);
    arena_release(&a);
    return rc;
}

/* --- the end --------------------------------------------------------------------------- */

/* Ends the process when closing takes too long: alarm's default action would
   be a death by signal, so a thread waits and leaves with a code. */
static void *give_up(void *arg)
{
    const struct timespec limit = {STOP_S, 0};

    (void)arg;
    nanosleep(&limit, NULL);
    log_error("app.stop_too_slow", KV_I64("seconds", STOP_S));
    _exit(EXIT_BROKEN);
}

static void stop(struct app *app)
{
    pthread_t watchdog;

    if (pthread_create(&watchdog, NULL, give_up, NULL) == 0)
        pthread_detach(watchdog);
    app_stop(app);
    app_close(app);
}

static void wait_for_end(struct app *app, const sigset_t *set)
{
    const struct timespec second = {1, 0};

    for (;;) {
        int sig = sigtimedwait(set, NULL, &second);

        if (sig == SIGTERM || sig == SIGINT) {
            log_info("app.stop", KV_I64("signal", sig));
            return;
        }
        app_tick(app); /* SIGHUP: nothing to read again; stay */
    }
}

/* --- serve -------------------------------------------------------------------------------- */

static enum rc listen_at(const struct config *c, struct app *app,
                         struct err *err)
{
    struct app_listen listen = {
        .listen = c->listen,
        .n = c->n_listen,
        .cert = config_flag(c, "--tls-cert"),
        .key = config_flag(c, "--tls-key"),
        .tls_at_proxy = config_flag(c, "--tls-at-proxy") != NULL,
        .log_requests = c->log && strcmp(c->log, "debug") == 0};

    return app_listen(app, &listen, err);
}

int cli_serve(const struct config *c)
{
    struct app_config config = cli_app_config(c);
    struct err err = ERR_INIT;
    struct script_launcher launcher = {.fd = -1};
    struct app *app = NULL;
    sigset_t set;
    enum rc rc;

    if (!cli_log_level(c, "info"))
        return EXIT_USAGE;
    /* First of all: it inherits what there is, and there is nothing yet. */
    rc = script_launcher_start(&launcher, &err);
    if (rc != RC_OK)
        return cli_fail(c, rc, &err);
    config.launcher = &launcher;
    /* A request's memory is its worker's arena; more arenas of malloc's own
       would only hold what nobody uses. */
    mallopt(M_ARENA_MAX, MALLOC_ARENAS);
    block_signals(&set);
    config.create = config.serves = true;
    config.wait_ms = LOCK_WAIT_MS;
    if (client_is_there(c->data))
        config.wait_ms = 0; /* a server, not a command that is about to end */
    rc = app_open(&config, &app, &err);
    if (rc == RC_OK && config_flag(c, "--demo"))
        rc = app_demo(app, app_main(app), &err);
    if (rc == RC_OK)
        rc = listen_at(c, app, &err);
    if (rc == RC_OK)
        rc = say_hello(c, app, &err);
    if (rc != RC_OK) {
        int code = cli_fail(c, rc, &err);

        app_close(app);
        script_launcher_stop(&launcher);
        return rc == RC_CONFLICT ? EXIT_NOT_NOW : code;
    }
    log_info("app.start", KV_C("version", PERIGEE_VERSION),
             KV_C("data", c->data), KV_I64("port", app_port(app)));
    wait_for_end(app, &set);
    stop(app);
    script_launcher_stop(&launcher);
    return EXIT_DONE;
}
