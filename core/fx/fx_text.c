/*
 * fx_text - see the header.
 */
#include "fx/fx_text.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "base/vec.h"

enum { TEXT_MAX_BYTES = 4 << 20 }; /* a longtext of four-byte characters */

static enum rc finish(struct buf *b, struct arena *a, struct value *out,
                      struct err *err)
{
    struct str s;
    enum rc rc = buf_finish(b, a, &s, err);

    buf_release(b);
    if (rc == RC_OK)
        *out = value_text(s);
    return rc;
}

struct str fx_text_upper(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n ? s.n : 1);

    if (!p)
        return STR_NONE;
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 'a' + 'A')
                                              : s.p[i];
    return str_of(p, s.n);
}

struct str fx_text_trim(struct str s)
{
    while (s.n && s.p[0] == ' ')
        s = str_of(s.p + 1, s.n - 1);
    while (s.n && s.p[s.n - 1] == ' ')
        s.n--;
    return s;
}

struct str fx_text_mid(struct str s, int64_t from, int64_t n)
{
    struct str skipped;

    if (from > 1) {
        skipped =
            utf8_head(s, (uint64_t)from - 1 > s.n ? s.n : (size_t)from - 1);
        s = str_of(s.p + skipped.n, s.n - skipped.n);
    }
    if (n <= 0)
        return str_of(s.p, 0);
    return utf8_head(s, (uint64_t)n > s.n ? s.n : (size_t)n);
}

struct str fx_text_right(struct str s, int64_t n)
{
    int64_t count = (int64_t)utf8_count(s);

    if (n <= 0)
        return str_of(s.p, 0);
    return n >= count ? s : fx_text_mid(s, count - n + 1, n);
}

struct str fx_text_digits(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n ? s.n : 1);
    size_t n = 0;

    if (!p)
        return STR_NONE;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9')
            p[n++] = s.p[i];
    return str_of(p, n);
}

bool fx_text_split_part(struct str s, struct str by, int64_t n, struct str *out)
{
    struct str rest = s;
    ptrdiff_t at;

    if (n < 1 || (by.n == 0 && n > 1))
        return false;
    for (; by.n && n > 1; n--) {
        at = str_find(rest, by);
        if (at < 0)
            return false;
        rest = str_of(rest.p + at + by.n, rest.n - (size_t)at - by.n);
    }
    at = by.n ? str_find(rest, by) : -1;
    *out = at < 0 ? rest : str_of(rest.p, (size_t)at);
    return true;
}

enum rc fx_text_replace(struct arena *a, struct str s, struct str what,
                        struct str by, struct value *out, struct err *err)
{
    struct buf b;
    ptrdiff_t at;

    buf_init(&b, TEXT_MAX_BYTES);
    while (what.n && (at = str_find(s, what)) >= 0) {
        buf_add(&b, str_of(s.p, (size_t)at));
        buf_add(&b, by);
        s = str_of(s.p + at + what.n, s.n - (size_t)at - what.n);
    }
    buf_add(&b, s);
    return finish(&b, a, out, err);
}

static int64_t clamp_times(int64_t n)
{
    return n < 0 ? 0 : n > FX_REPEAT_MAX ? FX_REPEAT_MAX : n;
}

enum rc fx_text_repeat(struct arena *a, struct str s, int64_t n,
                       struct value *out, struct err *err)
{
    struct buf b;

    buf_init(&b, TEXT_MAX_BYTES);
    for (n = clamp_times(n); n > 0; n--)
        buf_add(&b, s);
    return finish(&b, a, out, err);
}

enum rc fx_text_pad_left(struct arena *a, struct str s, int64_t n,
                         struct str fill, struct value *out, struct err *err)
{
    struct buf b;
    int64_t missing = clamp_times(n) - (int64_t)utf8_count(s);
    int64_t wide = (int64_t)utf8_count(fill);

    buf_init(&b, TEXT_MAX_BYTES);
    for (; wide > 0 && missing > 0; missing -= wide)
        buf_add(&b, fx_text_mid(fill, 1, missing));
    buf_add(&b, s);
    return finish(&b, a, out, err);
}

/* The capital of a letter, by folding nothing away: only ASCII has one here
   without tables, others stay as they are. */
static uint32_t capital(int32_t point)
{
    return (uint32_t)(point >= 'a' && point <= 'z' ? point - 'a' + 'A' : point);
}

enum rc fx_text_initials(struct arena *a, struct str s, struct value *out,
                         struct err *err)
{
    struct str rest = s, word;
    struct buf b;
    int words = 0;

    buf_init(&b, 64);
    while (words < 2 && str_word(&rest, &word)) {
        size_t at = 0;

        utf8_append(&b, capital(utf8_next(word, &at)));
        words++;
    }
    return finish(&b, a, out, err);
}

/* --- likeness ------------------------------------------------------------- */

struct trigrams {
    VEC(struct str) list;
    struct arena *arena;
};

static bool add_trigrams(struct trigrams *t, struct str word)
{
    /* Two spaces before and one after: the beginning of a word weighs more. */
    struct str padded = str_fmt(t->arena, "  %.*s ", STR_ARG(word));
    size_t starts[3] = {0, 0, 0}, at = 0, n = 0;

    if (!padded.p)
        return false;
    while (at < padded.n) {
        starts[0] = starts[1];
        starts[1] = starts[2];
        starts[2] = at;
        (void)utf8_next(padded, &at);
        if (++n >= 3 && !VEC_PUSH(t->arena, &t->list,
                                  str_of(padded.p + starts[0], at - starts[0])))
            return false;
    }
    return true;
}

static enum rc trigrams(struct arena *a, struct str s, struct trigrams *t,
                        struct err *err)
{
    struct str folded, rest, word;
    enum rc rc = utf8_fold(s, FOLD_POINTS, a, &folded, err);

    t->arena = a;
    if (rc != RC_OK)
        return rc;
    rest = folded;
    while (str_word(&rest, &word))
        if (!add_trigrams(t, word))
            return FAIL(err, RC_NOMEM, "There is not enough memory.");
    return RC_OK;
}

enum rc fx_text_similar(struct arena *a, struct str x, struct str y,
                        double *out, struct err *err)
{
    struct trigrams tx = {.arena = a}, ty = {.arena = a};
    size_t common = 0;
    enum rc rc = trigrams(a, x, &tx, err);

    if (rc == RC_OK)
        rc = trigrams(a, y, &ty, err);
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < tx.list.n; i++)
        for (size_t k = 0; k < ty.list.n; k++)
            if (ty.list.v[k].p && str_eq(tx.list.v[i], ty.list.v[k])) {
                ty.list.v[k].p = NULL; /* each of them counts once */
                ty.list.v[k].n = 0;
                common++;
                break;
            }
    *out = tx.list.n + ty.list.n
               ? 2.0 * (double)common / (double)(tx.list.n + ty.list.n)
               : 0.0;
    return RC_OK;
}
