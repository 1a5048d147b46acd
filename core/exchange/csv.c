/*
 * csv - RFC 4180 and what spreadsheets make of it: any line break, a byte order
 * mark, quotes in the middle of a cell taken as they are. See exchange.h.
 */
#include "exchange/csv.h"

#include "base/limits.h"
#include "base/vec.h"

static const char BOM[] = "\xEF\xBB\xBF";

void csv_init(struct csv *c, struct str text, char separator,
              struct arena *row_arena)
{
    if (str_starts(text, str_of(BOM, 3)))
        text = str_sub(text, 3, text.n);
    *c = (struct csv){text, 0, 1, separator, row_arena};
}

/* The separator that occurs most in the first line, outside quotes. */
char csv_guess_separator(struct str text)
{
    static const char CANDIDATES[] = {',', ';', '\t', '|'};
    size_t counts[4] = {0}, best = 0, i, k;
    bool quoted = false;

    for (i = 0; i < text.n && (quoted || text.p[i] != '\n'); i++) {
        if (text.p[i] == '"')
            quoted = !quoted;
        for (k = 0; !quoted && k < 4; k++)
            counts[k] += text.p[i] == CANDIDATES[k];
    }
    for (k = 1; k < 4; k++) {
        if (counts[k] > counts[best])
            best = k;
    }
    return CANDIDATES[best];
}

/* Past "\r\n", "\n" or "\r" at `at`; counts the line. */
static void take_break(struct csv *c)
{
    if (c->text.p[c->at] == '\r' && c->at + 1 < c->text.n &&
        c->text.p[c->at + 1] == '\n')
        c->at++;
    c->at++;
    c->line++;
}

static bool at_break(const struct csv *c)
{
    return c->text.p[c->at] == '\n' || c->text.p[c->at] == '\r';
}

static enum rc too_long(const struct csv *c, struct err *err)
{
    return FAIL(err, RC_LIMIT,
                "A cell in line %lld has more than %d bytes; shorten it.",
                (long long)c->line, LIMIT_CSV_CELL);
}

/*
 * A cell that begins with a quote. Without doubled quotes it is a view of the
 * text; with them it is copied. What follows the closing quote up to the next
 * separator is kept as it is.
 */
static enum rc quoted_cell(struct csv *c, struct str *cell, struct err *err)
{
    int64_t began = c->line;
    size_t from = ++c->at, end, n = 0, i;
    bool doubled = false;
    char *copy;

    for (;; c->at++) {
        if (c->at >= c->text.n)
            return FAIL(err, RC_SYNTAX,
                        "The quote that opens in line %lld never closes.",
                        (long long)began);
        if (c->text.p[c->at] == '\n' ||
            (c->text.p[c->at] == '\r' &&
             (c->at + 1 >= c->text.n || c->text.p[c->at + 1] != '\n')))
            c->line++;
        if (c->text.p[c->at] != '"')
            continue;
        if (c->at + 1 >= c->text.n || c->text.p[c->at + 1] != '"')
            break;
        doubled = true;
        c->at++;
    }
    end = c->at++;
    while (c->at < c->text.n && c->text.p[c->at] != c->separator &&
           !at_break(c))
        c->at++;
    if (c->at - from > LIMIT_CSV_CELL)
        return too_long(c, err);
    if (!doubled && c->at == end + 1) {
        *cell = str_sub(c->text, from, end - from);
        return RC_OK;
    }
    copy = arena_alloc(c->arena, c->at - from + 1);
    if (copy == NULL)
        return FAIL(err, RC_NOMEM, "There is no memory for a row.");
    for (i = from; i < end; i++) {
        copy[n++] = c->text.p[i];
        if (c->text.p[i] == '"')
            i++;
    }
    memcpy(copy + n, c->text.p + end + 1, c->at - end - 1);
    *cell = str_of(copy, n + c->at - end - 1);
    return RC_OK;
}

static enum rc plain_cell(struct csv *c, struct str *cell, struct err *err)
{
    size_t from = c->at;

    while (c->at < c->text.n && c->text.p[c->at] != c->separator &&
           !at_break(c))
        c->at++;
    if (c->at - from > LIMIT_CSV_CELL)
        return too_long(c, err);
    *cell = str_sub(c->text, from, c->at - from);
    return RC_OK;
}

enum rc csv_next(struct csv *c, struct str **cells, size_t *n, int64_t *line,
                 bool *end, struct err *err)
{
    VEC(struct str) row = {0};
    struct str cell = STR_NONE;
    enum rc rc = RC_OK;

    while (c->at < c->text.n && at_break(c)) /* empty lines are no rows */
        take_break(c);
    *end = c->at >= c->text.n;
    if (*end) {
        *n = 0;
        return RC_OK;
    }
    *line = c->line;
    for (;;) {
        bool quoted = c->at < c->text.n && c->text.p[c->at] == '"';

        rc = quoted ? quoted_cell(c, &cell, err) : plain_cell(c, &cell, err);
        if (rc != RC_OK)
            return rc;
        if (row.n == LIMIT_CSV_COLUMNS)
            return FAIL(err, RC_LIMIT, "Line %lld has more than %d columns.",
                        (long long)*line, LIMIT_CSV_COLUMNS);
        if (!VEC_PUSH(c->arena, &row, cell))
            return FAIL(err, RC_NOMEM, "There is no memory for a row.");
        if (c->at >= c->text.n)
            break;
        if (at_break(c)) {
            take_break(c);
            break;
        }
        c->at++; /* the separator; one at the very end opens an empty cell */
    }
    *cells = row.v;
    *n = row.n;
    return RC_OK;
}

void csv_cell(struct buf *b, struct str s, bool first)
{
    size_t i;
    bool quote = s.n > 0 && (s.p[0] == ' ' || s.p[s.n - 1] == ' ');

    if (!first)
        buf_addc(b, ',');
    for (i = 0; !quote && i < s.n; i++)
        quote = s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\n' ||
                s.p[i] == '\r' || s.p[i] == ';' || s.p[i] == '\t';
    if (!quote) {
        buf_add(b, s);
        return;
    }
    buf_addc(b, '"');
    for (i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            buf_addc(b, '"');
        buf_addc(b, s.p[i]);
    }
    buf_addc(b, '"');
}

/* --- formulas ----------------------------------------------------------------- */

/* Would a spreadsheet run this text? Leading spaces do not protect. */
static bool is_formula(struct str s)
{
    size_t i = 0;

    while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\'' || s.p[i] == '\n'))
        i++;
    return i < s.n && (s.p[i] == '=' || s.p[i] == '+' || s.p[i] == '-' ||
                       s.p[i] == '@' || s.p[i] == '\t' || s.p[i] == '\r');
}

void csv_safe_cell(struct buf *b, struct str s, struct arena *a, bool first)
{
    struct str safe = s;

    if (is_formula(s)) {
        safe = str_fmt(a, "'%.*s", STR_ARG(s));
        if (safe.p == NULL) {
            b->failed = RC_NOMEM;
            return;
        }
    }
    csv_cell(b, safe, first);
}

struct str csv_unsafe(struct str s)
{
    return s.n > 1 && s.p[0] == '\'' && is_formula(s) ? str_sub(s, 1, s.n) : s;
}
