/*
 * csv - cells of a file, one row at a time, and cells that no spreadsheet runs.
 *
 * A text cell that could start a formula (= + - @ tab, also behind spaces) is
 * written with a ' in front; reading takes exactly that off, so a round trip is
 * byte for byte.
 */
#ifndef EXCHANGE_CSV_H
#define EXCHANGE_CSV_H

#include "base/arena.h"
#include "base/buf.h"

struct csv {
    struct str text;
    size_t at;
    int64_t line; /* physical line where the next row begins */
    char separator;
    struct arena *arena;
};
/* `text` is borrowed while the csv is used; a byte order mark is skipped. */
void csv_init(struct csv *c, struct str text, char separator,
              struct arena *row_arena);
char csv_guess_separator(struct str text); /* , ; tab | */
/* Cells of the next row (the arena is the caller's to rewind); *end at the end.
   RC_SYNTAX: a quote that never closes; RC_LIMIT; RC_NOMEM. */
enum rc csv_next(struct csv *c, struct str **cells, size_t *n, int64_t *line,
                 bool *end, struct err *err) MUST_CHECK;
void csv_cell(struct buf *b, struct str s, bool first); /* quoted when needed */
/* For text: also safe from being run as a formula. */
void csv_safe_cell(struct buf *b, struct str s, struct arena *a, bool first);
/* What csv_safe_cell put in front is taken off. */
struct str csv_unsafe(struct str s);

#endif
