/*
 * server - what conn and the linker's wraps ask of the server.
 *
 * CivetWeb gives us listening sockets, the accept queue, a thread for each
 * connection and the TLS context. Its own parser never sees a byte from
 * outside: the first read of a connection is answered with a constant request
 * (wrap.c), and the callback which CivetWeb then makes serves the connection
 * to its end on our side of the socket.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <poll.h>
#include <sys/types.h>

#include "http/conn.h"

struct http_worker;

enum http_load {
    HTTP_CALM,
    HTTP_PRESSED, /* three quarters of the workers are busy */
    HTTP_FULL     /* all of them: somebody may be waiting   */
};
enum http_load http_server_load(const struct http_server *s);
bool http_server_is_stopping(const struct http_server *s);
/* One more stream of events; false when half of the workers have one. */
bool http_server_stream_enter(struct http_server *s);
void http_server_stream_leave(struct http_server *s);
void http_server_count(struct http_server *s, int status, bool refused);
bool http_server_is_proxy(const struct http_server *s, struct str address);
/* May a request name this Host (with or without port)? */
bool http_server_has_host(const struct http_server *s, struct str host);
int http_server_hsts(const struct http_server *s);
bool http_server_logs(const struct http_server *s);

/* --- worker: what belongs to a thread of CivetWeb --------------------- */

/* Of this thread; NULL in a thread that is not CivetWeb's. */
struct http_worker *http_worker_here(void);
/* This worker waits for the first byte of a connection. */
bool http_worker_is_fresh(const struct http_worker *w);
/*
 * A socket comes to this worker, before a TLS handshake. False when the
 * address holds its share of the workers: then close at once.
 */
bool http_worker_take(struct http_worker *w, int fd, void *ssl);
struct http_conn *http_worker_conn(struct http_worker *w);
/* What CivetWeb reads instead of the client's bytes; returns its length. */
size_t http_worker_stub(struct http_worker *w, void *p, size_t n);
int http_worker_wake_fd(const struct http_worker *w); /* master's; else -1 */

/* The functions behind the wraps. */
int http_real_poll(struct pollfd *p, nfds_t n, int timeout_ms);
ssize_t http_real_recv(int fd, void *p, size_t n, int flags);

#endif
