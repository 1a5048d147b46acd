#include "http/router.h"

#include "support/test.h"

static const struct http_route ROUTES[] = {
    {HTTP_GET, "/", NULL, "home"},
    {HTTP_GET, "/api/v1/{package}/{entity}", NULL, "list"},
    {HTTP_POST, "/api/v1/{package}/{entity}", NULL, "create"},
    {HTTP_GET, "/api/v1/{package}/{entity}/{id}", NULL, "get"},
    {HTTP_DELETE, "/api/v1/{package}/{entity}/{id}", NULL, "delete"},
    {HTTP_GET, "/api/v1/{package}/{entity}/aggregate", NULL, "aggregate"},
    {HTTP_GET, "/api/v1/{package}/{entity}/{id}/history", NULL, "history"},
    {HTTP_GET, "/api/v1/jobs/{id}", NULL, "job"},
    {HTTP_GET, "/api/v1/model", NULL, "model"},
    {HTTP_GET, "/app/{rest...}", NULL, "app"},
    {HTTP_GET, "/app/special", NULL, "special"}};

struct fixture {
    struct arena arena;
    const struct http_router *router;
    struct http_request req;
    struct str piece[HTTP_MAX_SEGMENTS];
    const struct http_route *route;
    struct str allow;
};

static void setup(struct fixture *f)
{
    *f = (struct fixture){.router = NULL};
    arena_init(&f->arena, 1 << 20);
    CHECK_RC(http_router_new(ROUTES, sizeof ROUTES / sizeof *ROUTES, &f->arena,
                             &f->router, NULL),
             RC_OK);
}

static enum http_routed ask(struct fixture *f, enum http_method m,
                            const char *path)
{
    struct str rest = str_c(path + 1), piece;

    f->req = (struct http_request){
        .method = m, .arena = &f->arena, .segments = f->piece};
    while (str_split(&rest, '/', &piece))
        f->piece[f->req.n_segments++] = piece;
    f->route = NULL;
    return http_router_find(f->router, &f->req, &f->route, &f->allow);
}

static const char *found(struct fixture *f, enum http_method m,
                         const char *path)
{
    return ask(f, m, path) == HTTP_ROUTED ? f->route->what : "none";
}

TEST(router, finds_rows_and_captures)
{
    struct fixture f;

    setup(&f);
    CHECK_CSTR(found(&f, HTTP_GET, "/"), "home");
    CHECK_CSTR(found(&f, HTTP_GET, "/api/v1/crm/deal"), "list");
    CHECK_STR(http_capture(&f.req, 0), "crm");
    CHECK_STR(http_capture(&f.req, 1), "deal");
    CHECK(http_capture(&f.req, 2).p == NULL);
    CHECK_CSTR(found(&f, HTTP_POST, "/api/v1/crm/deal"), "create");
    CHECK_CSTR(found(&f, HTTP_GET, "/api/v1/crm/deal/0/history"), "history");
    CHECK_STR(http_capture(&f.req, 2), "0");
    arena_release(&f.arena);
}

TEST(router, a_fixed_word_wins_whatever_the_order)
{
    struct fixture f;

    setup(&f);
    CHECK_CSTR(found(&f, HTTP_GET, "/api/v1/crm/deal/aggregate"), "aggregate");
    CHECK_CSTR(found(&f, HTTP_GET, "/api/v1/crm/deal/x"), "get");
    CHECK_CSTR(found(&f, HTTP_GET, "/api/v1/jobs/7"), "job");
    CHECK_I64(f.req.n_captures, 1);
    CHECK_CSTR(found(&f, HTTP_GET, "/app/special"), "special");
    arena_release(&f.arena);
}

TEST(router, tries_the_capture_when_the_word_leads_nowhere)
{
    struct fixture f;

    setup(&f);
    /* "jobs" begins a fixed branch that has no third piece. */
    CHECK_CSTR(found(&f, HTTP_GET, "/api/v1/jobs/deal/x"), "get");
    CHECK_I64(f.req.n_captures, 3);
    CHECK_STR(http_capture(&f.req, 0), "jobs");
    CHECK_CSTR(found(&f, HTTP_GET, "/app/special/more"), "app");
    arena_release(&f.arena);
}

TEST(router, the_rest_takes_everything_also_nothing)
{
    struct fixture f;

    setup(&f);
    CHECK_CSTR(found(&f, HTTP_GET, "/app/crm/deal/1"), "app");
    CHECK_I64(f.req.n_captures, 3);
    CHECK_CSTR(found(&f, HTTP_GET, "/app"), "app");
    CHECK_I64(f.req.n_captures, 0);
    arena_release(&f.arena);
}

TEST(router, tells_no_path_from_no_method)
{
    struct fixture f;

    setup(&f);
    CHECK_I64(ask(&f, HTTP_GET, "/nowhere"), HTTP_NO_PATH);
    CHECK_I64(ask(&f, HTTP_GET, "/api/v1"), HTTP_NO_PATH);
    CHECK_I64(ask(&f, HTTP_PUT, "/api/v1/crm/deal"), HTTP_NO_METHOD);
    CHECK_STR(f.allow, "GET, HEAD, POST");
    CHECK_I64(ask(&f, HTTP_PATCH, "/api/v1/crm/deal/1"), HTTP_NO_METHOD);
    CHECK_STR(f.allow, "GET, HEAD, DELETE");
    arena_release(&f.arena);
}

TEST(router, head_finds_the_row_of_get)
{
    struct fixture f;

    setup(&f);
    CHECK_CSTR(found(&f, HTTP_HEAD, "/api/v1/model"), "model");
    arena_release(&f.arena);
}

TEST(router, refuses_a_bad_table)
{
    static const char *const bad[] = {"api",   "/a//b",     "/{",  "/{}",
                                      "/a{b}", "/{a...}/b", "/a}", ""};
    static const struct http_route twice[] = {{HTTP_GET, "/a/{x}", NULL, "1"},
                                              {HTTP_GET, "/a/{y}", NULL, "2"}};
    struct arena a;
    const struct http_router *r = NULL;

    arena_init(&a, 1 << 20);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct http_route one = {HTTP_GET, bad[i], NULL, "x"};

        CHECK_RC(http_router_new(&one, 1, &a, &r, NULL), RC_BUG);
    }
    CHECK_RC(http_router_new(twice, 2, &a, &r, NULL), RC_BUG);
    CHECK(r == NULL);
    arena_release(&a);
}

TEST(router, survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct arena a;
        const struct http_router *r = NULL;
        enum rc rc;

        arena_init(&a, 1 << 20);
        rc = http_router_new(ROUTES, sizeof ROUTES / sizeof *ROUTES, &a, &r,
                             NULL);
        CHECK(rc == RC_OK || (rc == RC_NOMEM && r == NULL));
        arena_release(&a);
    }
}
