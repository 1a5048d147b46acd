/*
 * version - see the header.
 */
#include "model/version.h"


struct range {
    struct version from, below; /* from <= v < below */
};

bool version_parse(struct str s, struct version *out)
{
    struct version v = {{0, 0, 0}, 0};
    struct str piece;

    if (!s.n || s.p[s.n - 1] == '.')
        return false;
    while (str_split(&s, '.', &piece)) {
        size_t i;

        if (v.given == 3 || !piece.n || piece.n > 9)
            return false;
        for (i = 0; i < piece.n; i++) {
            if (piece.p[i] < '0' || piece.p[i] > '9')
                return false;
            v.part[v.given] = v.part[v.given] * 10 + (piece.p[i] - '0');
        }
        v.given++;
    }
    *out = v;
    return v.given > 0;
}

int version_cmp(const struct version *a, const struct version *b)
{
    int i;

    for (i = 0; i < 3; i++)
        if (a->part[i] != b->part[i])
            return a->part[i] < b->part[i] ? -1 : 1;
    return 0;
}

/* The first version after all that begin with the first n parts of v. */
static struct version after(const struct version *v, int n)
{
    struct version next = {{0, 0, 0}, 3};
    int i;

    for (i = 0; i < n; i++)
        next.part[i] = v->part[i];
    next.part[n - 1]++;
    return next;
}

static bool parse_range(struct str s, struct range *out)
{
    ptrdiff_t dash = str_find(s, STR(" - "));
    struct version to;
    char sign = s.n ? s.p[0] : '\0';

    if (dash >= 0) {
        if (!version_parse(str_trim(str_sub(s, 0, (size_t)dash)), &out->from) ||
            !version_parse(str_trim(str_sub(s, (size_t)dash + 3, s.n)), &to))
            return false;
        out->below = after(&to, to.given);
        return true;
    }
    if (sign == '^' || sign == '~')
        s = str_sub(s, 1, s.n);
    if (!version_parse(s, &out->from))
        return false;
    if (sign == '^')
        out->below = after(&out->from, out->from.part[0] > 0 ? 1 : 2);
    else if (sign == '~')
        out->below = after(&out->from, out->from.given > 1 ? 2 : 1);
    else
        out->below = after(&out->from, out->from.given);
    return true;
}

bool version_range_valid(struct str range)
{
    struct range r;

    return parse_range(str_trim(range), &r);
}

bool version_fits(struct str version, struct str range)
{
    struct version v;
    struct range r;

    range = str_trim(range);
    if (!range.n)
        return true;
    return version_parse(version, &v) && parse_range(range, &r) &&
           version_cmp(&r.from, &v) <= 0 && version_cmp(&v, &r.below) < 0;
}
