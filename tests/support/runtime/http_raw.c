/* http_raw - see the header. */
#include "support/runtime/http_raw.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/tls_cert.h"
#include "support/test.h"

static void write_file(const char *path, struct str text)
{
    FILE *f = fopen(path, "w");

    CHECK(f != NULL && fwrite(text.p, 1, text.n, f) == text.n);
    CHECK(fclose(f) == 0);
}

static void make_certificate(struct raw_server *s)
{
    struct str name = STR("127.0.0.1"), cert, key;
    const char *dir = test_tmpdir();
    struct arena a;

    arena_init(&a, 1 << 20);
    CHECK_RC(http_tls_self_signed(&name, 1,
                                  clock_system()->now_ms(clock_system()->arg),
                                  30, &a, &cert, &key, NULL),
             RC_OK);
    snprintf(s->cert, sizeof s->cert, "%s/cert.pem", dir);
    snprintf(s->key, sizeof s->key, "%s/key.pem", dir);
    write_file(s->cert, cert);
    write_file(s->key, key);
    arena_release(&a);
}

enum { FAST = 20 };

static int64_t fast_mono(void *arg)
{
    (void)arg;
    return raw_ms() * FAST;
}

static int64_t fast_now(void *arg)
{
    (void)arg;
    return clock_system()->now_ms(clock_system()->arg);
}

const struct clock raw_fast_clock = {fast_now, fast_mono, NULL};

void raw_open(struct raw_server *s, int threads, bool with_tls,
              http_handler *handle, void *arg)
{
    raw_open_at(s, threads, with_tls, NULL, handle, arg);
}

void raw_open_at(struct raw_server *s, int threads, bool with_tls,
                 const struct clock *clock, http_handler *handle, void *arg)
{
    struct str at[2] = {STR("http://127.0.0.1:0"), STR("https://127.0.0.1:0")};
    struct http_config config = {.listen = at,
                                 .n_listen = with_tls ? 2 : 1,
                                 .threads = threads,
                                 .clock = clock,
                                 .handle = handle,
                                 .arg = arg};
    struct err err = ERR_INIT;

    *s = (struct raw_server){.server = NULL};
    if (with_tls) {
        make_certificate(s);
        config.cert_file = s->cert;
        config.key_file = s->key;
    }
    if (http_server_open(&config, &s->server, &err) != RC_OK)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    s->port = http_server_port(s->server, 0);
    s->tls_port = http_server_port(s->server, 1);
    CHECK(s->port > 0);
}

void raw_close(struct raw_server *s)
{
    http_server_close(s->server);
    s->server = NULL;
}

int raw_connect_from(int port, const char *from)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (from) {
        CHECK(inet_pton(AF_INET, from, &at.sin_addr) == 1);
        CHECK(bind(fd, (const struct sockaddr *)&at, sizeof at) == 0);
    }
    at.sin_port = htons((uint16_t)port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(fd >= 0);
    CHECK(connect(fd, (const struct sockaddr *)&at, sizeof at) == 0);
    return fd;
}

int raw_connect(int port)
{
    return raw_connect_from(port, NULL);
}

void raw_send(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);

        if (sent <= 0)
            return; /* refused and closed already: the answer tells */
        bytes += sent;
        n -= (size_t)sent;
    }
}

int64_t raw_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static char text[1 << 20];

const char *raw_read(int fd, int ms, bool *closed)
{
    int64_t until = raw_ms() + ms;
    size_t n = 0;

    if (closed)
        *closed = false;
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = until - raw_ms();
        ssize_t got;

        if (left <= 0 || poll(&p, 1, (int)left) <= 0)
            break;
        got = recv(fd, text + n, sizeof text - 1 - n, 0);
        if (got <= 0) {
            if (closed)
                *closed = true;
            break;
        }
        n += (size_t)got;
    }
    text[n] = '\0';
    return text;
}

const char *raw_response(int fd, int ms)
{
    int64_t until = raw_ms() + ms;
    size_t n = 0, want = SIZE_MAX;

    while (n < want && raw_ms() < until) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        const char *end, *length;
        ssize_t got;

        if (poll(&p, 1, 100) <= 0)
            continue;
        /* A byte at a time until the head is in: the next response stays. */
        got = recv(fd, text + n, want == SIZE_MAX ? 1 : want - n, 0);
        if (got <= 0)
            break;
        n += (size_t)got;
        text[n] = '\0';
        end = strstr(text, "\r\n\r\n");
        if (want == SIZE_MAX && end) {
            length = strstr(text, "Content-Length: ");
            want = (size_t)(end - text) + 4 +
                   (length ? (size_t)strtoul(length + 16, NULL, 10) : 0);
        }
    }
    text[n] = '\0';
    return text;
}

int raw_status(int port, const char *bytes, size_t n)
{
    int fd = raw_connect(port);
    const char *answer;
    int status = 0;

    raw_send(fd, bytes, n);
    answer = raw_read(fd, 3000, NULL);
    if (strncmp(answer, "HTTP/1.1 ", 9) == 0)
        status = (int)strtol(answer + 9, NULL, 10);
    close(fd);
    return status;
}

static bool wait_connected(const struct raw_server *s, bool wanted, int ms)
{
    int64_t until = raw_ms() + ms;
    struct http_stats stats;

    do {
        http_server_stats(s->server, &stats);
        if ((stats.connections > 0) == wanted)
            return true;
        usleep(2000);
    } while (raw_ms() < until);
    return false;
}

bool raw_is_quiet(const struct raw_server *s, int ms)
{
    return wait_connected(s, false, ms);
}

bool raw_is_busy(const struct raw_server *s, int ms)
{
    return wait_connected(s, true, ms);
}
