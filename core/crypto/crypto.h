/*
 * crypto - hashes, authentication, sealing, passwords. The only user of
 * mbedTLS (beside the TLS file of http) and of libargon2.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "base/str.h"

struct arena;

enum { SHA256_BYTES = 32, CRYPTO_KEY_BYTES = 32, SEAL_OVERHEAD = 12 + 16 };

void sha256(struct str data, uint8_t out[SHA256_BYTES]);
struct sha256_ctx;
void hmac_sha256(const uint8_t key[CRYPTO_KEY_BYTES], struct str data,
                 uint8_t out[SHA256_BYTES]);
bool crypto_equal(const void *a, const void *b, size_t n); /* constant time */

/* AES-256-GCM: nonce (12), ciphertext, tag (16). `context` is authenticated,
   not stored. unseal: RC_INVALID when it was not sealed with this key. */
enum rc crypto_seal(const uint8_t key[CRYPTO_KEY_BYTES], struct str plain,
                    struct str context, struct arena *a, struct str *out,
                    struct err *err) MUST_CHECK;
enum rc crypto_unseal(const uint8_t key[CRYPTO_KEY_BYTES], struct str sealed,
                      struct str context, struct arena *a, struct str *out,
                      struct err *err) MUST_CHECK;
/* A key for one purpose from the workspace's secret (HKDF-SHA-256). */
void crypto_derive(const uint8_t secret[CRYPTO_KEY_BYTES], const char *purpose,
                   uint8_t out[CRYPTO_KEY_BYTES]);

/* argon2id t=2 m=19 MiB p=1, encoded "$argon2id$..."; about 30 ms of one core.
   At most two run at once; further callers wait. */
enum rc password_hash(struct str password, struct arena *a, struct str *out,
                      struct err *err) MUST_CHECK;
/* RC_OK when it fits, RC_DENIED when not; the same time for a bad `encoded`. */
enum rc password_verify(struct str password, struct str encoded,
                        struct err *err) MUST_CHECK;

/* Base64url without padding, and lower-case hex. */
struct str crypto_base64url(struct arena *a, const void *p, size_t n);
bool crypto_from_base64url(struct arena *a, struct str s, struct str *out);
struct str crypto_hex(struct arena *a, const void *p, size_t n);
/* 256 random bits as base64url (43 characters). */
struct str crypto_token(struct arena *a);
const char *crypto_versions(
    void); /* "mbedTLS 2.28.3, argon2 20171227"; static */

#endif
