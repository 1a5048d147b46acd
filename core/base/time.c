/*
 * time - dates and instants; time.h has the contract. Zones are in tz.c.
 *
 * The calendar is counted in years that begin in March, so that the leap day
 * is the last of its year and needs no case of its own. What lies outside the
 * years 0001-9999 is taken for the nearest end, so that no value that a
 * database may hold leads out of the arithmetic or out of a caller's buffer.
 */
#include "base/time.h"

static const int64_t DAY_MS = INT64_C(86400000);

enum {
    MARCH_0000 = -719468 /* the day 0000-03-01 */
};

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* --- dates ----------------------------------------------------------- */

int64_t date_from_ymd(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t m = month <= 2 ? month + 9 : month - 3; // March is 0

    return MARCH_0000 + y * 365 + y / 4 - y / 100 + y / 400 +
           (m * 153 + 2) / 5 + day - 1;
}

struct ymd date_to_ymd(int64_t days)
{
    int64_t since = clamp(days, DATE_MIN, DATE_MAX) - MARCH_0000;
    int64_t era = since / 146097; // 400 years
    int64_t in_era = since % 146097;
    int64_t y =
        (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (y * 365 + y / 4 - y / 100);
    int64_t m = (in_year * 5 + 2) / 153; // March is 0

    return (struct ymd){
        .year = (int)(era * 400 + y + (m >= 10 ? 1 : 0)),
        .month = (int)(m < 10 ? m + 3 : m - 9),
        .day = (int)(in_year - (m * 153 + 2) / 5 + 1),
    };
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return DAYS[month - 1] + (month == 2 && is_leap(year));
}

bool date_valid(int year, int month, int day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_in_month(year, month);
}

int date_weekday(int64_t days)
{
    return (int)((days % 7 + 10) % 7) + 1; // 1970-01-01 was a Thursday
}

int date_iso_week(int64_t days)
{
    int64_t thursday; // the week belongs to the year of its Thursday

    days = clamp(days, DATE_MIN, DATE_MAX);
    thursday = days - date_weekday(days) + 4;
    return (int)((thursday - date_from_ymd(date_to_ymd(thursday).year, 1, 1)) /
                 7) +
           1;
}

bool date_add_months(int64_t days, int64_t months, int64_t *out)
{
    struct ymd d = date_to_ymd(days);
    int64_t at;
    int year;
    int month;
    int last;

    if (months < -9999 * 12 || months > 9999 * 12)
        return false;
    at = (int64_t)d.year * 12 + d.month - 1 + months;
    if (at < 12 || at >= 10000 * 12)
        return false;
    year = (int)(at / 12);
    month = (int)(at % 12) + 1;
    last = days_in_month(year, month);
    *out = date_from_ymd(year, month, d.day < last ? d.day : last);
    return true;
}

/* --- digits ---------------------------------------------------------- */

/* Exactly `digits` of them at *at, advancing it. */
static bool take_number(struct str s, size_t *at, size_t digits, int *out)
{
    int v = 0;

    if (s.n - *at < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        char c = s.p[*at + i];

        if (c < '0' || c > '9')
            return false;
        v = v * 10 + (c - '0');
    }
    *at += digits;
    *out = v;
    return true;
}

static bool take_char(struct str s, size_t *at, char c)
{
    if (*at >= s.n || s.p[*at] != c)
        return false;
    *at += 1;
    return true;
}

static void put_number(char *out, int v, size_t digits)
{
    for (size_t i = digits; i > 0; i--) {
        out[i - 1] = (char)('0' + v % 10);
        v /= 10;
    }
}

/* --- text of dates --------------------------------------------------- */

static bool take_date(struct str s, size_t *at, int64_t *days)
{
    int year;
    int month;
    int day;

    if (!take_number(s, at, 4, &year) || !take_char(s, at, '-') ||
        !take_number(s, at, 2, &month) || !take_char(s, at, '-') ||
        !take_number(s, at, 2, &day) || !date_valid(year, month, day))
        return false;
    *days = date_from_ymd(year, month, day);
    return true;
}

bool date_parse(struct str s, int64_t *days)
{
    size_t at = 0;
    int64_t v;

    if (!take_date(s, &at, &v) || at != s.n)
        return false;
    *days = v;
    return true;
}

size_t date_format(int64_t days, char out[11])
{
    struct ymd d = date_to_ymd(days);

    put_number(out, d.year, 4);
    out[4] = '-';
    put_number(out + 5, d.month, 2);
    out[7] = '-';
    put_number(out + 8, d.day, 2);
    out[10] = '\0';
    return 10;
}

/* A number of `least` to `most` digits, as many as there are. */
static bool take_between(struct str s, size_t *at, size_t least, size_t most,
                         int *out)
{
    for (size_t digits = most; digits >= least; digits--) {
        if (take_number(s, at, digits, out))
            return true;
    }
    return false;
}

/* Two digits of a year mean 1969-2068, as POSIX has it. */
static int full_year(int two)
{
    return two + (two < 69 ? 2000 : 1900);
}

static bool take_year(struct str s, size_t *at, size_t letters, int *out)
{
    if (letters == 4 || (letters == 1 && s.n - *at >= 4)) {
        size_t start = *at;

        if (take_number(s, at, 4, out))
            return true;
        *at = start;
    }
    if (letters == 4 || letters == 3 || !take_number(s, at, 2, out))
        return false;
    *out = full_year(*out);
    return true;
}

/* `letters` times the letter `part` of a pattern, read from s. */
static bool take_part(struct str s, size_t *at, char part, size_t letters,
                      struct ymd *d)
{
    if (part == 'Y')
        return d->year == 0 && letters <= 4 &&
               take_year(s, at, letters, &d->year);
    if (letters > 2)
        return false;
    if (part == 'M')
        return d->month == 0 && take_between(s, at, letters, 2, &d->month);
    return d->day == 0 && take_between(s, at, letters, 2, &d->day);
}

bool date_parse_pattern(struct str s, struct str pattern, int64_t *days)
{
    struct ymd d = {0, 0, 0};
    size_t at = 0;
    size_t i = 0;

    while (i < pattern.n) {
        char c = pattern.p[i];
        size_t letters = 1;

        if (c != 'Y' && c != 'M' && c != 'D') {
            if (!take_char(s, &at, c))
                return false;
            i++;
            continue;
        }
        while (i + letters < pattern.n && pattern.p[i + letters] == c)
            letters++;
        if (!take_part(s, &at, c, letters, &d))
            return false;
        i += letters;
    }
    if (at != s.n || !date_valid(d.year, d.month, d.day))
        return false;
    *days = date_from_ymd(d.year, d.month, d.day);
    return true;
}

/* --- instants -------------------------------------------------------- */

/* ".5", ".123456": milliseconds; what is finer is cut off. */
static bool take_fraction(struct str s, size_t *at, int *ms)
{
    int v = 0;
    size_t digits = 0;

    *ms = 0;
    if (!take_char(s, at, '.'))
        return true;
    for (; *at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9'; *at += 1) {
        if (digits < 3)
            v = v * 10 + (s.p[*at] - '0');
        digits++;
    }
    for (size_t i = digits; i < 3; i++)
        v *= 10;
    *ms = v;
    return digits > 0;
}

/* "Z" or "+01:30", in minutes. */
static bool take_offset(struct str s, size_t *at, int *minutes)
{
    bool negative;
    int hours;
    int rest;

    *minutes = 0;
    if (take_char(s, at, 'Z') || take_char(s, at, 'z'))
        return true;
    negative = take_char(s, at, '-');
    if (!negative && !take_char(s, at, '+'))
        return false;
    if (!take_number(s, at, 2, &hours) || !take_char(s, at, ':') ||
        !take_number(s, at, 2, &rest) || hours > 23 || rest > 59)
        return false;
    *minutes = hours * 60 + rest;
    if (negative)
        *minutes = -*minutes;
    return true;
}

/* "T08:00:00.5+01:00" as milliseconds after midnight UTC. */
static bool take_time(struct str s, size_t *at, int64_t *after)
{
    int hour;
    int minute;
    int second;
    int ms;
    int offset;

    if (!take_char(s, at, 'T') && !take_char(s, at, 't') &&
        !take_char(s, at, ' '))
        return false;
    if (!take_number(s, at, 2, &hour) || !take_char(s, at, ':') ||
        !take_number(s, at, 2, &minute) || !take_char(s, at, ':') ||
        !take_number(s, at, 2, &second) || !take_fraction(s, at, &ms) ||
        !take_offset(s, at, &offset))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *after = ((int64_t)hour * 60 + minute - offset) * 60000 +
             (int64_t)second * 1000 + ms;
    return true;
}

bool instant_parse(struct str s, int64_t *ms)
{
    size_t at = 0;
    int64_t days;
    int64_t after = 0;
    int64_t v;

    if (!take_date(s, &at, &days))
        return false;
    if (at < s.n && (!take_time(s, &at, &after) || at != s.n))
        return false;
    v = days * DAY_MS + after;
    if (v < INSTANT_MIN || v > INSTANT_MAX)
        return false;
    *ms = v;
    return true;
}

size_t instant_format(int64_t ms, char out[25])
{
    int64_t days;
    int rest;

    ms = clamp(ms, INSTANT_MIN, INSTANT_MAX);
    days = (ms - INSTANT_MIN) / DAY_MS + DATE_MIN;
    rest = (int)((ms - INSTANT_MIN) % DAY_MS);
    date_format(days, out);
    out[10] = 'T';
    put_number(out + 11, rest / 3600000, 2);
    out[13] = ':';
    put_number(out + 14, rest / 60000 % 60, 2);
    out[16] = ':';
    put_number(out + 17, rest / 1000 % 60, 2);
    out[19] = '.';
    put_number(out + 20, rest % 1000, 3);
    out[23] = 'Z';
    out[24] = '\0';
    return 24;
}
