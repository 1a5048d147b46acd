/*
 * edit_lines - texts as lines, and what differs between two. Private to
 * core/model.
 */
#ifndef MODEL_EDIT_LINES_H
#define MODEL_EDIT_LINES_H

#include "base/arena.h"
#include "base/str.h"

/* Each with its line break, so that together they are the text byte for byte. */
struct lines {
    struct str *v;
    size_t n;
};
/* Lines [a, a+a_n) of the one are [b, b+b_n) of the other. */
struct block {
    size_t a, a_n, b, b_n;
};
struct blocks {
    struct block *v;
    size_t n, cap;
};

bool lines_of(struct str text, struct arena *a, struct lines *out);
/* What differs, in order; false: no memory. Exact up to LINES_EXACT pairs of
   lines between the first and the last difference, one block above. */
bool lines_diff(const struct lines *a, const struct lines *b, struct arena *m,
                struct blocks *out);
/* The bytes of some lines: a view of their text. */
struct str lines_span(const struct lines *l, size_t from, size_t n);

#endif
