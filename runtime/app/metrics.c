/* metrics - the process in numbers, as Prometheus reads them. */
#include <unistd.h>

#include "app/internal.h"
#include "base/clock.h"
#include "script/script.h"

static void gauge(struct buf *out, const char *name, const char *help,
                  const char *kind, int64_t v)
{
    buf_addf(out,
             "# HELP perigee_%s %s\n# TYPE perigee_%s %s\nperigee_%s %lld\n",
             name, help, name, kind, name, (long long)v);
}

/* Resident bytes; 0 where /proc does not say. */
static int64_t resident(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    long long size = 0, pages = 0;

    if (!f)
        return 0;
    if (fscanf(f, "%lld %lld", &size, &pages) != 2)
        pages = 0;
    fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

static void http(struct app *app, struct buf *out)
{
    struct http_stats s = {0};

    if (app->http)
        http_server_stats(app->http, &s);
    gauge(out, "http_requests_total", "Requests answered.", "counter",
          s.requests);
    gauge(out, "http_refused_total", "Requests refused before a handler.",
          "counter", s.refused);
    gauge(out, "http_streams", "Event streams open.", "gauge", s.streams);
    gauge(out, "http_connections", "Connections open.", "gauge", s.connections);
    buf_adds(out, "# HELP perigee_http_responses_total Responses by class.\n"
                  "# TYPE perigee_http_responses_total counter\n");
    for (int i = 1; i < 6; i++)
        buf_addf(out, "perigee_http_responses_total{class=\"%dxx\"} %lld\n", i,
                 (long long)s.by_class[i]);
}

static const struct {
    const char *name, *kind, *help;
} STORE[] = {
    {"db_commits_total", "counter", "Commits made durable."},
    {"db_jobs_total", "counter", "Write jobs run."},
    {"db_reruns_total", "counter", "Write jobs run again."},
    {"db_reads_total", "counter", "Read brackets."},
    {"db_wal_bytes", "gauge", "Size of the write-ahead log."},
    {"db_file_bytes", "gauge", "Size of the database."},
};
enum { N_STORE = sizeof STORE / sizeof *STORE };

static void stores(struct app *app, struct buf *out)
{
    struct db_stats s[HOST_MAX];
    struct str names[HOST_MAX];
    size_t n;

    pthread_mutex_lock(&app->lock);
    n = app->n_hosted;
    for (size_t i = 0; i < n; i++) {
        db_stats(app->hosted[i]->ws.store, &s[i]);
        names[i] = app->hosted[i]->ws.name;
    }
    pthread_mutex_unlock(&app->lock);
    for (size_t k = 0; k < N_STORE; k++) {
        buf_addf(out, "# HELP perigee_%s %s\n# TYPE perigee_%s %s\n",
                 STORE[k].name, STORE[k].help, STORE[k].name, STORE[k].kind);
        for (size_t i = 0; i < n; i++) {
            const int64_t v[N_STORE] = {s[i].commits,   s[i].jobs,
                                        s[i].reruns,    s[i].reads,
                                        s[i].wal_bytes, s[i].file_bytes};

            buf_addf(out, "perigee_%s{workspace=\"%.*s\"} %lld\n",
                     STORE[k].name, STR_ARG(names[i]), (long long)v[k]);
        }
    }
}

static void scripts(struct app *app, struct buf *out)
{
    struct script_pool_stats s;

    if (!app->scripts)
        return;
    script_pool_stats(app->scripts, &s);
    gauge(out, "script_runs_total", "Scripts that ran.", "counter", s.runs);
    gauge(out, "script_limits_total", "Scripts that broke a limit.", "counter",
          s.limits);
    gauge(out, "script_killed_total", "Workers ended from outside.", "counter",
          s.killed);
    gauge(out, "script_busy", "Scripts that are running.", "gauge", s.busy);
}

void app_metrics(void *ctx, struct buf *out)
{
    struct app *app = ctx;

    buf_addf(out,
             "# HELP perigee_build_info The version.\n"
             "# TYPE perigee_build_info gauge\n"
             "perigee_build_info{version=\"%s\"} 1\n",
             PERIGEE_VERSION);
    gauge(out, "uptime_seconds", "Seconds since the start.", "gauge",
          (app->clock->mono_ms(app->clock->arg) - app->started_ms) / 1000);
    gauge(out, "resident_bytes", "Memory in use.", "gauge", resident());
    gauge(out, "healthy", "1 while writes succeed.", "gauge",
          app_healthy(app) ? 1 : 0);
    http(app, out);
    stores(app, out);
    scripts(app, out);
}
