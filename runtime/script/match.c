/*
 * match - see the header. A backtracking matcher over (pattern, subject)
 * pairs; a case that ends a pattern item goes round the loop instead of
 * calling itself, so recursion is only as deep as the pattern's choices.
 */
#include "script/match.h"

static const char *run(struct match *m, const char *s, const char *p);

void match_init(struct match *m, struct str subject, struct str pattern,
                int64_t *steps)
{
    m->subject = subject.p ? subject : STR("");
    m->pattern = pattern.p ? pattern : STR("");
    m->steps = steps;
    m->depth = 0;
    m->end = MATCH_NO;
    m->why = NULL;
    m->level = 0;
}

static const char *subject_end(const struct match *m)
{
    return m->subject.p + m->subject.n;
}

static const char *pattern_end(const struct match *m)
{
    return m->pattern.p + m->pattern.n;
}

static const char *bad(struct match *m, const char *why)
{
    if (m->end == MATCH_NO) {
        m->end = MATCH_BAD;
        m->why = why;
    }
    return NULL;
}

/* One more character looked at; false when that was one too many, or when
   something went wrong before. */
static bool step(struct match *m)
{
    if (m->end != MATCH_NO)
        return false;
    if (--*m->steps < 0) {
        m->end = MATCH_SPENT;
        return false;
    }
    return true;
}

/* --- classes: ASCII only, whatever the locale --------------------------------------------- */

static bool between(unsigned char c, int low, int high)
{
    return c >= low && c <= high;
}

static bool is_alpha(unsigned char c)
{
    return between(c, 'a', 'z') || between(c, 'A', 'Z');
}

static bool in_class(unsigned char c, unsigned char class)
{
    unsigned char lower = class | 0x20;
    bool in;

    switch (lower) {
    case 'a':
        in = is_alpha(c);
        break;
    case 'c':
        in = c < 0x20 || c == 0x7f;
        break;
    case 'd':
        in = between(c, '0', '9');
        break;
    case 'g':
        in = between(c, 0x21, 0x7e);
        break;
    case 'l':
        in = between(c, 'a', 'z');
        break;
    case 'p':
        in = between(c, 0x21, 0x7e) && !is_alpha(c) && !between(c, '0', '9');
        break;
    case 's':
        in = c == ' ' || between(c, '\t', '\r');
        break;
    case 'u':
        in = between(c, 'A', 'Z');
        break;
    case 'w':
        in = is_alpha(c) || between(c, '0', '9');
        break;
    case 'x':
        in = between(c, '0', '9') || between(c, 'a', 'f') ||
             between(c, 'A', 'F');
        break;
    case 'z': /* of old patterns */
        in = c == 0;
        break;
    default:
        return class == c; /* %% and other punctuation stand for themselves */
    }
    if (!is_alpha(class))
        return class == c;
    return between(class, 'A', 'Z') ? !in : in;
}

/* Past the item that begins at p; NULL for a malformed one. */
static const char *class_end(struct match *m, const char *p)
{
    const char *end = pattern_end(m);

    if (*p++ == '%') {
        if (p == end)
            return bad(m, "malformed pattern (ends with '%')");
        return p + 1;
    }
    if (p[-1] != '[')
        return p;
    if (p < end && *p == '^')
        p++;
    do { /* a ']' that comes first is a member */
        if (p == end)
            return bad(m, "malformed pattern (missing ']')");
        if (*p++ == '%') {
            if (p == end)
                return bad(m, "malformed pattern (missing ']')");
            p++;
        }
    } while (p == end || *p != ']');
    return p + 1;
}

/* Is c in the set p .. end, *end being its ']'. */
static bool in_set(struct match *m, unsigned char c, const char *p,
                   const char *end)
{
    bool yes = true;

    if (p[1] == '^') {
        yes = false;
        p++;
    }
    while (++p < end) {
        if (!step(m))
            return false;
        if (*p == '%') {
            p++;
            if (in_class(c, (unsigned char)*p))
                return yes;
        } else if (p + 2 < end && p[1] == '-') {
            p += 2;
            if (between(c, (unsigned char)p[-2], (unsigned char)*p))
                return yes;
        } else if ((unsigned char)*p == c) {
            return yes;
        }
    }
    return !yes;
}

/* Does the single item p .. ep match the character at s. */
static bool single(struct match *m, const char *s, const char *p,
                   const char *ep)
{
    unsigned char c;

    if (s >= subject_end(m) || !step(m))
        return false;
    c = (unsigned char)*s;
    switch (*p) {
    case '.':
        return true;
    case '%':
        return in_class(c, (unsigned char)p[1]);
    case '[':
        return in_set(m, c, p, ep - 1);
    default:
        return (unsigned char)*p == c;
    }
}

/* --- items --------------------------------------------------------------------------------- */

static const char *balance(struct match *m, const char *s, const char *p)
{
    int depth = 1;

    if (pattern_end(m) - p < 2)
        return bad(m, "malformed pattern (missing arguments to '%b')");
    if (s >= subject_end(m) || *s != *p)
        return NULL;
    while (++s < subject_end(m)) {
        if (!step(m))
            return NULL;
        if (*s == p[1]) {
            if (--depth == 0)
                return s + 1;
        } else if (*s == *p) {
            depth++;
        }
    }
    return NULL;
}

static const char *most(struct match *m, const char *s, const char *p,
                        const char *ep)
{
    ptrdiff_t i = 0;

    while (single(m, s + i, p, ep))
        i++;
    for (; i >= 0 && m->end == MATCH_NO; i--) {
        const char *end = run(m, s + i, ep + 1);

        if (end)
            return end;
    }
    return NULL;
}

static const char *fewest(struct match *m, const char *s, const char *p,
                          const char *ep)
{
    for (;;) {
        const char *end = run(m, s, ep + 1);

        if (end || m->end != MATCH_NO)
            return end;
        if (!single(m, s, p, ep))
            return NULL;
        s++;
    }
}

static const char *open_capture(struct match *m, const char *s, const char *p,
                                ptrdiff_t what)
{
    const char *end;

    if (m->level >= MATCH_CAPTURES)
        return bad(m, "too many captures");
    m->capture[m->level].at = s;
    m->capture[m->level].n = what;
    m->level++;
    end = run(m, s, p);
    if (!end)
        m->level--;
    return end;
}

static const char *close_capture(struct match *m, const char *s, const char *p)
{
    int level = m->level - 1;
    const char *end;

    while (level >= 0 && m->capture[level].n != MATCH_UNFINISHED)
        level--;
    if (level < 0)
        return bad(m, "invalid pattern capture");
    m->capture[level].n = s - m->capture[level].at;
    end = run(m, s, p);
    if (!end)
        m->capture[level].n = MATCH_UNFINISHED;
    return end;
}

/* %1: the same text again. */
static const char *again(struct match *m, const char *s, char digit)
{
    int i = digit - '1';
    size_t n;

    if (i < 0 || i >= m->level || m->capture[i].n == MATCH_UNFINISHED)
        return bad(m, "invalid capture index");
    if (m->capture[i].n == MATCH_POSITION)
        return NULL;
    n = (size_t)m->capture[i].n;
    *m->steps -= (int64_t)n;
    if (!step(m) || (size_t)(subject_end(m) - s) < n ||
        memcmp(m->capture[i].at, s, n) != 0)
        return NULL;
    return s + n;
}

/* %f[set] */
static const char *frontier(struct match *m, const char *s, const char *p,
                            const char **after)
{
    const char *ep;
    unsigned char before, here;

    if (p >= pattern_end(m) || *p != '[')
        return bad(m, "missing '[' after '%f' in pattern");
    ep = class_end(m, p);
    if (!ep)
        return NULL;
    before = s == m->subject.p ? 0 : (unsigned char)s[-1];
    here = s == subject_end(m) ? 0 : (unsigned char)*s;
    if (in_set(m, before, p, ep - 1) || !in_set(m, here, p, ep - 1))
        return NULL;
    *after = ep;
    return s;
}

/* An escape that is more than a class: sets *after, answers where the subject
   goes on; *is when it is one. */
static const char *special(struct match *m, const char *s, const char *p,
                           const char **after, bool *is)
{
    *is = true;
    switch (p + 1 < pattern_end(m) ? p[1] : '\0') {
    case 'b':
        *after = p + 4;
        return balance(m, s, p + 2);
    case 'f':
        return frontier(m, s, p + 2, after);
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        *after = p + 2;
        return again(m, s, p[1]);
    default:
        *is = false;
        return NULL;
    }
}

/* The item at p with what is behind it; *next and *at when the loop goes on. */
static const char *item(struct match *m, const char *s, const char *p,
                        const char **at, const char **next)
{
    const char *ep = class_end(m, p);
    char suffix;

    *next = NULL;
    if (!ep)
        return NULL;
    suffix = '\0';
    if (ep < pattern_end(m))
        suffix = *ep;
    switch (suffix) {
    case '?':
        if (single(m, s, p, ep)) {
            const char *end = run(m, s + 1, ep + 1);

            if (end)
                return end;
        }
        *at = s;
        *next = ep + 1;
        return NULL;
    case '+':
        return single(m, s, p, ep) ? most(m, s + 1, p, ep) : NULL;
    case '*':
        return most(m, s, p, ep);
    case '-':
        return fewest(m, s, p, ep);
    default:
        if (!single(m, s, p, ep))
            return NULL;
        *at = s + 1;
        *next = ep;
        return NULL;
    }
}

static const char *run_items(struct match *m, const char *s, const char *p)
{
    while (p != pattern_end(m)) {
        const char *next = NULL;
        const char *found;
        bool is = false;

        if (!step(m))
            return NULL;
        if (*p == '(')
            return p + 1 < pattern_end(m) && p[1] == ')'
                       ? open_capture(m, s, p + 2, MATCH_POSITION)
                       : open_capture(m, s, p + 1, MATCH_UNFINISHED);
        if (*p == ')')
            return close_capture(m, s, p + 1);
        if (*p == '$' && p + 1 == pattern_end(m))
            return s == subject_end(m) ? s : NULL;
        if (*p == '%') {
            found = special(m, s, p, &next, &is);
            if (is && !found)
                return NULL;
            if (is) {
                s = found;
                p = next;
                continue;
            }
        }
        found = item(m, s, p, &s, &next);
        if (found || !next)
            return found;
        p = next;
    }
    return s;
}

static const char *run(struct match *m, const char *s, const char *p)
{
    const char *end;

    if (m->depth >= MATCH_DEPTH)
        return bad(m, "pattern too complex");
    m->depth++;
    end = run_items(m, s, p);
    m->depth--;
    return m->end == MATCH_NO ? end : NULL;
}

enum match_end match_at(struct match *m, size_t at, size_t *end)
{
    const char *e;

    m->level = 0;
    m->depth = 0;
    e = run(m, m->subject.p + at, m->pattern.p);
    if (m->end != MATCH_NO)
        return m->end;
    if (!e)
        return MATCH_NO;
    for (int i = 0; i < m->level; i++)
        if (m->capture[i].n == MATCH_UNFINISHED) {
            bad(m, "unfinished capture");
            return MATCH_BAD;
        }
    *end = (size_t)(e - m->subject.p);
    return MATCH_YES;
}

enum match_end match_find(struct match *m, size_t from, size_t *begin,
                          size_t *end)
{
    for (size_t at = from; at <= m->subject.n; at++) {
        enum match_end r = match_at(m, at, end);

        if (r == MATCH_YES)
            *begin = at;
        if (r != MATCH_NO)
            return r;
    }
    return MATCH_NO;
}

bool match_is_plain(struct str pattern)
{
    for (size_t i = 0; i < pattern.n; i++)
        if (pattern.p[i] != '\0' && strchr("^$*+?.([%-", pattern.p[i]))
            return false;
    return true;
}
