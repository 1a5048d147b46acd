/*
 * tzif - reads the zone files of the system (TZif, RFC 8536).
 *
 * A file has a block for 32-bit times, skipped here, a block for 64-bit times,
 * and a footer with the rule for all later years. Files are the system's, yet
 * nothing in them is believed: every count and index is checked against the
 * bytes there are. Changes that leave the offset as it was (a new name, a new
 * law) are dropped, since only offsets matter here. Files with leap seconds
 * ("right/...") are refused, for instants have none.
 */
#include "base/tz.h"

#include "base/arena.h"
#include "base/time.h"

enum { OFFSET_MAX_S = 26 * 3600, HOURS_MAX = 167 };

/* --- the rule at the end --------------------------------------------- */

struct cursor {
    const char *p, *end;
};

static bool take(struct cursor *c, char want)
{
    if (c->p == c->end || *c->p != want)
        return false;
    c->p++;
    return true;
}

static bool take_uint(struct cursor *c, int most, int *out)
{
    int v = 0;

    if (c->p == c->end || *c->p < '0' || *c->p > '9')
        return false;
    for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++) {
        v = v * 10 + (*c->p - '0');
        if (v > most)
            return false;
    }
    *out = v;
    return true;
}

/* "CET" or "<+03>": only passed over. */
static bool skip_name(struct cursor *c)
{
    const char *start = c->p;

    if (take(c, '<')) {
        while (c->p < c->end && *c->p != '>')
            c->p++;
        return take(c, '>');
    }
    while (c->p < c->end &&
           ((*c->p >= 'A' && *c->p <= 'Z') || (*c->p >= 'a' && *c->p <= 'z')))
        c->p++;
    return c->p - start >= 3;
}

/* "[+-]hh[:mm[:ss]]" in seconds. */
static bool take_hms(struct cursor *c, int32_t *out)
{
    bool negative = take(c, '-');
    int hours;
    int minutes = 0;
    int seconds = 0;

    if (!negative)
        (void)take(c, '+');
    if (!take_uint(c, HOURS_MAX, &hours))
        return false;
    if (take(c, ':')) {
        if (!take_uint(c, 59, &minutes))
            return false;
        if (take(c, ':') && !take_uint(c, 59, &seconds))
            return false;
    }
    *out = hours * 3600 + minutes * 60 + seconds;
    if (negative)
        *out = -*out;
    return true;
}

/* An offset of POSIX counts west of Greenwich; ours is east, in ms. */
static bool take_offset(struct cursor *c, int32_t *out)
{
    int32_t west;

    if (!take_hms(c, &west) || west > OFFSET_MAX_S || west < -OFFSET_MAX_S)
        return false;
    *out = -west * 1000;
    return true;
}

static bool take_day(struct cursor *c, struct tz_day *d)
{
    *d = (struct tz_day){.kind = TZ_DAY_ZERO, .time_s = 2 * 3600};
    if (take(c, 'M')) {
        d->kind = TZ_DAY_WEEK;
        if (!take_uint(c, 12, &d->month) || !take(c, '.') ||
            !take_uint(c, 5, &d->week) || !take(c, '.') ||
            !take_uint(c, 6, &d->day) || d->month < 1 || d->week < 1)
            return false;
    } else if (take(c, 'J')) {
        d->kind = TZ_DAY_JULIAN;
        if (!take_uint(c, 365, &d->day) || d->day < 1)
            return false;
    } else if (!take_uint(c, 365, &d->day)) {
        return false;
    }
    return !take(c, '/') || take_hms(c, &d->time_s);
}

bool tz_rule_parse(struct str s, struct tz_rule *out)
{
    struct cursor c = {s.p, s.p + s.n};
    struct tz_rule r = {0};

    if (s.n == 0 || !skip_name(&c) || !take_offset(&c, &r.standard_ms))
        return false;
    if (c.p < c.end) {
        r.has_summer = true;
        r.summer_ms = r.standard_ms + 3600000;
        if (!skip_name(&c))
            return false;
        if (c.p < c.end && *c.p != ',' && !take_offset(&c, &r.summer_ms))
            return false;
        if (r.summer_ms > OFFSET_MAX_S * 1000)
            return false;
        if (!take(&c, ',') || !take_day(&c, &r.begin) || !take(&c, ',') ||
            !take_day(&c, &r.end))
            return false;
    }
    if (c.p != c.end)
        return false;
    *out = r;
    return true;
}

/* --- the file -------------------------------------------------------- */

enum { HEADER_BYTES = 44, TYPE_BYTES = 6 };

struct header {
    char version;
    size_t n_ut, n_std, n_leap, n_times, n_types, n_chars;
};

static uint32_t read_u32(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 |
           b[3];
}

static int64_t read_i64(const char *p)
{
    return (int64_t)((uint64_t)read_u32(p) << 32 | read_u32(p + 4));
}

/* Cut the next n bytes off the front of *rest. */
static bool take_bytes(struct str *rest, size_t n, struct str *out)
{
    if (n > rest->n)
        return false;
    *out = str_of(rest->p, n);
    *rest = str_of(rest->p + n, rest->n - n);
    return true;
}

static bool take_header(struct str *rest, struct header *h)
{
    struct str head;

    if (!take_bytes(rest, HEADER_BYTES, &head) ||
        memcmp(head.p, "TZif", 4) != 0)
        return false;
    h->version = head.p[4];
    h->n_ut = read_u32(head.p + 20);
    h->n_std = read_u32(head.p + 24);
    h->n_leap = read_u32(head.p + 28);
    h->n_times = read_u32(head.p + 32);
    h->n_types = read_u32(head.p + 36);
    h->n_chars = read_u32(head.p + 40);
    return true;
}

struct block {
    struct str times, indexes, types;
};

/* 32-bit counts times at most 12 cannot overflow 64 bits. */
static bool take_block(struct str *rest, const struct header *h,
                       size_t time_bytes, struct block *b)
{
    struct str skipped;

    return take_bytes(rest, h->n_times * time_bytes, &b->times) &&
           take_bytes(rest, h->n_times, &b->indexes) &&
           take_bytes(rest, h->n_types * TYPE_BYTES, &b->types) &&
           take_bytes(rest, h->n_chars, &skipped) &&
           take_bytes(rest, h->n_leap * (time_bytes + 4), &skipped) &&
           take_bytes(rest, h->n_std, &skipped) &&
           take_bytes(rest, h->n_ut, &skipped);
}

/* The offset of a type in seconds; false when there is no such. */
static bool type_offset(const struct block *b, size_t index, int32_t *out)
{
    int32_t v;

    if (index >= b->types.n / TYPE_BYTES)
        return false;
    v = (int32_t)read_u32(b->types.p + index * TYPE_BYTES);
    if (v > OFFSET_MAX_S || v < -OFFSET_MAX_S)
        return false;
    *out = v;
    return true;
}

/* The changes of offset of a block into arrays as long as the block's. */
static bool read_changes(const struct block *b, struct tz *tz, int64_t *since,
                         int32_t *offset)
{
    int64_t last = INT64_MIN;
    int32_t current;

    if (!type_offset(b, 0, &current)) // of the times before the first change
        return false;
    tz->first_ms = current * 1000;
    for (size_t i = 0; i < b->indexes.n; i++) {
        int64_t at = read_i64(b->times.p + i * 8);
        int32_t next;

        if ((i > 0 && at <= last) || at > INSTANT_MAX / 1000 ||
            !type_offset(b, (unsigned char)b->indexes.p[i], &next))
            return false;
        last = at;
        if (next == current)
            continue;
        current = next;
        if (at < INSTANT_MIN / 1000) { // some files begin at the big bang
            tz->first_ms = next * 1000;
            continue;
        }
        since[tz->n] = at * 1000;
        offset[tz->n] = next * 1000;
        tz->n++;
    }
    return true;
}

/* "\n<rule>\n", the rule may be empty. */
static bool read_footer(struct str rest, struct tz *tz)
{
    if (rest.n < 2 || rest.p[0] != '\n' || rest.p[rest.n - 1] != '\n')
        return false;
    rest = str_of(rest.p + 1, rest.n - 2);
    if (rest.n == 0)
        return true;
    tz->has_rule = tz_rule_parse(rest, &tz->rule);
    return tz->has_rule;
}

static bool find_block(struct str file, struct block *b, struct str *footer)
{
    struct header h;

    if (!take_header(&file, &h) || h.version < '2' ||
        !take_block(&file, &h, 4, b))
        return false;
    if (!take_header(&file, &h) || h.version < '2' || h.n_leap != 0 ||
        h.n_types == 0 || !take_block(&file, &h, 8, b))
        return false;
    *footer = file;
    return true;
}

enum rc tz_from_file(struct str name, struct str file, struct arena *a,
                     const struct tz **out, struct err *err)
{
    struct block b;
    struct str footer;
    struct tz *tz;
    int64_t *since;
    int32_t *offset;

    if (!find_block(file, &b, &footer))
        goto damaged;
    tz = ARENA_NEW(a, struct tz);
    since = ARENA_ARRAY(a, int64_t, b.indexes.n + 1);
    offset = ARENA_ARRAY(a, int32_t, b.indexes.n + 1);
    if (tz == NULL || since == NULL || offset == NULL)
        return FAIL(err, RC_NOMEM,
                    "There is no memory left to read the time zone \"%.*s\".",
                    STR_ARG(name));
    if (!read_changes(&b, tz, since, offset) || !read_footer(footer, tz))
        goto damaged;
    tz->since = since;
    tz->offset = offset;
    *out = tz;
    return RC_OK;

damaged:
    return FAIL(err, RC_INVALID,
                "The system's file of the time zone \"%.*s\" cannot be used; "
                "install the package tzdata again.",
                STR_ARG(name));
}
