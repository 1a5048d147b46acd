/* Requests and responses through the loopback: what a handler sees and sends. */
#include "http/loopback.h"

#include "http/router.h"
#include "http/static.h"
#include "support/test.h"

struct fixture {
    struct arena arena;
    struct http_test_result r;
};

static void setup(struct fixture *f)
{
    arena_init(&f->arena, 64 << 20);
}

static void echo(void *arg, struct http_request *req, struct http_response *res)
{
    struct str body = STR("?"), value;
    struct err err = ERR_INIT;
    enum rc rc = http_body_read(req, 1000, &body, &err);

    (void)arg;
    if (rc != RC_OK) {
        http_error(res, rc == RC_LIMIT ? 413 : 400, err.code, str_c(err.text));
        return;
    }
    res->content_type = STR("text/plain; charset=utf-8");
    buf_addf(&res->body, "%s %.*s|%.*s|%s%s|", http_method_name(req->method),
             STR_ARG(req->raw_path), STR_ARG(req->peer),
             req->is_tls ? "tls" : "", req->is_unix_socket ? "unix" : "");
    if (http_query_get(req, "q", &value))
        buf_add(&res->body, value);
    buf_addc(&res->body, '|');
    buf_add(&res->body, http_cookie_get(req, "s"));
    buf_addc(&res->body, '|');
    buf_add(&res->body, body);
}

TEST(loopback, a_handler_sees_the_request)
{
    struct fixture f;

    setup(&f);
    http_test_request(echo, NULL, "POST", "/a/b?q=x+y",
                      "Cookie: s=tok\nContent-Type: text/plain\n", STR("hello"),
                      &f.arena, &f.r);
    CHECK_I64(f.r.status, 200);
    CHECK_STR(f.r.body, "POST /a/b|127.0.0.1||x y|tok|hello");
    CHECK_STR(f.r.content_type, "text/plain; charset=utf-8");
    http_local_request(echo, NULL, "GET", "/", NULL, STR(""), &f.arena, &f.r);
    CHECK_STR(f.r.body, "GET /||unix|||");
    arena_release(&f.arena);
}

TEST(loopback, the_same_checks_as_from_outside)
{
    struct fixture f;

    setup(&f);
    http_test_request(echo, NULL, "GET", "/a/../b", NULL, STR(""), &f.arena,
                      &f.r);
    CHECK_I64(f.r.status, 400);
    CHECK_HAS(str_cstr(&f.arena, f.r.body), "\"code\":\"E_SYNTAX\"");
    http_test_request(echo, NULL, "TRACE", "/", NULL, STR(""), &f.arena, &f.r);
    CHECK_I64(f.r.status, 405);
    CHECK_STR(http_test_header(&f.r, "Allow"),
              "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    http_test_request(echo, NULL, "POST", "/", "Transfer-Encoding: chunked\n",
                      STR(""), &f.arena, &f.r);
    CHECK_I64(f.r.status, 411);
    CHECK_STR(http_test_header(&f.r, "connection"), "close");
    arena_release(&f.arena);
}

TEST(loopback, a_body_over_the_limit_is_refused_and_the_connection_ends)
{
    struct fixture f;
    static char big[1001];

    setup(&f);
    memset(big, 'x', sizeof big);
    http_test_request(echo, NULL, "POST", "/", NULL, str_of(big, sizeof big),
                      &f.arena, &f.r);
    CHECK_I64(f.r.status, 413);
    CHECK_STR(http_test_header(&f.r, "Connection"), "close");
    CHECK_HAS(str_cstr(&f.arena, f.r.body), "E_TOO_LARGE");
    arena_release(&f.arena);
}

TEST(loopback, a_body_that_ends_early_is_no_body)
{
    struct fixture f;

    setup(&f);
    http_test_request(echo, NULL, "POST", "/", "Content-Length: 9\n",
                      STR("short"), &f.arena, &f.r);
    CHECK_I64(f.r.status, 400);
    arena_release(&f.arena);
}

TEST(loopback, every_answer_protects_the_browser)
{
    struct fixture f;

    setup(&f);
    http_test_request(echo, NULL, "GET", "/", NULL, STR(""), &f.arena, &f.r);
    CHECK_STR(http_test_header(&f.r, "X-Content-Type-Options"), "nosniff");
    CHECK_STR(http_test_header(&f.r, "Referrer-Policy"), "same-origin");
    CHECK_STR(http_test_header(&f.r, "Cross-Origin-Opener-Policy"),
              "same-origin");
    CHECK_STR(http_test_header(&f.r, "Cache-Control"), "no-store");
    CHECK(http_test_header(&f.r, "Date").n == 29);
    CHECK(http_test_header(&f.r, "Server").p == NULL);
    CHECK(http_test_header(&f.r, "Strict-Transport-Security").p == NULL);
    arena_release(&f.arena);
}

static void page(void *arg, struct http_request *req, struct http_response *res)
{
    (void)req;
    res->content_type = STR("text/html; charset=utf-8");
    if (arg)
        res->csp = STR("default-src 'self'");
    buf_adds(&res->body, "<p>");
}

TEST(loopback, html_has_a_policy_even_when_none_is_given)
{
    struct fixture f;
    int given = 1;

    setup(&f);
    http_test_request(page, NULL, "GET", "/", NULL, STR(""), &f.arena, &f.r);
    CHECK_STR(http_test_header(&f.r, "Content-Security-Policy"),
              HTTP_CSP_STRICT);
    CHECK_STR(http_test_header(&f.r, "X-Frame-Options"), "DENY");
    http_test_request(page, &given, "GET", "/", NULL, STR(""), &f.arena, &f.r);
    CHECK_STR(http_test_header(&f.r, "Content-Security-Policy"),
              "default-src 'self'");
    arena_release(&f.arena);
}

TEST(loopback, head_is_get_without_its_body)
{
    struct fixture f;

    setup(&f);
    http_test_request(page, NULL, "HEAD", "/", NULL, STR(""), &f.arena, &f.r);
    CHECK_I64(f.r.status, 200);
    CHECK_STR(http_test_header(&f.r, "Content-Length"), "3");
    CHECK_STR(f.r.body, "");
    arena_release(&f.arena);
}

static void bad_header(void *arg, struct http_request *req,
                       struct http_response *res)
{
    (void)req;
    http_header_add(res, "X-Name", str_c(arg));
    buf_adds(&res->body, "secret");
}

TEST(loopback, a_header_cannot_be_split)
{
    static char const *const values[] = {"a\r\nSet-Cookie: s=1", "a\nb", "a\rb",
                                         "\x01", "\x7f"};
    struct fixture f;

    setup(&f);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char value[64];

        snprintf(value, sizeof value, "%s", values[i]);
        http_test_request(bad_header, value, "GET", "/", NULL, STR(""),
                          &f.arena, &f.r);
        CHECK_I64(f.r.status, 500);
        CHECK(http_test_header(&f.r, "Set-Cookie").p == NULL);
        CHECK(http_test_header(&f.r, "X-Name").p == NULL);
        CHECK(str_find(f.r.body, STR("secret")) < 0);
    }
    arena_release(&f.arena);
}

static void many_headers(void *arg, struct http_request *req,
                         struct http_response *res)
{
    (void)arg;
    (void)req;
    for (int i = 0; i <= HTTP_MAX_OUT_HEADERS; i++)
        http_header_add(res, "X-Many", STR("1"));
}

static void set_cookies(void *arg, struct http_request *req,
                        struct http_response *res)
{
    struct http_cookie in = {.name = "__Host-s",
                             .value = STR("tok"),
                             .max_age_s = 60,
                             .is_secure = true};
    struct http_cookie out = {.name = "old", .value = STR(""), .max_age_s = -1};
    struct http_cookie forged = {.name = "x", .value = STR("1; Domain=.b")};

    (void)req;
    http_cookie_set(res, &in);
    http_cookie_set(res, &out);
    if (arg)
        http_cookie_set(res, &forged);
}

TEST(loopback, cookies_are_http_only_and_lax)
{
    struct fixture f;
    int forge = 1;

    setup(&f);
    http_test_request(set_cookies, NULL, "GET", "/", NULL, STR(""), &f.arena,
                      &f.r);
    CHECK_STR(http_test_header(&f.r, "Set-Cookie"),
              "__Host-s=tok; Path=/; Max-Age=60; Secure; HttpOnly; "
              "SameSite=Lax");
    CHECK_HAS(str_cstr(&f.arena, f.r.head),
              "Set-Cookie: old=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    http_test_request(set_cookies, &forge, "GET", "/", NULL, STR(""), &f.arena,
                      &f.r);
    CHECK_I64(f.r.status, 500);
    http_test_request(many_headers, NULL, "GET", "/", NULL, STR(""), &f.arena,
                      &f.r);
    CHECK_I64(f.r.status, 500);
    arena_release(&f.arena);
}

static void stream(void *arg, struct http_request *req,
                   struct http_response *res)
{
    int *written = arg;

    res->content_type = STR("text/event-stream");
    CHECK_RC(http_stream_begin(req, res, HTTP_STREAM_EVENTS, NULL), RC_OK);
    while (*written < 10 && http_stream_is_open(res) &&
           http_stream_write(res, STR(": 3456789\n")))
        ++*written;
}

TEST(loopback, a_stream_arrives_and_notices_who_left)
{
    struct fixture f;
    int written = 0;

    setup(&f);
    http_test_request(stream, &written, "GET", "/", NULL, STR(""), &f.arena,
                      &f.r);
    CHECK_I64(written, 10);
    CHECK_I64(f.r.body.n, 100);
    CHECK_STR(f.r.content_type, "text/event-stream");
    CHECK(http_test_header(&f.r, "Content-Length").p == NULL);
    written = 0;
    http_test_stream(stream, &written, "/", NULL, 30, &f.arena, &f.r);
    CHECK_I64(written, 2); /* the third write told it */
    arena_release(&f.arena);
}

static enum rc count_piece(void *arg, struct str piece, struct err *err)
{
    size_t *n = arg;

    *n += piece.n;
    if (*n > 100000)
        return FAIL(err, RC_INVALID, "Enough.");
    return RC_OK;
}

static void upload(void *arg, struct http_request *req,
                   struct http_response *res)
{
    size_t *n = arg;
    enum rc rc = http_body_stream(req, 1 << 20, count_piece, n, NULL);

    res->status = rc == RC_OK ? 200 : 422;
}

TEST(loopback, an_upload_comes_in_pieces_and_can_be_stopped)
{
    struct fixture f;
    size_t n = 0;
    char *big = calloc(1, 200000);

    setup(&f);
    http_test_request(upload, &n, "POST", "/", NULL, str_of(big, 50000),
                      &f.arena, &f.r);
    CHECK_I64(f.r.status, 200);
    CHECK_I64(n, 50000);
    n = 0;
    http_test_request(upload, &n, "POST", "/", NULL, str_of(big, 200000),
                      &f.arena, &f.r);
    CHECK_I64(f.r.status, 422);
    arena_release(&f.arena);
    free(big);
}

static const struct http_route ROUTES[] = {
    {HTTP_POST, "/only/post", echo, NULL}};

static void route(void *arg, struct http_request *req,
                  struct http_response *res)
{
    http_router_serve(arg, NULL, req, res);
}

TEST(loopback, the_router_answers_404_and_405)
{
    struct fixture f;
    const struct http_router *router = NULL;
    struct http_router *arg;

    setup(&f);
    CHECK_RC(http_router_new(ROUTES, 1, &f.arena, &router, NULL), RC_OK);
    memcpy(&arg, &router, sizeof arg);
    http_test_request(route, arg, "POST", "/only/post", NULL, STR("b"),
                      &f.arena, &f.r);
    CHECK_I64(f.r.status, 200);
    http_test_request(route, arg, "GET", "/only/post", NULL, STR(""), &f.arena,
                      &f.r);
    CHECK_I64(f.r.status, 405);
    CHECK_STR(http_test_header(&f.r, "Allow"), "POST");
    http_test_request(route, arg, "GET", "/nothing", NULL, STR(""), &f.arena,
                      &f.r);
    CHECK_I64(f.r.status, 404);
    arena_release(&f.arena);
}

static bool find_file(void *arg, struct str path, struct http_file *out)
{
    (void)arg;
    if (!str_is(path, "/app.js") && !str_is(path, "/app.1a2b.js"))
        return false;
    *out = (struct http_file){.plain = STR("plain text"),
                              .gzip = STR("gz"),
                              .content_type = http_content_type(path),
                              .etag = STR("\"e1\""),
                              .is_hashed = !str_is(path, "/app.js")};
    return true;
}

static void files(void *arg, struct http_request *req,
                  struct http_response *res)
{
    if (!http_static_serve(find_file, arg, req->raw_path, req, res))
        http_error(res, 404, "E_NOT_FOUND", STR("No such file."));
}

static void get(struct fixture *f, const char *target, const char *headers)
{
    http_test_request(files, NULL, "GET", target, headers, STR(""), &f->arena,
                      &f->r);
}

TEST(loopback, files_come_compressed_tagged_and_cached)
{
    struct fixture f;

    setup(&f);
    get(&f, "/app.js", NULL);
    CHECK_I64(f.r.status, 200);
    CHECK_STR(f.r.body, "plain text");
    CHECK_STR(f.r.content_type, "text/javascript; charset=utf-8");
    CHECK_STR(http_test_header(&f.r, "ETag"), "\"e1\"");
    CHECK_STR(http_test_header(&f.r, "Cache-Control"), "no-cache");
    CHECK_STR(http_test_header(&f.r, "Vary"), "Accept-Encoding");
    get(&f, "/app.1a2b.js", "Accept-Encoding: br, GZIP;q=0.9\n");
    CHECK_STR(f.r.body, "gz");
    CHECK_STR(http_test_header(&f.r, "Content-Encoding"), "gzip");
    CHECK_STR(http_test_header(&f.r, "ETag"), "\"e1-gzip\"");
    CHECK_STR(http_test_header(&f.r, "Cache-Control"),
              "public, max-age=31536000, immutable");
    get(&f, "/app.js", "Accept-Encoding: gzip;q=0\n");
    CHECK_STR(f.r.body, "plain text");
    get(&f, "/none.js", NULL);
    CHECK_I64(f.r.status, 404);
    arena_release(&f.arena);
}

TEST(loopback, a_file_that_is_known_is_304)
{
    struct fixture f;

    setup(&f);
    get(&f, "/app.js", "If-None-Match: \"x\", W/\"e1\"\n");
    CHECK_I64(f.r.status, 304);
    CHECK_STR(f.r.body, "");
    CHECK_STR(http_test_header(&f.r, "ETag"), "\"e1\"");
    CHECK(http_test_header(&f.r, "Content-Length").p == NULL);
    get(&f, "/app.js", "If-None-Match: *\n");
    CHECK_I64(f.r.status, 304);
    get(&f, "/app.js", "If-None-Match: \"e2\"\n");
    CHECK_I64(f.r.status, 200);
    /* the gzip form has its own tag */
    get(&f, "/app.js", "If-None-Match: \"e1\"\nAccept-Encoding: gzip\n");
    CHECK_I64(f.r.status, 200);
    arena_release(&f.arena);
}

TEST(loopback, survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct fixture f;

        setup(&f);
        http_test_request(echo, NULL, "POST", "/%41?q=%42", "X: y\n",
                          STR("hello"), &f.arena, &f.r);
        CHECK(f.r.status == 200 || f.r.status == 503 || f.r.status == 0 ||
              f.r.status == 400);
        CHECK(f.r.status != 200 || str_find(f.r.body, STR("hello")) > 0 ||
              f.r.body.p == NULL);
        arena_release(&f.arena);
    }
}
