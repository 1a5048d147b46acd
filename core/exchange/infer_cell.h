/* infer_cell - what one cell could be. For core/exchange alone. */
#ifndef EXCHANGE_INFER_CELL_H
#define EXCHANGE_INFER_CELL_H

#include "base/arena.h"
#include "base/str.h"

/* How numbers are written: 1,234.50 or 1.234,50. */
enum infer_style { STYLE_POINT, STYLE_COMMA };

struct infer_number {
    char text[32]; /* "-1234.50": digits, one point */
    size_t n;
    int scale;        /* digits behind the point */
    bool grouped;     /* thousands were marked   */
    bool percent;     /* a % behind it           */
    char currency[4]; /* "EUR" or ""            */
};
/* Trimmed cells. false: it is none. */
bool infer_number(struct str s, enum infer_style style,
                  struct infer_number *out);
/* Only the comma style can read it: "12,5", "1.234,00". */
bool infer_is_comma(struct str s);
bool infer_bool(struct str s, bool *out); /* by word: yes no ja nein true .. */
bool infer_email(struct str s);
bool infer_url(struct str s);
bool infer_phone(struct str s); /* with its country: +43 .. or 0043 .. */
/* "D.M.YYYY" ...; NULL at the end. The first are the likeliest. */
const char *infer_date_format(size_t i);

/* A name of the language from words: "Fällig am" -> "faellig_am"; `spare` when
   there is no letter in it. STR_NONE: no memory. */
struct str infer_name(struct arena *a, struct str words, struct str spare);

#endif
