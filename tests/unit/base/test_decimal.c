/* decimal: exact text in and out, one rounding, every overflow seen. */
#include "support/test.h"

#include "base/decimal.h"

enum { UNTOUCHED = 4711 };

static void parses(const char *text, int scale, int64_t want)
{
    int64_t got = UNTOUCHED;

    CHECK(decimal_parse(str_c(text), scale, &got) == DECIMAL_OK);
    CHECK_I64(got, want);
}

static void refuses(const char *text, int scale, enum decimal_parse want)
{
    int64_t got = UNTOUCHED;

    CHECK_I64(decimal_parse(str_c(text), scale, &got), want);
    CHECK_I64(got, UNTOUCHED);
}

TEST(decimal, reads_what_people_and_programs_write)
{
    parses("12.50", 2, 1250);
    parses("12.5", 2, 1250);
    parses("12", 2, 1200);
    parses("-0.01", 2, -1);
    parses("+7", 0, 7);
    parses("-0", 2, 0);
    parses("000012.5000", 2, 1250);
    parses("0.000000001", 9, 1);
    parses("100.00", 0, 100);
    parses("1200.00", 1, 12000);
}

TEST(decimal, reads_the_exponent_form_when_it_is_exact)
{
    parses("1e3", 2, 100000);
    parses("1.25E2", 0, 125);
    parses("125e-2", 2, 125);
    parses("1.0e-2", 2, 1);
    parses("0e99999999999999999999", 2, 0);
    parses("0.0e-99999999999999999999", 2, 0);
    parses("1000e-3", 0, 1);
    refuses("1e-3", 2, DECIMAL_INEXACT);
    refuses("1e-99999999999999999999", 9, DECIMAL_INEXACT);
    refuses("1e99999999999999999999", 0, DECIMAL_OVERFLOW);
}

TEST(decimal, reads_both_ends_of_64_bits_and_no_further)
{
    parses("9223372036854775807", 0, INT64_MAX);
    parses("-9223372036854775808", 0, INT64_MIN);
    parses("92233720368547758.07", 2, INT64_MAX);
    parses("-9223372036.854775808", 9, INT64_MIN);
    refuses("9223372036854775808", 0, DECIMAL_OVERFLOW);
    refuses("-9223372036854775809", 0, DECIMAL_OVERFLOW);
    refuses("92233720368547758.08", 2, DECIMAL_OVERFLOW);
    refuses("99999999999999999999999999999999999999999", 0, DECIMAL_OVERFLOW);
    refuses("10000000000", 9, DECIMAL_OVERFLOW);
}

TEST(decimal, refuses_digits_past_its_scale)
{
    refuses("0.001", 2, DECIMAL_INEXACT);
    refuses("1.5", 0, DECIMAL_INEXACT);
    parses("1.500", 1, 15);
    refuses("0.00000000000000000000000000000000000000000001", 9,
            DECIMAL_INEXACT);
}

TEST(decimal, refuses_what_is_no_number)
{
    static const char *const BAD[] = {
        "",    "+",    "-",   ".",   ".5",   "5.",    "1.2.3", "1,5",
        " 1",  "1 ",   "--1", "+-1", "1e",   "1e+",   "1e1.5", "e5",
        "0x1", "1e5x", "NaN", "inf", "1_0",  "1'000", "$1",    "1..2",
        "1-",  "½",    "１",  "1e-", "1ee5", "-.5",
    };

    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        refuses(BAD[i], 2, DECIMAL_SYNTAX);
    int64_t got = UNTOUCHED;
    CHECK(decimal_parse(STR("1\0"), 2, &got) == DECIMAL_SYNTAX);
    CHECK(decimal_parse(STR_NONE, 2, &got) == DECIMAL_SYNTAX);
    CHECK_I64(got, UNTOUCHED);
}

TEST(decimal, takes_a_huge_text_in_stride)
{
    static char zeros[100000];
    int64_t got = UNTOUCHED;

    memset(zeros, '0', sizeof zeros);
    CHECK(decimal_parse(str_of(zeros, sizeof zeros), 2, &got) == DECIMAL_OK);
    CHECK_I64(got, 0);
    zeros[sizeof zeros - 1] = '7';
    CHECK(decimal_parse(str_of(zeros, sizeof zeros), 2, &got) == DECIMAL_OK);
    CHECK_I64(got, 700);
    zeros[0] = '1';
    CHECK(decimal_parse(str_of(zeros, sizeof zeros), 2, &got) ==
          DECIMAL_OVERFLOW);
    zeros[1] = '.';
    CHECK(decimal_parse(str_of(zeros, sizeof zeros), 2, &got) ==
          DECIMAL_INEXACT);
}

static void formats(int64_t v, int scale, const char *want)
{
    char out[DECIMAL_TEXT_BYTES];
    size_t n = decimal_format(v, scale, out);

    CHECK_CSTR(out, want);
    CHECK_I64(n, strlen(want));
}

TEST(decimal, writes_every_digit_of_its_scale)
{
    formats(1250, 2, "12.50");
    formats(0, 2, "0.00");
    formats(0, 0, "0");
    formats(-1, 2, "-0.01");
    formats(5, 9, "0.000000005");
    formats(-100, 0, "-100");
    formats(INT64_MAX, 0, "9223372036854775807");
    formats(INT64_MIN, 9, "-9223372036.854775808");
    formats(INT64_MIN, 0, "-9223372036854775808");
}

/* A small generator: the tests need the same numbers every time. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

TEST(decimal, reads_back_what_it_writes)
{
    uint64_t state = 88172645463325252U;

    for (int i = 0; i < 5000; i++) {
        int64_t v = (int64_t)next_random(&state) >> (i % 64);
        int scale = i % (DECIMAL_MAX_SCALE + 1);
        char text[DECIMAL_TEXT_BYTES];

        decimal_format(v, scale, text);
        parses(text, scale, v);
    }
}

static void rescales(int64_t v, int from, int to, int64_t want)
{
    int64_t got = UNTOUCHED;

    CHECK(decimal_rescale(v, from, to, &got));
    CHECK_I64(got, want);
}

TEST(decimal, rounds_half_away_from_zero)
{
    rescales(125, 2, 1, 13);
    rescales(-125, 2, 1, -13);
    rescales(124, 2, 1, 12);
    rescales(-124, 2, 1, -12);
    rescales(5, 1, 0, 1);
    rescales(-5, 1, 0, -1);
    rescales(4, 1, 0, 0);
    rescales(12, 0, 2, 1200);
    rescales(INT64_MIN, 3, 3, INT64_MIN);
    rescales(INT64_MAX, 9, 0, INT64_C(9223372037));
}

TEST(decimal, sees_each_overflow_and_leaves_the_result)
{
    int64_t got = UNTOUCHED;

    CHECK(!decimal_rescale(INT64_MAX / 10 + 1, 0, 1, &got));
    CHECK(!decimal_rescale(INT64_MIN, 0, 9, &got));
    CHECK(!decimal_add(INT64_MAX, 1, &got));
    CHECK(!decimal_add(INT64_MIN, -1, &got));
    CHECK(!decimal_sub(INT64_MIN, 1, &got));
    CHECK(!decimal_sub(0, INT64_MIN, &got));
    CHECK(!decimal_mul(INT64_MAX, 0, 2, 0, 0, &got));
    CHECK(!decimal_mul(INT64_MIN, 0, -1, 0, 0, &got));
    CHECK(!decimal_mul(INT64_MAX, 0, INT64_MAX, 0, 9, &got));
    CHECK(!decimal_div(1, 0, 0, 0, 2, &got));
    CHECK(!decimal_div(INT64_MIN, 0, -1, 0, 0, &got));
    CHECK(!decimal_div(INT64_MAX, 0, 1, 9, 9, &got));
    CHECK_I64(got, UNTOUCHED);
}

TEST(decimal, adds_and_subtracts)
{
    int64_t got;

    CHECK(decimal_add(INT64_MAX, INT64_MIN, &got));
    CHECK_I64(got, -1);
    CHECK(decimal_sub(-1, INT64_MIN, &got));
    CHECK_I64(got, INT64_MAX);
}

TEST(decimal, multiplies_in_128_bits_and_rounds_once)
{
    int64_t got;

    CHECK(decimal_mul(1999, 2, 20, 2, 2, &got)); // 19.99 * 0.20 = 3.998
    CHECK_I64(got, 400);
    // 0.05 * 0.9 = 0.045, once to 1 digit: 0.0; over 2 digits it would be 0.1
    CHECK(decimal_mul(5, 2, 9, 1, 1, &got));
    CHECK_I64(got, 0);
    // the product needs 100 bits, the result fits
    CHECK(decimal_mul(INT64_C(9000000000000000000), 9, 1000000000, 9, 9, &got));
    CHECK_I64(got, INT64_C(9000000000000000000));
    CHECK(decimal_mul(INT64_MIN, 9, INT64_C(-1000000000), 9, 8, &got));
    CHECK_I64(got, INT64_C(922337203685477581));
    CHECK(decimal_mul(3, 0, 4, 0, 9, &got));
    CHECK_I64(got, INT64_C(12000000000));
}

TEST(decimal, divides_to_the_scale_asked_for)
{
    int64_t got;

    CHECK(decimal_div(1, 0, 3, 0, 9, &got));
    CHECK_I64(got, 333333333);
    CHECK(decimal_div(2, 0, 3, 0, 2, &got));
    CHECK_I64(got, 67);
    CHECK(decimal_div(-1, 0, 2, 0, 0, &got));
    CHECK_I64(got, -1);
    CHECK(decimal_div(1, 0, -2, 0, 0, &got));
    CHECK_I64(got, -1);
    CHECK(decimal_div(1000000000, 9, 1, 0, 0, &got)); // 1.000000000 / 1
    CHECK_I64(got, 1);
    CHECK(decimal_div(INT64_MIN, 9, INT64_MIN, 0, 9, &got));
    CHECK_I64(got, 1); // 10^-9
    CHECK(decimal_div(INT64_MAX, 0, INT64_MAX, 9, 9, &got));
    CHECK_I64(got, INT64_C(1000000000000000000));
}

TEST(decimal, compares_across_scales_exactly)
{
    CHECK(decimal_cmp(150, 2, 15, 1) == 0);
    CHECK(decimal_cmp(151, 2, 15, 1) > 0);
    CHECK(decimal_cmp(-151, 2, -15, 1) < 0);
    CHECK(decimal_cmp(INT64_MAX, 0, INT64_MAX, 9) > 0);
    CHECK(decimal_cmp(INT64_MIN, 0, INT64_MIN, 9) < 0);
    CHECK(decimal_cmp(0, 0, 0, 9) == 0);
}

TEST(currency, knows_the_minor_digits_and_their_exceptions)
{
    static const struct {
        const char *code;
        int scale;
    } WANT[] = {
        {"EUR", 2}, {"USD", 2}, {"AED", 2}, {"ZWL", 2}, {"XCG", 2}, {"JPY", 0},
        {"BIF", 0}, {"XPF", 0}, {"ISK", 0}, {"HUF", 2}, {"KWD", 3}, {"BHD", 3},
        {"TND", 3}, {"CLF", 4}, {"UYW", 4}, {"HRK", 2},
    };

    for (size_t i = 0; i < sizeof WANT / sizeof WANT[0]; i++)
        CHECK_I64(currency_scale(WANT[i].code), WANT[i].scale);
}

TEST(currency, refuses_what_is_no_currency)
{
    static const char BAD[][4] = {"",
                                  "E",
                                  "EU",
                                  "eur",
                                  "XX"
                                  "X",
                                  "XAU",
                                  "XDR",
                                  "ZZZ",
                                  "R M",
                                  "   ",
                                  "AAA"};

    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        CHECK_I64(currency_scale(BAD[i]), -1);
    CHECK_I64(currency_scale((const char[4]){'E', 'U', 'R', 'O'}), -1);
}

/* A binary search over a list that is not sorted loses some codes: so all 26^3
   are asked, and as many must be known as the lists hold. */
TEST(currency, finds_every_code_of_its_lists)
{
    int found[5] = {0};

    for (char a = 'A'; a <= 'Z'; a++) {
        for (char b = 'A'; b <= 'Z'; b++) {
            for (char c = 'A'; c <= 'Z'; c++) {
                int scale = currency_scale((const char[4]){a, b, c, '\0'});

                if (scale >= 0)
                    found[scale]++;
            }
        }
    }
    CHECK_I64(found[0], 18);
    CHECK_I64(found[2], 148);
    CHECK_I64(found[3], 7);
    CHECK_I64(found[4], 2);
}
