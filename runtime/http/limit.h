/*
 * limit - how often somebody may try: token buckets by name.
 *
 * A bucket holds `burst` tokens and gains `per_minute`; each try takes one.
 * Names are kept as keyed hashes, so memory does not grow with their length
 * and an outsider cannot aim at a slot. The table has a fixed size: when it is
 * full, the bucket that is nearest to full (the one whose loss matters least)
 * gives way.
 *
 * Threads: any; one lock. Time is passed in by the clock.
 */
#ifndef HTTP_LIMIT_H
#define HTTP_LIMIT_H

#include "base/str.h"

struct clock;
struct http_limit;

struct http_limit_def {
    int burst;      /* 1..10000                                     */
    int per_minute; /* 1..60000                                     */
    size_t names;   /* how many are remembered; 0: 16384 (512 KiB)  */
};

/* RC_NOMEM only. */
enum rc http_limit_new(const struct http_limit_def *def,
                       const struct clock *clock, struct http_limit **out,
                       struct err *err) MUST_CHECK;
void http_limit_free(struct http_limit *l);
/*
 * Take a token of `name` ("login:a@example.org", "ip:192.0.2.1").
 * Returns 0 when there was one, else the seconds to wait (Retry-After, >= 1).
 */
int http_limit_take(struct http_limit *l, struct str name);
/* The same without taking: 0 when a try would be allowed. */
int http_limit_peek(struct http_limit *l, struct str name);
/* A success: the name starts afresh. */
void http_limit_clear(struct http_limit *l, struct str name);

#endif
