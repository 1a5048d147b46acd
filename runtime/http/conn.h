/*
 * conn - one connection: bytes in with deadlines, bytes out in one write.
 *
 * The socket is non-blocking. Over it lies a TLS session, or none; a loopback
 * connection has neither and works on memory. Each worker has one conn for
 * life and takes connection after connection with it.
 *
 * Deadlines are monotonic milliseconds. When workers become scarce, patience
 * shrinks: whoever is slow then makes room.
 */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include <stdatomic.h>

#include "http/head.h"

struct http_server;

enum {
    CONN_IN_BYTES = LIMIT_HEADER_BYTES + 16384, /* a head and early body     */
    CONN_BODY_MS = 60000,   /* a body of up to 4 MiB                         */
    CONN_BODY_RATE = 1024,  /* bytes a second, at least                      */
    CONN_LARGE_RATE = 65536 /* by which a larger body gets longer            */
};

/* How long a client may take; the more wait for a worker, the shorter. */
struct http_patience {
    int head_ms;  /* handshake; from the first byte of a head to its end     */
    int idle_ms;  /* between two requests                                    */
    int grace_ms; /* of a body or a reader, before a rate is asked for       */
    int out_rate; /* bytes a second that a reader must take                  */
};

/* What a loopback connection reads and writes. */
struct http_memory {
    struct buf out;
    size_t close_after; /* bytes of body after which writes fail; 0: never */
    size_t body_at;     /* in `out`: behind the response's head         */
    bool is_unix_socket;
};

struct http_conn {
    /* for the life of the worker */
    const struct clock *clock;
    struct http_server *server; /* NULL on loopback                      */
    http_handler *handle;
    void *arg;
    struct arena arena;
    struct buf head;    /* status line and headers going out     */
    struct buf body_in; /* a body read whole                     */
    struct http_frame frame;
    struct http_response res;
    char *in;
    size_t in_cap;  /* CONN_IN_BYTES; of memory: what is there */
    int64_t date_s; /* the second that `date` is of          */
    char date[32];

    /* of the connection */
    int fd;
    void *ssl; /* TLS session or NULL                   */
    struct http_memory *memory;
    char peer[48];
    bool is_unix_socket, is_loopback;
    bool is_proxy; /* peer is a listed proxy                */
    bool closes;   /* after this response                   */
    int64_t n_served;
    size_t in_from, in_to; /* unread bytes of `in`             */
    int64_t wait_since_ms; /* of a head, of a rest to skip     */
    bool head_has_begun;

    /* of the request */
    int64_t body_left;
    int64_t body_got, body_since_ms;
    bool body_is_whole; /* body_in holds it                  */
    bool body_failed;
    bool owes_continue;
    bool is_chunked, is_counted_stream;
    bool is_broken; /* a write failed: nothing more goes out */
    int64_t bytes_out;
};

enum conn_io { CONN_OK, CONN_CLOSED, CONN_TIMEOUT };

/*
 * `c` is zeroed storage and stays as untouched as it can: 256 workers that
 * never served cost little. `in` is CONN_IN_BYTES of the caller's, or NULL for
 * a loopback connection; `clock` NULL is the system's.
 */
void http_conn_init(struct http_conn *c, struct http_server *server, char *in,
                    const struct clock *clock, http_handler *handle, void *arg);
void http_conn_release(struct http_conn *c);
/* A new connection begins. */
void http_conn_begin(struct http_conn *c, int fd, void *ssl);
/* The same over memory: `request` is read where it is, and must stay. */
void http_conn_begin_memory(struct http_conn *c, struct http_memory *memory,
                            struct buf *request);
int64_t http_conn_now(const struct http_conn *c); /* monotonic ms */
const struct http_patience *http_conn_patience(const struct http_conn *c);
bool http_conn_is_calm(const struct http_conn *c); /* nobody waits */
bool http_conn_is_stopping(const struct http_conn *c);

/* When the peer must have sent something. Asked again while waiting, so that
   pressure and a stop are felt at once. */
typedef int64_t http_conn_deadline(const struct http_conn *c);
/* Read at most n bytes. *got > 0 on CONN_OK. */
enum conn_io http_conn_recv(struct http_conn *c, char *p, size_t n,
                            http_conn_deadline *deadline, size_t *got);
/*
 * Send a then b, all of it: one system call when the socket takes it. False
 * when the peer is gone, too slow, or an earlier call failed.
 */
bool http_conn_send(struct http_conn *c, struct str a, struct str b);
bool http_conn_peer_is_gone(const struct http_conn *c);
/* Send what is written, then read what still comes for a moment, so that the
   peer sees the answer and not a reset. */
void http_conn_linger(struct http_conn *c);

/* Serve requests until the connection ends (serve.c). */
void http_conn_serve(struct http_conn *c);
/* Write the response that stands in c->res (write.c). */
void http_conn_respond(struct http_conn *c);
/* End of a stream: last chunk, or cut. */
void http_conn_end_stream(struct http_conn *c);

#endif
