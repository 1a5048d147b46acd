/* request - what a handler asks of a request: parameters, cookies, the body. */
#include <strings.h>

#include "http/conn.h"
#include "http/url.h"

enum { PIECE_BYTES = 16 << 10 };

bool http_query_get(const struct http_request *req, const char *name,
                    struct str *out)
{
    struct str wanted = str_c(name);

    for (size_t i = 0; i < req->n_query; i++)
        if (str_eq(req->query[i].name, wanted)) {
            *out = req->query[i].value;
            return true;
        }
    return false;
}

struct str http_cookie_get(const struct http_request *req, const char *name)
{
    struct str found = STR_NONE;

    /* Browsers send one header, a proxy may split it. */
    for (size_t i = 0; i < req->n_headers; i++) {
        const struct http_pair *h = &req->headers[i];
        struct str value;

        if (h->name.n != 6 || strncasecmp(h->name.p, "cookie", 6) != 0)
            continue;
        value = http_cookie_find(h->value, str_c(name));
        if (value.p && found.p)
            return STR_NONE;
        if (value.p)
            found = value;
    }
    return found;
}

bool http_if_none_match(const struct http_request *req, struct str etag)
{
    struct str list = http_header_get(req, "if-none-match"), tag;

    while (str_split(&list, ',', &tag)) {
        tag = str_trim(tag);
        if (str_starts(tag, STR("W/"))) /* weak comparison: RFC 9110 13.1.2 */
            tag = str_sub(tag, 2, tag.n);
        if (str_is(tag, "*") || str_eq(tag, etag))
            return true;
    }
    return false;
}

/* --- body ------------------------------------------------------------ */

/* When the client must have sent more than it has. */
static int64_t body_deadline(const struct http_conn *c)
{
    int64_t length = c->frame.req.content_length;
    int64_t whole = c->body_since_ms + CONN_BODY_MS;
    int64_t rate = c->body_since_ms + c->body_got * 1000 / CONN_BODY_RATE +
                   http_conn_patience(c)->grace_ms;

    if (length > LIMIT_BODY_BYTES)
        whole += length * 1000 / CONN_LARGE_RATE;
    return rate < whole ? rate : whole;
}

/* Whatever goes wrong in a body, what follows it cannot be framed. */
static enum rc body_fail(struct http_conn *c, enum rc rc)
{
    c->body_failed = true;
    c->closes = true;
    return rc;
}

static enum rc body_begin(struct http_conn *c, size_t limit_bytes,
                          struct err *err)
{
    if (c->body_failed)
        return FAIL(err, RC_IO, "The body of the request is incomplete.");
    if ((uint64_t)c->frame.req.content_length > limit_bytes)
        return body_fail(
            c, FAIL_CODE(err, RC_LIMIT, "E_TOO_LARGE",
                         "The body is larger than the %zu bytes that are "
                         "taken here.",
                         limit_bytes));
    if (c->owes_continue && c->body_left > 0) {
        http_conn_send(c, STR("HTTP/1.1 100 Continue\r\n\r\n"), STR(""));
        c->bytes_out = 0;
    }
    c->owes_continue = false;
    if (c->body_since_ms == 0)
        c->body_since_ms = http_conn_now(c);
    return RC_OK;
}

/* At most n bytes of the body; what came with the head first. */
static enum rc body_take(struct http_conn *c, char *p, size_t n, size_t *got,
                         struct err *err)
{
    size_t early = c->in_to - c->in_from;

    if ((uint64_t)c->body_left < n)
        n = (size_t)c->body_left;
    if (early > 0) {
        *got = early < n ? early : n;
        memcpy(p, c->in + c->in_from, *got);
        c->in_from += *got;
    } else {
        switch (http_conn_recv(c, p, n, body_deadline, got)) {
        case CONN_OK:
            break;
        case CONN_TIMEOUT:
            return body_fail(
                c, FAIL_CODE(err, RC_LIMIT, "E_TIMEOUT",
                             "The body came too slowly; try again over a "
                             "better connection."));
        case CONN_CLOSED:
            return body_fail(c, FAIL(err, RC_IO, "The client went away."));
        }
    }
    c->body_left -= (int64_t)*got;
    c->body_got += (int64_t)*got;
    return RC_OK;
}

enum rc http_body_stream(struct http_request *req, size_t limit_bytes,
                         enum rc (*take)(void *arg, struct str piece,
                                         struct err *err),
                         void *arg, struct err *err)
{
    struct http_conn *c = req->conn;
    enum rc rc = body_begin(c, limit_bytes, err);
    char *piece;

    if (rc != RC_OK)
        return rc;
    piece = arena_alloc(req->arena, PIECE_BYTES);
    if (!piece)
        return body_fail(
            c, FAIL(err, RC_NOMEM, "There is not enough memory for a body."));
    while (rc == RC_OK && c->body_left > 0) {
        size_t got = 0;

        rc = body_take(c, piece, PIECE_BYTES, &got, err);
        if (rc == RC_OK)
            rc = take(arg, str_of(piece, got), err);
    }
    return rc;
}

enum rc http_body_read(struct http_request *req, size_t limit_bytes,
                       struct str *out, struct err *err)
{
    struct http_conn *c = req->conn;
    enum rc rc = body_begin(c, limit_bytes, err);

    if (rc != RC_OK)
        return rc;
    while (c->body_left > 0) {
        /* Grows with what has arrived, not with what was announced. */
        size_t room = (uint64_t)c->body_left < PIECE_BYTES
                          ? (size_t)c->body_left
                          : PIECE_BYTES;
        size_t got = 0;

        if (!buf_reserve(&c->body_in, room))
            return body_fail(c, FAIL(err, RC_NOMEM,
                                     "There is not enough memory for a body."));
        rc = body_take(c, c->body_in.p + c->body_in.n, room, &got, err);
        if (rc != RC_OK)
            return rc;
        c->body_in.n += got;
    }
    *out = buf_view(&c->body_in);
    return RC_OK;
}
