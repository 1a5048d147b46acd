/* seal: opens with its key and context, and nothing else opens. */
#include "support/test.h"

#include "base/arena.h"
#include "base/str.h"
#include "crypto/crypto.h"

static const uint8_t KEY[CRYPTO_KEY_BYTES] = {1, 2, 3};

struct fixture {
    struct arena a;
    struct str sealed, opened;
    struct err err;
};

static void setup(struct fixture *f, struct str plain)
{
    *f = (struct fixture){.err = ERR_INIT};
    arena_init(&f->a, 4 << 20);
    CHECK_RC(crypto_seal(KEY, plain, STR("ctx"), &f->a, &f->sealed, &f->err),
             RC_OK);
    CHECK_I64(f->sealed.n, plain.n + SEAL_OVERHEAD);
}

static enum rc open_with(struct fixture *f, const uint8_t *key,
                         struct str sealed, const char *context)
{
    f->opened = STR_NONE;
    return crypto_unseal(key, sealed, str_c(context), &f->a, &f->opened,
                         &f->err);
}

TEST(seal, opens_with_the_same_key_and_context)
{
    static char big[100000];
    struct fixture f;

    setup(&f, STR("a secret"));
    CHECK_RC(open_with(&f, KEY, f.sealed, "ctx"), RC_OK);
    CHECK_STR(f.opened, "a secret");
    CHECK(str_find(f.sealed, STR("secret")) < 0);
    arena_release(&f.a);

    setup(&f, STR_NONE);
    CHECK_RC(open_with(&f, KEY, f.sealed, "ctx"), RC_OK);
    CHECK_I64(f.opened.n, 0);
    arena_release(&f.a);

    memset(big, 'x', sizeof big);
    setup(&f, str_of(big, sizeof big));
    CHECK_RC(open_with(&f, KEY, f.sealed, "ctx"), RC_OK);
    CHECK(str_eq(f.opened, str_of(big, sizeof big)));
    arena_release(&f.a);
}

TEST(seal, never_gives_the_same_bytes_twice)
{
    struct fixture f;
    struct str second = STR_NONE;

    setup(&f, STR("a secret"));
    CHECK_RC(crypto_seal(KEY, STR("a secret"), STR("ctx"), &f.a, &second, NULL),
             RC_OK);
    CHECK(!str_eq(f.sealed, second));
    arena_release(&f.a);
}

/* Case 16 of the GCM specification, with additional data: layout and cipher
   are the standard's, so other programs can open what we seal. */
TEST(seal, opens_the_vector_of_the_gcm_specification)
{
    static const uint8_t key[CRYPTO_KEY_BYTES] = {
        0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f,
        0x94, 0x67, 0x30, 0x83, 0x08, 0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65,
        0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08};
    static const char sealed[] =
        "\xca\xfe\xba\xbe\xfa\xce\xdb\xad\xde\xca\xf8\x88" // nonce
        "\x52\x2d\xc1\xf0\x99\x56\x7d\x07\xf4\x7f\x37\xa3\x2a\x84\x42\x7d"
        "\x64\x3a\x8c\xdc\xbf\xe5\xc0\xc9\x75\x98\xa2\xbd\x25\x55\xd1\xaa"
        "\x8c\xb0\x8e\x48\x59\x0d\xbb\x3d\xa7\xb0\x8b\x10\x56\x82\x88\x38"
        "\xc5\xf6\x1e\x63\x93\xba\x7a\x0a\xbc\xc9\xf6\x62"
        "\x76\xfc\x6e\xce\x0f\x4e\x17\x68\xcd\xdf\x88\x53\xbb\x2d\x55\x1b";
    static const char context[] =
        "\xfe\xed\xfa\xce\xde\xad\xbe\xef\xfe\xed\xfa\xce\xde\xad\xbe\xef"
        "\xab\xad\xda\xd2";
    struct arena a;
    struct str opened = STR_NONE;

    arena_init(&a, 1 << 16);
    CHECK_RC(crypto_unseal(key, str_of(sealed, sizeof sealed - 1),
                           str_of(context, sizeof context - 1), &a, &opened,
                           NULL),
             RC_OK);
    CHECK_STR(crypto_hex(&a, opened.p, opened.n),
              "d9313225f88406e5a55909c5aff5269a"
              "86a7a9531534f7da2e4c303d8a318a72"
              "1c3c0c95956809532fcf0e2449a6b525"
              "b16aedf5aa0de657ba637b39");
    arena_release(&a);
}

TEST(seal, refuses_another_key_or_context)
{
    struct fixture f;
    uint8_t other[CRYPTO_KEY_BYTES] = {1, 2, 4};

    setup(&f, STR("a secret"));
    CHECK_RC(open_with(&f, other, f.sealed, "ctx"), RC_INVALID);
    CHECK_RC(open_with(&f, KEY, f.sealed, "ctx2"), RC_INVALID);
    CHECK_RC(open_with(&f, KEY, f.sealed, ""), RC_INVALID);
    CHECK(f.opened.p == NULL);
    arena_release(&f.a);
}

TEST(seal, refuses_a_change_of_any_bit_and_any_cut)
{
    struct fixture f;
    char copy[64];

    setup(&f, STR("a secret"));
    for (size_t i = 0; i < 8 * f.sealed.n; i++) {
        memcpy(copy, f.sealed.p, f.sealed.n);
        copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
        CHECK_RC(open_with(&f, KEY, str_of(copy, f.sealed.n), "ctx"),
                 RC_INVALID);
        CHECK(f.opened.p == NULL);
    }
    for (size_t n = 0; n < f.sealed.n; n++)
        CHECK_RC(open_with(&f, KEY, str_of(f.sealed.p, n), "ctx"), RC_INVALID);
    CHECK_RC(open_with(&f, KEY, STR_NONE, "ctx"), RC_INVALID);
    arena_release(&f.a);
}

TEST(seal, survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct arena a;
        struct str sealed = STR_NONE;
        struct str opened = STR_NONE;
        enum rc rc;

        arena_init(&a, 1 << 16);
        rc = crypto_seal(KEY, STR("x"), STR(""), &a, &sealed, NULL);
        CHECK(rc == RC_OK || (rc == RC_NOMEM && sealed.p == NULL));
        if (rc == RC_OK) {
            rc = crypto_unseal(KEY, sealed, STR(""), &a, &opened, NULL);
            CHECK(rc == RC_OK || (rc == RC_NOMEM && opened.p == NULL));
        }
        arena_release(&a);
    }
}

TEST(seal, says_when_the_arena_is_too_small)
{
    static char big[5000];
    struct arena a;
    struct str out = STR_NONE;

    arena_init(&a, 1000);
    CHECK_RC(crypto_seal(KEY, str_of(big, sizeof big), STR(""), &a, &out, NULL),
             RC_NOMEM);
    CHECK(out.p == NULL);
    arena_release(&a);
}
