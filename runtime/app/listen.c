/*
 * listen - addresses, the certificate, the command line's socket.
 *
 * Beyond this machine there is TLS or nothing: without a certificate the first
 * start makes one of its own, which browsers warn about and which keeps
 * passwords off the wire all the same.
 */
#include <unistd.h>

#include "app/internal.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/listen.h"
#include "http/tls_cert.h"

enum { CERT_DAYS = 825, ADDRESSES = LISTEN_MAX };

static void handle(void *arg, struct http_request *req,
                   struct http_response *res)
{
    struct app *app = arg;

    if (req->is_unix_socket && cli_route(app, req, res))
        return;
    api_handle(app->api, req, res);
}

/* --- the certificate ----------------------------------------------------------------- */

/* "https://[::1]:8443" -> "::1" */
static struct str host_of(struct str address)
{
    ptrdiff_t at = str_find(address, STR("://"));

    if (at >= 0)
        address = str_sub(address, (size_t)at + 3, address.n);
    if (address.n > 0 && address.p[0] == '[') {
        at = str_chr(address, ']');
        return at > 0 ? str_sub(address, 1, (size_t)at - 1) : STR_NONE;
    }
    at = str_chr(address, '/');
    if (at >= 0)
        address = str_sub(address, 0, (size_t)at);
    at = str_chr(address, ':');
    return at >= 0 ? str_sub(address, 0, (size_t)at) : address;
}

static void add_name(struct str *names, size_t *n, struct str name)
{
    if (*n == TLS_CERT_NAMES || !name.n || str_is(name, "*") ||
        str_is(name, "0.0.0.0") || str_is(name, "::"))
        return;
    for (size_t i = 0; i < *n; i++) {
        if (str_eq(names[i], name))
            return;
    }
    names[(*n)++] = name;
}

static enum rc make_certificate(struct app *app, const struct app_listen *c,
                                struct err *err)
{
    struct str names[TLS_CERT_NAMES], cert = STR_NONE, key = STR_NONE;
    char machine[256] = "";
    struct arena a;
    size_t n = 0;
    enum rc rc;

    if (gethostname(machine, sizeof machine - 1) != 0)
        machine[0] = '\0';
    add_name(names, &n, STR("localhost"));
    add_name(names, &n, STR("127.0.0.1"));
    add_name(names, &n, STR("::1"));
    add_name(names, &n, host_of(str_c(app->host.url)));
    for (size_t i = 0; i < c->n; i++)
        add_name(names, &n, host_of(str_c(c->listen[i])));
    add_name(names, &n, str_c(machine));
    arena_init(&a, 1 << 20);
    rc = http_tls_self_signed(names, n, app->clock->now_ms(app->clock->arg),
                              CERT_DAYS, &a, &cert, &key, err);
    if (rc == RC_INVALID) /* a machine's name may be none of a certificate */
        rc = http_tls_self_signed(names, 3, app->clock->now_ms(app->clock->arg),
                                  CERT_DAYS, &a, &cert, &key, err);
    if (rc == RC_OK)
        rc = folder_make(&app->folder, "tls", err);
    if (rc == RC_OK && !folder_has(&app->folder, "tls/key.pem"))
        rc = folder_write_new(&app->folder, "tls/key.pem", key, err);
    else if (rc == RC_OK)
        rc = FAIL(err, RC_IO,
                  "\"%s/tls\" holds a key and no cert.pem; put the certificate "
                  "there, or remove key.pem.",
                  app->folder.path);
    if (rc == RC_OK)
        rc = folder_write_new(&app->folder, "tls/cert.pem", cert, err);
    if (rc == RC_OK)
        log_warn("tls.self_signed", KV_C("data", app->folder.path));
    arena_release(&a);
    return rc;
}

struct certificate {
    char cert[FOLDER_PATH_BYTES], key[FOLDER_PATH_BYTES];
    bool is_there;
};

/* Is TLS asked for, by the address or because others can reach it? */
static enum rc wants_tls(const struct app_listen *c, bool *out, struct err *err)
{
    struct http_listen l;

    *out = false;
    for (size_t i = 0; i < c->n; i++) {
        enum rc rc = http_listen_parse(str_c(c->listen[i]), true, &l, err);

        if (rc != RC_OK)
            return rc;
        if (!l.is_unix_socket && l.is_tls &&
            ((!l.is_loopback && !c->tls_at_proxy) ||
             str_starts(str_c(c->listen[i]), STR("https://"))))
            *out = true;
    }
    return RC_OK;
}

static enum rc find_certificate(struct app *app, const struct app_listen *c,
                                struct certificate *out, struct err *err)
{
    bool wanted = false;
    enum rc rc;

    out->is_there = false;
    if ((c->cert != NULL) != (c->key != NULL))
        return FAIL(err, RC_INVALID,
                    "--tls-cert and --tls-key belong together: give both.");
    if (c->cert) {
        int n = snprintf(out->cert, sizeof out->cert, "%s", c->cert);
        int k = snprintf(out->key, sizeof out->key, "%s", c->key);

        if (n >= (int)sizeof out->cert || k >= (int)sizeof out->key)
            return FAIL(err, RC_LIMIT,
                        "The path of the certificate is too "
                        "long.");
        out->is_there = true;
        return RC_OK;
    }
    rc = wants_tls(c, &wanted, err);
    if (rc != RC_OK)
        return rc;
    if (!folder_path(&app->folder, "tls/cert.pem", out->cert) ||
        !folder_path(&app->folder, "tls/key.pem", out->key))
        return FAIL(err, RC_LIMIT, "The path of the data folder is too long.");
    if (!folder_has(&app->folder, "tls/cert.pem") && wanted)
        rc = make_certificate(app, c, err);
    out->is_there = rc == RC_OK && folder_has(&app->folder, "tls/cert.pem");
    return rc;
}

/* --- listen --------------------------------------------------------------------------------- */

enum rc app_listen(struct app *app, const struct app_listen *c, struct err *err)
{
    struct str listen[ADDRESSES];
    struct certificate cert;
    struct http_config config = {.listen = listen,
                                 .tls_at_proxy = c->tls_at_proxy,
                                 .log_requests = c->log_requests,
                                 .clock = app->clock,
                                 .handle = handle,
                                 .arg = app};
    struct http_listen first;
    struct str socket;
    enum rc rc;

    if (c->n + 1 > ADDRESSES)
        return FAIL(err, RC_INVALID, "There may be at most %d addresses.",
                    ADDRESSES - 1);
    rc = find_certificate(app, c, &cert, err);
    if (rc != RC_OK)
        return rc;
    if (cert.is_there) {
        config.cert_file = cert.cert;
        config.key_file = cert.key;
    }
    for (size_t i = 0; i < c->n; i++)
        listen[config.n_listen++] = str_c(c->listen[i]);
    socket = str_fmt(&app->arena, "unix:%s/perigee.sock", app->folder.path);
    if (!socket.p)
        return FAIL(err, RC_NOMEM, "There is no memory to listen.");
    listen[config.n_listen++] = socket;
    rc = http_listen_parse(listen[0], cert.is_there, &first, err);
    if (rc == RC_OK)
        rc = http_server_open(&config, &app->http, err);
    if (rc == RC_OK)
        app->is_tls = first.is_tls;
    return rc;
}

int app_port(const struct app *app)
{
    return http_server_port(app->http, 0);
}

bool app_is_tls(const struct app *app)
{
    return app->is_tls;
}

void app_stop(struct app *app)
{
    if (app->http)
        http_server_stop(app->http);
}
