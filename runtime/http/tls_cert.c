/* tls_cert - see the header. */
#include "http/tls_cert.h"

#include <arpa/inet.h>

#include <mbedtls/asn1write.h>
#include <mbedtls/bignum.h>
#include <mbedtls/ecp.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <psa/crypto.h>
#endif

#include "base/arena.h"
#include "base/clock.h"
#include "base/time.h"

enum {
    PEM_BYTES = 4096,
    ALT_BYTES = 4096,
    SERIAL_BYTES = 16,
    TAG_DNS = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 2,
    TAG_IP = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 7
};

static int random_bytes_for(void *arg, unsigned char *p, size_t n)
{
    (void)arg;
    random_bytes(p, n);
    return 0;
}

static bool is_dns(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '*'))
            return false;
    }
    return s.n > 0 && s.n <= 253;
}

/* The subjectAltName extension, written backwards as mbedTLS does; its length
   or a negative number. */
static int write_names(const struct str *names, size_t n, unsigned char *room,
                       unsigned char **p)
{
    size_t total = 0;
    int len;

    for (size_t i = n; i-- > 0;) {
        unsigned char raw[16];
        char text[256];
        const unsigned char *data = (const unsigned char *)names[i].p;
        size_t size = names[i].n;
        unsigned char tag = TAG_DNS;

        snprintf(text, sizeof text, "%.*s", STR_ARG(names[i]));
        if (inet_pton(AF_INET, text, raw) == 1 ||
            inet_pton(AF_INET6, text, raw) == 1) {
            size = str_chr(names[i], ':') >= 0 ? 16 : 4;
            data = raw;
            tag = TAG_IP;
        }
        len = mbedtls_asn1_write_raw_buffer(p, room, data, size);
        if (len >= 0) {
            total += (size_t)len;
            len = mbedtls_asn1_write_len(p, room, size);
        }
        if (len >= 0) {
            total += (size_t)len;
            len = mbedtls_asn1_write_tag(p, room, tag);
        }
        if (len < 0)
            return len;
        total += (size_t)len;
    }
    len = mbedtls_asn1_write_len(p, room, total);
    if (len < 0)
        return len;
    total += (size_t)len;
    len = mbedtls_asn1_write_tag(
        p, room, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
    return len < 0 ? len : (int)total + len;
}

/* "20260301080000" */
static void validity(int64_t ms, char out[16])
{
    struct ymd d = date_to_ymd(ms / 86400000);
    unsigned s = (unsigned)(ms / 1000 % 86400);

    snprintf(out, 16, "%04u%02u%02u%02u%02u%02u", (unsigned)d.year % 10000,
             (unsigned)d.month % 100, (unsigned)d.day % 100, s / 3600 % 24,
             s / 60 % 60, s % 60);
}

static int set_serial(mbedtls_x509write_cert *w)
{
    unsigned char serial[SERIAL_BYTES];

    random_bytes(serial, sizeof serial);
    serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40);
#if MBEDTLS_VERSION_NUMBER >= 0x03040000
    return mbedtls_x509write_crt_set_serial_raw(w, serial, sizeof serial);
#else
    mbedtls_mpi n;
    int rc;

    mbedtls_mpi_init(&n);
    rc = mbedtls_mpi_read_binary(&n, serial, sizeof serial);
    if (rc == 0)
        rc = mbedtls_x509write_crt_set_serial(w, &n);
    mbedtls_mpi_free(&n);
    return rc;
#endif
}

/* 0 or mbedTLS's error, which here means memory. */
static int fill(mbedtls_x509write_cert *w, mbedtls_pk_context *key,
                const struct str *names, size_t n, int64_t now_ms, int days)
{
    unsigned char room[ALT_BYTES], *p = room + sizeof room;
    char from[16], to[16];
    int rc = set_serial(w), len;

    validity(now_ms - 3600000, from);
    validity(now_ms + (int64_t)days * 86400000, to);
    mbedtls_x509write_crt_set_version(w, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(w, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(w, key);
    mbedtls_x509write_crt_set_issuer_key(w, key);
    if (rc == 0)
        rc = mbedtls_x509write_crt_set_subject_name(w, "CN=Perigee");
    if (rc == 0)
        rc = mbedtls_x509write_crt_set_issuer_name(w, "CN=Perigee");
    if (rc == 0)
        rc = mbedtls_x509write_crt_set_validity(w, from, to);
    if (rc == 0)
        rc = mbedtls_x509write_crt_set_basic_constraints(w, 0, -1);
    if (rc != 0)
        return rc;
    len = write_names(names, n, room, &p);
    if (len < 0)
        return len;
    return mbedtls_x509write_crt_set_extension(
        w, MBEDTLS_OID_SUBJECT_ALT_NAME,
        MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME), 0, p, (size_t)len);
}

static int make_key(mbedtls_pk_context *key)
{
    int rc = mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));

    if (rc != 0)
        return rc;
    return mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key),
                               random_bytes_for, NULL);
}

enum rc http_tls_self_signed(const struct str *names, size_t n, int64_t now_ms,
                             int days, struct arena *a, struct str *cert_pem,
                             struct str *key_pem, struct err *err)
{
    unsigned char cert[PEM_BYTES], key_text[PEM_BYTES];
    mbedtls_x509write_cert w;
    mbedtls_pk_context key;
    struct str made_cert = STR_NONE, made_key = STR_NONE;
    int rc;

    if (n == 0 || n > TLS_CERT_NAMES)
        return FAIL(err, RC_INVALID, "A certificate needs 1 to %d names.",
                    TLS_CERT_NAMES);
    for (size_t i = 0; i < n; i++)
        if (!is_dns(names[i]) && str_chr(names[i], ':') < 0)
            return FAIL(err, RC_INVALID,
                        "\"%.*s\" is no name for a certificate.",
                        STR_ARG(names[i]));
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    if (psa_crypto_init() != PSA_SUCCESS)
        return FAIL(err, RC_NOMEM, "The cryptography cannot be started.");
#endif
    mbedtls_pk_init(&key);
    mbedtls_x509write_crt_init(&w);
    rc = make_key(&key);
    if (rc == 0)
        rc = fill(&w, &key, names, n, now_ms, days);
    if (rc == 0)
        rc = mbedtls_x509write_crt_pem(&w, cert, sizeof cert, random_bytes_for,
                                       NULL);
    if (rc == 0)
        rc = mbedtls_pk_write_key_pem(&key, key_text, sizeof key_text);
    if (rc == 0) {
        made_cert = str_copy(a, str_c((const char *)cert));
        made_key = str_copy(a, str_c((const char *)key_text));
    }
    explicit_bzero(key_text, sizeof key_text);
    mbedtls_x509write_crt_free(&w);
    mbedtls_pk_free(&key);
    if (!made_cert.p || !made_key.p)
        return FAIL(err, RC_NOMEM,
                    "There is not enough memory for a certificate.");
    *cert_pem = made_cert;
    *key_pem = made_key;
    return RC_OK;
}
