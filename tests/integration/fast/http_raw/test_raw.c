/*
 * What a real server answers to real bytes: framing, refusals, connections.
 * The slow cases (deadlines) are in tests/integration/http_slow.
 */
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "support/runtime/http_raw.h"
#include "support/test.h"

static atomic_int handled; /* requests that reached the handler */

static void echo(void *arg, struct http_request *req, struct http_response *res)
{
    struct str body = STR("");
    struct err err = ERR_INIT;

    (void)arg;
    handled++;
    if (str_is(req->raw_path, "/unread")) {
        buf_adds(&res->body, "unread");
        return;
    }
    if (http_body_read(req, 100000, &body, &err) != RC_OK) {
        http_error(res, strcmp(err.code, "E_TIMEOUT") == 0 ? 408 : 413,
                   err.code, str_c(err.text));
        return;
    }
    buf_addf(&res->body, "[%.*s:%.*s]", STR_ARG(req->raw_path), STR_ARG(body));
}

static struct raw_server server;

static int start(void)
{
    if (!server.server)
        raw_open(&server, 8, false, echo, NULL);
    handled = 0;
    return server.port;
}

__attribute__((destructor)) static void stop(void)
{
    raw_close(&server);
}

struct raw_case {
    int status;
    const char *bytes;
};

static const struct raw_case REFUSED[] = {
    {400,
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: "
     "chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"},
    {411, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
          "chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : "
          "chunked\r\nContent-Length: 44\r\n\r\nGET /smuggled "
          "HTTP/1.1\r\nHost: a\r\n\r\n"},
    {411,
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"},
    {411, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
          "chunked\r\n\r\nffffffffffffffffff\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: "
          "44\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc"},
    {400, "GET / HTTP/1.1\nHost: a\n\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
    {400, "GET http://evil/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /%2e%2e/etc HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "\x16\x03\x01\x02\x01 not a request \r\n\r\n"},
    {405, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {501, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {417, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nContent-Length: "
          "1\r\n\r\nx"}};

TEST(http_raw_refusals, answers_once_closes_and_never_asks_the_handler)
{
    int port = start();

    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        const struct raw_case *c = &REFUSED[i];
        int fd = raw_connect(port);
        bool closed;
        const char *answer;

        raw_send(fd, c->bytes, strlen(c->bytes));
        answer = raw_read(fd, 3000, &closed);
        if (strtol(answer + 9, NULL, 10) != c->status || !closed ||
            strstr(answer + 9, "HTTP/1.1 ") != NULL)
            test_fail(__FILE__, __LINE__, "for %s\nnot %d but %s (closed %d)",
                      c->bytes, c->status, answer, closed);
        CHECK_HAS(answer, "Connection: close\r\n");
        close(fd);
    }
    CHECK_I64(handled, 0);
}

TEST(http_raw_refusals, long_heads)
{
    int port = start();
    struct buf b;

    buf_init(&b, 1 << 20);
    buf_adds(&b, "GET /");
    for (int i = 0; i < 20000; i++)
        buf_addc(&b, 'a');
    CHECK_I64(raw_status(port, b.p, b.n), 414);
    buf_reset(&b);
    buf_adds(&b, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 20; i++)
        buf_addf(&b, "X%d: %0900d\r\n", i, i);
    CHECK_I64(raw_status(port, b.p, b.n), 431);
    buf_reset(&b);
    buf_adds(&b, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 100; i++)
        buf_addf(&b, "X%d: y\r\n", i);
    buf_adds(&b, "\r\n");
    CHECK_I64(raw_status(port, b.p, b.n), 431);
    buf_release(&b);
    CHECK_I64(handled, 0);
}

TEST(http_raw, keeps_the_connection_and_the_order_of_a_pipeline)
{
    int fd = raw_connect(start());

    RAW_SEND(fd, "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"
                 "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ntwo"
                 "GET /3 HTTP/1.1\r\nHost: a\r\n\r\nGET /4 HT");
    CHECK_HAS(raw_response(fd, 2000), "[/1:one]");
    CHECK_HAS(raw_response(fd, 2000), "[/2:two]");
    CHECK_HAS(raw_response(fd, 2000), "[/3:]");
    RAW_SEND(fd, "TP/1.1\r\nHost: a\r\n\r\n");
    CHECK_HAS(raw_response(fd, 2000), "[/4:]");
    RAW_SEND(fd, "\r\nGET /5 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK_HAS(raw_read(fd, 2000, NULL), "[/5:]");
    CHECK_I64(handled, 5);
    close(fd);
}

TEST(http_raw, reads_a_body_that_comes_in_pieces)
{
    int fd = raw_connect(start());

    RAW_SEND(fd, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nab");
    usleep(20000);
    RAW_SEND(fd, "cd");
    usleep(20000);
    RAW_SEND(fd, "ef");
    CHECK_HAS(raw_response(fd, 2000), "[/x:abcdef]");
    close(fd);
}

TEST(http_raw, skips_a_short_body_that_nobody_read)
{
    int fd = raw_connect(start());

    RAW_SEND(fd,
             "POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n"
             "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
             "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_HAS(raw_response(fd, 2000), "unread");
    CHECK_HAS(raw_response(fd, 2000), "[/next:]");
    CHECK_I64(handled, 2);
    close(fd);
}

TEST(http_raw, closes_after_a_long_body_that_nobody_read)
{
    int fd = raw_connect(start());
    bool closed;

    RAW_SEND(fd, "POST /unread HTTP/1.1\r\nHost: a\r\n"
                 "Content-Length: 999999\r\n\r\n");
    CHECK_HAS(raw_read(fd, 3000, &closed), "Connection: close");
    CHECK(closed);
    close(fd);
}

TEST(http_raw, a_large_body_gets_its_413_although_it_is_still_coming)
{
    int fd = raw_connect(start());
    static char big[200000];

    RAW_SEND(fd,
             "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
    raw_send(fd, big, sizeof big);
    CHECK_HAS(raw_read(fd, 3000, NULL), "HTTP/1.1 413 ");
    close(fd);
}

TEST(http_raw, asks_for_the_body_when_the_client_waits_for_that)
{
    int fd = raw_connect(start());
    const char *answer;

    RAW_SEND(fd, "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                 "Content-Length: 2\r\n\r\n");
    answer = raw_response(fd, 2000);
    CHECK_HAS(answer, "HTTP/1.1 100 Continue\r\n\r\n");
    RAW_SEND(fd, "ok");
    CHECK_HAS(raw_response(fd, 2000), "[/x:ok]");
    /* refused before the body is asked for */
    RAW_SEND(fd, "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                 "Content-Length: 999999\r\n\r\n");
    answer = raw_read(fd, 2000, NULL);
    CHECK_HAS(answer, "HTTP/1.1 413 ");
    CHECK(strstr(answer, "100 Continue") == NULL);
    close(fd);
}

TEST(http_raw, speaks_http_1_0)
{
    int fd = raw_connect(start());
    bool closed;

    RAW_SEND(fd, "GET /old HTTP/1.0\r\n\r\n");
    CHECK_HAS(raw_read(fd, 2000, &closed), "[/old:]");
    CHECK(closed);
    close(fd);
    fd = raw_connect(server.port);
    RAW_SEND(fd, "GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK_HAS(raw_response(fd, 2000), "Connection: keep-alive\r\n");
    RAW_SEND(fd, "GET /again HTTP/1.0\r\n\r\n");
    CHECK_HAS(raw_response(fd, 2000), "[/again:]");
    close(fd);
}

TEST(http_raw, head_has_the_length_and_no_body)
{
    int fd = raw_connect(start());
    const char *answer;

    RAW_SEND(fd, "HEAD /h HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    answer = raw_read(fd, 2000, NULL);
    CHECK_HAS(answer, "Content-Length: 5\r\n");
    CHECK_CSTR(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
    close(fd);
}

TEST(http_raw, names_no_server)
{
    int fd = raw_connect(start());
    const char *answer;

    RAW_SEND(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    answer = raw_response(fd, 2000);
    CHECK(strstr(answer, "Server:") == NULL);
    CHECK_HAS(answer, "X-Content-Type-Options: nosniff\r\n");
    close(fd);
}

TEST(http_raw, the_address_in_use_is_told)
{
    char at[64];
    struct str listen;
    struct http_config config = {
        .listen = &listen, .n_listen = 1, .threads = 1, .handle = echo};
    struct http_server *second = NULL;
    struct err err = ERR_INIT;

    snprintf(at, sizeof at, "127.0.0.1:%d", start());
    listen = str_c(at);
    CHECK_RC(http_server_open(&config, &second, &err), RC_CONFLICT);
    CHECK(second == NULL);
    CHECK_HAS(err.text, "in use");
}

static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    CHECK(strlen(path) < sizeof at.sun_path);
    memcpy(at.sun_path, path, strlen(path));
    return at;
}

static int connect_unix(const char *path)
{
    struct sockaddr_un at = unix_address(path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    CHECK(connect(fd, (const struct sockaddr *)&at, sizeof at) == 0);
    return fd;
}

static void say_unix(void *arg, struct http_request *req,
                     struct http_response *res)
{
    (void)arg;
    buf_addf(&res->body, "unix=%d peer=[%.*s]", req->is_unix_socket,
             STR_ARG(req->peer));
}

TEST(http_raw, serves_a_unix_socket_that_is_its_owners)
{
    char path[300], at[320];
    struct str listen[2] = {STR("127.0.0.1:0"), STR_NONE};
    struct http_config config = {
        .listen = listen, .n_listen = 2, .threads = 2, .handle = say_unix};
    struct http_server *s = NULL, *second = NULL;
    struct err err = ERR_INIT;
    struct stat info;
    int fd;

    snprintf(path, sizeof path, "%s/perigee.sock", test_tmpdir());
    snprintf(at, sizeof at, "unix:%s", path);
    listen[1] = str_c(at);
    for (int round = 0; round < 2; round++) {
        if (http_server_open(&config, &s, &err) != RC_OK)
            test_fail(__FILE__, __LINE__, "%s", err.text);
        CHECK(stat(path, &info) == 0 && (info.st_mode & 0777) == 0600);
        CHECK_RC(http_server_open(&config, &second, &err), RC_CONFLICT);
        fd = connect_unix(path);
        RAW_SEND(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        CHECK_HAS(raw_response(fd, 2000), "unix=1 peer=[]");
        close(fd);
        fd = raw_connect(http_server_port(s, 0));
        RAW_SEND(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        CHECK_HAS(raw_response(fd, 2000), "unix=0 peer=[127.0.0.1]");
        close(fd);
        http_server_close(s);
        CHECK(stat(path, &info) != 0);
        if (round == 0) { /* what a killed server leaves behind */
            struct sockaddr_un stale = unix_address(path);

            fd = socket(AF_UNIX, SOCK_STREAM, 0);
            CHECK(bind(fd, (const struct sockaddr *)&stale, sizeof stale) == 0);
            close(fd);
        }
    }
}

TEST(http_raw, a_stop_ends_idle_connections_and_streams_soon)
{
    struct raw_server s;
    int64_t since;
    bool closed;
    int fd;

    raw_open(&s, 4, false, echo, NULL);
    fd = raw_connect(s.port);
    RAW_SEND(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_HAS(raw_response(fd, 2000), "[/:]");
    since = raw_ms();
    raw_close(&s);
    CHECK(raw_ms() - since < 1500);
    raw_read(fd, 1000, &closed);
    CHECK(closed);
    close(fd);
}

TEST(http_raw, a_foreign_host_is_421)
{
    static const struct {
        int status;
        const char *host;
    } cases[] = {{200, "crm.example"},   {200, "CRM.example:8080"},
                 {200, "[::1]"},         {200, "[::1]:80"},
                 {421, "evil.example"},  {421, "crm.example.evil"},
                 {421, "crm.example:x"}, {421, "[::11]"}};
    struct str at = STR("127.0.0.1:0");
    struct str hosts[2] = {STR("crm.example"), STR("[::1]")};
    struct http_config config = {.listen = &at,
                                 .n_listen = 1,
                                 .threads = 2,
                                 .hosts = hosts,
                                 .n_hosts = 2,
                                 .handle = echo};
    struct http_server *s = NULL;

    CHECK_RC(http_server_open(&config, &s, NULL), RC_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char ask[128];
        int n = snprintf(ask, sizeof ask,
                         "GET / HTTP/1.1\r\nHost: %s\r\n"
                         "Connection: close\r\n\r\n",
                         cases[i].host);
        int status = raw_status(http_server_port(s, 0), ask, (size_t)n);

        if (status != cases[i].status)
            test_fail(__FILE__, __LINE__, "%s: %d", cases[i].host, status);
    }
    http_server_close(s);
}

static void keep_line(void *arg, struct str line)
{
    char *kept = arg;

    snprintf(kept, 512, "%.*s", STR_ARG(line));
}

TEST(http_raw, logs_a_line_without_the_query)
{
    struct str at = STR("127.0.0.1:0");
    struct http_config config = {.listen = &at,
                                 .n_listen = 1,
                                 .threads = 2,
                                 .log_requests = true,
                                 .handle = echo};
    struct http_server *s = NULL;
    struct http_stats stats;
    static char line[512];
    int status;

    CHECK_RC(http_server_open(&config, &s, NULL), RC_OK);
    log_set_sink(keep_line, line);
    status = raw_status(http_server_port(s, 0),
                        "GET /a?secret=1 HTTP/1.0\r\n\r\n", 28);
    http_server_stats(s, &stats);
    http_server_close(s);
    log_set_sink(NULL, NULL);
    CHECK_I64(status, 200);
    CHECK_HAS(line, "http.request");
    CHECK_HAS(line, "path=/a ");
    CHECK_HAS(line, "status=200");
    CHECK(strstr(line, "secret") == NULL);
    CHECK_I64(stats.by_class[2], 1);
    CHECK_I64(stats.requests, 1);
}
