/*
 * tz - offsets of a zone at any time, and where its days begin; time.h has
 * the contract.
 *
 * A zone is a sorted list of changes, and a rule that goes on where the list
 * ends. Cost: a binary search, or for times past the list the six changes of
 * three years, some tens of nanoseconds. Immutable, so any thread may look.
 */
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/tz.h"
#include "base/utf8.h"

static const int64_t DAY_MS = INT64_C(86400000);

enum {
    NAME_BYTES = 64,     /* longest: 30 in the database of 2026          */
    FILE_BYTES = 16384,  /* largest: under 4 KiB                          */
    SPANS_NEAR_A_DAY = 8 /* changes in four days; one, in all of history  */
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Every place an instant may be, with a day to spare for its local time. */
static int64_t clamp_instant(int64_t ms)
{
    const int64_t low = INSTANT_MIN - 2 * DAY_MS;
    const int64_t high = INSTANT_MAX + 2 * DAY_MS;

    return ms < low ? low : ms > high ? high : ms;
}

/* --- the rule -------------------------------------------------------- */

struct change {
    int64_t at_ms;
    int32_t offset_ms; /* from then on */
};

/* The day on which a rule's day falls in a year. */
static int64_t day_in_year(const struct tz_day *d, int year)
{
    int64_t first;

    if (d->kind == TZ_DAY_WEEK) {
        int64_t next =
            date_from_ymd(year + d->month / 12, d->month % 12 + 1, 1);

        first = date_from_ymd(year, d->month, 1);
        // weekday: Sunday is 0 there and 7 with us
        first += (d->day - date_weekday(first) % 7 + 7) % 7;
        first += (d->week - 1) * 7;
        return first < next ? first : first - 7;
    }
    first = date_from_ymd(year, 1, 1);
    if (d->kind == TZ_DAY_ZERO)
        return first + d->day;
    // the 60th day is 1 March, in a leap year too
    return first + d->day - 1 + (d->day >= 60 && date_valid(year, 2, 29));
}

/* Both changes of a year, the earlier first. */
static void changes_of_year(const struct tz_rule *r, int year,
                            struct change out[2])
{
    struct change begin = {
        .at_ms = day_in_year(&r->begin, year) * DAY_MS +
                 (int64_t)r->begin.time_s * 1000 - r->standard_ms,
        .offset_ms = r->summer_ms,
    };
    struct change end = {
        .at_ms = day_in_year(&r->end, year) * DAY_MS +
                 (int64_t)r->end.time_s * 1000 - r->summer_ms,
        .offset_ms = r->standard_ms,
    };
    bool begins_first = begin.at_ms < end.at_ms;

    out[0] = begins_first ? begin : end;
    out[1] = begins_first ? end : begin;
}

enum { NEAR_YEARS = 3, NEAR_CHANGES = 2 * NEAR_YEARS };

/* The changes of the years around an instant, in order of time. */
static void changes_near(const struct tz_rule *r, int64_t ms,
                         struct change out[NEAR_CHANGES])
{
    int year = date_to_ymd(floor_div(ms, DAY_MS)).year;

    for (int i = 0; i < NEAR_YEARS; i++)
        changes_of_year(r, year - 1 + i, out + 2 * (size_t)i);
}

static int32_t rule_offset(const struct tz_rule *r, int64_t ms)
{
    struct change near[NEAR_CHANGES];
    int32_t offset = r->standard_ms;

    if (!r->has_summer)
        return offset;
    changes_near(r, ms, near);
    // a later one wins over one at the same time: a year of summer only ends
    // in the moment in which the next begins
    for (size_t i = 0; i < NEAR_CHANGES; i++) {
        if (near[i].at_ms <= ms)
            offset = near[i].offset_ms;
    }
    return offset;
}

static bool rule_next(const struct tz_rule *r, int64_t ms, int64_t *at)
{
    struct change near[NEAR_CHANGES];

    if (!r->has_summer)
        return false;
    changes_near(r, ms, near);
    for (size_t i = 0; i < NEAR_CHANGES; i++) {
        if (near[i].at_ms > ms) {
            *at = near[i].at_ms;
            return true;
        }
    }
    return false;
}

/* --- looking up ------------------------------------------------------ */

/* How many changes of the list lie at or before an instant. */
static size_t changes_until(const struct tz *tz, int64_t ms)
{
    size_t low = 0;
    size_t high = tz->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (tz->since[middle] <= ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int32_t tz_offset_ms(const struct tz *tz, int64_t instant_ms)
{
    size_t i;

    instant_ms = clamp_instant(instant_ms);
    i = changes_until(tz, instant_ms);
    if (i == tz->n && tz->has_rule)
        return rule_offset(&tz->rule, instant_ms);
    return i > 0 ? tz->offset[i - 1] : tz->first_ms;
}

/* The first moment after `ms` at which the offset may differ. */
static bool next_change(const struct tz *tz, int64_t ms, int64_t *at)
{
    size_t i = changes_until(tz, ms);

    if (i < tz->n) {
        *at = tz->since[i];
        return true;
    }
    return tz->has_rule && rule_next(&tz->rule, ms, at);
}

int64_t tz_local_date(const struct tz *tz, int64_t instant_ms)
{
    instant_ms = clamp_instant(instant_ms);
    return floor_div(instant_ms + tz_offset_ms(tz, instant_ms), DAY_MS);
}

size_t tz_spans(const struct tz *tz, int64_t from_ms, int64_t to_ms,
                struct tz_span *out, size_t max)
{
    int64_t at = clamp_instant(from_ms);
    int32_t last = tz_offset_ms(tz, at);
    size_t n = 1;

    to_ms = clamp_instant(to_ms);
    if (at >= to_ms)
        return 0;
    if (max > 0)
        out[0] = (struct tz_span){at, last};
    while (next_change(tz, at, &at) && at < to_ms) {
        int32_t offset = tz_offset_ms(tz, at);

        if (offset == last)
            continue;
        if (n < max)
            out[n] = (struct tz_span){at, offset};
        n++;
        last = offset;
    }
    return n;
}

int64_t tz_day_start(const struct tz *tz, int64_t days)
{
    struct tz_span spans[SPANS_NEAR_A_DAY];
    int64_t midnight;
    size_t n;

    days = days < DATE_MIN ? DATE_MIN : days > DATE_MAX ? DATE_MAX : days;
    midnight = days * DAY_MS; // as local time, without a zone yet
    n = tz_spans(tz, midnight - 2 * DAY_MS, midnight + 2 * DAY_MS, spans,
                 SPANS_NEAR_A_DAY);
    if (n > SPANS_NEAR_A_DAY)
        n = SPANS_NEAR_A_DAY;
    // of each span the first instant whose local time is midnight or later
    for (size_t i = 0; i < n; i++) {
        int64_t start = midnight - spans[i].offset_ms;

        if (start < spans[i].since_ms)
            start = spans[i].since_ms;
        if (i + 1 == n || start < spans[i + 1].since_ms)
            return start;
    }
    return midnight;
}

/* --- loading --------------------------------------------------------- */

const struct tz *tz_utc(void)
{
    static const struct tz UTC = {0};

    return &UTC;
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* "America/Argentina/Buenos_Aires", "Etc/GMT+5": letters first in every part,
   and no dot, so that no name leads out of the folder. */
static bool is_zone_name(struct str name)
{
    bool starts = true; // a part

    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool tail = (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+';

        if (!is_letter(c) && (starts || (!tail && c != '/')))
            return false;
        starts = c == '/';
    }
    return name.n > 0 && name.n <= NAME_BYTES && !starts;
}

static enum rc not_found(struct str name, struct err *err)
{
    name = utf8_head(name, NAME_BYTES); // it may come from a request
    return FAIL(err, RC_NOTFOUND,
                "There is no time zone \"%.*s\"; give a name such as "
                "\"Europe/Vienna\" or \"UTC\".",
                STR_ARG(name));
}

/* Bytes read, or -1 with errno. A folder and a device are not there for us. */
static ssize_t read_file(const char *path, char *out, size_t most)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    size_t n = 0;
    ssize_t got = 1;

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        errno = ENOENT;
        return -1;
    }
    while (n < most && got > 0) {
        got = read(fd, out + n, most - n);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            n += (size_t)got;
    }
    close(fd);
    return got < 0 ? -1 : (ssize_t)n;
}

enum rc tz_load(struct str name, struct arena *a, const struct tz **out,
                struct err *err)
{
    char path[NAME_BYTES + 32];
    char file[FILE_BYTES];
    ssize_t n;

    if (!is_zone_name(name))
        return not_found(name, err);
    if (str_is(name, "UTC")) { // also where no database is installed
        *out = tz_utc();
        return RC_OK;
    }
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%.*s", STR_ARG(name));
    n = read_file(path, file, sizeof file);
    if (n < 0 && (errno == ENOENT || errno == ENOTDIR))
        return not_found(name, err);
    if (n < 0)
        return FAIL(err, RC_IO, "The time zone \"%.*s\" cannot be read: %s.",
                    STR_ARG(name), strerrordesc_np(errno));
    return tz_from_file(name, str_of(file, (size_t)n), a, out, err);
}
