/*
 * tz - what a zone is made of; inside base only, between tz.c (looking up) and
 * tzif.c (reading files). Everyone else has time.h.
 */
#ifndef BASE_TZ_H
#define BASE_TZ_H

#include "base/str.h"

/* When summer time begins or ends, each year anew. */
enum tz_day_kind {
    TZ_DAY_JULIAN, /* Jn: day 1..365, 29 February is not counted     */
    TZ_DAY_ZERO,   /* n: day 0..365, it is                           */
    TZ_DAY_WEEK    /* Mm.w.d: weekday d (0 Sunday) of week w, 5 last */
};

struct tz_day {
    enum tz_day_kind kind;
    int day, week, month;
    int32_t time_s; /* after local midnight; -167 .. 167 h */
};

/* What holds after the last change that a zone's file lists. */
struct tz_rule {
    int32_t standard_ms, summer_ms; /* east of Greenwich is positive */
    bool has_summer;
    struct tz_day begin, end; /* of summer time */
};

struct tz {
    int32_t first_ms; /* the offset before since[0]        */
    size_t n;
    const int64_t *since;  /* strictly rising                   */
    const int32_t *offset; /* from since[i] on; differs from
                                the one before                    */
    bool has_rule;         /* after since[n - 1], or always     */
    struct tz_rule rule;
};

/* A POSIX TZ string, "CET-1CEST,M3.5.0,M10.5.0/3"; false when it is none. */
bool tz_rule_parse(struct str s, struct tz_rule *out);

/*
 * A zone out of the bytes of a TZif file (RFC 8536), version 2 or later; `tz`
 * holds nothing of `file` afterwards. RC_INVALID names `name`; RC_NOMEM.
 */
enum rc tz_from_file(struct str name, struct str file, struct arena *a,
                     const struct tz **out, struct err *err) MUST_CHECK;

#endif
