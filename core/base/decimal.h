/*
 * decimal - exact arithmetic on scaled 64-bit integers.
 *
 * "12.50" at scale 2 is 1250. Every operation checks for overflow; rounding is
 * half away from zero. Scale is 0..9.
 */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include "base/str.h"

enum { DECIMAL_MAX_SCALE = 9, DECIMAL_TEXT_BYTES = 24 };

enum decimal_parse {
    DECIMAL_OK,
    DECIMAL_SYNTAX,   /* not a number: [+-]digits[.digits], or exponent form */
    DECIMAL_OVERFLOW, /* past 64 bits                                        */
    DECIMAL_INEXACT   /* more non-zero digits than `scale`                   */
};
enum decimal_parse decimal_parse(struct str s, int scale, int64_t *out);
/* Writes at most DECIMAL_TEXT_BYTES - 1 and a NUL; returns the length. */
size_t decimal_format(int64_t v, int scale, char out[DECIMAL_TEXT_BYTES]);

/* All return false on overflow (division also by zero) and leave *out. */
bool decimal_rescale(int64_t v, int from, int to, int64_t *out); /* rounds */
bool decimal_add(int64_t a, int64_t b, int64_t *out);
bool decimal_sub(int64_t a, int64_t b, int64_t *out);
/* a (scale sa) * b (scale sb) at scale so, rounded once. */
bool decimal_mul(int64_t a, int sa, int64_t b, int sb, int so, int64_t *out);
bool decimal_div(int64_t a, int sa, int64_t b, int sb, int so, int64_t *out);
int decimal_cmp(int64_t a, int sa, int64_t b, int sb);

/* Minor digits of an ISO 4217 currency (2 for most, 0 JPY, 3 KWD); -1 if no
   such currency is known. */
int currency_scale(const char cur[4]);

#endif
