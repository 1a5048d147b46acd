/* conn - see the header. */
#include "http/conn.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "base/clock.h"
#include "http/server.h"
#include "http/tls.h"

enum {
    KEPT_BYTES = 256 << 10, /* a buffer larger than this is given back */
    SLICE_MS = 200,         /* after which a deadline is computed anew */
    LINGER_MS = 300,
    LINGER_BYTES = 256 << 10,
    TLS_JOIN_BYTES = 16 << 10 /* head and body up to here are one record */
};

void http_conn_init(struct http_conn *c, struct http_server *server, char *in,
                    const struct clock *clock, http_handler *handle, void *arg)
{
    c->clock = clock ? clock : clock_system();
    c->server = server;
    c->handle = handle;
    c->arg = arg;
    c->fd = -1;
    c->date_s = -1;
    c->in = in;
    c->in_cap = in ? CONN_IN_BYTES : 0;
    arena_init(&c->arena, HTTP_ARENA_BYTES);
    buf_init(&c->head, 128 << 10);
    buf_init(&c->body_in, LIMIT_UPLOAD_BYTES);
    buf_init(&c->res.body, HTTP_BODY_OUT_BYTES);
}

void http_conn_release(struct http_conn *c)
{
    arena_release(&c->arena);
    buf_release(&c->head);
    buf_release(&c->body_in);
    buf_release(&c->res.body);
}

static void give_back(struct buf *b)
{
    if (b->cap > KEPT_BYTES)
        buf_release(b);
    buf_reset(b);
}

void http_conn_begin(struct http_conn *c, int fd, void *ssl)
{
    c->fd = fd;
    c->ssl = ssl;
    c->closes = false;
    c->is_broken = false;
    c->n_served = 0;
    c->in_from = c->in_to = 0;
    give_back(&c->head);
    give_back(&c->body_in);
    give_back(&c->res.body);
}

void http_conn_begin_memory(struct http_conn *c, struct http_memory *memory,
                            struct buf *request)
{
    http_conn_begin(c, -1, NULL);
    c->memory = memory;
    c->is_unix_socket = memory->is_unix_socket;
    memcpy(c->peer, "127.0.0.1", sizeof "127.0.0.1");
    if (c->is_unix_socket)
        c->peer[0] = '\0';
    c->in = request->p;
    c->in_cap = c->in_to = request->n;
}

int64_t http_conn_now(const struct http_conn *c)
{
    return c->clock->mono_ms(c->clock->arg);
}

const struct http_patience *http_conn_patience(const struct http_conn *c)
{
    /* Three quarters of the workers busy still leaves time for a handshake
       around the world; with none left, half a second serves 500 silent
       clients and a real one within one. */
    static const struct http_patience patience[] = {
        [HTTP_CALM] = {5000, 2000, 5000, 4096},
        [HTTP_PRESSED] = {2000, 200, 2000, 16384},
        [HTTP_FULL] = {500, 20, 500, 32768}};

    return &patience[c->server ? http_server_load(c->server) : HTTP_CALM];
}

bool http_conn_is_calm(const struct http_conn *c)
{
    return !c->server || http_server_load(c->server) == HTTP_CALM;
}

bool http_conn_is_stopping(const struct http_conn *c)
{
    return c->server && http_server_is_stopping(c->server);
}

/* Wait for the socket, a moment at most; false when nothing came. */
static bool wait_for(const struct http_conn *c, short events, int64_t left_ms)
{
    struct pollfd p = {.fd = c->fd, .events = events};
    int n = http_real_poll(&p, 1, left_ms > SLICE_MS ? SLICE_MS : (int)left_ms);

    return n > 0 || (n < 0 && errno != EINTR);
}

/* > 0 bytes, 0 the peer has ended or failed, -1 would block, -2 would block
   for writing (a TLS session may). */
static ptrdiff_t recv_now(struct http_conn *c, char *p, size_t n)
{
    ptrdiff_t got;

    if (c->ssl)
        return http_tls_read(c->ssl, p, n);
    do {
        got = http_real_recv(c->fd, p, n, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN ? -1 : 0;
    return got;
}

enum conn_io http_conn_recv(struct http_conn *c, char *p, size_t n,
                            http_conn_deadline *deadline, size_t *got)
{
    if (c->memory || c->is_broken)
        return CONN_CLOSED;
    for (;;) {
        ptrdiff_t now = recv_now(c, p, n);
        int64_t left;

        if (now > 0) {
            *got = (size_t)now;
            return CONN_OK;
        }
        if (now == 0)
            return CONN_CLOSED;
        left = deadline(c) - http_conn_now(c);
        if (left <= 0)
            return CONN_TIMEOUT;
        wait_for(c, now == -1 ? POLLIN : POLLOUT, left);
    }
}

/* --- out ------------------------------------------------------------- */

static bool memory_send(struct http_conn *c, struct str a, struct str b)
{
    struct http_memory *m = c->memory;

    buf_add(&m->out, a);
    buf_add(&m->out, b);
    if (m->body_at == 0)
        m->body_at = m->out.n - b.n; /* the first is the head */
    if (m->out.failed != RC_OK ||
        (m->close_after > 0 && m->out.n - m->body_at >= m->close_after))
        c->is_broken = true;
    return !c->is_broken;
}

/* As recv_now; what was sent is taken off a and b. */
static ptrdiff_t send_now(struct http_conn *c, struct str a, struct str b)
{
    struct iovec part[2];
    struct msghdr message = {.msg_iov = part};
    ptrdiff_t sent;

    if (c->ssl)
        return http_tls_write(c->ssl, a.n > 0 ? a.p : b.p, a.n > 0 ? a.n : b.n);
    for (int i = 0; i < 2; i++) {
        struct str s = i == 0 ? a : b;

        if (s.n == 0)
            continue;
        /* sendmsg does not write there, but its type is not const. */
        memcpy(&part[message.msg_iovlen].iov_base, &s.p, sizeof s.p);
        part[message.msg_iovlen++].iov_len = s.n;
    }
    do {
        sent = sendmsg(c->fd, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return errno == EAGAIN ? -2 : 0;
    return sent;
}

/*
 * Does the reader take bytes? The kernel takes megabytes on its behalf, so
 * what counts is what has left the socket's queue.
 */
struct pace {
    int64_t since_ms, moved; /* of the running window */
    bool has_begun;
};

/* Time that is left for the reader; <= 0: too slow. */
static int64_t pace_left(const struct http_conn *c, struct pace *pace,
                         size_t sent)
{
    const struct http_patience *patience = http_conn_patience(c);
    int64_t window = patience->grace_ms, rate = patience->out_rate;
    int64_t now = http_conn_now(c), moved;
    int queued = 0;

    if (ioctl(c->fd, SIOCOUTQ, &queued) != 0)
        queued = 0;
    moved = (int64_t)sent - queued;
    if (!pace->has_begun || moved - pace->moved >= rate * window / 1000)
        *pace = (struct pace){now, moved, true};
    return pace->since_ms + window - now;
}

static bool send_rest(struct http_conn *c, struct str a, struct str b)
{
    struct pace pace = {0, 0, false};
    size_t sent = 0;

    while (a.n + b.n > 0) {
        ptrdiff_t n = send_now(c, a, b);

        if (n == 0)
            return false;
        if (n < 0) {
            int64_t left = pace_left(c, &pace, sent);

            if (left <= 0)
                return false;
            wait_for(c, n == -1 ? POLLIN : POLLOUT, left);
            continue;
        }
        sent += (size_t)n;
        if ((size_t)n < a.n) {
            a = str_sub(a, (size_t)n, a.n);
        } else {
            b = str_sub(b, (size_t)n - a.n, b.n);
            a = STR("");
        }
    }
    return true;
}

bool http_conn_send(struct http_conn *c, struct str a, struct str b)
{
    if (c->is_broken)
        return false;
    c->bytes_out += (int64_t)(a.n + b.n);
    if (c->memory)
        return memory_send(c, a, b);
    /* Over TLS each write is a record: join what fits into one. */
    if (c->ssl && a.n > 0 && b.n > 0 && a.n + b.n <= TLS_JOIN_BYTES &&
        a.p == c->head.p && buf_reserve(&c->head, b.n)) {
        buf_add(&c->head, b);
        a = buf_view(&c->head);
        b = STR("");
    }
    if (!send_rest(c, a, b))
        c->is_broken = true;
    return !c->is_broken;
}

bool http_conn_peer_is_gone(const struct http_conn *c)
{
    struct pollfd p = {.fd = c->fd, .events = POLLRDHUP};

    if (c->is_broken)
        return true;
    if (c->memory)
        return false;
    return http_real_poll(&p, 1, 0) != 0;
}

void http_conn_linger(struct http_conn *c)
{
    int64_t until = http_conn_now(c) + LINGER_MS;
    size_t drained = 0;
    char waste[4096];

    if (c->memory || c->is_broken || !http_conn_is_calm(c))
        return;
    if (c->ssl)
        http_tls_close_notify(c->ssl);
    shutdown(c->fd, SHUT_WR);
    while (drained < LINGER_BYTES) {
        /* Under TLS too: what comes is only thrown away. */
        ptrdiff_t n = http_real_recv(c->fd, waste, sizeof waste, 0);

        if (n > 0)
            drained += (size_t)n;
        else if (n == 0 || (errno != EAGAIN && errno != EINTR) ||
                 http_conn_now(c) >= until)
            break;
        else
            wait_for(c, POLLIN, until - http_conn_now(c));
    }
    c->is_broken = true;
}
