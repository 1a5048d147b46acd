/*
 * http_raw - a server on a free port of 127.0.0.1 and bytes as a test sends them.
 */
#ifndef SUPPORT_RUNTIME_HTTP_RAW_H
#define SUPPORT_RUNTIME_HTTP_RAW_H

#include "base/clock.h"
#include "http/http.h"

struct raw_server {
    struct http_server *server;
    int port, tls_port;
    char cert[256], key[256];
};

/* `threads` workers; with_tls makes a throw-away certificate. */
void raw_open(struct raw_server *s, int threads, bool with_tls,
              http_handler *handle, void *arg);
/* The same with a clock: raw_fast_clock makes 5 s pass in a quarter. */
void raw_open_at(struct raw_server *s, int threads, bool with_tls,
                 const struct clock *clock, http_handler *handle, void *arg);
extern const struct clock raw_fast_clock;
void raw_close(struct raw_server *s);

int raw_connect(int port);
/* Connect from another loopback address, e.g. "127.0.0.9". */
int raw_connect_from(int port, const char *from);
void raw_send(int fd, const char *bytes, size_t n);
#define RAW_SEND(fd, lit) raw_send((fd), (lit), sizeof(lit) - 1)
/* Read to the end of the connection or `ms`; a NUL-terminated static text.
   *closed, if not NULL, says which. */
const char *raw_read(int fd, int ms, bool *closed);
/* One response with Content-Length; the connection stays. */
const char *raw_response(int fd, int ms);
/* Status of the first response to `bytes` on a new connection; 0: closed
   without a word. */
int raw_status(int port, const char *bytes, size_t n);
int64_t raw_ms(void);
/* Wait at most `ms` until nothing is connected, or something is. */
bool raw_is_quiet(const struct raw_server *s, int ms);
bool raw_is_busy(const struct raw_server *s, int ms);

#endif
