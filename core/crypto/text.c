/*
 * text - bytes as base64url and hex, random tokens, versions.
 */
#include "crypto/crypto.h"

#include <pthread.h>
#include <stdio.h>

#include <argon2.h>
#include <mbedtls/version.h>

#include "base/arena.h"
#include "base/clock.h"

static const char BASE64URL[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct str crypto_base64url(struct arena *a, const void *p, size_t n)
{
    const uint8_t *in = p;
    uint32_t bits = 0;
    int held = 0;
    size_t at = 0;
    char *out = n < SIZE_MAX / 2 ? arena_alloc(a, n / 3 * 4 + 4) : NULL;

    if (out == NULL)
        return STR_NONE;
    for (size_t i = 0; i < n; i++) {
        bits = bits << 8 | in[i];
        held += 8;
        while (held >= 6) {
            held -= 6;
            out[at++] = BASE64URL[bits >> held & 63];
        }
    }
    if (held > 0)
        out[at++] = BASE64URL[bits << (6 - held) & 63];
    return str_of(out, at);
}

bool crypto_from_base64url(struct arena *a, struct str s, struct str *out)
{
    uint32_t bits = 0;
    int held = 0;
    size_t at = 0;
    char *p;

    if (s.n % 4 == 1)
        return false;
    p = arena_alloc(a, s.n / 4 * 3 + 3);
    if (p == NULL)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        const char *digit = memchr(BASE64URL, s.p[i], sizeof BASE64URL - 1);

        if (digit == NULL)
            return false;
        bits = bits << 6 | (uint32_t)(digit - BASE64URL);
        held += 6;
        if (held >= 8) {
            held -= 8;
            p[at++] = (char)(bits >> held & 0xFF);
        }
    }
    // two texts for the same bytes would be two tokens for one secret
    if ((bits & ((UINT32_C(1) << held) - 1)) != 0)
        return false;
    *out = str_of(p, at);
    return true;
}

void crypto_hex_into(const void *p, size_t n, char *out)
{
    static const char DIGITS[] = "0123456789abcdef";
    const uint8_t *in = p;

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = DIGITS[in[i] >> 4];
        out[2 * i + 1] = DIGITS[in[i] & 15];
    }
}

struct str crypto_hex(struct arena *a, const void *p, size_t n)
{
    char *out = n < SIZE_MAX / 2 ? arena_alloc(a, n * 2 + 1) : NULL;

    if (out == NULL)
        return STR_NONE;
    crypto_hex_into(p, n, out);
    return str_of(out, 2 * n);
}

struct str crypto_token(struct arena *a)
{
    uint8_t bytes[32];

    random_bytes(bytes, sizeof bytes);
    return crypto_base64url(a, bytes, sizeof bytes);
}

static char versions[64];

static void find_versions(void)
{
    char mbedtls[18]; // of the library that is loaded, not of its headers

    mbedtls_version_get_string(mbedtls);
    snprintf(versions, sizeof versions, "mbedTLS %s, argon2 v%d", mbedtls,
             ARGON2_VERSION_NUMBER);
}

const char *crypto_versions(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, find_versions);
    return versions;
}
