/* time: the calendar and its text; zones are in test_tz.c. */
#include "support/test.h"

#include "base/str.h"
#include "base/time.h"

enum { UNTOUCHED = 4711 };

TEST(date, counts_days_from_1970)
{
    CHECK_I64(date_from_ymd(1970, 1, 1), 0);
    CHECK_I64(date_from_ymd(1969, 12, 31), -1);
    CHECK_I64(date_from_ymd(2000, 2, 29), 11016);
    CHECK_I64(date_from_ymd(2026, 3, 1), 20513);
    CHECK_I64(date_from_ymd(1, 1, 1), DATE_MIN);
    CHECK_I64(date_from_ymd(9999, 12, 31), DATE_MAX);
}

/* Every day of ten thousand years, against the rules one learns at school. */
TEST(date, steps_through_the_whole_calendar)
{
    static const int LENGTH[] = {31, 28, 31, 30, 31, 30,
                                 31, 31, 30, 31, 30, 31};
    int64_t days = DATE_MIN;
    int weekday = 1; // 0001-01-01 was a Monday

    for (int y = 1; y <= 9999; y++) {
        bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);

        for (int m = 1; m <= 12; m++) {
            int length = LENGTH[m - 1] + (m == 2 && leap);

            CHECK(date_valid(y, m, length) && !date_valid(y, m, length + 1));
            for (int d = 1; d <= length; d++, days++) {
                struct ymd got = date_to_ymd(days);

                CHECK(got.year == y && got.month == m && got.day == d);
                if (d == 1 || d == length)
                    CHECK(date_from_ymd(y, m, d) == days);
                CHECK(date_weekday(days) == weekday);
                weekday = weekday % 7 + 1;
            }
        }
    }
    CHECK_I64(days, DATE_MAX + 1);
}

TEST(date, knows_what_is_no_day)
{
    CHECK(!date_valid(2026, 2, 29) && date_valid(2028, 2, 29));
    CHECK(!date_valid(1900, 2, 29) && date_valid(2000, 2, 29));
    CHECK(!date_valid(0, 1, 1) && !date_valid(10000, 1, 1));
    CHECK(!date_valid(2026, 0, 1) && !date_valid(2026, 13, 1));
    CHECK(!date_valid(2026, 1, 0) && !date_valid(2026, 4, 31));
    CHECK(!date_valid(INT32_MIN, INT32_MIN, INT32_MIN));
}

TEST(date, takes_what_is_out_of_range_for_the_nearest_end)
{
    char out[11];

    date_format(INT64_MAX, out);
    CHECK_CSTR(out, "9999-12-31");
    date_format(INT64_MIN, out);
    CHECK_CSTR(out, "0001-01-01");
    CHECK(date_weekday(INT64_MIN) >= 1 && date_weekday(INT64_MAX) <= 7);
    CHECK_I64(date_iso_week(INT64_MAX), 52);
    CHECK_I64(date_iso_week(INT64_MIN), 1);
}

TEST(date, numbers_weeks_as_iso_does)
{
    CHECK_I64(date_iso_week(date_from_ymd(2026, 1, 1)), 1);
    CHECK_I64(date_iso_week(date_from_ymd(2025, 12, 29)), 1);
    CHECK_I64(date_iso_week(date_from_ymd(2026, 12, 31)), 53);
    CHECK_I64(date_iso_week(date_from_ymd(2027, 1, 3)), 53);
    CHECK_I64(date_iso_week(date_from_ymd(2027, 1, 4)), 1);
    CHECK_I64(date_iso_week(date_from_ymd(2021, 1, 1)), 53);
    CHECK_I64(date_iso_week(date_from_ymd(2024, 12, 30)), 1);
}

static void adds(const char *from, int64_t months, const char *want)
{
    int64_t days;
    char out[11];

    CHECK(date_parse(str_c(from), &days));
    CHECK(date_add_months(days, months, &days));
    date_format(days, out);
    CHECK_CSTR(out, want);
}

TEST(date, adds_months_and_keeps_to_the_end_of_a_shorter_one)
{
    adds("2026-01-31", 1, "2026-02-28");
    adds("2028-01-31", 1, "2028-02-29");
    adds("2026-03-31", -1, "2026-02-28");
    adds("2026-01-15", -1, "2025-12-15");
    adds("2026-12-01", 1, "2027-01-01");
    adds("2024-02-29", 12, "2025-02-28");
    adds("2026-05-05", 0, "2026-05-05");
    adds("0001-01-01", 9998 * 12 + 11, "9999-12-01");
}

TEST(date, refuses_months_out_of_the_years)
{
    int64_t got = UNTOUCHED;

    CHECK(!date_add_months(DATE_MAX, 1, &got));
    CHECK(!date_add_months(DATE_MIN, -1, &got));
    CHECK(!date_add_months(0, INT64_MAX, &got));
    CHECK(!date_add_months(0, INT64_MIN, &got));
    CHECK_I64(got, UNTOUCHED);
}

TEST(date, reads_and_writes_its_one_form)
{
    int64_t days;
    char out[11];

    CHECK(date_parse(STR("2026-03-01"), &days));
    CHECK_I64(days, 20513);
    CHECK_I64(date_format(days, out), 10);
    CHECK_CSTR(out, "2026-03-01");
    CHECK(date_parse(STR("0001-01-01"), &days) && days == DATE_MIN);
    date_format(DATE_MIN, out);
    CHECK_CSTR(out, "0001-01-01");
}

TEST(date, refuses_every_other_form)
{
    static const char *const BAD[] = {
        "",           "2026",        "2026-3-1",   "2026-03-01 ", " 2026-03-01",
        "2026/03/01", "2026-02-29",  "0000-01-01", "20260301",    "-026-03-01",
        "2026-13-01", "2026-00-10",  "2026-03-00", "2026-03-01T", "+2026-03-01",
        "2026-03-0x", "12026-03-01", "2026-03-",
    };
    int64_t got = UNTOUCHED;

    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        CHECK(!date_parse(str_c(BAD[i]), &got));
    CHECK(!date_parse(STR_NONE, &got));
    CHECK_I64(got, UNTOUCHED);
}

static void fits(const char *text, const char *pattern, const char *want)
{
    int64_t days;
    char out[11];

    CHECK(date_parse_pattern(str_c(text), str_c(pattern), &days));
    date_format(days, out);
    CHECK_CSTR(out, want);
}

TEST(date_pattern, reads_dates_as_people_write_them)
{
    fits("3/1/2026", "M/D/YYYY", "2026-03-01");
    fits("12/31/2026", "M/D/YYYY", "2026-12-31");
    fits("01.03.2026", "DD.MM.YYYY", "2026-03-01");
    fits("1.3.2026", "D.M.YYYY", "2026-03-01");
    fits("01.03.2026", "D.M.YYYY", "2026-03-01");
    fits("20260301", "YYYYMMDD", "2026-03-01");
    fits("26-3-1", "YY-M-D", "2026-03-01");
    fits("1. 3. 26", "D. M. Y", "2026-03-01");
    fits("1. 3. 2026", "D. M. Y", "2026-03-01");
    fits("31/12/68", "DD/MM/YY", "2068-12-31");
    fits("31/12/69", "DD/MM/YY", "1969-12-31");
    fits("2026年3月1日", "YYYY年M月D日", "2026-03-01");
}

TEST(date_pattern, refuses_what_does_not_fit)
{
    static const char *const BAD[][2] = {
        {"3/1/2026", "MM/DD/YYYY"},
        {"13/1/2026", "M/D/YYYY"},
        {"31.02.2026", "DD.MM.YYYY"},
        {"1-3-2026", "D.M.YYYY"},
        {"1.3.2026 ", "D.M.YYYY"},
        {" 1.3.2026", "D.M.YYYY"},
        {"1.3", "D.M"},
        {"1.3.2026", "D.M.YYYY."},
        {"1.3.26", "D.M.YYYY"},
        {"1.3.226", "D.M.Y"},
        {"1.3.2026", "D.M.YYYYY"},
        {"1.3.226", "D.M.YYY"},
        {"1.1.3.2026", "D.D.M.YYYY"},
        {"001.3.2026", "DDD.M.YYYY"},
        {"", ""},
        {"", "YYYY-MM-DD"},
        {"2026-03-01", ""},
        {"1.3.0000", "D.M.YYYY"},
    };
    int64_t got = UNTOUCHED;

    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        CHECK(!date_parse_pattern(str_c(BAD[i][0]), str_c(BAD[i][1]), &got));
    CHECK_I64(got, UNTOUCHED);
}

static void reads(const char *text, int64_t want)
{
    int64_t got = UNTOUCHED;

    CHECK(instant_parse(str_c(text), &got));
    CHECK_I64(got, want);
}

TEST(instant, reads_rfc_3339_with_any_offset)
{
    reads("1970-01-01T00:00:00Z", 0);
    reads("2026-12-31T23:59:59.999Z", 1798761599999);
    reads("2026-03-01T08:00:00+01:00", 1772348400000);
    reads("2026-03-01t07:00:00z", 1772348400000);
    reads("2026-03-01 07:00:00Z", 1772348400000);
    reads("2026-03-01T01:30:00-05:30", 1772348400000);
    reads("2026-02-28T23:59:59.5-00:00", 1772323199500);
    reads("1969-12-31T23:59:59.999Z", -1);
    reads("2026-03-01", 1772323200000);
    reads("1970-01-01T00:00:00.1Z", 100);
    reads("1970-01-01T00:00:00.123456789Z", 123);
    reads("0001-01-01T00:00:00Z", INSTANT_MIN);
    reads("9999-12-31T23:59:59.999Z", INSTANT_MAX);
}

TEST(instant, refuses_what_is_none)
{
    static const char *const BAD[] = {
        "",
        "2026-03-01T",
        "2026-03-01T08:00Z",
        "2026-03-01T08:00:00",
        "2026-03-01T24:00:00Z",
        "2026-03-01T23:60:00Z",
        "2026-12-31T23:59:60Z",
        "2026-02-30T00:00:00Z",
        "2026-03-01T08:00:00.Z",
        "2026-03-01T08:00:00,5Z",
        "2026-03-01T08:00:00+0100",
        "2026-03-01T08:00:00+24:00",
        "2026-03-01T08:00:00+01:60",
        "2026-03-01T08:00:00Zx",
        "2026-03-01T8:00:00Z",
        "2026-03-01X08:00:00Z",
        "2026-03-01Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "1772348400000",
        "now",
    };
    int64_t got = UNTOUCHED;

    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        CHECK(!instant_parse(str_c(BAD[i]), &got));
    CHECK_I64(got, UNTOUCHED);
}

TEST(instant, reads_back_what_it_writes)
{
    char out[25];

    CHECK_I64(instant_format(1798761599999, out), 24);
    CHECK_CSTR(out, "2026-12-31T23:59:59.999Z");
    instant_format(-1, out);
    CHECK_CSTR(out, "1969-12-31T23:59:59.999Z");
    for (int64_t ms = INSTANT_MIN; ms < INSTANT_MAX; ms += 3155695200001) {
        instant_format(ms, out);
        reads(out, ms);
    }
    instant_format(INT64_MIN, out);
    CHECK_CSTR(out, "0001-01-01T00:00:00.000Z");
    instant_format(INT64_MAX, out);
    CHECK_CSTR(out, "9999-12-31T23:59:59.999Z");
}
