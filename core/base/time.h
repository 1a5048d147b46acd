/*
 * time - dates without a zone, instants in UTC, and the zones between them.
 *
 * A date is days since 1970-01-01 (proleptic Gregorian, years 0001-9999).
 * An instant is UTC milliseconds since 1970. Leap seconds do not exist.
 */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include "base/str.h"

struct arena;

enum { DATE_MIN = -719162, DATE_MAX = 2932896 }; /* 0001-01-01, 9999-12-31 */
#define INSTANT_MIN INT64_C(-62135596800000)     /* 0001-01-01T00:00:00.000Z */
#define INSTANT_MAX INT64_C(253402300799999)     /* 9999-12-31T23:59:59.999Z */

struct ymd {
    int year, month, day; /* 1..9999, 1..12, 1..31 */
};

int64_t date_from_ymd(int year, int month, int day); /* caller checked */
/* Past DATE_MIN or DATE_MAX: that end (so do all below that take days). */
struct ymd date_to_ymd(int64_t days);
bool date_valid(int year, int month, int day);
int date_weekday(int64_t days);  /* 1 Monday .. 7 Sunday (ISO) */
int date_iso_week(int64_t days); /* 1..53 */
/* To the same day or the last of a shorter month; false outside the years. */
bool date_add_months(int64_t days, int64_t months, int64_t *out);
/* "2026-03-01", nothing else. */
bool date_parse(struct str s, int64_t *days);
size_t date_format(int64_t days, char out[11]); /* 10 bytes and a NUL */
/*
 * A date by a pattern of Y YY YYYY M MM D DD, each once, and separators, which
 * must be met as they are ("M/D/YYYY", "DD.MM.YYYY"); false when it does not
 * fit or is no date. Doubled letters want their digits, M and D one or two, Y
 * two or four. Two digits of a year are 1969-2068.
 */
bool date_parse_pattern(struct str s, struct str pattern, int64_t *days);

/* RFC 3339, any offset; finer than ms is cut off; second 60 is refused, as is
   what lies outside the years in UTC. A bare date is midnight UTC. */
bool instant_parse(struct str s, int64_t *ms);
size_t instant_format(int64_t ms, char out[25]); /* 2026-03-01T08:00:00.000Z */

/* A zone of the system's database ("Europe/Vienna", "UTC"). Immutable. */
struct tz;
/* RC_NOTFOUND names the zone, RC_INVALID a damaged file of the system; RC_IO,
   RC_NOMEM. Lives in `a`. "UTC" needs no file. */
enum rc tz_load(struct str name, struct arena *a, const struct tz **out,
                struct err *err) MUST_CHECK;
const struct tz *tz_utc(void);
int32_t tz_offset_ms(const struct tz *tz, int64_t instant_ms);
int64_t tz_local_date(const struct tz *tz, int64_t instant_ms);
/* The first instant of a local day (after a gap: the first that exists; a day
   that was left out whole begins with the next). */
int64_t tz_day_start(const struct tz *tz, int64_t days);
/*
 * Offsets over [from_ms, to_ms): fills at most `max` of (since, offset) and
 * returns how many there are in all; the first begins at from_ms, neighbours
 * differ. For SQL: instant -> local day.
 */
struct tz_span {
    int64_t since_ms;
    int32_t offset_ms;
};
size_t tz_spans(const struct tz *tz, int64_t from_ms, int64_t to_ms,
                struct tz_span *out, size_t max);

#endif
