/*
 * loopback - drive a handler without a socket, for tests and for commands that
 * run while no server does.
 *
 * The request passes the same checks of method, headers, address and body as
 * one from outside, so a case here answers what a client would get; the bytes
 * on the wire (bare LF, smuggling, slowness) are tests/integration/http's.
 */
#ifndef HTTP_LOOPBACK_H
#define HTTP_LOOPBACK_H

#include "http/http.h"

struct http_test_result {
    int status;
    struct str head; /* status line and headers as on the wire        */
    struct str body; /* of a stream: everything written, no chunks     */
    struct str content_type;
};

/*
 * `headers` is "Name: value\n" lines or NULL; Host: localhost is added when
 * there is none, Content-Length always. The result lives in `a`.
 * `is_unix_socket` of the request is false and peer "127.0.0.1".
 */
void http_test_request(http_handler *handle, void *arg, const char *method,
                       const char *target, const char *headers, struct str body,
                       struct arena *a, struct http_test_result *out);
/* As from the Unix socket of the workspace (principal `cli`). */
void http_local_request(http_handler *handle, void *arg, const char *method,
                        const char *target, const char *headers,
                        struct str body, struct arena *a,
                        struct http_test_result *out);
/* A response header of the result, any case; STR_NONE when absent. */
struct str http_test_header(const struct http_test_result *r, const char *name);
/* GET of a stream whose client goes away once it has `close_after` bytes of
   body: http_stream_write and _is_open then say so. */
void http_test_stream(http_handler *handle, void *arg, const char *target,
                      const char *headers, size_t close_after, struct arena *a,
                      struct http_test_result *out);

#endif
