/*
 * fx_num - integer arithmetic in the very steps that the SQL takes, so that
 * both overflow at the same place and agree to the last digit.
 *
 * base/decimal has 128 bits in between; SQL does not. Every function answers
 * false on overflow and then leaves *out.
 */
#ifndef FX_FX_NUM_H
#define FX_FX_NUM_H

#include <stdbool.h>
#include <stdint.h>

int64_t fx_pow10(int n); /* 0..18 */
bool fx_add(int64_t a, int64_t b, int64_t *out);
bool fx_sub(int64_t a, int64_t b, int64_t *out);
bool fx_mul(int64_t a, int64_t b, int64_t *out);
/* n / d rounded half away from zero; d is not 0. */
bool fx_div_round(int64_t n, int64_t d, int64_t *out);
/* From one scale to another. */
bool fx_rescale(int64_t v, int from, int to, int64_t *out);
/* a / b at scale `so`; b is not 0. */
bool fx_divide(int64_t a, int sa, int64_t b, int sb, int so, int64_t *out);

#endif
