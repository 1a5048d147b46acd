/* text: base64url and hex both ways, tokens, versions. */
#include "support/test.h"

#include "base/arena.h"
#include "base/str.h"
#include "crypto/crypto.h"

TEST(base64url, gives_the_vectors_of_rfc_4648_without_padding)
{
    static const char *const WANT[][2] = {
        {"", ""},
        {"f", "Zg"},
        {"fo", "Zm8"},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg"},
        {"fooba", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xbf", "-_-_"},
    };
    struct arena a;

    arena_init(&a, 1 << 16);
    for (size_t i = 0; i < sizeof WANT / sizeof WANT[0]; i++) {
        struct str in = str_c(WANT[i][0]);
        struct str back = STR_NONE;

        CHECK_STR(crypto_base64url(&a, in.p, in.n), WANT[i][1]);
        CHECK(crypto_from_base64url(&a, str_c(WANT[i][1]), &back));
        CHECK(str_eq(back, in));
    }
    arena_release(&a);
}

TEST(base64url, refuses_what_it_would_not_write)
{
    static const char *const BAD[] = {
        "Z",    "Zg==", "Zm9vY", "Z+8",   "Z/8",     "Zm 8",
        "Zm8=", "Zh",   "Zm9",   "Zm9\n", "Zm8\x80", "Zm9v\xff",
    };
    struct arena a;
    struct str out = STR_NONE;

    arena_init(&a, 1 << 16);
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        CHECK(!crypto_from_base64url(&a, str_c(BAD[i]), &out));
    CHECK(!crypto_from_base64url(&a, STR("Zm8\0"), &out));
    CHECK(out.p == NULL);
    arena_release(&a);
}

TEST(base64url, reads_back_every_length)
{
    uint8_t bytes[70];
    struct arena a;

    arena_init(&a, 1 << 16);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + 11);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        struct str back = STR_NONE;

        CHECK(crypto_from_base64url(&a, crypto_base64url(&a, bytes, n), &back));
        CHECK(back.n == n && crypto_equal(back.p, bytes, n));
    }
    arena_release(&a);
}

TEST(hex, is_lower_case)
{
    struct arena a;

    arena_init(&a, 1 << 16);
    CHECK_STR(crypto_hex(&a, "\x00\xab\xff", 3), "00abff");
    CHECK_STR(crypto_hex(&a, NULL, 0), "");
    arena_release(&a);
}

TEST(token, has_43_characters_and_never_repeats)
{
    struct arena a;
    struct str first;

    arena_init(&a, 1 << 16);
    first = crypto_token(&a);
    CHECK_I64(first.n, 43);
    for (int i = 0; i < 100; i++)
        CHECK(!str_eq(crypto_token(&a), first));
    arena_release(&a);
}

TEST(text, says_none_when_memory_is_gone)
{
    static char big[5000];
    struct arena a;
    struct str out = STR_NONE;

    arena_init(&a, 1000);
    CHECK(crypto_base64url(&a, big, sizeof big).p == NULL);
    CHECK(crypto_hex(&a, big, sizeof big).p == NULL);
    memset(big, 'A', sizeof big);
    CHECK(!crypto_from_base64url(&a, str_of(big, sizeof big), &out));
    CHECK(out.p == NULL);
    arena_release(&a);
}

TEST(versions, name_both_libraries)
{
    CHECK_HAS(crypto_versions(), "mbedTLS ");
    CHECK_HAS(crypto_versions(), ", argon2 v19");
    CHECK(crypto_versions() == crypto_versions());
}
