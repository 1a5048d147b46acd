/*
 * str - a view of UTF-8 bytes with a length and no promise of a NUL.
 *
 * A view never owns. Equality and order are by bytes; folding is utf8.h's.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <string.h>

#include "base/rc.h"

struct arena;

struct str {
    const char *p;
    size_t n;
};

#define STR_INIT(lit)                                                          \
    {                                                                          \
        (lit), sizeof(lit) - 1                                                 \
    } /* static initialisers */
#define STR(lit)   ((struct str){(lit), sizeof(lit) - 1})
#define STR_NONE   ((struct str){NULL, 0})
#define STR_ARG(s) (int)(s).n, (s).p /* for "%.*s" */

static inline struct str str_of(const char *p, size_t n)
{
    return (struct str){p, n};
}
static inline struct str str_c(const char *cstr) /* NULL gives STR_NONE */
{
    return (struct str){cstr, cstr ? strlen(cstr) : 0};
}
static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
#define str_is(s, lit) str_eq((s), STR(lit))

int str_cmp(struct str a, struct str b); /* by bytes: <0 0 >0 */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
ptrdiff_t str_find(struct str s, struct str what);       /* offset or -1 */
ptrdiff_t str_chr(struct str s, char c);                 /* offset or -1 */
struct str str_sub(struct str s, size_t from, size_t n); /* clamped */
struct str str_trim(struct str s);                       /* ASCII spaces */
/* Cut the next piece of *rest before `sep`; false when nothing is left, so a
   separator at the end gives no empty piece after it. */
bool str_split(struct str *rest, char sep, struct str *piece);
/* Next run of non-spaces of *rest ("a  b c"); false at the end. */
bool str_word(struct str *rest, struct str *word);
bool str_to_i64(struct str s, int64_t *out); /* whole, decimal, signed */
enum { STR_I64_BYTES = 20 };
/* Decimal digits without a NUL; returns how many. */
size_t str_put_i64(char out[STR_I64_BYTES], int64_t v);
/* Keyed by a secret of the process: safe for names from outside, never to be
   stored or shown. */
uint64_t str_hash(struct str s);

/* Copies into the arena. p is NULL only when memory is gone: an empty text
   and STR_NONE both give "". */
struct str str_copy(struct arena *a, struct str s);
/* NUL-terminated copy; NULL for embedded NUL or no memory. */
const char *str_cstr(struct arena *a, struct str s);
struct str str_lower_ascii(struct arena *a, struct str s);
/* Formatted text in the arena; STR_NONE when memory is gone. */
struct str str_fmt(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * The closest of `names` to `wrong` by edit distance, or STR_NONE when none is
 * near enough to suggest (distance over a third of the length, at most 3).
 * Upper and lower case of ASCII count as the same.
 */
struct str str_nearest(struct str wrong, const struct str *names, size_t n);

#endif
