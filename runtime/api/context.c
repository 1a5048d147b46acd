/*
 * context - from a request to a call: whose workspace, who asks, may they, what
 * do they bring; and the two ends of it.
 *
 * Order: route, workspace, principal, right, scope, forgery, parameters, body.
 * Nothing of the body is read before the principal is known, so that a
 * stranger costs us four kilobytes at most.
 */
#include "api/call.h"

#include "base/clock.h"
#include "base/log.h"
#include "model/store.h"

enum { PAIR_TRIES = 200 };

/* --- the bracket ----------------------------------------------------------- */

int64_t call_now(const struct call *c)
{
    return c->ws->clock->now_ms(c->ws->clock->arg);
}

/* As workspace_read_begin, for reads of another length (exports). */
static enum rc read_for(struct call *c, int64_t deadline_ms,
                        const struct model **m, struct err *err)
{
    const struct clock *clock = c->ws->clock;
    struct db_limits limits = {clock->mono_ms(clock->arg) + deadline_ms};
    int64_t generation = 0;
    int i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < PAIR_TRIES; i++) {
        struct db *db = NULL;

        rc = db_read_begin(c->ws->store, &limits, &db, err);
        if (rc != RC_OK)
            return rc;
        *m = model_slot_ref(c->ws->slot);
        rc = store_generation(db, &generation, err);
        if (rc == RC_OK && *m != NULL && (*m)->generation == generation) {
            c->db = db;
            return RC_OK;
        }
        model_unref(*m);
        db_read_end(db);
    }
    return rc != RC_OK ? rc
                       : FAIL(err, RC_BUSY,
                              "Definitions are being published; "
                              "try again in a moment.");
}

enum rc call_read(struct call *c, int64_t deadline_ms)
{
    const struct model *m = NULL;
    enum rc rc;

    if (c->db != NULL)
        return RC_OK;
    if (deadline_ms > 0)
        rc = read_for(c, deadline_ms, &m, &c->err);
    else
        rc = workspace_read_begin(c->ws, &c->db, &m, &c->err);
    if (rc != RC_OK) {
        c->db = NULL;
        return rc;
    }
    model_unref(c->m);
    c->m = m;
    return RC_OK;
}

void call_let_go(struct call *c)
{
    db_read_end(c->db);
    c->db = NULL;
}

struct query_ctx call_query(struct call *c)
{
    return workspace_query_ctx(c->ws, c->db, c->m, &c->auth.who, c->a,
                               &c->issues);
}

struct record_ctx call_record(struct call *c)
{
    return workspace_record_ctx(c->ws, &c->auth.who);
}

/* --- who asks --------------------------------------------------------------- */

static struct str session_cookie(const struct http_request *req)
{
    return http_cookie_get(req, req->is_tls ? "__Host-s" : "s");
}

/* The token of "Authorization: Bearer ..."; *other: some scheme we do not know. */
static struct str bearer(const struct http_request *req, bool *other)
{
    struct str rest = http_header_get(req, "Authorization"), scheme;

    *other = false;
    if (rest.p == NULL || !str_word(&rest, &scheme))
        return STR_NONE;
    if (scheme.n != 6 || strncasecmp(scheme.p, "Bearer", 6) != 0) {
        *other = true;
        return STR_NONE;
    }
    return str_trim(rest);
}

static enum rc nobody(struct call *c)
{
    return FAIL_CODE(&c->err, RC_DENIED, "E_AUTH",
                     "Sign in, or send an API token as \"Authorization: "
                     "Bearer ...\".");
}

static void be_cli(struct call *c)
{
    c->auth.kind = AUTH_CLI;
    c->auth.who = principal_system(SOURCE_CLI);
    c->auth.who.lang = c->m->lang;
    c->auth.name = STR("cli");
}

/*
 * A token that does not hold is refused everywhere. A cookie that does not is
 * as if there were none: a browser keeps sending it after its session ended.
 */
static enum rc authenticate(struct call *c)
{
    bool other = false;
    struct str token = bearer(c->req, &other);
    enum rc rc;

    if (c->req->is_unix_socket) {
        be_cli(c);
        return RC_OK;
    }
    if (other)
        return nobody(c);
    if (token.p != NULL) {
        c->secret = token;
        rc = auth_by_token(c->db, c->m, token, call_now(c), c->a, &c->auth,
                           &c->err);
        return rc == RC_DENIED ? nobody(c) : rc;
    }
    c->secret = session_cookie(c->req);
    if (c->secret.n == 0)
        return RC_OK;
    rc = auth_by_session(c->db, c->m, c->secret, call_now(c), c->a, &c->auth,
                         &c->err);
    if (rc == RC_DENIED) {
        c->auth = (struct auth){.kind = AUTH_NONE};
        err_clear(&c->err);
        return RC_OK;
    }
    return rc;
}

static bool changes(const struct call *c)
{
    return !http_method_is_safe(c->req->method) && !(c->op->flags & OP_READS);
}

static enum rc check_right(struct call *c)
{
    if (c->op->who == OP_ANYONE)
        return RC_OK;
    if (c->auth.kind == AUTH_NONE)
        return nobody(c);
    if (c->op->who == OP_CLI && c->auth.kind != AUTH_CLI)
        return FAIL(&c->err, RC_DENIED,
                    "Only the command line on the server's own machine may do "
                    "this.");
    if (c->op->who == OP_ADMIN && !c->auth.who.is_admin)
        return FAIL(&c->err, RC_DENIED, "Only administrators may do this.");
    if ((c->op->flags & OP_HUMAN) && c->auth.kind == AUTH_TOKEN)
        return FAIL(&c->err, RC_DENIED,
                    "This needs a person who signed in, not an API token.");
    if (changes(c) && !c->auth.who.may_write)
        return FAIL(&c->err, RC_DENIED,
                    "This token may only read; make one with the scope "
                    "\"write\".");
    return RC_OK;
}

/* --- forgery ------------------------------------------------------------------ */

/* "https://host:1" of an Origin to "host:1"; STR_NONE for "null" and others. */
static struct str authority(struct str url)
{
    if (str_starts(url, STR("https://")))
        url = str_sub(url, 8, url.n);
    else if (str_starts(url, STR("http://")))
        url = str_sub(url, 7, url.n);
    else
        return STR_NONE;
    if (str_chr(url, '/') >= 0)
        url = str_sub(url, 0, (size_t)str_chr(url, '/'));
    return url;
}

static bool is_same_place(const struct call *c, struct str origin)
{
    struct str from = authority(origin), ours = authority(c->ws->public_url);

    if (from.n == 0)
        return false;
    return (from.n == c->req->host.n &&
            strncasecmp(from.p, c->req->host.p, from.n) == 0) ||
           (from.n == ours.n && strncasecmp(from.p, ours.p, from.n) == 0);
}

static enum rc forged(struct call *c, const char *why)
{
    return FAIL(&c->err, RC_DENIED, "%s", why);
}

/*
 * What a foreign page could make a browser send is refused: a cookie travels by
 * itself, a header that our own page learnt from /session does not.
 */
static enum rc check_forgery(struct call *c)
{
    struct str origin = http_header_get(c->req, "Origin");
    struct str site = http_header_get(c->req, "Sec-Fetch-Site");
    struct str sent = http_header_get(c->req, "X-CSRF");
    bool by_cookie = c->auth.kind == AUTH_SESSION;

    if (http_method_is_safe(c->req->method) ||
        (!by_cookie && !(c->op->flags & OP_SIGNS_IN)) ||
        c->auth.kind == AUTH_TOKEN || c->auth.kind == AUTH_CLI)
        return RC_OK;
    if (origin.p != NULL && !is_same_place(c, origin))
        return forged(c, "This request comes from another site.");
    if (site.p != NULL && !str_is(site, "same-origin") && !str_is(site, "none"))
        return forged(c, "This request comes from another site.");
    if (!by_cookie || (c->op->flags & OP_SIGNS_IN))
        return RC_OK;
    if (sent.n == 0 || sent.n != c->auth.csrf.n ||
        !crypto_equal(sent.p, c->auth.csrf.p, sent.n))
        return forged(c, "The header X-CSRF is missing or is not this "
                         "session's; GET /api/v1/session tells it.");
    return RC_OK;
}

/* Kept answers are how a repeated POST is answered, and a secret is kept
   nowhere: better said than a second token made in silence. */
static enum rc check_key(struct call *c)
{
    if (!(c->op->flags & OP_NO_KEY) ||
        http_header_get(c->req, "Idempotency-Key").p == NULL)
        return RC_OK;
    return call_reject(c, "Idempotency-Key", "not_kept",
                       "What this request answers is a secret that is stored "
                       "nowhere, so it cannot be answered again; send it "
                       "without Idempotency-Key.");
}

/* --- the body ------------------------------------------------------------------ */

static enum rc wrong_type(struct call *c, const char *wanted)
{
    return FAIL_CODE(&c->err, RC_SYNTAX, "E_MEDIA_TYPE",
                     "The body must be sent as Content-Type: %s.", wanted);
}

static bool is_json_type(struct str type)
{
    return str_is(type, "application/json") ||
           str_is(type, "application/merge-patch+json");
}

static enum rc read_body(struct call *c)
{
    bool is_empty = c->req->content_length == 0;
    size_t most =
        c->auth.kind == AUTH_NONE ? LIMIT_BODY_ANON_BYTES : LIMIT_BODY_BYTES;
    enum rc rc;

    if (c->op->body == OP_NO_BODY)
        return RC_OK;
    if (c->op->body == OP_BYTES)
        return str_is(c->req->content_type, "application/octet-stream")
                   ? RC_OK
                   : wrong_type(c, "application/octet-stream");
    if (is_empty && c->op->body == OP_JSON_OR_NOTHING)
        return RC_OK;
    if (!is_json_type(c->req->content_type))
        return wrong_type(c, "application/json");
    rc = http_body_read(c->req, most, &c->body_text, &c->err);
    if (rc == RC_OK)
        rc = json_parse(c->body_text, c->a, &c->body, &c->err);
    if (rc == RC_OK && c->body->kind != JSON_OBJECT)
        rc = FAIL(&c->err, RC_INVALID, "The body must be a JSON object.");
    return rc;
}

/* --- the whole --------------------------------------------------------------------- */

/* "/w/{name}/..." names the workspace; the router sees what comes after. */
static struct str take_workspace_name(struct call *c)
{
    struct http_request *req = c->req;
    struct str name;

    if (req->n_segments < 2 || !str_is(req->segments[0], "w"))
        return STR("");
    name = req->segments[1];
    c->prefix = str_fmt(c->a, "/w/%.*s", STR_ARG(name));
    req->segments += 2;
    req->n_segments -= 2;
    return name;
}

static enum rc find_op(struct call *c)
{
    const struct http_route *route = NULL;
    struct str allow = STR_NONE;

    switch (http_router_find(c->api->router, c->req, &route, &allow)) {
    case HTTP_ROUTED:
        c->op = route->what;
        return RC_OK;
    case HTTP_NO_METHOD:
        http_error(c->res, 405, "E_METHOD",
                   STR("This address does not know this method."));
        http_header_add(c->res, "Allow", allow);
        return RC_OK; /* answered: no op */
    case HTTP_NO_PATH:
        break;
    }
    return FAIL(&c->err, RC_NOTFOUND, "There is nothing at this address.");
}

static enum rc serve(struct call *c)
{
    struct str name = take_workspace_name(c);
    enum rc rc = find_op(c);

    if (rc != RC_OK || c->op == NULL)
        return rc;
    if (c->op->flags & OP_PROCESS)
        return c->op->run(c);
    c->ws = c->api->config.find(c->api->config.ctx, c->req->host, name);
    if (c->ws == NULL)
        return FAIL(&c->err, RC_NOTFOUND, "There is no such workspace.");
    rc = call_read(c, 0);
    if (rc == RC_OK)
        rc = authenticate(c);
    if (rc == RC_OK)
        rc = check_right(c);
    if (rc == RC_OK)
        rc = check_forgery(c);
    if (rc == RC_OK)
        rc = call_check_params(c);
    if (rc == RC_OK)
        rc = check_key(c);
    if (rc == RC_OK && c->op->body != OP_NO_BODY) {
        call_let_go(c);
        rc = read_body(c);
    } else if (changes(c) || (c->op->flags & OP_OWN_TIME)) {
        call_let_go(c);
    }
    return rc == RC_OK ? c->op->run(c) : rc;
}

static void touch(struct call *c)
{
    if (c->ws != NULL &&
        (c->auth.kind == AUTH_SESSION || c->auth.kind == AUTH_TOKEN))
        auth_touch(c->ws, &c->auth, c->secret);
}

void api_handle(void *arg, struct http_request *req, struct http_response *res)
{
    struct call c = {.api = arg, .req = req, .res = res, .a = req->arena};
    enum rc rc;

    issues_init(&c.issues, c.a);
    json_w_init(&c.w, &res->body);
    c.prefix = STR("");
    rc = serve(&c);
    call_let_go(&c);
    if (rc != RC_OK)
        answer_error(&c, rc);
    touch(&c);
    model_unref(c.m);
}
