/* hash: SHA-256, HMAC and HKDF against the vectors of their standards. */
#include "support/test.h"

#include "base/arena.h"
#include "base/str.h"
#include "crypto/crypto.h"

static void check_hex(const uint8_t *p, size_t n, const char *want)
{
    struct arena a;

    arena_init(&a, 1 << 16);
    CHECK_STR(crypto_hex(&a, p, n), want);
    arena_release(&a);
}

static struct str repeat(char *p, char c, size_t n)
{
    memset(p, c, n);
    return str_of(p, n);
}

TEST(sha256, gives_the_vectors_of_fips_180)
{
    static char million[1000000];
    uint8_t out[SHA256_BYTES];

    sha256(STR(""), out);
    check_hex(out, sizeof out,
              "e3b0c44298fc1c149afbf4c8996fb924"
              "27ae41e4649b934ca495991b7852b855");
    sha256(STR_NONE, out);
    check_hex(out, 4, "e3b0c442");
    sha256(STR("abc"), out);
    check_hex(out, sizeof out,
              "ba7816bf8f01cfea414140de5dae2223"
              "b00361a396177a9cb410ff61f20015ad");
    sha256(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
           out);
    check_hex(out, sizeof out,
              "248d6a61d20638b8e5c026930c3e6039"
              "a33ce45964ff2167f6ecedd419db06c1");
    sha256(repeat(million, 'a', sizeof million), out);
    check_hex(out, sizeof out,
              "cdc76e5c9914fb9281a1c7e284d73e67"
              "f1809a48a497200e046d39ccc7112cd0");
}

TEST(sha256, in_pieces_is_the_same)
{
    static char text[1000];
    struct arena a;
    uint8_t whole[SHA256_BYTES];

    arena_init(&a, 1 << 16);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7);
    sha256(str_of(text, sizeof text), whole);
    for (size_t step = 1; step < 200; step += 33) {
        struct sha256_ctx *c = sha256_begin(&a);
        uint8_t pieces[SHA256_BYTES];

        CHECK(c != NULL);
        for (size_t at = 0; at < sizeof text; at += step)
            sha256_add(c, str_sub(str_of(text, sizeof text), at, step));
        sha256_add(c, STR_NONE);
        sha256_end(c, pieces);
        CHECK(crypto_equal(whole, pieces, sizeof whole));
    }
    arena_release(&a);
}

static void check_hmac(struct str key, struct str data, const char *want)
{
    uint8_t out[SHA256_BYTES];

    hmac_sha256_any(key, data, out);
    check_hex(out, strlen(want) / 2, want);
}

TEST(hmac, gives_the_vectors_of_rfc_4231)
{
    char key[131];
    char data[50];
    char counting[25];

    check_hmac(repeat(key, 0x0b, 20), STR("Hi There"),
               "b0344c61d8db38535ca8afceaf0bf12b"
               "881dc200c9833da726e9376c2e32cff7");
    check_hmac(STR("Jefe"), STR("what do ya want for nothing?"),
               "5bdcc146bf60754e6a042426089575c7"
               "5a003f089d2739839dec58b964ec3843");
    check_hmac(repeat(key, '\xaa', 20), repeat(data, '\xdd', 50),
               "773ea91e36800e46854db8ebd09181a7"
               "2959098b3ef8c122d9635514ced565fe");
    for (int i = 0; i < 25; i++)
        counting[i] = (char)(i + 1);
    check_hmac(str_of(counting, 25), repeat(data, '\xcd', 50),
               "82558a389a443c0ea4cc819899f2083a"
               "85f0faa3e578f8077a2e3ff46729665b");
    check_hmac(repeat(key, '\xaa', 131),
               STR("Test Using Larger Than Block-Size Key - Hash Key First"),
               "60e431591ee0b67f0d8a26aacbf5b77f"
               "8e0bc6213728c5140546040f0ee37f54");
    check_hmac(repeat(key, '\xaa', 131),
               STR("This is a test using a larger than block-size key and a "
                   "larger than block-size data. The key needs to be hashed "
                   "before being used by the HMAC algorithm."),
               "9b09ffa71b942fcb27635fbcd5b0e944"
               "bfdc63644f0713938a7f51535c3a35e2");
}

TEST(hmac, pads_a_short_key_as_the_fixed_form_does)
{
    uint8_t key[CRYPTO_KEY_BYTES] = {'J', 'e', 'f', 'e'};
    uint8_t out[SHA256_BYTES];

    hmac_sha256(key, STR("what do ya want for nothing?"), out);
    check_hex(out, 4, "5bdcc146");
    check_hmac(STR_NONE, STR_NONE,
               "b613679a0814d9ec772f95d778c35fc5"
               "ff1697c493715653c6c712144292c5ad");
}

static void counted(uint8_t *p, int from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(from + (int)i);
}

TEST(hkdf, gives_the_vectors_of_rfc_5869)
{
    char ikm[22];
    uint8_t salt[80];
    uint8_t secret[80];
    uint8_t info[80];
    uint8_t out[82];

    repeat(ikm, 0x0b, sizeof ikm);
    counted(salt, 0, 13);
    counted(info, 0xf0, 10);
    crypto_hkdf(str_of((char *)salt, 13), str_of(ikm, 22),
                str_of((char *)info, 10), out, 42);
    check_hex(out, 42,
              "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
              "34007208d5b887185865");

    counted(secret, 0, 80);
    counted(salt, 0x60, 80);
    counted(info, 0xb0, 80);
    crypto_hkdf(str_of((char *)salt, 80), str_of((char *)secret, 80),
                str_of((char *)info, 80), out, 82);
    check_hex(out, 82,
              "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
              "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
              "cc30c58179ec3e87c14c01d5c1f3434f1d87");

    crypto_hkdf(STR_NONE, str_of(ikm, 22), STR_NONE, out, 42);
    check_hex(out, 42,
              "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
              "9d201395faa4b61a96c8");
}

TEST(hkdf, gives_each_purpose_its_own_key)
{
    static const uint8_t secret[CRYPTO_KEY_BYTES] = {1};
    uint8_t mail[CRYPTO_KEY_BYTES];
    uint8_t again[CRYPTO_KEY_BYTES];
    uint8_t cursor[CRYPTO_KEY_BYTES];

    crypto_derive(secret, "mail", mail);
    crypto_derive(secret, "mail", again);
    crypto_derive(secret, "cursor", cursor);
    CHECK(crypto_equal(mail, again, sizeof mail));
    CHECK(!crypto_equal(mail, cursor, sizeof mail));
}

TEST(equal, sees_a_difference_of_one_bit_anywhere)
{
    uint8_t a[33] = {0};
    uint8_t b[33] = {0};

    CHECK(crypto_equal(a, b, sizeof a));
    CHECK(crypto_equal(a, b, 0));
    CHECK(crypto_equal(NULL, NULL, 0));
    for (size_t i = 0; i < 8 * sizeof a; i++) {
        b[i / 8] ^= (uint8_t)(1 << i % 8);
        CHECK(!crypto_equal(a, b, sizeof a));
        b[i / 8] = 0;
    }
}
