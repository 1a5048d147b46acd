/*
 * fx_num - see the header.
 */
#include "fx/fx_num.h"

#include <assert.h>

int64_t fx_pow10(int n)
{
    int64_t p = 1;

    assert(n >= 0 && n <= 18);
    while (n-- > 0)
        p *= 10;
    return p;
}

bool fx_add(int64_t a, int64_t b, int64_t *out)
{
    int64_t v;

    if (__builtin_add_overflow(a, b, &v))
        return false;
    *out = v;
    return true;
}

bool fx_sub(int64_t a, int64_t b, int64_t *out)
{
    int64_t v;

    if (__builtin_sub_overflow(a, b, &v))
        return false;
    *out = v;
    return true;
}

bool fx_mul(int64_t a, int64_t b, int64_t *out)
{
    int64_t v;

    if (__builtin_mul_overflow(a, b, &v))
        return false;
    *out = v;
    return true;
}

bool fx_div_round(int64_t n, int64_t d, int64_t *out)
{
    int64_t q, r;

    /* Where SQL stops too: abs() of the smallest integer, and its negation. */
    if (d == INT64_MIN || (n == INT64_MIN && d == -1))
        return false;
    q = n / d;
    r = n % d;
    r = r < 0 ? -r : r;
    if (r >= (d < 0 ? -d : d) - r)
        q += (n < 0) == (d < 0) ? 1 : -1;
    *out = q;
    return true;
}

bool fx_rescale(int64_t v, int from, int to, int64_t *out)
{
    if (from == to) {
        *out = v;
        return true;
    }
    return from < to ? fx_mul(v, fx_pow10(to - from), out)
                     : fx_div_round(v, fx_pow10(from - to), out);
}

bool fx_divide(int64_t a, int sa, int64_t b, int sb, int so, int64_t *out)
{
    int up = so - sa + sb;

    if (up > 0 && !fx_mul(a, fx_pow10(up), &a))
        return false;
    if (up < 0 && !fx_mul(b, fx_pow10(-up), &b))
        return false;
    return fx_div_round(a, b, out);
}
