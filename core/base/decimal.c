/*
 * decimal - exact arithmetic on scaled 64-bit integers; decimal.h has the
 * contract.
 *
 * Every product and quotient is computed in 128 bits and rounded once, so no
 * order of evaluation changes the last digit. Cost: a few nanoseconds, a
 * 128-bit division where the scale shrinks.
 */
#include "base/decimal.h"

#include <assert.h>
#include <stdint.h>

__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;

/* 10^0 .. 10^18: the largest power that any two scales can ask for. */
static const int64_t POW10[] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
};

static bool scale_ok(int scale)
{
    return scale >= 0 && scale <= DECIMAL_MAX_SCALE;
}

static bool fits(i128 v)
{
    return v >= INT64_MIN && v <= INT64_MAX;
}

static u128 magnitude(i128 v)
{
    return v < 0 ? (u128)0 - (u128)v : (u128)v;
}

/* num / den, half away from zero. Both are far from the ends of 128 bits. */
static i128 div_round(i128 num, i128 den)
{
    i128 q = num / den;
    u128 rest = magnitude(num % den);

    if (rest * 2 >= magnitude(den))
        q += (num < 0) == (den < 0) ? 1 : -1;
    return q;
}

/* v * 10^shift, rounded once; false when it leaves 64 bits. */
static bool shift_to(i128 v, int shift, int64_t *out)
{
    if (shift >= 0) {
        // checked before and after: clang needs a library for the 128-bit
        // overflow builtin, and 2^63 * 10^18 still fits
        if (!fits(v))
            return false;
        v *= POW10[shift];
    } else {
        v = div_round(v, POW10[-shift]);
    }
    if (!fits(v))
        return false;
    *out = (int64_t)v;
    return true;
}

/* --- text ------------------------------------------------------------ */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A number as written: its digits without leading and trailing zeros, and the
   power of ten of the last of them. */
struct written {
    const char *first; /* first significant digit; there may be a '.' after */
    const char *end;   /* past the last significant digit                   */
    int64_t digits;    /* how many; 0 is the number zero                    */
    int64_t power;     /* of the last one                                   */
    bool negative;
};

/* [eE][+-]digits at *p, all of it. Saturates: past 10^15 every number with a
   digit is too large or too small, whatever the text's length. */
static bool read_exponent(const char *p, const char *end, int64_t *out)
{
    const int64_t most = POW10[15];
    bool negative = false;
    int64_t e = 0;

    p++;
    if (p < end && (*p == '+' || *p == '-'))
        negative = *p++ == '-';
    if (p == end)
        return false;
    for (; p < end; p++) {
        if (!is_digit(*p))
            return false;
        if (e < most)
            e = e * 10 + (*p - '0');
    }
    *out = negative ? -e : e;
    return true;
}

/* Look at digits[.digits] from p; answers where it stops, NULL when it is not
   of that form. */
static const char *read_digits(const char *p, const char *end,
                               struct written *w)
{
    bool after_point = false;
    int64_t decimals = 0; // digits seen after the point
    int64_t zeros = 0;    // since the last significant digit

    if (p == end || !is_digit(*p))
        return NULL;
    for (; p < end; p++) {
        if (*p == '.' && !after_point && p + 1 < end && is_digit(p[1])) {
            after_point = true;
            continue;
        }
        if (!is_digit(*p))
            break;
        decimals += after_point;
        if (*p == '0') {
            zeros++;
            continue;
        }
        if (w->first == NULL)
            w->first = p;
        else
            w->digits += zeros;
        zeros = 0;
        w->digits++;
        w->end = p + 1;
    }
    w->power = zeros - decimals;
    return p;
}

static bool read_number(struct str s, struct written *w)
{
    const char *p = s.p;
    const char *end = s.p + s.n;
    int64_t exponent = 0;

    if (s.n > 0 && (*p == '+' || *p == '-'))
        w->negative = *p++ == '-';
    p = read_digits(p, end, w);
    if (p == NULL)
        return false;
    if (p < end &&
        ((*p != 'e' && *p != 'E') || !read_exponent(p, end, &exponent)))
        return false;
    w->power += exponent;
    return true;
}

enum decimal_parse decimal_parse(struct str s, int scale, int64_t *out)
{
    struct written w = {0};
    u128 v = 0;
    u128 most;

    assert(scale_ok(scale));
    if (s.n == 0 || !read_number(s, &w))
        return DECIMAL_SYNTAX;
    if (w.digits == 0) {
        *out = 0;
        return DECIMAL_OK;
    }
    // 19 digits are the most 64 bits hold; so below, 128 cannot overflow
    if (w.digits + w.power + scale > 19)
        return DECIMAL_OVERFLOW;
    if (w.power + scale < 0)
        return DECIMAL_INEXACT;
    for (const char *p = w.first; p < w.end; p++) {
        if (*p != '.')
            v = v * 10 + (unsigned)(*p - '0');
    }
    for (int64_t i = 0; i < w.power + scale; i++)
        v *= 10;

    most = (u128)INT64_MAX + (w.negative ? 1 : 0);
    if (v > most)
        return DECIMAL_OVERFLOW;
    *out = w.negative ? (int64_t)(-(i128)v) : (int64_t)v;
    return DECIMAL_OK;
}

size_t decimal_format(int64_t v, int scale, char out[DECIMAL_TEXT_BYTES])
{
    char reversed[DECIMAL_TEXT_BYTES];
    uint64_t left = v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v;
    int digits = 0;
    size_t n = 0;
    size_t at = 0;

    assert(scale_ok(scale));
    do {
        if (digits == scale && scale > 0)
            reversed[n++] = '.';
        reversed[n++] = (char)('0' + (char)(left % 10));
        left /= 10;
        digits++;
    } while (left > 0 || digits <= scale);
    if (v < 0)
        reversed[n++] = '-';
    while (n > 0)
        out[at++] = reversed[--n];
    out[at] = '\0';
    return at;
}

/* --- arithmetic ------------------------------------------------------ */

bool decimal_rescale(int64_t v, int from, int to, int64_t *out)
{
    assert(scale_ok(from) && scale_ok(to));
    return shift_to(v, to - from, out);
}

bool decimal_add(int64_t a, int64_t b, int64_t *out)
{
    int64_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
}

bool decimal_sub(int64_t a, int64_t b, int64_t *out)
{
    int64_t difference;

    if (__builtin_sub_overflow(a, b, &difference))
        return false;
    *out = difference;
    return true;
}

bool decimal_mul(int64_t a, int sa, int64_t b, int sb, int so, int64_t *out)
{
    assert(scale_ok(sa) && scale_ok(sb) && scale_ok(so));
    return shift_to((i128)a * b, so - sa - sb, out);
}

bool decimal_div(int64_t a, int sa, int64_t b, int sb, int so, int64_t *out)
{
    int shift = sb + so - sa; // -9 .. 18
    i128 num = a;
    i128 den = b;

    assert(scale_ok(sa) && scale_ok(sb) && scale_ok(so));
    if (b == 0)
        return false;
    if (shift >= 0)
        num *= POW10[shift];
    else
        den *= POW10[-shift];
    return shift_to(div_round(num, den), 0, out);
}

int decimal_cmp(int64_t a, int sa, int64_t b, int sb)
{
    i128 x = a;
    i128 y = b;

    assert(scale_ok(sa) && scale_ok(sb));
    if (sa < sb)
        x *= POW10[sb - sa];
    else
        y *= POW10[sa - sb];
    return (x > y) - (x < y);
}
