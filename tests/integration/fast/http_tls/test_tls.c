/* TLS as a client meets it: versions, suites, renegotiation, bytes. */
#include <poll.h>
#include <unistd.h>

#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#include "base/clock.h"
#include "support/runtime/http_raw.h"
#include "support/test.h"

struct client {
    mbedtls_ssl_config conf;
    mbedtls_ssl_context ssl;
    int fd;
};

static int fill_random(void *arg, unsigned char *p, size_t n)
{
    (void)arg;
    random_bytes(p, n);
    return 0;
}

static void client_init(struct client *c, int port)
{
    *c = (struct client){.fd = raw_connect(port)};
    mbedtls_ssl_config_init(&c->conf);
    mbedtls_ssl_init(&c->ssl);
    CHECK(mbedtls_ssl_config_defaults(&c->conf, MBEDTLS_SSL_IS_CLIENT,
                                      MBEDTLS_SSL_TRANSPORT_STREAM,
                                      MBEDTLS_SSL_PRESET_DEFAULT) == 0);
    mbedtls_ssl_conf_authmode(&c->conf, MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_rng(&c->conf, fill_random, NULL);
}

static int client_shake(struct client *c)
{
    CHECK(mbedtls_ssl_setup(&c->ssl, &c->conf) == 0);
    mbedtls_ssl_set_bio(&c->ssl, &c->fd, mbedtls_net_send, mbedtls_net_recv,
                        NULL);
    return mbedtls_ssl_handshake(&c->ssl);
}

static void client_free(struct client *c)
{
    mbedtls_ssl_free(&c->ssl);
    mbedtls_ssl_config_free(&c->conf);
    close(c->fd);
}

static void client_send(struct client *c, const char *text)
{
    CHECK(mbedtls_ssl_write(&c->ssl, (const unsigned char *)text,
                            strlen(text)) == (int)strlen(text));
}

/* Read until `part` has come; the whole so far. */
static const char *client_read(struct client *c, const char *part)
{
    static char text[4 << 20];
    size_t n = 0;

    text[0] = '\0';
    while (!strstr(text, part) && n < sizeof text - 1) {
        int got = mbedtls_ssl_read(&c->ssl, (unsigned char *)text + n,
                                   sizeof text - 1 - n);

        if (got <= 0)
            break;
        n += (size_t)got;
        text[n] = '\0';
    }
    return text;
}

static void answer(void *arg, struct http_request *req,
                   struct http_response *res)
{
    struct str body = STR("");

    (void)arg;
    if (str_is(req->raw_path, "/big")) {
        for (int i = 0; i < 300000; i++)
            buf_adds(&res->body, "0123456789");
        buf_adds(&res->body, "END");
        return;
    }
    if (http_body_read(req, 1 << 20, &body, NULL) == RC_OK)
        buf_addf(&res->body, "tls=%d got %zu.", req->is_tls, body.n);
}

TEST(https, serves_and_keeps_the_connection)
{
    struct raw_server s;
    struct client c;
    const char *text;

    raw_open(&s, 4, true, answer, NULL);
    client_init(&c, s.tls_port);
    CHECK_I64(client_shake(&c), 0);
    client_send(&c,
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
                "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    text = client_read(&c, "got 0.");
    CHECK_HAS(text, "tls=1 got 5.");
    CHECK_HAS(text, "Strict-Transport-Security: max-age=31536000\r\n");
    client_send(&c, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    text = client_read(&c, "END");
    CHECK_HAS(text, "Content-Length: 3000003\r\n");
    CHECK_HAS(text, "789END");
    client_send(&c, "GET /x HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n");
    CHECK_HAS(client_read(&c, "}}"), "HTTP/1.1 400 ");
    client_free(&c);
    raw_close(&s);
}

TEST(tls_min_version, uses_authenticated_encryption_and_forward_secrecy)
{
    struct raw_server s;
    struct client c;
    const char *suite;

    raw_open(&s, 4, true, answer, NULL);
    client_init(&c, s.tls_port);
    CHECK_I64(client_shake(&c), 0);
    suite = mbedtls_ssl_get_ciphersuite(&c.ssl);
    CHECK(strstr(suite, "GCM") || strstr(suite, "POLY1305"));
    CHECK(strstr(suite, "ECDHE") || strstr(suite, "TLS1-3"));
    client_free(&c);
    raw_close(&s);
}

TEST(tls_min_version, refuses_old_suites)
{
    static const int cbc[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
                              MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, 0};
    struct raw_server s;
    struct client c;

    raw_open(&s, 4, true, answer, NULL);
    client_init(&c, s.tls_port);
    mbedtls_ssl_conf_ciphersuites(&c.conf, cbc);
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
    mbedtls_ssl_conf_max_tls_version(&c.conf, MBEDTLS_SSL_VERSION_TLS1_2);
#endif
    CHECK(client_shake(&c) != 0);
    client_free(&c);
    raw_close(&s);
}

#if MBEDTLS_VERSION_NUMBER < 0x03000000
TEST(tls_min_version, refuses_tls_1_1)
{
    struct raw_server s;
    struct client c;

    raw_open(&s, 4, true, answer, NULL);
    client_init(&c, s.tls_port);
    mbedtls_ssl_conf_min_version(&c.conf, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_1);
    mbedtls_ssl_conf_max_version(&c.conf, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_2);
    CHECK(client_shake(&c) != 0);
    client_free(&c);
    raw_close(&s);
}
#endif

TEST(dos_tls_silent, a_handshake_that_stops_is_over_at_its_deadline)
{
    struct raw_server s;
    bool closed;
    int fd;

    raw_open_at(&s, 4, true, &raw_fast_clock, answer, NULL);
    fd = raw_connect(s.tls_port);
    RAW_SEND(fd, "\x16\x03\x01\x00\xff"); /* a record's head, no record */
    raw_read(fd, 2000, &closed);
    CHECK(closed);
    CHECK(raw_is_quiet(&s, 1000));
    close(fd);
    fd = raw_connect(s.tls_port);
    RAW_SEND(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); /* plain on TLS */
    CHECK(strstr(raw_read(fd, 2000, &closed), "HTTP/1.1") == NULL);
    CHECK(closed);
    close(fd);
    raw_close(&s);
}

#if defined(MBEDTLS_SSL_RENEGOTIATION) && MBEDTLS_VERSION_NUMBER < 0x03000000
TEST(dos_tls_renegotiate, is_refused)
{
    struct raw_server s;
    struct client c;

    raw_open_at(&s, 4, true, &raw_fast_clock, answer, NULL);
    client_init(&c, s.tls_port);
    mbedtls_ssl_conf_renegotiation(&c.conf, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
    CHECK_I64(client_shake(&c), 0);
    CHECK(mbedtls_ssl_renegotiate(&c.ssl) != 0);
    client_free(&c);
    raw_close(&s);
}
#endif

TEST(https, a_certificate_and_a_key_that_differ_are_told)
{
    struct raw_server one, two;
    struct str at = STR("https://127.0.0.1:0");
    struct http_config config = {
        .listen = &at, .n_listen = 1, .threads = 1, .handle = answer};
    struct http_server *s = NULL;
    struct err err = ERR_INIT;

    raw_open(&one, 1, true, answer, NULL);
    raw_open(&two, 1, true, answer, NULL);
    config.cert_file = one.cert;
    config.key_file = two.key;
    CHECK_RC(http_server_open(&config, &s, &err), RC_IO);
    CHECK_HAS(err.text, "does not belong");
    config.key_file = one.cert;
    CHECK_RC(http_server_open(&config, &s, &err), RC_IO);
    CHECK_HAS(err.text, "holds no PEM key");
    config.cert_file = "/nowhere/cert.pem";
    CHECK_RC(http_server_open(&config, &s, &err), RC_IO);
    CHECK_HAS(err.text, "/nowhere/cert.pem");
    CHECK(s == NULL);
    raw_close(&one);
    raw_close(&two);
}
