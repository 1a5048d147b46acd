/* api - made once, shared by all threads. See api.h. */
#include "api/call.h"

#include "base/mem.h"

enum { API_ARENA_BYTES = 1 << 20 };

static enum rc build_router(struct api *api, struct err *err)
{
    const struct op *ops;
    size_t n = op_table(&ops), i;
    struct http_route *routes = ARENA_ARRAY(&api->arena, struct http_route, n);

    if (routes == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for the routes.");
    for (i = 0; i < n; i++)
        routes[i] =
            (struct http_route){ops[i].method, ops[i].pattern, NULL, &ops[i]};
    return http_router_new(routes, n, &api->arena, &api->router, err);
}

enum rc api_new(const struct api_config *config, struct api **out,
                struct err *err)
{
    struct api *api = mem_alloc(sizeof *api);
    enum rc rc;

    if (api == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for the interface.");
    api->config = *config;
    atomic_init(&api->downloads, 0);
    arena_init(&api->arena, API_ARENA_BYTES);
    api->running = idem_table_new();
    rc = api->running != NULL
             ? build_router(api, err)
             : FAIL(err, RC_NOMEM, "There is no memory for the interface.");
    if (rc != RC_OK) {
        api_free(api);
        return rc;
    }
    *out = api;
    return RC_OK;
}

void api_free(struct api *api)
{
    if (api == NULL)
        return;
    idem_table_free(api->running);
    arena_release(&api->arena);
    mem_free(api);
}

size_t api_job_kinds(struct api_jobs *ctx, struct job_kind out[4])
{
    out[0] = (struct job_kind){"import", import_job, ctx->ws};
    out[1] = (struct job_kind){"bulk", bulk_job, ctx->ws};
    out[2] = (struct job_kind){"package", package_job, ctx};
    return 3;
}
