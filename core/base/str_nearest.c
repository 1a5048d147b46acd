/*
 * str_nearest - "did you mean": the optimal string alignment distance
 * (insert, delete, replace, swap neighbours), upper and lower case the same.
 *
 * Bounded: names longer than NAME_MAX_BYTES are never suggested, a candidate
 * whose length differs by more than the allowed distance costs nothing, and a
 * row that has passed it ends the work.
 */
#include "base/str.h"

enum { NAME_MAX_BYTES = 128, DISTANCE_MAX = 3 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int min_of(int a, int b)
{
    return a < b ? a : b;
}

/* One row of the table; `two` and `one` are the rows before. Its minimum. */
static int fill_row(struct str a, struct str b, int i, const int *two,
                    const int *one, int *row)
{
    int j, least = i;
    char ca = lower(a.p[i - 1]);

    row[0] = i;
    for (j = 1; j <= (int)b.n; j++) {
        char cb = lower(b.p[j - 1]);
        int d = one[j - 1] + (ca != cb);

        d = min_of(d, min_of(one[j], row[j - 1]) + 1);
        if (i > 1 && j > 1 && ca == lower(b.p[j - 2]) &&
            lower(a.p[i - 2]) == cb)
            d = min_of(d, two[j - 2] + 1);
        row[j] = d;
        least = min_of(least, d);
    }
    return least;
}

/* The distance, or limit + 1 when it is larger than `limit`. */
static int distance(struct str a, struct str b, int limit)
{
    int rows[3][NAME_MAX_BYTES + 1] = {{0}};
    int i, j;

    for (j = 0; j <= (int)b.n; j++)
        rows[0][j] = j;
    for (i = 1; i <= (int)a.n; i++)
        if (fill_row(a, b, i, rows[(i + 1) % 3], rows[(i + 2) % 3],
                     rows[i % 3]) > limit)
            return limit + 1;
    return min_of(rows[a.n % 3][b.n], limit + 1);
}

struct str str_nearest(struct str wrong, const struct str *names, size_t n)
{
    struct str best = STR_NONE;
    int best_distance = DISTANCE_MAX + 1;
    size_t i, longer, apart;
    int limit, d;

    if (wrong.n > NAME_MAX_BYTES)
        return STR_NONE;
    for (i = 0; i < n && best_distance > 0; i++) {
        longer = names[i].n > wrong.n ? names[i].n : wrong.n;
        apart = longer - (names[i].n > wrong.n ? wrong.n : names[i].n);
        limit =
            min_of((int)(longer < 3 * DISTANCE_MAX ? longer / 3 : DISTANCE_MAX),
                   best_distance - 1);
        if (names[i].n > NAME_MAX_BYTES || apart > (size_t)limit)
            continue;
        d = distance(wrong, names[i], limit);
        if (d <= limit) {
            best = names[i];
            best_distance = d;
        }
    }
    return best;
}
