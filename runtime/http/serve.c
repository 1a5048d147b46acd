/*
 * serve - the life of a connection: head, handler, response, again.
 */
#include "base/clock.h"
#include "base/log.h"
#include "http/server.h"

enum {
    SKIP_BYTES = 64 << 10, /* of an unread body thrown away to keep alive   */
    SKIP_MS = 500,         /* for that                                      */
    FULL_REQUESTS = 256    /* of one connection while others may be waiting */
};

/* What http_error calls a status that came from the shape of the request. */
static const char *code_of(int status)
{
    switch (status) {
    case 405:
        return "E_METHOD";
    case 408:
        return "E_TIMEOUT";
    case 413:
    case 414:
    case 431:
        return "E_TOO_LARGE";
    case 503:
        return "E_BUSY";
    default:
        return "E_SYNTAX";
    }
}

static void begin_request(struct http_conn *c)
{
    arena_reset(&c->arena);
    if (c->body_in.n > 0)
        buf_reset(&c->body_in);
    http_response_reset(&c->res);
    c->res.arena = &c->arena;
    c->res.conn = c;
    c->res.is_streaming = false;
    c->frame.req = (struct http_request){.arena = &c->arena, .conn = c};
    c->frame.minor = 1;
    c->body_left = c->body_got = c->body_since_ms = 0;
    c->body_failed = c->owes_continue = false;
    c->is_chunked = c->is_counted_stream = false;
    c->bytes_out = 0;
    if (c->in_from == c->in_to)
        c->in_from = c->in_to = 0;
}

/* --- the head -------------------------------------------------------- */

/* An empty line before a request is left over from an older client's body. */
static void skip_empty_line(struct http_conn *c)
{
    if (c->in_to - c->in_from >= 2 &&
        memcmp(c->in + c->in_from, "\r\n", 2) == 0)
        c->in_from += 2;
}

static int64_t head_deadline(const struct http_conn *c)
{
    const struct http_patience *patience = http_conn_patience(c);

    if (c->head_has_begun)
        return c->wait_since_ms + patience->head_ms;
    if (http_conn_is_stopping(c))
        return 0;
    return c->wait_since_ms +
           (c->n_served == 0 ? patience->head_ms : patience->idle_ms);
}

/* Too long for a head: which of its parts is to blame. */
static int too_long(struct http_conn *c, struct str head, const char **why)
{
    c->closes = true;
    if (!memchr(head.p, '\n', head.n)) {
        *why = "The address is longer than 8192 bytes.";
        return 414;
    }
    *why = "The headers are longer than 16384 bytes.";
    return 431;
}

/*
 * Bring a whole head into the buffer. 0, or the status to refuse with, or -1:
 * end without a word (nothing was asked).
 */
static int read_head(struct http_conn *c, struct str *head, const char **why)
{
    size_t scanned = 0, line = 0, end = 0, got = 0;

    c->wait_since_ms = http_conn_now(c);
    c->head_has_begun = false;
    if (c->in_from > 0) {
        memmove(c->in, c->in + c->in_from, c->in_to - c->in_from);
        c->in_to -= c->in_from;
        c->in_from = 0;
    }
    for (;;) {
        struct str bytes;

        if (!c->head_has_begun)
            skip_empty_line(c);
        bytes = str_of(c->in + c->in_from, c->in_to - c->in_from);
        if (bytes.n > 0 && !c->head_has_begun) {
            c->head_has_begun = true;
            c->wait_since_ms = http_conn_now(c);
        }
        switch (http_head_end(bytes, &scanned, &line, &end)) {
        case HTTP_HEAD_WHOLE:
            *head = str_sub(bytes, 0, end);
            if (end > LIMIT_HEADER_BYTES)
                return too_long(c, *head, why);
            c->in_from += end;
            return 0;
        case HTTP_HEAD_BARE_LF:
            *why = "A line does not end with CR LF.";
            return 400;
        case HTTP_HEAD_MORE:
            if (bytes.n > LIMIT_HEADER_BYTES)
                return too_long(c, bytes, why);
            break;
        }
        switch (http_conn_recv(c, c->in + c->in_to, c->in_cap - c->in_to,
                               head_deadline, &got)) {
        case CONN_OK:
            c->in_to += got;
            break;
        case CONN_TIMEOUT:
            *why = "The request came too slowly.";
            return c->head_has_begun ? 408 : -1;
        case CONN_CLOSED:
            return -1;
        }
    }
}

/* --- who asks -------------------------------------------------------- */

/* The last address of X-Forwarded-For that is not one of our proxies. */
static struct str forwarded_for(const struct http_conn *c, struct str peer)
{
    struct str list = http_header_get(&c->frame.req, "x-forwarded-for");

    while (list.n > 0) {
        size_t at = list.n;
        struct str last;

        while (at > 0 && list.p[at - 1] != ',')
            at--;
        last = str_trim(str_sub(list, at, list.n));
        if (last.n == 0 || last.n > 45)
            return peer;
        peer = last;
        if (!http_server_is_proxy(c->server, last))
            return peer;
        list = str_sub(list, 0, at > 0 ? at - 1 : 0);
    }
    return peer;
}

static void fill_origin(struct http_conn *c)
{
    struct http_request *req = &c->frame.req;

    req->conn = c;
    req->peer = str_c(c->peer);
    req->is_unix_socket = c->is_unix_socket;
    req->is_tls = c->ssl != NULL;
    req->started_mono_ms = http_conn_now(c);
    if (!c->is_proxy)
        return;
    req->peer = forwarded_for(c, req->peer);
    if (str_is(http_header_get(req, "x-forwarded-proto"), "https"))
        req->is_tls = true;
}

/* --- one request ----------------------------------------------------- */

static void refuse(struct http_conn *c, int status, const char *why)
{
    c->closes = true;
    http_error(&c->res, status, code_of(status), str_c(why));
    if (status == 405)
        http_header_add(&c->res, "Allow",
                        STR("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    if (status == 503)
        http_header_add(&c->res, "Retry-After", STR("1"));
    http_conn_respond(c);
    if (c->server)
        http_server_count(c->server, status, true);
    http_conn_linger(c);
}

static int64_t skip_deadline(const struct http_conn *c)
{
    return c->wait_since_ms + SKIP_MS;
}

/* An unread body: thrown away when it is short, else the connection ends. */
static void skip_body(struct http_conn *c)
{
    size_t early = c->in_to - c->in_from, got = 0;
    char waste[4096];

    if (c->body_left == 0)
        return;
    if ((uint64_t)c->body_left < early)
        early = (size_t)c->body_left;
    c->in_from += early;
    c->body_left -= (int64_t)early;
    /* The client of an unanswered 100-continue sends its body or not. */
    if (c->body_left > SKIP_BYTES || c->body_failed || c->owes_continue)
        c->closes = true;
    c->wait_since_ms = http_conn_now(c);
    while (!c->closes && c->body_left > 0) {
        size_t n = (uint64_t)c->body_left < sizeof waste ? (size_t)c->body_left
                                                         : sizeof waste;

        if (http_conn_recv(c, waste, n, skip_deadline, &got) != CONN_OK)
            c->closes = true;
        else
            c->body_left -= (int64_t)got;
    }
}

static void log_request(const struct http_conn *c)
{
    const struct http_request *req = &c->frame.req;

    log_info("http.request", KV_C("method", http_method_name(req->method)),
             KV("path", req->raw_path), KV_I64("status", c->res.status),
             KV_I64("ms", http_conn_now(c) - req->started_mono_ms),
             KV_I64("bytes", c->bytes_out), KV("peer", req->peer));
}

/* Close when the response is out? Decided before, for it says so. */
static bool must_close(const struct http_conn *c)
{
    if (!c->frame.keep_alive || http_conn_is_stopping(c))
        return true;
    /* Others wait for a worker: give it to them now and then. */
    return c->server && c->n_served >= FULL_REQUESTS &&
           c->n_served % FULL_REQUESTS == 0 &&
           http_server_load(c->server) == HTTP_FULL;
}

static void answer(struct http_conn *c)
{
    c->closes = must_close(c);
    c->body_left = c->frame.req.content_length;
    c->owes_continue = c->frame.expects_continue;
    c->handle(c->arg, &c->frame.req, &c->res);
    if (c->res.is_streaming) {
        http_conn_end_stream(c);
    } else {
        /* What stays unread decides whether the connection can go on. */
        if (c->body_left > 0 &&
            (c->body_failed || c->owes_continue || c->body_left > SKIP_BYTES))
            c->closes = true;
        http_conn_respond(c);
    }
    if (c->server) {
        http_server_count(c->server, c->res.status, false);
        if (http_server_logs(c->server))
            log_request(c);
    }
    skip_body(c);
    if (c->closes && c->body_left > 0)
        http_conn_linger(c);
}

/* True when another request may follow. */
static bool serve_one(struct http_conn *c)
{
    struct str head = STR_NONE;
    const char *why = NULL;
    int status;

    begin_request(c);
    status = read_head(c, &head, &why);
    if (status < 0)
        return false;
    if (status == 0) {
        status = http_head_parse(head, &c->arena, &c->frame, &why);
        fill_origin(c);
    }
    if (status != 0) {
        refuse(c, status, why);
        return false;
    }
    if (c->server && !c->is_unix_socket &&
        !http_server_has_host(c->server, c->frame.req.host)) {
        refuse(c, 421, "No such host is served here.");
        return false;
    }
    c->n_served++;
    answer(c);
    return !c->closes && !c->is_broken;
}

void http_conn_serve(struct http_conn *c)
{
    while (serve_one(c))
        ;
    arena_reset(&c->arena);
}
