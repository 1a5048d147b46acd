/* internal - what the files behind app.h share. */
#ifndef APP_INTERNAL_H
#define APP_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "app/host.h"

struct app {
    struct arena arena;
    struct folder folder;
    struct host_config host;
    const struct clock *clock;
    char apps[FOLDER_PATH_BYTES];

    pthread_mutex_t lock; /* of the list of workspaces */
    bool has_lock;
    struct hosted *hosted[HOST_MAX];
    size_t n_hosted;
    bool is_new; /* workspace main was made by this start */

    struct script_pool *scripts; /* or NULL */
    struct api *api;
    struct http_server *http;
    bool is_tls;
    atomic_bool is_sick;
    int64_t started_ms, next_sweep_ms;
};

/* cli_routes.c: POST /api/v1/cli/{verb} on the Unix socket; false: not ours. */
bool cli_route(struct app *app, struct http_request *req,
               struct http_response *res);

/* content.c: what a workspace must have before anybody uses it. */
enum rc content_open(struct app *app, struct hosted *h,
                     struct err *err) MUST_CHECK;

#endif
