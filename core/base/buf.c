/*
 * buf - see the header. The storage is one byte larger than what the ceiling
 * allows, because vsnprintf wants room for a NUL that is never counted.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/mem.h"

enum { FIRST_BYTES = 128 };

void buf_init(struct buf *b, size_t ceiling_bytes)
{
    *b = (struct buf){.ceiling = ceiling_bytes};
}

void buf_release(struct buf *b)
{
    mem_free(b->p);
    *b = (struct buf){.ceiling = b->ceiling};
}

void buf_reset(struct buf *b)
{
    b->n = 0;
    b->failed = RC_OK;
}

/* Storage for n more bytes and a NUL, at least doubled. */
static bool grow(struct buf *b, size_t n)
{
    size_t need, cap;
    char *p;

    if (n > b->ceiling || b->n > b->ceiling - n) {
        b->failed = RC_LIMIT;
        return false;
    }
    need = b->n + n;
    cap = b->cap < FIRST_BYTES ? FIRST_BYTES : b->cap;
    if (cap <= SIZE_MAX / 2)
        cap *= 2;
    if (cap > b->ceiling)
        cap = b->ceiling;
    if (cap < need)
        cap = need;
    if (cap == SIZE_MAX) {
        b->failed = RC_NOMEM;
        return false;
    }
    p = mem_realloc(b->p, cap + 1);
    if (!p) {
        b->failed = RC_NOMEM;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

bool buf_reserve(struct buf *b, size_t n)
{
    if (b->failed != RC_OK)
        return false;
    if (b->p && n <= b->cap - b->n)
        return true;
    return grow(b, n);
}

void buf_add(struct buf *b, struct str s)
{
    if (!buf_reserve(b, s.n) || s.n == 0)
        return;
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
}

void buf_addc(struct buf *b, char c)
{
    if (buf_reserve(b, 1))
        b->p[b->n++] = c;
}

void buf_adds(struct buf *b, const char *cstr)
{
    buf_add(b, str_c(cstr));
}

void buf_add_i64(struct buf *b, int64_t v)
{
    char digits[STR_I64_BYTES];

    buf_add(b, str_of(digits, str_put_i64(digits, v)));
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list args, again;
    size_t room;
    int n;

    if (!buf_reserve(b, 0))
        return;
    room = b->cap - b->n;
    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(b->p + b->n, room + 1, fmt, args);
    if (n < 0)
        b->failed = RC_NOMEM; /* the C library had no memory of its own */
    else if ((size_t)n > room && buf_reserve(b, (size_t)n))
        vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
    if (b->failed == RC_OK)
        b->n += (size_t)n;
    va_end(again);
    va_end(args);
}

struct str buf_view(const struct buf *b)
{
    return b->p ? str_of(b->p, b->n) : STR("");
}

enum rc buf_finish(struct buf *b, struct arena *a, struct str *out,
                   struct err *err)
{
    struct str copy;

    if (b->failed == RC_LIMIT)
        return FAIL(err, RC_LIMIT,
                    "The text is longer than the %zu bytes there is room for.",
                    b->ceiling);
    if (b->failed == RC_OK) {
        copy = str_copy(a, buf_view(b));
        if (copy.p) {
            *out = copy;
            return RC_OK;
        }
    }
    return FAIL(err, RC_NOMEM,
                "There is not enough memory for a text of %zu bytes.", b->n);
}
