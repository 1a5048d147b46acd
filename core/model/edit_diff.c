/*
 * edit_diff - what an edit changed, as a unified diff.
 */
#include "model/edit_in.h"
#include "model/edit_lines.h"

enum { AROUND = 3 };

static void add_line(struct buf *b, char sign, struct str line)
{
    buf_addc(b, sign);
    buf_add(b, line);
    if (!line.n || line.p[line.n - 1] != '\n')
        buf_adds(b, "\n\\ No newline at end of file\n");
}

static void add_lines(struct buf *b, char sign, const struct lines *l,
                      size_t from, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        add_line(b, sign, l->v[from + i]);
}

/* Lines of a hunk count from 1; one that is empty is named by the line before. */
static void add_range(struct buf *b, char sign, size_t from, size_t n)
{
    buf_addf(b, " %c%zu", sign, n ? from + 1 : from);
    if (n != 1)
        buf_addf(b, ",%zu", n);
}

/* Blocks first..last, whose surroundings touch, as one hunk. */
static void add_hunk(struct buf *b, const struct lines *was,
                     const struct lines *is, const struct block *first,
                     const struct block *last)
{
    size_t lead = first->a < AROUND ? first->a : AROUND;
    size_t end = last->a + last->a_n, at = first->a - lead;
    size_t tail = was->n - end < AROUND ? was->n - end : AROUND;
    const struct block *one;

    buf_adds(b, "@@");
    add_range(b, '-', at, end + tail - at);
    add_range(b, '+', first->b - lead,
              last->b + last->b_n + tail - (first->b - lead));
    buf_adds(b, " @@\n");
    for (one = first; one <= last; one++) {
        add_lines(b, ' ', was, at, one->a - at);
        add_lines(b, '-', was, one->a, one->a_n);
        add_lines(b, '+', is, one->b, one->b_n);
        at = one->a + one->a_n;
    }
    add_lines(b, ' ', was, at, tail);
}

static bool file_diff(const struct edit_file *f, struct arena *a, struct buf *b)
{
    struct blocks blocks = {0};
    struct lines was, is;
    size_t i, k;

    if (!lines_of(f->before.p ? f->before : STR(""), a, &was) ||
        !lines_of(f->text.p ? f->text : STR(""), a, &is) ||
        !lines_diff(&was, &is, a, &blocks))
        return false;
    buf_addf(b, "--- %s%.*s\n", f->before.p ? "a/" : "/dev/null",
             f->before.p ? (int)f->path.n : 0, f->path.p);
    buf_addf(b, "+++ %s%.*s\n", f->text.p ? "b/" : "/dev/null",
             f->text.p ? (int)f->path.n : 0, f->path.p);
    for (i = 0; i < blocks.n; i = k + 1) {
        for (k = i; k + 1 < blocks.n &&
                    blocks.v[k + 1].a - (blocks.v[k].a + blocks.v[k].a_n) <=
                        (size_t)2 * AROUND;
             k++)
            continue;
        add_hunk(b, &was, &is, &blocks.v[i], &blocks.v[k]);
    }
    return true;
}

void edit_diff(const struct edit *e, struct buf *out)
{
    size_t i;

    for (i = 0; i < e->files.n; i++) {
        const struct edit_file *f = &e->files.v[i];
        struct arena_mark mark = arena_mark(e->arena);

        if (!edit_file_changed(f))
            continue;
        if (!file_diff(f, e->arena, out) && out->failed == RC_OK)
            out->failed = RC_NOMEM;
        arena_rewind(e->arena, mark);
    }
}
