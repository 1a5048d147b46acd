/*
 * hash - SHA-256, HMAC and HKDF on it, comparison in constant time.
 *
 * HMAC and HKDF are written here over mbedTLS's bare hash, because its own
 * allocate: ours cannot fail, so a caller has no error to forget. A failing
 * hash would mean a broken library, and the program stops.
 */
#include "crypto/crypto.h"

#include <assert.h>

#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>

#include "base/arena.h"

/* 3.0 took the name without _ret for what answers an error. */
#if MBEDTLS_VERSION_MAJOR < 3
#define SHA(verb) mbedtls_sha256_##verb##_ret
#else
#define SHA(verb) mbedtls_sha256_##verb
#endif

enum { BLOCK_BYTES = 64 };

struct sha256_ctx {
    mbedtls_sha256_context inner;
};

static void start(struct sha256_ctx *c)
{
    int failed;

    mbedtls_sha256_init(&c->inner);
    failed = SHA(starts)(&c->inner, 0);
    assert(failed == 0);
}

void sha256_add(struct sha256_ctx *c, struct str data)
{
    int failed = 0;

    if (data.n > 0)
        failed = SHA(update)(&c->inner, (const unsigned char *)data.p, data.n);
    assert(failed == 0);
}

void sha256_end(struct sha256_ctx *c, uint8_t out[SHA256_BYTES])
{
    int failed = SHA(finish)(&c->inner, out);

    assert(failed == 0);
    mbedtls_sha256_free(&c->inner); // wipes; it owns nothing
}

struct sha256_ctx *sha256_begin(struct arena *a)
{
    struct sha256_ctx *c = ARENA_NEW(a, struct sha256_ctx);

    if (c != NULL)
        start(c);
    return c;
}

void sha256(struct str data, uint8_t out[SHA256_BYTES])
{
    struct sha256_ctx c;

    start(&c);
    sha256_add(&c, data);
    sha256_end(&c, out);
}

static struct str view(const uint8_t *p, size_t n)
{
    return str_of((const char *)p, n);
}

/* --- HMAC: RFC 2104 -------------------------------------------------- */

struct hmac {
    struct sha256_ctx inner;
    uint8_t outer[BLOCK_BYTES]; /* the key, xor 0x5c */
};

static void hmac_begin(struct hmac *h, struct str key)
{
    uint8_t block[BLOCK_BYTES] = {0};

    if (key.n > BLOCK_BYTES)
        sha256(key, block);
    else if (key.n > 0)
        memcpy(block, key.p, key.n);
    for (size_t i = 0; i < BLOCK_BYTES; i++) {
        h->outer[i] = block[i] ^ 0x5C;
        block[i] ^= 0x36;
    }
    start(&h->inner);
    sha256_add(&h->inner, view(block, sizeof block));
    mbedtls_platform_zeroize(block, sizeof block);
}

static void hmac_end(struct hmac *h, uint8_t out[SHA256_BYTES])
{
    uint8_t inner[SHA256_BYTES];
    struct sha256_ctx c;

    sha256_end(&h->inner, inner);
    start(&c);
    sha256_add(&c, view(h->outer, sizeof h->outer));
    sha256_add(&c, view(inner, sizeof inner));
    sha256_end(&c, out);
    mbedtls_platform_zeroize(h, sizeof *h);
}

void hmac_sha256_any(struct str key, struct str data, uint8_t out[SHA256_BYTES])
{
    struct hmac h;

    hmac_begin(&h, key);
    sha256_add(&h.inner, data);
    hmac_end(&h, out);
}

void hmac_sha256(const uint8_t key[CRYPTO_KEY_BYTES], struct str data,
                 uint8_t out[SHA256_BYTES])
{
    hmac_sha256_any(view(key, CRYPTO_KEY_BYTES), data, out);
}

/* --- HKDF: RFC 5869 -------------------------------------------------- */

void crypto_hkdf(struct str salt, struct str secret, struct str info,
                 uint8_t *out, size_t n)
{
    uint8_t prk[SHA256_BYTES];
    uint8_t t[SHA256_BYTES];
    size_t t_bytes = 0; // of the round before; none before the first
    uint8_t counter = 1;

    assert(n <= 255 * SHA256_BYTES);
    hmac_sha256_any(salt, secret, prk);
    for (size_t at = 0; at < n; counter++) {
        size_t piece = n - at < sizeof t ? n - at : sizeof t;
        struct hmac h;

        hmac_begin(&h, view(prk, sizeof prk));
        sha256_add(&h.inner, view(t, t_bytes));
        sha256_add(&h.inner, info);
        sha256_add(&h.inner, view(&counter, 1));
        hmac_end(&h, t);
        t_bytes = sizeof t;
        memcpy(out + at, t, piece);
        at += piece;
    }
    mbedtls_platform_zeroize(prk, sizeof prk);
    mbedtls_platform_zeroize(t, sizeof t);
}

void crypto_derive(const uint8_t secret[CRYPTO_KEY_BYTES], const char *purpose,
                   uint8_t out[CRYPTO_KEY_BYTES])
{
    crypto_hkdf(STR_NONE, view(secret, CRYPTO_KEY_BYTES), str_c(purpose), out,
                CRYPTO_KEY_BYTES);
}

bool crypto_equal(const void *a, const void *b, size_t n)
{
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    uint8_t differ = 0;

    for (size_t i = 0; i < n; i++)
        differ |= x[i] ^ y[i];
    return differ == 0;
}
