/*
 * listen - what "http://127.0.0.1:8080" means to CivetWeb.
 *
 * Asks the system two things: has it IPv6, and does a Unix socket's file belong
 * to a server that lives.
 */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include "http/http.h"

enum { LISTEN_MAX = 8, LISTEN_SPEC_BYTES = 128, LISTEN_PATH_BYTES = 512 };

struct http_listen {
    char spec[LISTEN_SPEC_BYTES]; /* for CivetWeb, its entries joined by ','  */
    int n_sockets;                /* entries in `spec`: 2 for localhost       */
    bool is_tls, is_unix_socket;
    bool is_loopback;             /* reachable from this machine only         */
    char path[LISTEN_PATH_BYTES]; /* of the Unix socket                       */
};

/*
 * Parse one address of http_config.listen. RC_INVALID says what to write.
 * The Unix socket's spec is left empty: it needs a descriptor of its folder.
 */
enum rc http_listen_parse(struct str text, bool has_certificate,
                          struct http_listen *out, struct err *err) MUST_CHECK;
/*
 * The list for CivetWeb, with a NUL, in `out`. The Unix socket is last: its
 * parser would take a colon of a later entry for the socket's. *folder_fd is
 * then the folder of the socket's file, by which it is named, and must stay
 * open as long as CivetWeb runs.
 * Errors: RC_CONFLICT  a server listens there, or the file is no socket
 *         RC_INVALID   a name that CivetWeb would misread
 *         RC_IO, RC_NOMEM
 */
enum rc http_listen_join(struct http_listen *listen, size_t n, struct buf *out,
                         int *folder_fd, struct err *err) MUST_CHECK;

#endif
