/*
 * static - embedded files: the web application, pictures.
 *
 * The caller's callback finds a file by path; here are the rules of caching:
 * a strong ETag, 304, gzip or brotli as the client accepts, `immutable` for
 * names that hold a hash of their content, no-cache for the others.
 */
#ifndef HTTP_STATIC_H
#define HTTP_STATIC_H

#include "http/http.h"

struct http_file {
    struct str plain, gzip, brotli; /* p NULL: no such variant; plain always */
    struct str content_type;        /* "text/javascript; charset=utf-8"      */
    struct str etag;                /* with quotes: "\"9f86d081\""           */
    bool is_hashed;                 /* the name changes with the content     */
    struct str csp;                 /* for HTML                              */
};

/* Fill *out and return true; what it points to outlives the server. */
typedef bool http_file_find(void *arg, struct str path, struct http_file *out);

/* Answer GET and HEAD of `path`; false (response untouched) if none is there. */
bool http_static_serve(http_file_find *find, void *arg, struct str path,
                       struct http_request *req, struct http_response *res);
/* "text/css; charset=utf-8" by the ending; "application/octet-stream" else. */
struct str http_content_type(struct str path);

#endif
