/*
 * edit_lines - see edit_lines.h. The common beginning and end are taken off; what
 * is left is compared by a table of longest common subsequences: a byte a pair.
 */
#include "model/edit_lines.h"

#include "base/vec.h"

enum { LINES_EXACT = 4 << 20 };

bool lines_of(struct str text, struct arena *a, struct lines *out)
{
    size_t n = 0, i, from = 0;

    for (i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    out->n = 0;
    out->v = ARENA_ARRAY(a, struct str, n + 2);
    if (!out->v)
        return false;
    for (i = 0; i < text.n; i++)
        if (text.p[i] == '\n') {
            out->v[out->n++] = str_sub(text, from, i + 1 - from);
            from = i + 1;
        }
    if (from < text.n)
        out->v[out->n++] = str_sub(text, from, text.n);
    return true;
}

struct str lines_span(const struct lines *l, size_t from, size_t n)
{
    if (n == 0 || from >= l->n)
        return STR("");
    return str_of(l->v[from].p, (size_t)(l->v[from + n - 1].p +
                                         l->v[from + n - 1].n - l->v[from].p));
}

static bool push(struct arena *m, struct blocks *out, struct block b)
{
    return b.a_n + b.b_n == 0 || VEC_PUSH(m, out, b);
}

/* way[i][k]: 0 the lines are one, 1 drop a's, 2 take b's. */
static bool walk(const struct lines *a, const struct lines *b, size_t head,
                 size_t na, size_t nb, const uint8_t *way, struct arena *m,
                 struct blocks *out)
{
    struct block now = {head, 0, head, 0};
    size_t i = 0, k = 0;

    while (i < na || k < nb) {
        uint8_t w = i == na ? 2 : k == nb ? 1 : way[i * nb + k];

        if (w == 0) {
            if (!push(m, out, now))
                return false;
            i++;
            k++;
            now = (struct block){head + i, 0, head + k, 0};
        } else if (w == 1) {
            now.a_n++;
            i++;
        } else {
            now.b_n++;
            k++;
        }
    }
    (void)a;
    (void)b;
    return push(m, out, now);
}

bool lines_diff(const struct lines *a, const struct lines *b, struct arena *m,
                struct blocks *out)
{
    size_t head = 0, tail = 0, na, nb, i, k;
    uint32_t *below, *here, *swap;
    uint8_t *way;

    while (head < a->n && head < b->n && str_eq(a->v[head], b->v[head]))
        head++;
    while (tail < a->n - head && tail < b->n - head &&
           str_eq(a->v[a->n - 1 - tail], b->v[b->n - 1 - tail]))
        tail++;
    na = a->n - head - tail;
    nb = b->n - head - tail;
    if (na == 0 || nb == 0 || na > LINES_EXACT / nb)
        return push(m, out, (struct block){head, na, head, nb});
    way = arena_alloc(m, na * nb);
    below = ARENA_ARRAY(m, uint32_t, nb + 1);
    here = ARENA_ARRAY(m, uint32_t, nb + 1);
    if (!way || !below || !here)
        return false;
    for (i = na; i-- > 0;) {
        for (k = nb; k-- > 0;) {
            bool same = str_eq(a->v[head + i], b->v[head + k]);

            way[i * nb + k] = same ? 0 : below[k] >= here[k + 1] ? 1 : 2;
            here[k] = same                     ? below[k + 1] + 1
                      : below[k] > here[k + 1] ? below[k]
                                               : here[k + 1];
        }
        swap = below;
        below = here;
        here = swap;
        here[nb] = 0;
    }
    return walk(a, b, head, na, nb, way, m, out);
}
