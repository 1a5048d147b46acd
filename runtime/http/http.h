/*
 * http - the server: sockets, TLS, framing, requests and responses.
 *
 * Wraps CivetWeb so that nothing above ever sees it. A handler gets a request
 * that was framed strictly, whose address was decoded once, and a response
 * that leaves in one write. What is refused before a handler runs (smuggling,
 * slow or huge requests, odd addresses) is answered here and closed.
 *
 * A connection holds one of `threads` workers. Each worker owns the arena that
 * its requests use; everything a request points to lives until its handler
 * returns, nothing longer.
 *
 * Threads: a handler runs on many threads at once; a request and its response
 * belong to the one that runs it. Strings have a length and no NUL.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"

struct clock;
struct http_conn;

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS
};
enum { HTTP_METHODS = HTTP_OPTIONS + 1 };
const char *http_method_name(enum http_method m); /* "GET"; static */
/* GET, HEAD, OPTIONS: nothing changes on the server. */
bool http_method_is_safe(enum http_method m);

enum {
    HTTP_MAX_SEGMENTS = 16,           /* of a path                            */
    HTTP_MAX_QUERY = 64,              /* parameters                           */
    HTTP_MAX_HEADERS = 64,            /* lines of a request                   */
    HTTP_MAX_OUT_HEADERS = 24,        /* that a handler may set               */
    HTTP_MAX_OUT_HEADER_BYTES = 4096, /* of one value                         */
    HTTP_ARENA_BYTES = 32 << 20,      /* ceiling of a request's memory        */
    HTTP_BODY_OUT_BYTES = 32 << 20    /* ceiling of a response in memory      */
};

struct http_pair {
    struct str name, value;
};

struct http_request {
    enum http_method method;
    struct str raw_path;  /* as it was sent, before the '?'            */
    struct str raw_query; /* after the '?', undecoded; may be empty    */
    /* Decoded pieces between slashes, none empty, valid UTF-8, no NUL, no
       slash or backslash inside; "/" has none. A slash at the end is no
       piece. */
    const struct str *segments;
    size_t n_segments;
    /* Decoded, in the order sent; a name occurs once. */
    const struct http_pair *query;
    size_t n_query;
    const struct http_pair *headers; /* as sent; see http_header_get          */
    size_t n_headers;
    struct str host;         /* lower case, with the port if one was sent     */
    struct str content_type; /* "application/json": lower case, no parameters */
    int64_t content_length;  /* bytes of the body; 0 when there is none     */
    struct str peer;         /* address of the client, behind a listed proxy
                                the one it reports; "" on the Unix socket     */
    bool is_tls;             /* also when a listed proxy says so              */
    bool is_unix_socket;
    /* What the router captured: see router.h. */
    struct str captures[HTTP_MAX_SEGMENTS];
    size_t n_captures;
    struct arena *arena; /* of this request                               */
    int64_t started_mono_ms;
    struct http_conn *conn; /* http's own                                    */
};

/* Value of a header, any case; STR_NONE (p NULL) when absent. The first, if a
   name that may be repeated (Accept, Via ...) was. */
struct str http_header_get(const struct http_request *req, const char *name);
/* A query parameter; false when absent. "x" and "x=" give an empty value. */
bool http_query_get(const struct http_request *req, const char *name,
                    struct str *out);
/* A cookie by exact name; STR_NONE when absent or when it was sent twice. */
struct str http_cookie_get(const struct http_request *req, const char *name);
/* True if If-None-Match holds `etag` (with its quotes) or "*". */
bool http_if_none_match(const struct http_request *req, struct str etag);

/*
 * Read the whole body; *out lives as long as the request.
 *
 * Errors: RC_LIMIT with code "E_TOO_LARGE"  longer than limit_bytes (413)
 *         RC_LIMIT with code "E_TIMEOUT"    under 1 KiB/s or past 60 s (408)
 *         RC_IO    the client went away
 *         RC_NOMEM
 *         After an error the connection closes with the response. The second
 *         call answers the same body again.
 */
enum rc http_body_read(struct http_request *req, size_t limit_bytes,
                       struct str *out, struct err *err) MUST_CHECK;
/*
 * The same by pieces: `take` gets each piece (valid during the call) and may
 * stop with an error, which is returned. For uploads: no copy is kept.
 */
enum rc http_body_stream(struct http_request *req, size_t limit_bytes,
                         enum rc (*take)(void *arg, struct str piece,
                                         struct err *err),
                         void *arg, struct err *err) MUST_CHECK;

/* --- response -------------------------------------------------------- */

struct http_response {
    int status;              /* 200                                           */
    struct buf body;         /* written by the handler                        */
    struct str borrowed;     /* sent instead of `body` when p is not NULL;
                                must outlive the handler's return (static, the
                                request's arena)                              */
    struct str content_type; /* with charset; empty when there is no body     */
    struct str csp;          /* Content-Security-Policy; HTML without one gets
                                HTTP_CSP_STRICT                               */
    struct str cache;        /* Cache-Control; "no-store" unless set          */
    bool close;              /* close the connection afterwards               */
    struct http_pair headers[HTTP_MAX_OUT_HEADERS]; /* by http_header_add     */
    size_t n_headers;
    enum rc failed; /* sticky: a header was refused; 500 is sent     */
    bool is_streaming;
    struct arena *arena;
    struct http_conn *conn; /* http's own                                    */
};

#define HTTP_CSP_STRICT                                                        \
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "            \
    "form-action 'none'"

/*
 * Add a header; name and value are copied. CR, LF and other control bytes, a
 * bad name, too many or too long make the response a 500 (`failed`). What the
 * server itself writes is not given here: Content-Length, Content-Type, Date,
 * Connection, Cache-Control, the security headers.
 */
void http_header_add(struct http_response *res, const char *name,
                     struct str value);
/* Begin anew: status 200, no headers, no body. */
void http_response_reset(struct http_response *res);
/*
 * {"error":{"code","message","issues":[]}} with `status`; resets first. For
 * refusals that need no more than a sentence.
 */
void http_error(struct http_response *res, int status, const char *code,
                struct str message);
const char *http_status_text(int status); /* "Not Found"; static */

struct http_cookie {
    const char *name;
    struct str value;
    const char *path;  /* "/" */
    int64_t max_age_s; /* 0: until the browser closes; < 0: delete it    */
    bool is_secure;    /* adds Secure; always HttpOnly and SameSite=Lax  */
};
void http_cookie_set(struct http_response *res, const struct http_cookie *c);

/* --- streaming ------------------------------------------------------- */

enum http_stream {
    HTTP_STREAM_EVENTS,  /* server-sent events: counted, at most half of the
                            workers; ends by closing                          */
    HTTP_STREAM_DOWNLOAD /* of unknown length, chunked: an export             */
};
/*
 * Send status and headers now; `body` is not used afterwards.
 * Errors: RC_BUSY  half of the workers stream already (the response is
 *                  untouched: answer 503), RC_IO the client is gone.
 */
enum rc http_stream_begin(struct http_request *req, struct http_response *res,
                          enum http_stream kind, struct err *err) MUST_CHECK;
/* False when the client is gone or too slow; then return. */
bool http_stream_write(struct http_response *res, struct str piece) MUST_CHECK;
/* False when the client has gone or the server is closing. Cheap. */
bool http_stream_is_open(const struct http_response *res);
/*
 * A download that cannot be completed: the connection is cut without the last
 * chunk, so that the client sees a broken transfer, not a short file.
 */
void http_stream_abort(struct http_response *res);

/* --- server ---------------------------------------------------------- */

struct http_server;

typedef void http_handler(void *arg, struct http_request *req,
                          struct http_response *res);

struct http_config {
    /*
     * "127.0.0.1:8080" (HTTPS if a certificate is given, else HTTP),
     * "http://..." and "https://..." to say which, "unix:/path/of.sock".
     * Port 0 takes a free one: http_server_port. "localhost" is both
     * loopbacks, "*" every address.
     */
    const struct str *listen;
    size_t n_listen;
    const char *cert_file;     /* PEM chain, or NULL                    */
    const char *key_file;      /* PEM key                               */
    bool tls_at_proxy;         /* plain HTTP beyond loopback is wanted: a
                                        proxy in front terminates TLS         */
    const struct str *proxies; /* addresses whose X-Forwarded-For and
                                        -Proto are believed                   */
    size_t n_proxies;
    /* Host names that requests may be for, without port, lower case; none:
       any. Others get 421: no foreign name can be made to point here. Not
       asked on the Unix socket. */
    const struct str *hosts;
    size_t n_hosts;
    int threads;               /* 0: 256                                */
    int per_ip_percent;        /* of the workers one address may hold;
                                        0: 25; 100 switches it off. Loopback
                                        and listed proxies are not counted    */
    int hsts_seconds;          /* over TLS; 0: one year, -1: none       */
    bool log_requests;         /* one line each, "http.request"         */
    const struct clock *clock; /* NULL: the system's                    */
    http_handler *handle;
    void *arg;
};

/*
 * Listen and serve. `config` and what it points to are copied.
 * Errors: RC_INVALID  plain HTTP beyond loopback; a bad address; HTTPS without
 *                     a certificate; the message says what to write instead
 *         RC_CONFLICT the address is in use
 *         RC_IO       a certificate or key cannot be read or do not belong
 *                     together
 *         RC_NOMEM
 */
enum rc http_server_open(const struct http_config *config,
                         struct http_server **out, struct err *err) MUST_CHECK;
/* Refuses new requests, ends streams, waits for handlers. NULL is fine. */
void http_server_close(struct http_server *s);
/* Tell streams and idle connections to end; _close may follow later. Safe in
   any thread, twice. */
void http_server_stop(struct http_server *s);
/* Port of the k-th listen address (0 for a Unix socket). */
int http_server_port(const struct http_server *s, size_t k);

struct http_stats {
    int64_t requests, refused, streams, connections; /* streams, connections:
                                                        at this moment */
    int64_t by_class[6];                             /* [2]: 2xx ...   */
};
void http_server_stats(const struct http_server *s, struct http_stats *out);
const char *http_civetweb_version(void); /* "1.15"; static           */
const char *http_tls_version(void);      /* "mbedTLS 2.28.3"; static */

#endif
