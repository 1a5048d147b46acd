/*
 * tls_cert - a certificate of one's own, for the first start.
 *
 * A P-256 key and an X.509 certificate that it signs itself. Browsers warn
 * about it; it keeps passwords off the wire until there is a real one.
 */
#ifndef HTTP_TLS_CERT_H
#define HTTP_TLS_CERT_H

#include "base/str.h"

struct arena;

enum { TLS_CERT_NAMES = 16 };

/*
 * For host names and addresses ("crm.example", "127.0.0.1", "::1"), valid from
 * an hour before `now_ms` for `days`. PEM texts, in `a`.
 * Errors: RC_INVALID  no name, more than TLS_CERT_NAMES, one that is neither
 *         RC_NOMEM
 */
enum rc http_tls_self_signed(const struct str *names, size_t n, int64_t now_ms,
                             int days, struct arena *a, struct str *cert_pem,
                             struct str *key_pem, struct err *err) MUST_CHECK;

#endif
