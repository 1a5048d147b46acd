/*
 * str - see the header. Views, copies and numbers; the hash and the search
 * for a near name are in str_hash.c and str_nearest.c.
 */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;

    if (c != 0)
        return c;
    return (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq(str_of(s.p, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n &&
           (suffix.n == 0 ||
            memcmp(s.p + (s.n - suffix.n), suffix.p, suffix.n) == 0);
}

ptrdiff_t str_find(struct str s, struct str what)
{
    const char *hit;

    if (what.n == 0)
        return 0;
    if (what.n > s.n)
        return -1;
    hit = memmem(s.p, s.n, what.p, what.n);
    return hit ? hit - s.p : -1;
}

ptrdiff_t str_chr(struct str s, char c)
{
    const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;

    return hit ? hit - s.p : -1;
}

struct str str_sub(struct str s, size_t from, size_t n)
{
    if (from > s.n)
        from = s.n;
    if (n > s.n - from)
        n = s.n - from;
    return str_of(s.p ? s.p + from : NULL, n);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.n && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool str_split(struct str *rest, char sep, struct str *piece)
{
    ptrdiff_t at;

    if (rest->n == 0)
        return false;
    at = str_chr(*rest, sep);
    if (at < 0) {
        *piece = *rest;
        *rest = str_sub(*rest, rest->n, 0);
        return true;
    }
    *piece = str_sub(*rest, 0, (size_t)at);
    *rest = str_sub(*rest, (size_t)at + 1, rest->n);
    return true;
}

bool str_word(struct str *rest, struct str *word)
{
    size_t from = 0, to;

    while (from < rest->n && is_space(rest->p[from]))
        from++;
    if (from == rest->n)
        return false;
    to = from;
    while (to < rest->n && !is_space(rest->p[to]))
        to++;
    *word = str_sub(*rest, from, to - from);
    *rest = str_sub(*rest, to, rest->n);
    return true;
}

bool str_to_i64(struct str s, int64_t *out)
{
    bool negative = s.n && s.p[0] == '-';
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+') ? 1 : 0;
    int64_t v = 0;

    if (i == s.n)
        return false;
    for (; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        /* Downwards: the smallest has no positive counterpart. */
        if (__builtin_mul_overflow(v, 10, &v) ||
            __builtin_sub_overflow(v, s.p[i] - '0', &v))
            return false;
    }
    if (!negative && __builtin_sub_overflow(0, v, &v))
        return false;
    *out = v;
    return true;
}

size_t str_put_i64(char out[STR_I64_BYTES], int64_t v)
{
    static const char PAIRS[] =
        "00010203040506070809101112131415161718192021222324"
        "25262728293031323334353637383940414243444546474849"
        "50515253545556575859606162636465666768697071727374"
        "75767778798081828384858687888990919293949596979899";
    char digits[STR_I64_BYTES];
    char *p = digits + sizeof digits;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    size_t n;

    while (u >= 10) {
        p -= 2;
        memcpy(p, PAIRS + 2 * (u % 100), 2);
        u /= 100;
    }
    if (u || p == digits + sizeof digits)
        *--p = (char)('0' + u);
    if (v < 0)
        *--p = '-';
    n = (size_t)(digits + sizeof digits - p);
    memcpy(out, p, n);
    return n;
}

struct str str_copy(struct arena *a, struct str s)
{
    const char *p;

    if (s.n == 0)
        return STR("");
    p = arena_dup(a, s.p, s.n);
    return p ? str_of(p, s.n) : STR_NONE;
}

const char *str_cstr(struct arena *a, struct str s)
{
    char *p;

    if (str_chr(s, '\0') >= 0)
        return NULL;
    p = arena_alloc(a, s.n + 1);
    if (p && s.n)
        memcpy(p, s.p, s.n);
    return p;
}

struct str str_lower_ascii(struct arena *a, struct str s)
{
    char *p;
    size_t i;

    if (s.n == 0)
        return STR("");
    p = arena_dup(a, s.p, s.n);
    if (!p)
        return STR_NONE;
    for (i = 0; i < s.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] - 'A' + 'a');
    return str_of(p, s.n);
}

struct str str_fmt(struct arena *a, const char *fmt, ...)
{
    char small[256];
    va_list args, again;
    char *p = NULL;
    int n;

    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(small, sizeof small, fmt, args);
    if (n >= 0)
        p = arena_alloc(a, (size_t)n + 1);
    if (p && (size_t)n < sizeof small)
        memcpy(p, small, (size_t)n + 1);
    else if (p)
        vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(args);
    return p ? str_of(p, (size_t)n) : STR_NONE;
}
