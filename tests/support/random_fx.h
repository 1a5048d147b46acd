/*
 * random_fx - random expressions that are mostly well typed, from a seed.
 */
#ifndef SUPPORT_RANDOM_FX_H
#define SUPPORT_RANDOM_FX_H

#include "base/buf.h"

struct dice {
    uint64_t state;
};

uint64_t dice_next(struct dice *d);
int dice_roll(struct dice *d, int n); /* 0..n-1 */
/* Appends an expression of a random type. */
void random_fx(struct dice *d, struct buf *b);
/* Appends a condition. */
void random_condition(struct dice *d, struct buf *b);

#endif
