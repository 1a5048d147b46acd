#include "http/listen.h"

#include <arpa/inet.h>

#include "http/http.h"
#include "http/share.h"
#include "support/test.h"

TEST(listen, reads_the_forms)
{
    struct http_listen l;

    CHECK_RC(http_listen_parse(STR("127.0.0.1:8080"), false, &l, NULL), RC_OK);
    CHECK_CSTR(l.spec, "127.0.0.1:8080");
    CHECK(l.is_loopback && !l.is_tls);
    CHECK_RC(http_listen_parse(STR("127.0.0.1:8443"), true, &l, NULL), RC_OK);
    CHECK_CSTR(l.spec, "127.0.0.1:8443s");
    CHECK_RC(http_listen_parse(STR("http://10.0.0.1:80/"), true, &l, NULL),
             RC_OK);
    CHECK(!l.is_loopback && !l.is_tls);
    CHECK_RC(http_listen_parse(STR("https://[::1]:443"), true, &l, NULL),
             RC_OK);
    CHECK_CSTR(l.spec, "[::1]:443s");
    CHECK(l.is_loopback && l.is_tls);
    CHECK_RC(http_listen_parse(STR("8080"), false, &l, NULL), RC_OK);
    CHECK_CSTR(l.spec, "127.0.0.1:8080");
    CHECK_RC(http_listen_parse(STR("*:8080"), false, &l, NULL), RC_OK);
    CHECK(!l.is_loopback);
    CHECK_RC(http_listen_parse(STR("localhost:0"), false, &l, NULL), RC_OK);
    CHECK_I64(l.n_sockets, 1);
    CHECK_RC(http_listen_parse(STR("unix:/tmp/x.sock"), false, &l, NULL),
             RC_OK);
    CHECK(l.is_unix_socket && l.is_loopback);
    CHECK_CSTR(l.path, "/tmp/x.sock");
}

TEST(listen, refuses_the_rest_with_a_remedy)
{
    static const char *const bad[] = {"",
                                      ":80",
                                      "1.2.3:80",
                                      "1.2.3.4:",
                                      "1.2.3.4:99999",
                                      "[::1]",
                                      "::1:80",
                                      "[::g]:80",
                                      "crm.example:80",
                                      "unix:",
                                      "http://",
                                      "*:-1",
                                      "1.2.3.4:8s",
                                      "localhost,127.0.0.1:80"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct http_listen l = {.n_sockets = 7};
        struct err err = ERR_INIT;

        CHECK_RC(http_listen_parse(str_c(bad[i]), true, &l, &err), RC_INVALID);
        CHECK_I64(l.n_sockets, 7);
        CHECK_HAS(err.text, "127.0.0.1:8080");
    }
}

TEST(listen, https_needs_a_certificate)
{
    struct http_listen l;
    struct err err = ERR_INIT;

    CHECK_RC(http_listen_parse(STR("https://127.0.0.1:1"), false, &l, &err),
             RC_INVALID);
    CHECK_HAS(err.text, "certificate");
}

static void nothing(void *arg, struct http_request *req,
                    struct http_response *res)
{
    (void)arg;
    (void)req;
    (void)res;
}

TEST(listen, plain_http_beyond_loopback_is_refused)
{
    struct str at = STR("0.0.0.0:0");
    struct http_config config = {
        .listen = &at, .n_listen = 1, .handle = nothing, .threads = 1};
    struct http_server *s = NULL;
    struct err err = ERR_INIT;

    CHECK_RC(http_server_open(&config, &s, &err), RC_INVALID);
    CHECK(s == NULL);
    CHECK_HAS(err.text, "proxy");
    config.n_listen = 0;
    CHECK_RC(http_server_open(&config, &s, &err), RC_INVALID);
}

TEST(listen, an_open_server_survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct str at = STR("127.0.0.1:0"), host = STR("localhost");
        struct http_config config = {.listen = &at,
                                     .n_listen = 1,
                                     .hosts = &host,
                                     .n_hosts = 1,
                                     .proxies = &host,
                                     .n_proxies = 1,
                                     .handle = nothing,
                                     .threads = 1};
        struct http_server *s = NULL;
        enum rc rc = http_server_open(&config, &s, NULL);

        CHECK(rc == RC_OK || (rc == RC_NOMEM && s == NULL));
        http_server_close(s);
    }
}

static void key_of(const char *text, uint8_t key[16])
{
    struct sockaddr_storage at = {0};
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        memcpy(&at, &in, sizeof in);
    else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
        memcpy(&at, &in6, sizeof in6);
    http_share_key(&at, key);
}

TEST(share, counts_by_address_and_by_net)
{
    struct http_share s;
    uint8_t a[16], b[16], c[16], mapped[16];

    key_of("192.0.2.1", a);
    key_of("::ffff:192.0.2.1", mapped);
    key_of("2001:db8::1", b);
    key_of("2001:db8::ffff:1", c);
    CHECK(memcmp(a, mapped, 16) == 0);
    CHECK(memcmp(b, c, 16) == 0);
    CHECK_RC(http_share_init(&s, 8, 2, NULL), RC_OK);
    CHECK(http_share_take(&s, a));
    CHECK(http_share_take(&s, mapped));
    CHECK(!http_share_take(&s, a));
    CHECK(http_share_take(&s, b));
    http_share_give(&s, a);
    CHECK(http_share_take(&s, a));
    http_share_give(&s, c);
    http_share_give(&s, c); /* once too often changes nothing */
    CHECK(http_share_take(&s, b));
    http_share_release(&s);
    http_share_release(&s);
}
