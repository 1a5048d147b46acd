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
/* In pieces, for files: begin in the arena (NULL: no memory), add, end once. */
struct sha256_ctx;
struct sha256_ctx *sha256_begin(struct arena *a);
void sha256_add(struct sha256_ctx *c, struct str data);
void sha256_end(struct sha256_ctx *c, uint8_t out[SHA256_BYTES]);

void hmac_sha256(const uint8_t key[CRYPTO_KEY_BYTES], struct str data,
                 uint8_t out[SHA256_BYTES]);
/* With a key of any length, as others' protocols ask for. */
void hmac_sha256_any(struct str key, struct str data,
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
/* A key for one purpose from the workspace's secret (HKDF-SHA-256, no salt,
   info is the purpose). */
void crypto_derive(const uint8_t secret[CRYPTO_KEY_BYTES], const char *purpose,
                   uint8_t out[CRYPTO_KEY_BYTES]);
/* HKDF of RFC 5869 whole: n is at most 255 * 32. */
void crypto_hkdf(struct str salt, struct str secret, struct str info,
                 uint8_t *out, size_t n);

/* argon2id t=2 m=19 MiB p=1, encoded "$argon2id$..."; about 30 ms of one core.
   At most two run at once; further callers wait. */
enum rc password_hash(struct str password, struct arena *a, struct str *out,
                      struct err *err) MUST_CHECK;
/* RC_OK when it fits, RC_DENIED when not; the same time for a bad `encoded`,
   so STR_NONE serves for an account that does not exist. RC_NOMEM. */
enum rc password_verify(struct str password, struct str encoded,
                        struct err *err) MUST_CHECK;

/* Made with today's cost; if not, hash anew when the password is at hand. */
bool password_is_current(struct str encoded);

/* Base64url without padding, and lower-case hex. STR_NONE: no memory. From:
   false for what crypto_base64url would not write, or without memory. */
struct str crypto_base64url(struct arena *a, const void *p, size_t n);
bool crypto_from_base64url(struct arena *a, struct str s, struct str *out);
struct str crypto_hex(struct arena *a, const void *p, size_t n);
/* The same into `out`, 2 * n bytes without a NUL. */
void crypto_hex_into(const void *p, size_t n, char *out);
/* 256 random bits as base64url (43 characters). */
struct str crypto_token(struct arena *a);
const char *crypto_versions(void); /* "mbedTLS 2.28.3, argon2 v19"; static */

#endif
