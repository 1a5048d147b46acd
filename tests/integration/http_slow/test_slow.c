/*
 * Slow, silent and greedy clients. The server's clock runs twenty times as
 * fast, so its five seconds are a quarter of ours.
 */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/runtime/http_raw.h"
#include "support/test.h"

static void read_body(void *arg, struct http_request *req,
                      struct http_response *res)
{
    struct str body = STR("");
    struct err err = ERR_INIT;

    (void)arg;
    if (http_body_read(req, 100000, &body, &err) == RC_OK)
        buf_addf(&res->body, "got %zu", body.n);
    else
        http_error(res, strcmp(err.code, "E_TIMEOUT") == 0 ? 408 : 400,
                   err.code, str_c(err.text));
}

/* Send one byte of `bytes` each 10 ms until refused; what was answered. */
static const char *drip(int fd, const char *bytes, bool *closed)
{
    const char *answer = "";

    *closed = false;
    for (size_t i = 0; i < 500 && !*closed && answer[0] == '\0'; i++) {
        raw_send(fd, bytes + i % strlen(bytes), 1);
        answer = raw_read(fd, 10, closed);
    }
    if (!*closed)
        answer = raw_read(fd, 1000, closed);
    return answer;
}

TEST(dos_slow_headers, a_dripping_head_is_408_and_over)
{
    struct raw_server s;
    bool closed;
    int fd;

    raw_open_at(&s, 4, false, &raw_fast_clock, read_body, NULL);
    fd = raw_connect(s.port);
    RAW_SEND(fd, "GET / HTTP/1.1\r\n");
    CHECK_HAS(drip(fd, "X-A: b\r\n", &closed), "HTTP/1.1 408 ");
    CHECK(closed);
    close(fd);
    raw_close(&s);
}

TEST(dos_slow_headers, a_silent_connection_ends_without_a_word)
{
    struct raw_server s;
    int64_t since = raw_ms();
    bool closed;
    int fd;

    raw_open_at(&s, 4, false, &raw_fast_clock, read_body, NULL);
    fd = raw_connect(s.port);
    CHECK_CSTR(raw_read(fd, 3000, &closed), "");
    CHECK(closed && raw_ms() - since >= 200);
    close(fd);
    /* between two requests two seconds are enough */
    fd = raw_connect(s.port);
    RAW_SEND(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_HAS(raw_response(fd, 1000), "got 0");
    CHECK_CSTR(raw_read(fd, 3000, &closed), "");
    CHECK(closed);
    close(fd);
    raw_close(&s);
}

TEST(dos_slow_body, a_dripping_body_is_408_and_over)
{
    struct raw_server s;
    bool closed;
    int fd;

    raw_open_at(&s, 4, false, &raw_fast_clock, read_body, NULL);
    fd = raw_connect(s.port);
    RAW_SEND(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n");
    CHECK_HAS(drip(fd, "x", &closed), "HTTP/1.1 408 ");
    CHECK(closed);
    close(fd);
    raw_close(&s);
}

TEST(dos_slow_body, half_a_body_is_not_waited_for_after_the_client_left)
{
    struct raw_server s;
    int fd;

    raw_open(&s, 4, false, read_body, NULL);
    fd = raw_connect(s.port);
    RAW_SEND(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\nx");
    CHECK(raw_is_busy(&s, 2000));
    close(fd);
    CHECK(raw_is_quiet(&s, 2000));
    raw_close(&s);
}

static void send_much(void *arg, struct http_request *req,
                      struct http_response *res)
{
    static char much[16 << 20];

    (void)arg;
    (void)req;
    res->borrowed = str_of(much, sizeof much);
}

TEST(dos_slow_read, a_client_that_does_not_read_loses_its_worker)
{
    struct raw_server s;
    int fd;

    raw_open_at(&s, 2, false, &raw_fast_clock, send_much, NULL);
    fd = raw_connect(s.port);
    RAW_SEND(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(raw_is_busy(&s, 2000));
    CHECK(raw_is_quiet(&s, 8000));
    close(fd);
    raw_close(&s);
}

static double cpu_seconds(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

enum { SILENT = 24 };

/* At real time: more silent clients than workers, on both ports. */
TEST(dos_tls_silent, others_are_served_and_no_processor_is_burnt)
{
    struct raw_server s;
    int silent[SILENT], fd;
    double cpu;
    int64_t since;

    raw_open(&s, 8, true, read_body, NULL);
    for (int i = 0; i < SILENT; i++)
        silent[i] = raw_connect(s.tls_port);
    usleep(100000);
    cpu = cpu_seconds();
    since = raw_ms();
    fd = raw_connect(s.port);
    RAW_SEND(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_HAS(raw_response(fd, 5000), "got 0");
    CHECK(raw_ms() - since < 3000);
    CHECK(cpu_seconds() - cpu < 0.5);
    close(fd);
    for (int i = 0; i < SILENT; i++)
        close(silent[i]);
    raw_close(&s);
}

TEST(dos_slow_headers, many_dripping_clients_leave_room_for_others)
{
    struct raw_server s;
    int slow[60], fd;
    int64_t since;

    raw_open(&s, 16, false, read_body, NULL);
    for (int i = 0; i < 60; i++) {
        slow[i] = raw_connect(s.port);
        RAW_SEND(slow[i], "GET / HTTP/1.1\r\nX:");
    }
    since = raw_ms();
    fd = raw_connect(s.port);
    RAW_SEND(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_HAS(raw_response(fd, 8000), "got 0");
    CHECK(raw_ms() - since < 4000);
    close(fd);
    for (int i = 0; i < 60; i++)
        close(slow[i]);
    raw_close(&s);
}

TEST(dos_descriptors, none_left_costs_no_processor)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    struct rlimit before, none;
    struct raw_server s;
    int fd, next;
    double cpu;

    raw_open(&s, 4, false, read_body, NULL);
    at.sin_port = htons((uint16_t)s.port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    next = dup(fd); /* the number accept would get */
    close(next);
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    none = before;
    none.rlim_cur = (rlim_t)next;
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    cpu = cpu_seconds();
    CHECK(connect(fd, (const struct sockaddr *)&at, sizeof at) == 0);
    usleep(400000);
    cpu = cpu_seconds() - cpu;
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(cpu < 0.15);
    RAW_SEND(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_HAS(raw_response(fd, 2000), "got 0"); /* it had been waiting */
    close(fd);
    raw_close(&s);
}

/* --- streams --------------------------------------------------------- */

static void events(void *arg, struct http_request *req,
                   struct http_response *res)
{
    struct err err = ERR_INIT;

    (void)arg;
    res->content_type = STR("text/event-stream");
    if (str_is(req->raw_path, "/plain")) {
        buf_adds(&res->body, "plain");
        return;
    }
    if (http_stream_begin(req, res, HTTP_STREAM_EVENTS, &err) != RC_OK) {
        http_error(res, 503, "E_BUSY", str_c(err.text));
        return;
    }
    if (!http_stream_write(res, STR("data: 1\n\n")))
        return;
    while (http_stream_is_open(res))
        usleep(5000);
}

TEST(http_stream, half_of_the_workers_at_most_then_503)
{
    static const char ask[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    struct http_stats stats;
    struct raw_server s;
    int a, b, c;

    raw_open(&s, 4, false, events, NULL);
    a = raw_connect(s.port);
    raw_send(a, ask, sizeof ask - 1);
    CHECK_HAS(raw_read(a, 200, NULL), "data: 1\n\n");
    b = raw_connect(s.port);
    raw_send(b, ask, sizeof ask - 1);
    CHECK_HAS(raw_read(b, 200, NULL), "data: 1\n\n");
    c = raw_connect(s.port);
    raw_send(c, ask, sizeof ask - 1);
    CHECK_HAS(raw_response(c, 1000), "HTTP/1.1 503 ");
    /* the connection that was refused a stream goes on */
    RAW_SEND(c, "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_HAS(raw_response(c, 1000), "plain");
    http_server_stats(s.server, &stats);
    CHECK_I64(stats.streams, 2);
    close(a);
    for (int i = 0; i < 200 && stats.streams > 1; i++) {
        usleep(5000);
        http_server_stats(s.server, &stats);
    }
    CHECK_I64(stats.streams, 1); /* a client that left is noticed */
    raw_close(&s);               /* and a stream ends with the server */
    close(b);
    close(c);
}

static void download(void *arg, struct http_request *req,
                     struct http_response *res)
{
    struct err err = ERR_INIT;

    (void)arg;
    CHECK_RC(http_stream_begin(req, res, HTTP_STREAM_DOWNLOAD, &err), RC_OK);
    if (!http_stream_write(res, STR("first")) ||
        !http_stream_write(res, STR("")) ||
        !http_stream_write(res, STR("0123456789abcdefg")))
        return;
    if (str_is(req->raw_path, "/broken"))
        http_stream_abort(res);
}

TEST(http_stream, a_download_is_chunked_and_shows_when_it_breaks)
{
    struct raw_server s;
    const char *answer;
    bool closed;
    int fd;

    raw_open(&s, 2, false, download, NULL);
    fd = raw_connect(s.port);
    RAW_SEND(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    answer = raw_read(fd, 200, &closed);
    CHECK_HAS(answer, "Transfer-Encoding: chunked\r\n");
    CHECK_HAS(answer,
              "\r\n\r\n5\r\nfirst\r\n11\r\n0123456789abcdefg\r\n0\r\n\r\n");
    CHECK(!closed);
    RAW_SEND(fd, "GET /broken HTTP/1.1\r\nHost: a\r\n\r\n");
    answer = raw_read(fd, 1000, &closed);
    CHECK_HAS(answer, "0123456789abcdefg\r\n");
    CHECK(strstr(answer, "\r\n0\r\n") == NULL && closed);
    close(fd);
    fd = raw_connect(s.port);
    RAW_SEND(fd, "GET / HTTP/1.0\r\n\r\n");
    answer = raw_read(fd, 1000, &closed);
    CHECK_HAS(answer, "\r\n\r\nfirst0123456789abcdefg");
    CHECK(closed);
    close(fd);
    raw_close(&s);
}

/* --- who ------------------------------------------------------------- */

/* An address of this machine that is not loopback; false when it has none. */
static bool own_address(char out[INET_ADDRSTRLEN])
{
    struct ifaddrs *all, *one;
    bool found = false;

    if (getifaddrs(&all) != 0)
        return false;
    for (one = all; one && !found; one = one->ifa_next) {
        struct sockaddr_in in;

        if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET)
            continue;
        memcpy(&in, one->ifa_addr, sizeof in);
        if ((ntohl(in.sin_addr.s_addr) >> 24) != 127)
            found =
                inet_ntop(AF_INET, &in.sin_addr, out, INET_ADDRSTRLEN) != NULL;
    }
    freeifaddrs(all);
    return found;
}

static int connect_to(const char *address, int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    CHECK(inet_pton(AF_INET, address, &at.sin_addr) == 1);
    CHECK(connect(fd, (const struct sockaddr *)&at, sizeof at) == 0);
    return fd;
}

TEST(http_share, one_address_gets_a_quarter_of_the_workers)
{
    static const char ask[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    char address[INET_ADDRSTRLEN], at[64];
    struct str listen[2] = {STR("127.0.0.1:0"), STR_NONE};
    struct http_config config = {.listen = listen,
                                 .n_listen = 2,
                                 .tls_at_proxy = true,
                                 .threads = 8,
                                 .handle = read_body};
    struct http_server *s = NULL;
    struct err err = ERR_INIT;
    int fd[3], local;
    bool closed;

    if (!own_address(address))
        return; /* nothing but loopback here */
    snprintf(at, sizeof at, "%s:0", address);
    listen[1] = str_c(at);
    if (http_server_open(&config, &s, &err) != RC_OK)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    for (int i = 0; i < 2; i++) {
        fd[i] = connect_to(address, http_server_port(s, 1));
        raw_send(fd[i], ask, sizeof ask - 1);
        CHECK_HAS(raw_response(fd[i], 1000), "got 0");
    }
    fd[2] = connect_to(address, http_server_port(s, 1));
    raw_send(fd[2], ask, sizeof ask - 1);
    CHECK_CSTR(raw_read(fd[2], 1000, &closed), "");
    CHECK(closed);
    local = raw_connect(http_server_port(s, 0)); /* others are not touched */
    raw_send(local, ask, sizeof ask - 1);
    CHECK_HAS(raw_response(local, 1000), "got 0");
    http_server_close(s);
    for (int i = 0; i < 3; i++)
        close(fd[i]);
    close(local);
}

static void who(void *arg, struct http_request *req, struct http_response *res)
{
    (void)arg;
    buf_addf(&res->body, "[%.*s]%s", STR_ARG(req->peer),
             req->is_tls ? " tls" : "");
}

TEST(http_proxy, only_a_listed_proxy_is_believed)
{
    static const char ask[] = "GET / HTTP/1.1\r\nHost: a\r\n"
                              "X-Forwarded-For: 6.6.6.6, 203.0.113.7, "
                              "127.0.0.3\r\nX-Forwarded-Proto: https\r\n\r\n";
    struct str at = STR("127.0.0.1:0");
    struct str proxies[2] = {STR("127.0.0.2"), STR("127.0.0.3")};
    struct http_config config = {.listen = &at,
                                 .n_listen = 1,
                                 .threads = 2,
                                 .proxies = proxies,
                                 .n_proxies = 2,
                                 .handle = who};
    struct http_server *s = NULL;
    int fd;

    CHECK_RC(http_server_open(&config, &s, NULL), RC_OK);
    fd = raw_connect_from(http_server_port(s, 0), "127.0.0.9");
    raw_send(fd, ask, sizeof ask - 1);
    CHECK_HAS(raw_response(fd, 1000), "\r\n\r\n[127.0.0.9]");
    close(fd);
    fd = raw_connect_from(http_server_port(s, 0), "127.0.0.2");
    raw_send(fd, ask, sizeof ask - 1);
    CHECK_HAS(raw_response(fd, 1000), "\r\n\r\n[203.0.113.7] tls");
    close(fd);
    http_server_close(s);
}
