/*
 * seal - AES-256-GCM: what only the holder of the key can read or make.
 *
 * Each sealing draws a nonce of 96 random bits; a key is good for 2^32 of
 * them, far more than a workspace has secrets. Layout: nonce, ciphertext, tag.
 */
#include "crypto/crypto.h"

#include <mbedtls/cipher.h>
#include <mbedtls/gcm.h>

#include "base/arena.h"
#include "base/clock.h"

enum { NONCE_BYTES = 12, TAG_BYTES = 16, KEY_BITS = 8 * CRYPTO_KEY_BYTES };

/* mbedTLS takes no NULL, not even for nothing. */
static const unsigned char *bytes(struct str s)
{
    return (const unsigned char *)(s.n > 0 ? s.p : "");
}

/* The library's answer to setting a key: it allocates, nothing else fails. */
static enum rc set_key(mbedtls_gcm_context *gcm,
                       const uint8_t key[CRYPTO_KEY_BYTES], struct err *err)
{
    int failed = mbedtls_gcm_setkey(gcm, MBEDTLS_CIPHER_ID_AES, key, KEY_BITS);

    if (failed == 0)
        return RC_OK;
    if (failed == MBEDTLS_ERR_CIPHER_ALLOC_FAILED)
        return FAIL(err, RC_NOMEM, "There is no memory left for a cipher.");
    return FAIL(err, RC_BUG,
                "AES-256-GCM cannot be used: mbedTLS says -0x%04x.",
                (unsigned)-failed);
}

enum rc crypto_seal(const uint8_t key[CRYPTO_KEY_BYTES], struct str plain,
                    struct str context, struct arena *a, struct str *out,
                    struct err *err)
{
    mbedtls_gcm_context gcm;
    unsigned char *p;
    enum rc rc;
    int failed;

    mbedtls_gcm_init(&gcm);
    rc = set_key(&gcm, key, err);
    if (rc != RC_OK)
        goto out;
    p = plain.n <= SIZE_MAX - SEAL_OVERHEAD
            ? arena_alloc(a, plain.n + SEAL_OVERHEAD)
            : NULL;
    if (p == NULL) {
        rc = FAIL(err, RC_NOMEM, "There is no memory left to seal a value.");
        goto out;
    }
    random_bytes(p, NONCE_BYTES);
    failed = mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, plain.n, p,
                                       NONCE_BYTES, bytes(context), context.n,
                                       bytes(plain), p + NONCE_BYTES, TAG_BYTES,
                                       p + NONCE_BYTES + plain.n);
    if (failed != 0) {
        rc = FAIL(err, RC_LIMIT, "A value of %zu bytes is too long to seal.",
                  plain.n);
        goto out;
    }
    *out = str_of((const char *)p, plain.n + SEAL_OVERHEAD);

out:
    mbedtls_gcm_free(&gcm);
    return rc;
}

enum rc crypto_unseal(const uint8_t key[CRYPTO_KEY_BYTES], struct str sealed,
                      struct str context, struct arena *a, struct str *out,
                      struct err *err)
{
    mbedtls_gcm_context gcm;
    const unsigned char *p = bytes(sealed);
    unsigned char *plain;
    size_t n;
    enum rc rc;

    mbedtls_gcm_init(&gcm);
    if (sealed.n < SEAL_OVERHEAD) {
        rc = FAIL(err, RC_INVALID, "A sealed value is cut short.");
        goto out;
    }
    n = sealed.n - SEAL_OVERHEAD;
    rc = set_key(&gcm, key, err);
    if (rc != RC_OK)
        goto out;
    plain = arena_alloc(a, n + 1);
    if (plain == NULL) {
        rc = FAIL(err, RC_NOMEM, "There is no memory left to open a value.");
        goto out;
    }
    // wipes `plain` when the tag does not fit
    if (mbedtls_gcm_auth_decrypt(&gcm, n, p, NONCE_BYTES, bytes(context),
                                 context.n, p + NONCE_BYTES + n, TAG_BYTES,
                                 p + NONCE_BYTES, plain) != 0) {
        rc = FAIL(err, RC_INVALID,
                  "A sealed value was made with another key or was changed.");
        goto out;
    }
    *out = str_of((const char *)plain, n);

out:
    mbedtls_gcm_free(&gcm);
    return rc;
}
