/*
 * router - from method and path to a row of a table.
 *
 * A pattern is fixed words and captures: "/api/v1/{package}/{entity}/{id}".
 * At each place a fixed word wins over a capture, whatever the order of the
 * table; when the fixed branch leads nowhere the capture is tried. "{rest...}"
 * at the end takes all that is left (also nothing) and captures each piece.
 * HEAD finds the row of GET.
 *
 * Immutable once built, so any number of threads may ask. Cost: one comparison
 * by binary search a piece.
 */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/http.h"

struct http_route {
    enum http_method method;
    const char *pattern;
    http_handler *handle; /* for http_router_serve; NULL if `what` is used */
    const void *what;     /* caller's own description of the operation     */
};

struct http_router;

/*
 * Build from a table that outlives the router. All in `a`.
 * Errors: RC_BUG  a bad pattern or two rows with the same method and place
 *         RC_NOMEM
 */
enum rc http_router_new(const struct http_route *routes, size_t n,
                        struct arena *a, const struct http_router **out,
                        struct err *err) MUST_CHECK;

enum http_routed {
    HTTP_ROUTED,
    HTTP_NO_PATH,  /* 404 */
    HTTP_NO_METHOD /* 405: *allow holds "GET, HEAD, POST" */
};
/* On HTTP_ROUTED sets *out and req->captures. */
enum http_routed http_router_find(const struct http_router *r,
                                  struct http_request *req,
                                  const struct http_route **out,
                                  struct str *allow);
/* Find and call `handle`; answers 404 and 405 itself. */
void http_router_serve(const struct http_router *r, void *arg,
                       struct http_request *req, struct http_response *res);
/* The k-th capture of the matched row; STR_NONE past the last. */
struct str http_capture(const struct http_request *req, size_t k);

#endif
