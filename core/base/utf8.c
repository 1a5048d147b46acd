/*
 * utf8 - checking, counting, cutting. Folding is in fold.c.
 *
 * Text is checked once, at entry, by utf8_invalid. The rest takes valid text;
 * given other bytes it answers something harmless (U+FFFD a byte) and never
 * reads past the end.
 */
#include "base/utf8.h"

#include "base/buf.h"

static const uint64_t HIGH_BITS = UINT64_C(0x8080808080808080);

static bool is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/*
 * The bytes of the code point at p, 0 when none is well-formed there. The
 * bounds on the second byte are those of Unicode's table 3-7: they shut out
 * longer forms than needed, surrogates, and what is past U+10FFFF.
 */
static size_t sequence_at(const unsigned char *p, size_t n)
{
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    size_t want;

    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4)
        return 0;
    want = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (want > n)
        return 0;
    if (p[0] == 0xE0)
        low = 0xA0;
    else if (p[0] == 0xED)
        high = 0x9F;
    else if (p[0] == 0xF0)
        low = 0x90;
    else if (p[0] == 0xF4)
        high = 0x8F;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < want; i++) {
        if (!is_tail(p[i]))
            return 0;
    }
    return want;
}

ptrdiff_t utf8_invalid(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    size_t at = 0;

    while (at < s.n) {
        uint64_t eight;
        size_t length;

        if (s.n - at >= sizeof eight) {
            memcpy(&eight, p + at, sizeof eight);
            if ((eight & HIGH_BITS) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        length = sequence_at(p + at, s.n - at);
        if (length == 0)
            return (ptrdiff_t)at;
        at += length;
    }
    return -1;
}

size_t utf8_count(struct str s)
{
    size_t count = 0;

    for (size_t i = 0; i < s.n; i++)
        count += !is_tail((unsigned char)s.p[i]);
    return count;
}

struct str utf8_head(struct str s, size_t points)
{
    size_t count = 0;

    if (points >= s.n) // no text has more points than bytes
        return s;
    for (size_t i = 0; i < s.n; i++) {
        if (is_tail((unsigned char)s.p[i]))
            continue;
        if (count == points)
            return str_of(s.p, i);
        count++;
    }
    return s;
}

int32_t utf8_next(struct str s, size_t *at)
{
    const unsigned char *p;
    size_t length;
    int32_t point;

    if (*at >= s.n)
        return -1;
    p = (const unsigned char *)s.p + *at;
    length = sequence_at(p, s.n - *at);
    if (length == 0) {
        *at += 1;
        return 0xFFFD;
    }
    *at += length;
    if (length == 1)
        return p[0];
    point = p[0] & (0x7F >> length);
    for (size_t i = 1; i < length; i++)
        point = point << 6 | (p[i] & 0x3F);
    return point;
}

size_t utf8_encode(uint32_t point, char out[4])
{
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        point = 0xFFFD;
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xC0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xE0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}

void utf8_append(struct buf *b, uint32_t point)
{
    char bytes[4];

    buf_add(b, str_of(bytes, utf8_encode(point, bytes)));
}
