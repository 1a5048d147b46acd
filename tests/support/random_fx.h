/*
 * random_fx - random expressions that are mostly well typed, from a seed.
 */
#ifndef SUPPORT_RANDOM_FX_H
#define SUPPORT_RANDOM_FX_H

#include "base/buf.h"

struct fx_dice {
    uint64_t state;
};

uint64_t fx_dice_next(struct fx_dice *d);
int fx_dice_roll(struct fx_dice *d, int n); /* 0..n-1 */
/* Appends an expression of a random type. */
void random_fx(struct fx_dice *d, struct buf *b);

#endif
