/*
 * write - the response: its headers, its bytes, its streams.
 *
 * Head and body leave in one system call. What protects browsers is added
 * here, once, to everything.
 */
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "http/server.h"

enum { CHUNK_HEAD_BYTES = 20 };

static const struct status {
    int code;
    const char *text;
} STATUSES[] = {{200, "OK"},
                {201, "Created"},
                {202, "Accepted"},
                {204, "No Content"},
                {206, "Partial Content"},
                {301, "Moved Permanently"},
                {302, "Found"},
                {303, "See Other"},
                {304, "Not Modified"},
                {307, "Temporary Redirect"},
                {308, "Permanent Redirect"},
                {400, "Bad Request"},
                {401, "Unauthorized"},
                {403, "Forbidden"},
                {404, "Not Found"},
                {405, "Method Not Allowed"},
                {406, "Not Acceptable"},
                {408, "Request Timeout"},
                {409, "Conflict"},
                {410, "Gone"},
                {411, "Length Required"},
                {412, "Precondition Failed"},
                {413, "Content Too Large"},
                {414, "URI Too Long"},
                {415, "Unsupported Media Type"},
                {417, "Expectation Failed"},
                {421, "Misdirected Request"},
                {422, "Unprocessable Content"},
                {428, "Precondition Required"},
                {429, "Too Many Requests"},
                {431, "Request Header Fields Too Large"},
                {500, "Internal Server Error"},
                {501, "Not Implemented"},
                {502, "Bad Gateway"},
                {503, "Service Unavailable"},
                {504, "Gateway Timeout"},
                {505, "HTTP Version Not Supported"},
                {507, "Insufficient Storage"}};

const char *http_status_text(int status)
{
    size_t low = 0, high = sizeof STATUSES / sizeof *STATUSES;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (STATUSES[mid].code == status)
            return STATUSES[mid].text;
        if (STATUSES[mid].code < status)
            low = mid + 1;
        else
            high = mid;
    }
    return "Status";
}

/* --- what a handler sets --------------------------------------------- */

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
    }
    return s.n > 0 && s.n <= 64;
}

static bool is_value(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return s.n <= HTTP_MAX_OUT_HEADER_BYTES;
}

void http_header_add(struct http_response *res, const char *name,
                     struct str value)
{
    struct str n = str_c(name);

    if (res->failed != RC_OK)
        return;
    if (!is_name(n) || !is_value(value) ||
        res->n_headers == HTTP_MAX_OUT_HEADERS) {
        res->failed = RC_BUG;
        return;
    }
    n = str_copy(res->arena, n);
    value = str_copy(res->arena, value);
    if (!n.p || !value.p) {
        res->failed = RC_NOMEM;
        return;
    }
    res->headers[res->n_headers++] = (struct http_pair){n, value};
}

void http_response_reset(struct http_response *res)
{
    buf_reset(&res->body);
    res->status = 200;
    res->borrowed = STR_NONE;
    res->content_type = res->csp = res->cache = STR("");
    res->close = false;
    res->n_headers = 0;
    res->failed = RC_OK;
}

void http_error(struct http_response *res, int status, const char *code,
                struct str message)
{
    struct json_w w;

    http_response_reset(res);
    res->status = status;
    res->content_type = STR("application/json; charset=utf-8");
    json_w_init(&w, &res->body);
    json_obj_begin(&w);
    json_k(&w, "error");
    json_obj_begin(&w);
    json_kv(&w, "code", str_c(code));
    json_kv(&w, "message", message);
    json_k(&w, "issues");
    json_arr_begin(&w);
    json_arr_end(&w);
    json_k(&w, "rule"); /* one shape, whoever refuses */
    json_w_null(&w);
    json_k(&w, "run");
    json_w_null(&w);
    json_obj_end(&w);
    json_obj_end(&w);
    if (json_w_finish(&w, NULL) != RC_OK)
        buf_reset(&res->body);
}

void http_cookie_set(struct http_response *res, const struct http_cookie *c)
{
    struct buf text;

    buf_init(&text, HTTP_MAX_OUT_HEADER_BYTES);
    buf_adds(&text, c->name);
    buf_addc(&text, '=');
    buf_add(&text, c->value);
    buf_adds(&text, "; Path=");
    buf_adds(&text, c->path ? c->path : "/");
    if (c->max_age_s != 0) {
        buf_adds(&text, "; Max-Age=");
        buf_add_i64(&text, c->max_age_s > 0 ? c->max_age_s : 0);
    }
    if (c->is_secure)
        buf_adds(&text, "; Secure");
    buf_adds(&text, "; HttpOnly; SameSite=Lax");
    /* A semicolon in the value would add attributes. */
    if (text.failed != RC_OK || str_chr(c->value, ';') >= 0)
        res->failed = text.failed == RC_NOMEM ? RC_NOMEM : RC_BUG;
    else
        http_header_add(res, "Set-Cookie", buf_view(&text));
    buf_release(&text);
}

/* --- head ------------------------------------------------------------ */

/* IMF-fixdate, remade once a second. */
static struct str date_now(struct http_conn *c)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed",
                                    "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr",
                                       "May", "Jun", "Jul", "Aug",
                                       "Sep", "Oct", "Nov", "Dec"};
    int64_t s = c->clock->now_ms(c->clock->arg) / 1000;

    if (s != c->date_s) {
        time_t t = (time_t)s;
        struct tm tm;

        if (!gmtime_r(&t, &tm))
            return STR("Thu, 01 Jan 1970 00:00:00 GMT");
        snprintf(c->date, sizeof c->date, "%s, %02u %s %04u %02u:%02u:%02u GMT",
                 days[tm.tm_wday % 7], (unsigned)tm.tm_mday % 100,
                 months[tm.tm_mon % 12], ((unsigned)tm.tm_year + 1900) % 10000,
                 (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
                 (unsigned)tm.tm_sec % 100);
        c->date_s = s;
    }
    return str_c(c->date);
}

static void add_line(struct buf *b, const char *name, struct str value)
{
    buf_adds(b, name);
    buf_add(b, value);
    buf_add(b, STR("\r\n"));
}

/* What every browser is told, whatever it gets. */
static void add_protection(struct http_conn *c)
{
    struct http_response *res = &c->res;
    struct buf *b = &c->head;
    bool is_html = str_starts(res->content_type, STR("text/html"));
    int hsts = c->server ? http_server_hsts(c->server) : -1;

    add_line(
        b, "Cache-Control: ", res->cache.n > 0 ? res->cache : STR("no-store"));
    buf_adds(b, "X-Content-Type-Options: nosniff\r\n"
                "Referrer-Policy: same-origin\r\n"
                "Cross-Origin-Opener-Policy: same-origin\r\n"
                "Cross-Origin-Resource-Policy: same-origin\r\n");
    if (c->frame.req.is_tls && hsts > 0) {
        buf_adds(b, "Strict-Transport-Security: max-age=");
        buf_add_i64(b, hsts);
        buf_adds(b, "\r\n");
    }
    if (res->csp.n > 0)
        add_line(b, "Content-Security-Policy: ", res->csp);
    else if (is_html)
        add_line(b, "Content-Security-Policy: ", STR(HTTP_CSP_STRICT));
    if (is_html)
        buf_adds(b, "X-Frame-Options: DENY\r\n");
}

static bool has_no_body(int status)
{
    return status == 204 || status == 304 || status < 200;
}

/* `length` < 0: not known. */
static void build_head(struct http_conn *c, int64_t length)
{
    struct http_response *res = &c->res;
    struct buf *b = &c->head;

    buf_reset(b);
    buf_adds(b, "HTTP/1.1 ");
    buf_add_i64(b, res->status);
    buf_addc(b, ' ');
    add_line(b, http_status_text(res->status), STR(""));
    add_line(b, "Date: ", date_now(c));
    if (!has_no_body(res->status)) {
        if (res->content_type.n > 0)
            add_line(b, "Content-Type: ", res->content_type);
        if (length >= 0) {
            buf_adds(b, "Content-Length: ");
            buf_add_i64(b, length);
            buf_adds(b, "\r\n");
        } else if (c->is_chunked) {
            buf_adds(b, "Transfer-Encoding: chunked\r\n");
        }
    }
    add_protection(c);
    for (size_t i = 0; i < res->n_headers; i++) {
        buf_add(b, res->headers[i].name);
        add_line(b, ": ", res->headers[i].value);
    }
    if (c->closes)
        buf_adds(b, "Connection: close\r\n");
    else if (c->frame.minor == 0)
        buf_adds(b, "Connection: keep-alive\r\n");
    buf_adds(b, "\r\n");
}

/* A response that cannot be sent as it is becomes one that can. */
static void settle(struct http_response *res)
{
    if (res->failed == RC_OK)
        res->failed = res->body.failed == RC_OK      ? RC_OK
                      : res->body.failed == RC_NOMEM ? RC_NOMEM
                                                     : RC_BUG;
    if (res->failed == RC_OK &&
        (!is_value(res->content_type) || !is_value(res->csp) ||
         !is_value(res->cache) || res->status < 200 || res->status > 599))
        res->failed = RC_BUG;
    if (res->failed == RC_OK)
        return;
    if (res->failed == RC_NOMEM)
        http_error(res, 503, "E_BUSY",
                   STR("The server is out of memory; try again."));
    else
        http_error(res, 500, "E_INTERNAL",
                   STR("The server could not build its answer."));
}

void http_conn_respond(struct http_conn *c)
{
    struct http_response *res = &c->res;
    struct str body;

    settle(res);
    if (res->close || http_conn_is_stopping(c))
        c->closes = true;
    body = res->borrowed.p ? res->borrowed : buf_view(&res->body);
    build_head(c, (int64_t)body.n);
    if (c->head.failed != RC_OK) {
        c->is_broken = c->closes = true;
        return;
    }
    if (c->frame.req.method == HTTP_HEAD || has_no_body(res->status))
        body = STR("");
    if (!http_conn_send(c, buf_view(&c->head), body))
        c->closes = true;
}

/* --- streams --------------------------------------------------------- */

enum rc http_stream_begin(struct http_request *req, struct http_response *res,
                          enum http_stream kind, struct err *err)
{
    struct http_conn *c = req->conn;

    if (kind == HTTP_STREAM_EVENTS && c->server) {
        if (!http_server_stream_enter(c->server))
            return FAIL(err, RC_BUSY,
                        "Too many live connections are open; poll instead.");
        c->is_counted_stream = true;
    }
    settle(res);
    c->is_chunked = kind == HTTP_STREAM_DOWNLOAD && c->frame.minor > 0;
    if (!c->is_chunked || res->close || http_conn_is_stopping(c))
        c->closes = true;
    res->is_streaming = true;
    build_head(c, -1);
    if (c->head.failed != RC_OK ||
        !http_conn_send(c, buf_view(&c->head), STR(""))) {
        c->is_broken = c->closes = true;
        return FAIL(err, RC_IO, "The client went away.");
    }
    return RC_OK;
}

bool http_stream_write(struct http_response *res, struct str piece)
{
    struct http_conn *c = res->conn;
    char size[CHUNK_HEAD_BYTES];
    int n;

    if (c->is_broken)
        return false;
    if (piece.n == 0 || c->frame.req.method == HTTP_HEAD)
        return true;
    if (!c->is_chunked || c->memory)
        return http_conn_send(c, piece, STR(""));
    n = snprintf(size, sizeof size, "%zx\r\n", piece.n);
    return http_conn_send(c, str_of(size, (size_t)n), piece) &&
           http_conn_send(c, STR("\r\n"), STR(""));
}

bool http_stream_is_open(const struct http_response *res)
{
    return !http_conn_is_stopping(res->conn) &&
           !http_conn_peer_is_gone(res->conn);
}

void http_stream_abort(struct http_response *res)
{
    res->conn->is_broken = true;
    res->conn->closes = true;
}

void http_conn_end_stream(struct http_conn *c)
{
    if (c->is_counted_stream)
        http_server_stream_leave(c->server);
    c->is_counted_stream = false;
    if (c->is_chunked && !c->memory && !c->is_broken &&
        c->frame.req.method != HTTP_HEAD)
        http_conn_send(c, STR("0\r\n\r\n"), STR(""));
    if (c->is_broken)
        c->closes = true;
}
