/*
 * utf8 - checking, counting, folding. The only user of utf8proc.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/str.h"

struct buf;

/* Offset of the first byte that is not valid UTF-8 (no surrogates, shortest
   form), or -1. */
ptrdiff_t utf8_invalid(struct str s);
size_t utf8_count(struct str s); /* code points of valid text */
/* At most n code points of s, cut at a boundary. */
struct str utf8_head(struct str s, size_t points);
/* Next code point at *at (valid text), advancing it; -1 at the end. */
int32_t utf8_next(struct str s, size_t *at);
/* Bytes of one point; no such point or a surrogate is written as U+FFFD. */
size_t utf8_encode(uint32_t point, char out[4]);
void utf8_append(struct buf *b, uint32_t point);

enum { FOLD_POINTS = 255, FOLD_VERSION = 1 };
/*
 * The key by which text is compared, sorted and searched: NFKD, no marks,
 * case folded, ss for sharp s, o for o-slash, l for l-stroke, i for dotless i,
 * sigma for final sigma, and in the same spirit ae oe d (stroke, eth) th h t;
 * nothing invisible; runs of spaces squeezed, trimmed; cut to `max_points`
 * (0: no cut). Marks are accents and the points of Hebrew and Arabic; vowel
 * signs of other scripts stay, for they are letters. Folding a key again
 * changes nothing. Same as the shadow column `name__k`. Fast path for ASCII.
 * RC_NOMEM only.
 */
enum rc utf8_fold(struct str s, size_t max_points, struct arena *a,
                  struct str *out, struct err *err) MUST_CHECK;
/*
 * Append the folded words of s to b, one space between, and one before the
 * first when b holds something: letters and digits of any script are words,
 * everything else separates; CJK one character a word. Digits are taken as
 * written: "+43 1 555-12" is "43 1 555 12".
 */
void utf8_words(struct str s, struct buf *b);
/* "Anna Snelling" -> "anna-snelling": [a-z0-9-], for names and slugs. Empty
   when s has no Latin letter or digit; STR_NONE when memory is gone. */
struct str utf8_slug(struct arena *a, struct str s);

const char *utf8_version(void); /* of utf8proc, "2.8.0"; static */

/* Append s in lower or upper case, point by point in every script (so sharp s
   has a capital of its own); title: the first letter of each word upper, the others as they are. */
void utf8_lower(struct str s, struct buf *b);
void utf8_upper(struct str s, struct buf *b);
void utf8_title(struct str s, struct buf *b);

#endif
