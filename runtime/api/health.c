/*
 * health - /healthz (the process answers), /readyz (it can do its work),
 * /metrics (Prometheus text). Anonymous, and without a word about any data.
 */
#include "api/call.h"

static enum rc plain(struct call *c, int status, const char *text)
{
    c->res->status = status;
    c->res->content_type = STR("text/plain; charset=utf-8");
    buf_adds(&c->res->body, text);
    return RC_OK;
}

enum rc run_healthz(struct call *c)
{
    return plain(c, 200, "ok\n");
}

enum rc run_readyz(struct call *c)
{
    const struct api_config *config = &c->api->config;

    if (config->healthy != NULL && !config->healthy(config->ctx)) {
        http_header_add(c->res, "Retry-After", STR("1"));
        return plain(c, 503, "not ready\n");
    }
    return plain(c, 200, "ok\n");
}

enum rc run_metrics(struct call *c)
{
    const struct api_config *config = &c->api->config;

    c->res->content_type = STR("text/plain; version=0.0.4; charset=utf-8");
    if (config->metrics != NULL)
        config->metrics(config->ctx, &c->res->body);
    return c->res->body.failed;
}
