/* tls - see the header. */
#include "http/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/error.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cache.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <psa/crypto.h>
#endif

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"

#if defined(MBEDTLS_VERSION_NUMBER) && !defined(MBEDTLS_THREADING_C)
#error "mbedTLS without threads: its random generator is shared by the workers"
#endif

enum {
    CACHED_SESSIONS = 1000,
    PEM_BYTES = 256 << 10 /* a chain of certificates or a key */
};

/* Forward secrecy and authenticated encryption, nothing else. Unknown numbers
   are skipped by either version of the library. */
static const int SUITES[] = {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
    MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
    MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
#endif
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    0};

#if MBEDTLS_VERSION_NUMBER >= 0x03010000
static const uint16_t GROUPS[] = {
    MBEDTLS_SSL_IANA_TLS_GROUP_X25519, MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
    MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE};
#else
static const mbedtls_ecp_group_id CURVES[] = {
    MBEDTLS_ECP_DP_CURVE25519, MBEDTLS_ECP_DP_SECP256R1,
    MBEDTLS_ECP_DP_SECP384R1, MBEDTLS_ECP_DP_NONE};
static const int HASHES[] = {MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384,
                             MBEDTLS_MD_SHA512, MBEDTLS_MD_NONE};
#endif

struct http_tls {
    mbedtls_ssl_cache_context cache;
};

/* The wraps have no argument that could carry it: set around mg_start. */
static _Thread_local struct http_tls *using;

int __real_mbedtls_ssl_config_defaults(mbedtls_ssl_config *conf, int endpoint,
                                       int transport, int preset);
int __wrap_mbedtls_ssl_config_defaults(mbedtls_ssl_config *conf, int endpoint,
                                       int transport, int preset);
void __real_mbedtls_ssl_set_bio(mbedtls_ssl_context *ssl, void *bio,
                                mbedtls_ssl_send_t *send,
                                mbedtls_ssl_recv_t *recv,
                                mbedtls_ssl_recv_timeout_t *recv_timeout);
void __wrap_mbedtls_ssl_set_bio(mbedtls_ssl_context *ssl, void *bio,
                                mbedtls_ssl_send_t *send,
                                mbedtls_ssl_recv_t *recv,
                                mbedtls_ssl_recv_timeout_t *recv_timeout);
int __real_mbedtls_ssl_handshake(mbedtls_ssl_context *ssl);
int __wrap_mbedtls_ssl_handshake(mbedtls_ssl_context *ssl);
int __real_mbedtls_ssl_read(mbedtls_ssl_context *ssl, unsigned char *p,
                            size_t n);
int __wrap_mbedtls_ssl_read(mbedtls_ssl_context *ssl, unsigned char *p,
                            size_t n);

enum rc http_tls_new(struct http_tls **out, struct err *err)
{
    struct http_tls *t = mem_alloc(sizeof *t);

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    if (t && psa_crypto_init() != PSA_SUCCESS) {
        mem_free(t);
        t = NULL;
    }
#endif
    if (!t)
        return FAIL(err, RC_NOMEM, "There is not enough memory for TLS.");
    mbedtls_ssl_cache_init(&t->cache);
    mbedtls_ssl_cache_set_max_entries(&t->cache, CACHED_SESSIONS);
    *out = t;
    return RC_OK;
}

void http_tls_free(struct http_tls *t)
{
    if (!t)
        return;
    mbedtls_ssl_cache_free(&t->cache);
    mem_free(t);
}

void http_tls_use(struct http_tls *t)
{
    using = t;
}

int __wrap_mbedtls_ssl_config_defaults(mbedtls_ssl_config *conf, int endpoint,
                                       int transport, int preset)
{
    int rc =
        __real_mbedtls_ssl_config_defaults(conf, endpoint, transport, preset);

    if (rc != 0 || endpoint != MBEDTLS_SSL_IS_SERVER)
        return rc;
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
    mbedtls_ssl_conf_min_tls_version(conf, MBEDTLS_SSL_VERSION_TLS1_2);
#else
    mbedtls_ssl_conf_min_version(conf, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_3);
#endif
    mbedtls_ssl_conf_ciphersuites(conf, SUITES);
#if MBEDTLS_VERSION_NUMBER >= 0x03010000
    mbedtls_ssl_conf_groups(conf, GROUPS);
#else
    mbedtls_ssl_conf_curves(conf, CURVES);
    mbedtls_ssl_conf_sig_hashes(conf, HASHES);
#endif
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    mbedtls_ssl_conf_renegotiation(conf, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
    if (using)
        mbedtls_ssl_conf_session_cache(
            conf, &using->cache, mbedtls_ssl_cache_get, mbedtls_ssl_cache_set);
    return 0;
}

void __wrap_mbedtls_ssl_set_bio(mbedtls_ssl_context *ssl, void *bio,
                                mbedtls_ssl_send_t *send,
                                mbedtls_ssl_recv_t *recv,
                                mbedtls_ssl_recv_timeout_t *recv_timeout)
{
    struct http_worker *w = http_worker_here();

    __real_mbedtls_ssl_set_bio(ssl, bio, send, recv, recv_timeout);
    /* CivetWeb passes the address of its socket. A refusal is remembered by
       the worker: the handshake asks. */
    if (w && bio)
        http_worker_take(w, *(const int *)bio, ssl);
}

/* The loop that was missing: wait in the kernel, and not for ever. */
static int handshake(mbedtls_ssl_context *ssl, struct http_conn *c)
{
    int64_t since = http_conn_now(c);

    for (;;) {
        int rc = __real_mbedtls_ssl_handshake(ssl);
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        int64_t left;

        if (rc == MBEDTLS_ERR_SSL_WANT_WRITE)
            p.events = POLLOUT;
        else if (rc != MBEDTLS_ERR_SSL_WANT_READ)
            return rc;
        left = since - http_conn_now(c) + http_conn_patience(c)->head_ms;
        if (left <= 0 || http_conn_is_stopping(c))
            return MBEDTLS_ERR_SSL_TIMEOUT;
        /* In slices, for pressure or a stop may come while we wait. */
        if (http_real_poll(&p, 1, left > 200 ? 200 : (int)left) < 0 &&
            errno != EINTR)
            return MBEDTLS_ERR_SSL_TIMEOUT;
    }
}

int __wrap_mbedtls_ssl_handshake(mbedtls_ssl_context *ssl)
{
    struct http_worker *w = http_worker_here();
    struct http_conn *c = w ? http_worker_conn(w) : NULL;

    if (!c)
        return __real_mbedtls_ssl_handshake(ssl);
    if (c->ssl != ssl)
        return MBEDTLS_ERR_SSL_TIMEOUT; /* refused when it came */
    return handshake(ssl, c);
}

int __wrap_mbedtls_ssl_read(mbedtls_ssl_context *ssl, unsigned char *p,
                            size_t n)
{
    struct http_worker *w = http_worker_here();

    if (w && http_worker_is_fresh(w))
        return (int)http_worker_stub(w, p, n);
    return __real_mbedtls_ssl_read(ssl, p, n);
}

/* --- bytes ----------------------------------------------------------- */

static ptrdiff_t answer(int rc)
{
    if (rc > 0)
        return rc;
    if (rc == MBEDTLS_ERR_SSL_WANT_READ)
        return -1;
    if (rc == MBEDTLS_ERR_SSL_WANT_WRITE)
        return -2;
    return 0;
}

ptrdiff_t http_tls_read(void *ssl, char *p, size_t n)
{
    return answer(__real_mbedtls_ssl_read(ssl, (unsigned char *)p, n));
}

ptrdiff_t http_tls_write(void *ssl, const char *p, size_t n)
{
    return answer(mbedtls_ssl_write(ssl, (const unsigned char *)p, n));
}

void http_tls_close_notify(void *ssl)
{
    mbedtls_ssl_close_notify(ssl);
}

const char *http_tls_version(void)
{
    return MBEDTLS_VERSION_STRING_FULL;
}

/* --- certificate and key --------------------------------------------- */

/* The whole file and a NUL after it, which the PEM parser counts. */
static enum rc read_pem(const char *path, struct buf *b, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ptrdiff_t got = 1;

    if (fd < 0)
        return FAIL(err, RC_IO, "\"%s\" cannot be read: %s.", path,
                    strerrordesc_np(errno));
    while (got > 0 && buf_reserve(b, 4096)) {
        got = read(fd, b->p + b->n, 4096);
        if (got > 0)
            b->n += (size_t)got;
    }
    close(fd);
    buf_addc(b, '\0');
    if (b->failed == RC_LIMIT)
        return FAIL(err, RC_IO, "\"%s\" is too large for a PEM file.", path);
    if (b->failed != RC_OK)
        return FAIL(err, RC_NOMEM, "There is not enough memory for \"%s\".",
                    path);
    if (got < 0)
        return FAIL(err, RC_IO, "\"%s\" cannot be read.", path);
    return RC_OK;
}

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
static int random_for_mbedtls(void *arg, unsigned char *p, size_t n)
{
    (void)arg;
    random_bytes(p, n);
    return 0;
}
#endif

/* Say which file is at fault before CivetWeb says only that one is. */
static enum rc check_pair(const char *cert_file, const struct buf *cert,
                          const char *key_file, const struct buf *key,
                          struct err *err)
{
    mbedtls_x509_crt chain;
    mbedtls_pk_context pk;
    const unsigned char *key_p = (const unsigned char *)key->p;
    enum rc rc = RC_OK;
    int parsed, pair;

    mbedtls_x509_crt_init(&chain);
    mbedtls_pk_init(&pk);
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    parsed = mbedtls_pk_parse_key(&pk, key_p, key->n, NULL, 0,
                                  random_for_mbedtls, NULL);
#else
    parsed = mbedtls_pk_parse_key(&pk, key_p, key->n, NULL, 0);
#endif
    if (mbedtls_x509_crt_parse(&chain, (const unsigned char *)cert->p,
                               cert->n) != 0) {
        rc = FAIL(err, RC_IO, "\"%s\" holds no PEM certificate.", cert_file);
    } else if (parsed != 0) {
        rc = FAIL(err, RC_IO, "\"%s\" holds no PEM key without a password.",
                  key_file);
    } else {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
        pair = mbedtls_pk_check_pair(&chain.pk, &pk, random_for_mbedtls, NULL);
#else
        pair = mbedtls_pk_check_pair(&chain.pk, &pk);
#endif
        if (pair != 0)
            rc = FAIL(err, RC_IO,
                      "The key in \"%s\" does not belong to the certificate "
                      "in \"%s\".",
                      key_file, cert_file);
    }
    mbedtls_pk_free(&pk);
    mbedtls_x509_crt_free(&chain);
    return rc;
}

enum rc http_tls_join(const char *cert_file, const char *key_file, int *fd,
                      struct err *err)
{
    struct buf cert, key;
    int memory = -1;
    enum rc rc;

    buf_init(&cert, PEM_BYTES);
    buf_init(&key, PEM_BYTES);
    rc = read_pem(cert_file, &cert, err);
    if (rc == RC_OK)
        rc = read_pem(key_file, &key, err);
    if (rc == RC_OK)
        rc = check_pair(cert_file, &cert, key_file, &key, err);
    if (rc != RC_OK)
        goto out;
    memory = memfd_create("tls", MFD_CLOEXEC);
    if (memory < 0 || !io_write_all(memory, str_of(cert.p, cert.n - 1)) ||
        !io_write_all(memory, STR("\n")) ||
        !io_write_all(memory, str_of(key.p, key.n - 1))) {
        rc = FAIL(err, RC_IO, "The certificate cannot be held in memory.");
        if (memory >= 0)
            close(memory);
        goto out;
    }
    *fd = memory;

out:
    if (key.p)
        explicit_bzero(key.p, key.n);
    buf_release(&key);
    buf_release(&cert);
    return rc;
}
