/* str: views of bytes. */
#include "base/str.h"

#include "base/arena.h"
#include "support/test.h"

TEST(str, orders_by_bytes_then_length)
{
    CHECK(str_cmp(STR("a"), STR("b")) < 0);
    CHECK(str_cmp(STR("b"), STR("a")) > 0);
    CHECK(str_cmp(STR("a"), STR("ab")) < 0);
    CHECK(str_cmp(STR("\xC3\xA9"), STR("z")) > 0);
    CHECK(str_cmp(STR("a\0b"), STR("a\0c")) < 0);
    CHECK(str_cmp(STR_NONE, STR("")) == 0);
    CHECK(str_cmp(STR_NONE, STR("a")) < 0);
}

TEST(str, nothing_and_empty_are_equal)
{
    CHECK(str_eq(STR_NONE, STR("")));
    CHECK(str_is(str_c(NULL), ""));
    CHECK(!str_is(STR("a"), ""));
    CHECK(!str_eq(STR("a\0b"), STR("a\0c")));
}

TEST(str, knows_its_beginning_and_end)
{
    CHECK(str_starts(STR("sys_user"), STR("sys_")));
    CHECK(str_starts(STR("a"), STR_NONE));
    CHECK(str_starts(STR_NONE, STR_NONE));
    CHECK(!str_starts(STR("sys"), STR("sys_")));
    CHECK(str_ends(STR("a.lua"), STR(".lua")));
    CHECK(str_ends(STR("a"), STR_NONE));
    CHECK(!str_ends(STR("lua"), STR(".lua")));
    CHECK(!str_ends(STR_NONE, STR("x")));
}

TEST(str, finds_text_and_characters)
{
    CHECK(str_find(STR("hello"), STR("ll")) == 2);
    CHECK(str_find(STR("hello"), STR("lo!")) == -1);
    CHECK(str_find(STR("hello"), STR("")) == 0);
    CHECK(str_find(STR_NONE, STR("a")) == -1);
    CHECK(str_find(STR("a"), STR("aa")) == -1);
    CHECK(str_find(STR("x\0y"), STR("\0y")) == 1);
    CHECK(str_chr(STR("hello"), 'o') == 4);
    CHECK(str_chr(STR("hello"), 'x') == -1);
    CHECK(str_chr(STR_NONE, 'x') == -1);
}

TEST(str, a_part_is_clamped_to_the_whole)
{
    CHECK_STR(str_sub(STR("hello"), 1, 3), "ell");
    CHECK_STR(str_sub(STR("hello"), 3, SIZE_MAX), "lo");
    CHECK_STR(str_sub(STR("hello"), 9, 1), "");
    CHECK(str_sub(STR_NONE, 1, 1).n == 0);
}

TEST(str, trims_ascii_spaces_only)
{
    CHECK_STR(str_trim(STR(" \t\r\n\v\f a b \n")), "a b");
    CHECK_STR(str_trim(STR("  ")), "");
    CHECK(str_trim(STR_NONE).n == 0);
    CHECK_STR(str_trim(STR("\xC2\xA0x")), "\xC2\xA0x");
}

TEST(str, splits_at_each_separator)
{
    struct str rest = STR("a,,b,"), piece = STR_NONE;

    CHECK(str_split(&rest, ',', &piece));
    CHECK_STR(piece, "a");
    CHECK(str_split(&rest, ',', &piece));
    CHECK_STR(piece, "");
    CHECK(str_split(&rest, ',', &piece));
    CHECK_STR(piece, "b");
    CHECK(!str_split(&rest, ',', &piece));
    CHECK_STR(piece, "b");
    rest = STR_NONE;
    CHECK(!str_split(&rest, ',', &piece));
    rest = STR("whole");
    CHECK(str_split(&rest, ',', &piece));
    CHECK_STR(piece, "whole");
    CHECK(!str_split(&rest, ',', &piece));
}

TEST(str, takes_words_between_any_spaces)
{
    struct str rest = STR("  a \t bc\n"), word = STR_NONE;

    CHECK(str_word(&rest, &word));
    CHECK_STR(word, "a");
    CHECK(str_word(&rest, &word));
    CHECK_STR(word, "bc");
    CHECK(!str_word(&rest, &word));
    rest = STR_NONE;
    CHECK(!str_word(&rest, &word));
}

TEST(str, reads_whole_numbers_and_nothing_else)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } CASES[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"+7", true, 7},
        {"0042", true, 42},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+", false, 0},
        {"--1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"1e3", false, 0},
        {"0x10", false, 0},
    };
    size_t i;

    for (i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        int64_t v = 4711;

        CHECK(str_to_i64(str_c(CASES[i].text), &v) == CASES[i].ok);
        CHECK_I64(v, CASES[i].ok ? CASES[i].value : 4711);
    }
}

TEST(str, writes_numbers_that_read_back_the_same)
{
    static const int64_t FIXED[] = {0,     1,         -1,        9,
                                    10,    99,        100,       101,
                                    12345, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    char text[STR_I64_BYTES];
    int64_t power = 1, back;
    size_t i;

    for (i = 0; i < sizeof FIXED / sizeof *FIXED; i++) {
        CHECK(str_to_i64(str_of(text, str_put_i64(text, FIXED[i])), &back));
        CHECK_I64(back, FIXED[i]);
    }
    for (i = 0; i < 18; i++, power *= 10) {
        CHECK(str_put_i64(text, power) == i + 1);
        CHECK(str_put_i64(text, power - 1) == (i ? i : 1));
        CHECK(str_put_i64(text, -power) == i + 2);
    }
}

TEST(str, an_empty_copy_is_not_a_failed_one)
{
    struct arena none;

    arena_init(&none, 0);
    CHECK(str_copy(&none, STR("")).p != NULL);
    CHECK(str_copy(&none, STR_NONE).p != NULL);
    CHECK(str_lower_ascii(&none, STR("")).p != NULL);
    CHECK(str_copy(&none, STR("a")).p == NULL);
    CHECK(str_lower_ascii(&none, STR("a")).p == NULL);
    CHECK(str_cstr(&none, STR("")) == NULL);
    CHECK(str_fmt(&none, "%s", "").p == NULL);
    arena_release(&none);
}

TEST(str, copies_into_the_arena)
{
    struct arena a;
    char source[] = "MiXed \xC3\x84";
    struct str copy, low;

    arena_init(&a, 1 << 20);
    copy = str_copy(&a, str_c(source));
    low = str_lower_ascii(&a, str_c(source));
    source[0] = '!';
    CHECK_STR(copy, "MiXed \xC3\x84");
    CHECK_STR(low, "mixed \xC3\x84");
    CHECK_CSTR(str_cstr(&a, STR("abc")), "abc");
    CHECK_CSTR(str_cstr(&a, STR_NONE), "");
    CHECK(str_cstr(&a, STR("a\0b")) == NULL);
    arena_release(&a);
}

TEST(str, formats_short_and_long)
{
    struct arena a;
    int n;

    arena_init(&a, 1 << 20);
    CHECK_STR(str_fmt(&a, "%s-%d", "x", 5), "x-5");
    CHECK(str_fmt(&a, "%s", "").p != NULL);
    for (n = 250; n < 260; n++) {
        struct str s = str_fmt(&a, "%0*d", n, 7);

        CHECK_I64(s.n, n);
        CHECK(s.p[n - 1] == '7' && s.p[n] == '\0');
    }
    arena_release(&a);
}

TEST(str_hash, equal_texts_hash_alike_wherever_they_lie)
{
    char room[64];
    size_t n, at;

    for (n = 0; n <= 32; n++) {
        uint64_t h;

        memset(room, 'x', sizeof room);
        h = str_hash(str_of(room, n));
        for (at = 1; at < 8; at++)
            CHECK(str_hash(str_of(room + at, n)) == h);
    }
    CHECK(str_hash(STR_NONE) == str_hash(STR("")));
}

TEST(str_hash, different_texts_spread_over_all_bits)
{
    enum { N = 4096 };
    static uint64_t h[N];
    uint64_t ones = 0, all = ~UINT64_C(0);
    char name[16];
    size_t i, j;

    for (i = 0; i < N; i++) {
        h[i] = str_hash(
            str_of(name, (size_t)snprintf(name, sizeof name, "f%zu", i)));
        ones |= h[i];
        all &= h[i];
        for (j = 0; j < i; j++)
            CHECK(h[i] != h[j]);
    }
    CHECK(ones == ~UINT64_C(0));
    CHECK(all == 0);
}

TEST(str_hash, length_counts)
{
    static const char ZEROES[16] = {0};
    size_t n;

    for (n = 1; n <= sizeof ZEROES; n++)
        CHECK(str_hash(str_of(ZEROES, n)) != str_hash(str_of(ZEROES, n - 1)));
}

static const struct str NAMES[] = {
    STR_INIT("name"),      STR_INIT("email"), STR_INIT("amount"),
    STR_INIT("closed_on"), STR_INIT("stage"), STR_INIT("money"),
};

static struct str nearest(const char *wrong)
{
    return str_nearest(str_c(wrong), NAMES, sizeof NAMES / sizeof *NAMES);
}

TEST(str_nearest, suggests_what_was_probably_meant)
{
    CHECK_STR(nearest("mony"), "money");
    CHECK_STR(nearest("nmae"), "name");
    CHECK_STR(nearest("emial"), "email");
    CHECK_STR(nearest("EMAIL"), "email");
    CHECK_STR(nearest("amuont"), "amount");
    CHECK_STR(nearest("close_on"), "closed_on");
    CHECK_STR(nearest("closedon"), "closed_on");
    CHECK_STR(nearest("stagee"), "stage");
    CHECK_STR(nearest("name"), "name");
}

TEST(str_nearest, does_not_guess)
{
    CHECK(nearest("").p == NULL);
    CHECK(nearest("x").p == NULL);
    CHECK(nearest("price").p == NULL);
    CHECK(nearest("customer_reference").p == NULL);
    CHECK(str_nearest(STR("name"), NULL, 0).p == NULL);
    CHECK(str_nearest(STR_NONE, NAMES, 6).p == NULL);
}

TEST(str_nearest, takes_the_closest_and_of_equals_the_first)
{
    static const struct str LIST[] = {
        STR_INIT("abcdefghix"), STR_INIT("abcdefghij"), STR_INIT("abcdefghik")};

    CHECK_STR(str_nearest(STR("abcdefghij"), LIST, 3), "abcdefghij");
    CHECK_STR(str_nearest(STR("abcdefghi"), LIST, 3), "abcdefghix");
}

TEST(str_nearest, is_not_moved_by_long_names)
{
    char text[1000];
    struct str list[2], just = str_of(text, 128);

    memset(text, 'a', sizeof text);
    list[0] = str_of(text, 129);
    list[1] = str_of(text, 127);
    CHECK(str_nearest(str_of(text, sizeof text), list, 2).p == NULL);
    CHECK(str_nearest(just, list, 2).n == 127);
}
