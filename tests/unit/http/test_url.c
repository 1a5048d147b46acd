#include "http/url.h"

#include "support/test.h"

struct fixture {
    struct arena arena;
    struct str piece[HTTP_MAX_SEGMENTS];
    struct http_pair pair[HTTP_MAX_QUERY];
    size_t n;
    const char *why;
};

static int path(struct fixture *f, struct str raw)
{
    arena_init(&f->arena, 1 << 20);
    f->n = 99;
    f->why = NULL;
    return http_path_decode(raw, &f->arena, f->piece, HTTP_MAX_SEGMENTS, &f->n,
                            &f->why);
}

static int query(struct fixture *f, struct str raw)
{
    arena_init(&f->arena, 1 << 20);
    f->n = 99;
    f->why = NULL;
    return http_query_decode(raw, &f->arena, f->pair, HTTP_MAX_QUERY, &f->n,
                             &f->why);
}

TEST(url, splits_a_path_into_pieces)
{
    struct fixture f;

    CHECK_I64(path(&f, STR("/api/v1/acme.rental/rental")), 0);
    CHECK_I64(f.n, 4);
    CHECK_STR(f.piece[2], "acme.rental");
    arena_release(&f.arena);
}

TEST(url, a_slash_at_the_end_is_no_piece)
{
    struct fixture f;

    CHECK_I64(path(&f, STR("/")), 0);
    CHECK_I64(f.n, 0);
    arena_release(&f.arena);
    CHECK_I64(path(&f, STR("/app/")), 0);
    CHECK_I64(f.n, 1);
    arena_release(&f.arena);
}

TEST(url, decodes_escapes_once)
{
    struct fixture f;

    CHECK_I64(path(&f, STR("/a%20b/%C3%BC/%2541/+")), 0);
    CHECK_STR(f.piece[0], "a b");
    CHECK_STR(f.piece[1], "ü");
    CHECK_STR(f.piece[2], "%41");
    CHECK_STR(f.piece[3], "+");
    arena_release(&f.arena);
}

TEST(url, refuses_what_two_readers_could_read_differently)
{
    static const char *const bad[] = {
        "",        "a",          "//",     "/a//b",    "//a",     "/.",
        "/..",     "/a/../b",    "/a/./b", "/%2e",     "/%2E%2e", "/a/.%2e",
        "/a%00b",  "/a%2fb",     "/a%2Fb", "/a%5cb",   "/a\\b",   "/%",
        "/%4",     "/%zz",       "/%0a",   "/%7f",     "/%ff",    "/%c3",
        "/%c0%af", "/%ed%a0%80", "/\xff",  "/a/%c3/b", "/%e2%82"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fixture f;

        CHECK_I64(path(&f, str_c(bad[i])), 400);
        CHECK(f.why != NULL);
        CHECK_I64(f.n, 99); /* untouched */
        arena_release(&f.arena);
    }
}

TEST(url, takes_utf8_that_was_sent_as_it_is)
{
    struct fixture f;

    CHECK_I64(path(&f, STR("/ü")), 0);
    CHECK_STR(f.piece[0], "ü");
    arena_release(&f.arena);
}

TEST(url, bounds_the_pieces)
{
    struct fixture f;

    CHECK_I64(path(&f, STR("/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g")), 0);
    CHECK_I64(f.n, HTTP_MAX_SEGMENTS);
    arena_release(&f.arena);
    CHECK_I64(path(&f, STR("/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/h")), 400);
    arena_release(&f.arena);
}

TEST(url, a_path_without_memory_is_503)
{
    struct fixture f;

    arena_init(&f.arena, 0);
    CHECK_I64(http_path_decode(STR("/%41"), &f.arena, f.piece,
                               HTTP_MAX_SEGMENTS, &f.n, &f.why),
              503);
    arena_release(&f.arena);
}

TEST(url, decodes_parameters)
{
    struct fixture f;

    CHECK_I64(query(&f, STR("filter=a+eq+%27b%26c%27&x&y=&&z=1=2")), 0);
    CHECK_I64(f.n, 4);
    CHECK_STR(f.pair[0].name, "filter");
    CHECK_STR(f.pair[0].value, "a eq 'b&c'");
    CHECK_STR(f.pair[1].name, "x");
    CHECK_STR(f.pair[1].value, "");
    CHECK_STR(f.pair[3].value, "1=2");
    arena_release(&f.arena);
}

TEST(url, an_empty_query_has_no_parameters)
{
    struct fixture f;

    CHECK_I64(query(&f, STR("")), 0);
    CHECK_I64(f.n, 0);
    arena_release(&f.arena);
}

TEST(url, refuses_parameters_that_are_twice_nameless_or_broken)
{
    static const char *const bad[] = {"a=1&a=2", "a&b&%61", "=1",   "a=%",
                                      "a=%00",   "a=%ff",   "%ff=1"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fixture f;

        CHECK_I64(query(&f, str_c(bad[i])), 400);
        CHECK(f.why != NULL);
        arena_release(&f.arena);
    }
}

TEST(url, bounds_the_parameters)
{
    struct fixture f;
    struct buf b;

    buf_init(&b, 4096);
    for (int i = 0; i < HTTP_MAX_QUERY; i++)
        buf_addf(&b, "p%d=1&", i);
    CHECK_I64(query(&f, buf_view(&b)), 0);
    CHECK_I64(f.n, HTTP_MAX_QUERY);
    arena_release(&f.arena);
    buf_adds(&b, "more");
    CHECK_I64(query(&f, buf_view(&b)), 400);
    arena_release(&f.arena);
    buf_release(&b);
}

TEST(url, encodes_what_it_decodes)
{
    struct fixture f;
    struct buf b;

    buf_init(&b, 4096);
    buf_addc(&b, '/');
    http_url_encode(&b, STR("a b+c%d?e&f=ü~"));
    CHECK_I64(path(&f, buf_view(&b)), 0);
    CHECK_STR(f.piece[0], "a b+c%d?e&f=ü~");
    arena_release(&f.arena);
    buf_release(&b);
}

TEST(url, finds_a_cookie_by_its_whole_name)
{
    struct str header = STR("a=1; __Host-s=tok=en ;b=2; as=3; c");

    CHECK_STR(http_cookie_find(header, STR("__Host-s")), "tok=en");
    CHECK_STR(http_cookie_find(header, STR("a")), "1");
    CHECK_STR(http_cookie_find(header, STR("b")), "2");
    CHECK(http_cookie_find(header, STR("s")).p == NULL);
    CHECK(http_cookie_find(header, STR("c")).p == NULL);
    CHECK(http_cookie_find(STR(""), STR("a")).p == NULL);
}

TEST(url, a_cookie_sent_twice_is_none)
{
    CHECK(http_cookie_find(STR("s=1; s=2"), STR("s")).p == NULL);
    CHECK(http_cookie_find(STR("s=1; s=1"), STR("s")).p == NULL);
}
