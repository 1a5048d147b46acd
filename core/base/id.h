/*
 * id - 53-bit record ids, time-sortable, unique across nodes and tables.
 *
 * 41 bits of milliseconds since 2025-01-01 UTC, 5 bits of node, 7 of counter.
 * The milliseconds may run ahead of the clock when more than 128 are taken in
 * one; a start begins above the largest id in use. Outside they are 11
 * characters of lower-case Crockford base32, zero-padded.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include "base/str.h"

struct clock;

enum { ID_TEXT_BYTES = 11 };
#define ID_MAX INT64_C(0x1FFFFFFFFFFFFF)

void id_format(int64_t id, char out[ID_TEXT_BYTES + 1]); /* with a NUL */
/* In the arena; STR_NONE when memory is gone. */
struct str id_text(struct arena *a, int64_t id);
/* Any case; o=0, i l=1. False unless 11 such characters within 53 bits, > 0. */
bool id_parse(struct str s, int64_t *out);
int64_t id_first_at(int64_t wall_ms, int node); /* smallest id of that ms */
int64_t id_wall_ms(int64_t id);

/* Thread safe: taking is one compare-and-swap. */
struct idgen;
/* Borrows the clock; node is 0..31; NULL when memory is gone. */
struct idgen *idgen_new(const struct clock *clock, int node, int64_t above);
void idgen_free(struct idgen *g);
/*
 * The first of n (at least 1) ids that are now the caller's alone, larger than
 * all that were taken before; the others are id_plus(first, 1 .. n - 1).
 * 0 when the 41 bits of milliseconds are used up (in 2094).
 */
int64_t idgen_take(struct idgen *g, int n);
/* The k-th id after `first` as handed out by one idgen_take; never first + k,
   for the node sits between counter and milliseconds. */
int64_t id_plus(int64_t first, int k);

#endif
