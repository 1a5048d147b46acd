/*
 * pages - the web application: its one page for every address of a person, and
 * its files under /assets. They are public; what they show comes from the API.
 *
 * The policy leaves the page no way to run or load what is not ours, and no
 * place in another's frame.
 */
#include "api/call.h"

#include "http/static.h"

static const char CSP[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
    "manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; require-trusted-types-for 'script'";

/* A name such as "app-4f9a1c2d.js" changes with its content. */
static bool is_hashed(struct str path)
{
    size_t i, run = 0;

    for (i = 0; i < path.n; i++) {
        char ch = path.p[i];

        if ((ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') ||
            (ch >= 'a' && ch <= 'f'))
            run++;
        else if (ch == '.' && run >= 8)
            return true;
        else
            run = 0;
        if (ch == '-')
            run = 0;
    }
    return false;
}

struct finder {
    struct call *c;
    struct str etag;
};

static bool find(void *arg, struct str path, struct http_file *out)
{
    struct finder *f = arg;
    const struct api_config *config = &f->c->api->config;
    struct api_asset asset = {0};
    uint8_t hash[SHA256_BYTES];

    if (config->asset == NULL || !config->asset(config->ctx, path, &asset))
        return false;
    sha256(asset.bytes, hash);
    *out = (struct http_file){.plain = asset.bytes,
                              .gzip = asset.gz,
                              .brotli = asset.br,
                              .is_hashed = is_hashed(path)};
    if (out->gzip.n == 0)
        out->gzip = STR_NONE;
    if (out->brotli.n == 0)
        out->brotli = STR_NONE;
    out->content_type =
        asset.type != NULL ? str_c(asset.type) : http_content_type(path);
    out->etag =
        str_fmt(f->c->a, "\"%.*s\"", STR_ARG(crypto_hex(f->c->a, hash, 8)));
    if (str_starts(out->content_type, STR("text/html")))
        out->csp = STR(CSP);
    return out->etag.p != NULL;
}

static enum rc serve_file(struct call *c, struct str path, const char *else_say)
{
    struct finder f = {.c = c};

    if (http_static_serve(find, &f, path, c->req, c->res))
        return RC_OK;
    return FAIL(&c->err, RC_NOTFOUND, "%s", else_say);
}

enum rc run_page(struct call *c)
{
    return serve_file(c, STR("index.html"),
                      "This program was built without the web application; "
                      "the interface is at /api/v1.");
}

/* The pieces behind /assets were checked by http: none is "..". */
enum rc run_asset(struct call *c)
{
    struct buf b;
    struct str path = STR_NONE;
    size_t i;
    enum rc rc;

    buf_init(&b, LIMIT_URL_BYTES);
    buf_adds(&b, "assets");
    for (i = 0; i < c->req->n_captures; i++) {
        buf_addc(&b, '/');
        buf_add(&b, http_capture(c->req, i));
    }
    rc = buf_finish(&b, c->a, &path, &c->err);
    buf_release(&b);
    return rc == RC_OK ? serve_file(c, path, "There is no such file.") : rc;
}
