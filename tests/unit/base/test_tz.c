/*
 * tz: offsets, days and spans of real zones, the rule at the end of a file,
 * and files that are not what they should be.
 */
#include "support/test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "base/tz.h"

enum { HOUR = 3600000 };

struct fixture {
    struct arena a;
    const struct tz *tz;
};

static void setup(struct fixture *f, const char *name)
{
    struct err err = ERR_INIT;

    arena_init(&f->a, 1 << 20);
    CHECK_RC(tz_load(str_c(name), &f->a, &f->tz, &err), RC_OK);
}

static int64_t at(const char *text)
{
    int64_t ms = 0;

    CHECK(instant_parse(str_c(text), &ms));
    return ms;
}

static int64_t on(const char *text)
{
    int64_t days = 0;

    CHECK(date_parse(str_c(text), &days));
    return days;
}

static void offset(const struct tz *tz, const char *when, double hours)
{
    CHECK_I64(tz_offset_ms(tz, at(when)), (int64_t)(hours * HOUR));
}

static void begins(const struct tz *tz, const char *day, const char *when)
{
    char got[25];

    instant_format(tz_day_start(tz, on(day)), got);
    CHECK_CSTR(got, when);
}

TEST(tz, changes_to_the_second)
{
    struct fixture f;

    setup(&f, "Europe/Vienna");
    offset(f.tz, "2026-03-29T00:59:59.999Z", 1);
    offset(f.tz, "2026-03-29T01:00:00.000Z", 2);
    offset(f.tz, "2026-10-25T00:59:59.999Z", 2);
    offset(f.tz, "2026-10-25T01:00:00.000Z", 1);
    offset(f.tz, "1979-07-01T00:00:00Z", 1); // before summer time came
    arena_release(&f.a);
}

TEST(tz, goes_on_by_the_rule_where_the_list_ends)
{
    struct fixture f;

    setup(&f, "America/New_York");
    offset(f.tz, "2500-03-14T06:59:59.999Z", -5);
    offset(f.tz, "2500-03-14T07:00:00.000Z", -4);
    offset(f.tz, "2500-11-07T05:59:59.999Z", -4);
    offset(f.tz, "2500-11-07T06:00:00.000Z", -5);
    offset(f.tz, "9999-12-31T23:59:59.999Z", -5);
    arena_release(&f.a);
}

TEST(tz, has_summer_over_new_year_in_the_south)
{
    struct fixture f;

    setup(&f, "Australia/Sydney");
    offset(f.tz, "2050-01-01T00:00:00Z", 11);
    offset(f.tz, "2050-07-01T00:00:00Z", 10);
    offset(f.tz, "2049-12-31T12:59:59.999Z", 11);
    offset(f.tz, "2049-12-31T13:00:00.000Z", 11);
    arena_release(&f.a);
}

TEST(tz, has_negative_summer_and_hours_past_midnight)
{
    struct fixture f;

    setup(&f, "Europe/Dublin"); // in law: standard time is that of summer
    offset(f.tz, "2060-01-15T00:00:00Z", 0);
    offset(f.tz, "2060-07-15T00:00:00Z", 1);
    arena_release(&f.a);
    setup(&f, "Asia/Kathmandu");
    offset(f.tz, "2026-01-01T00:00:00Z", 5.75);
    arena_release(&f.a);
}

TEST(tz, utc_needs_no_file)
{
    struct fixture f;

    setup(&f, "UTC");
    CHECK(f.tz == tz_utc());
    CHECK_I64(tz_offset_ms(tz_utc(), 0), 0);
    begins(tz_utc(), "2026-03-01", "2026-03-01T00:00:00.000Z");
    CHECK_I64(tz_local_date(tz_utc(), -1), -1);
    arena_release(&f.a);
}

TEST(tz, tells_the_local_date)
{
    struct fixture f;

    setup(&f, "Europe/Vienna");
    CHECK_I64(tz_local_date(f.tz, at("2026-02-28T22:59:59.999Z")),
              on("2026-02-28"));
    CHECK_I64(tz_local_date(f.tz, at("2026-02-28T23:00:00.000Z")),
              on("2026-03-01"));
    CHECK_I64(tz_local_date(f.tz, at("1960-01-01T22:30:00Z")),
              on("1960-01-01"));
    arena_release(&f.a);
}

TEST(tz, finds_the_start_of_days_of_23_24_and_25_hours)
{
    struct fixture f;

    setup(&f, "Europe/Vienna");
    begins(f.tz, "2026-03-29", "2026-03-28T23:00:00.000Z");
    begins(f.tz, "2026-03-30", "2026-03-29T22:00:00.000Z");
    begins(f.tz, "2026-10-25", "2026-10-24T22:00:00.000Z");
    begins(f.tz, "2026-10-26", "2026-10-25T23:00:00.000Z");
    arena_release(&f.a);
}

TEST(tz, finds_the_start_of_days_without_a_midnight_or_with_two)
{
    struct fixture f;

    setup(&f, "America/Havana"); // 0:00 becomes 1:00; 1:00 becomes 0:00
    begins(f.tz, "2026-03-08", "2026-03-08T05:00:00.000Z");
    begins(f.tz, "2026-11-01", "2026-11-01T04:00:00.000Z");
    arena_release(&f.a);
    setup(&f, "America/Sao_Paulo"); // 0:00 became 23:00 of the day before
    begins(f.tz, "2018-02-18", "2018-02-18T03:00:00.000Z");
    begins(f.tz, "2018-11-04", "2018-11-04T03:00:00.000Z");
    arena_release(&f.a);
    setup(&f, "Pacific/Apia"); // had no 30 December 2011
    begins(f.tz, "2011-12-29", "2011-12-29T10:00:00.000Z");
    begins(f.tz, "2011-12-30", "2011-12-30T10:00:00.000Z");
    begins(f.tz, "2011-12-31", "2011-12-30T10:00:00.000Z");
    arena_release(&f.a);
}

/* The start is in its day, and the moment before it is not: over the history
   and the future of zones that differ in kind. */
TEST(tz, starts_every_day_where_the_one_before_ends)
{
    static const char *const ZONES[] = {"Europe/Vienna", "Africa/Casablanca",
                                        "Australia/Lord_Howe",
                                        "America/St_Johns", "Asia/Gaza"};

    for (size_t i = 0; i < sizeof ZONES / sizeof ZONES[0]; i++) {
        struct fixture f;

        setup(&f, ZONES[i]);
        for (int64_t day = on("1995-01-01"); day < on("2045-01-01"); day += 1) {
            int64_t start = tz_day_start(f.tz, day);

            CHECK(tz_local_date(f.tz, start) == day);
            CHECK(tz_local_date(f.tz, start - 1) == day - 1);
        }
        arena_release(&f.a);
    }
}

TEST(tz, lists_the_spans_of_a_year)
{
    struct fixture f;
    struct tz_span spans[8];

    setup(&f, "Europe/Vienna");
    CHECK_I64(tz_spans(f.tz, at("2026-01-01T00:00:00Z"),
                       at("2027-01-01T00:00:00Z"), spans, 8),
              3);
    CHECK_I64(spans[0].since_ms, at("2026-01-01T00:00:00Z"));
    CHECK_I64(spans[0].offset_ms, HOUR);
    CHECK_I64(spans[1].since_ms, at("2026-03-29T01:00:00Z"));
    CHECK_I64(spans[1].offset_ms, 2 * HOUR);
    CHECK_I64(spans[2].since_ms, at("2026-10-25T01:00:00Z"));
    CHECK_I64(spans[2].offset_ms, HOUR);
    arena_release(&f.a);
}

TEST(tz, counts_the_spans_that_find_no_room)
{
    struct fixture f;
    struct tz_span spans[2] = {{0}, {.since_ms = 4711}};

    setup(&f, "Europe/Vienna");
    CHECK_I64(tz_spans(f.tz, at("2040-01-01T00:00:00Z"),
                       at("2050-01-01T00:00:00Z"), spans, 1),
              21);
    CHECK_I64(spans[1].since_ms, 4711);
    CHECK_I64(tz_spans(f.tz, 0, 1, NULL, 0), 1);
    CHECK_I64(tz_spans(f.tz, 5, 5, spans, 2), 0);
    CHECK_I64(tz_spans(f.tz, 5, 4, spans, 2), 0);
    // a change at the end is outside, one at the beginning is the beginning
    CHECK_I64(tz_spans(f.tz, at("2026-03-29T01:00:00Z"),
                       at("2026-10-25T01:00:00Z"), spans, 1),
              1);
    CHECK_I64(spans[0].offset_ms, 2 * HOUR);
    CHECK(tz_spans(f.tz, INT64_MIN, INT64_MAX, spans, 2) > 15000);
    arena_release(&f.a);
}

TEST(tz, bears_instants_and_days_that_do_not_exist)
{
    struct fixture f;

    setup(&f, "America/New_York");
    CHECK_I64(tz_offset_ms(f.tz, INT64_MAX), -5 * HOUR);
    CHECK(tz_offset_ms(f.tz, INT64_MIN) < 0);
    CHECK(tz_local_date(f.tz, INT64_MAX) >= DATE_MAX);
    CHECK(tz_local_date(f.tz, INT64_MIN) <= DATE_MIN);
    CHECK_I64(tz_day_start(f.tz, INT64_MAX), tz_day_start(f.tz, DATE_MAX));
    CHECK_I64(tz_day_start(f.tz, INT64_MIN), tz_day_start(f.tz, DATE_MIN));
    arena_release(&f.a);
}

TEST(tz, refuses_names_that_are_none_or_lead_elsewhere)
{
    static const char *const BAD[] = {
        "",
        "Europe",
        "Europe/",
        "/Europe/Vienna",
        "Europe//Vienna",
        "../zoneinfo/UTC",
        "Europe/../UTC",
        "Europe/Atlantis",
        "Europe/Vienna/x",
        "zone.tab",
        "tzdata.zi",
        "europe vienna",
        "Europe/Wien\n",
        "Éire",
        "a_name_that_is_longer_than_any_zone_that_ever_was_or_will_be_found",
    };

    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        struct arena a;
        const struct tz *tz = NULL;
        struct err err = ERR_INIT;

        arena_init(&a, 1 << 20);
        CHECK_RC(tz_load(str_c(BAD[i]), &a, &tz, &err), RC_NOTFOUND);
        CHECK(tz == NULL);
        CHECK_HAS(err.text, "There is no time zone");
        arena_release(&a);
    }
}

TEST(tz, survives_any_failed_allocation)
{
    WITH_EACH_ALLOC_FAILING (i) {
        struct arena a;
        const struct tz *tz = NULL;
        struct err err = ERR_INIT;
        enum rc rc;

        arena_init(&a, 1 << 20);
        rc = tz_load(STR("Europe/Vienna"), &a, &tz, &err);
        CHECK(rc == RC_OK || rc == RC_NOMEM);
        CHECK((rc == RC_OK) == (tz != NULL));
        arena_release(&a);
    }
}

/* --- rules ----------------------------------------------------------- */

TEST(tz_rule, reads_every_form_of_posix)
{
    struct tz_rule r;

    CHECK(tz_rule_parse(STR("UTC0"), &r));
    CHECK(!r.has_summer && r.standard_ms == 0);
    CHECK(tz_rule_parse(STR("<+0545>-5:45"), &r));
    CHECK_I64(r.standard_ms, 5.75 * HOUR);
    CHECK(tz_rule_parse(STR("CET-1CEST,M3.5.0,M10.5.0/3"), &r));
    CHECK(r.has_summer && r.standard_ms == HOUR && r.summer_ms == 2 * HOUR);
    CHECK_I64(r.begin.time_s, 7200);
    CHECK_I64(r.end.time_s, 10800);
    CHECK(tz_rule_parse(STR("AAA+3BBB+2:30:15,J60/-1:30,365/167:59:59"), &r));
    CHECK_I64(r.summer_ms, -9015 * 1000);
    CHECK(r.begin.kind == TZ_DAY_JULIAN && r.begin.day == 60);
    CHECK_I64(r.begin.time_s, -5400);
    CHECK(r.end.kind == TZ_DAY_ZERO && r.end.day == 365);
}

TEST(tz_rule, refuses_what_is_none)
{
    static const char *const BAD[] = {
        "",
        "C0",
        "CET",
        "CET-",
        "CET-27",
        "CET-1:60",
        "CET-1x",
        "<+1-1",
        "CET-1CEST",
        "CET-1CEST,",
        "CET-1CEST,M3.5.0",
        "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.0.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,J0,J100",
        "CET-1CEST,J366,J100",
        "CET-1CEST,M3.5.0,M10.5.0/168",
        "CET-1CEST,M3.5.0,M10.5.0/",
        "CET-1CEST,M3.5.0,M10.5.0 ",
        "CET-99999999999999999999",
        "AAA-26BBB,M3.5.0,M10.5.0",
    };
    struct tz_rule r = {.standard_ms = 4711};

    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        CHECK(!tz_rule_parse(str_c(BAD[i]), &r));
    CHECK_I64(r.standard_ms, 4711);
}

static struct tz zone_of(const char *rule)
{
    struct tz tz = {.has_rule = true};

    CHECK(tz_rule_parse(str_c(rule), &tz.rule));
    return tz;
}

TEST(tz_rule, counts_days_of_the_year_with_and_without_the_leap_day)
{
    struct tz tz = zone_of("AAA0BBB,J60/0,J365/0"); // 1 March, always
    offset(&tz, "2027-02-28T23:59:59Z", 0);
    offset(&tz, "2027-03-01T00:00:00Z", 1);
    offset(&tz, "2028-02-29T23:59:59Z", 0);
    offset(&tz, "2028-03-01T00:00:00Z", 1);

    tz = zone_of("AAA0BBB,59/0,365/0"); // the 60th day
    offset(&tz, "2027-03-01T00:00:00Z", 1);
    offset(&tz, "2028-02-28T23:59:59Z", 0);
    offset(&tz, "2028-02-29T00:00:00Z", 1);
}

TEST(tz_rule, may_say_that_it_is_always_summer)
{
    struct tz tz = zone_of("AAA3BBB,0/0,J365/25");

    for (int64_t ms = at("2026-12-01T00:00:00Z");
         ms < at("2027-02-01T00:00:00Z"); ms += HOUR / 2)
        CHECK(tz_offset_ms(&tz, ms) == -2 * HOUR);
    CHECK_I64(tz_spans(&tz, at("2026-01-01T12:00:00Z"),
                       at("2030-01-01T00:00:00Z"), NULL, 0),
              1);
}

/* --- files ----------------------------------------------------------- */

static void put(struct buf *b, uint64_t v, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        buf_addc(b, (char)(v >> (8 * i)));
}

struct sample {
    char version;
    uint32_t n_leap, n_times, n_types;
    int64_t times[3];
    uint8_t indexes[3];
    int32_t offsets[3];
    const char *footer;
};

static void put_header(struct buf *b, const struct sample *s, bool empty)
{
    buf_adds(b, "TZif");
    buf_addc(b, s->version);
    for (int i = 0; i < 15; i++)
        buf_addc(b, 0);
    put(b, 0, 4);
    put(b, 0, 4);
    put(b, empty ? 0 : s->n_leap, 4);
    put(b, empty ? 0 : s->n_times, 4);
    put(b, empty ? 0 : s->n_types, 4);
    put(b, 0, 4);
}

static void put_file(struct buf *b, const struct sample *s)
{
    put_header(b, s, true);
    put_header(b, s, false);
    for (uint32_t i = 0; i < s->n_times && i < 3; i++)
        put(b, (uint64_t)s->times[i], 8);
    for (uint32_t i = 0; i < s->n_times && i < 3; i++)
        put(b, s->indexes[i], 1);
    for (uint32_t i = 0; i < s->n_types && i < 3; i++) {
        put(b, (uint32_t)s->offsets[i], 4);
        put(b, 0, 2);
    }
    for (uint32_t i = 0; i < s->n_leap; i++) {
        put(b, 1, 8);
        put(b, 1, 4);
    }
    buf_adds(b, s->footer);
}

static const struct sample GOOD = {
    .version = '2',
    .n_times = 3,
    .n_types = 2,
    .times = {-((int64_t)1 << 59), 1000, 2000},
    .indexes = {0, 1, 0},
    .offsets = {3600, 7200},
    .footer = "\nAAA-1\n",
};

static enum rc load(struct fixture *f, struct str file)
{
    struct err err = ERR_INIT;
    enum rc rc;

    f->tz = NULL;
    arena_init(&f->a, 1 << 20);
    rc = tz_from_file(STR("Test/Zone"), file, &f->a, &f->tz, &err);
    CHECK((rc == RC_OK) == (f->tz != NULL));
    if (rc != RC_OK)
        CHECK_HAS(err.text, "Test/Zone");
    return rc;
}

static enum rc load_sample(struct fixture *f, const struct sample *s)
{
    struct buf b;
    enum rc rc;

    buf_init(&b, 4096);
    put_file(&b, s);
    rc = load(f, buf_view(&b));
    buf_release(&b);
    return rc;
}

TEST(tz_file, reads_changes_and_footer)
{
    struct fixture f;

    CHECK_RC(load_sample(&f, &GOOD), RC_OK);
    CHECK_I64(tz_offset_ms(f.tz, 0), HOUR);
    CHECK_I64(tz_offset_ms(f.tz, 999999), HOUR);
    CHECK_I64(tz_offset_ms(f.tz, 1000000), 2 * HOUR);
    CHECK_I64(tz_offset_ms(f.tz, 2000000), HOUR);
    arena_release(&f.a);
}

TEST(tz_file, keeps_the_last_offset_without_a_rule)
{
    struct sample s = GOOD;
    struct fixture f;

    s.n_times = 2;
    s.footer = "\n\n";
    CHECK_RC(load_sample(&f, &s), RC_OK);
    CHECK_I64(tz_offset_ms(f.tz, INSTANT_MAX), 2 * HOUR);
    arena_release(&f.a);
}

TEST(tz_file, refuses_what_does_not_hold_together)
{
    struct sample bad[10];

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        bad[i] = GOOD;
    bad[0].version = '\0';      // 32-bit times only
    bad[1].n_leap = 1;          // counts leap seconds
    bad[2].n_types = 0;         // no offset at all
    bad[3].indexes[1] = 2;      // no such type
    bad[4].times[2] = 1000;     // does not rise
    bad[5].offsets[1] = 100000; // more than a day
    bad[6].footer = "";
    bad[7].footer = "\nAAA\n";
    bad[8].n_times = UINT32_MAX; // says more than there is
    bad[9].times[2] = INT64_MAX;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct fixture f;

        CHECK_RC(load_sample(&f, &bad[i]), RC_INVALID);
        arena_release(&f.a);
    }
}

TEST(tz_file, refuses_a_file_cut_anywhere)
{
    struct buf b;

    buf_init(&b, 4096);
    put_file(&b, &GOOD);
    for (size_t n = 0; n < b.n; n++) {
        struct fixture f;

        CHECK_RC(load(&f, str_of(b.p, n)), RC_INVALID);
        arena_release(&f.a);
    }
    buf_release(&b);
}
