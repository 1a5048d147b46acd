#include "http/head.h"

#include "support/test.h"

struct fixture {
    struct arena arena;
    struct http_frame frame;
    const char *why;
};

static int parse(struct fixture *f, struct str head)
{
    arena_init(&f->arena, 1 << 20);
    return http_head_parse(head, &f->arena, &f->frame, &f->why);
}

TEST(head, reads_a_request)
{
    struct fixture f;
    const struct http_request *req = &f.frame.req;

    CHECK_I64(parse(&f, STR("PATCH /api/v1/crm/deal/x?a=1&b=2 HTTP/1.1\r\n"
                            "Host: CRM.example:8080\r\n"
                            "Content-Type: Application/JSON; charset=utf-8\r\n"
                            "content-length:  12 \r\n"
                            "Cookie: s=1\r\n\r\n")),
              0);
    CHECK_I64(req->method, HTTP_PATCH);
    CHECK_STR(req->raw_path, "/api/v1/crm/deal/x");
    CHECK_STR(req->raw_query, "a=1&b=2");
    CHECK_I64(req->n_segments, 5);
    CHECK_I64(req->n_query, 2);
    CHECK_STR(req->host, "crm.example:8080");
    CHECK_STR(req->content_type, "application/json");
    CHECK_I64(req->content_length, 12);
    CHECK_STR(http_header_get(req, "COOKIE"), "s=1");
    CHECK(http_header_get(req, "Cook").p == NULL);
    CHECK(f.frame.keep_alive);
    arena_release(&f.arena);
}

struct refusal {
    int status;
    const char *head;
};

static const struct refusal REFUSED[] = {
    /* framing */
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
          "1\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {411, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {411, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"},
    {411, "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
          "identity\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: "
          "2\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\ncontent-LENGTH: "
          "1\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3 3\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n"},
    {400,
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1234567890123\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n"},
    /* header lines */
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\n\tX: 1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\n: nameless\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX[]: 1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\x01"
          "b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: \x0b"
          "a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nAuthorization: "
          "y\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nOrigin: \xff\r\n\r\n"},
    /* host */
    {400, "GET / HTTP/1.1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"},
    {400, "GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n"},
    {400, "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET http://a/ HTTP/1.0\r\n\r\n"},
    /* request line */
    {400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
    {400, "GET / \r\nHost: a\r\n\r\n"},
    {400, "GET /\r\nHost: a\r\n\r\n"},
    {400, "GET\r\n\r\n"},
    {400, "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1\x01\r\nHost: a\r\n\r\n"},
    {400, "GET / http/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
    {505, "PRI * HTTP/2.0\r\n\r\n"},
    {505, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
    {505, "GET / HTTP/0.9\r\nHost: a\r\n\r\n"},
    {405, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {405, "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET http://a?x=1 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET https:// HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET  HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /%fg HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /?%g0 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {501, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {501, "get / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {417, "POST / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n"},
    /* address */
    {400, "GET /%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET //a HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /?a=1&a=2 HTTP/1.1\r\nHost: a\r\n\r\n"}};

TEST(head, refuses_what_could_be_read_in_two_ways)
{
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        struct fixture f;
        int status = parse(&f, str_c(REFUSED[i].head));

        if (status != REFUSED[i].status)
            test_fail(__FILE__, __LINE__, "%d, not %d, for\n%s", status,
                      REFUSED[i].status, REFUSED[i].head);
        CHECK(f.why != NULL && f.why[0] != '\0');
        arena_release(&f.arena);
    }
}

TEST(head, refuses_a_nul_anywhere)
{
    struct fixture f;

    CHECK_I64(parse(&f, STR("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n")), 400);
    arena_release(&f.arena);
    CHECK_I64(parse(&f, STR("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n")),
              400);
    arena_release(&f.arena);
}

TEST(head, takes_the_absolute_form_of_its_own_host)
{
    struct fixture f;

    CHECK_I64(
        parse(&f, STR("GET HTTP://Crm/x?y=1 HTTP/1.1\r\nHost: crm\r\n\r\n")),
        0);
    CHECK_STR(f.frame.req.raw_path, "/x");
    CHECK_STR(f.frame.req.raw_query, "y=1");
    arena_release(&f.arena);
}

TEST(head, takes_what_is_odd_but_clear)
{
    struct fixture f;
    const struct http_request *req = &f.frame.req;

    CHECK_I64(parse(&f, STR("OPTIONS https://[::1]:8/%C3%bc?a=+%2B HTTP/1.1\r\n"
                            "HOST:\t[::1]:8 \t\r\n"
                            "X-Empty:\r\n"
                            "Content-Type: ;charset=utf-8\r\n"
                            "Connection: upgrade\r\n\r\n")),
              0);
    CHECK_STR(req->host, "[::1]:8");
    CHECK_STR(req->segments[0], "ü");
    CHECK_STR(req->query[0].value, " +");
    CHECK_STR(req->content_type, "");
    CHECK_STR(http_header_get(req, "x-empty"), "");
    CHECK(f.frame.keep_alive && http_method_is_safe(req->method));
    arena_release(&f.arena);
    CHECK_I64(parse(&f, STR("DELETE / HTTP/1.1\r\nHost: a\r\n"
                            "Content-Type:\r\n\r\n")),
              0);
    CHECK_STR(req->content_type, "");
    CHECK(!http_method_is_safe(req->method));
    CHECK_CSTR(http_method_name(req->method), "DELETE");
    arena_release(&f.arena);
}

TEST(head, bounds_the_host)
{
    struct fixture f;
    struct buf b;

    buf_init(&b, 4096);
    buf_addf(&b, "GET / HTTP/1.1\r\nHost: %0261d\r\n\r\n", 0);
    CHECK_I64(parse(&f, buf_view(&b)), 400);
    arena_release(&f.arena);
    buf_release(&b);
}

TEST(head, drops_a_value_that_is_not_utf8)
{
    struct fixture f;

    CHECK_I64(
        parse(&f, STR("GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: \xff\r\n\r\n")),
        0);
    CHECK(http_header_get(&f.frame.req, "user-agent").p == NULL);
    arena_release(&f.arena);
}

TEST(head, knows_when_the_connection_may_stay)
{
    static const struct {
        bool stays;
        const char *head;
    } cases[] = {
        {true, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {false, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"},
        {false, "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n"},
        {false, "GET / HTTP/1.0\r\n\r\n"},
        {true, "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture f;

        CHECK_I64(parse(&f, str_c(cases[i].head)), 0);
        CHECK(f.frame.keep_alive == cases[i].stays);
        arena_release(&f.arena);
    }
}

TEST(head, bounds_the_headers_and_the_address)
{
    struct fixture f;
    struct buf b;

    buf_init(&b, 1 << 16);
    buf_adds(&b, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < HTTP_MAX_HEADERS; i++)
        buf_addf(&b, "x%d: y\r\n", i);
    buf_adds(&b, "\r\n");
    CHECK_I64(parse(&f, buf_view(&b)), 431);
    arena_release(&f.arena);
    buf_reset(&b);
    buf_adds(&b, "GET /");
    for (int i = 0; i < LIMIT_URL_BYTES; i++)
        buf_addc(&b, 'a');
    buf_adds(&b, " HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_I64(parse(&f, buf_view(&b)), 414);
    arena_release(&f.arena);
    buf_release(&b);
}

TEST(head, survives_any_memory)
{
    struct str head = STR("GET /%41?b=%42 HTTP/1.1\r\nHost: A\r\n"
                          "Content-Type: text/PLAIN\r\n\r\n");

    for (size_t room = 0; room < 64; room++) {
        struct fixture f;
        int status;

        arena_init(&f.arena, room);
        status = http_head_parse(head, &f.arena, &f.frame, &f.why);
        CHECK(status == 0 || status == 503);
        arena_release(&f.arena);
    }
}

TEST(head, finds_its_end_however_it_arrives)
{
    struct str whole = STR("GET / HTTP/1.1\r\nHost: a\r\n\r\nrest");
    size_t end = 0;

    for (size_t step = 1; step <= whole.n; step++) {
        size_t scanned = 0, line = 0;
        enum http_head_found found = HTTP_HEAD_MORE;

        for (size_t n = step; found == HTTP_HEAD_MORE; n += step)
            found = http_head_end(str_sub(whole, 0, n), &scanned, &line, &end);
        CHECK_I64(found, HTTP_HEAD_WHOLE);
        CHECK_I64(end, whole.n - 4);
    }
}

TEST(head, sees_a_bare_line_feed)
{
    static const char *const bad[] = {"GET / HTTP/1.1\nHost: a\r\n\r\n",
                                      "GET / HTTP/1.1\r\nHost: a\n\n", "\n"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t scanned = 0, line = 0, end = 0;

        CHECK_I64(http_head_end(str_c(bad[i]), &scanned, &line, &end),
                  HTTP_HEAD_BARE_LF);
    }
}
