/*
 * loopback - see the header. A connection over memory: the same head parser,
 * the same serve loop, the same writer.
 */
#include "http/loopback.h"

#include <strings.h>

#include "http/conn.h"

enum { OUT_BYTES = HTTP_BODY_OUT_BYTES + (128 << 10) };

struct call {
    http_handler *handle;
    void *arg;
    const char *method, *target, *headers;
    struct str body;
    size_t close_after;
    bool is_unix_socket;
};

static bool has_header(const char *headers, const char *name)
{
    struct str rest = str_c(headers), line, want = str_c(name);

    while (str_split(&rest, '\n', &line))
        if (line.n > want.n && line.p[want.n] == ':' &&
            strncasecmp(line.p, want.p, want.n) == 0)
            return true;
    return false;
}

static void write_request(const struct call *call, struct buf *b)
{
    struct str rest = str_c(call->headers), line;

    buf_adds(b, call->method);
    buf_addc(b, ' ');
    buf_adds(b, call->target);
    buf_adds(b, " HTTP/1.1\r\n");
    while (str_split(&rest, '\n', &line)) {
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n == 0)
            continue;
        buf_add(b, line);
        buf_adds(b, "\r\n");
    }
    if (!has_header(call->headers, "Host"))
        buf_adds(b, "Host: localhost\r\n");
    if (!has_header(call->headers, "Content-Length") &&
        !has_header(call->headers, "Transfer-Encoding")) {
        buf_adds(b, "Content-Length: ");
        buf_add_i64(b, (int64_t)call->body.n);
        buf_adds(b, "\r\n");
    }
    buf_adds(b, "\r\n");
    buf_add(b, call->body);
}

/* Past "HTTP/1.1 100 Continue", split what came out into head and body. */
static void read_response(struct str all, struct arena *a,
                          struct http_test_result *out)
{
    ptrdiff_t end;

    while (str_starts(all, STR("HTTP/1.1 100 "))) {
        end = str_find(all, STR("\r\n\r\n"));
        if (end < 0)
            return;
        all = str_sub(all, (size_t)end + 4, all.n);
    }
    end = str_find(all, STR("\r\n\r\n"));
    if (end < 0 || all.n < 12)
        return;
    out->status =
        (all.p[9] - '0') * 100 + (all.p[10] - '0') * 10 + (all.p[11] - '0');
    out->head = str_copy(a, str_sub(all, 0, (size_t)end + 2));
    out->body = str_copy(a, str_sub(all, (size_t)end + 4, all.n));
    out->content_type = http_test_header(out, "Content-Type");
    if (!out->content_type.p)
        out->content_type = STR("");
}

static void run(const struct call *call, struct arena *a,
                struct http_test_result *out)
{
    struct http_memory memory = {.close_after = call->close_after,
                                 .is_unix_socket = call->is_unix_socket};
    struct http_conn *c = ARENA_NEW(a, struct http_conn);
    struct buf request;

    *out = (struct http_test_result){.status = 0};
    if (!c)
        return;
    buf_init(&memory.out, OUT_BYTES);
    buf_init(&request, OUT_BYTES);
    write_request(call, &request);
    http_conn_init(c, NULL, NULL, NULL, call->handle, call->arg);
    if (request.failed == RC_OK) {
        http_conn_begin_memory(c, &memory, &request);
        http_conn_serve(c);
        if (memory.out.failed == RC_OK)
            read_response(buf_view(&memory.out), a, out);
    }
    http_conn_release(c);
    buf_release(&request);
    buf_release(&memory.out);
}

void http_test_request(http_handler *handle, void *arg, const char *method,
                       const char *target, const char *headers, struct str body,
                       struct arena *a, struct http_test_result *out)
{
    struct call call = {.handle = handle,
                        .arg = arg,
                        .method = method,
                        .target = target,
                        .headers = headers,
                        .body = body};

    run(&call, a, out);
}

void http_local_request(http_handler *handle, void *arg, const char *method,
                        const char *target, const char *headers,
                        struct str body, struct arena *a,
                        struct http_test_result *out)
{
    struct call call = {.handle = handle,
                        .arg = arg,
                        .method = method,
                        .target = target,
                        .headers = headers,
                        .body = body,
                        .is_unix_socket = true};

    run(&call, a, out);
}

void http_test_stream(http_handler *handle, void *arg, const char *target,
                      const char *headers, size_t close_after, struct arena *a,
                      struct http_test_result *out)
{
    struct call call = {.handle = handle,
                        .arg = arg,
                        .method = "GET",
                        .target = target,
                        .headers = headers,
                        .close_after = close_after};

    run(&call, a, out);
}

struct str http_test_header(const struct http_test_result *r, const char *name)
{
    struct str rest = r->head, line, want = str_c(name);

    while (str_split(&rest, '\n', &line))
        if (line.n > want.n && line.p[want.n] == ':' &&
            strncasecmp(line.p, want.p, want.n) == 0)
            return str_trim(str_sub(line, want.n + 1, line.n));
    return STR_NONE;
}
