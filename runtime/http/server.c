/*
 * server - CivetWeb's part: sockets, queue, threads; and what they share.
 *
 * The only file that includes CivetWeb. See server.h for the division of
 * work. CivetWeb's linger timeout stays unset on purpose: close() then never
 * holds a worker, and conn.c lingers where an answer could be lost.
 */
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <civetweb.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/listen.h"
#include "http/share.h"
#include "http/tls.h"

enum {
    THREADS_DEFAULT = 256,
    THREADS_MAX = 4096,
    SHARE_DEFAULT = 25, /* percent                          */
    HSTS_DEFAULT = 365 * 86400,
    PRESSED_PERCENT = 75, /* of the workers busy              */
    SOCKETS_MAX = 2 * LISTEN_MAX,
    START_ERROR_BYTES = 256
};

struct http_worker {
    struct http_conn conn;
    struct http_server *server;
    bool is_fresh;   /* CivetWeb has not read from the connection yet */
    bool is_refused; /* the address holds its share                   */
    bool is_counted; /* share_key holds one of the address's workers  */
    bool is_busy;
    uint8_t share_key[16];
    int wake_fd; /* of the accepting thread; -1 in a worker       */
};

struct http_server {
    struct mg_context *mg;
    bool has_library;
    struct http_tls *tls;
    struct arena arena; /* copies of the configuration       */
    struct http_config config;
    struct http_share share;
    bool shares;
    char *in;                    /* CONN_IN_BYTES for each worker      */
    struct http_worker *workers; /* `threads` and one for the master  */
    int threads;
    int wake_fd;
    /* Of the Unix socket: CivetWeb removes the file by the name it was given,
       which goes through this descriptor. */
    int folder_fd;
    struct http_listen listen[LISTEN_MAX];
    int port[LISTEN_MAX];
    char start_error[START_ERROR_BYTES];
    atomic_bool is_running, is_stopping;
    atomic_int next_worker, busy, streams;
    atomic_llong requests, refused, by_class[6];
};

/* The wraps and callbacks of a thread have no other way to its worker. */
static _Thread_local struct http_worker *here;

/* --- asked by conn, serve, write ------------------------------------- */

enum http_load http_server_load(const struct http_server *s)
{
    int busy = atomic_load_explicit(&s->busy, memory_order_relaxed);

    if (busy >= s->threads)
        return HTTP_FULL;
    return busy * 100 >= s->threads * PRESSED_PERCENT ? HTTP_PRESSED
                                                      : HTTP_CALM;
}

bool http_server_is_stopping(const struct http_server *s)
{
    return atomic_load_explicit(&s->is_stopping, memory_order_relaxed);
}

bool http_server_stream_enter(struct http_server *s)
{
    if (atomic_fetch_add(&s->streams, 1) < (s->threads + 1) / 2)
        return true;
    atomic_fetch_sub(&s->streams, 1);
    return false;
}

void http_server_stream_leave(struct http_server *s)
{
    atomic_fetch_sub(&s->streams, 1);
}

void http_server_count(struct http_server *s, int status, bool refused)
{
    int class = status / 100;

    atomic_fetch_add_explicit(&s->requests, 1, memory_order_relaxed);
    if (refused)
        atomic_fetch_add_explicit(&s->refused, 1, memory_order_relaxed);
    if (class >= 0 && class < 6)
        atomic_fetch_add_explicit(&s->by_class[class], 1, memory_order_relaxed);
}

bool http_server_is_proxy(const struct http_server *s, struct str address)
{
    for (size_t i = 0; i < s->config.n_proxies; i++)
        if (str_eq(s->config.proxies[i], address))
            return true;
    return false;
}

bool http_server_has_host(const struct http_server *s, struct str host)
{
    size_t n = host.n;

    /* Off with the port; a v6 address keeps its brackets. */
    while (n > 0 && host.p[n - 1] >= '0' && host.p[n - 1] <= '9')
        n--;
    if (n > 1 && host.p[n - 1] == ':')
        host.n = n - 1;
    for (size_t i = 0; i < s->config.n_hosts; i++)
        if (str_eq(s->config.hosts[i], host))
            return true;
    return s->config.n_hosts == 0;
}

int http_server_hsts(const struct http_server *s)
{
    return s->config.hsts_seconds;
}

bool http_server_logs(const struct http_server *s)
{
    return s->config.log_requests;
}

/* --- worker ---------------------------------------------------------- */

struct http_worker *http_worker_here(void)
{
    return here;
}

bool http_worker_is_fresh(const struct http_worker *w)
{
    return w->is_fresh;
}

struct http_conn *http_worker_conn(struct http_worker *w)
{
    return w->wake_fd >= 0 ? NULL : &w->conn;
}

int http_worker_wake_fd(const struct http_worker *w)
{
    return w->wake_fd;
}

size_t http_worker_stub(struct http_worker *w, void *p, size_t n)
{
    static const char request[] = "GET / HTTP/1.0\r\n\r\n";
    size_t size = sizeof request - 1;

    w->is_fresh = false;
    if (n < size)
        return 0;
    memcpy(p, request, size);
    return size;
}

/* Who is at the other end: text, and whether it counts. */
static void identify(struct http_worker *w, struct sockaddr_storage *peer)
{
    struct http_conn *c = &w->conn;
    socklen_t n = sizeof *peer;
    struct in6_addr a6;
    struct in_addr a4;

    memset(peer, 0, sizeof *peer);
    c->peer[0] = '\0';
    c->is_unix_socket = c->is_loopback = false;
    if (getpeername(c->fd, (struct sockaddr *)peer, &n) != 0)
        return;
    if (peer->ss_family == AF_UNIX) {
        c->is_unix_socket = true;
    } else if (peer->ss_family == AF_INET) {
        memcpy(&a4, (const char *)peer + offsetof(struct sockaddr_in, sin_addr),
               sizeof a4);
        inet_ntop(AF_INET, &a4, c->peer, sizeof c->peer);
        c->is_loopback = (ntohl(a4.s_addr) >> 24) == 127;
    } else if (peer->ss_family == AF_INET6) {
        memcpy(&a6,
               (const char *)peer + offsetof(struct sockaddr_in6, sin6_addr),
               sizeof a6);
        if (IN6_IS_ADDR_V4MAPPED(&a6)) {
            memcpy(&a4, (const char *)&a6 + 12, sizeof a4);
            inet_ntop(AF_INET, &a4, c->peer, sizeof c->peer);
            c->is_loopback = (ntohl(a4.s_addr) >> 24) == 127;
        } else {
            inet_ntop(AF_INET6, &a6, c->peer, sizeof c->peer);
            c->is_loopback = IN6_IS_ADDR_LOOPBACK(&a6);
        }
    }
}

bool http_worker_take(struct http_worker *w, int fd, void *ssl)
{
    struct http_server *s = w->server;
    struct http_conn *c = &w->conn;
    struct sockaddr_storage peer;

    http_conn_begin(c, fd, ssl);
    identify(w, &peer);
    c->is_proxy = http_server_is_proxy(s, str_c(c->peer));
    w->is_busy = true;
    atomic_fetch_add(&s->busy, 1);
    w->is_counted = w->is_refused = false;
    if (!s->shares || c->is_unix_socket || c->is_loopback || c->is_proxy)
        return true;
    http_share_key(&peer, w->share_key);
    if (http_share_take(&s->share, w->share_key)) {
        w->is_counted = true;
        return true;
    }
    w->is_refused = true;
    c->ssl = NULL;
    return false;
}

/* --- CivetWeb's callbacks -------------------------------------------- */

static void *thread_begins(const struct mg_context *mg, int type)
{
    struct http_server *s = mg_get_user_data(mg);

    if (type == 0) { /* the accepting thread */
        here = &s->workers[s->threads];
    } else if (type == 1) {
        int i = atomic_fetch_add(&s->next_worker, 1);

        if (i < s->threads) {
            here = &s->workers[i];
            here->is_fresh = true;
        }
    }
    return here;
}

static void thread_ends(const struct mg_context *mg, int type, void *worker)
{
    (void)mg;
    (void)type;
    (void)worker;
    here = NULL;
}

/* The answer to the constant request: the whole connection. */
static int serve(struct mg_connection *mg)
{
    struct http_worker *w = here;

    if (!w || w->wake_fd >= 0 || w->is_fresh) {
        log_error("http.unwrapped",
                  KV_C("remedy", "link with the --wrap options of CMake"));
    } else if (w->is_refused) {
        /* Without a word: an answer would cost more than the question. */
        atomic_fetch_add_explicit(&w->server->refused, 1, memory_order_relaxed);
    } else {
        http_conn_serve(&w->conn);
    }
    mg_disable_connection_keep_alive(mg);
    return 200;
}

static void connection_closed(const struct mg_connection *mg)
{
    struct http_worker *w = here;

    (void)mg;
    if (!w || w->wake_fd >= 0)
        return;
    if (w->is_counted)
        http_share_give(&w->server->share, w->share_key);
    if (w->is_busy)
        atomic_fetch_sub(&w->server->busy, 1);
    w->is_counted = w->is_busy = false;
    w->conn.fd = -1;
    w->conn.ssl = NULL;
    w->is_fresh = true;
}

static int log_message(const struct mg_connection *mg, const char *text)
{
    struct http_server *s = mg_get_user_data(mg_get_context(mg));

    if (s && !atomic_load(&s->is_running)) {
        if (s->start_error[0] == '\0')
            snprintf(s->start_error, sizeof s->start_error, "%s", text);
    } else {
        log_warn("http.civetweb", KV_C("text", text));
    }
    return 1;
}

/* --- open ------------------------------------------------------------ */

static enum rc no_memory(struct err *err)
{
    return FAIL(err, RC_NOMEM, "There is not enough memory for the server.");
}

static enum rc copy_list(struct http_server *s, const struct str *from,
                         size_t n, const struct str **to, struct err *err)
{
    struct str *copy = ARENA_ARRAY(&s->arena, struct str, n + 1);

    if (!copy)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        copy[i] = str_copy(&s->arena, from[i]);
        if (!copy[i].p)
            return no_memory(err);
    }
    *to = copy;
    return RC_OK;
}

static enum rc copy_config(struct http_server *s,
                           const struct http_config *config, struct err *err)
{
    enum rc rc;

    s->config = *config;
    s->config.listen = NULL;
    s->config.cert_file = s->config.key_file = NULL;
    if (s->config.hsts_seconds == 0)
        s->config.hsts_seconds = HSTS_DEFAULT;
    if (s->config.per_ip_percent <= 0)
        s->config.per_ip_percent = SHARE_DEFAULT;
    s->threads = config->threads > 0 ? config->threads : THREADS_DEFAULT;
    if (s->threads > THREADS_MAX)
        return FAIL(err, RC_INVALID, "%d threads are too many; the most is %d.",
                    s->threads, THREADS_MAX);
    rc = copy_list(s, config->proxies, config->n_proxies, &s->config.proxies,
                   err);
    if (rc == RC_OK)
        rc =
            copy_list(s, config->hosts, config->n_hosts, &s->config.hosts, err);
    return rc;
}

static enum rc parse_listen(struct http_server *s,
                            const struct http_config *config, struct err *err)
{
    bool has_certificate = config->cert_file && config->key_file;
    int sockets = 0;

    if (config->n_listen == 0 || config->n_listen > LISTEN_MAX)
        return FAIL(err, RC_INVALID,
                    "The server needs 1 to %d addresses to listen at.",
                    LISTEN_MAX);
    for (size_t i = 0; i < config->n_listen; i++) {
        struct http_listen *l = &s->listen[i];
        enum rc rc =
            http_listen_parse(config->listen[i], has_certificate, l, err);

        if (rc != RC_OK)
            return rc;
        if (!l->is_tls && !l->is_loopback && !config->tls_at_proxy)
            return FAIL(err, RC_INVALID,
                        "\"%.*s\" would send passwords unencrypted over the "
                        "network. Give a certificate and key, listen on "
                        "127.0.0.1, or say that a proxy in front terminates "
                        "TLS.",
                        STR_ARG(config->listen[i]));
        if (l->is_unix_socket && sockets++ > 0)
            return FAIL(err, RC_INVALID,
                        "One Unix socket is the most a server listens at.");
    }
    s->config.n_listen = config->n_listen;
    return RC_OK;
}

static enum rc make_workers(struct http_server *s, struct err *err)
{
    size_t n = (size_t)s->threads;
    int most = s->threads * s->config.per_ip_percent / 100;

    s->workers = mem_alloc((n + 1) * sizeof *s->workers);
    s->in = mem_alloc(n * CONN_IN_BYTES);
    if (!s->workers || !s->in)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        struct http_worker *w = &s->workers[i];

        w->server = s;
        w->wake_fd = -1;
        http_conn_init(&w->conn, s, s->in + i * CONN_IN_BYTES, s->config.clock,
                       s->config.handle, s->config.arg);
    }
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->wake_fd < 0)
        return FAIL(err, RC_IO, "The system has no descriptor left.");
    s->workers[n].server = s;
    s->workers[n].wake_fd = s->wake_fd;
    s->shares = s->config.per_ip_percent < 100;
    if (!s->shares)
        return RC_OK;
    return http_share_init(&s->share, s->threads, most > 0 ? most : 1, err);
}

static enum rc start(struct http_server *s, const char *ports, const char *pem,
                     struct err *err)
{
    char threads[16];
    const char *options[] = {"listening_ports",
                             ports,
                             "num_threads",
                             threads,
                             "connection_queue",
                             "512",
                             "listen_backlog",
                             "512",
                             "max_request_size",
                             "1024",
                             "request_timeout_ms",
                             "5000",
                             "enable_keep_alive",
                             "no",
                             "tcp_nodelay",
                             "1",
                             "decode_url",
                             "no",
                             pem ? "ssl_certificate" : NULL,
                             pem,
                             NULL};
    struct mg_callbacks callbacks = {.begin_request = serve,
                                     .log_message = log_message,
                                     .connection_closed = connection_closed,
                                     .init_thread = thread_begins,
                                     .exit_thread = thread_ends};
    const char *text;

    snprintf(threads, sizeof threads, "%d", s->threads);
    mg_init_library(0);
    s->has_library = true;
    http_tls_use(s->tls);
    s->mg = mg_start(&callbacks, s, options);
    http_tls_use(NULL);
    if (s->mg)
        return RC_OK;
    text = s->start_error[0] ? s->start_error : "no reason is known";
    return FAIL(err,
                strstr(text, strerrordesc_np(EADDRINUSE)) ? RC_CONFLICT : RC_IO,
                "The server cannot start: %s.", text);
}

static void learn_ports(struct http_server *s)
{
    struct mg_server_port ports[SOCKETS_MAX];
    int n = mg_get_server_ports(s->mg, SOCKETS_MAX, ports), at = 0;

    for (size_t i = 0; i < s->config.n_listen; i++) {
        if (s->listen[i].is_unix_socket) {
            if (chmod(s->listen[i].path, S_IRUSR | S_IWUSR) != 0)
                log_warn("http.socket_mode", KV_C("path", s->listen[i].path));
            continue;
        }
        if (at < n)
            s->port[i] = ports[at].port;
        at += s->listen[i].n_sockets;
    }
}

static enum rc listen_and_start(struct http_server *s,
                                const struct http_config *config,
                                struct err *err)
{
    char pem[64];
    int pem_fd = -1;
    bool has_tls = false;
    struct buf ports;
    enum rc rc;

    buf_init(&ports, LISTEN_MAX * LISTEN_SPEC_BYTES);
    rc = http_listen_join(s->listen, s->config.n_listen, &ports, &s->folder_fd,
                          err);
    for (size_t i = 0; i < s->config.n_listen; i++)
        has_tls = has_tls || s->listen[i].is_tls;
    if (rc == RC_OK && has_tls)
        rc = http_tls_join(config->cert_file, config->key_file, &pem_fd, err);
    if (rc == RC_OK && has_tls)
        rc = http_tls_new(&s->tls, err);
    if (rc == RC_OK) {
        snprintf(pem, sizeof pem, "/proc/self/fd/%d", pem_fd);
        rc = start(s, ports.p, has_tls ? pem : NULL, err);
    }
    if (rc == RC_OK)
        learn_ports(s);
    if (pem_fd >= 0)
        close(pem_fd);
    buf_release(&ports);
    return rc;
}

enum rc http_server_open(const struct http_config *config,
                         struct http_server **out, struct err *err)
{
    struct http_server *s = mem_alloc(sizeof *s);
    enum rc rc;

    if (!s)
        return no_memory(err);
    s->wake_fd = s->folder_fd = -1;
    arena_init(&s->arena, 64 << 10);
    rc = copy_config(s, config, err);
    if (rc == RC_OK)
        rc = parse_listen(s, config, err);
    if (rc == RC_OK)
        rc = make_workers(s, err);
    if (rc == RC_OK)
        rc = listen_and_start(s, config, err);
    if (rc != RC_OK) {
        http_server_close(s);
        return rc;
    }
    atomic_store(&s->is_running, true);
    *out = s;
    return RC_OK;
}

/* --- close ----------------------------------------------------------- */

void http_server_stop(struct http_server *s)
{
    atomic_store(&s->is_stopping, true);
}

void http_server_close(struct http_server *s)
{
    uint64_t one = 1;

    if (!s)
        return;
    http_server_stop(s);
    if (s->mg) {
        if (write(s->wake_fd, &one, sizeof one) != sizeof one)
            log_warn("http.wake", KV_C("error", strerrordesc_np(errno)));
        mg_stop(s->mg);
    }
    if (s->has_library)
        mg_exit_library();
    for (int i = 0; s->workers && i < s->threads; i++)
        http_conn_release(&s->workers[i].conn);
    mem_free(s->workers);
    mem_free(s->in);
    http_share_release(&s->share);
    http_tls_free(s->tls);
    if (s->wake_fd >= 0)
        close(s->wake_fd);
    if (s->folder_fd >= 0)
        close(s->folder_fd);
    arena_release(&s->arena);
    mem_free(s);
}

/* --- asked from above ------------------------------------------------ */

int http_server_port(const struct http_server *s, size_t k)
{
    return k < s->config.n_listen ? s->port[k] : 0;
}

void http_server_stats(const struct http_server *s, struct http_stats *out)
{
    *out = (struct http_stats){.requests = atomic_load(&s->requests),
                               .refused = atomic_load(&s->refused),
                               .streams = atomic_load(&s->streams),
                               .connections = atomic_load(&s->busy)};
    for (int i = 0; i < 6; i++)
        out->by_class[i] = atomic_load(&s->by_class[i]);
}

const char *http_civetweb_version(void)
{
    return CIVETWEB_VERSION;
}
