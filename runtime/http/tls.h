/*
 * tls - CivetWeb's use of mbedTLS, made safe from outside.
 *
 * As shipped it spins on a silent client, accepts TLS 1.0 and cannot be told
 * otherwise. The linker puts our functions before four calls: the defaults of
 * a configuration (TLS 1.2 at least, AEAD suites, sane curves, session
 * cache), the wiring of a session to its socket, the handshake (polls, ends
 * at the deadline of a head) and the read. Builds with mbedTLS 2.28 and 3.6.
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include "http/server.h"

struct http_tls;

/* The session cache; RC_NOMEM only. Outlives the sessions. */
enum rc http_tls_new(struct http_tls **out, struct err *err) MUST_CHECK;
void http_tls_free(struct http_tls *t);
/* Configurations made by this thread use `t` (NULL: none any more). */
void http_tls_use(struct http_tls *t);
/*
 * Certificate and key in one file of memory, for CivetWeb reads both from one
 * path: *fd is to be closed by the caller, "/proc/self/fd/N" is its name.
 * Errors: RC_IO naming the file that cannot be read or does not fit the other.
 */
enum rc http_tls_join(const char *cert_file, const char *key_file, int *fd,
                      struct err *err) MUST_CHECK;

/* > 0 bytes, 0 end or failure, -1 wants to read, -2 wants to write. A write
   that wanted must be repeated with the same bytes. */
ptrdiff_t http_tls_read(void *ssl, char *p, size_t n);
ptrdiff_t http_tls_write(void *ssl, const char *p, size_t n);
void http_tls_close_notify(void *ssl);

#endif
