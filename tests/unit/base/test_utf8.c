/* utf8: what is valid, and the one key by which text is compared. */
#include "support/test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"

static void valid(struct str s)
{
    CHECK_I64(utf8_invalid(s), -1);
}

TEST(utf8, accepts_every_well_formed_sequence)
{
    valid(STR_NONE);
    valid(STR("plain"));
    valid(STR("\0"));
    valid(STR("\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF"));
    valid(STR("\xED\x9F\xBF\xEE\x80\x80")); // around the surrogates
    valid(STR("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
    valid(STR("Grüße, Ελλάδα, 東京, 👩‍🚀"));
}

TEST(utf8, names_the_first_bad_byte)
{
    static const struct {
        struct str text;
        ptrdiff_t at;
    } BAD[] = {
        {STR_INIT("\x80"), 0},
        {STR_INIT("a\xBF"), 1},
        {STR_INIT("\xC0\x80"), 0}, // longer than needed
        {STR_INIT("\xC1\xBF"), 0},
        {STR_INIT("\xE0\x9F\xBF"), 0},
        {STR_INIT("\xF0\x8F\xBF\xBF"), 0},
        {STR_INIT("\xED\xA0\x80"), 0}, // surrogates
        {STR_INIT("\xED\xBF\xBF"), 0},
        {STR_INIT("\xF4\x90\x80\x80"), 0}, // past U+10FFFF
        {STR_INIT("\xF5\x80\x80\x80"), 0},
        {STR_INIT("\xFF"), 0},
        {STR_INIT("ok\xC3"), 2}, // cut short
        {STR_INIT("ok\xE2\x82"), 2},
        {STR_INIT("ok\xF0\x9F\x98"), 2},
        {STR_INIT("\xC3\x28"), 0},
        {STR_INIT("\xE2\x28\xA1"), 0},
        {STR_INIT("\xE2\x82\x28"), 0},
        {STR_INIT("\xF0\x28\x8C\xBC"), 0},
        {STR_INIT("\xF0\x90\x80\x28"), 0},
        {STR_INIT("sixteen bytes ok\xFFmore"), 16},
        {STR_INIT("seven b\xFFmore bytes"), 7},
    };

    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        CHECK_I64(utf8_invalid(BAD[i].text), BAD[i].at);
}

TEST(utf8, encodes_and_decodes_every_point)
{
    char out[4];

    for (uint32_t c = 0; c <= 0x10FFFF; c += c < 0x11000 ? 1 : 97) {
        struct str s = str_of(out, utf8_encode(c, out));
        size_t at = 0;

        if (c >= 0xD800 && c <= 0xDFFF) {
            CHECK_STR(s, "\xEF\xBF\xBD");
            continue;
        }
        CHECK(utf8_invalid(s) == -1);
        CHECK(utf8_next(s, &at) == (int32_t)c && at == s.n);
    }
    CHECK_I64(utf8_encode(0x110000, out), 3);
}

TEST(utf8, counts_and_cuts_at_points)
{
    struct str s = STR("aé東👩z");
    size_t at = 0;

    CHECK_I64(utf8_count(s), 5);
    CHECK_I64(utf8_count(STR_NONE), 0);
    CHECK_STR(utf8_head(s, 0), "");
    CHECK_STR(utf8_head(s, 2), "aé");
    CHECK_STR(utf8_head(s, 4), "aé東👩");
    CHECK_STR(utf8_head(s, 5), "aé東👩z");
    CHECK_STR(utf8_head(s, SIZE_MAX), "aé東👩z");
    CHECK_I64(utf8_next(s, &at), 'a');
    CHECK_I64(utf8_next(s, &at), 0xE9);
    CHECK_I64(utf8_next(s, &at), 0x6771);
    CHECK_I64(utf8_next(s, &at), 0x1F469);
    CHECK_I64(utf8_next(s, &at), 'z');
    CHECK_I64(utf8_next(s, &at), -1);
    CHECK_I64(utf8_next(s, &at), -1);
}

TEST(utf8, never_reads_past_the_end_of_bad_text)
{
    struct str s = STR("a\xF0\x9F\x98");
    size_t at = 1;

    for (int i = 0; i < 3; i++)
        CHECK_I64(utf8_next(s, &at), 0xFFFD);
    CHECK_I64(utf8_next(s, &at), -1);
}

/* --- keys ------------------------------------------------------------ */

static void folds_at(const char *text, size_t points, const char *want)
{
    struct arena a;
    struct str out = STR_NONE;
    struct err err = ERR_INIT;

    arena_init(&a, 1 << 20);
    CHECK_RC(utf8_fold(str_c(text), points, &a, &out, &err), RC_OK);
    CHECK_STR(out, want);
    arena_release(&a);
}

static void folds(const char *text, const char *want)
{
    folds_at(text, FOLD_POINTS, want);
    folds_at(text, 0, want);
    folds_at(want, FOLD_POINTS, want); // and again changes nothing
}

TEST(fold, lowers_squeezes_and_trims_ascii)
{
    folds("", "");
    folds("   ", "");
    folds("Anna Snelling", "anna snelling");
    folds("  A \t\r\n B  ", "a b");
    folds("x@Y.Z-1_[]{}", "x@y.z-1_[]{}");
}

TEST(fold, takes_accents_off)
{
    folds("Čapek", "capek");
    folds("Zoë Ångström", "zoe angstrom");
    folds("e\xCC\x81", "e"); // decomposed already
    folds("Việt Nam", "viet nam");
    folds("Йод", "иод");
    folds("Άννα", "αννα");
    folds("שָׁלוֹם", "שלום");
    folds("مُحَمَّد", "محمد");
    folds("\xCC\x81", ""); // an accent on nothing
}

TEST(fold, maps_letters_that_unicode_keeps_whole)
{
    folds("Straße STRASSE ẞ", "strasse strasse ss");
    folds("Søren Łódź", "soren lodz");
    folds("Işık İzmir ISI", "isik izmir isi");
    folds("ΟΔΥΣΣΕΥΣ Οδυσσευς", "οδυσσευσ οδυσσευσ");
    folds("Ærø Œuvre", "aero oeuvre");
    folds("Đorđe Þór Ð ð", "dorde thor d d");
    folds("Ħal Ŧ", "hal t");
}

TEST(fold, takes_compatibility_forms_for_what_they_mean)
{
    folds("ＡＢＣ　１２３", "abc 123");
    folds("ﬁne №5 ²", "fine no5 2");
    folds("ℌello", "hello");
    folds("ｶﾞ", "カ\xE3\x82\x99");
}

TEST(fold, treats_every_space_alike_and_drops_the_invisible)
{
    folds("a\xC2\xA0\xE2\x80\x83\xE3\x80\x80z", "a z");
    folds("\xE2\x80\xA8x\xE2\x80\xA9", "x");
    folds("co\xC2\xADop\xE2\x80\x8B", "coop"); // soft hyphen, zero width space
    folds("\xEF\xBB\xBF"
          "bom",
          "bom");
    folds("\xC2\xA0", "");
}

TEST(fold, keeps_the_vowels_and_voices_that_are_letters)
{
    folds("कि", "कि");
    folds("का", "का");
    folds("ที่", "ที่");
    folds("が", "か\xE3\x82\x99");
    folds("か", "か");
    folds("한", "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB");
}

TEST(fold, puts_marks_into_one_order)
{
    // nukta (class 7) and virama (class 9), both ways round
    folds("\xE0\xA4\x95\xE0\xA4\xBC\xE0\xA5\x8D",
          "\xE0\xA4\x95\xE0\xA4\xBC\xE0\xA5\x8D");
    folds("\xE0\xA4\x95\xE0\xA5\x8D\xE0\xA4\xBC",
          "\xE0\xA4\x95\xE0\xA4\xBC\xE0\xA5\x8D");
}

TEST(fold, cuts_at_points_and_leaves_no_space_at_the_end)
{
    folds_at("abcdef", 3, "abc");
    folds_at("ab cd", 3, "ab");
    folds_at("ab cd", 4, "ab c");
    folds_at("äb cd", 3, "ab");
    folds_at("äb cd", 4, "ab c");
    folds_at("éééé", 2, "ee");
    folds_at("ßß", 3, "sss");
    folds_at("東京都", 2, "東京");
    folds_at("x y", 1, "x");
    folds_at("é y", 1, "e");
}

TEST(fold, is_the_same_with_and_without_the_fast_path)
{
    static const char *const TEXTS[] = {"A  b", " lead", "trail ", "x",
                                        "a b c d e f g h i j k l m"};

    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        for (size_t points = 0; points < 8; points++) {
            struct arena a;
            struct str fast = STR_NONE;
            struct str slow = STR_NONE;

            arena_init(&a, 1 << 16);
            CHECK_RC(utf8_fold(str_c(TEXTS[i]), points, &a, &fast, NULL),
                     RC_OK);
            // an accent at the end changes the path and nothing else
            CHECK_RC(utf8_fold(str_fmt(&a, "%s\xCC\x81", TEXTS[i]), points, &a,
                               &slow, NULL),
                     RC_OK);
            CHECK(str_eq(fast, slow));
            arena_release(&a);
        }
    }
}

TEST(fold, of_any_point_is_a_key_already)
{
    struct arena a;

    arena_init(&a, 1 << 20);
    for (uint32_t c = 1; c <= 0x10FFFF; c += c < 0x3100 ? 1 : 13) {
        struct arena_mark mark = arena_mark(&a);
        char bytes[4];
        struct str once = STR_NONE;
        struct str twice = STR_NONE;
        struct str s = str_of(bytes, utf8_encode(c, bytes));

        CHECK_RC(utf8_fold(s, 0, &a, &once, NULL), RC_OK);
        CHECK(utf8_invalid(once) == -1);
        CHECK_RC(utf8_fold(once, 0, &a, &twice, NULL), RC_OK);
        if (!str_eq(once, twice))
            test_fail(__FILE__, __LINE__, "U+%04X folds twice", (unsigned)c);
        arena_rewind(&a, mark);
    }
    arena_release(&a);
}

TEST(fold, bears_a_long_run_of_marks)
{
    struct arena a;
    struct buf b;
    struct str out = STR_NONE;

    arena_init(&a, 1 << 22);
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 20000; i++)
        buf_adds(&b, i % 2 ? "\xE0\xA5\x8D" : "\xE0\xA4\xBC");
    CHECK_RC(utf8_fold(buf_view(&b), 0, &a, &out, NULL), RC_OK);
    CHECK_I64(out.n, 60000);
    buf_release(&b);
    arena_release(&a);
}

TEST(fold, survives_any_failed_allocation)
{
    static const char *const TEXTS[] = {"Plain", "Größe"};

    for (size_t t = 0; t < 2; t++) {
        WITH_EACH_ALLOC_FAILING (i) {
            struct arena a;
            struct str out = STR_NONE;
            struct err err = ERR_INIT;
            enum rc rc;

            arena_init(&a, 1 << 16);
            rc = utf8_fold(str_c(TEXTS[t]), 0, &a, &out, &err);
            CHECK(rc == RC_OK || rc == RC_NOMEM);
            CHECK(rc == RC_OK || (out.n == 0 && err.rc == RC_NOMEM));
            arena_release(&a);
        }
    }
}

TEST(fold, says_when_the_arena_is_too_small)
{
    static char big[5000];
    struct arena a;
    struct str out = STR_NONE;

    memset(big, 'x', sizeof big);
    arena_init(&a, 1000);
    CHECK_RC(utf8_fold(str_of(big, sizeof big), 0, &a, &out, NULL), RC_NOMEM);
    CHECK(out.p == NULL);
    arena_release(&a);
}

/* --- words ----------------------------------------------------------- */

static void words(const char *text, const char *want)
{
    struct buf b;

    buf_init(&b, 4096);
    utf8_words(str_c(text), &b);
    CHECK_STR(buf_view(&b), want);
    buf_release(&b);
}

TEST(words, are_folded_letters_and_digits)
{
    words("", "");
    words(" .,;-!", "");
    words("Anna Snelling", "anna snelling");
    words("O'Brien & Söhne GmbH", "o brien sohne gmbh");
    words("anna.snelling@example.com", "anna snelling example com");
    words("co\xC2\xADop", "coop");
    words("Привет, МИР!", "привет мир");
    words("A\nB\tC", "a b c");
    words("x_1", "x 1");
}

TEST(words, keep_digits_as_written)
{
    words("+43 1 555-12", "43 1 555 12");
    words("INV-2026-00042", "inv 2026 00042");
    words("１２３ ½", "123 1 2");
}

TEST(words, are_one_character_each_in_cjk)
{
    words("東京都", "東 京 都");
    words("株式会社ABC本社", "株 式 会 社 abc 本 社");
    words("がく", "か\xE3\x82\x99 く");
    words("東 京", "東 京");
    words("𠀋x", "𠀋 x");
}

TEST(words, hold_their_marks)
{
    words("किताब", "किताब");
    words("- \xE0\xA4\xBF x", "x"); // a vowel sign on nothing
}

TEST(words, are_kept_apart_from_what_is_in_the_buffer)
{
    struct buf b;

    buf_init(&b, 4096);
    utf8_words(STR("Anna"), &b);
    utf8_words(STR("-"), &b);
    utf8_words(STR("Snelling"), &b);
    CHECK_STR(buf_view(&b), "anna snelling");
    buf_addc(&b, ' ');
    utf8_words(STR("x"), &b);
    CHECK_STR(buf_view(&b), "anna snelling x");
    buf_release(&b);
}

TEST(words, stop_at_the_ceiling_of_the_buffer)
{
    struct buf b;

    buf_init(&b, 8);
    utf8_words(STR("a long text of many words"), &b);
    CHECK_RC(b.failed, RC_LIMIT);
    buf_release(&b);
}

static void slugs(const char *text, const char *want)
{
    struct arena a;

    arena_init(&a, 1 << 16);
    CHECK_STR(utf8_slug(&a, str_c(text)), want);
    arena_release(&a);
}

TEST(slug, is_small_letters_digits_and_dashes)
{
    slugs("Anna Snelling", "anna-snelling");
    slugs("  --Größe: 42 m²!  ", "grosse-42-m2");
    slugs("東京", "");
    slugs("", "");
    slugs("...", "");
}

/* --- case ------------------------------------------------------------------ */

static bool has_case(void (*change)(struct str, struct buf *), const char *text,
                     const char *want)
{
    struct buf b;
    bool same;

    buf_init(&b, 1 << 10);
    change(str_c(text), &b);
    same = str_eq(buf_view(&b), str_c(want));
    buf_release(&b);
    return same;
}

TEST(utf8, case_is_changed_in_every_script)
{
    CHECK(has_case(utf8_lower, "ÄÖ ÇA ΑΒΓ ДА 1", "äö ça αβγ да 1"));
    CHECK(has_case(utf8_upper, "äö ça αβγ да ß", "ÄÖ ÇA ΑΒΓ ДА ẞ"));
    CHECK(
        has_case(utf8_title, "anna-maria  o'neil éa", "Anna-Maria  O'neil Éa"));
    CHECK(has_case(utf8_lower, "", ""));
}
