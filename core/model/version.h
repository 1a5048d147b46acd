/*
 * version - versions of packages ("1.4.0") and ranges of them.
 *
 * A range is "1.2.3" (that version; "1.2" any 1.2.x), "^1.2" (from it up to the
 * next major; below 1.0 the next minor), "~1.2" (up to the next minor) or
 * "0.9 - 2.0" (both ends included).
 */
#ifndef MODEL_VERSION_H
#define MODEL_VERSION_H

#include "base/str.h"

struct version {
    int64_t part[3]; /* major minor patch                   */
    int     given;   /* how many were written, 1..3         */
};
/* One to three numbers below 1e9 with dots between; false otherwise. */
bool version_parse(struct str s, struct version *out);
int  version_cmp(const struct version *a, const struct version *b);
bool version_range_valid(struct str range);
/* False also when one of both does not parse. An empty range fits all. */
bool version_fits(struct str version, struct str range);

#endif
