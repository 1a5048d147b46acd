/*
 * api - the HTTP interface of contract.md: bind, call, render.
 *
 * app makes one struct api and hands it to the server. It sees workspaces
 * through `find`, so that hosting many is app's business alone.
 */
#ifndef API_API_H
#define API_API_H

#include "auth/auth.h"
#include "flow/job.h"
#include "http/http.h"
#include "package/package.h"

struct api;

struct api_asset {            /* of the web application, from the program */
    struct str bytes, gz, br; /* gz, br: empty when there is none */
    const char *type;
};

struct api_config {
    /* The workspace of a host or of /w/{name}/; NULL: 404. */
    struct workspace *(*find)(void *ctx, struct str host, struct str name);
    void *ctx;
    bool (*asset)(void *ctx, struct str path, struct api_asset *out);
    struct package_source source; /* embedded packages */
    const char *apps_dir;         /* more of the marketplace; or NULL */
    const char *version;
    bool (*healthy)(void *ctx); /* false: readyz says 503 */
    void (*metrics)(void *ctx,
                    struct buf *out); /* Prometheus text of the process */
};

enum rc api_new(const struct api_config *config, struct api **out,
                struct err *err) MUST_CHECK;
void api_free(struct api *api);
/* The http_config.handle: arg is the struct api. */
void api_handle(void *api, struct http_request *req, struct http_response *res);
/* What the jobs of a workspace need; lives as long as their runner. */
struct api_jobs {
    struct workspace *ws;
    struct package_source source;
    const char *apps_dir; /* or NULL */
};
/* Job kinds "import", "bulk" and "package" for the runner of a workspace. */
size_t api_job_kinds(struct api_jobs *ctx, struct job_kind out[4]);
/* Remove what is over: files that hang on nothing, old events, jobs, answers.
   Every few minutes; bounded. */
enum rc api_sweep(const struct workspace *ws, struct err *err) MUST_CHECK;

#endif
