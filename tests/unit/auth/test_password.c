/* password: what is refused, and why. */
#include "auth/auth.h"
#include "auth/common.h"
#include "base/issues.h"
#include "support/test.h"

static const char *refused(const char *password)
{
    static char code[32];
    struct issues issues;
    struct arena a;

    arena_init(&a, 1 << 20);
    issues_init(&issues, &a);
    code[0] = '\0';
    if (auth_password_check(str_c(password), STR("ada.byron@example.org"),
                            STR("Ada Byron"), &issues) != RC_OK) {
        CHECK_I64(issues.n, 1);
        CHECK_STR(issues.v[0].path, "password");
        snprintf(code, sizeof code, "%.*s", STR_ARG(issues.v[0].code));
    }
    arena_release(&a);
    return code;
}

TEST(password, of_a_few_words_is_taken)
{
    CHECK_CSTR(refused("correct horse battery staple"), "");
    CHECK_CSTR(refused("vier Walnuesse unter Eichen"), "");
    CHECK_CSTR(refused("\xd0\xba\xd0\xbe\xd1\x82 \xd1\x81\xd0\xbf\xd0\xb8"
                       "\xd1\x82 \xd0\xbf\xd0\xbe\xd0\xb4 "
                       "\xd1\x88\xd0\xba\xd0\xb0\xd1\x84\xd0\xbe\xd0\xbc"),
               "");
    CHECK_CSTR(refused("k7#Vx-2mQ!9zLp@4w"), "");
}

TEST(password, is_measured_in_characters)
{
    CHECK_CSTR(refused(""), "too_short");
    CHECK_CSTR(refused("walnut-oak-rai"), "too_short"); /* 14 */
    CHECK_CSTR(refused("walnut-oak-rain"), "");
    CHECK_CSTR(
        refused("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4"),
        "too_short"); /* 14 bytes and 7 characters */
    CHECK_CSTR(refused("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
                       "\xff\xff\xff"),
               "invalid");
}

TEST(password, may_not_be_endless)
{
    char big[300];

    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)('!' + (i * 37 + i * i) % 90);
    big[256] = '\0';
    CHECK_CSTR(refused(big), "");
    big[256] = 'x';
    big[257] = '\0';
    CHECK_CSTR(refused(big), "too_long");
}

TEST(password, of_what_everybody_takes_is_refused)
{
    static const char *const COMMON[] = {
        "passwordpassword",    "Password123456789",     "P@ssw0rd!P@ssw0rd!",
        "aaaaaaaaaaaaaaaa",    "123456789012345",       "qwertyuiopasdfghjkl",
        "abcdefghijklmnop",    "ada.byron@example.org", "AdaByron AdaByron12",
        "perigee-perigee-crm", "letmein letmein 2024",  "Summer2024Summer2024",
        "iloveyouiloveyou",    "qazwsxedcqazwsxedc",    "my dog my dog my dog",
        "welcome2026welcome",  "1q1q1q1q1q1q1q1q1q"};

    for (size_t i = 0; i < sizeof COMMON / sizeof *COMMON; i++)
        CHECK_CSTR(refused(COMMON[i]), "too_common");
}

TEST(password, words_are_sorted_folded_and_long_enough)
{
    size_t n;
    const struct str *w = auth_common_words(&n);

    CHECK(n > 300);
    for (size_t i = 0; i < n; i++) {
        CHECK(w[i].n >= 3);
        CHECK(i == 0 || str_cmp(w[i - 1], w[i]) < 0);
        for (size_t k = 0; k < w[i].n; k++)
            CHECK((w[i].p[k] >= 'a' && w[i].p[k] <= 'z') ||
                  (w[i].p[k] >= '0' && w[i].p[k] <= '9'));
    }
}
