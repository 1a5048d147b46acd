/*
 * head - the request line and headers, read strictly.
 *
 * The only parser of what arrives: CivetWeb's is looser than a proxy in front
 * of us may be, and two parsers that disagree are how requests are smuggled.
 * Pure functions over bytes, so that tests and fuzzers reach every branch.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "http/http.h"

/* A request with the room for what it points to; one for each worker. */
struct http_frame {
    struct http_request req;
    struct str segments[HTTP_MAX_SEGMENTS];
    struct http_pair query[HTTP_MAX_QUERY];
    struct http_pair headers[HTTP_MAX_HEADERS];
    bool keep_alive; /* what the client wishes         */
    bool expects_continue;
    int minor; /* HTTP/1.minor                   */
};

enum http_head_found {
    HTTP_HEAD_MORE,   /* no empty line yet                        */
    HTTP_HEAD_WHOLE,  /* *end is the offset behind the empty line */
    HTTP_HEAD_BARE_LF /* a line ends without CR: 400              */
};
/* `*scanned` and `*line` start at 0 and remember where the last call ended. */
enum http_head_found http_head_end(struct str bytes, size_t *scanned,
                                   size_t *line, size_t *end);

/*
 * Parse `bytes`, a whole head with its empty line, into frame->req: everything
 * but peer, is_tls, is_unix_socket, arena and what belongs to the connection.
 * Strings point into `bytes` or live in `a`.
 * Returns 0, or the status to refuse with and in *why a static sentence:
 * 400, 405 (TRACE, CONNECT), 411, 413, 414, 417, 431, 501, 503, 505.
 */
int http_head_parse(struct str bytes, struct arena *a, struct http_frame *frame,
                    const char **why);

#endif
