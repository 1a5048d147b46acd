/*
 * sequence - see the header.
 */
#include "record/sequence.h"

#include <assert.h>
#include <inttypes.h>

#include "base/buf.h"

/* One statement reads and advances, so nothing can come in between. */
static const char SQL_TAKE[] =
    "INSERT INTO sys_seq(name, period, value) VALUES(?1, ?2, 1)"
    " ON CONFLICT(name, period) DO UPDATE SET value = sys_seq.value + 1"
    " RETURNING value";

static enum rc take(struct db *db, const struct sequence_def *def, int year,
                    int64_t *out, struct err *err)
{
    struct db_stmt *st = NULL;
    bool more = false;
    int64_t value = 0;
    enum rc rc = db_prepare(db, STR(SQL_TAKE), &st, err);

    if (rc == RC_OK) {
        db_bind_str(st, 1, def->name);
        db_bind_i64(st, 2, def->per_year ? year : 0);
        rc = db_step_row(st, err);
    }
    if (rc == RC_OK) {
        value = db_col_i64(st, 0);
        rc = db_step(st, &more, err); /* to its end */
    }
    db_stmt_release(st);
    if (rc == RC_OK)
        *out = value;
    return rc;
}

static int zeros_of(struct str part)
{
    size_t i;

    for (i = 0; i < part.n; i++)
        if (part.p[i] != '0')
            return 0;
    return (int)part.n;
}

static bool too_long(int64_t value, int digits)
{
    char text[STR_I64_BYTES];

    return str_put_i64(text, value) > (size_t)digits;
}

/* false: the number does not fit its zeros. */
static bool format(struct buf *b, struct str pattern, int64_t value, int year)
{
    bool is_numbered = false;

    while (pattern.n) {
        ptrdiff_t open = str_chr(pattern, '{');
        ptrdiff_t close = open < 0 ? -1 : str_chr(pattern, '}');
        struct str part;
        int digits;

        if (close < open || open < 0) {
            buf_add(b, pattern);
            break;
        }
        buf_add(b, str_sub(pattern, 0, (size_t)open));
        part = str_sub(pattern, (size_t)open + 1, (size_t)(close - open - 1));
        pattern = str_sub(pattern, (size_t)close + 1, pattern.n);
        digits = zeros_of(part);
        if (str_is(part, "year")) {
            buf_addf(b, "%04d", year);
        } else if (digits > 0 && !is_numbered) {
            if (digits > SEQUENCE_MAX_DIGITS)
                digits = SEQUENCE_MAX_DIGITS;
            if (too_long(value, digits))
                return false;
            buf_addf(b, "%0*" PRId64, digits, value);
            is_numbered = true;
        } else { /* braces of no meaning stay */
            buf_addc(b, '{');
            buf_add(b, part);
            buf_addc(b, '}');
        }
    }
    if (!is_numbered)
        buf_add_i64(b, value);
    return true;
}

enum rc sequence_next(struct db *db, const struct sequence_def *def, int year,
                      struct arena *a, struct str *out, struct err *err)
{
    struct buf text;
    int64_t value = 0;
    enum rc rc;

    assert(db_in_write_tx(db));
    buf_init(&text, SEQUENCE_MAX_BYTES);
    rc = take(db, def, year, &value, err);
    if (rc == RC_OK && !format(&text, def->pattern, value, year))
        rc = FAIL(err, RC_LIMIT,
                  "The numbers of \"%.*s\" are used up: %" PRId64
                  " has more digits than its pattern. Give the pattern more "
                  "zeros.",
                  STR_ARG(def->pattern), value);
    if (rc == RC_OK)
        rc = buf_finish(&text, a, out, err);
    buf_release(&text);
    return rc;
}

/* --- numbers that come along ---------------------------------------------------- */

static const char SQL_PASS[] =
    "INSERT INTO sys_seq(name, period, value) VALUES(?1, ?2, ?3)"
    " ON CONFLICT(name, period) DO UPDATE SET value = CASE"
    " WHEN sys_seq.value < excluded.value THEN excluded.value"
    " ELSE sys_seq.value END";

/* Exactly `digits` of them (0: as many as there are) off the front. */
static bool take_digits(struct str *text, int digits, int64_t *out)
{
    size_t n = 0, want = (size_t)digits;

    while (n < text->n && text->p[n] >= '0' && text->p[n] <= '9' &&
           (digits == 0 || n < want))
        n++;
    if (n == 0 || n > SEQUENCE_MAX_DIGITS || (digits > 0 && n != want) ||
        !str_to_i64(str_sub(*text, 0, n), out))
        return false;
    *text = str_sub(*text, n, text->n);
    return true;
}

static bool take_text(struct str *text, struct str part)
{
    if (!str_starts(*text, part))
        return false;
    *text = str_sub(*text, part.n, text->n);
    return true;
}

/* format(), read backwards. */
static bool unformat(struct str pattern, struct str text, int64_t *value,
                     int64_t *year)
{
    bool is_numbered = false;

    while (pattern.n) {
        ptrdiff_t open = str_chr(pattern, '{');
        ptrdiff_t close = open < 0 ? -1 : str_chr(pattern, '}');
        struct str part;
        int digits;
        bool fits;

        if (close < open || open < 0) {
            if (!take_text(&text, pattern))
                return false;
            break;
        }
        if (!take_text(&text, str_sub(pattern, 0, (size_t)open)))
            return false;
        part = str_sub(pattern, (size_t)open, (size_t)(close - open + 1));
        digits = zeros_of(str_sub(part, 1, part.n - 2));
        if (str_is(part, "{year}")) {
            fits = take_digits(&text, 4, year);
        } else if (digits > 0 && !is_numbered) {
            fits = take_digits(&text, digits, value);
            is_numbered = true;
        } else {
            fits = take_text(&text, part);
        }
        if (!fits)
            return false;
        pattern = str_sub(pattern, (size_t)close + 1, pattern.n);
    }
    if (!is_numbered && !take_digits(&text, 0, value))
        return false;
    return text.n == 0;
}

enum rc sequence_pass(struct db *db, const struct sequence_def *def,
                      struct str number, struct err *err)
{
    struct db_stmt *st = NULL;
    int64_t value = 0, year = 0;
    enum rc rc;

    assert(db_in_write_tx(db));
    if (!unformat(def->pattern, number, &value, &year) ||
        (def->per_year && year == 0))
        return RC_OK;
    rc = db_prepare(db, STR(SQL_PASS), &st, err);
    if (rc == RC_OK) {
        db_bind_str(st, 1, def->name);
        db_bind_i64(st, 2, def->per_year ? year : 0);
        db_bind_i64(st, 3, value);
        rc = db_step_done(st, err);
    }
    db_stmt_release(st);
    return rc;
}
